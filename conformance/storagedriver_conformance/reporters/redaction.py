"""Keeps secrets out of reports: what looks like one is cut, wherever it stands."""

import re

_USER_INFO = re.compile(r"(?<=://)[^/@\s'\"]+@")
_NAMED = re.compile(
    r"(?i)\b((?:[\w-]*(?:secret|password|passwd|token|signature|credential|accountkey|secretkey)[\w-]*"
    r"|sig|x-amz-signature))(\s*[=:]\s*)(?!\s)([^\s&'\",)]+)"
)


def redacted(text: str) -> str:
    """Return the text with user names and passwords of URLs, and values of secrets, cut out."""
    return _NAMED.sub(r"\1\2***", _USER_INFO.sub("***@", text))

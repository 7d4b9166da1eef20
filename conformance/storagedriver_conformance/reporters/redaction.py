"""Keeps secrets out of reports: what looks like one is cut, wherever it stands."""

import re

_USER_INFO = re.compile(r"(?<=://)[^/@\s'\"]+@")
_HEADER = re.compile(
    r"(?i)\b(authorization['\"]?\s*[=:]\s*['\"]?)(?:(?:basic|bearer)\s+)?[^\s'\"]+"
)
_NAMED = re.compile(
    r"""(?ix)
    \b(
        (?: [\w-]* (?: secret | password | passwd | token | signature | credential
                     | account_?key | api_?key | private_?key ) [\w-]* | sig )
        ['"]? \s*[=:]\s* ['"]?
    )
    # In quotes it may have spaces.
    (?: (?<=') [^']* | (?<=") [^"]* | [^\s&'",;)]+ )
    """
)


def redacted(text: str) -> str:
    """Return the text with user names and passwords of URLs, and values of secrets, cut out."""
    text = _HEADER.sub(r"\1***", _USER_INFO.sub("***@", text))
    return _NAMED.sub(r"\1***", text)

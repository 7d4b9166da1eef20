"""What is sent, without a second copy of it in memory."""

from io import SEEK_CUR, SEEK_END, SEEK_SET, BytesIO
from typing import Any

Bytes = bytes | bytearray


class Body(BytesIO):
    """Bytes as a file, which shares them, and what is read of it too: nobody may change them.

    aiohttp sends a `BytesIO` in pieces, with turns of the loop between them. But one of its own
    copies all of what is no `bytes`, each piece that is read to be signed or sent, and once more
    all of it for `getbuffer`, which aiohttp asks for first.
    """

    def __init__(self, content: Bytes) -> None:
        super().__init__()
        self._content = memoryview(content).toreadonly()
        self._at = 0

    def getbuffer(self) -> memoryview:
        """Return a view of the bytes themselves, which aiohttp releases."""
        return self._content[:]

    def read(self, size: int | None = -1, /) -> Any:  # noqa: ANN401  # a view, not `bytes`
        """Return the next bytes, as a view of them."""
        end = len(self._content) if size is None or size < 0 else self._at + size
        piece = self._content[self._at : end]
        self._at += len(piece)
        return piece

    def seek(self, offset: int, whence: int = SEEK_SET, /) -> int:
        """Go to a place, from the beginning, from here or from the end."""
        start = {SEEK_SET: 0, SEEK_CUR: self._at, SEEK_END: len(self._content)}[whence]
        self._at = max(0, start + offset)
        return self._at

    def tell(self) -> int:
        """Return the place."""
        return self._at

"""What is sent, without a second copy of it in memory."""

from io import BytesIO


class Body(BytesIO):
    """Bytes as a file, which shares them.

    aiohttp sends a file in pieces, with turns of the loop between them. But it asks for `getbuffer`
    first, and a `BytesIO` makes itself a copy for that.
    """

    def __init__(self, content: bytes) -> None:
        super().__init__(content)
        self._content = content

    def getbuffer(self) -> memoryview:
        """Return the bytes themselves, which cannot be changed."""
        return memoryview(self._content)

"""Files in a directory of this machine, at the very paths they are stored under.

Every change is a new file that is synced, renamed into its place, and kept by a sync of the
directory: a reader sees the old content or the new, and a power cut leaves one of them. Changes are
made under locks that hold among processes, as long as all of them are on this machine. Symbolic
links are never followed, wherever they lead; a name that the grammar of paths does not allow, and
what is neither a file nor a directory, is passed over.

A file that breaks the grammar is never touched: a directory that holds nothing else is no directory
to the contract, yet no file can be put in its place (`PathConflictError`).
"""

from storagedriver.aio import Threads
from storagedriver.drivers.filesystem.driver import FilesystemDriver
from storagedriver.drivers.filesystem.opening import MOST, open_root
from storagedriver.drivers.filesystem.parameters import FilesystemParameters, from_url

__all__ = ["FilesystemDriver", "FilesystemFactory", "FilesystemParameters"]


class FilesystemFactory:
    """Keeps files in a directory of this machine."""

    contract = 1
    parameters = FilesystemParameters
    schemes = ("file", "local")
    capabilities = MOST

    def from_url(self, url: str) -> FilesystemParameters:
        """Read the parameters from a URL; raise `ValueError` for one that is wrong."""
        return from_url(url)

    async def open(self, parameters: FilesystemParameters) -> FilesystemDriver:
        """Open the directory, and make it where it is missing.

        One that can be read but not written is opened with `writable` absent. Raises
        `StoragePermissionError`, with the directory's name, if neither is possible.
        """
        threads = Threads("filesystem", most=parameters.maxthreads)
        try:
            root, capabilities = await threads.run(open_root, parameters.rootdirectory)
        except BaseException:
            await threads.aclose()
            raise
        return FilesystemDriver(root, capabilities, threads)

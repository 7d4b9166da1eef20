"""Opening a filesystem of fsspec as storage."""

from fsspec.core import url_to_fs
from fsspec.dircache import DirCache

from storagedriver.drivers.fsspec.files import Files
from storagedriver.drivers.fsspec.parameters import FsspecParameters
from storagedriver.drivers.fsspec.traits import traits_of
from storagedriver.errors import DriverConfigurationError
from storagedriver.paths import MAX_KEY


def open_files(parameters: FsspecParameters) -> Files:
    """Connect to a filesystem. Raises `DriverConfigurationError` where there can be none."""
    options = parameters.arguments()
    try:
        # An instance that others share would be closed by them.
        fs, root = url_to_fs(parameters.url, **options, skip_instance_cache=True)
    except (ValueError, ImportError, TypeError) as error:
        raise DriverConfigurationError(f"{_scheme(parameters.url)}: {error}") from error
    fs.dircache = DirCache(use_listings_cache=False)  # others write there too
    names = (fs.protocol,) if isinstance(fs.protocol, str) else tuple(fs.protocol)
    files = Files(fs, root, traits_of(names))
    fs.makedirs(files.private("temporary"), exist_ok=True)
    return files


def room(files: Files) -> int:
    """Return how long a path can be, with the root and the private folder before it."""
    return MAX_KEY - len(files.private("drafts"))


def _scheme(url: str) -> str:
    return url.partition("://")[0]

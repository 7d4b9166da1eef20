"""skopeo, podman and buildah as commands that touch nothing of the machine's own."""

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

TIMEOUT = 100.0  # seconds for one command

ACCEPT_UNSIGNED = '{"default": [{"type": "insecureAcceptAnything"}]}'
STORAGE = """\
[storage]
driver = "vfs"
graphroot = "{folder}/root"
runroot = "{folder}/run"
[storage.options]
pull_options = {{enable_partial_images = "true", use_hard_links = "false", ostree_repos = ""}}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A program with the options and the environment that every call of it gets."""

    prefix: Sequence[str]
    environment: Mapping[str, str]

    def __call__(self, *arguments: str) -> str:
        """Run it and give what it printed; what it complained of is in the error."""
        done = self._run(arguments)
        printed = done.stdout.decode(errors="replace")
        assert 0 == done.returncode, f"{arguments}: {done.stderr.decode(errors='replace')}{printed}"
        return printed

    def refused(self, *arguments: str) -> str:
        """Run what must fail and give what it complained of."""
        done = self._run(arguments)
        assert 0 != done.returncode, f"{arguments} did not fail"
        return done.stderr.decode(errors="replace")

    def _run(self, arguments: Sequence[str]) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            [*self.prefix, *arguments],
            env=dict(self.environment),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=TIMEOUT,
            check=False,
        )


def installed(program: str) -> str:
    """Give the program's path, or skip the test that needs it."""
    path = shutil.which(program)
    if path is None:
        pytest.skip(f"{program} is not installed")
    return path


def skopeo(folder: Path) -> Command:
    """Give skopeo with all its files in `folder`."""
    prefix = [installed("skopeo"), f"--tmpdir={folder}"]
    return Command(prefix=prefix, environment=_environment(folder))


@contextmanager
def podman(*, storage: str = "vfs") -> Iterator[Command]:
    """Give podman with an image store of its own and all its other files in one folder.

    With the storage `overlay` it pulls only those parts of a layer that it lacks.
    """
    program = installed("podman")
    # It refuses a run folder whose path is longer than 50 characters, as those of pytest are.
    with TemporaryDirectory(prefix="podman-", dir="/tmp", ignore_cleanup_errors=True) as made:
        folder = Path(made)
        prefix = [program, f"--root={folder / 'root'}", f"--runroot={folder / 'run'}"]
        prefix += [f"--tmpdir={folder / 'libpod'}", f"--storage-driver={storage}"]
        prefix += ["--events-backend=none", "--cgroup-manager=cgroupfs"]
        command = Command(prefix=prefix, environment=_environment(folder))
        _skip_where_unusable(command)
        yield command


@contextmanager
def buildah() -> Iterator[Command]:
    """Give buildah with an image store of its own and all its other files in one folder."""
    program = installed("buildah")
    with TemporaryDirectory(prefix="buildah-", dir="/tmp", ignore_cleanup_errors=True) as made:
        folder = Path(made)
        prefix = [program, f"--root={folder / 'root'}", f"--runroot={folder / 'run'}"]
        prefix += ["--storage-driver=vfs"]
        yield Command(prefix=prefix, environment=_environment(folder))


def _skip_where_unusable(podman: Command) -> None:
    try:
        podman("info")
    except AssertionError as reason:
        if os.geteuid() == 0:
            raise
        pytest.skip(f"podman does not work for this user: {reason}")


def _environment(folder: Path) -> dict[str, str]:
    settings = folder / ".config" / "containers"
    (settings / "registries.d").mkdir(parents=True)
    (settings / "policy.json").write_text(ACCEPT_UNSIGNED)
    (settings / "registries.conf").write_text("unqualified-search-registries = []\n")
    (settings / "containers.conf").write_text(f'[network]\nnetwork_config_dir = "{folder}"\n')
    (settings / "storage.conf").write_text(STORAGE.format(folder=folder))
    (settings / "auth.json").write_text("{}")
    for name in ("run", "data"):
        (folder / name).mkdir()
    return {
        # A user's cache of known blobs is where XDG_DATA_HOME tells, unlike root's.
        "_CONTAINERS_ROOTLESS_UID": "1",
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "TMPDIR": str(folder),
        "XDG_RUNTIME_DIR": str(folder / "run"),
        "XDG_DATA_HOME": str(folder / "data"),
        "REGISTRY_AUTH_FILE": str(settings / "auth.json"),
        "CONTAINERS_CONF": str(settings / "containers.conf"),
        "CONTAINERS_STORAGE_CONF": str(settings / "storage.conf"),
        "CONTAINERS_REGISTRIES_CONF": str(settings / "registries.conf"),
    }

"""The command `storagedriver`: serve a registry, clean it up, list drivers and test them."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import storagedriver
from storagedriver.descriptions import description, failure
from storagedriver.errors import DriverConfigurationError, StorageDriverError
from storagedriver.factory import get_factory, known_drivers

FAILED = 1
MISUSED = 2
INTERRUPTED = 130

CONFORMANCE = "conformance"
COLLECT = "garbage-collect"

_SERVE_EXAMPLES = """\
examples:
  storagedriver serve
      a registry at 127.0.0.1:5000 that keeps everything in ./registry-data
  storagedriver serve --check /etc/docker/registry/config.yml
      is everything in it understood, and what does it come to
  storagedriver serve /etc/docker/registry/config.yml
      what 'registry serve' did with the same file
  storagedriver serve --driver filesystem -o rootdirectory=/srv/registry --host 0.0.0.0
  storagedriver serve --driver file:///srv/registry
      'storagedriver drivers' tells which drivers and options there are

A variable REGISTRY_A_B=value stands for the key b below a in CONFIG, and wins over the file;
options win over both.
"""


_COLLECT_ABOUT = """\
Remove the blobs that no manifest names, while no registry writes to the storage: that is so when
the configuration says storage.maintenance.readonly.enabled, and with --offline.
"""

_COLLECT_EXAMPLES = """\
examples:
  storagedriver garbage-collect --dry-run /etc/docker/registry/config.yml
      what would go, while the registry runs
  storagedriver garbage-collect --offline -m /etc/docker/registry/config.yml
      after the registry was stopped: untagged manifests too
  storagedriver garbage-collect --offline --driver file:///srv/registry

exit codes: 0 it is done, 1 storage failed or something is damaged,
2 it was asked for wrongly or a registry may be writing
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command with these arguments, or with the process's own, and return its exit code.

    0 is success, 1 a failure, 2 a mistake in what was asked for, 130 an interruption.
    """
    words = sys.argv[1:] if arguments is None else arguments
    try:
        code = _done(words)
        sys.stdout.flush()
    except DriverConfigurationError as error:
        return _fail(str(error), MISUSED)
    except StorageDriverError as error:
        return _fail(str(error), FAILED)
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read the output has gone; the interpreter must not fail again when it flushes.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    return code


def _done(words: Sequence[str]) -> int:
    """Do what the words ask for, and return the exit code."""
    if list(words[:1]) == [CONFORMANCE]:  # it reads its arguments by itself, `--help` too
        return _conformance(words[1:])
    parsed = _parser().parse_args(words)
    if parsed.command == "serve":
        return _serve(parsed)
    return _collect(parsed) if parsed.command == COLLECT else _drivers(parsed.name)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="storagedriver", description=storagedriver.__doc__)
    parser.add_argument(
        "--version", action="version", version=f"%(prog)s {storagedriver.__version__}"
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add_drivers(commands)
    _add_serve(commands)
    _add_collect(commands)
    testing = commands.add_parser(
        CONFORMANCE, add_help=False, help="test whether a driver keeps the contract"
    )
    testing.add_argument("arguments", nargs=argparse.REMAINDER)
    return parser


def _add_drivers(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    about = "list the installed drivers, their parameters and what they can do"
    parser = commands.add_parser("drivers", help=about, description=about.capitalize() + ".")
    parser.add_argument("name", nargs="?", metavar="NAME", help="show this one only")


def _add_serve(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser(
        "serve",
        help="serve a Docker and OCI registry over a driver",
        description="Serve a Docker and OCI registry over a driver, until it is told to stop.",
        epilog=_SERVE_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    _add_storage(parser)
    add = parser.add_argument
    add(
        "--check",
        action="store_true",
        help="show what the configuration comes to, without secrets, and serve nothing",
    )
    add("--host", help="the address to listen at (default: 127.0.0.1, or what CONFIG says)")
    add("--port", type=int, help="the port to listen at; 0 takes a free one (default: 5000)")
    add(
        "--workers",
        metavar="N",
        help="how many processes serve; auto for as many as there are cores (default: 1)",
    )
    add(
        "--log-level",
        choices=["debug", "info", "warning", "error"],
        metavar="LEVEL",
        help="the least that is logged: debug, info, warning or error",
    )


def _add_collect(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    about = "free the space of what was deleted from a registry"
    parser = commands.add_parser(
        COLLECT,
        help=about,
        description=_COLLECT_ABOUT,
        epilog=_COLLECT_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    _add_storage(parser)
    add = parser.add_argument
    add("--offline", action="store_true", help="no registry is running, or all are read-only")
    add("-d", "--dry-run", action="store_true", help="tell what would go, and remove nothing")
    add(
        "-m",
        "--delete-untagged",
        action="store_true",
        help="remove manifests too that no tag leads to, by way of an index or a subject either",
    )
    add(
        "--grace",
        default="24h",
        metavar="AGE",
        help="keep what was written within this time, such as 90m or 0 (default: %(default)s)",
    )
    add("-q", "--quiet", action="store_true", help="show the summary alone")
    add("--json", action="store_true", help="show everything as JSON, an object on each line")


def _add_storage(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("config", nargs="?", type=Path, metavar="CONFIG", help="a configuration file as Docker's")
    add(
        "--driver",
        metavar="NAME_OR_URL",
        help="the driver that keeps everything (default: what CONFIG says, or filesystem)",
    )
    add(
        "-o",
        dest="options",
        action="append",
        default=[],
        type=_option,
        metavar="KEY=VALUE",
        help="a parameter of the driver; may be repeated",
    )


def _option(text: str) -> tuple[str, str]:
    key, separator, value = text.partition("=")
    if not key or not separator:
        # The text is not shown: it may be a secret.
        raise argparse.ArgumentTypeError("an option has the form KEY=VALUE")
    return key, value


def _serve(arguments: argparse.Namespace) -> int:
    try:
        # These need what only the extra brings, which `drivers` does without.
        from storagedriver.registry import server  # noqa: PLC0415  # see above
        from storagedriver.registry.configuration import checking, config  # noqa: PLC0415  # see above
    except ModuleNotFoundError as error:
        return _missing(error, "registry")
    try:
        configuration = config.load(
            arguments.config,
            environment=os.environ,
            driver=arguments.driver,
            options=dict(arguments.options),
            host=arguments.host,
            port=arguments.port,
            level=arguments.log_level,
            workers=arguments.workers,
        )
        if arguments.check:
            print(checking.effective(configuration), end="")
            return 0
        return server.run(configuration)
    except config.ConfigError as error:
        return _fail(str(error), MISUSED)


def _collect(arguments: argparse.Namespace) -> int:
    try:
        # These need what only the extra brings.
        from storagedriver.registry import garbage, garbageview  # noqa: PLC0415  # see above
        from storagedriver.registry.configuration import config  # noqa: PLC0415  # see above
    except ModuleNotFoundError as error:
        return _missing(error, "registry")
    try:
        configuration = config.load(
            arguments.config,
            environment=os.environ,
            driver=arguments.driver,
            options=dict(arguments.options),
        )
        wanted = garbage.Collection(
            grace=garbage.read_grace(arguments.grace),
            dry_run=arguments.dry_run,
            delete_untagged=arguments.delete_untagged,
            is_offline=arguments.offline,
        )
        view = garbageview.View(
            as_json=arguments.json, is_dry=arguments.dry_run, is_quiet=arguments.quiet
        )
        return garbage.run(configuration, wanted, view)
    except config.ConfigError as error:
        return _fail(str(error), MISUSED)


def _conformance(words: Sequence[str]) -> int:
    try:
        # It needs what only the extra brings.
        from storagedriver_conformance.command import main as test  # noqa: PLC0415  # see above
    except ModuleNotFoundError as error:
        return _missing(error, CONFORMANCE)
    return test(words)


def _missing(error: ModuleNotFoundError, extra: str) -> int:
    """Tell which extra brings a module that could not be imported; raise again if it is ours."""
    missing = (error.name or "storagedriver").partition(".")[0]
    if missing.startswith("storagedriver"):
        raise error
    return _fail(f"{missing} is missing: try pip install 'storagedriver[{extra}]'", MISUSED)


def _drivers(name: str | None) -> int:
    if name is not None:
        factory = get_factory(name)
        print(description(known_drivers()[name], factory))
        return 0
    for entry in known_drivers().values():
        try:
            print(description(entry, get_factory(entry.name)))
        except DriverConfigurationError as error:
            print(failure(entry, error))
        print()
    return 0


def _fail(message: str, code: int) -> int:
    print(f"storagedriver: {' '.join(message.split())}", file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main())

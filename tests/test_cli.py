import os
import subprocess
import sys
from pathlib import Path

import pytest

import storagedriver
from storagedriver import StorageUnavailableError
from storagedriver.cli import main
from storagedriver.registry import server
from storagedriver.registry.configuration.config import Config
from tests.plugins import FACTORY, Install, install

__all__ = ["install"]  # a fixture, found by its name

WITHOUT = "import sys; sys.modules[{missing!r}] = None; import storagedriver.cli as cli; "
SECRETIVE = FACTORY.replace(
    'color: str = "red"',
    'color: str = field(default="hunter2", metadata={"help": "The color.", "secret": True})',
).replace("import dataclass", "import dataclass, field")


class Served:
    """Takes the place of the server, and keeps what it was told."""

    def __init__(self) -> None:
        self.configs: list[Config] = []
        self.error: BaseException | None = None

    def run(self, config: Config) -> int:
        self.configs.append(config)
        if self.error is not None:
            raise self.error
        return 7


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> Served:
    served = Served()
    monkeypatch.setattr(server, "run", served.run)
    return served


def misused(*arguments: str) -> None:
    with pytest.raises(SystemExit) as raised:
        main(arguments)
    assert 2 == raised.value.code


def run_without(missing: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    program = WITHOUT.format(missing=missing) + f"sys.exit(cli.main({list(arguments)!r}))"
    command = [sys.executable, "-c", program]
    return subprocess.run(command, capture_output=True, check=False, text=True)


def test_the_version_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as raised:
        main(["--version"])

    assert 0 == raised.value.code
    assert f"storagedriver {storagedriver.__version__}\n" == capsys.readouterr().out


def test_without_a_command_it_says_which_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    misused()

    assert "COMMAND" in capsys.readouterr().err


def test_help_shows_commands_that_can_be_copied(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["serve", "--help"])

    assert "storagedriver serve --driver filesystem -o rootdirectory=" in capsys.readouterr().out


def test_drivers_are_listed_with_parameters_and_abilities(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert 0 == main(["drivers"])

    lines = capsys.readouterr().out.splitlines()
    assert any(line.startswith("filesystem:") for line in lines)
    memory = lines[[line.startswith("memory:") for line in lines].index(True) :]
    assert f"  from      storagedriver {storagedriver.__version__}" == memory[1]
    assert "  URLs      memory:" == memory[2]
    assert any("absent" in line and "durable" in line for line in memory)
    assert any("max_bytes" in line and "a whole number" in line for line in memory)
    assert any("exclusive_names" in line and "default true" in line for line in memory)


def test_one_driver_is_shown_alone(capsys: pytest.CaptureFixture[str]) -> None:
    assert 0 == main(["drivers", "memory"])

    assert capsys.readouterr().out.startswith("memory: ")


def test_a_parameter_of_many_choices_leaves_the_others_in_narrow_columns(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert 0 == main(["drivers", "s3"])

    lines = capsys.readouterr().out.splitlines()
    (bucket,) = (line for line in lines if line.lstrip().startswith("bucket "))
    (region,) = (line for line in lines if line.lstrip().startswith("region "))
    assert len(bucket) < 100
    assert ["a", "text", "optional"] == region.split()[1:4]


def test_a_broken_driver_is_listed_with_its_error(
    install: Install, capsys: pytest.CaptureFixture[str]
) -> None:
    install("painter", "paint-driver", "import brushes_that_are_not_there")

    assert 0 == main(["drivers"])

    output = capsys.readouterr().out
    assert "paint-driver:\n  from    painter 1.0\n  broken  painter_module:Factory" in output
    assert "brushes_that_are_not_there" in output
    assert "memory: " in output


def test_asking_for_a_broken_driver_fails(
    install: Install, capsys: pytest.CaptureFixture[str]
) -> None:
    install("painter", "paint-driver", "raise RuntimeError('two\\nlines')")

    assert 2 == main(["drivers", "paint-driver"])

    captured = capsys.readouterr()
    assert "" == captured.out
    assert 1 == captured.err.count("\n")
    assert "two lines" in captured.err


def test_a_secrets_default_is_not_shown(
    install: Install, capsys: pytest.CaptureFixture[str]
) -> None:
    install("painter", "paint-driver", SECRETIVE)

    assert 0 == main(["drivers", "paint-driver"])

    output = capsys.readouterr().out
    assert "color  a text  optional  (secret) The color." in output
    assert "hunter2" not in output


def test_a_driver_without_parameters_says_so(
    install: Install, capsys: pytest.CaptureFixture[str]
) -> None:
    install("painter", "paint-driver", FACTORY.replace('color: str = "red"', "pass"))

    assert 0 == main(["drivers", "paint-driver"])

    assert "  no parameters\n" in capsys.readouterr().out


def test_an_unknown_driver_is_one_line_on_standard_error(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert 2 == main(["drivers", "memroy"])

    captured = capsys.readouterr()
    assert captured.err.startswith("storagedriver: unknown driver 'memroy'; did you mean 'memory'")
    assert 1 == captured.err.count("\n")
    assert "" == captured.out


def test_a_registry_is_served_as_the_options_say(served: Served) -> None:
    options = ["--driver", "memory", "-o", "max_bytes=5", "-o", "exclusive_names=a=b"]

    code = main(["serve", *options, "--host", "::1", "--port", "0", "--log-level", "error"])

    assert 7 == code
    (config,) = served.configs
    assert "memory" == config.driver
    assert {"max_bytes": "5", "exclusive_names": "a=b"} == dict(config.parameters)
    assert ("::1", 0, "error") == (config.host, config.port, config.level)


def test_a_registry_is_served_as_its_file_and_variables_say(
    served: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "config.yml"
    file.write_text(f"version: 0.1\nstorage: {{filesystem: {{rootdirectory: {tmp_path}}}}}\n")
    monkeypatch.setenv("REGISTRY_HTTP_ADDR", "127.0.0.1:5001")

    main(["serve", str(file)])

    (config,) = served.configs
    assert str(tmp_path) == config.parameters["rootdirectory"]
    assert 5001 == config.port


def test_a_wrong_configuration_is_one_line_on_standard_error(
    served: Served, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert 2 == main(["serve", str(tmp_path / "missing.yml")])

    captured = capsys.readouterr()
    assert captured.err.startswith("storagedriver: ")
    assert 1 == captured.err.count("\n")
    assert [] == served.configs


@pytest.mark.parametrize("option", ["hunter2", "=hunter2"])
def test_an_option_that_is_none_is_refused_and_not_shown(
    option: str, capsys: pytest.CaptureFixture[str]
) -> None:
    misused("serve", "-o", option)

    message = capsys.readouterr().err
    assert "KEY=VALUE" in message
    assert "hunter2" not in message


def test_a_storage_that_cannot_be_opened_is_one_line_on_standard_error(
    served: Served, capsys: pytest.CaptureFixture[str]
) -> None:
    served.error = StorageUnavailableError("it is out", driver="memory")

    assert 1 == main(["serve", "--driver", "memory"])

    assert "storagedriver: memory: it is out\n" == capsys.readouterr().err


def test_a_wrong_parameter_is_one_line_on_standard_error() -> None:
    options = ["--driver", "memory", "-o", "max_byte=1", "--port", "0"]
    command = [sys.executable, "-m", "storagedriver.cli", "serve", *options]

    ran = subprocess.run(command, capture_output=True, check=False, text=True)

    assert 2 == ran.returncode
    assert "storagedriver: memory: unknown parameter 'max_byte'; did you mean 'max_by" in ran.stderr
    assert 1 == ran.stderr.count("\n")


def test_an_interruption_is_quiet(served: Served, capsys: pytest.CaptureFixture[str]) -> None:
    served.error = KeyboardInterrupt()

    assert 130 == main(["serve"])

    assert ("", "") == capsys.readouterr()


@pytest.mark.parametrize("missing", ["uvicorn", "starlette", "yaml"])
def test_without_the_registry_extra_it_says_how_to_install_it(missing: str) -> None:
    ran = run_without(missing, "serve", "--driver", "memory")

    assert 2 == ran.returncode
    assert f"{missing} is missing: try pip install 'storagedriver[registry]'" in ran.stderr
    assert 1 == ran.stderr.count("\n")


@pytest.mark.parametrize("missing", ["uvicorn", "starlette", "yaml"])
def test_drivers_are_listed_without_the_registry_extra(missing: str) -> None:
    ran = run_without(missing, "drivers", "memory")

    assert 0 == ran.returncode
    assert ran.stdout.startswith("memory: ")


def test_a_reader_that_goes_away_is_no_traceback() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "-m", "storagedriver.cli", "drivers"]
    # What is buffered fails a second time, when the interpreter ends.
    buffered = os.environ | {"PYTHONUNBUFFERED": ""}

    ran = subprocess.run(command, env=buffered, stdout=writing, stderr=subprocess.PIPE, check=False)
    os.close(writing)

    assert 1 == ran.returncode
    assert b"" == ran.stderr

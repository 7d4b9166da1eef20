"""Read Docker's configuration file into entries: which key has which value, and where it stands."""

import difflib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import yaml

from storagedriver.registry.configuration.keys import Keys

T = TypeVar("T")


class ConfigError(Exception):
    """The configuration is wrong. The message is one line: where, which key, and what is wrong."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A value as it was written: the parts of its key, the value, and where it stands."""

    path: tuple[str, ...]
    value: object
    source: str

    @property
    def key(self) -> str:
        """The key, dotted."""
        return ".".join(self.path)

    def read(self, convert: Callable[[object], T]) -> T:
        """Convert the value, or say what is wrong with it and where."""
        try:
            return convert(self.value)
        except ValueError as error:
            raise ConfigError(f"{self.source}: {self.key} {error}") from None


def nearest(word: str, known: Iterable[str]) -> str:
    """Give the known word that is most like this one."""
    return difflib.get_close_matches(word, known, n=1, cutoff=0)[0]


def read_file(path: Path, keys: Keys) -> list[Entry]:
    """Read a configuration file.

    Raises `ConfigError` if it cannot be read, is no YAML, gives a key twice or one that is unknown.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from error
    entries = read_yaml(content, keys=keys, file=str(path))
    if not any(entry.path == ("version",) for entry in entries):
        raise ConfigError(f"{path}: version is missing: it must be 0.1")
    return entries


def read_yaml(
    content: bytes | str,
    *,
    keys: Keys,
    file: str = "",
    variable: str = "",
    path: tuple[str, ...] = (),
) -> list[Entry]:
    """Read the YAML of a file, or of a variable that stands for the key `path`."""
    try:
        loader = _Loader(content)
        node = loader.get_single_node()
        return list(_Cutter(loader, keys, file, variable).cut(node, path)) if node else []
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = variable or f"{file}:{mark.line + 1 if mark else 1}"
        raise ConfigError(f"{where}: {error.problem}") from error
    except (yaml.YAMLError, RecursionError) as error:
        raise ConfigError(
            f"{variable or file}: is no YAML: {' '.join(str(error).split())}"
        ) from error


class _Loader(yaml.SafeLoader):
    """A safe loader that refuses a key given twice: YAML itself would silently take the last."""

    def flatten_mapping(self, node: yaml.MappingNode) -> None:
        seen: set[object] = set()
        for key, _ in node.value:
            problem = ""
            if not isinstance(key, yaml.ScalarNode):
                problem = "a key must be a single value"
            elif key.value in seen:
                problem = f"{key.value!r} stands here twice"
            if problem:
                raise yaml.MarkedYAMLError(problem=problem, problem_mark=key.start_mark)
            seen.add(key.value)
        super().flatten_mapping(node)


@dataclass(frozen=True, slots=True)
class _Cutter:
    """Cuts a tree of YAML into entries, at the keys whose values are taken whole."""

    loader: _Loader
    keys: Keys
    file: str
    variable: str

    def cut(self, node: yaml.Node, path: tuple[str, ...]) -> Iterator[Entry]:
        if self.keys.is_leaf(path):
            value = self.loader.construct_object(node, deep=True)
            if value is not None:
                yield Entry(path, value, self._where(node))
            return
        if self.keys.is_choice(path):
            yield Entry(path, None, self._where(node))
        for name, child in self._children(node, path):
            below = (*path, str(name.value))
            if not self.keys.is_known(below):
                raise self._unknown(name, ".".join(below))
            yield from self.cut(child, below)

    def _children(
        self, node: yaml.Node, path: tuple[str, ...]
    ) -> list[tuple[yaml.Node, yaml.Node]]:
        if isinstance(node, yaml.MappingNode):
            self.loader.flatten_mapping(node)
            children: list[tuple[yaml.Node, yaml.Node]] = node.value
            return children
        if node.tag == "tag:yaml.org,2002:null":
            return []
        if path in (("storage",), ("auth",)) and isinstance(node, yaml.ScalarNode):
            return [(node, yaml.ScalarNode("tag:yaml.org,2002:null", "", node.start_mark))]
        name = ".".join(path) or "the file"
        raise ConfigError(f"{self._where(node)}: {name} must hold keys, not a single value")

    def _where(self, node: yaml.Node) -> str:
        return self.variable or f"{self.file}:{node.start_mark.line + 1}"

    def _unknown(self, node: yaml.Node, key: str) -> ConfigError:
        near = nearest(key, self.keys.names())
        hint = "; 'storagedriver drivers' lists the drivers" if key.startswith("storage.") else ""
        where = self._where(node)
        return ConfigError(f"{where}: {key} is no known key: the nearest is {near}{hint}")

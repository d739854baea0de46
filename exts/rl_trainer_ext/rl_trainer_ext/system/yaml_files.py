# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""YAML files that people write too: read with the line of each value, so that a message can name it."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..errors import UserError, shortened
from .atomic_files import atomic_write_text

VERSION = 1
"""Version of the files' format."""

_END = "..."
"""YAML's end of a document. A file with a version ends with it: one that was cut off is not taken for a shorter one."""

_LARGEST = 1024 * 1024
"""Largest file that is read [bytes]."""

Place = tuple[str | int, ...]
"""The keys and indices that lead to a value in a file."""


@dataclass(frozen=True)
class Where:
    """A value in a file, for messages.

    Args:
        path: The file.
        place: The keys and indices that lead to the value; empty for the whole file.
        lines: The line, from 1, of each value by its place.
    """

    path: Path
    place: Place = ()
    lines: Mapping[Place, int] = field(default_factory=dict)

    def inside(self, *names: str | int) -> Where:
        """Returns a value inside this one."""
        return Where(self.path, (*self.place, *names), self.lines)

    def __str__(self) -> str:
        """The file, the line and the key, such as ``night.yaml, line 3: num_envs``."""
        place = self.place
        while place and place not in self.lines:
            place = place[:-1]
        line = self.lines.get(place) if place else None
        text = shortened(self.path.name) if line is None else f"{shortened(self.path.name)}, line {line}"
        key = next((name for name in reversed(self.place) if isinstance(name, str)), "")
        return f"{text}: {shortened(key)}" if key else text


@dataclass(frozen=True)
class Document:
    """The content of a YAML file.

    Args:
        values: The content as plain values.
        where: The file, with the lines of its values.
    """

    values: Any
    where: Where


def read_document(path: Path) -> Document:
    """Reads a YAML file as plain values; reading runs no code that the file names.

    Raises:
        UserError: When the file cannot be read, is not YAML, has a key twice, or is cut off.
    """
    try:
        if path.stat().st_size > _LARGEST:
            raise UserError(f"{path} is too large for a file of settings: choose another.")
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise UserError(f"{path} is not a text file in UTF-8: choose another.") from None
    except OSError as error:
        raise UserError(f"{path} cannot be read ({error.strerror}): check that it is there and may be read.") from error
    return parse_document(text, path)


def parse_document(text: str, path: Path) -> Document:
    """Parses the text of a YAML file as plain values.

    Args:
        text: The text.
        path: The file, for messages.

    Raises:
        UserError: When it is not YAML, has a key twice, or is cut off.
    """
    import yaml

    name = shortened(path.name)
    lines: dict[Place, int] = {}
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        values = None if node is None else _plain(node, (), Where(path, (), lines), lines)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = "" if mark is None else f", line {mark.line + 1}"
        problem = getattr(error, "problem", None) or "it cannot be parsed"
        raise UserError(f"{name}{line} is not valid YAML ({problem}): correct it, or save it again.") from error
    except (RecursionError, ValueError) as error:
        if isinstance(error, UserError):
            raise
        raise UserError(f"{name} is not valid YAML ({error}): correct it, or save it again.") from error
    where = Where(path, (), lines)
    if values is None:
        raise UserError(f"{name} is empty: choose another file, or save it again.")
    if isinstance(values, Mapping) and "version" in values and text.rstrip().rpartition("\n")[2] != _END:
        raise UserError(
            f"{name} is cut off: a file with a version ends with a line of three dots. Save it again, or add that line "
            "if nothing is missing."
        )
    return Document(values, where)


def require_version(values: Mapping[str, Any], where: Where) -> dict[str, Any]:
    """Returns the values without their version, which may be missing in a file that a person wrote.

    Raises:
        UserError: When the file is of another version.
    """
    version = values.get("version", VERSION)
    if version != VERSION or isinstance(version, bool):
        raise UserError(
            f"{where.inside('version')} is {shortened(str(version))}, and this program reads version {VERSION}: update "
            "RL Trainer, or save the file again with this one."
        )
    return {key: value for key, value in values.items() if key != "version"}


def write_document(path: Path, values: Mapping[str, Any]) -> None:
    """Writes a file with its version first and its end last; a file that is there is replaced as a whole.

    Raises:
        UserError: When it cannot be written.
    """
    import yaml

    text = yaml.dump(
        {"version": VERSION, **values}, Dumper=_dumper(), sort_keys=False, allow_unicode=True, width=10_000
    )
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        atomic_write_text(path, f"{text}{_END}\n")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise UserError(f"{path} cannot be written ({reason}): choose another folder or name.") from error


def in_one_line(value: Any) -> str:
    """Returns a value as a YAML file may have it in a list in one line, so that it is read as the same value."""
    import yaml

    options = {"default_flow_style": True, "allow_unicode": True, "width": 10_000}
    text: str = yaml.dump([value], Dumper=_dumper(), **options)
    return text.strip()[1:-1]


@functools.cache
def _dumper() -> type:
    """Returns a safe YAML writer that quotes the texts that :func:`read_document` would take for numbers."""
    import yaml

    class Dumper(yaml.SafeDumper):
        pass

    def represent(dumper: Any, text: str) -> Any:
        style = "'" if _number(text) is not None else None
        return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)

    Dumper.add_representer(str, represent)
    return Dumper


def _number(text: str) -> float | None:
    """The number that a text is in Python, such as 1e-4, which YAML 1.1 takes for a text."""
    try:
        return float(text) if "e" in text.lower() else None
    except ValueError:
        return None


def _plain(node: Any, place: Place, where: Where, lines: dict[Place, int]) -> Any:
    """Returns a node of YAML as plain values, and notes its line."""
    import yaml

    lines[place] = node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        values: dict[str, Any] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode) or key_node.tag == "tag:yaml.org,2002:merge":
                lines[(*place, "?")] = key_node.start_mark.line + 1
                raise UserError(f"{where.inside(*place, '?')} must be a plain text: write key: value.")
            key = key_node.value
            if key in values:
                lines[(*place, key)] = key_node.start_mark.line + 1
                raise UserError(f"{where.inside(*place, key)} is given twice: leave one out.")
            values[key] = _plain(value_node, (*place, key), where, lines)
            lines[(*place, key)] = key_node.start_mark.line + 1
        return values
    if isinstance(node, yaml.SequenceNode):
        return [_plain(one, (*place, index), where, lines) for index, one in enumerate(node.value)]
    return _scalar(node, where.inside(*place))


def _scalar(node: Any, where: Where) -> Any:
    import yaml

    loader = yaml.SafeLoader("")
    try:
        value = loader.construct_object(node)
    finally:
        loader.dispose()
    if isinstance(value, str) and node.style is None:
        number = _number(value)
        return value if number is None else number
    if isinstance(value, (str, int, float)) or value is None:
        return value
    return node.value  # such as a date, which no setting is

# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The settings of a task: every value of its environment's and its agent's configuration, as overrides name them.

Nothing of Isaac Lab is imported here: what is walked through are dataclasses and dictionaries.
"""

from __future__ import annotations

import dataclasses
import enum
import functools
import re
import types
import typing
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..errors import UserError, shortened
from ..overrides import types as value_types
from ..overrides.hydra import Override, check
from ..overrides.writing import override_text, value_text
from .field_documentation import documentation_of

LONGEST_VALUE = 2000
"""Longer values are shown in part, and cannot be edited."""

_NAME = re.compile(r"[A-Za-z_][\w@/-]*")
"""What a part of an override's key may be."""

_REWARD_WEIGHT = re.compile(r"env\.rewards\.(\w+)\.weight")

_SET_ELSEWHERE = {
    "env.scene.num_envs": "set by Environments",
    "env.sim.device": "set by Device",
    "env.seed": "set by Seed",
    "env.log_dir": "set by the run",
    "env.sim.visualizer_cfgs": "set by the viewport",
}
"""Settings that an override does not decide, and what does."""

_UNION = (typing.Union, types.UnionType)


class Kind(enum.Enum):
    """What a setting's value is, and so how it is edited."""

    SECTION = "section"
    """Has settings of its own. With :attr:`Setting.choices` it is one of alternatives that the task declares."""
    TRUTH = "true or false"
    CHOICE = "one of a few"
    NUMBER = "number"
    TEXT = "text"
    VALUE = "list, dictionary or one of several types"
    """Edited as Python writes it, such as ``[64,32]``."""
    FIXED = "fixed"
    """Cannot be written as an override."""


@dataclass(frozen=True)
class Setting:
    """A value of a configuration, or a section with settings of its own.

    Args:
        key: Its key in an override, such as ``env.sim.dt``.
        kind: How it is edited.
        text: Its value as it is shown and edited; of a section, what it is.
        type: Its type in words, such as ``a number``.
        choices: The values that it can have; of a section, the names of its alternatives.
        size: How many of the settings that follow are inside it; 0 for one that is no section.
    """

    key: str
    kind: Kind
    text: str
    type: str = ""
    choices: tuple[str, ...] = ()
    size: int = 0

    @property
    def name(self) -> str:
        """The last part of its key."""
        return self.key.rpartition(".")[2]

    @property
    def depth(self) -> int:
        """How many sections it is in."""
        return self.key.count(".")

    @property
    def reward_term(self) -> str:
        """The reward term whose weight it is; empty for another setting."""
        found = _REWARD_WEIGHT.fullmatch(self.key)
        return found[1] if found and self.kind is Kind.NUMBER else ""


class TaskSettings:
    """The settings of a task with one of its agents and its presets. They are read when they are first asked for.

    Args:
        env_cfg: Isaac Lab's configuration of the environment.
        agent_cfg: That of the agent; None without one.
        presets: The alternatives that the task declares, by key and name.
        options: The type of each known name of a plain dictionary, by the dictionary's key.
    """

    def __init__(
        self,
        env_cfg: Any,
        agent_cfg: Any,
        presets: Mapping[str, Mapping[str, Any]],
        options: Mapping[str, Mapping[str, Any]],
    ) -> None:
        self._roots = {"env": env_cfg, "agent": agent_cfg}
        self._presets, self._options = presets, options

    @functools.cached_property
    def all(self) -> tuple[Setting, ...]:
        """All settings in the order of the configuration, each section before what is in it."""
        found: list[Setting] = []
        for root, value in self._roots.items():
            if value is not None:
                self._add(found, root, value, None, ())
        return tuple(found)

    @functools.cached_property
    def by_key(self) -> Mapping[str, Setting]:
        """The settings by key."""
        return {setting.key: setting for setting in self.all}

    @functools.cached_property
    def reward_weights(self) -> tuple[Setting, ...]:
        """The weights of the reward terms of a manager-based task; empty for others. Reads no other settings."""
        found: list[Setting] = []
        rewards = getattr(self._roots["env"], "rewards", None)
        if rewards is not None:
            self._add(found, "env.rewards", rewards, None, ())
        return tuple(setting for setting in found if setting.reward_term)

    def is_alternative(self, override: str) -> bool:
        """Returns whether an override chooses one of the alternatives of a section."""
        key, _, value = override.partition("=")
        return value in self._presets.get(key, {})

    def problem(self, override: str) -> str:
        """Returns why an override is refused, in one sentence; empty if it is not."""
        try:
            check(Override.parse(override), self._roots, self._presets, self._options)
        except UserError as error:
            return str(error)
        return ""

    def override(self, setting: Setting, typed: str) -> str:
        """Returns the override that gives a setting what the user typed, right or wrong."""
        if setting.kind is Kind.TEXT and not (typed == "null" and "null" in setting.type):
            return override_text(setting.key, typed)
        return f"{setting.key}={typed.strip()}"

    def shown(self, override: str) -> str:
        """Returns the value of an override as :attr:`Setting.text` shows it."""
        try:
            return value_text(Override.parse(override).value)
        except UserError:
            return override.partition("=")[2]

    def documentation(self, key: str) -> str:
        """Returns what the source says of a setting; empty where it says nothing. The first call reads a file."""
        root, *path = key.split(".")
        owner = self._roots.get(root)
        for name in path[:-1]:
            owner = owner.get(name) if isinstance(owner, Mapping) else getattr(owner, name, None)
        if not path or not dataclasses.is_dataclass(owner):
            return ""
        said = documentation_of(type(owner), path[-1])
        term = getattr(owner, "func", None)
        if path[-1] in ("weight", "func") and not isinstance(term, str) and getattr(term, "__doc__", None):
            said = "\n".join(filter(None, (said, str(term.__doc__).strip().split("\n\n")[0])))
        return said

    def _add(self, found: list[Setting], key: str, value: Any, hint: Any, above: tuple[int, ...]) -> None:
        children = None if id(value) in above else _children(value)
        choices = tuple(self._presets.get(key, ()))
        if children is None:
            found.append(_leaf(key, value, hint, choices))
            return
        place = len(found)
        found.append(Setting(key, Kind.SECTION, ""))
        options = self._options.get(key, {})
        for name, child in children:
            inner = options.get(name) if isinstance(value, Mapping) else _declared(value.__class__, name)
            self._add(found, f"{key}.{name}", child, inner, (*above, id(value)))
        what = "" if isinstance(value, Mapping) else type(value).__name__
        found[place] = Setting(key, Kind.SECTION, what, "a section", choices, len(found) - place - 1)


def _children(value: Any) -> list[tuple[str, Any]] | None:
    """The settings in a section; None for a value that is none, or that can only be given as a whole."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        names = dict.fromkeys([field.name for field in dataclasses.fields(value)])
        names |= dict.fromkeys(vars(value))
        return [(name, getattr(value, name, None)) for name in names if not name.startswith("_")]
    if isinstance(value, Mapping) and value:
        named = all(isinstance(name, str) and _NAME.fullmatch(name) for name in value)
        return [(name, child) for name, child in value.items()] if named else None
    return None


@functools.cache
def _declared(owner: type, name: str) -> Any:
    return value_types.declared_in(owner, name)


def _leaf(key: str, value: Any, hint: Any, alternatives: tuple[str, ...]) -> Setting:
    if key in _SET_ELSEWHERE:
        return Setting(key, Kind.FIXED, _SET_ELSEWHERE[key])
    value = None if type(value).__name__ == "_MISSING_TYPE" else value
    if hint is None or (value is not None and not value_types.fits(hint, value)):
        hint = value_types.type_of(value)  # as an override of it is checked
    words = value_types.in_words(hint) if hint is not None else ""
    if not (_is_plain(value) or callable(value)) or (alternatives and value is None):
        what = type(value).__name__ if value is not None else "null"
        kind = Kind.SECTION if alternatives else Kind.FIXED
        return Setting(key, kind, what, words, alternatives)
    text = value_text(value)
    if len(text) > LONGEST_VALUE:
        return Setting(key, Kind.FIXED, shortened(text, LONGEST_VALUE), words)
    choices = _choices(hint)
    if choices:
        kind = Kind.TRUTH if hint is bool else Kind.CHOICE
        return Setting(key, kind, text, words, tuple(dict.fromkeys((*choices, text))))
    return Setting(key, _kind(hint, value), text, words)


def _kind(hint: Any, value: Any) -> Kind:
    if _is_section(hint) and value is None:
        return Kind.FIXED
    kinds = {float: Kind.NUMBER, int: Kind.NUMBER, str: Kind.TEXT}
    origin = typing.get_origin(hint)
    members = [one for one in typing.get_args(hint) if one is not type(None)] if origin in _UNION else [hint]
    found = {kinds.get(one, Kind.TEXT if isinstance(value, str) or callable(value) else Kind.VALUE) for one in members}
    return found.pop() if len(found) == 1 else Kind.VALUE


def _is_section(hint: Any) -> bool:
    return any(dataclasses.is_dataclass(one) for one in (hint, *typing.get_args(hint)))


def _choices(hint: Any) -> tuple[str, ...]:
    """The few values of a type; empty for one with many."""
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if hint is bool:
        return ("true", "false")
    if origin is typing.Literal:
        return tuple(map(value_text, arguments))
    if isinstance(hint, type) and issubclass(hint, enum.Enum):
        return tuple(value_text(member.value) for member in hint)
    if origin in _UNION:
        found = [("null",) if one is type(None) else _choices(one) for one in arguments]
        return tuple(text for texts in found for text in texts) if all(found) and len(found) > 1 else ()
    return ()


def _is_plain(value: Any) -> bool:
    """Whether an override can give this value."""
    if isinstance(value, enum.Enum):
        return isinstance(value.value, (str, int, float))
    if isinstance(value, Mapping):
        return all(_is_plain(one) for pair in value.items() for one in pair)
    if isinstance(value, (list, tuple)):
        return all(map(_is_plain, value))
    return value is None or isinstance(value, (bool, int, float, str))


def matching(settings: Sequence[Setting], words: Sequence[str]) -> Iterator[int]:
    """Yields the indices of the settings whose key contains all words, in any order and case, and of the sections
    around them."""
    wanted = [word.lower() for word in words]
    open_until: list[tuple[int, int]] = []
    shown = set()
    for index, setting in enumerate(settings):
        while open_until and index > open_until[-1][1]:
            open_until.pop()
        if all(word in setting.key.lower() for word in wanted):
            shown |= {index, *(place for place, _ in open_until)}
        if setting.size:
            open_until.append((index, index + setting.size))
    yield from sorted(shown)

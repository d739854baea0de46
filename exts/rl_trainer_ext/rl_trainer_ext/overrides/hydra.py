# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Hydra overrides, checked against a task's configuration before Isaac Lab applies them.

Isaac Lab stores most values unchecked, and Hydra exits the process for others: a wrong value would fail after the
environment has been built, or be misread.
"""

from __future__ import annotations

import contextlib
import dataclasses
import difflib
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from ..errors import UserError, shortened
from ..learners.formats import all_formats
from ..run_config import PRESET_SELECTORS, check_number
from . import types as value_types

_POSITIVE = ("env.sim.dt", "env.sim.render_interval", "env.decimation", "env.scene.num_envs", "env.episode_length_s")
"""Keys whose values must be positive: divisors and repetitions of the simulation."""


@dataclass(frozen=True)
class Override:
    """One override.

    Args:
        text: The override as it was written.
        sign: ``+``, ``++``, ``~`` or empty.
        key: The key that it changes, such as ``env.sim.dt``.
        value: The value as Isaac Lab or Hydra reads it; None for a removal.
    """

    text: str
    sign: str
    key: str
    value: Any

    @classmethod
    def parse(cls, text: str) -> Override:
        """Parses one override.

        Raises:
            UserError: When it cannot be parsed.
        """
        if text.startswith(("+", "~")):
            return cls._parse_hydra(text)
        from isaaclab_tasks.utils.hydra import _parse_val

        key, _, value = text.partition("=")
        try:
            return cls(text, "", key, _parse_val(value))
        except (RecursionError, MemoryError, TypeError) as error:
            raise UserError(f"'{shortened(text)}' cannot be read: its value is nested too deeply.") from error

    @classmethod
    def _parse_hydra(cls, text: str) -> Override:
        from hydra.core.override_parser.overrides_parser import OverridesParser

        sign = text[: len(text) - len(text.lstrip("+~"))]
        try:
            parsed = OverridesParser.create().parse_override(text)
            if parsed.is_sweep_override():
                raise ValueError("one run takes one value, not several")
            value = parsed.value()
        except (Exception, RecursionError) as error:
            raise UserError(f"'{shortened(text)}' is not a Hydra override: {first_line(error)}.") from error
        return cls(text, sign, parsed.key_or_group, value)

    @property
    def shown(self) -> str:
        """The override, shortened for a sentence."""
        return shortened(self.text)


def written_key(text: str) -> str:
    """Returns the key of an override, such as ``env.sim.dt``, without its sign."""
    return text.lstrip("+~").partition("=")[0]


def first_line(error: BaseException) -> str:
    """Returns the first non-empty line of an error's text, without a full stop."""
    lines = (line.strip().rstrip(".:") for line in str(error).splitlines())
    return shortened(next((line for line in lines if line), type(error).__name__), 300)


def nearest(name: str, names: Iterable[str]) -> str:
    """Returns the end of a sentence: a suggestion of the nearest name, or a full stop."""
    near = difflib.get_close_matches(name, list(names), n=1, cutoff=0.6)
    return f"; did you mean {near[0]}?" if near else "."


def chooses_preset(text: str, presets: Mapping[str, Mapping[str, Any]]) -> bool:
    """Returns whether an override chooses one of the alternatives that a task declares for a key.

    Args:
        text: The override.
        presets: The alternatives by key, such as ``env.sim.physics``.
    """
    key, _, value = text.partition("=")
    return key in PRESET_SELECTORS or value in presets.get(key, {})


def check(
    override: Override,
    roots: Mapping[str, Any],
    presets: Mapping[str, Mapping[str, Any]],
    options: Mapping[str, Mapping[str, Any]],
) -> None:
    """Refuses an override of an unknown key, or with a value of another type.

    Args:
        override: The override to check.
        roots: The configurations by the first part of a key.
        presets: See :func:`chooses_preset`.
        options: The type of each known name of a plain dictionary, by the dictionary's key; see
            :meth:`..learners.formats.LibraryFormat.known_options`.

    Raises:
        UserError: Names key, value, declared type and the nearest name.
    """
    root, *path = override.key.split(".")
    if root not in roots or not path or roots[root] is None:
        raise UserError(
            f"'{override.shown}' overrides nothing: start it with env. or agent., such as env.sim.dt=0.01"
            f"{_near_root(root)}"
        )
    if override.value is not None and override.sign == "" and override.value in _names(presets.get(override.key)):
        return
    owner, name = _find_owner(override, roots[root], root, path), path[-1]
    where = ".".join([root, *path[:-1]])
    if isinstance(owner, Mapping):
        known = options.get(where)
        if override.sign == "~":
            _check_removal(override, owner, name)
            return
        if known is not None and name not in known and name not in owner:
            raise UserError(f"'{override.shown}' overrides nothing: {where} has no '{name}'{nearest(name, known)}")
        current = owner.get(name)
        hint = (known or {}).get(name)
        absent = name not in owner
        if absent and known is None and not override.sign:
            near = nearest(name, owner)
            raise UserError(f"'{override.shown}' overrides nothing: {where} has no '{name}'{near}")
    else:
        if override.sign == "~":
            raise UserError(
                f"'{override.shown}' cannot be removed: every {where} has its {name}; give it another value instead."
            )
        current, hint, absent = getattr(owner, name), value_types.declared(owner, name), False
    if override.sign == "+" and not absent:
        raise UserError(f"'{override.shown}' adds a key that exists already: write {override.text[1:]} without the +.")
    _check_value(override, current, hint, top=len(path) == 1)


def _near_root(root: str) -> str:
    near = difflib.get_close_matches(root, ["env", "agent", *PRESET_SELECTORS], n=1, cutoff=0.6)
    return f"; did you mean {near[0]}?" if near and near[0] != root else "."


def _names(presets: Mapping[str, Any] | None) -> list[str]:
    return [] if presets is None else list(presets)


def _find_owner(override: Override, target: Any, root: str, path: list[str]) -> Any:
    """Returns the section or dictionary that contains the overridden key."""
    for depth, name in enumerate(path):
        where = ".".join([root, *path[:depth]])
        last = depth == len(path) - 1
        if isinstance(target, Mapping):
            if last:
                return target
            names: Iterable[str] = [str(key) for key in target]
        elif dataclasses.is_dataclass(target):
            fields = {field.name for field in dataclasses.fields(target)}
            names = fields | {name for name in vars(target) if not name.startswith("_")}
            if last and name in names:
                return target
        else:
            raise UserError(f"'{override.shown}' overrides nothing: {where} is {_described(target)}, not a section.")
        if name not in names:
            raise UserError(f"'{override.shown}' overrides nothing: {where} has no '{name}'{nearest(name, names)}")
        target = target[name] if isinstance(target, Mapping) else getattr(target, name)
    raise AssertionError("the loop returns at the last name")


def _check_removal(override: Override, owner: Mapping[str, Any], name: str) -> None:
    if name not in owner:
        raise UserError(f"'{override.shown}' removes nothing: there is no {override.key}{nearest(name, owner)}")
    if _is_listed(override.key, "required_keys"):
        raise UserError(
            f"'{override.shown}' cannot be removed: a training needs {name}; give it another value instead."
        )


def _check_value(override: Override, current: Any, hint: Any, *, top: bool) -> None:
    key, value = override.key, override.value
    if dataclasses.is_dataclass(current):
        optional = hint is not None and value_types.fits(hint, None)
        if value is None and (optional or not top):
            return
        fields = [field.name for field in dataclasses.fields(current)]
        raise UserError(
            f"'{override.shown}' does not fit: {key} is a section with values of its own, not {_described(value)}; "
            f"override these one by one{f', such as {key}.{fields[0]}=…' if fields else ''}."
        )
    if key == "env.seed":
        raise UserError(f"'{override.shown}' has no effect: agent.seed, or the seed of the run, seeds both.")
    if key in {f"agent.{each.seed_key}" for each in all_formats()} and isinstance(value, int):
        check_number("seed", value, key)
    if hint is None or (current is not None and not value_types.fits(hint, _plain(current))):
        # ignore an annotation that its own default violates
        hint = value_types.type_of(_plain(current))
    if hint is None or (key == "agent.run_name" and isinstance(value, (int, float))):
        return
    if value is None and _is_listed(key, "nullable_keys"):
        return
    if value is None and (current is None or not isinstance(current, (bool, int, float, str))):
        return
    if not value_types.fits(hint, value):
        raise UserError(
            f"'{override.shown}' does not fit: {key} is {value_types.in_words(hint)}, now {_described(current)}, "
            f"not {_described(value)}{_advice(hint, value)}."
        )
    positive = key in _POSITIVE or _is_listed(key, "positive_keys")
    if positive and isinstance(value, (int, float)) and not value > 0:
        raise UserError(f"'{override.shown}' does not fit: {key} must be greater than 0.")


def _is_listed(key: str, keys: Literal["required_keys", "nullable_keys", "positive_keys"]) -> bool:
    """Whether a key of the agent is in one of the lists of any library's format."""
    return any(f"agent.{each}" == key for library in all_formats() for each in getattr(library, keys))


def _plain(value: Any) -> Any:
    """Returns a value, or None for Isaac Lab's sentinel for a missing value."""
    return None if type(value).__name__ == "_MISSING_TYPE" else value


def _described(value: Any) -> str:
    if _plain(value) is None:
        return "null"
    if dataclasses.is_dataclass(value):
        return "a section"
    if isinstance(value, str):
        return f"the text '{shortened(value)}'"
    return shortened(repr(value))


def _advice(hint: Any, value: Any) -> str:
    if isinstance(value, float) and value.is_integer() and value_types.fits(hint, int(value)):
        return f"; write {int(value)}"
    if value_types.fits(hint, "") and isinstance(value, (int, float)):
        return f"; put it into quotes within quotes, as in \"'{value}'\""
    if isinstance(value, str) and value_types.fits(hint, []) and value.startswith("["):
        return "; write it as [64,32]"
    return ""


def override_errors() -> tuple[type[Exception], ...]:
    """Returns what Hydra, OmegaConf and Isaac Lab raise for overrides that they cannot apply."""
    from hydra.errors import HydraException
    from omegaconf.errors import OmegaConfBaseException

    return ValueError, TypeError, KeyError, AttributeError, RecursionError, HydraException, OmegaConfBaseException


@contextlib.contextmanager
def hydra_raises() -> Iterator[None]:
    """Within the block Hydra raises its errors; otherwise it prints them and exits the process."""
    before = os.environ.get("HYDRA_FULL_ERROR")
    os.environ["HYDRA_FULL_ERROR"] = "1"
    try:
        yield
    except SystemExit as error:
        raise ValueError("Hydra refuses them") from error
    finally:
        if before is None:
            del os.environ["HYDRA_FULL_ERROR"]
        else:
            os.environ["HYDRA_FULL_ERROR"] = before

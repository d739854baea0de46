# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Finds what curricula change in an environment: numbers in the settings of its managers, and what their terms hold."""

from __future__ import annotations

import re
import types
from collections import deque
from collections.abc import Iterator
from typing import Any, NamedTuple

SECTIONS = {
    "rewards": "reward_manager",
    "terminations": "termination_manager",
    "commands": "command_manager",
    "events": "event_manager",
    "observations": "observation_manager",
    "actions": "action_manager",
    "curriculum": "curriculum_manager",
}
"""The managers of an environment, by the names of their sections in its configuration."""

_REFERENCES = ("cfg", "_env")
"""Attributes of every class-based term that are no state."""


class Place(NamedTuple):
    """Where a value is: in a dictionary or list, such as the attributes of an object."""

    holder: Any
    key: Any

    def get(self) -> Any:
        """Returns the value: numbers, or a tensor."""
        return self.holder[self.key]

    def set(self, value: Any) -> None:
        """Replaces numbers; a sequence keeps its type."""
        now = self.holder[self.key]
        if isinstance(now, deque):
            now.clear()
            now.extend(value)
        else:
            self.holder[self.key] = type(now)(value) if isinstance(now, (list, tuple)) else value


class Places:
    """The places of an environment by their dotted names, such as ``rewards.action_rate.weight``.

    They are found again only when something that holds some was replaced or has grown: a search takes milliseconds, a
    look at each known place microseconds.

    Args:
        env: The task's innermost environment; one without managers has no places.
    """

    def __init__(self, env: Any) -> None:
        self._env = env
        self._found: dict[str, Place] = {}
        self._links: list[tuple[Any, Any, Any, int]] = []
        self._search()

    def now(self) -> dict[str, Place]:
        """Returns the places, as they are now."""
        for holder, key, part, size in self._links:
            if holder.get(key) is not part or len(_items(part)) != size:
                self._search()
                break
        return self._found

    def _search(self) -> None:
        self._links, self._found = [], {}
        for name, manager in SECTIONS.items():
            section = getattr(getattr(self._env, manager, None), "cfg", None)
            if section is not None:
                self._follow(vars(getattr(self._env, manager)), "cfg", name)
        for name, term in class_terms(self._env):
            address = _address(term)
            if address is None:
                self._follow_term(term, f"curriculum.{name}")
            elif (place := _at(self._env, address)) is not None:
                self._found[address] = place

    def _follow(self, holder: Any, key: Any, name: str) -> None:
        """Adds a value, or all that it holds."""
        value = holder[key]
        if is_numbers(value) or is_tensor(value):
            self._found[name] = Place(holder, key)
        elif isinstance(value, (dict, list)) or _is_config(value):
            items = _items(value)
            if isinstance(holder, dict):
                self._links.append((holder, key, value, len(items)))
            for part in range(len(items)) if isinstance(items, list) else items:
                self._follow(items, part, f"{name}.{part}")

    def _follow_term(self, term: Any, name: str) -> None:
        attributes = vars(term)
        for key, value in attributes.items():
            if key not in _REFERENCES and not _is_config(value):
                self._follow(attributes, key, f"{name}.{key.lstrip('_')}")


def opaque_terms(env: Any) -> list[str]:
    """Returns the curriculum terms that hold something other than numbers and tensors, by their dotted names."""
    found = []
    for name, term in class_terms(env):
        if (address := _address(term)) is not None:
            known = _at(env, address) is not None
        else:
            known = all(_is_known(value) for key, value in vars(term).items() if key not in _REFERENCES)
        if not known:
            found.append(f"curriculum.{name}")
    return found


def has_curriculum(env: Any) -> bool:
    """Returns whether an environment has curriculum terms, or code of its task reads the step counter."""
    if getattr(getattr(env, "curriculum_manager", None), "active_terms", None):
        return True
    own = (each for each in type(env).__mro__ if not each.__module__.startswith(("isaaclab.envs.", "gymnasium.")))
    functions = (value for each in own for value in vars(each).values() if isinstance(value, types.FunctionType))
    return any("common_step_counter" in function.__code__.co_names for function in functions)


def is_numbers(value: Any) -> bool:
    """Returns whether a value is a number, None, or a sequence of these."""
    if isinstance(value, (list, tuple, deque)):
        return all(map(is_numbers, value))
    return value is None or type(value) in (bool, int, float)


def is_tensor(value: Any) -> bool:
    """Returns whether a value is a tensor."""
    import torch

    return isinstance(value, torch.Tensor)


def class_terms(env: Any) -> Iterator[tuple[str, Any]]:
    """Yields the curriculum terms that are objects, and so may hold something, with their names."""
    from isaaclab.managers import ManagerTermBase

    cfg = getattr(getattr(env, "curriculum_manager", None), "cfg", None)
    for name, term_cfg in () if cfg is None else _items(cfg).items():
        term = getattr(term_cfg, "func", None)
        if isinstance(term, ManagerTermBase):
            yield name, term


def _items(value: Any) -> Any:
    return value if isinstance(value, (dict, list)) else vars(value)


def _is_known(value: Any) -> bool:
    """Returns whether a value of a term is restored, or need not be."""
    if is_numbers(value) or is_tensor(value) or isinstance(value, str) or callable(value) or _is_config(value):
        return True
    if isinstance(value, (dict, list)):
        return all(map(_is_known, value.values() if isinstance(value, dict) else value))
    # assets, sensors, managers, devices: parts of the environment
    kind = type(value)
    return kind.__module__.split(".")[0].startswith(("isaaclab", "torch")) and kind.__name__ != "Generator"


def _is_config(value: Any) -> bool:
    from isaaclab.managers import SceneEntityCfg

    # which joints and bodies a scene entity names is found out anew
    return hasattr(value, "__dataclass_fields__") and not isinstance(value, (type, SceneEntityCfg))


def _address(term: Any) -> str | None:
    """Returns the address of the attribute of the environment that a term modifies, if it is one of Isaac Lab's."""
    from isaaclab.envs import mdp

    # the other kind of address is one of a setting
    modifies = isinstance(term, mdp.modify_env_param) and not isinstance(term, mdp.modify_term_cfg)
    return str(term.cfg.params["address"]) if modifies else None


def _at(env: Any, address: str) -> Place | None:
    """Returns the place at an address such as ``scene.robot.limits[2]``; None if it holds something else."""
    steps: list[Any] = []
    for name, index in re.findall(r"(\w+)(?:\[(\d+)\])?", address):
        steps += [name, int(index)] if index else [name]
    value, place = env, None
    try:
        for step in steps:
            held = isinstance(value, (dict, list)) or (isinstance(step, str) and step in getattr(value, "__dict__", ()))
            place = Place(_items(value), step) if held else None
            value = value[step] if isinstance(value, (dict, list, tuple)) else getattr(value, step)
    except (AttributeError, KeyError, IndexError, TypeError):
        return None
    return place if is_numbers(value) or is_tensor(value) else None

# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The presets that a task declares: alternatives for its physics, its renderer and other parts, chosen by name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ..errors import UserError, shortened
from ..overrides.hydra import nearest
from ..run_config import PRESET_SELECTORS
from ..system.installation import isaac_sim_is_installed
from .tasks import PresetGroup

NEWTON = "newton_mjwarp"
"""The default physics without Isaac Sim, whose PhysX is the tasks' default."""

_DEFAULT = "default"
"""Isaac Lab's name of the alternative that applies unless another is chosen."""


def declared_presets(task: str, agent: str) -> dict[str, dict[str, Any]]:
    """Returns the alternatives that a task declares, by key and name.

    Args:
        task: The task's name.
        agent: The key of its agent configuration; empty for the environment's alternatives only.
    """
    from isaaclab_tasks.utils import load_cfg_from_registry
    from isaaclab_tasks.utils.hydra import collect_presets

    found = {}
    for root, entry_point in (("env", "env_cfg_entry_point"), ("agent", agent)):
        if not entry_point:
            continue
        declared = collect_presets(load_cfg_from_registry(task.split(":")[-1], entry_point))
        found.update({f"{root}.{path}" if path else root: names for path, names in declared.items()})
    return found


def preset_groups(declared: Mapping[str, Mapping[str, Any]]) -> tuple[PresetGroup, ...]:
    """Returns the choices that a task offers, from :func:`declared_presets`.

    Names that are alternatives of one another for any key are one choice: Isaac Lab refuses two of them.
    """
    from isaaclab_tasks.utils.preset_target import PresetTarget

    typed = [target for target in PresetTarget if target.base_classes]
    of_target: dict[str, dict[str, list[str]]] = {target.value: {} for target in typed}
    others: dict[str, list[str]] = {}
    for key, alternatives in declared.items():
        for name, value in alternatives.items():
            if name == _DEFAULT:
                continue
            target = next((target.value for target in typed if target.matches(value)), None)
            (others if target is None else of_target[target]).setdefault(name, []).append(key)
    groups = [_group(selector, names, declared) for selector, names in of_target.items() if names]
    chosen_by_type = {name for names in of_target.values() for name in names}
    rest = {name: keys for name, keys in others.items() if name not in chosen_by_type}
    return (*groups, *[_group("presets", names, declared) for names in _alternatives(rest)])


def task_presets(task: str, agent: str) -> tuple[PresetGroup, ...]:
    """Returns the choices that a task offers with an agent configuration."""
    return preset_groups(declared_presets(task, agent))


def check_selectors(overrides: Iterable[str], task: str, declared: Mapping[str, Mapping[str, Any]]) -> None:
    """Refuses a preset that a task does not declare.

    Args:
        overrides: The overrides of a run, of which those with a selector are checked.
        task: The task's name, for sentences.
        declared: See :func:`declared_presets`.

    Raises:
        UserError: Names the presets that there are.
    """
    from isaaclab_tasks.utils.preset_target import PresetTarget

    groups = preset_groups(declared)
    every = {name for names in declared.values() for name in names}
    old = PresetTarget.all_legacy_aliases()
    for text in overrides:
        selector, _, value = text.partition("=")
        if selector not in PRESET_SELECTORS:
            continue
        allowed = {name for group in groups if group.selector == selector for name in group.names}
        for name in value.split(",") if selector == "presets" else [value]:
            name = name.strip()
            accepted = every if selector == "presets" else {*allowed, _DEFAULT}
            if name and name not in accepted and old.get(name) not in accepted:
                raise UserError(_no_such_preset(selector, name, task, sorted(allowed)))


def chooses_physics(overrides: Iterable[str], declared: Mapping[str, Mapping[str, Any]]) -> bool:
    """Returns whether overrides choose the physics, as a preset of any selector or for its key.

    Args:
        overrides: The overrides of a run.
        declared: See :func:`declared_presets`.
    """
    names = {name for group in preset_groups(declared) if group.selector == "physics" for name in group.names}
    given = [text.partition("=") for text in overrides]
    return any(
        key in ("physics", "env.sim.physics") or (key == "presets" and names & set(value.split(",")))
        for key, _, value in given
    )


def _no_such_preset(selector: str, name: str, task: str, allowed: list[str]) -> str:
    what = "preset" if selector == "presets" else f"{selector} preset"
    begin = f"{task} has no {what} '{shortened(name)}'"
    if not allowed:
        return f"{begin}, and no other: leave {selector}= out."
    near = nearest(name, allowed)
    return f"{begin}{near}" if near.startswith(";") else f"{begin}: choose {_listed(allowed)}."


def _listed(names: list[str]) -> str:
    shown = names[:12]
    return f"{', '.join(shown)} …" if len(names) > len(shown) else " or ".join(shown)


def _alternatives(names: Mapping[str, list[str]]) -> list[dict[str, list[str]]]:
    """Returns the names in groups that share a key, each with its keys."""
    groups: list[dict[str, list[str]]] = []
    for name, keys in names.items():
        linked = [group for group in groups if any(set(keys) & set(theirs) for theirs in group.values())]
        groups = [group for group in groups if group not in linked]
        groups.append({one: theirs for group in linked for one, theirs in group.items()} | {name: keys})
    return groups


def _group(selector: str, names: Mapping[str, list[str]], declared: Mapping[str, Mapping[str, Any]]) -> PresetGroup:
    changes = tuple(dict.fromkeys(key for keys in names.values() for key in keys))
    if selector == "physics" and NEWTON in names and not isaac_sim_is_installed():
        return PresetGroup(selector, tuple(names), changes, NEWTON)
    usual = next((name for key in changes for name in names if _is_default(name, declared[key])), "")
    return PresetGroup(selector, tuple(names), changes, usual)


def _is_default(name: str, alternatives: Mapping[str, Any]) -> bool:
    return name in alternatives and _DEFAULT in alternatives and alternatives[name] is alternatives[_DEFAULT]

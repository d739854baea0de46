# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Reads from a task's configuration what a user wants to know before choosing it, without creating an environment."""

from __future__ import annotations

import ast
import inspect
import math
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .source_places import source_file
from .task_card import TaskCard

LONGEST_TEXT = 300
"""Letters of a card's description."""


def read_card(task: str, env_cfg: Any, agent_cfg: Any = None, agent: str = "") -> TaskCard:
    """Returns the card of a task.

    Args:
        task: Gymnasium id of the task.
        env_cfg: Its resolved environment configuration.
        agent_cfg: The agent configuration that was resolved with it; None without one.
        agent: The key of the agent configuration in the task's registration.
    """
    import gymnasium

    spec = gymnasium.spec(task.split(":")[-1])
    parts = list(_parts(env_cfg, set()))
    sources = _sources([*parts, *_parts(agent_cfg, set())]) | _agent_file(spec.kwargs.get(agent))
    environment = _environment(spec.entry_point)
    step = env_cfg.sim.dt * env_cfg.decimation
    observations, actions = _spaces(env_cfg)
    presets = _presets(task)
    physics = tuple(presets.get("physics", ()))
    return TaskCard(
        about=_about(environment, env_cfg, spec),
        source=environment.file or _file(type(env_cfg)),
        num_envs=env_cfg.scene.num_envs,
        episode_seconds=float(env_cfg.episode_length_s or 0.0),
        episode_steps=math.ceil((env_cfg.episode_length_s or 0.0) / step),
        observations=observations,
        actions=actions,
        rewards=_rewards(env_cfg),
        physics=physics or (_physics(env_cfg),),
        presets=tuple(name for names in presets.values() for name in names if name not in physics),
        cameras=any(_is_camera(part) for part in parts),
        sources=tuple(sorted({*sources, *filter(None, [environment.file])})),
    )


def _parts(value: Any, seen: set[int]) -> Iterator[Any]:
    """Yields a configuration and all configurations and functions in it."""
    if id(value) in seen or value is None or isinstance(value, str | int | float | bool):
        return
    seen.add(id(value))
    if isinstance(value, Mapping):
        children = list(value.values())
    elif isinstance(value, list | tuple):
        children = list(value)
    else:
        yield value
        children = [] if isinstance(value, type) or callable(value) else list(getattr(value, "__dict__", {}).values())
    for child in children:
        yield from _parts(child, seen)


def _sources(parts: list[Any]) -> set[str]:
    """The files that define the classes and functions of a configuration."""
    modules = set()
    for part in parts:
        if isinstance(part, type) or not callable(part):
            modules |= {each.__module__ for each in (part if isinstance(part, type) else type(part)).__mro__}
        else:
            modules.add(getattr(part, "__module__", None) or "")
    files = (getattr(sys.modules.get(name), "__file__", None) for name in modules)
    # Python's own do not change
    return {file for file in files if file and not file.startswith(sys.base_prefix + "/lib/python3")} - {""}


def _agent_file(entry_point: Any) -> set[str]:
    """The YAML file of an agent configuration."""
    module, _, name = str(entry_point).partition(":")
    folder = getattr(sys.modules.get(module), "__file__", None)
    return {str(Path(folder).with_name(name))} if folder and name.endswith((".yaml", ".yml")) else set()


@dataclass(frozen=True)
class _Environment:
    """What the source of an environment's class says: importing it may need the simulator, and takes its time."""

    file: str = ""
    docstring: str = ""


def _environment(entry_point: Any) -> _Environment:
    """Returns the source of a task's own environment; nothing for one of Isaac Lab's."""
    if isinstance(entry_point, type):
        return _Environment(_file(entry_point), str(entry_point.__dict__.get("__doc__") or ""))
    module, _, name = str(entry_point).partition(":")
    if not isinstance(entry_point, str) or module.startswith("isaaclab.envs"):
        return _Environment()
    try:
        file = source_file(module)
        tree = ast.parse(Path(file).read_bytes())
    except (OSError, SyntaxError, ValueError):
        return _Environment()  # the run says why it cannot be imported
    classes = [node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == name]
    return _Environment(file, (ast.get_docstring(classes[0]) or "") if classes else "")


def _file(source: type | None) -> str:
    try:
        return "" if source is None else str(Path(inspect.getfile(source)))
    except (TypeError, OSError):
        return ""


def _about(environment: _Environment, env_cfg: Any, spec: Any) -> str:
    """The first sentences of the docstring of the environment, its configuration, or their modules."""
    own = [each for each in type(env_cfg).__mro__ if not each.__module__.startswith(("isaaclab.", "builtins"))]
    modules = [str(spec.entry_point).partition(":")[0], type(env_cfg).__module__]
    packages = [module.rpartition(".")[0] for module in modules]
    found = [sys.modules[name] for name in (*modules, *packages) if name in sys.modules]
    documented = [(each.__name__, str(each.__dict__.get("__doc__") or "")) for each in own]
    # a dataclass without a docstring gets its signature
    texts = [environment.docstring] if environment.docstring else []
    texts += [text for name, text in documented if text and not text.startswith(f"{name}(")]
    texts += [module.__doc__ for module in found if module.__doc__ and not module.__name__.startswith("isaaclab.")]
    # a list that explains fields says nothing about the task
    return next((about for text in texts if (about := _first_sentences(text))[:1].isalnum()), "")


def _first_sentences(text: str) -> str:
    paragraph = " ".join(inspect.cleandoc(text).split("\n\n")[0].split())
    paragraph = re.sub(r":[\w:]+:`~?(?:[\w.]+\.)?(\w+)`|``?([^`]+)``?", lambda found: found[1] or found[2], paragraph)
    if len(paragraph) <= LONGEST_TEXT:
        return paragraph
    cut = paragraph[:LONGEST_TEXT]
    end = max(cut.rfind(". "), cut.rfind("! "))
    return cut[: end + 1] if end > 0 else f"{cut.rpartition(' ')[0]}…"


def _spaces(env_cfg: Any) -> tuple[tuple[tuple[str, str], ...], tuple[tuple[str, str], ...]]:
    """Observations and actions by name: sizes of a direct task, terms of a manager-based one."""
    if getattr(env_cfg, "actions", None) is not None:
        groups = {
            name: ", ".join(term for term, value in _public(group) if hasattr(value, "func"))
            for name, group in _public(getattr(env_cfg, "observations", None))
        }
        actions = {name: type(term).__name__.removesuffix("Cfg") for name, term in _public(env_cfg.actions)}
        return tuple(groups.items()), tuple(actions.items())
    found = []
    for key in ("observation_space", "action_space"):
        several = getattr(env_cfg, f"{key}s", None)
        space = several if isinstance(several, Mapping) else getattr(env_cfg, key, None)
        named = space if isinstance(space, Mapping) else {"": space}
        found.append(tuple((str(name), _size(value)) for name, value in named.items()))
    return found[0], found[1]


def _size(space: Any) -> str:
    """The size of a space, in the short forms that Isaac Lab takes or as one of Gymnasium's."""
    if isinstance(space, list | tuple) and all(isinstance(each, int) for each in space):
        return " x ".join(map(str, space))
    if isinstance(space, set):
        return f"{', '.join(map(str, space))} choices"
    if isinstance(space, Mapping):
        return ", ".join(f"{name} {_size(value)}" for name, value in space.items())
    if getattr(space, "shape", None):
        return " x ".join(map(str, space.shape))
    return f"{space.n} choices" if hasattr(space, "n") else str(space)


def _public(value: Any) -> list[tuple[str, Any]]:
    """The configurations in a configuration, by name."""
    return [(name, each) for name, each in getattr(value, "__dict__", {}).items() if hasattr(each, "__dict__")]


def _rewards(env_cfg: Any) -> tuple[tuple[str, float], ...]:
    """Reward terms with their weights; of a direct task, the numbers that its configuration names for rewards."""
    declared = _public(getattr(env_cfg, "rewards", None))
    terms = [(name, term.weight) for name, term in declared if hasattr(term, "weight")]
    if not terms:
        named = getattr(env_cfg, "__dict__", {}).items()
        terms = [(name, value) for name, value in named if "rew" in name.lower()]
    return tuple(
        (name, float(value)) for name, value in terms if isinstance(value, int | float) and not isinstance(value, bool)
    )


def _presets(task: str) -> dict[str, list[str]]:
    """The names of a task's presets, by the option that chooses them."""
    from isaaclab_tasks.utils.preset_cli import enumerate_task_presets

    found = enumerate_task_presets(task.split(":")[-1]) or {}
    return {target.value: names for target, names in found.items()}


def _physics(env_cfg: Any) -> str:
    """The physics of a task without such presets, by the name of the preset that other tasks have for it."""
    physics = env_cfg.sim.physics
    solver = type(getattr(physics, "solver_cfg", None)).__name__
    if solver != "NoneType":
        return f"newton_{re.sub('(SolverCfg|ProxyCfg|Cfg)$', '', solver).lower()}"
    return "physx" if physics is None else type(physics).__name__.removesuffix("Cfg").lower()


def _is_camera(part: Any) -> bool:
    return any(each.__name__ in ("CameraCfg", "RayCasterCameraCfg") for each in type(part).__mro__)

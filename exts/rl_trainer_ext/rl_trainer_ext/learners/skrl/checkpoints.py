# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Compares a checkpoint of skrl with the needs of a run: algorithm, preprocessors, networks, then tensor by tensor."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from gymnasium.spaces import Box

from ...errors import UserError
from ..base import Purpose
from ..kept_format import check_format
from ..shapes import first_misfit, shapes_of
from ..task_spaces import Spaces
from .format import LIBRARY

KEPT_KEY = "rl_trainer"
"""Where, in a checkpoint, this extension keeps what the library does not. The library skips what it does not know."""

_KEPT = ("iterations", "steps", "seconds", "returns", "lengths", "scaler", "seed", "random")

ACTING = ("policy", "observation_preprocessor", "state_preprocessor")
"""What a playback reads."""


def agents_in(saved: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """Returns what a checkpoint holds by agent, that of a single agent under an empty name; empty for no checkpoint."""
    modules = {name: part for name, part in saved.items() if name != KEPT_KEY and isinstance(part, Mapping)}
    if "policy" in modules:
        return {"": modules}
    return {name: part for name, part in modules.items() if isinstance(part.get("policy"), Mapping)}


def check_content(path: Path, saved: Any, purpose: Purpose) -> None:
    """Checks that a checkpoint holds what a run needs, as far as the configuration tells.

    Args:
        path: Its file, for the sentence.
        saved: What the file holds.
        purpose: The run.

    Raises:
        UserError: When another library or algorithm wrote it, or a newer version of this extension; when its networks
            or preprocessors are not the configured ones.
    """
    agents = agents_in(saved) if isinstance(saved, Mapping) else {}
    if not agents:
        raise UserError(f"{path} holds no agent of skrl: choose an agent_<N>.pt or best_agent.pt that skrl wrote.")
    if purpose.other_task and not purpose.fine_tune:
        raise UserError(f"{path} was trained on {purpose.other_task}, not on {purpose.task}: choose that task.")
    agent_cfg = purpose.agent_cfg
    algorithm = str(agent_cfg["agent"]["class"]).upper()
    _check_algorithm(path, agents, algorithm, LIBRARY.trains_each_agent(agent_cfg))
    subject = f"{path} does not fit the configuration of {purpose.task}"
    for modules in agents.values():
        _check_preprocessor(subject, modules, agent_cfg["agent"])
        for role in ("policy",) if purpose.playing else ("policy", "value"):
            _check_layers(subject, role, modules, agent_cfg["models"])
    if not purpose.playing and not purpose.fine_tune and KEPT_KEY in saved:
        check_format(path, saved[KEPT_KEY], _KEPT)


def check_spaces(path: Path, saved: Mapping[str, Any], known: Spaces, purpose: Purpose) -> None:
    """Checks the sizes of a single agent's observations and actions, where these are known before there is a task.

    Args:
        path: Its file, for the sentence.
        saved: What the file holds.
        known: The spaces of the task; None where only the environment tells.
        purpose: The run.

    Raises:
        UserError: With both sizes.
    """
    tensors = shapes_of(agents_in(saved).get("", {}).get("policy", {}))
    network = purpose.agent_cfg["models"].get("policy", {}).get("network") or [{}]
    takes = next((shape[1] for name, shape in tensors.items() if "_container." in name and len(shape) == 2), None)
    if len(network) > 1 or network[0].get("input") != "OBSERVATIONS":
        takes = None  # parts of the observations, or more than these
    gives = next((shape[0] for name, shape in tensors.items() if name.endswith("log_std_parameter")), None)
    sizes = (
        ("takes {} observations", takes, known.observation_space),
        ("gives {} actions", gives, known.action_space),
    )
    for what, size, space in sizes:
        if size is not None and isinstance(space, Box) and size != math.prod(space.shape):
            raise UserError(
                f"{path} does not fit {purpose.task}: its policy {what.format(size)}, the task has "
                f"{math.prod(space.shape)}; choose a checkpoint of this task, or the overrides of its training."
            )


def check_tensors(path: Path, saved: Mapping[str, Any], wanted: Mapping[str, Any], task: str, *, playing: bool) -> None:
    """Checks the tensors of a checkpoint against those of an agent that was built.

    Args:
        path: Its file, for the sentence.
        saved: What the file holds.
        wanted: The states of the agent's modules: see :func:`.watch.state_of`.
        task: The task's name, for the sentence.
        playing: Whether it is to be played, or only its weights are to be trained on.

    Raises:
        UserError: With the first tensor that differs, or what is missing.
    """
    theirs, ours = agents_in(saved), agents_in(wanted)
    if theirs.keys() != ours.keys():
        raise UserError(
            f"{path} does not fit {task}: it has the agents {', '.join(theirs)}, the task {', '.join(ours)}. Choose a "
            "checkpoint of this task."
        )
    for uid, name, tensors in _modules(ours):
        if (playing and name not in ACTING) or name == "optimizer":
            continue
        of = f"{uid}'s {name}" if uid else f"its {name}"
        held = theirs[uid].get(name)
        if not isinstance(held, Mapping):
            raise UserError(
                f"{path} does not fit {task}: it has no {name}, only {', '.join(theirs[uid])}. Choose a checkpoint of "
                "this configuration."
            )
        misfit = first_misfit(shapes_of(held), shapes_of(tensors))
        if misfit is not None:
            raise UserError(
                f"{path} does not fit {task}: of {of}, {misfit}; choose a checkpoint of this task and this "
                "configuration, or the overrides that it was trained with."
            )
        if not playing and not isinstance(theirs[uid].get("optimizer"), Mapping):
            raise UserError(
                f"{path} holds no state of an optimizer, and can only be played: choose another checkpoint."
            )


def _modules(agents: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    for uid, modules in agents.items():
        for name, tensors in modules.items():
            yield uid, name, tensors


def _check_algorithm(path: Path, agents: Mapping[str, Mapping[str, Any]], algorithm: str, several: bool) -> None:
    if several != ("" not in agents):
        theirs = "a single agent" if several else f"several agents ({', '.join(agents)})"
        raise UserError(
            f"{path} was trained with {theirs}, which {algorithm} does not train: choose the agent configuration of "
            f"its training, such as {'skrl_cfg_entry_point' if several else 'skrl_mappo_cfg_entry_point'}."
        )
    for modules in agents.values():
        if ("discriminator" in modules) != (algorithm == "AMP"):
            theirs = "AMP" if "discriminator" in modules else "another algorithm"
            raise UserError(
                f"{path} was trained with {theirs}, not with {algorithm}: choose the agent configuration that it was "
                "trained with."
            )


def _check_preprocessor(subject: str, modules: Mapping[str, Any], agent: Mapping[str, Any]) -> None:
    """Checks the normaliser of the observations, without which a policy acts differently, or cannot act."""
    # older configurations call it by the name of that of the states
    configured = agent.get("observation_preprocessor", agent.get("state_preprocessor"))
    held = "observation_preprocessor" in modules
    if held != bool(configured):
        key = "agent.agent.observation_preprocessor"
        raise UserError(
            f"{subject}: it was trained {'with' if held else 'without'} normalised observations; add "
            f"{key}={'RunningStandardScaler' if held else 'null'} to the overrides, or choose a checkpoint of this "
            "configuration."
        )


def _check_layers(subject: str, role: str, modules: Mapping[str, Any], models: Mapping[str, Any]) -> None:
    """Compares the widths of the hidden layers, of networks that are one stack of linear layers."""
    network = models.get(role, {}).get("network") or []
    tensors = modules.get(role)
    layers = network[0].get("layers") if len(network) == 1 and isinstance(network[0], Mapping) else None
    if not isinstance(tensors, Mapping) or not isinstance(layers, list) or not all(type(one) is int for one in layers):
        return
    shapes = shapes_of(tensors)
    widths = [shape[0] for name, shape in shapes.items() if "_container." in name and len(shape) == 2]
    if models.get("separate", True):
        widths = widths[:-1]  # the last layer has the actions, or the value
    if widths != layers:
        raise UserError(
            f"{subject}: the layers of its {role} are {widths}, the configured ones {layers}; choose a checkpoint of "
            f"this configuration, or give agent.models.{role}.network the layers that it was trained with."
        )

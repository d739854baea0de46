# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Compares a checkpoint of RSL-RL with the needs of a run: version, algorithm, then tensor by tensor.

All but :func:`check_tensors` needs neither an environment nor RSL-RL.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

from ...errors import UserError
from ..base import Purpose
from ..kept_format import check_format
from ..shapes import shapes_of
from .networks import compare, configured

INFOS_KEY = "rl_trainer"
"""Where, in a checkpoint's ``infos``, this extension keeps what the library does not."""

_KEPT = ("iterations", "steps", "seconds", "logged_seconds", "rewards", "lengths", "rnd_updates", "seed", "random")

_NETWORKS = {"PPO": ("actor", "critic"), "Distillation": ("student", "teacher")}
"""The networks of the library's algorithms, the acting one first."""


def is_teacher(saved: Mapping[str, Any], agent_cfg: Any) -> bool:
    """Returns whether a distillation takes the actor of this checkpoint, which PPO trained, as its teacher."""
    return agent_cfg.algorithm.class_name == "Distillation" and "actor_state_dict" in saved


def check_content(path: Path, saved: Mapping[str, Any], purpose: Purpose) -> None:
    """Checks that a checkpoint holds what a run needs, as far as the configuration tells.

    Args:
        path: Its file, for the sentence.
        saved: What the file holds.
        purpose: The run. A playback needs the acting network only.

    Raises:
        UserError: When it was written by another algorithm, another version of RSL-RL or a newer version of this
            extension; when it lacks something, or its networks are not the configured ones.
    """
    agent_cfg, playing = purpose.agent_cfg, purpose.playing
    if purpose.other_task and not purpose.fine_tune and (playing or not is_teacher(saved, agent_cfg)):
        raise UserError(f"{path} was trained on {purpose.other_task}, not on {purpose.task}: choose that task.")
    networks = _NETWORKS.get(agent_cfg.algorithm.class_name)
    if networks is not None:  # the checkpoints of other algorithms are not known
        _check_version(path, saved)
        _check_algorithm(path, saved, purpose)
        needed = _needed(saved, purpose)
        for part in needed:
            if not isinstance(saved.get(f"{part}_state_dict"), Mapping):
                raise UserError(_lacks(path, saved, f"{part}_state_dict"))
        shapes = {part: shapes_of(_tensors(saved, part)) for part in networks if part in needed}
        if is_teacher(saved, agent_cfg) and not playing:
            shapes = {"teacher": shapes_of(_tensors(saved, "teacher"))}
        compare(
            f"{path} does not fit the configuration of {purpose.task}",
            {part: (tensors, configured(tensors, getattr(agent_cfg, part))) for part, tensors in shapes.items()},
        )
    infos = saved.get("infos")
    kept = infos.get(INFOS_KEY) if isinstance(infos, Mapping) else None
    if kept is not None and not playing and not purpose.fine_tune and not is_teacher(saved, agent_cfg):
        check_format(path, kept, _KEPT)


def check_tensors(
    path: Path,
    saved: Mapping[str, Any],
    wanted: Mapping[str, Any],
    task: str,
    playing: bool,
    networks_only: bool = False,
) -> None:
    """Checks the tensors of a checkpoint against those of the networks that were built.

    Args:
        path: Its file, for the sentence.
        saved: What the file holds.
        wanted: What the algorithm's ``save()`` gives.
        task: The task's name, for the sentence.
        playing: Whether it is to be played; only the acting network is then compared.
        networks_only: Whether what a random network distillation has learned is left out.

    Raises:
        UserError: With the first tensor that differs, or what is missing.
    """
    parts = [name.removesuffix("_state_dict") for name in wanted if name.endswith("_state_dict")]
    parts = [part for part in parts if not part.endswith("optimizer") and not (networks_only and part == "rnd")]
    acting = acting_network(wanted)
    if playing and acting is not None:
        parts = [acting]
    elif "student" in parts and "actor_state_dict" in saved:
        parts = ["teacher"]
    networks = {}
    for part in parts:
        tensors = _tensors(saved, part)
        if not isinstance(tensors, Mapping):
            raise UserError(_lacks(path, saved, f"{part}_state_dict"))
        networks[part] = shapes_of(tensors), shapes_of(wanted[f"{part}_state_dict"])
    compare(f"{path} does not fit {task}", networks)


def acting_network(wanted: Mapping[str, Any]) -> str | None:
    """Returns the name of the acting network in an algorithm's state; None for an algorithm of the user's own."""
    return next((acting for acting, _ in _NETWORKS.values() if f"{acting}_state_dict" in wanted), None)


def _check_version(path: Path, saved: Mapping[str, Any]) -> None:
    actor = saved.get("actor_state_dict")
    # before 4.0 all networks were one, and before 5.0 the deviation was a parameter of the network itself
    if "model_state_dict" in saved or (isinstance(actor, Mapping) and not {"std", "log_std"}.isdisjoint(actor)):
        raise UserError(
            f"{path} was written by RSL-RL before 5.0, whose networks RSL-RL {version('rsl-rl-lib')} cannot load: "
            "train again, or play it with the Isaac Lab release that it was trained with."
        )


def _check_algorithm(path: Path, saved: Mapping[str, Any], purpose: Purpose) -> None:
    algorithm = purpose.agent_cfg.algorithm.class_name
    if "student_state_dict" not in saved and is_teacher(saved, purpose.agent_cfg) and purpose.playing:
        raise UserError(
            f"{path} was trained with PPO and holds a teacher, but no student to play: resume it with this agent to "
            "distil a student and play that run, or choose the agent that it was trained with."
        )
    if algorithm == "PPO" and "actor_state_dict" not in saved and "student_state_dict" in saved:
        raise UserError(
            f"{path} was trained with distillation, not with PPO: choose the agent that it was trained with, such as "
            "rsl_rl_distillation_cfg_entry_point."
        )


def _needed(saved: Mapping[str, Any], purpose: Purpose) -> tuple[str, ...]:
    """Returns the parts of a checkpoint that a run of the library's own algorithms reads."""
    agent_cfg = purpose.agent_cfg
    networks = _NETWORKS[agent_cfg.algorithm.class_name]
    if purpose.playing:
        return networks[:1]
    if is_teacher(saved, agent_cfg):
        return ("actor",)
    if purpose.fine_tune:
        return networks
    rnd = ("rnd", "rnd_optimizer") if getattr(agent_cfg.algorithm, "rnd_cfg", None) is not None else ()
    return (*networks, "optimizer", *rnd)


def _lacks(path: Path, saved: Mapping[str, Any], name: str) -> str:
    if name.startswith("rnd"):
        return (
            f"{path} was trained without random network distillation, which this run has: choose a checkpoint that "
            "was trained with it, or add agent.algorithm.rnd_cfg=null to the overrides."
        )
    held = ", ".join(str(key) for key in saved)
    return (
        f"{path} has no {name}, only {held}: another algorithm wrote it, or another version of RSL-RL than "
        f"{version('rsl-rl-lib')}. Choose another checkpoint."
    )


def _tensors(saved: Mapping[str, Any], part: str) -> Any:
    """Returns the tensors of a part. A teacher's are the actor's in the checkpoint of its own training."""
    found = saved.get(f"{part}_state_dict")
    return saved.get("actor_state_dict") if not found and part == "teacher" else found

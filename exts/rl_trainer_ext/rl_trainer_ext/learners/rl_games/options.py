# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Checks a configuration of RL-Games, without importing the library."""

from __future__ import annotations

import math
import os
import shutil
import sys
import sysconfig
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ...errors import UserError, shortened
from ...run_config import check_folder_name

_ALGORITHM = "a2c_continuous"

_TEXT_OR_NUMBER = float | str
"""YAML reads a number such as 5e-4, without a point, as a text, which RL-Games converts."""

_CONFIG: dict[str, Any] = {
    **dict.fromkeys(
        ("name", "env_name", "device", "device_name", "lr_schedule", "schedule_type", "bound_loss_type"), str
    ),
    **dict.fromkeys(
        (
            *("multi_gpu", "ppo", "mixed_precision", "normalize_input", "normalize_value", "normalize_advantage"),
            *("normalize_rms_advantage", "truncate_grads", "clip_value", "clip_actions", "value_bootstrap"),
            *("use_smooth_clamp", "use_diagnostics", "use_experimental_cv", "use_action_masks", "zero_rnn_on_done"),
            *("print_stats", "schedule_entropy", "freeze_critic", "self_play", "population_based_training"),
        ),
        bool,
    ),
    **dict.fromkeys(
        (
            *("num_actors", "max_epochs", "max_frames", "save_best_after", "save_frequency", "horizon_length"),
            *("minibatch_size", "minibatch_size_per_env", "mini_epochs", "seq_length", "seq_len", "bptt_length"),
            *("games_to_track", "epochs_between_resets"),
        ),
        int,
    ),
    **dict.fromkeys(
        (
            *("gamma", "tau", "learning_rate", "kl_threshold", "score_to_win", "grad_norm", "entropy_coef", "e_clip"),
            *("critic_coef", "weight_decay", "adv_rms_momentum"),
        ),
        _TEXT_OR_NUMBER,
    ),
    "bounds_loss_coef": float | str | None,
    "torch_compile": bool | str | dict,
    **dict.fromkeys(("reward_shaper", "env_config", "player", "features"), dict),
    **dict.fromkeys(("central_value_config", "self_play_config"), dict | None),
}

_NOT_HERE = {
    "self_play": "lets policies play against each other",
    "population_based_training": "trains a population",
}

_OF_THE_FOLDER = ("train_dir", "full_experiment_name")


def known_options() -> dict[str, dict[str, Any]]:
    """Returns the types of the names that RL-Games reads, by the key of their dictionary."""
    env = {"clip_observations": float, "clip_actions": float, "obs_groups": dict, "concate_obs_groups": bool}
    return {"agent.params.config": _CONFIG, "agent.params.env": env}


def check_config(agent_cfg: Any) -> None:
    """Checks what an agent's configuration asks for.

    Raises:
        UserError: For an algorithm, or a way of training, that only Isaac Lab's command has; for names that are not
            those of folders, and numbers that RL-Games cannot use.
    """
    params = agent_cfg["params"]
    config = params["config"]
    algorithm = params["algo"]["name"]
    if algorithm != _ALGORITHM:
        raise UserError(
            f"agent.params.algo.name={shortened(str(algorithm))} does not train here: use {_ALGORITHM}, which is PPO"
            + (", or train with isaaclab train --rl_library rl_games." if algorithm == "sac" else ".")
        )
    if config.get("multi_gpu"):
        raise UserError(
            f"agent.params.config.multi_gpu={config['multi_gpu']} needs a process for each GPU: leave it out, and "
            "train on all GPUs (--where gpus)."
        )
    for name, what in _NOT_HERE.items():
        if config.get(name):
            raise _only_with_the_command(f"agent.params.config.{name}={config[name]} {what}")
    if config.get("normalize_rms_advantage"):
        raise UserError(
            "agent.params.config.normalize_rms_advantage=True fails in RL-Games 1.6.5, also with isaaclab train: use "
            "normalize_advantage alone."
        )
    if config.get("self_play_config"):
        raise _only_with_the_command("agent.params.config.self_play_config lets policies play against each other")
    if _section(agent_cfg, "pbt").get("enabled"):
        raise _only_with_the_command("agent.pbt.enabled=True trains a population")
    check_folder_name("agent.params.config.name", str(config["name"]))
    for name in _OF_THE_FOLDER:
        if config.get(name):
            raise UserError(
                f"agent.params.config.{name}={shortened(str(config[name]))} has no effect: the time of its start names "
                "the folder of a run, below the log root. Leave it out."
            )
    _check_numbers(config)


def check_compiler(config: Mapping[str, Any]) -> None:
    """Checks that what ``torch.compile`` needs is there, if the networks are to be compiled, as they are by default.

    Args:
        config: The section ``params.config`` of the agent's configuration.

    Raises:
        UserError: When the compiler, or Python's own headers, are not found.
    """
    if config.get("torch_compile", True) is False or sys.platform == "win32":
        return
    # on a GPU Triton compiles the launchers of its kernels
    variable, usual = ("CXX", "g++") if str(config.get("device")).startswith("cpu") else ("CC", "gcc")
    compiler = os.environ.get(variable) or usual
    missing = "" if shutil.which(compiler) else compiler
    if not missing and not Path(sysconfig.get_path("include"), "Python.h").is_file():
        missing = f"Python.h (package python{sys.version_info[0]}.{sys.version_info[1]}-dev)"
    if missing:
        raise UserError(
            f"RL-Games compiles its networks with torch.compile, which needs {missing}: install it, or add "
            "agent.params.config.torch_compile=False to the overrides."
        )


def _check_numbers(config: Mapping[str, Any]) -> None:
    if config.get("max_steps") is not None:
        raise UserError("agent.params.config.max_steps has no effect in RL-Games: use max_epochs or max_frames.")
    for name, kind in _CONFIG.items():
        value = config.get(name)
        if kind is _TEXT_OR_NUMBER and isinstance(value, str) and not _is_number(value):
            raise UserError(f"agent.params.config.{name} is a number, not '{shortened(value)}'.")
    if not (_is_length(config.get("max_epochs", -1)) or _is_length(config.get("max_frames", -1))):
        raise UserError("The training would never end: set agent.params.config.max_epochs to 1 or more.")


def _is_number(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False


def _is_length(value: Any) -> bool:
    return isinstance(value, int) and value > 0


def _only_with_the_command(what: str) -> UserError:
    return UserError(f"{what}, which does not work here: leave it out, or use isaaclab train --rl_library rl_games.")


def _section(values: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    section = values.get(name)
    return section if isinstance(section, Mapping) else {}

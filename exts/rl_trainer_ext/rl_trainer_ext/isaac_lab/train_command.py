# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The command line of ``isaaclab train`` for a configuration."""

from __future__ import annotations

import dataclasses

from ..errors import UserError
from ..learners.formats import format_of
from ..run_config import PRESET_SELECTORS, RunConfig
from ..system.installation import isaac_sim_is_installed
from . import task_config

LOG_FOLDER = "logs"
"""The folder, in the current one, to which the command writes its runs."""

_WITH_A_VALUE = ("task", "num_envs", "max_iterations", "seed", "device", "agent", "video_length", "video_interval")
_FLAGS = ("deterministic", "video")
_NAMES = ("run_name", "experiment_name", "logger", "log_project_name")
_OTHERS = ("library", "log_root", "checkpoint", "overrides")
_NOT_FOR_TRAINING = ("num_steps", "speed", "commands", "trust")


def isaaclab_train_words(config: RunConfig, all_gpus: bool = False) -> list[str]:
    """Returns the arguments of ``python -m isaaclab`` that train as a configuration says.

    The command has to be started in the folder that contains the log root.

    Args:
        config: The configuration.
        all_gpus: Whether the command trains on several GPUs and chooses the devices itself.

    Raises:
        UserError: When the command has no option for a part of the configuration.
    """
    _check_options(config)
    if all_gpus:
        config = config.replace(device=None)
    else:
        device = task_config.resolve_device(config.device)
        num_envs = task_config.CPU_NUM_ENVS if config.num_envs is None and device == "cpu" else config.num_envs
        config = config.replace(device=device, num_envs=num_envs)
    words = ["train", *(("--rl_library", config.library) if config.library else ())]
    for name in _WITH_A_VALUE:
        value = getattr(config, name)
        if value is not None:
            words += [f"--{name}", str(value)]
    words += [f"--{name}" for name in _FLAGS if getattr(config, name)]
    if config.checkpoint is not None:
        words += ["--checkpoint", config.checkpoint]
    if config.device is not None:
        words += [text.format(device=config.device) for text in format_of(config.library).export_overrides]
    words += _names(config)
    if not isaac_sim_is_installed() and not any(
        text.startswith(f"{PRESET_SELECTORS[0]}=") for text in config.overrides
    ):
        words.append(task_config.NEWTON_PRESET)
    return [*words, *config.overrides]


def _names(config: RunConfig) -> list[str]:
    """Returns the overrides that name run, experiment and logger, as each library has them."""
    known = format_of(config.library)
    found = []
    for name, key in (
        ("run_name", known.run_name_key),
        ("experiment_name", known.experiment_key),
        ("logger", known.logger_key),
    ):
        value = getattr(config, name)
        if value is None:
            continue
        if not key:
            raise _no_option(name)
        found.append(f"agent.{key}={value}")
    if config.log_project_name is not None:
        if not known.log_project_keys:
            raise _no_option("log_project_name")
        found += [f"agent.{key}={config.log_project_name}" for key in known.log_project_keys]
    return found


def _check_options(config: RunConfig) -> None:
    known = {*_WITH_A_VALUE, *_FLAGS, *_NAMES, *_OTHERS, *_NOT_FOR_TRAINING}
    for field in dataclasses.fields(RunConfig):
        if field.name not in known and getattr(config, field.name) != field.default:
            raise _no_option(field.name)
    if config.checkpoint in ("best", "best_evaluated", "pretrained"):
        raise UserError(
            f"isaaclab train has another meaning of --checkpoint {config.checkpoint}: give the checkpoint's path."
        )
    if config.log_root_path.name != LOG_FOLDER:
        raise UserError(
            f"isaaclab train writes to a folder {LOG_FOLDER}, and the log root is {config.log_root_path}: choose one "
            "of that name, or train in this process or in a process of its own."
        )


def _no_option(name: str) -> UserError:
    return UserError(
        f"isaaclab train has no option for {name}: leave it out, or train in this process or in a process of its own."
    )

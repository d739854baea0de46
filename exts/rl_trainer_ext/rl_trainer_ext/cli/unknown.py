# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""What to write in place of a command or an option that the command line does not have."""

from __future__ import annotations

import difflib
from collections.abc import Collection

from ..errors import shortened

_COMMANDS = {
    "list": "tasks",
    "list_envs": "tasks",
    "zero_agent": "load",
    "random_agent": "load --agent random",
    "train_multigpu": "train --where gpus",
    "leapp": "export",
    "evaluate": "eval",
    "help": "--help",
}
"""Commands of Isaac Lab, and words that stand for one of ours elsewhere."""

_ONLY_ISAAC_LAB = "only Isaac Lab's own commands have it"
_LAUNCHER = "it is for the launcher of Isaac Sim: give it to isaac-sim.sh, see docs/isaac-sim.md"
_VIEWPORT = "the panel has a viewport of its own: choose --render_mode full, partial or none, or --headless"

_OPTIONS = {
    "--visualizer": _VIEWPORT,
    "--viz": _VIEWPORT,
    "--livestream": "--web 8080 shows the panel in a browser",
    "--distributed": "train --where gpus trains on all GPUs of this machine",
    "--real-time": "play runs in real time unless --speed says otherwise",
    "--resume": "--checkpoint latest resumes the newest run of the task",
    "--load_run": "--checkpoint takes the path of a checkpoint in that run",
    "--enable_cameras": "the cameras of a task need no option: leave it out",
    "--keyword": "write the words without an option",
    "--train_env_cfg": "play takes Isaac Lab's play-mode configuration: restore single settings with Hydra overrides",
    "--algorithm": "--agent chooses the algorithm of skrl, such as --agent skrl_ippo_cfg_entry_point",
    "--ml_framework": "skrl trains with PyTorch here",
    "--frontend": "the environment is built by the torch frontend here",
    **dict.fromkeys(("--kit_args", "--experience", "--info", "--xr"), _LAUNCHER),
    **dict.fromkeys(
        (
            "--track",
            "--wandb-project-name",
            "--wandb-entity",
            "--wandb-name",
            "--sigma",
            "--log_interval",
            "--export_io_descriptors",
            "--capture_env_sensors",
            "--disable_fabric",
            "--max_visible_envs",
            "--use_last_checkpoint",
        ),
        _ONLY_ISAAC_LAB,
    ),
}
"""Options of Isaac Lab's commands that ours do not have, and what to do instead."""


def command(named: str, known: Collection[str]) -> str:
    """Returns what is wrong with the name of a command, and which to write, in one sentence without its end.

    Args:
        named: What was written.
        known: The commands that there are.
    """
    said = f"there is no command '{shortened(named)}'"
    if named in _COMMANDS:
        return f"{said}: write {_COMMANDS[named]}"
    near = difflib.get_close_matches(named, known, n=1)
    return f"{said}: did you mean {near[0]}?" if near else f"{said}: choose {', '.join(known)}"


def before_command(written: str, of: str) -> str:
    """Returns that an option is one of a command and stands before it, in one sentence without its end.

    Args:
        written: The option.
        of: The command on the command line; empty for none.
    """
    return f"{shortened(written)} is no option of the program itself: write it after {of or 'a command such as train'}"


def option(written: str, known: Collection[str], of: str) -> str:
    """Returns what is wrong with an option, and what to write, in one sentence without its end.

    Args:
        written: The option, also with its value after an equals sign.
        known: The options that the command has.
        of: The command; empty for none.
    """
    name = written.partition("=")[0]
    said = f"unknown argument {shortened(name)}"
    underscored = f"--{name.lower().lstrip('-').replace('-', '_')}"
    if underscored in known:
        return f"{said}; did you mean {underscored}?"
    if name == "--headless":
        return f"{said}: {of} opens no window, leave it out"
    instead = _OPTIONS.get(name) or _OPTIONS.get(underscored)
    if instead is not None:
        return f"{said}: {instead}"
    near = difflib.get_close_matches(underscored[2:], [each[2:] for each in known], n=1, cutoff=0.7)
    return f"{said}; did you mean --{near[0]}?" if near else said

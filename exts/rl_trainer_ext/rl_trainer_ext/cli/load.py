# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""``rl-trainer load``: previews a task with zero or random actions, as Isaac Lab's agents of these names do."""

from __future__ import annotations

import argparse

from ..run_config import RunConfig
from ..training.commands import Load
from ..training.snapshot import PreviewActions
from . import choices, display
from .tasks import add_external


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments of ``rl-trainer load``."""
    parser.formatter_class, parser.epilog = argparse.RawDescriptionHelpFormatter, choices.HINT
    parser.add_argument("--task", required=True, metavar="T", help="such as Isaac-Cartpole-Direct")
    parser.add_argument(
        "--agent",
        dest="actions",
        choices=[each.value for each in PreviewActions],
        default=PreviewActions.ZERO.value,
        help="what acts: zero, or random between -1 and 1 (default: zero)",
    )
    parser.add_argument(
        "--num_envs", type=int, metavar="N", help="parallel environments (default: the task's, 64 on a CPU)"
    )
    parser.add_argument("--seed", type=int, metavar="N", help="seed (default: the one that a training has)")
    parser.add_argument(
        "--num_steps", type=int, metavar="N", help="environment steps to preview (default: until stopped)"
    )
    parser.add_argument(
        "--speed",
        type=float,
        default=1.0,
        metavar="X",
        help="multiple of real time; 0: as fast as possible (default: 1)",
    )
    parser.add_argument("--device", metavar="D", help="cpu or cuda:<index> (default: cuda:0 if there is one)")
    parser.add_argument("--deterministic", action="store_true", help="deterministic algorithms in physics")
    add_external(parser)
    display.add_arguments(parser)
    parser.add_argument("--headless", action="store_true", help="open no window")
    display.add_web(parser)
    parser.add_argument("--screenshot", metavar="PNG", help="write a picture of the panel at the end, and exit")
    parser.add_argument(
        "overrides",
        nargs="*",
        metavar="HYDRA OVERRIDE",
        help="such as env.sim.dt=0.01, or presets: physics=NAME renderer=NAME presets=NAME[,NAME]",
    )


def command(arguments: argparse.Namespace) -> Load:
    """Returns the command that the arguments ask for."""
    config = RunConfig(
        task=arguments.task,
        library="",
        num_envs=arguments.num_envs,
        seed=arguments.seed,
        device=arguments.device,
        log_root=arguments.log_root,
        overrides=tuple(arguments.overrides),
        external=tuple(arguments.external),
        num_steps=arguments.num_steps,
        speed=arguments.speed,
        deterministic=arguments.deterministic,
    )
    return Load(config, PreviewActions(arguments.actions))

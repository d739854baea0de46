# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""``rl-trainer film``: one video of all checkpoints of a run."""

from __future__ import annotations

import argparse
from pathlib import Path

from ..errors import UserError
from ..run_config import check_number, check_path
from ..runs import config_from_run, require_inside
from ..runs.finding import find_run
from ..runs.videos import FOLDER
from ..training.commands import Film
from ..viewport.video_file import ENDINGS
from .tasks import add_external

STEPS = 200
"""Environment steps of each checkpoint."""

NUM_ENVS = 16
"""Environments in the film."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments of ``rl-trainer film``."""
    parser.add_argument(
        "run", metavar="RUN", help="the run's folder, a checkpoint in it, its name below the log root, or latest"
    )
    parser.add_argument(
        "--steps", type=int, default=STEPS, metavar="N", help=f"environment steps of each checkpoint (default: {STEPS})"
    )
    parser.add_argument(
        "--num_envs", type=int, default=NUM_ENVS, metavar="N", help=f"parallel environments (default: {NUM_ENVS})"
    )
    parser.add_argument("--device", metavar="D", help="cpu or cuda:<index> (default: cuda:0 if there is one)")
    parser.add_argument("--output", metavar="FILE", help="the video, .mp4 or .gif (default: <run>/videos/film.mp4)")
    parser.add_argument("--trust", action="store_true", help="let the checkpoints run code while they are read")
    add_external(parser)


def command(arguments: argparse.Namespace) -> Film:
    """Returns the command that the arguments ask for.

    Raises:
        UserError: When the run, its checkpoints or the output do not exist.
    """
    from ..training.filming import checkpoints_in_order

    check_number("steps", arguments.steps)
    check_path("log root", arguments.log_root)
    run = find_run(arguments.run, Path(arguments.log_root))
    checkpoints = checkpoints_in_order(run.path)
    config = config_from_run(run, checkpoints[0].path).replace(
        num_envs=arguments.num_envs,
        device=arguments.device,
        trust=arguments.trust,
        speed=0.0,
        external=tuple(arguments.external),
    )
    output = run.path / FOLDER / "film.mp4" if arguments.output is None else Path(arguments.output).expanduser()
    if arguments.output is None:
        require_inside(output.parent, run.path)
    if output.suffix.lower() not in ENDINGS:
        raise UserError(f"The film {output} needs the ending {' or '.join(ENDINGS)}.")
    return Film(config, tuple(checkpoints), output.absolute(), arguments.steps)

# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""``rl-trainer eval``: what checkpoints achieve over whole episodes, as a table or as JSON."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any

from .. import wording
from ..run_config import EVAL_EPISODES, RunConfig, check_number
from ..runs.evaluations import Evaluation, best_evaluation
from ..training.commands import Evaluate
from . import choices, tables
from .tables import Column

NUM_ENVS = 64
"""Most parallel environments, unless the user asks for more."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments that only ``rl-trainer eval`` has."""
    parser.add_argument(
        "--checkpoint",
        metavar=choices.CHECKPOINT,
        default="latest",
        help="what to evaluate (default: latest)",
    )
    parser.add_argument(
        "--episodes",
        type=int,
        default=EVAL_EPISODES,
        metavar="N",
        help=f"episodes of each checkpoint (default: {EVAL_EPISODES})",
    )
    parser.add_argument(
        "--all", action="store_true", dest="all_checkpoints", help="evaluate all checkpoints of the checkpoint's run"
    )
    parser.add_argument("--seed", type=int, metavar="N", help="seed (default: the task's; -1 draws one)")
    parser.set_defaults(headless=True, speed=0.0)


def command(config: RunConfig, arguments: argparse.Namespace) -> Evaluate:
    """Returns the command that the arguments ask for.

    Raises:
        UserError: When there are no episodes to play.
    """
    check_number("episodes", arguments.episodes)
    if config.num_envs is None:
        config = config.replace(num_envs=min(arguments.episodes, NUM_ENVS))
    return Evaluate(config, arguments.episodes, arguments.all_checkpoints)


def values(evaluations: Sequence[Evaluation]) -> dict[str, Any]:
    """Returns what ``--json`` prints: the first evaluation's values, all of them, and which is the best."""
    best = best_evaluation(evaluations)
    first = evaluations[0].as_json()
    return {
        **{key: value for key, value in first.items() if key != "checkpoint"},  # the run's values have its whole path
        "evaluations": [one.as_json() for one in evaluations],
        "best": None if best is None else best.checkpoint,
    }


def text(evaluations: Sequence[Evaluation]) -> str:
    """Returns the evaluations as a table, one line a checkpoint, the best marked."""
    endings = list(dict.fromkeys(name for one in evaluations for name in one.terminations))
    with_success = any(one.success_rate is not None for one in evaluations)
    columns = [
        Column("CHECKPOINT", least=12),
        Column("EPISODES", right_aligned=True, rank=2),
        Column("RETURN", right_aligned=True),
        Column("± STD", right_aligned=True),
        Column("STEPS", right_aligned=True, rank=1),
        *((Column("SUCCESS", right_aligned=True),) if with_success else ()),
        *(Column(name.upper().replace("_", " "), right_aligned=True, rank=3) for name in endings),
    ]
    best = best_evaluation(evaluations)
    rows = [
        [
            one.checkpoint + (" (best)" if one is best and len(evaluations) > 1 else ""),
            wording.whole(one.episodes),
            wording.number(one.mean_return),
            wording.number(one.std_return),
            wording.number(one.mean_length),
            *((wording.percent(one.success_rate),) if with_success else ()),
            *(wording.percent(one.terminations.get(name)) for name in endings),
        ]
        for one in evaluations
    ]
    return tables.table(columns, rows, tables.terminal_width())

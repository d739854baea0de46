# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""``rl-trainer sweep``: trains a task with several parameters, with Ray Tune, without a window."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from .. import wording
from ..hosts.standalone.signals import EXIT_INTERRUPTED
from ..run_config import check_path
from ..training.sweep.files import read_spec
from ..training.sweep.trials import SweepView, Trial, TrialState
from .json_line import json_line

_EXIT_FAILED = 1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments of ``rl-trainer sweep``."""
    parser.add_argument(
        "file",
        metavar="SPEC.yaml",
        help="options of train without dashes; below parameters: lists, or ranges such as {loguniform: [1e-4, 1e-2]}",
    )
    parser.add_argument(
        "--resume",
        action="store_true",
        help="continue the last sweep of this file in the log root: trials that have ended are kept",
    )


def run(arguments: argparse.Namespace) -> int:
    """Runs the sweep, prints how each trial ended, and returns the exit status.

    0: done; 1: all trials failed; 130: interrupted.

    Raises:
        UserError: When the file cannot be used; nothing has been trained then.
    """
    check_path("file", arguments.file)
    log_root = arguments.log_root if arguments.chose_log_root else None
    if log_root is not None:
        check_path("log root", log_root)
    spec, where = read_spec(Path(arguments.file).expanduser(), log_root)
    from ..hosts.ray.installed import require_ray

    require_ray("A sweep")
    from ..hosts.standalone.sweep import run as run_sweep

    view, interrupted = run_sweep(spec, where, resume=arguments.resume, verbose=arguments.verbose)
    if arguments.json:
        print(json_line(result(view, interrupted)))
    elif view is not None:
        print(*(line(each, view) for each in view.trials), sep="\n")
        if view.best is not None:
            print(f"best: trial {view.best.number}, {view.best.run_dir}")
    if interrupted:
        return EXIT_INTERRUPTED
    failed = view is None or all(each.state is TrialState.FAILED for each in view.trials)
    return _EXIT_FAILED if failed else 0


def result(view: SweepView | None, interrupted: bool) -> dict[str, Any]:
    """Returns what ``--json`` prints of a sweep."""
    if view is None:
        return {"status": "stopped", "sweep": None, "trials": [], "best": None}
    best = view.best
    failed = bool(view.trials) and all(each.state is TrialState.FAILED for each in view.trials)
    return {
        "status": "stopped" if interrupted else "failed" if failed else view.state,
        "sweep": str(view.folder),
        "metric": view.metric,
        "mode": view.mode,
        "trials": [_trial(each, view.metric) for each in view.trials],
        "best": None if best is None else _trial(best, view.metric),
    }


def _trial(trial: Trial, metric: str) -> dict[str, Any]:
    values = {
        "trial": trial.number,
        "parameters": dict(trial.parameters),
        "status": trial.state.value,
        metric: trial.value,
        "iterations": trial.iterations,
        "run_dir": trial.run_dir or None,
        "checkpoint": trial.checkpoint or None,
    }
    return values | {"error": trial.problem} if trial.problem else values


def line(trial: Trial, view: SweepView) -> str:
    """Returns one line about a trial."""
    values = ", ".join(f"{key}={_number(value)}" for key, value in trial.parameters.items())
    text = f"{trial.number} of {view.total}: {values}: {trial.state}"
    if trial.problem:
        return f"{text}: {trial.problem}"
    after = f" after {wording.whole(trial.iterations)} iterations" if trial.iterations else ""
    name = view.metric.replace("_", " ")
    return f"{text}{after}" + ("" if trial.value is None else f", {name} {wording.number(trial.value)}")


def _number(value: Any) -> str:
    return wording.number(value) if isinstance(value, float) else str(value)

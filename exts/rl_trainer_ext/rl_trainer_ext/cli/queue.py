# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""``rl-trainer queue``: the trainings of a file, one after another, without a window."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from .. import wording
from ..hosts.standalone.signals import EXIT_INTERRUPTED
from ..run_config import check_path
from ..training.queue.model import Entry, QueuedRun, RunState
from ..training.queue.reading import read_requests
from .json_line import json_line

_EXIT_FAILED = 1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments of ``rl-trainer queue``."""
    parser.add_argument(
        "file",
        metavar="FILE.yaml",
        help="a list of trainings: options of train without dashes; seed may be a list; process: this, own or isaaclab",
    )


def run(arguments: argparse.Namespace) -> int:
    """Trains all entries of the file, prints how each run ended, and returns the exit status.

    0: all finished; 1: a run failed; 130: interrupted.

    Raises:
        UserError: When the file cannot be used; nothing has been trained then.
    """
    check_path("file", arguments.file)
    log_root = arguments.log_root if arguments.chose_log_root else None
    if log_root is not None:
        check_path("log root", log_root)
    requests = read_requests(Path(arguments.file).expanduser(), log_root)
    from ..hosts.standalone.queue import end_words, run_queue

    entries, interrupted = run_queue(requests, verbose=arguments.verbose)
    if arguments.json:
        print(json_line(result(entries, interrupted)))
    else:
        for entry in entries:
            print(*(end_words(entry, run, len(entries)) for run in entry.runs), sep="\n")
            if len(entry.runs) > 1 and entry.mean_and_deviation is not None:
                mean, deviation = map(wording.number, entry.mean_and_deviation)
                print(
                    f"{entry.number} of {len(entries)}: mean reward {mean} ± {deviation} of {len(entry.rewards)} seeds"
                )
    if interrupted:
        return EXIT_INTERRUPTED
    return _EXIT_FAILED if _status(entries, interrupted) == "failed" else 0


def result(entries: Sequence[Entry], interrupted: bool) -> dict[str, Any]:
    """Returns what ``--json`` prints of a queue."""
    return {
        "status": _status(entries, interrupted),
        "runs": [_run_result(entry, run) for entry in entries for run in entry.runs],
        "entries": [_entry_result(entry) for entry in entries],
    }


def _status(entries: Sequence[Entry], interrupted: bool) -> str:
    if interrupted:
        return "stopped"
    failed = any(run.state is not RunState.FINISHED for entry in entries for run in entry.runs)
    return "failed" if failed else "finished"


def _run_result(entry: Entry, run: QueuedRun) -> dict[str, Any]:
    values = {
        "entry": entry.number,
        "run_dir": run.run_dir or None,
        "task": entry.request.config.task,
        "library": entry.request.config.library,
        "seed": run.seed,
        "process": entry.request.process.value,
        "iterations": run.iterations,
        "steps": run.steps,
        "mean_reward": run.mean_reward,
        "checkpoint": run.checkpoint or None,
        "seconds": run.seconds,
        "status": "not run" if run.state is RunState.WAITING else run.state.value,
    }
    more = {"error": run.problem, "note": run.note}
    return values | {key: text for key, text in more.items() if text}


def _entry_result(entry: Entry) -> dict[str, Any]:
    mean, deviation = entry.mean_and_deviation or (None, None)
    return {
        "entry": entry.number,
        "task": entry.request.config.task,
        "seeds": [run.seed for run in entry.runs],
        "mean_reward": mean,
        "deviation": deviation,
    }

# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Lists the runs of a log root (``rl-trainer runs``) as a table or as JSON; imports neither Isaac Lab nor a library."""

from __future__ import annotations

import argparse
import dataclasses
import io
import sys
import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..errors import UserError, shortened
from ..hosts.console import progress
from ..learners.formats import PACKAGES, library_named
from ..run_config import check_path
from ..runs import Run, RunIndex, RunStatus, as_text, empty_trash
from ..runs.checkpoints import cut_off_checkpoints
from ..runs.columns import COLUMNS, Column
from ..runs.model import MANIFEST_NAME
from . import tables
from .json_line import json_line
from .output import show

PROBLEMS_TOLD = 5
"""The number of problems that are listed below the table."""

_SHORTEST_NAME = 24
"""The name is cut to this many characters before another column is left out."""

_FOLDER = Column("folder", "Folder", "", 2, lambda run, now: run.folder, right_aligned=False)
"""What other commands call a run by; the run browser needs no such name."""

_STARTED_RANK = 8
"""The folder is usually named by the start, which is then needed less."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments of ``rl-trainer runs``."""
    parser.add_argument("--task", metavar="T", help="only runs whose task contains this")
    parser.add_argument(
        "--library",
        "--rl_library",
        type=library_named,
        metavar="L",
        help=f"only runs of this library, such as {next(iter(PACKAGES))}",
    )
    parser.add_argument(
        "--status",
        choices=[status.value for status in RunStatus],
        metavar="S",
        help=f"only runs with this status: {', '.join(RunStatus)}",
    )
    parser.add_argument("--tag", metavar="TAG", help="only runs with this tag")
    parser.add_argument("--archived", action="store_true", help="archived runs too")
    parser.add_argument("--limit", type=int, metavar="N", help="only the newest N of them")
    parser.add_argument("--empty_trash", action="store_true", help="first remove deleted runs for good")


def run(arguments: argparse.Namespace) -> int:
    """Prints the runs, and returns the exit status.

    Raises:
        UserError: When the log root cannot be read.
    """
    check_path("log root", arguments.log_root)
    log_root = Path(arguments.log_root)
    if arguments.limit is not None and arguments.limit < 1:
        raise UserError(f"limit must be a whole number at least 1, not {shortened(str(arguments.limit))}.")
    if arguments.empty_trash:
        count = empty_trash(log_root)
        print(f"Removed {count} deleted {'run' if count == 1 else 'runs'} for good.", file=sys.stderr)
    shown = select(_read(log_root), arguments)[: arguments.limit]
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a name may contain bytes that are not UTF-8
    show(*_lines(log_root, shown, arguments))
    return 0


def _lines(log_root: Path, shown: Sequence[Run], arguments: argparse.Namespace) -> list[str]:
    if arguments.json:
        values = {"log_root": str(log_root.expanduser().absolute()), "runs": [to_dict(run) for run in shown]}
        return [json_line(values)]
    if not shown:
        return [f"No runs in {as_text(log_root)}{' that match' if _filtered(arguments) else ''}."]
    return lines(shown, tables.terminal_width())


def select(runs: Sequence[Run], arguments: argparse.Namespace) -> list[Run]:
    """Returns the runs that match the arguments."""
    return [
        run
        for run in runs
        if (arguments.archived or not run.archived)
        and (arguments.task is None or arguments.task.lower() in run.task.lower())
        and (arguments.library is None or arguments.library.lower() == run.library)
        and (arguments.status is None or arguments.status == run.status)
        and (arguments.tag is None or arguments.tag in run.tags)
    ]


def to_dict(run: Run) -> dict[str, Any]:
    """Returns a run as plain JSON types, times as ISO 8601.

    It has the fields of the run, the values of all columns, and a sentence for each incomplete checkpoint file.
    """
    values = dataclasses.asdict(run) | {column.name: column.value_of(run) for column in COLUMNS}
    values["path"] = str(run.path)
    values["resumed_from"] = None if run.resumed_from is None else str(run.resumed_from)
    values["damaged"] = {as_text(name): as_text(problem) for name, problem in cut_off_checkpoints(run.path).items()}
    return values


def lines(runs: Sequence[Run], width: int | None) -> list[str]:
    """Returns the table of runs and the remarks on them, for a terminal of a width, or for a file (None)."""
    shown = [column for column in COLUMNS if column.text is not None]
    shown.insert(1 + [column.name for column in shown].index("name"), _FOLDER)
    columns = [
        tables.Column(
            column.heading,
            column.right_aligned,
            _STARTED_RANK if column.name == "created" else column.rank,
            least=None if column.rank else _SHORTEST_NAME,
        )
        for column in shown
    ]
    rows = [[column.text(run, None) for column in shown if column.text is not None] for run in runs]
    return [tables.table(columns, rows, width), *_remarks(runs, width)]


def _read(log_root: Path) -> tuple[Run, ...]:
    """Reads all runs; shows the progress if that takes long."""
    index = RunIndex(log_root)
    while not index.refresh(0.5):
        done, total = index.progress
        progress(f"Reading {done} of {total} runs…" if total else "")
    progress("")
    if index.problem:
        raise UserError(index.problem)
    return index.runs


def _remarks(runs: Sequence[Run], width: int | None) -> list[str]:
    remarks = []
    without = sum(not run.has_manifest for run in runs)
    if without:
        what = "1 run has" if without == 1 else f"{without} runs have"
        remarks.append(f"{what} no {MANIFEST_NAME}: isaaclab's latest and best do not find it; give a path.")
    problems = [run for run in runs if run.problem]
    remarks += [f"{run.experiment}/{run.folder}: {run.problem}" for run in problems[:PROBLEMS_TOLD]]
    if len(problems) > PROBLEMS_TOLD:
        remarks.append(f"{len(problems) - PROBLEMS_TOLD} more have problems: --json lists them.")
    if width is not None:
        remarks = [line for remark in remarks for line in textwrap.wrap(remark, width, subsequent_indent="  ")]
    return ["", *remarks] if remarks else []


def _filtered(arguments: argparse.Namespace) -> bool:
    return any(getattr(arguments, name) is not None for name in ("task", "library", "status", "tag"))

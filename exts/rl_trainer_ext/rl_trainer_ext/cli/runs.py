# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""``rl-trainer runs``: the runs of a log root as a table, or as JSON. Imports neither Isaac Lab nor a library."""

from __future__ import annotations

import argparse
import dataclasses
import io
import json
import math
import os
import shutil
import sys
import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from .. import wording
from ..errors import UserError, shortened
from ..learners.formats import PACKAGES
from ..run_config import check_path
from ..runs import Run, RunIndex, RunStatus, as_text, empty_trash
from ..runs.checkpoints import cut_off_checkpoints
from ..runs.model import MANIFEST_NAME

WIDTH = 100
"""Columns of the table where the terminal does not say."""

PROBLEMS_TOLD = 5
"""Most problems that are told below the table."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments of ``rl-trainer runs``."""
    parser.add_argument("--log_root", default="logs", metavar="DIR", help="where runs are written (default: logs)")
    parser.add_argument("--task", metavar="T", help="only runs whose task contains this")
    parser.add_argument(
        "--library", "--rl_library", metavar="L", help=f"only runs of this library, such as {next(iter(PACKAGES))}"
    )
    parser.add_argument(
        "--status",
        choices=[status.value for status in RunStatus],
        metavar="S",
        help=f"only these: {', '.join(RunStatus)}",
    )
    parser.add_argument("--tag", metavar="TAG", help="only runs with this tag")
    parser.add_argument("--archived", action="store_true", help="archived runs too")
    parser.add_argument("--limit", type=int, metavar="N", help="only the newest N of them")
    parser.add_argument("--empty_trash", action="store_true", help="remove deleted runs for good, before anything else")
    parser.add_argument("--json", action="store_true", help="print one JSON object, with the path of each run")


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
        sys.stdout.reconfigure(errors="backslashreplace")  # a name may hold bytes that are no text
    try:
        print("\n".join(_lines(log_root, shown, arguments)), flush=True)
    except BrokenPipeError:
        # the reader has closed the pipe, as head does; Python would complain about it once more when it ends
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def _lines(log_root: Path, shown: Sequence[Run], arguments: argparse.Namespace) -> list[str]:
    if arguments.json:
        values = {"log_root": str(log_root.expanduser().absolute()), "runs": [to_dict(run) for run in shown]}
        return [json.dumps(values, allow_nan=False)]
    if not shown:
        return [f"No runs in {as_text(log_root)}{' that match' if _filtered(arguments) else ''}."]
    return table(shown, shutil.get_terminal_size((WIDTH, 24)).columns if sys.stdout.isatty() else WIDTH)


def select(runs: Sequence[Run], arguments: argparse.Namespace) -> list[Run]:
    """The runs that the arguments ask for."""
    return [
        run
        for run in runs
        if (arguments.archived or not run.archived)
        and (arguments.task is None or arguments.task.lower() in run.task.lower())
        and (arguments.library is None or arguments.library == run.library)
        and (arguments.status is None or arguments.status == run.status)
        and (arguments.tag is None or arguments.tag in run.tags)
    ]


def to_dict(run: Run) -> dict[str, Any]:
    """A run as plain JSON types; times as ISO, what is no number as null.

    Beside what is known of the run, ``damaged`` has a sentence for each checkpoint that was not written to its end.
    """
    values = dataclasses.asdict(run)
    values["path"] = str(run.path)
    values["created"] = datetime.fromtimestamp(run.created, UTC).isoformat(timespec="seconds")
    values["status"] = run.status.value
    values["resumed_from"] = None if run.resumed_from is None else str(run.resumed_from)
    values["damaged"] = {as_text(name): as_text(problem) for name, problem in cut_off_checkpoints(run.path).items()}
    return {
        key: None if isinstance(value, float) and not math.isfinite(value) else value for key, value in values.items()
    }


def table(runs: Sequence[Run], width: int) -> list[str]:
    """The lines of the table, at most ``width`` characters each, and what is to be said about it."""
    columns = list(_COLUMNS)
    cells = {column: [column.title, *(column.text(run) for run in runs)] for column in columns}
    widths = {column: max(map(len, cells[column])) for column in columns}
    # what has room for its shortest form; the task takes what is left
    for column in sorted(columns, key=lambda column: column.rank, reverse=True):
        if sum(_narrowest(column, widths) + len(_GAP) for column in columns) - len(_GAP) <= width:
            break
        columns.remove(column)
    fixed = sum(widths[column] for column in columns if column is not _TASK) + len(_GAP) * (len(columns) - 1)
    widths[_TASK] = max(min(widths[_TASK], width - fixed), _SHORTEST_TASK)
    lines = [
        _GAP.join(_cell(column, cells[column][row], widths[column]) for column in columns).rstrip()
        for row in range(len(runs) + 1)
    ]
    return lines + _remarks(runs, width)


def _read(log_root: Path) -> tuple[Run, ...]:
    """All runs; says how far it is while that takes long."""
    index = RunIndex(log_root)
    told = False
    while not index.refresh(0.5):
        done, total = index.progress
        if sys.stderr.isatty() and total:
            print(f"\rReading {done} of {total} runs…", end="", file=sys.stderr, flush=True)
            told = True
    if told:
        print("\r\033[K", end="", file=sys.stderr, flush=True)
    if index.problem:
        raise UserError(index.problem)
    return index.runs


def _remarks(runs: Sequence[Run], width: int) -> list[str]:
    lines = []
    if not all(run.has_manifest for run in runs):
        lines.append(f"{_NO_MANIFEST} no {MANIFEST_NAME}: isaaclab's latest and best do not find it; give a path.")
    problems = [run for run in runs if run.problem]
    for run in problems[:PROBLEMS_TOLD]:
        lines += textwrap.wrap(f"{run.experiment}/{run.folder}: {run.problem}", width, subsequent_indent="  ")
    if len(problems) > PROBLEMS_TOLD:
        lines.append(f"{len(problems) - PROBLEMS_TOLD} more have problems: --json tells them.")
    return ["", *lines] if lines else []


@dataclass(frozen=True)
class _Column:
    """A column: what it says of a run, and its rank; those of the highest ranks drop out where it is narrow."""

    title: str
    rank: int
    text: Callable[[Run], str]
    right: bool = True


_GAP = "  "
_NO_MANIFEST = "*"
_SHORTEST_TASK = 21


def _cell(column: _Column, text: str, width: int) -> str:
    if len(text) > width:
        # the ends of a task's name tell more than its middle
        kept = width - 1
        text = f"{text[: kept - kept // 2]}…{text[len(text) - kept // 2 :]}"
    return text.rjust(width) if column.right else text.ljust(width)


def _narrowest(column: _Column, widths: dict[_Column, int]) -> int:
    return min(widths[column], _SHORTEST_TASK) if column is _TASK else widths[column]


def _task(run: Run) -> str:
    task = run.task or f"{run.experiment}/"
    tags = "".join(f" #{tag}" for tag in run.tags)
    return f"{f'{run.name}: ' if run.name else ''}{task}{'' if run.has_manifest else _NO_MANIFEST}{tags}"


_TASK = _Column("TASK", 0, _task, right=False)
_COLUMNS = (
    _Column("STATUS", 1, lambda run: run.status.value, right=False),
    _TASK,
    _Column("LIBRARY", 6, lambda run: run.library, right=False),
    _Column("STARTED", 2, lambda run: wording.short_moment(run.created), right=False),
    _Column("ITER", 4, lambda run: wording.whole(run.iterations)),
    _Column("STEPS", 7, lambda run: wording.short_count(run.steps)),
    _Column("REWARD", 3, lambda run: wording.short_number(run.last_reward)),
    _Column("BEST", 5, lambda run: wording.short_number(run.best_reward)),
    _Column("TIME", 8, lambda run: wording.duration(run.seconds)),
    _Column("SIZE", 9, lambda run: wording.file_size(run.size)),
)


def _filtered(arguments: argparse.Namespace) -> bool:
    return any(getattr(arguments, name) is not None for name in ("task", "library", "status", "tag"))

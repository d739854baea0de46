# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The results as a table for a terminal, as Markdown, and as one JSON object."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from .plan import SEED, BenchConfig, Program
from .summary import Row

NOTHING = "-"
"""In the cell of what does not apply."""


_INCOMPLETE = " Cut short: not all rounds were run."


@dataclass(frozen=True)
class Result:
    """The rows for one number of environments."""

    num_envs: int
    rows: tuple[Row, ...]
    steps_per_iteration: int
    """Environment steps, over all parallel environments."""


@dataclass(frozen=True)
class Results:
    """A whole benchmark."""

    config: BenchConfig
    machine: dict[str, Any]
    date: str
    results: tuple[Result, ...]
    cut_short: BaseException | None = None
    """What ended it before its time; then there are fewer rounds, or none of some programs."""

    def to_dict(self) -> dict[str, Any]:
        """What ``--json`` prints. Times are in seconds, sizes in bytes."""
        config = self.config
        return {
            "date": self.date,
            "machine": self.machine,
            "task": config.task,
            "library": config.library,
            "device": config.device,
            "max_iterations": config.max_iterations,
            "repeat": config.repeat,
            "turns": config.turns,
            "huge_pages": config.huge_pages,
            "recorded_physics": config.recorded_physics,
            "seed": SEED,
            "picture": list(config.picture),
            "complete": self.cut_short is None,
            "results": [
                {
                    "num_envs": result.num_envs,
                    "steps_per_iteration": result.steps_per_iteration,
                    "programs": [row.to_dict() for row in result.rows],
                }
                for result in self.results
            ],
        }


def _cell(format: Callable[[Any], str], value: Any) -> str:
    return NOTHING if value is None else format(value)


def _speed(row: Row) -> str:
    if row.steps_per_second is None:
        return NOTHING
    if row.rounds < 2:
        return f"{row.steps_per_second:,.0f}"
    return f"{row.steps_per_second:,.0f} ({row.steps_per_second_lowest:,.0f} to {row.steps_per_second_highest:,.0f})"


def _of_headless(row: Row) -> str:
    ratio = _cell("{:.3f}".format, row.ratio_to_headless)
    return ratio if row.ratio_to_headless_error is None else f"{ratio} ± {row.ratio_to_headless_error:.3f}"


def _gaps(row: Row) -> str:
    if not row.gap_p50 or row.gap_p99 is None or row.gap_max is None:
        return NOTHING
    return f"{1e3 * row.gap_p50:.0f} / {1e3 * row.gap_p99:.0f} / {1e3 * row.gap_max:.0f}"


def _weights(row: Row) -> str:
    if row.weights_equal is None:
        return NOTHING
    return "equal" if row.weights_equal else "differ"


_COLUMNS: tuple[tuple[str, Callable[[Row], str]], ...] = (
    ("steps/s", _speed),
    ("of headless", _of_headless),
    ("of viewer", lambda row: _cell("{:.2f}".format, row.ratio_to_viewer)),
    ("time in training", lambda row: _cell("{:.3f}".format, row.training_share)),
    ("pictures/s", lambda row: _cell("{:.1f}".format, row.pictures_per_second)),
    ("UI frames/s", lambda row: _cell("{:.1f}".format, row.frames_per_second)),
    ("in use: UI frames/s", lambda row: _cell("{:.1f}".format, row.frames_per_second_in_use)),
    ("in use: frame gap p50 / p99 / max [ms]", _gaps),
    ("in use: p99 less drawing [ms]", lambda row: _cell(lambda gap: f"{1e3 * gap:.0f}", row.gap_p99_less_drawing)),
    ("panel ready [s]", lambda row: _cell("{:.1f}".format, row.ready)),
    ("first iteration [s]", lambda row: _cell("{:.1f}".format, row.first_iteration)),
    ("second click [s]", lambda row: _cell("{:.2f}".format, row.second_first_iteration)),
    ("of command's start", lambda row: _cell("{:.2f}".format, row.second_start_ratio)),
    ("memory [GB]", lambda row: _cell(lambda size: f"{size / 1e9:.2f}", row.peak_memory)),
    ("GPU memory [GB]", lambda row: _cell(lambda size: f"{size / 1e9:.2f}", row.peak_gpu_memory)),
    ("weights", _weights),
)


def command_line(config: BenchConfig) -> str:
    """The command that makes these results again."""
    words = ["./rl_trainer.sh", "bench", "--task", config.task, "--library", config.library]
    words += ["--num_envs", *map(str, config.num_envs), "--device", str(config.device)]
    words += ["--max_iterations", str(config.max_iterations), "--repeat", str(config.repeat)]
    words += ["--turns", f"{config.turns:g}"]
    words += ["--modes", *(program.value for program in config.programs if program is not Program.HEADLESS)]
    words += ["--picture", "{}x{}".format(*config.picture)]
    words += [*(["--xvfb"] if config.xvfb else []), *([] if config.huge_pages else ["--no_huge_pages"])]
    words += [] if config.recorded_physics else ["--no_recorded_physics"]
    return shlex.join(words)


def machine_line(machine: dict[str, Any]) -> str:
    """The machine in one sentence."""
    gpus = ", ".join(machine["gpus"]) or "no GPU"
    versions = ", ".join(f"{name} {version}" for name, version in machine["versions"].items())
    return (
        f"{machine['cpu']}, {machine['cores']} cores, {machine['memory_gib']} GiB, {gpus}; {machine['system']}, "
        f"Python {machine['python']}, {versions}"
    )


def cells(rows: Sequence[Row]) -> list[list[str]]:
    """The table with its header, columns in which no program has a figure left out."""
    columns = [(title, [cell(row) for row in rows]) for title, cell in _COLUMNS]
    kept = [(title, values) for title, values in columns if any(value != NOTHING for value in values)]
    noted = any(row.note for row in rows)
    table = [["", *(title for title, _ in kept), *(["note"] if noted else [])]]
    for index, row in enumerate(rows):
        table.append([row.program.label, *(values[index] for _, values in kept), *([row.note] if noted else [])])
    return table


def markdown(results: Results) -> str:
    """The results as a part of a document: date, machine, command, and a table for each number of environments."""
    parts = [
        f"{results.date}, {machine_line(results.machine)}.{_INCOMPLETE if results.cut_short is not None else ''}",
        f"```bash\n{command_line(results.config)}\n```",
    ]
    for result in results.results:
        header, *rows = cells(result.rows)
        lines = [_pipes(header), _pipes(["---", *("---:" for _ in header[1:])]), *map(_pipes, rows)]
        parts += [f"{results.config.task}, {result.num_envs:,} environments:", "\n".join(lines)]
    return "\n\n".join(parts)


def text(results: Results) -> str:
    """The results for a terminal: a line for each figure, a column for each program, which fits where a table of
    programs would not."""
    parts = [machine_line(results.machine)]
    for result in results.results:
        turned = [list(column) for column in zip(*cells(result.rows), strict=True)]
        widths = [max(len(cell) for cell in column) for column in zip(*turned, strict=True)]
        lines = [
            "  ".join(
                [line[0].ljust(widths[0]), *(cell.rjust(w) for cell, w in zip(line[1:], widths[1:], strict=True))]
            )
            for line in turned
        ]
        parts += [f"{results.config.task}, {result.num_envs:,} environments, {results.config.library}:"]
        parts += ["\n".join(lines)]
    return "\n\n".join(parts)


def _pipes(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |"

# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Shows the progress of a run on a terminal."""

from __future__ import annotations

import sys
import time

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from ... import wording
from ...training.snapshot import Snapshot
from ..console import say

_LINE_INTERVAL = 10.0
"""Seconds between two lines if the output is not a terminal."""


class ProgressDisplay:
    """Shows a progress bar on a terminal, or prints a line at intervals elsewhere; both on stderr."""

    def __init__(self) -> None:
        console = Console(file=sys.__stderr__)
        self._bar: Progress | None = None
        self._said = self._origin = ""
        self._said_at = 0.0
        if console.is_terminal:
            self._bar = Progress(
                TextColumn("{task.description}"),
                BarColumn(),
                MofNCompleteColumn(),
                TextColumn("{task.fields[rate]}"),
                TextColumn("{task.fields[spent]}"),
                console=console,
                redirect_stdout=False,
                redirect_stderr=False,
            )
            self._row = self._bar.add_task("Loading…", total=None, rate="", spent="")

    def __enter__(self) -> ProgressDisplay:
        if self._bar is not None:
            self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.stop()

    def show(self, snapshot: Snapshot) -> None:
        """Shows the progress of the run."""
        done, total = _progress(snapshot)
        rate = wording.rate(snapshot.counts.steps_per_second) if snapshot.counts.steps_per_second else ""
        if snapshot.mean_reward is not None:
            rate += f"  reward {wording.number(snapshot.mean_reward)}"
        origin = "" if snapshot.run is None else snapshot.run.origin
        if origin != self._origin:
            self._origin = origin
            self.tell(origin)
        self._show(snapshot.held or snapshot.activity, done, total, rate, snapshot)

    def tell(self, text: str) -> None:
        """Prints a line that stays."""
        if self._bar is not None:
            self._bar.console.print(text, markup=False, highlight=False)
        else:
            say(text)

    def show_activity(self, activity: str) -> None:
        """Shows what a process of its own does."""
        self._show(activity, 0, 0, "", Snapshot())

    def _show(self, activity: str, done: int, total: int, rate: str, snapshot: Snapshot) -> None:
        if self._bar is not None:
            left = "" if snapshot.counts.eta is None else f", {wording.duration(snapshot.counts.eta)} left"
            self._bar.update(
                self._row,
                description=activity or "Done",
                completed=done,
                total=total or None,
                rate=rate,
                spent=f"{wording.duration(snapshot.elapsed)}{left}" if snapshot.elapsed else "",
            )
            return
        now = time.monotonic()
        if activity and (activity != self._said or now - self._said_at >= _LINE_INTERVAL):
            self._said, self._said_at = activity, now
            count = f" {wording.whole(done)} of {wording.whole(total)}" if total and done else ""
            say(f"{activity}{count}{'  ' + rate if rate else ''}")


def _progress(snapshot: Snapshot) -> tuple[int, int]:
    if snapshot.playing:
        return snapshot.steps, snapshot.counts.total_steps
    return snapshot.iteration, snapshot.counts.total_iterations

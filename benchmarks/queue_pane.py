# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""What a queue of a hundred waiting runs costs a frame: python benchmarks/queue_pane.py [entries]

Times the queue's own part of a frame (its update and the window's), and whole drawn frames, in turns: with an empty
queue, with as many entries as fit into the window, and with all; with the window in front and behind another tab.
"""

from __future__ import annotations

import statistics
import sys
import time
from typing import Any

from rl_trainer_ext.hosts.standalone.omni_ui import load_omni_ui
from rl_trainer_ext.run_config import RunConfig
from rl_trainer_ext.training.queue.commands import MoveEntry
from rl_trainer_ext.training.queue.model import Entry, Request
from rl_trainer_ext.training.queue.runner import QueueRunner
from rl_trainer_ext.training.snapshot import Snapshot, State

FRAMES, ROUNDS = 100, 5

FITTING = 25
"""Entries that fill the window."""


class IdleTrainer:
    """A trainer that waits."""

    def request(self, command: Any) -> None:
        """Does nothing."""

    def snapshot(self) -> Snapshot:
        """Returns that nothing runs."""
        return Snapshot(State.IDLE)


def main(count: int) -> None:
    """Prints the figures."""
    ui, _ = load_omni_ui("Queue", 720, 720, offscreen=True)
    from omni.ui import testing
    from rl_trainer_ext.ui.queue.pane import QueuePane, QueueServices

    trainer = IdleTrainer()
    runner = QueueRunner(trainer)
    window = ui.Window("Queue", width=480, height=700, position_x=0, position_y=0)
    pane = QueuePane(window.frame, runner, QueueServices(lambda entry: None, lambda folders, mean: None))
    config = RunConfig("Isaac-Cartpole-Direct", "rsl_rl", device="cpu")
    entries = [Request(config.replace(seed=seed)) for seed in range(count)]

    def work() -> float:
        start = time.perf_counter()
        runner.update(trainer.snapshot())
        if window.visible:
            pane.update()
        return 1e3 * (time.perf_counter() - start)

    def frames(number: int) -> tuple[list[float], list[float]]:
        own: list[float] = []
        whole: list[float] = []
        drawing = testing.wait_frames(number)
        while True:
            start = time.perf_counter()
            own.append(work())
            try:
                drawing.send(None)
            except StopIteration:
                return own, whole
            whole.append(1e3 * (time.perf_counter() - start))

    frames(20)
    own: list[float] = []
    whole: dict[tuple[bool, int], list[float]] = {}
    for _ in range(ROUNDS):
        for visible in (True, False):
            for number in (0, FITTING, count):
                window.visible = visible
                runner.queue.remove([entry.number for entry in runner.queue.entries])
                runner.queue.extend([Entry(1, request, request.runs()) for request in entries[:number]])
                frames(20)
                part, drawn = frames(FRAMES)
                whole.setdefault((visible, number), []).extend(drawn)
                own += part if visible and number == count else []
    window.visible = True
    frames(5)
    moved = []
    for _ in range(100):
        runner.request(MoveEntry(runner.queue.entries[0].number, 1))
        moved.append(work())
        frames(2)
    print(f"{count} waiting runs, in a frame in which nothing changes: {_words(own)}")
    print(f"in a frame in which an entry is moved: {_words(moved)}")
    for (visible, number), drawn in whole.items():
        where = "in front" if visible else "behind"
        print(f"a whole frame, the window {where}, {number} waiting runs: {_words(drawn)}")


def _words(milliseconds: list[float]) -> str:
    ordered = sorted(milliseconds)
    return f"median {statistics.median(ordered):.3f} ms, 99 % below {ordered[int(0.99 * len(ordered))]:.3f} ms"


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100)

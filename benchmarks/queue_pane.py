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
from dataclasses import dataclass
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


@dataclass(frozen=True)
class Cost:
    """What something took [s]: wall time, processor time of the program's thread, and that of all threads.

    Without a GPU, threads of the graphics driver draw: their processor time is that of all threads less the program's.
    """

    wall: float
    thread: float
    process: float

    @classmethod
    def now(cls) -> Cost:
        """Reads the clocks."""
        return cls(time.perf_counter(), time.thread_time(), time.process_time())

    def __sub__(self, start: Cost) -> Cost:
        return Cost(self.wall - start.wall, self.thread - start.thread, self.process - start.process)


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
        start = time.thread_time()
        runner.update(trainer.snapshot())
        if window.visible:
            pane.update()
        return 1e3 * (time.thread_time() - start)

    def frames(number: int) -> tuple[list[float], list[Cost]]:
        own: list[float] = []
        whole: list[Cost] = []
        drawing = testing.wait_frames(number)
        while True:
            start = Cost.now()
            own.append(work())
            try:
                drawing.send(None)
            except StopIteration:
                return own, whole
            whole.append(Cost.now() - start)

    frames(20)
    own: list[float] = []
    whole: dict[tuple[bool, int], list[Cost]] = {}
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
    print(f"The queue's own part with {count} waiting runs, in processor time")
    print(f"in a frame in which nothing changes: {_words(own)}")
    print(f"in a frame in which an entry is moved: {_words(moved)}")
    for (visible, number), drawn in whole.items():
        where = "in front" if visible else "behind"
        print(f"a whole frame, the window {where}, {number} waiting runs: {_words(_walls(drawn))}")
        thread = 1e3 * statistics.median(cost.thread for cost in drawn)
        driver = 1e3 * statistics.median(cost.process - cost.thread for cost in drawn)
        print(
            f"    of processor time {thread:.3f} ms in the program's thread, {driver:.3f} ms in the graphics driver's"
        )


def _walls(costs: list[Cost]) -> list[float]:
    return [1e3 * cost.wall for cost in costs]


def _words(milliseconds: list[float]) -> str:
    ordered = sorted(milliseconds)
    return f"median {statistics.median(ordered):.3f} ms, 99 % below {ordered[int(0.99 * len(ordered))]:.3f} ms"


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100)

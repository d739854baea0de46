# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""What the parts of the panel take from a training, in milliseconds, within one process.

Two processes of one and the same program differ by a per cent, so what costs less than that is told by one process: a
training with the panel, offscreen, without pictures. Before each of its iterations lots are drawn: how often the host
gets a frame in it, whether the panel is drawn in these frames, and whether the model then is the best so far. How long
the iterations take is explained by what happened in them (least squares, each iteration beside its neighbours, as the
speed of a machine changes). Behind ± is the standard error. What a part leaves behind, such as cold caches or the
threads of a software renderer, is in its figure: it need not be as long as the part itself.
"""

from __future__ import annotations

import argparse
import asyncio
import dataclasses
import math
import random
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from rl_trainer_ext.frames.cooperative import next_frame
from rl_trainer_ext.hosts.console import captured_console
from rl_trainer_ext.hosts.standalone.frames import FrameLoop
from rl_trainer_ext.hosts.standalone.host import StandaloneApp
from rl_trainer_ext.hosts.standalone.main_window import TITLE
from rl_trainer_ext.hosts.standalone.omni_ui import load_omni_ui
from rl_trainer_ext.hosts.standalone.program import serve
from rl_trainer_ext.hosts.standalone.settings import FileSettings
from rl_trainer_ext.isaac_lab import assets
from rl_trainer_ext.learners.checkpoint_writer import CheckpointWriter
from rl_trainer_ext.run_config import RunConfig
from rl_trainer_ext.training.commands import Stop, Train
from rl_trainer_ext.training.snapshot import Snapshot, State

FRAMES = (math.inf, 0.5, 0.2, 0.1)
"""Times from frame to frame, one of which is drawn by lot; infinite for no frame [s]."""

WARM_UP, NEIGHBOURS, OUTLIER = 5, 15, 5.0
"""Iterations that are left out; neighbours on each side of one; median deviations from them that are too many."""


@dataclasses.dataclass
class Iteration:
    """What happened in one iteration."""

    frame: float
    """Time from frame to frame [s]."""
    drawing: bool
    """Whether the panel is drawn in each of them."""
    best: bool
    """Whether the model is the best so far, and copied."""
    seconds: float = 0.0
    frames: int = 0
    drawn: int = 0


class Lots:
    """Draws the lots, and takes down what came of them."""

    def __init__(self) -> None:
        self.finished: list[Iteration] = []
        self.current: Iteration | None = None
        """None between two iterations."""
        self._random = random.Random(0)
        self._started = 0.0

    def keep(
        self, finish: Callable[..., None], writer: CheckpointWriter, iteration: int, *arguments: Any, **kept: Any
    ) -> None:
        """In the place of :meth:`CheckpointWriter.iteration_finished`, at the end of each iteration."""
        if self.current is not None:
            if self.current.best:  # no reward is as high as this
                finish(writer, iteration, 1e9 + iteration, True, kept["capture"])
            self.current.seconds = time.perf_counter() - self._started
            self.finished.append(self.current)
        self.current = None
        next_frame()  # the next slice is another one
        chance = self._random.random
        self.current = Iteration(self._random.choice(FRAMES), chance() < 0.5, chance() < 0.5)
        self._started = time.perf_counter()


class FramesByLot(FrameLoop):
    """Frames as often as the lots say, and no pictures."""

    lots: Lots

    def run_frame(self, last_input: float, viewport_in_sight: bool = True) -> None:
        """See :meth:`FrameLoop.run_frame`."""
        current = self.lots.current
        if current is not None:
            current.frames += 1
        self._trainer.tick(0.1 if current is None else current.frame)


class App(StandaloneApp):
    """The application, drawn when the lots say so."""

    def __init__(self, lots: Lots, log_root: str) -> None:
        super().__init__(FileSettings(Path(log_root) / "settings.json"), log_root=log_root, offscreen=True)
        self.lots = lots
        self.frames = FramesByLot(self.trainer, None)
        self.frames.lots = lots

    def _show_changes(self, snapshot: Snapshot) -> None:
        current = self.lots.current
        self.changed = snapshot.state is not State.TRAINING or (current is not None and current.drawing)
        if self.changed:
            self.show()
            if current is not None:
                current.drawn += 1


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--task", default="Isaac-Cartpole-Direct")
    parser.add_argument("--num_envs", type=int, default=64, help="parallel environments")
    parser.add_argument("--device", default="cpu", help="cpu or cuda:<index>")
    parser.add_argument("--seconds", type=float, default=120.0, help="how long to train")
    parser.add_argument("--size", default="1702x746", help="width and height of the window [pixels]")
    arguments = parser.parse_args()
    assets.choose_asset_root().apply()
    with tempfile.TemporaryDirectory() as log_root, captured_console(True):
        iterations = measure(arguments, log_root)
    report(iterations)


def measure(arguments: argparse.Namespace, log_root: str) -> list[Iteration]:
    """Trains for a while."""
    lots, finish = Lots(), CheckpointWriter.iteration_finished

    def keep(writer: CheckpointWriter, *positional: Any, **named: Any) -> None:
        lots.keep(finish, writer, *positional, **named)

    CheckpointWriter.iteration_finished = keep  # type: ignore[method-assign, assignment]
    config = RunConfig(
        task=arguments.task,
        library="rsl_rl",
        num_envs=arguments.num_envs,
        device=arguments.device,
        max_iterations=1_000_000,
        log_root=log_root,
    )
    width, height = map(int, arguments.size.split("x"))
    ui, _ = load_omni_ui(TITLE, width, height, offscreen=True)
    app = App(lots, log_root)
    try:
        asyncio.run(serve(ui, lambda: _frame(app, config, arguments.seconds), lambda: app.changed))
    finally:
        app.close()
        ui.shutdown()
    return lots.finished


def _frame(app: App, config: RunConfig, seconds: float) -> bool:
    snapshot: Snapshot = app.frame()
    if snapshot.failure is not None:
        raise SystemExit(snapshot.failure.message)
    if snapshot.state is State.IDLE and not snapshot.status:
        app.panel.start(Train(config))
    elif snapshot.state is State.TRAINING and snapshot.elapsed > seconds:
        app.trainer.request(Stop())
    return snapshot.state is State.IDLE and snapshot.status == "stopped"


def report(iterations: list[Iteration]) -> None:
    """The figures."""
    iterations = iterations[WARM_UP:]
    if len(iterations) < 4 * NEIGHBOURS:
        raise SystemExit(f"{len(iterations)} iterations are too few to tell anything: give it more --seconds.")
    seconds = np.array([each.seconds for each in iterations])
    beside = np.array([np.median(seconds[max(0, i - NEIGHBOURS) : i + NEIGHBOURS + 1]) for i in range(len(seconds))])
    typical = float(np.median(seconds))
    late = 1e3 * typical * (seconds / beside - 1)
    deviation = np.abs(late - np.median(late))
    usual = deviation < OUTLIER * np.median(deviation)
    happened = np.array([[1, each.frames, each.drawn, each.best] for each in iterations], dtype=float)[usual]
    cost, *_ = np.linalg.lstsq(happened, late[usual], rcond=None)
    rest = late[usual] - happened @ cost
    variance = float(rest @ rest) / (len(rest) - len(cost))
    error = np.sqrt(variance * np.diag(np.linalg.inv(happened.T @ happened)))
    print(f"{len(rest)} iterations of {1e3 * typical:.1f} ms ({len(iterations) - len(rest)} outliers left out)")
    names = ("a frame of the host", "drawing the panel in it", "the best checkpoint so far")
    for name, value, uncertain in zip(names, cost[1:], error[1:], strict=True):
        print(f"{name:28}{value:8.2f} ± {uncertain:.2f} ms")


if __name__ == "__main__":
    main()

# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""What the window of the terms costs a training: python -m benchmarks.live_terms --help

One training, in turns of four seconds: with the window hidden and with it shown, where it reads the terms of one
environment and draws them twice a second, as the host does while the user is inactive. Prints the share of the time
that reading takes, the share that drawing takes more than with the window hidden, and steps/s with the window over
those without, with the standard error. Other programs on the machine change the shares little, unlike the speed.
"""

from __future__ import annotations

import argparse
import math
import statistics
import tempfile
import time

from rl_trainer_ext.hosts.standalone.omni_ui import load_omni_ui
from rl_trainer_ext.isaac_lab import assets
from rl_trainer_ext.run_config import RunConfig
from rl_trainer_ext.training.commands import Stop, Train
from rl_trainer_ext.training.snapshot import State
from rl_trainer_ext.training.trainer import Trainer

TURN, SLICE, REFRESH = 4.0, 0.033, 0.5
"""Seconds of a turn, of a frame's work, and between two drawings."""


def main(task: str, num_envs: int, rounds: int, device: str) -> None:
    """Prints the figures.

    Raises:
        SystemExit: When the training fails.
    """
    assets.choose_asset_root().apply()
    ui, _ = load_omni_ui("Terms", 720, 720, offscreen=True)
    from omni.ui import testing
    from rl_trainer_ext.ui.terms.pane import TermsPane

    class NoSettings:
        def get(self, key: str, default: object) -> object:
            return default

        def set(self, key: str, value: object) -> None:
            pass

    trainer = Trainer()
    window = ui.Window("Terms", width=480, height=700, position_x=0, position_y=0)
    pane = TermsPane(window.frame, trainer, NoSettings())

    def draw() -> None:
        frame = testing.wait_frames(1)
        while True:
            try:
                frame.send(None)
            except StopIteration:
                return

    def turn(shown: bool) -> tuple[float, float, float]:
        """Returns the shares of reading and of drawing, and the steps/s."""
        if not shown:
            pane.sleep()
        start, drawn, drawing, read = time.perf_counter(), 0.0, 0.0, read_seconds()
        steps = trainer.snapshot().steps
        while time.perf_counter() - start < TURN:
            trainer.tick(SLICE)
            if time.perf_counter() - drawn >= REFRESH:
                drawn = time.perf_counter()
                if shown:
                    pane.update()
                draw()
                drawing += time.perf_counter() - drawn
        seconds = time.perf_counter() - start
        return (read_seconds() - read) / seconds, drawing / seconds, (trainer.snapshot().steps - steps) / seconds

    def read_seconds() -> float:
        run = trainer.snapshot().run
        return 0.0 if run is None or run.terms is None else run.terms.seconds

    with tempfile.TemporaryDirectory() as root:
        while trainer.state is State.LOADING:
            trainer.tick(SLICE)
        config = RunConfig(task, "rsl_rl", num_envs=num_envs, device=device, log_root=root, max_iterations=1_000_000)
        trainer.request(Train(config))
        trainer.tick(SLICE)
        while trainer.snapshot().iteration < 2:
            trainer.tick(SLICE)
            if trainer.snapshot().failure is not None:
                raise SystemExit(trainer.snapshot().failure)
        turn(True)
        pairs = [(turn(True), turn(False)) for _ in range(rounds)]
        reading = [shown[0] for shown, _ in pairs]
        drawing = [shown[1] - hidden[1] for shown, hidden in pairs]
        ratios = [shown[2] / hidden[2] for shown, hidden in pairs]
        error = statistics.stdev(ratios) / math.sqrt(rounds)
        print(
            f"{task}, {num_envs} environments, {device}: reading {statistics.median(reading):.2%}, drawing "
            f"{statistics.median(drawing):.2%} of the time; steps/s with the window over those without "
            f"{statistics.mean(ratios):.3f} ± {error:.3f}"
        )
        trainer.request(Stop())
        while trainer.state is not State.IDLE:
            trainer.tick(SLICE)
        trainer.close()
    pane.destroy()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="live_terms", description=__doc__)
    parser.add_argument("--task", default="Isaac-Cartpole")
    parser.add_argument("--num_envs", type=int, default=512, help="environments (default: 512)")
    parser.add_argument("--rounds", type=int, default=8, help="pairs of turns, at least 2 (default: 8)")
    parser.add_argument("--device", default="cpu", help="cpu or cuda:<index> (default: cpu)")
    arguments = parser.parse_args()
    main(arguments.task, arguments.num_envs, arguments.rounds, arguments.device)

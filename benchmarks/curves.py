# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""What the curves cost a frame, in milliseconds, in the panel itself.

The panel shows a training that logs one point for each of its scalars a frame, 30 frames a second. It is measured with
no scalar picked, and with all of them picked and scrolled into sight: first while their history is taken in, then while
they follow. ``update`` is what the panel does once a frame, ``draw`` what omni.ui does to put the window on the screen,
``both`` their sum; ``CPU`` is the processor time of the whole process, which includes what a software renderer draws in
threads of its own. The last lines are what the picked scalars cost more than none: median over median, the slowest
frame over the slowest one.
"""

from __future__ import annotations

import argparse
import dataclasses
import time
from typing import Any

import numpy as np
from rl_trainer_ext.hosts.standalone.omni_ui import load_omni_ui
from rl_trainer_ext.metrics import MEAN_EPISODE_LENGTH, MEAN_REWARD, Metrics
from rl_trainer_ext.run_config import RunConfig
from rl_trainer_ext.training.commands import Command
from rl_trainer_ext.training.snapshot import RunView, Snapshot, State

FRAME = 1 / 30


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scalars", type=int, default=50, help="scalars that the training logs")
    parser.add_argument("--points", type=int, default=100_000, help="points that each of them has to begin with")
    parser.add_argument("--frames", type=int, default=300, help="frames to measure")
    parser.add_argument("--size", default="420x1000", help="width and height of the window [pixels]")
    parser.add_argument("--screenshot", help="where to put a picture of the last frame")
    arguments = parser.parse_args()
    width, height = map(int, arguments.size.split("x"))
    ui, _ = load_omni_ui("Curves", width, height, offscreen=True)
    tags = [f"Episode_Reward/term_{index:02d}" for index in range(arguments.scalars)]
    print(f"{arguments.scalars} scalars of {arguments.points:,} points, window {width}x{height}")
    print(f"{'':24} {'update':>17} {'draw':>17} {'both':>17} {'CPU':>8}\n{'':24}" + 3 * "  median   slowest")
    with_none = measure(ui, width, height, tags, [], arguments)["following"]
    report("no scalar picked", with_none)
    with_all = measure(ui, width, height, tags, tags, arguments)
    for phase, frames in with_all.items():
        report(f"all picked, {phase}", frames)
    for phase, frames in with_all.items():
        median = np.median(frames.both) - np.median(with_none.both)
        slowest: float = frames.both.max() - with_none.both.max()
        cpu = frames.cpu.mean() - with_none.cpu.mean()
        print(f"more, {phase:14} median {median:6.2f}, slowest {slowest:6.2f}, CPU {cpu:6.2f}   [ms a frame]")


@dataclasses.dataclass
class Frames:
    """Milliseconds of each frame, arrays of shape (n,)."""

    update: np.ndarray
    draw: np.ndarray
    cpu: np.ndarray

    @property
    def both(self) -> np.ndarray:
        """What a frame costs in all."""
        return self.update + self.draw


def report(name: str, frames: Frames) -> None:
    """One line."""
    columns = "".join(
        f" {np.median(times):8.2f} {times.max():8.2f}" for times in (frames.update, frames.draw, frames.both)
    )
    print(f"{name:24}{columns} {frames.cpu.mean():8.2f}")


def measure(ui: Any, width: int, height: int, tags: list[str], picked: list[str], arguments: Any) -> dict[str, Frames]:
    """Shows a panel; the frames in which it catches up with what is there, and those in which it follows."""
    from omni.ui import testing
    from rl_trainer_ext.ui.panel.panel import Panel

    metrics = Metrics()
    trainer = TrainerDouble(metrics)
    window = ui.Window("Curves", width=width, height=height, position_x=0, position_y=0)
    panel = Panel(window.frame, trainer, SettingsInMemory(scalars=picked))
    for tag in (MEAN_REWARD, MEAN_EPISODE_LENGTH, *tags):
        metrics.add(tag, 0.0, 0)
    measure_frames(panel, metrics, 30)  # the layout settles
    if picked:
        widget = next(widget for widget in walk(ui, window.frame) if widget.identifier == f"plot:{picked[0]}")
        widget.scroll_here_y(0.0)
        measure_frames(panel, metrics, 10)
    rng = np.random.default_rng(0)
    # as when a run is opened that has gone on for long
    trainer.metrics = metrics = Metrics()
    steps = np.arange(float(arguments.points))
    for tag in (MEAN_REWARD, MEAN_EPISODE_LENGTH, *tags):
        metrics.extend(tag, steps, rng.normal(size=arguments.points).cumsum(), steps)
    phases = {"catching up": measure_frames(panel, metrics, arguments.frames)}
    phases["following"] = measure_frames(panel, metrics, arguments.frames)
    if picked and arguments.screenshot:
        testing.capture_screenshot(arguments.screenshot)
    panel.destroy()
    window.visible = False
    window.destroy()
    return phases


def measure_frames(panel: Any, metrics: Metrics, count: int) -> Frames:
    """Lets frames pass, each with a new point in every series."""
    from omni.ui.standalone import _tick_one_frame

    update, draw, cpu = np.empty(count), np.empty(count), np.empty(count)
    for frame in range(count):
        begun = time.perf_counter()
        for series in list(metrics):
            metrics.add(series.tag, float(frame % 7), len(series))
        processor, start = time.process_time(), time.perf_counter()
        panel.update()
        updated = time.perf_counter()
        _tick_one_frame()
        drawn = time.perf_counter()
        update[frame], draw[frame] = 1e3 * (updated - start), 1e3 * (drawn - updated)
        cpu[frame] = 1e3 * (time.process_time() - processor)
        time.sleep(max(0.0, FRAME - (time.perf_counter() - begun)))
    return Frames(update, draw, cpu)


def walk(ui: Any, widget: Any) -> Any:
    """All widgets below one."""
    for child in ui.Inspector.get_children(widget):
        yield child
        yield from walk(ui, child)


class TrainerDouble:
    """A training that never ends, as far as the panel can tell."""

    def __init__(self, metrics: Metrics) -> None:
        self.metrics = metrics
        self._run = RunView(RunConfig("Isaac-Cartpole-Direct", "rsl_rl"), metrics=metrics)

    def request(self, command: Command) -> None:
        """Nothing is obeyed."""

    def snapshot(self) -> Snapshot:
        """The same moment, with what has been logged by now."""
        return Snapshot(State.TRAINING, status="running", run=self._run)


class SettingsInMemory:
    """The panel's settings: only curves are unfolded."""

    def __init__(self, scalars: list[str]) -> None:
        self._values: dict[str, Any] = {
            "scalars": scalars,
            "section_task": True,
            "section_checkpoint": True,
            "section_scalars": False,
        }

    def get(self, key: str, default: Any = None) -> Any:
        """The value of a key."""
        return self._values.get(key, default)

    def set(self, key: str, value: Any) -> None:
        """Remembers a value."""
        self._values[key] = value


if __name__ == "__main__":
    main()

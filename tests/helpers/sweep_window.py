# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The window of the sweeps, over a log root of the test's, with a panel behind it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rl_trainer_ext.errors import UserError

from .sweeps_on_disk import make_sweep


@dataclass
class SweepWindow:
    """The window, the panel behind it, and what drives them."""

    root: Path
    trainer: Any
    driver: Any
    windows: list[Any]
    runner: Any = None
    runs: list[list[Path]] = field(default_factory=list)
    clock: list[float] = field(default_factory=lambda: [0.0])
    pane: Any = None
    panel: Any = None

    def show_runs(self, folders: Sequence[Path], mean: bool) -> None:
        self.runs.append(list(folders))

    def update(self) -> None:
        self.clock[0] += 1 / 30
        self.panel.update()
        self.pane.update()

    def column(self, name: str) -> list[str]:
        """The texts of a column, from above."""
        prefix = f"trial_{name}:"
        found = {each.identifier: each.text for each in self.driver.widgets() if each.identifier.startswith(prefix)}
        return [found[f"{prefix}{row}"] for row in range(len(found))]

    def later(self, seconds: float = 2.0) -> None:
        self.clock[0] += seconds
        self.driver.tick(5)


class RunnerDouble:
    """Notes what it is asked for, and starts nothing but the files of a sweep."""

    def __init__(self, root: Path) -> None:
        self.root, self.asked, self.problem = root, [], ""

    def start(self, spec: Any) -> Path:
        if self.problem:
            raise UserError(self.problem)
        self.asked.append(("start", spec.count))
        return make_sweep(self.root, "2026-11-28_09-00-00", state="starting", total=spec.count)

    def resume(self, folder: Path) -> None:
        self.asked.append(("resume", folder.name))

    def stop(self, folder: Path) -> None:
        self.asked.append(("stop", folder.name))

    def update(self) -> None:
        pass


@contextmanager
def sweep_windows(omni_ui: Any, tmp_path: Path) -> Iterator[Callable[..., SweepWindow]]:
    """Yields what shows the window over a log root; takes it away afterwards."""
    from rl_trainer_ext.ui.panel.panel import Panel
    from rl_trainer_ext.ui.sweep.pane import SweepPane, SweepServices

    from .driver import Driver
    from .recording_trainer import RecordingTrainerDouble, SettingsInMemory, idle

    opened: list[SweepWindow] = []

    def show(width: int = 700, missing: str = "") -> SweepWindow:
        trainer, root = RecordingTrainerDouble(idle()), tmp_path / "logs"
        flags = omni_ui.WINDOW_FLAGS_NO_TITLE_BAR | omni_ui.WINDOW_FLAGS_NO_SCROLLBAR | omni_ui.WINDOW_FLAGS_NO_MOVE
        name = f"Sweep {len(opened)}"
        window = omni_ui.Window(
            name, width=width, height=700, position_x=0, position_y=0, flags=flags, padding_x=0, padding_y=0
        )
        behind = omni_ui.Window(f"Panel behind {name}", width=420, height=700, visible=False)
        shown = SweepWindow(root, trainer, None, [window, behind])
        shown.panel = Panel(behind.frame, trainer, SettingsInMemory())
        shown.runner = RunnerDouble(root)
        services = SweepServices(shown.show_runs, shown.runner, missing)
        shown.pane = SweepPane(window.frame, trainer, shown.panel, root, services, clock=lambda: shown.clock[0])
        shown.driver = Driver(window.frame, shown.update)
        window.set_key_pressed_fn(shown.pane.key_pressed)
        opened.append(shown)
        shown.driver.tick(8)
        return shown

    yield show
    for shown in opened:
        shown.pane.destroy()
        shown.panel.destroy()
        for window in shown.windows:
            window.set_key_pressed_fn(None)
            window.visible = False
            window.destroy()

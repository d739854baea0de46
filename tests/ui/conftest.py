# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The real omni.ui, drawn offscreen: one for the whole session, a window for each test."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from helpers.browsed import MODELS, BoardDouble, Browsed, DesktopDouble
from helpers.drawing import draw_screenshots_only
from helpers.driver import SCREEN
from helpers.queued import ShownQueue
from helpers.runs_on_disk import make_run
from rl_trainer_ext.hosts.standalone.omni_ui import load_omni_ui


@pytest.fixture(scope="session")
def omni_ui() -> Any:
    """The toolkit, with a screen to draw on. A process can open it once."""
    ui = load_omni_ui("RL Trainer tests", *SCREEN, offscreen=True)[0]
    draw_screenshots_only(ui)
    return ui


@pytest.fixture(autouse=True)
def no_swallowed_exceptions(capfd: pytest.CaptureFixture[str]) -> Iterator[None]:
    """Fails the test for exceptions in callbacks, which omni.ui only logs."""
    yield
    errors = [line for line in capfd.readouterr().err.splitlines() if "[error]" in line.lower()]
    assert not errors, "\n".join(errors)


@dataclass
class Shown:
    """A panel in a window, and what drives it."""

    panel: Any
    trainer: Any
    settings: Any
    driver: Any
    window: Any
    clock: list[float]


@pytest.fixture
def show(omni_ui: Any) -> Iterator[Callable[..., Shown]]:
    """Shows a panel in a window; takes it away after the test."""
    from helpers.driver import Driver
    from helpers.recording_trainer import RecordingTrainerDouble, SettingsInMemory, idle
    from rl_trainer_ext.ui.panel.panel import Panel

    shown: list[Shown] = []

    def show(snapshot: Any = None, width: int = 420, height: int = 700, settings: Any = None, **options: Any) -> Shown:
        trainer = RecordingTrainerDouble(snapshot or idle())
        settings = settings or SettingsInMemory()
        clock = [0.0]
        window = omni_ui.Window(f"RL Trainer {len(shown)}", width=width, height=height, position_x=0, position_y=0)
        panel = Panel(window.frame, trainer, settings, clock=lambda: clock[0], **options)

        def update() -> None:
            clock[0] += 1 / 30
            panel.update()

        window.set_key_pressed_fn(panel.key_pressed)
        driver = Driver(window.frame, update)
        driver.tick(5)
        shown.append(Shown(panel, trainer, settings, driver, window, clock))
        return shown[-1]

    yield show
    for one in shown:
        one.panel.destroy()
        one.window.visible = False
        one.window.destroy()


@dataclass
class ShownViewport:
    """A viewport with the reward over it, in a window, and what drives them."""

    view: Any
    overlay: Any
    viewport: Any
    trainer: Any
    settings: Any
    driver: Any
    window: Any
    clock: list[float]

    def drag(self, right: float, down: float, button: int = 0, start: tuple[float, float] = (0.5, 0.4)) -> None:
        """Drags the mouse over the viewport, from a place given in shares of it."""
        from omni.ui import testing

        surface = self.driver.find("viewport_surface")
        x = surface.screen_position_x + start[0] * surface.computed_width
        y = surface.screen_position_y + start[1] * surface.computed_height
        self.driver.act(testing.mouse_drag(x, y, x + right, y + down, button, steps=4))
        self.driver.tick(2)

    def scroll(self, identifier: str, notches: float) -> None:
        """Turns the wheel over the middle of a widget."""
        from omni.ui import testing

        widget = self.driver.find(identifier)
        x = widget.screen_position_x + widget.computed_width / 2
        y = widget.screen_position_y + widget.computed_height / 2
        self.driver.act(testing.mouse_scroll(x, y, 0, notches))
        self.driver.tick(2)


@pytest.fixture
def show_viewport(omni_ui: Any) -> Iterator[Callable[..., ShownViewport]]:
    """Shows a viewport in a window; takes it away after the test."""
    from helpers.driver import Driver
    from helpers.recording_trainer import RecordingTrainerDouble, SettingsInMemory, idle
    from helpers.viewport_double import ViewportDouble
    from rl_trainer_ext.ui.drive.steering import Steering
    from rl_trainer_ext.ui.viewport.overlay import Overlay
    from rl_trainer_ext.ui.viewport.toolbar import HEIGHT
    from rl_trainer_ext.ui.viewport.view import ViewportView

    shown: list[ShownViewport] = []

    def show(
        snapshot: Any = None, width: int = 700, height: int = 500, settings: Any = None, num_envs: int = 16
    ) -> ShownViewport:
        trainer = RecordingTrainerDouble(snapshot or idle())
        settings = settings or SettingsInMemory()
        viewport = ViewportDouble(num_envs)
        clock = [0.0]
        window = omni_ui.Window(f"Viewport {len(shown)}", width=width, height=height, position_x=0, position_y=0)
        with window.frame, omni_ui.ZStack():
            below, above = omni_ui.Frame(), omni_ui.Frame()
        overlay = Overlay(above, trainer, settings, top=HEIGHT, clock=lambda: clock[0])
        steering = Steering(trainer, settings, lambda: viewport.followed)
        view = ViewportView(below, viewport, trainer, settings, overlay, steering, clock=lambda: clock[0])
        window.set_key_pressed_fn(view.key_pressed)

        def update() -> None:
            clock[0] += 1 / 30
            view.update()
            overlay.update()

        driver = Driver(window.frame, update)
        driver.tick(5)
        shown.append(ShownViewport(view, overlay, viewport, trainer, settings, driver, window, clock))
        return shown[-1]

    yield show
    for one in shown:
        one.view.destroy()
        one.overlay.destroy()
        one.window.visible = False
        one.window.destroy()


@pytest.fixture
def browse(omni_ui: Any, tmp_path: Path) -> Iterator[Callable[..., Browsed]]:
    """Opens a run browser over a log root; takes it away after the test."""
    from helpers.driver import Driver
    from helpers.recording_trainer import RecordingTrainerDouble, SettingsInMemory, idle
    from rl_trainer_ext.runs import RunIndex
    from rl_trainer_ext.ui.panel.panel import Panel
    from rl_trainer_ext.ui.runs.browser import RunBrowser
    from rl_trainer_ext.ui.runs.services import Services

    opened: list[Browsed] = []

    def browse(
        width: int = 700,
        height: int = 700,
        settings: Any = None,
        root: Path | None = None,
        board: Any = None,
        services: dict[str, Any] | None = None,
    ) -> Browsed:
        trainer, settings = RecordingTrainerDouble(idle()), settings or SettingsInMemory()
        behind = omni_ui.Window(f"Panel behind {len(opened)}", width=420, height=700, visible=False)
        panel = Panel(behind.frame, trainer, settings)
        window = omni_ui.Window(
            f"Runs {len(opened)}",
            width=width,
            height=height,
            position_x=0,
            position_y=0,
            # one that floats would be moved by a drag, which a docked one is not
            flags=omni_ui.WINDOW_FLAGS_NO_TITLE_BAR | omni_ui.WINDOW_FLAGS_NO_SCROLLBAR | omni_ui.WINDOW_FLAGS_NO_MOVE,
            padding_x=0,
            padding_y=0,
        )
        root, desktop, board, clock = root or tmp_path / "logs", DesktopDouble(), board or BoardDouble(), [0.0]
        offered = Services(desktop, board, **(services or {}))
        index = RunIndex(root, tmp_path / "cache")
        browser = RunBrowser(window.frame, trainer, panel, settings, root, offered, index=index, clock=lambda: clock[0])

        def update() -> None:
            clock[0] += 1 / 30
            browsed.panel.update()
            browsed.browser.update()

        window.set_key_pressed_fn(browser.key_pressed)
        driver = Driver(window.frame, update)
        browsed = Browsed(browser, trainer, panel, settings, driver, root, desktop, board, clock, [window, behind])
        opened.append(browsed)
        browsed.settle()
        return browsed

    yield browse
    for browsed in opened:
        browsed.close()


@pytest.fixture
def show_queue(omni_ui: Any) -> Iterator[Callable[..., ShownQueue]]:
    """Shows a panel and, beside it, the window of its queue; takes them away after the test."""
    from helpers.driver import Driver
    from helpers.queued import CommandLines
    from helpers.recording_trainer import RecordingTrainerDouble, SettingsInMemory, idle
    from rl_trainer_ext.training.queue.file import QueueFile
    from rl_trainer_ext.training.queue.runner import QueueRunner
    from rl_trainer_ext.ui.panel.panel import Panel
    from rl_trainer_ext.ui.queue.pane import QueuePane, QueueServices

    opened: list[ShownQueue] = []

    def show(width: int = 340, panel_width: int = 340, settings: Any = None, folder: Path | None = None) -> ShownQueue:
        trainer, settings, clock = RecordingTrainerDouble(idle()), settings or SettingsInMemory(), [0.0]
        runner = QueueRunner(trainer, CommandLines(), None if folder is None else QueueFile(folder))
        flags = omni_ui.WINDOW_FLAGS_NO_TITLE_BAR | omni_ui.WINDOW_FLAGS_NO_SCROLLBAR | omni_ui.WINDOW_FLAGS_NO_MOVE
        windows = [
            omni_ui.Window(
                f"{title} {len(opened)}", width=wide, height=700, position_x=left, position_y=0, flags=flags,
                padding_x=0, padding_y=0,
            )
            for title, left, wide in (("Panel", 0, panel_width), ("Queue", panel_width, width))
        ]  # fmt: skip
        focused: list[bool] = []
        panel = Panel(windows[0].frame, trainer, settings, queue=runner, show_queue=lambda: focused.append(True))

        def update() -> None:
            clock[0] += 1 / 30
            runner.update(trainer.snapshot())
            panel.update()
            shown.pane.update()

        in_panel, in_queue = Driver(windows[0].frame, update), Driver(windows[1].frame, update)
        shown = ShownQueue(panel, None, runner, trainer, settings, in_panel, in_queue, clock, windows)
        services = QueueServices(panel.edit_entry, shown.show_runs, shown.copied.append)
        shown.pane = QueuePane(windows[1].frame, runner, services, clock=lambda: clock[0])
        windows[0].set_key_pressed_fn(panel.key_pressed)
        windows[1].set_key_pressed_fn(shown.pane.key_pressed)
        opened.append(shown)
        in_queue.tick(8)
        return shown

    yield show
    for shown in opened:
        shown.close()


@pytest.fixture
def three(tmp_path: Path) -> list[Path]:
    """Three runs, the newest first."""
    root, hour = tmp_path / "logs", 3600.0
    now = time.time()
    return [
        make_run(root, "c", rewards=[0, 2, 4], models=MODELS, created=now - hour),
        make_run(root, "b", library="sb3", experiment="Isaac-Ant", task="Isaac-Ant", created=now - 2 * hour),
        make_run(root, "a", rewards=[5, 6], models=MODELS, created=now - 3 * hour),
    ]


@pytest.fixture
def show_sweeps(omni_ui: Any, tmp_path: Path) -> Iterator[Callable[..., Any]]:
    """Shows the window of the sweeps over a log root; takes it away after the test."""
    from helpers.sweep_window import sweep_windows

    with sweep_windows(omni_ui, tmp_path) as show:
        yield show

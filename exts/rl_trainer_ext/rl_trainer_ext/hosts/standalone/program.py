# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The program with the panel: in a window, offscreen where there is no display, or in a browser."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...errors import UserError
from ...frames.sharing import QUIET_FRAME
from ...training.commands import Command, Load, Play, Stop, Train, TrainerPort
from ...training.queue.file import QueueFile
from ...training.snapshot import Snapshot, State
from ..console import captured_console, say
from .host import StandaloneApp
from .main_window import SIZE, TITLE
from .omni_ui import load_omni_ui
from .progress import ProgressDisplay
from .settings import FileSettings, config_folder
from .signals import interruptible

if TYPE_CHECKING:
    from .web_panel import WebPanel


def run(
    command: Train | Play | Load | None,
    *,
    log_root: str = "logs",
    external: Sequence[str] = (),
    first: Sequence[Command] = (),
    screenshot: str | None = None,
    stay: bool = True,
    verbose: bool = False,
    web: tuple[str, int] | None = None,
) -> tuple[Snapshot, bool]:
    """Opens the panel until its window is closed or the command is done.

    Args:
        command: A command to run at once, through the panel's own buttons.
        log_root: Directory below which runs are written.
        external: Modules of tasks to import besides those of the settings.
        first: Commands to carry out before, such as the render mode.
        screenshot: Path of a picture of the panel, written when the command is done.
        stay: Whether the window stays open when the command is done; without a display it never does.
        verbose: Whether to show the output of the libraries; otherwise it is written to the run's folder.
        web: Host and port at which browsers see the panel, which then has no window; None for a window.

    Returns:
        The last snapshot, and whether a signal interrupted the program.

    Raises:
        UserError: When no window can be opened, the picture cannot be written, or the port is in use.
    """
    if screenshot is not None:
        _check_picture(screenshot)
    browsers = None if web is None else _web_panel(*web, Path(log_root))
    ui, offscreen = load_omni_ui(TITLE, *SIZE, offscreen=None if browsers is None else True)
    if offscreen and browsers is None:
        end = "" if command else " Ctrl+C ends it."
        say(
            "No display: the panel is drawn offscreen. Use it in a browser with --web 8080, set DISPLAY, "
            f"or write a picture of a run with train … --screenshot PNG.{end}"
        )
    with contextlib.ExitStack() as cleanup:
        if browsers is not None:
            cleanup.enter_context(browsers.quiet())
        log = cleanup.enter_context(captured_console(not verbose))
        interrupt = cleanup.enter_context(interruptible())
        alone = offscreen and browsers is None
        progress = cleanup.enter_context(ProgressDisplay()) if alone and command else None
        cleanup.callback(ui.shutdown)
        settings = FileSettings(remember=command is None)
        # a command line that ends by itself has no queue to keep
        queue_file = None if alone and command is not None else QueueFile(config_folder())
        app = StandaloneApp(
            settings,
            log_root=log_root,
            offscreen=offscreen,
            external=external,
            queue_file=queue_file,
            desktop=None if browsers is None else browsers.desktop,
        )
        cleanup.callback(app.close)
        if browsers is not None:
            cleanup.callback(browsers.close)
            cleanup.enter_context(browsers.opened())
            browsers.announce()

        def each_frame() -> bool:
            here, snapshot = app.frame(), app.port.snapshot()
            if browsers is not None:
                app.changed = browsers.update(app.changed)
            if log is not None and not here.playing:
                log.attach(here.run_dir)
            if progress is not None:
                progress.show(snapshot)
            if interrupt.requested:
                # the end of the panel leaves runs elsewhere; one that this command has started ends with it
                return _stopped(app.port, snapshot) if command is not None else _stopped(app.trainer, here)
            done = command is not None and snapshot.state is State.IDLE and snapshot.status not in ("", "running")
            return done and (alone or not stay)

        for one in first:
            app.trainer.request(one)
        if command is not None:
            app.panel.start(command)
        closed_by_user = asyncio.run(serve(ui, each_frame, lambda: app.changed, lambda: app.waits))
        if not closed_by_user and screenshot is not None:
            _take_picture(app, screenshot)
        if closed_by_user:
            app.trainer.close()
        snapshot = app.port.snapshot()
        if log is not None:
            log.note_failure(snapshot.failure)
        return snapshot, interrupt.requested


def _web_panel(host: str, port: int, log_root: Path) -> WebPanel:
    """Listens before anything slow is done, so that a port in use is told at once."""
    try:
        from .web_panel import WebPanel
    except ModuleNotFoundError as error:
        raise UserError(f"--web needs {error.name}, which is not installed: run rl_trainer.sh again.") from error
    return WebPanel(host, port, log_root)


async def serve(
    ui: Any,
    each_frame: Callable[[], bool],
    changed: Callable[[], bool],
    waits: Callable[[], bool] = lambda: False,
) -> bool:
    """Draws frame after frame until ``each_frame`` returns True or the window is closed; returns whether it was.

    A frame is drawn only if ``changed`` returns True after it. After one that is not drawn, the next follows at once,
    since training has taken its time, or later where ``waits`` returns True.
    """

    async def host() -> None:
        while not each_frame():
            if changed():
                await ui.next_frame()
            elif waits():
                await asyncio.sleep(QUIET_FRAME)

    tasks = drawing, hosting = asyncio.create_task(ui.run_async()), asyncio.create_task(host())
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        if hosting.done():
            hosting.result()
        return drawing.done()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _stopped(trainer: TrainerPort, snapshot: Snapshot) -> bool:
    """Requests the end of a run; returns whether nothing runs."""
    if snapshot.state in (State.IDLE, State.LOADING):
        return True
    if snapshot.state is not State.STOPPING:
        trainer.request(Stop())
    return False


def _check_picture(path: str) -> None:
    folder = os.path.dirname(os.path.abspath(path))
    if not path.lower().endswith((".png", ".jpg", ".jpeg", ".bmp")):
        raise UserError(f"The picture {path} needs the ending .png or .jpg.")
    if not os.access(folder, os.W_OK):
        raise UserError(f"No picture can be written to {folder}: choose another folder.")


def _take_picture(app: StandaloneApp, path: str) -> None:
    from omni.ui import testing

    # the curves are redrawn a few times a second: the picture shows the last point
    app.show()
    if not testing.capture_screenshot(os.path.abspath(path)):
        raise UserError(f"The picture {path} could not be written: choose another folder.")

# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Clicks Train twice in the real panel and reports how long its frames took.

The first training is measured for its speed; after its first iteration it takes turns with other programs, if it was
started for that. In the second the mouse seems to be in use for some seconds: the time from frame to frame is measured,
and the training is stopped.

Started by the benchmark through ``launch.py``, with the path of a JSON file as its argument: the :class:`Request`. The
:class:`Report` is written beside it, as ``report.json``.
"""

from __future__ import annotations

import asyncio
import dataclasses
import json
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rl_trainer_ext.errors import UserError
from rl_trainer_ext.frames.sharing import RenderMode
from rl_trainer_ext.frames.statistics import FrameFigures
from rl_trainer_ext.hosts.console import ConsoleLog, captured_console
from rl_trainer_ext.hosts.standalone.host import StandaloneApp
from rl_trainer_ext.hosts.standalone.main_window import TITLE
from rl_trainer_ext.hosts.standalone.omni_ui import load_omni_ui
from rl_trainer_ext.hosts.standalone.program import serve
from rl_trainer_ext.run_config import RunConfig
from rl_trainer_ext.system.huge_pages import forgo_huge_pages
from rl_trainer_ext.training.commands import SetRenderMode, Stop, Train
from rl_trainer_ext.training.snapshot import Snapshot, State

from . import stoppable
from .files import warm_up_iterations

REPORT = "report.json"
"""Name of the file with the report."""

SECOND_ITERATIONS = 1_000_000
"""More than the second training will do before it is stopped."""

WARM_UP_IN_USE, IN_USE = 1.0, 4.0
"""Seconds of the second training that are left out, and that are measured after them."""

BESIDE_VIEWPORT = (422, 26)
"""What panel and tabs take of the window's width and height [pixels]."""


@dataclass(frozen=True)
class Request:
    """What to do."""

    config: RunConfig
    mode: RenderMode
    picture: tuple[int, int]
    """Width and height of the viewport's pictures [pixels]."""
    huge_pages: bool
    """Whether the process may have huge pages, as it does in use."""
    in_use: float = IN_USE
    """Seconds of the second training that are measured; with 0 there is no second training."""

    def write(self, path: Path) -> None:
        """Writes the request as JSON."""
        values = {
            "config": self.config.to_dict(),
            "mode": self.mode.name,
            "picture": self.picture,
            "huge_pages": self.huge_pages,
            "in_use": self.in_use,
        }
        path.write_text(json.dumps(values), encoding="utf-8")

    @classmethod
    def read(cls, path: Path) -> Request:
        """The inverse of :meth:`write`."""
        values = json.loads(path.read_text(encoding="utf-8"))
        width, height = values["picture"]
        config, mode = RunConfig.from_dict(values["config"]), RenderMode[values["mode"]]
        return cls(config, mode, (width, height), values["huge_pages"], values["in_use"])


@dataclass(frozen=True)
class Report:
    """What came of it. Without an ``error``, everything is there."""

    error: str = ""
    """One sentence; empty when all went well."""
    ready: float = 0.0
    """When the panel was ready for the first click, on the clock of :func:`time.time` [s]."""
    clicks: tuple[float, ...] = ()
    """When Train was clicked, on the same clock [s]."""
    run_dirs: tuple[str, ...] = ()
    steps_per_iteration: int = 0
    """Over all parallel environments."""
    note: str = ""
    """What is particular about it, such as a viewport that could not draw."""
    figures: FrameFigures = dataclasses.field(default_factory=FrameFigures)
    """Of the first training's frames, warm-up iterations left out."""
    figures_in_use: FrameFigures = dataclasses.field(default_factory=FrameFigures)
    """Of the second training's frames."""

    def write(self, path: Path) -> None:
        """Writes the report as JSON."""
        path.write_text(json.dumps(dataclasses.asdict(self)), encoding="utf-8")

    @classmethod
    def read(cls, path: Path) -> Report:
        """The inverse of :meth:`write`."""
        values = json.loads(path.read_text(encoding="utf-8"))
        values["clicks"], values["run_dirs"] = tuple(values["clicks"]), tuple(values["run_dirs"])
        figures = {name: FrameFigures(**values[name]) for name in ("figures", "figures_in_use")}
        return cls(**values | figures)


class _InMemory:
    """Settings of this process alone: the user's stay as they are."""

    def __init__(self) -> None:
        self._values: dict[str, Any] = {}

    def get(self, key: str, default: Any) -> Any:
        return self._values.get(key, default)

    def set(self, key: str, value: Any) -> None:
        self._values[key] = value


class _Measured:
    """The stand-alone application, run until two trainings are over."""

    def __init__(self, request: Request, offscreen: bool, console: ConsoleLog | None) -> None:
        self._request, self._console = request, console
        self._app = StandaloneApp(_InMemory(), log_root=request.config.log_root, offscreen=offscreen)
        self._app.trainer.request(SetRenderMode(request.mode))
        self._warm = warm_up_iterations(request.config.max_iterations or 0)
        self._taking_turns = self._measuring = False
        self._in_use_since: float | None = None
        self.report = Report()

    def close(self) -> None:
        self._app.close()

    def changed(self) -> bool:
        """Whether there is anything new to draw."""
        return self._app.changed

    def each_frame(self) -> bool:
        """One frame of the host; returns whether everything is done."""
        second = len(self.report.clicks) == 2
        if second:
            self._app.windows.last_input = time.perf_counter()
        snapshot = self._app.frame()
        if self._console is not None:
            self._console.attach(snapshot.run_dir)
        if second:
            self._measure_in_use(snapshot)
        else:
            self._measure(snapshot)
        if snapshot.state is not State.IDLE:
            return False
        if snapshot.failure is not None:
            raise UserError(snapshot.failure.message)
        if not self.report.clicks:
            self.report = dataclasses.replace(self.report, ready=time.time())
            self._click(self._request.config)
        elif snapshot.run_dir is not None and snapshot.status in ("finished", "stopped"):
            stoppable.end()
            self._ended(snapshot)
            if second or self._request.in_use == 0.0:
                return True
            self._click(self._request.config.replace(max_iterations=SECOND_ITERATIONS))
        return False

    def _click(self, config: RunConfig) -> None:
        self._measuring = False
        self.report = dataclasses.replace(self.report, clicks=(*self.report.clicks, time.time()))
        self._app.panel.start(Train(config))

    def _ended(self, snapshot: Snapshot) -> None:
        report = self.report
        figures = self._app.frames.statistics.figures() if self._measuring else FrameFigures()
        in_use = self._in_use_since is not None
        self.report = dataclasses.replace(
            report,
            run_dirs=(*report.run_dirs, str(snapshot.run_dir)),
            # of the first training: the second is stopped in the middle of an iteration
            steps_per_iteration=report.steps_per_iteration or snapshot.steps // max(snapshot.iteration, 1),
            note=snapshot.viewport_problem or self._other_size(),
            figures=report.figures if in_use else figures,
            figures_in_use=figures if in_use else report.figures_in_use,
        )

    def _other_size(self) -> str:
        """A word about pictures that are not of the size that was asked for."""
        picture = None if self._app.viewport is None else self._app.viewport.picture
        if picture is None:
            return ""
        height, width, _ = picture.shape
        return "" if (width, height) == self._request.picture else f"pictures of {width}x{height}"

    def _measure(self, snapshot: Snapshot) -> None:
        training = snapshot.state is State.TRAINING
        if training and snapshot.iteration >= 1 and not self._taking_turns:
            self._taking_turns = True
            stoppable.begin()
        measuring = training and snapshot.iteration >= self._warm
        if measuring and not self._measuring:
            self._app.frames.statistics.reset()
        self._measuring |= measuring

    def _measure_in_use(self, snapshot: Snapshot) -> None:
        # from the first finished iteration on: before it, its event is not there either
        if snapshot.state is not State.TRAINING or snapshot.iteration < 1:
            return
        now = time.perf_counter()
        if self._in_use_since is None:
            self._in_use_since = now
        elif now - self._in_use_since >= WARM_UP_IN_USE + self._request.in_use:
            self._app.trainer.request(Stop())
        elif not self._measuring and now - self._in_use_since >= WARM_UP_IN_USE:
            self._app.frames.statistics.reset()
            self._measuring = True


def measure(request: Request, console: ConsoleLog | None) -> Report:
    """Does what was asked for.

    Args:
        request: What to do.
        console: Takes what the libraries print; in the folder of each run, as the program does.

    Raises:
        UserError: When it cannot be done.
    """
    width, height = (side + beside for side, beside in zip(request.picture, BESIDE_VIEWPORT, strict=True))
    ui, offscreen = load_omni_ui(TITLE, width, height)
    try:
        app = _Measured(request, offscreen, console)
        try:
            closed = asyncio.run(serve(ui, app.each_frame, app.changed))
        finally:
            app.close()
        if closed:
            raise UserError("The window was closed: nothing was measured.")
        return app.report
    finally:
        ui.shutdown()


def main() -> None:
    """Reads the request, measures and writes the report."""
    path = Path(sys.argv[1])
    try:
        # as the program does, for its cost as well
        with captured_console(True) as console:
            request = Request.read(path)
            if not request.huge_pages:
                forgo_huge_pages()
            report = measure(request, console)
    except UserError as error:
        report = Report(error=str(error))
    report.write(path.with_name(REPORT))


if __name__ == "__main__":
    main()

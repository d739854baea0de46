# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""One process with the real panel: clicks Train twice, and writes down what the frames were like.

Started by the benchmark as ``python -m rl_trainer_ext.bench.panel_run REQUEST``, where REQUEST is the path of a JSON
file with a :class:`Request`. The :class:`Report` is written beside it, as ``report.json``.
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

from ..errors import UserError
from ..frame_statistics import FrameFigures
from ..hosts import standalone
from ..hosts.console import captured_console
from ..hosts.main_window import TITLE
from ..hosts.omni_ui import load_omni_ui
from ..render_mode import RenderMode
from ..run_config import RunConfig
from ..snapshot import SetRenderMode, Snapshot, State, Train
from .files import warm_up_iterations

REPORT = "report.json"
"""Name of the file with the report."""

SECOND_ITERATIONS = 2
"""The second click is there for its start alone."""

BESIDE_VIEWPORT = (422, 26)
"""What panel and tabs take of the window's width and height [pixels]."""


@dataclass(frozen=True)
class Request:
    """What to do."""

    config: RunConfig
    mode: RenderMode
    picture: tuple[int, int]
    """Width and height of the viewport's pictures [pixels]."""
    attended: bool
    """Whether somebody seems to use the mouse all the time, which asks for more frames."""

    def write(self, path: Path) -> None:
        """Writes the request as JSON."""
        values = {
            "config": self.config.to_dict(),
            "mode": self.mode.name,
            "picture": self.picture,
            "attended": self.attended,
        }
        path.write_text(json.dumps(values), encoding="utf-8")

    @classmethod
    def read(cls, path: Path) -> Request:
        """The inverse of :meth:`write`."""
        values = json.loads(path.read_text(encoding="utf-8"))
        width, height = values["picture"]
        return cls(
            RunConfig.from_dict(values["config"]), RenderMode[values["mode"]], (width, height), values["attended"]
        )


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

    def write(self, path: Path) -> None:
        """Writes the report as JSON."""
        path.write_text(json.dumps(dataclasses.asdict(self)), encoding="utf-8")

    @classmethod
    def read(cls, path: Path) -> Report:
        """The inverse of :meth:`write`."""
        values = json.loads(path.read_text(encoding="utf-8"))
        values["clicks"], values["run_dirs"] = tuple(values["clicks"]), tuple(values["run_dirs"])
        return cls(**values | {"figures": FrameFigures(**values["figures"])})


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

    def __init__(self, request: Request, ui: Any) -> None:
        self._request = request
        self._ui = ui
        self._app = standalone.StandaloneApp(_InMemory(), log_root=request.config.log_root)
        self._app.trainer.request(SetRenderMode(request.mode))
        self._warm = warm_up_iterations(request.config.max_iterations or 0)
        self._measuring = False
        self.report = Report()

    def close(self) -> None:
        self._app.close()

    def each_frame(self) -> bool:
        """One frame of the host; returns whether everything is done."""
        if self._request.attended:
            self._app.windows.last_input = time.perf_counter()
        snapshot = self._app.frame()
        self._ui.set_max_frame_rate(standalone.frame_rate(self._app.trainer.idle_until))
        if not self.report.run_dirs:
            self._measure(snapshot)
        if snapshot.state is not State.IDLE:
            return False
        if snapshot.failure is not None:
            raise UserError(snapshot.failure.message)
        if not self.report.clicks:
            self.report = dataclasses.replace(self.report, ready=time.time())
            self._click(self._request.config)
        elif snapshot.status == "finished" and snapshot.run_dir is not None:
            self._finished(snapshot)
            if len(self.report.run_dirs) == 2:
                return True
            self._click(self._request.config.replace(max_iterations=SECOND_ITERATIONS))
        return False

    def _click(self, config: RunConfig) -> None:
        self.report = dataclasses.replace(self.report, clicks=(*self.report.clicks, time.time()))
        self._app.start(Train(config))

    def _finished(self, snapshot: Snapshot) -> None:
        self.report = dataclasses.replace(
            self.report,
            run_dirs=(*self.report.run_dirs, str(snapshot.run_dir)),
            steps_per_iteration=snapshot.steps // max(snapshot.iteration, 1),
            note=snapshot.viewport_problem or self._other_size(),
        )

    def _other_size(self) -> str:
        """A word about pictures that are not of the size that was asked for."""
        picture = None if self._app.viewport is None else self._app.viewport.picture
        if picture is None:
            return ""
        height, width, _ = picture.shape
        return "" if (width, height) == self._request.picture else f"pictures of {width}x{height}"

    def _measure(self, snapshot: Snapshot) -> None:
        if snapshot.state is not State.TRAINING or snapshot.iteration < self._warm:
            return
        statistics = self._app.frames.statistics
        if not self._measuring:
            self._measuring = True
            statistics.reset()
        self.report = dataclasses.replace(self.report, figures=statistics.figures())


def measure(request: Request) -> Report:
    """Does what was asked for.

    Raises:
        UserError: When it cannot be done.
    """
    width, height = (side + beside for side, beside in zip(request.picture, BESIDE_VIEWPORT, strict=True))
    ui, _ = load_omni_ui(TITLE, width, height)
    try:
        app = _Measured(request, ui)
        try:
            closed = asyncio.run(standalone.serve(ui, app.each_frame))
        finally:
            app.close()
        if closed:
            raise UserError("The window was closed: nothing was measured.")
        return app.report
    finally:
        ui.shutdown()


def main() -> None:
    """See the module."""
    path = Path(sys.argv[1])
    try:
        # as the program does, for its cost as well
        with captured_console(True):
            report = measure(Request.read(path))
    except UserError as error:
        report = Report(error=str(error))
    report.write(path.with_name(REPORT))


if __name__ == "__main__":
    main()

# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Changes Kit's settings for a run and restores them: those that Isaac Lab sets, and those of its own application.

Isaac Sim's application and Isaac Lab's own have different settings. The tables below list the settings that matter to a
run and that Kit reads again when they change; docs/isaac-sim.md lists those that Kit reads only when it starts.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import carb
import carb.settings

from .updates import restore

ASYNC_BY_TIMELINE = "/exts/isaacsim.core.throttling/enable_async"
"""Whether Isaac Sim renders asynchronously while the timeline does not play."""

ASYNC_RENDERING = ("/app/asyncRendering", "/app/asyncRenderingLowLatency")
RTX_SENSORS = "/isaaclab/render/rtx_sensors"
"""Isaac Lab's own setting, which it sets when it creates a camera."""


class RunSetting(NamedTuple):
    """A setting of Kit during a run."""

    path: str
    value: Any
    reason: str


RUN_SETTINGS = (
    RunSetting(
        "/app/player/useFixedTimeStepping",
        False,
        "Isaac Lab's launcher sets it: the timeline advances with the frame, not in fixed steps.",
    ),
    RunSetting(
        ASYNC_BY_TIMELINE,
        False,
        "Isaac Sim would enable asynchronous rendering ten frames after the timeline stops or pauses.",
    ),
    RunSetting(
        ASYNC_RENDERING[0],
        False,
        "Cameras and viewport would show an earlier step.",
    ),
    RunSetting(ASYNC_RENDERING[1], False, "Like asynchronous rendering."),
    RunSetting(
        "/app/runLoops/main/rateLimitEnabled",
        False,
        "Full rendering takes a frame for each step, so a limit of frames would limit the steps.",
    ),
    RunSetting(
        "/app/hangDetector/timeout",
        3600,
        "Compiling kernels and building thousands of environments take longer than Kit's timeout of two minutes [s].",
    ),
)
"""Set before each run."""

CAMERA_SETTINGS = (
    RunSetting("/app/renderer/waitIdle", True, "A camera is read only after the renderer has drawn this step."),
    RunSetting("/app/hydraEngine/waitIdle", True, "Like the renderer's."),
    RunSetting(
        "/app/updateOrder/checkForHydraRenderComplete",
        1000,
        "Kit checks at the end of its frame that the picture is complete; earlier, it would be the previous one.",
    ),
)
"""Set when the run's environment creates a camera. They slow down every frame, so other runs do not set them."""


class RestoringSettings:
    """Kit's settings for Isaac Lab's settings manager. Remembers each value before its first change."""

    def __init__(self) -> None:
        self._settings = carb.settings.get_settings()
        self._before: dict[str, Any] = {}

    def get(self, path: str) -> Any:
        """Returns the value of a setting, or None."""
        return self._settings.get(path)

    def set(self, path: str, value: Any) -> None:
        """Changes a setting."""
        self._before.setdefault(path, self._settings.get(path))
        self._settings.set(path, value)
        if path == RTX_SENSORS and value:
            self._set_all(CAMERA_SETTINGS)

    # Isaac Lab calls one of these, by the type of the value, as in carb.settings
    set_bool = set_int = set_float = set_string = set

    def set_for_run(self) -> None:
        """Changes the settings that every run needs."""
        if self._settings.get(ASYNC_BY_TIMELINE):
            # Isaac Sim would enable them ten frames after the timeline was stopped for the run
            self._before.update(dict.fromkeys(ASYNC_RENDERING, True))
        self._set_all(RUN_SETTINGS)

    def _set_all(self, settings: tuple[RunSetting, ...]) -> None:
        for setting in settings:
            self.set(setting.path, setting.value)

    def restore(self) -> None:
        """Restores all settings, the last change first."""
        # every log message resets the hang detector, so its old timeout counts from now
        carb.log_info("The run has ended.")
        for path, value in reversed(self._before.items()):
            restore(path, value)
        self._before.clear()

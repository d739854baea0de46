# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Stand-ins for Isaac Sim's viewports and for Replicator, which renders. docs/verification.md lists them."""

from __future__ import annotations

import weakref
from types import SimpleNamespace
from typing import Any


class ViewportApiDouble:
    """Stands in for ``omni.kit.widget.viewport.ViewportAPI``."""

    updates_enabled = True


class ViewportWindowDouble:
    """Stands in for a window of Kit's viewport: a real window of omni.ui, frames over each other, no picture."""

    def __init__(self, title: str) -> None:
        import omni.ui as ui

        self.title = title
        self._api: ViewportApiDouble | None = ViewportApiDouble()
        self.viewport_api = weakref.proxy(self._api)
        self.window = ui.Window(title, width=500, height=400, position_x=480, position_y=0)
        with self.window.frame:
            self._layers = ui.ZStack()
        self.frames: dict[str, Any] = {}

    def get_frame(self, name: str) -> Any:
        import omni.ui as ui

        if name not in self.frames:
            with self._layers:
                self.frames[name] = ui.Frame()
        return self.frames[name]

    def destroy(self) -> None:
        """As the original: who still has its ``viewport_api`` gets a ReferenceError for everything."""
        self._api = None
        self.window.destroy()


class ViewportUtilityStandIn:
    """Stands in for the module ``omni.kit.viewport.utility``."""

    def __init__(self) -> None:
        self.active: ViewportWindowDouble | None = None

    def get_active_viewport_window(self) -> ViewportWindowDouble | None:
        return self.active


class RenderProductDouble:
    """Stands in for a render product of Replicator: rendered in each frame of Kit while it is not paused.

    Args:
        size: Width and height [pixels].
    """

    path = "/Render/Product"

    def __init__(self, size: tuple[int, int]) -> None:
        import carb.eventdispatcher
        import omni.kit.app

        self.size, self.active, self.frames = size, True, 0
        self._observer = carb.eventdispatcher.get_eventdispatcher().observe_event(
            event_name=omni.kit.app.GLOBAL_EVENT_UPDATE, on_event=self._render, observer_name="renderer", order=1000
        )

    def _render(self, update: Any) -> None:
        self.frames += self.active

    def resume(self) -> None:
        self.active = True

    def pause(self) -> None:
        self.active = False

    def destroy(self) -> None:
        self._observer = None


class AnnotatorDouble:
    """Stands in for an annotator of Replicator: no data before a frame is rendered, black while the renderer starts."""

    STARTS = 3
    """Black frames."""

    def attach(self, products: list[RenderProductDouble]) -> None:
        (self._product,) = products

    def detach(self) -> None:
        pass

    def get_data(self) -> Any:
        import numpy as np

        width, height = self._product.size
        frames = self._product.frames
        if not frames:
            return np.zeros(0, np.uint8)
        picture = np.zeros((height, width, 4), np.uint8)
        if frames > self.STARTS:
            picture[:, : 8 * frames % width + 8] = 200
        return picture


class ReplicatorStandIn:
    """Stands in for the module ``omni.replicator.core``, as far as Isaac Lab's visualizer for Kit uses it."""

    def __init__(self) -> None:
        self.products: list[RenderProductDouble] = []
        self.create = SimpleNamespace(render_product=self._render_product)
        self.AnnotatorRegistry = SimpleNamespace(get_annotator=self._annotator)

    def _render_product(self, camera: str, resolution: tuple[int, int]) -> RenderProductDouble:
        self.products.append(RenderProductDouble(resolution))
        return self.products[-1]

    def _annotator(self, name: str, device: str = "cpu") -> AnnotatorDouble:
        assert name == "rgb"
        return AnnotatorDouble()

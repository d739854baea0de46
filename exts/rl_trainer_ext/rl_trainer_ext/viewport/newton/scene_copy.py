# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Makes Isaac Lab keep a Newton copy of a scene that another physics engine simulates, for the viewport to draw.

Isaac Lab builds the copy while it clones the scene, and only for a visualizer that was declared before: a viewer made
later finds an empty model. This module imports no viewer and no OpenGL.
"""

from __future__ import annotations

from typing import Any

from isaaclab.visualizers.base_visualizer import BaseVisualizer
from isaaclab.visualizers.visualizer_cfg import VisualizerCfg

NEWTON_CLONING = "isaaclab_newton.cloner:NewtonReplicateContext"
"""The cloning context that the configurations of Isaac Lab's Newton visualizers request."""


class CopyOnly(BaseVisualizer):
    """Requests Newton's copy of the scene and does nothing else: the viewport draws when its host asks for it."""

    def initialize(self, scene_data_provider: Any) -> None:
        """Needs nothing."""
        self._is_initialized = True

    def step(self, dt: float) -> None:
        """Draws nothing."""

    def close(self) -> None:
        """Holds nothing."""
        self._is_closed = True

    def is_running(self) -> bool:
        """Returns whether it has not been closed."""
        return not self._is_closed


def copy_declaration() -> VisualizerCfg:
    """Returns a visualizer for ``sim.visualizer_cfgs`` that makes Isaac Lab build the copy.

    It has no ``visualizer_type``, so it makes no step render and creates no markers.
    """
    return VisualizerCfg(class_type=CopyOnly, cloning_contexts=(NEWTON_CLONING,))


def simulates_itself(physics_cfg: Any) -> bool:
    """Returns whether the physics is Newton, whose own model can be drawn."""
    from isaaclab_newton.physics import NewtonCfg

    return isinstance(physics_cfg, NewtonCfg)

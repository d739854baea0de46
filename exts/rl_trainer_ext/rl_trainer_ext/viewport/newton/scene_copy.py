# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Newton's copy of a scene that other physics simulates, for the viewport to draw.

Isaac Lab builds that copy while it clones the scene, and only for a visualizer that is declared before: a viewer that
is made later finds an empty model. It imports no viewer and no OpenGL.
"""

from __future__ import annotations

from typing import Any

from isaaclab.visualizers.base_visualizer import BaseVisualizer
from isaaclab.visualizers.visualizer_cfg import VisualizerCfg

NEWTON_CLONING = "isaaclab_newton.cloner:NewtonReplicateContext"
"""What the configurations of Isaac Lab's Newton visualizers ask for."""


class CopyOnly(BaseVisualizer):
    """Asks for Newton's copy of the scene and does nothing else: the viewport draws when its host asks for it."""

    def initialize(self, scene_data_provider: Any) -> None:
        """Needs nothing."""
        self._is_initialized = True

    def step(self, dt: float) -> None:
        """Draws nothing."""

    def close(self) -> None:
        """Holds nothing."""
        self._is_closed = True

    def is_running(self) -> bool:
        """Whether it has not been closed."""
        return not self._is_closed


def copy_declaration() -> VisualizerCfg:
    """A visualizer for ``sim.visualizer_cfgs`` that makes Isaac Lab build the copy.

    It has no ``visualizer_type``: so no step renders, and no markers are made, because of it.
    """
    return VisualizerCfg(class_type=CopyOnly, cloning_contexts=(NEWTON_CLONING,))


def simulates_itself(physics_cfg: Any) -> bool:
    """Whether the physics is Newton, whose own model is drawn."""
    from isaaclab_newton.physics import NewtonCfg

    return isinstance(physics_cfg, NewtonCfg)

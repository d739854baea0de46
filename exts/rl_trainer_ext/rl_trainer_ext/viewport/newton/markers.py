# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""What is drawn besides the robots when the user wants it: the task's own markers, contacts, joints, collision shapes.

The task's markers come from Isaac Lab: ``set_debug_vis`` of its commands, actions and sensors. Nothing is called
before the first one is wanted.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from ..interface import MarkerKind
from ..task_markers import task_markers

_JOINT_SCALE = 2.0
"""Length of the axes of a joint, in radii of its body: those of a wheel would end within it."""


class Markers:
    """The markers of one environment.

    Args:
        env: Isaac Lab's environment (unwrapped).
        scene: What draws it.
    """

    def __init__(self, env: Any, scene: Any) -> None:
        self._env, self._scene = env, scene
        self._viewer = scene.viewer
        self._collision = self._viewer.show_collision
        self._of_task = task_markers(env)
        self._shown: frozenset[MarkerKind] = frozenset()
        scene.cfg.enable_markers = False
        self._viewer.renderer.joint_scale = _JOINT_SCALE

    def show(self, wanted: frozenset[MarkerKind]) -> None:
        """Draws these kinds from the next picture on, as far as the task has them."""
        before, self._shown = self._shown, wanted & kinds_of(self._env)
        for kind, owners in self._of_task.items():
            # the task may have switched on its own, which Isaac Lab would draw with the others
            if kind in self._shown or (not before and self._shown):
                for owner in owners:
                    owner.set_debug_vis(kind in self._shown)
            elif kind in before:
                for owner in owners:
                    owner.set_debug_vis(False)
        viewer = self._viewer
        viewer.show_joints = MarkerKind.JOINTS in self._shown
        viewer.show_com = MarkerKind.CENTRES_OF_MASS in self._shown
        viewer.show_contacts = MarkerKind.CONTACTS in self._shown
        collision = MarkerKind.COLLISION_SHAPES in self._shown
        viewer.show_collision, viewer.show_visual = collision or self._collision, not collision

    def contacts(self) -> Any:
        """Returns the present contacts of the physics, to be drawn; None where it has none."""
        contacts = _newton_contacts(self._env)
        if MarkerKind.CONTACTS in self._shown and contacts is not None:
            from isaaclab_newton.physics import NewtonManager

            if getattr(self._env.cfg.sim.physics.solver_cfg, "use_mujoco_contacts", False):
                # otherwise it keeps them to itself, unless a contact sensor wants them
                NewtonManager._solver.update_contacts(contacts, NewtonManager.get_state_0())
        return contacts

    @contextlib.contextmanager
    def drawn(self) -> Iterator[None]:
        """Within the block the scene draws a picture with the markers."""
        of_task = bool(self._shown & self._of_task.keys())
        hide = self._scene.cfg.enable_markers and not of_task
        if not of_task and not hide:
            yield
            return
        sim = self._env.sim
        self._scene.cfg.enable_markers = True
        # Isaac Lab keeps markers for the visualizers in this list, which every step of the environment draws
        sim.visualizers.append(self._scene)
        try:
            if of_task:
                sim.vis_marker_registry.dispatch_callbacks()
            yield
        finally:
            sim.visualizers.remove(self._scene)
            self._scene.cfg.enable_markers = of_task


def kinds_of(env: Any) -> frozenset[MarkerKind]:
    """Returns the kinds of markers that an environment (unwrapped) has."""
    always = {MarkerKind.JOINTS, MarkerKind.CENTRES_OF_MASS, MarkerKind.COLLISION_SHAPES}
    if _newton_contacts(env) is not None:
        always.add(MarkerKind.CONTACTS)
    return frozenset(always | task_markers(env).keys())


def _newton_contacts(env: Any) -> Any:
    """Returns where Newton keeps the contacts; None where its solver exposes none, and for other physics."""
    if type(env.cfg.sim.physics).__module__.partition(".")[0] != "isaaclab_newton":
        return None
    from isaaclab_newton.physics import NewtonManager

    return NewtonManager.get_contacts()

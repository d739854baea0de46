# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Records the physics step of a simulation on a CPU once, and replays it.

Most of the time of such a step is Python that starts kernels. Isaac Lab avoids it on a GPU, with CUDA graphs; Warp can
record on a CPU too, which Isaac Lab does not use. The kernels and their order are the same, so the results are equal to
the bit.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Iterator
from typing import Any

EAGER_PHYSICS = "env.sim.physics.use_cuda_graph=false"
"""The override that has Isaac Lab take each physics step, on a GPU too."""

_logger = logging.getLogger(__name__)

_STEPS = ("_simulate_physics_only", "_simulate_full")
"""What Isaac Lab records on a GPU: a physics step, or all of an environment step with the actuators between them."""


@contextlib.contextmanager
def recorded_physics(simulation: Any) -> Iterator[None]:
    """Replays the physics steps of a simulation within the block, where that is possible and nothing forbids it.

    It is possible with MuJoCo Warp on a CPU. :data:`EAGER_PHYSICS` forbids it, as on a GPU. In Kit it is left alone:
    what other extensions start with Warp on another thread would be recorded too.

    Args:
        simulation: The open ``isaaclab.sim.SimulationContext``.
    """
    if not _can_record(simulation):
        yield
        return
    from isaaclab_newton.physics import NewtonMJWarpManager as manager

    for name in _STEPS:
        # on the class of this solver, which inherits both
        setattr(manager, name, classmethod(_Recorded(getattr(manager, name).__func__)))
    try:
        yield
    finally:
        for name in _STEPS:
            delattr(manager, name)


def _can_record(simulation: Any) -> bool:
    from isaaclab.utils.version import has_kit

    if simulation.physics_manager.__name__ != "NewtonMJWarpManager" or not simulation.device.startswith("cpu"):
        return False
    physics = simulation.cfg.physics
    return physics.use_cuda_graph and not physics.solver_cfg.use_mujoco_cpu and not has_kit()


class _Recorded:
    """One kind of step: eager the first time, because that allocates what the step needs, then recorded, then replayed.

    Args:
        step: Takes the physics manager.
    """

    def __init__(self, step: Callable[[Any], None]) -> None:
        self._step = step
        self._key: tuple[Any, ...] = ()
        self._graphs: dict[int, Any] = {}
        self._solver_steps = 0
        self._eager = False

    def __call__(self, manager: Any) -> None:
        key = _what_is_recorded(manager)
        if key != self._key:
            self._key, self._graphs, self._eager = key, {}, not _is_warp_only(manager)
            self._step(manager)
        elif self._eager:
            self._step(manager)
        else:
            self._replay(manager)

    def _replay(self, manager: Any) -> None:
        import warp

        # the solver reads the state of the simulation in every step, or in each second or third
        solver = manager._solver
        phase = solver._step % max(1, solver.update_data_interval)
        if phase in self._graphs:
            solver._step += self._solver_steps
        elif not self._record(manager, phase):
            return
        warp.capture_launch(self._graphs[phase])

    def _record(self, manager: Any, phase: int) -> bool:
        """Records the step; takes it instead where Warp cannot record it, and returns whether it was recorded."""
        import warp

        solver, states = manager._solver, (manager.backend.state_0, manager.backend.state_1)
        before = solver._step
        try:
            with warp.ScopedCapture(device="cpu") as capture:
                self._step(manager)
        except NotImplementedError as error:
            _logger.info("The physics steps are not recorded: %s", error)
            self._eager = True
            solver._step = before
            manager.backend.state_0, manager.backend.state_1 = states
            self._step(manager)
            return False
        self._graphs[phase], self._solver_steps = capture.graph, solver._step - before
        return True


def _what_is_recorded(manager: Any) -> tuple[Any, ...]:
    """Returns what a recording holds: when one of these changes, the step is recorded again."""
    return manager._solver, manager._decimation, manager.backend.state_0, manager._contacts, *_callbacks(manager)


def _callbacks(manager: Any) -> list[Callable[..., None]]:
    return [*manager._post_actuator_callbacks, *manager._state_force_callbacks, *manager._post_step_callbacks]


def _is_warp_only(manager: Any) -> bool:
    """Whether a step does nothing but what Warp records, in the same way.

    A task's own callback may compute with PyTorch; Newton's search for contacts differs while it is recorded.
    """
    if manager._needs_collision_pipeline:
        return False
    return all(callback.__module__.split(".")[0].startswith("isaaclab") for callback in _callbacks(manager))

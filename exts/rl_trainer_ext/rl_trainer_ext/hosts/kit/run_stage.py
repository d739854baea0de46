# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Creates the stage of a run and distinguishes it from stages that the user opens before or during the run."""

from __future__ import annotations

import contextlib
from typing import Any

from .names import optional


class RunStage:
    """The stage in which Isaac Lab builds a run's environment, and which it attaches to Kit in place of the open one.

    Without its own stage, Isaac Lab uses the first one in USD's stage cache. In Kit that is the user's open stage: the
    run would share its prims and replace its physics scene, units and up axis.

    When Isaac Lab closes an environment, it closes the open stage in Kit and clears the stage cache, which holds Kit's
    open stages. A stage that the user opens during a run would be lost. From :meth:`make` to :meth:`forget` Isaac Lab
    therefore closes only the run's stage.

    Stages are identified by their numbers in the stage cache, which are never reused: a reference to a stage would keep
    it alive after Kit has closed it.
    """

    def __init__(self) -> None:
        self._made: int | None = None
        self._replaced: int | None = None
        self._undo = contextlib.ExitStack()

    def make(self) -> None:
        """Creates the stage. Called inside the run's task, before the environment is created."""
        from isaaclab.sim import create_new_stage
        from isaaclab.sim.utils import stage as isaac_lab

        self._replaced = _number(_open_stage())
        self._made = _number(create_new_stage())
        self._replace(isaac_lab, "close_stage", self._remove)
        if optional("omni.usd") is not None:
            from isaaclab_physx.app.kit_stage import KitStageBackend

            self._replace(KitStageBackend, "close", lambda backend: self._close_in_kit())

    def forget(self) -> None:
        """Closes the stage if the run has not, for example because it failed before it had a simulation."""
        if self._made is None:
            return
        with self._undo:
            if self.is_open():
                self._close_in_kit()
            self._remove()
        self._made = self._replaced = None

    def is_open(self) -> bool:
        """Returns whether the run's stage is open in Kit."""
        return _number(_open_stage()) in self._numbers()

    def another_is_open(self) -> bool:
        """Returns whether a stage is open in Kit that is neither the run's nor the one that the run's will replace."""
        stage = _open_stage()
        return self._made is not None and stage is not None and _number(stage) not in (*self._numbers(), self._replaced)

    def _numbers(self) -> list[int]:
        """Returns the created stage, and the one that Isaac Lab creates with ``sim.create_stage_in_memory``."""
        if self._made is None:
            return []
        from isaaclab.sim.utils import stage as isaac_lab

        current = _number(getattr(isaac_lab._context, "stage", None))
        return [self._made] if current is None else [self._made, current]

    def _replace(self, owner: Any, name: str, function: Any) -> None:
        self._undo.callback(setattr, owner, name, getattr(owner, name))
        setattr(owner, name, function)

    def _close_in_kit(self) -> None:
        # if the run's stage is not attached yet, closing the stage that it would replace prevents that
        if not self.another_is_open():
            optional("omni.usd").get_context().close_stage()

    def _remove(self) -> bool:
        """Removes the stage from the cache, as ``isaaclab.sim.utils.stage.close_stage`` does with every stage."""
        from isaaclab.sim.utils import stage as isaac_lab
        from pxr import Usd, UsdUtils

        for number in self._numbers():
            UsdUtils.StageCache.Get().Erase(Usd.StageCache.Id.FromLongInt(number))
        isaac_lab._context.stage = None
        return True


def open_stage_if_none() -> None:
    """Opens a new, empty stage if none is open: Kit's viewport and its Create menu need one."""
    usd = optional("omni.usd")
    # while the user opens a stage, there is none either
    if usd is not None and usd.get_context().get_stage_state() == usd.StageState.CLOSED:
        usd.get_context().new_stage()


def _open_stage() -> Any:
    usd = optional("omni.usd")
    return None if usd is None else usd.get_context().get_stage()


def _number(stage: Any) -> int | None:
    """Returns a stage's number in the stage cache; None for no stage, or one outside the cache."""
    if stage is None:
        return None
    from pxr import UsdUtils

    identifier = UsdUtils.StageCache.Get().GetId(stage)
    return int(identifier.ToLongInt()) if identifier.IsValid() else None

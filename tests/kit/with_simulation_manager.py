# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The real ``SimulationManager`` of Isaac Sim 6.2, lent for runs and given back, and asked for its engine.

Run as with_simulation_manager.py REPORT.

Real are the whole package ``isaacsim.core.simulation_manager`` in Python, what ``isaaclab_physx`` does to it, and our
guard. What lies below the package, PhysX, the timeline and USD's context, is a stand-in that answers every call with
itself, and notes which of the timeline's subscriptions are alive.
"""

from __future__ import annotations

import gc
import importlib
import json
import sys
import weakref
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any, ClassVar

from kernel import ISAAC_SIM_PARTS
from rl_trainer_ext.hosts.standalone.omni_ui import load_omni_ui

PACKAGE = "isaacsim.core.simulation_manager"
BELOW = (
    "carb carb.eventdispatcher carb.events carb.settings omni.ext omni.kit omni.kit.app omni.physics omni.physics.core "
    "omni.physics.tensors omni.physics.tensors.api omni.physx omni.timeline omni.usd isaacsim.core.experimental "
    "isaacsim.core.experimental.utils isaacsim.core.experimental.utils.app isaacsim.core.experimental.utils.ops "
    f"isaacsim.core.experimental.utils.prim isaacsim.core.experimental.utils.stage {PACKAGE}.bindings "
    f"{PACKAGE}.bindings._simulation_manager usdrt"
)


class SubscriptionDouble:
    """What a stream of events returns: who hears of the event for as long as it is kept."""

    alive: ClassVar[weakref.WeakSet[SubscriptionDouble]] = weakref.WeakSet()

    def __init__(self, handler: str) -> None:
        self.handler = handler
        self.alive.add(self)


class AnythingDouble:
    """Answers every call and every attribute with itself."""

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        return self

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self

    def __int__(self) -> int:
        return 0

    def __iter__(self) -> Any:
        return iter(())

    def create_subscription_to_pop_by_type(self, kind: int, handler: Any) -> SubscriptionDouble:
        return SubscriptionDouble(handler.__name__)

    def observe_event(self, *, on_event: Any, **options: Any) -> SubscriptionDouble:
        return SubscriptionDouble(on_event.__name__)


class ModuleDouble(ModuleType):
    """A module with everything in it."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.__spec__, self.__path__ = ModuleSpec(name, None), []

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if name == "IExt":
            return object
        return AnythingDouble()


def load_manager() -> Any:
    """Imports the real package above stand-ins, and starts its manager as its extension does."""
    import omni  # noqa: F401
    import pxr  # noqa: F401

    for name in ("isaacsim", "isaacsim.core", "pxr.PhysxSchema", *BELOW.split()):
        sys.modules[name] = ModuleDouble(name)
        parent, _, last = name.rpartition(".")
        if parent and parent != PACKAGE:
            setattr(sys.modules[parent], last, sys.modules[name])
    sys.modules["isaacsim.core"].__path__ = [str(ISAAC_SIM_PARTS / PACKAGE / "isaacsim" / "core")]
    module = importlib.import_module(PACKAGE)
    module.SimulationManager._simulation_manager_interface = AnythingDouble()
    module.SimulationManager.enable_all_default_callbacks(True)
    return module


def refusals(manager: Any) -> dict[str, dict[str, str]]:
    """What a run on each physics of Isaac Lab is told, by the engine that is active in Isaac Sim."""
    from isaaclab_newton.physics import NewtonCfg
    from isaaclab_physx.physics import PhysxCfg
    from rl_trainer_ext.errors import UserError
    from rl_trainer_ext.hosts.kit.simulation import RunningKit

    kit, told = RunningKit(), {}
    for engine in ("physx", "newton", "remotesim"):
        manager._on_engine_switched(engine)
        told[engine] = dict.fromkeys(("PhysX", "none chosen", "Newton"), "")
        for name, physics in zip(told[engine], (PhysxCfg(), None, NewtonCfg()), strict=True):
            try:
                kit.admit(SimpleNamespace(sim=SimpleNamespace(physics=physics)))
            except UserError as error:
                told[engine][name] = str(error)
    return told


def main(report: Path) -> None:
    """Writes what was in service, and who heard of the timeline, before, during and after runs; and what is refused."""
    load_omni_ui("Kit", 64, 64, offscreen=True)  # before anything of Kit can be imported
    module = load_manager()
    manager = module.SimulationManager
    found: dict[str, Any] = {"file": Path(sys.modules[manager.__module__].__file__ or "").name}

    def look(when: str) -> None:
        gc.collect()
        status = manager.get_default_callback_status()
        found[when] = {
            "in service": sorted(name for name, enabled in status.items() if enabled and name != "post_warm_start"),
            "hears": sorted(subscription.handler for subscription in SubscriptionDouble.alive),
            "is the real one": module.SimulationManager is manager,
        }

    from rl_trainer_ext.hosts.kit.simulation import SimulationManagerGuard

    guard = SimulationManagerGuard()
    look("before")
    guard.disable()
    look("during")
    import isaaclab_physx

    isaaclab_physx._patch_isaacsim_simulation_manager()
    guard.restore()
    look("after")
    manager.enable_default_callbacks(enable_on_stop=False)  # the user's own choice
    guard.disable()
    guard.restore()
    look("after the user's choice")

    manager.enable_default_callbacks(enable_warm_start=False, enable_on_stop=True)
    guard = SimulationManagerGuard()  # the extension is enabled again
    isaaclab_physx._patch_isaacsim_simulation_manager()  # and Isaac Lab imported, which puts all out of service
    guard.disable()
    guard.restore()
    look("after a run that follows the import at once")
    found["refused"] = refusals(manager)
    report.write_text(json.dumps(found), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))

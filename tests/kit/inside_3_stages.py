# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The user's stages before, during and after runs. Run by test_in_kit.py, after inside_3_isaac_sim.py."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import usd_stand_ins
from helpers.driver import Driver
from inside_fixtures import TITLE, Person
from kernel import Kernel


def test_unsaved_stages_are_asked_about(isaac_sim: SimpleNamespace, in_isaac_sim: Kernel) -> None:
    person, usd = Person(in_isaac_sim), isaac_sim.usd
    person.until_state("IDLE")
    person.until_described()
    person.driver.write("max_iterations", "1")
    usd.open_user_stage("/home/user/kitchen.usd", pending_edit=True)

    def answer(identifier: str) -> None:
        question = in_isaac_sim.ui.Workspace.get_window(f"{TITLE}: unsaved stage")
        Driver(question.frame, in_isaac_sim.app.update).click(identifier)
        in_isaac_sim.frames(2)

    # as after an answer to the question which code to run; Kit has imported the modules anew since the collection
    from rl_trainer_ext.run_config import RunConfig
    from rl_trainer_ext.training.commands import Reload, Train

    in_isaac_sim.host._guard.request(Reload(Train(RunConfig("Isaac-Cartpole-Direct", "rsl_rl"))))
    in_isaac_sim.frames(3)
    assert in_isaac_sim.snapshot.state.name == "IDLE"
    answer("stage_cancel")
    assert in_isaac_sim.snapshot.state.name == "IDLE"
    assert usd.file == "/home/user/kitchen.usd"

    person.driver.click("train")
    in_isaac_sim.frames(2)
    answer("stage_save")
    assert usd.saved == 1
    person.until(lambda snapshot: snapshot.status == "finished", "the end")
    in_isaac_sim.frames(2)
    offer = next(posted for posted in isaac_sim.notifications.posted if posted.buttons)
    assert offer.buttons[0].text == "Open kitchen.usd again"
    offer.buttons[0].handler()
    assert usd.opened == ["/home/user/kitchen.usd"]

    usd.pending_edit = True
    person.driver.click("train")
    in_isaac_sim.frames(2)
    answer("stage_discard")
    assert usd.saved == 1
    person.until_state("IDLE")
    usd.close_stage()


def test_a_newton_run_leaves_the_users_stage_as_it_was(
    isaac_sim: SimpleNamespace, in_isaac_sim: Kernel, tmp_path: Path
) -> None:
    the_users_stage_stays_what_it_was("newton_mjwarp", "finished", isaac_sim, in_isaac_sim, tmp_path)


def test_a_physx_run_leaves_the_users_stage_as_it_was(
    isaac_sim: SimpleNamespace, in_isaac_sim: Kernel, tmp_path: Path
) -> None:
    """As far as it goes: its simulation finds Isaac Lab's stage, then looks for PhysX, which is not here."""
    snapshot = the_users_stage_stays_what_it_was("physx", "failed", isaac_sim, in_isaac_sim, tmp_path)
    assert "isaaclab_physx/physics/physx_manager.py" in snapshot.failure.details
    assert "No module named 'omni.physics" in snapshot.failure.details


def the_users_stage_stays_what_it_was(
    physics: str, status: str, isaac_sim: SimpleNamespace, in_isaac_sim: Kernel, tmp_path: Path
) -> Any:
    """Trains beside a stage of the user's; returns the trainer's snapshot at the end."""
    from pxr import Gf, Usd, UsdGeom, UsdPhysics, UsdUtils

    stage = Usd.Stage.CreateNew(str(tmp_path / "kitchen.usda"))
    UsdGeom.SetStageMetersPerUnit(stage, 0.01)
    UsdGeom.SetStageUpAxis(stage, "Y")
    UsdGeom.Cube.Define(stage, "/World/MyRobot")
    UsdPhysics.Scene.Define(stage, "/World/MyPhysicsScene").CreateGravityDirectionAttr(Gf.Vec3f(0.0, -1.0, 0.0))
    stage.Save()
    layer = stage.GetRootLayer()
    before, keeper = layer.ExportToString(), Usd.Stage.Open(layer)  # which keeps what the run would have edited
    person, usd = Person(in_isaac_sim), isaac_sim.usd
    usd.show(stage, layer.realPath)
    person.until_state("IDLE")
    person.driver.write("max_iterations", "1")
    person.driver.write("overrides", f"physics={physics}")
    usd.attached.clear()
    with stages_of_simulations() as built_into:
        person.driver.click("train")
        snapshot = person.until(lambda snapshot: snapshot.status not in ("", "running"), "the end")
    in_isaac_sim.frames(2)
    person.driver.write("overrides", "physics=newton_mjwarp")

    assert snapshot.status == status, snapshot.failure
    assert built_into == ["the run's own"]
    assert len(usd.attached) == (physics == "newton_mjwarp")
    assert keeper.GetRootLayer().ExportToString() == before
    assert not keeper.GetRootLayer().dirty
    # a run that had its stage attached leaves a new, empty one; one that had none leaves the user's
    assert usd.is_new_stage() is bool(usd.attached)
    assert UsdUtils.StageCache.Get().GetAllStages() == [usd.stage]
    usd.close_stage()
    return snapshot


@contextlib.contextmanager
def stages_of_simulations() -> Iterator[list[str]]:
    """Notes whose stage Isaac Lab's is when it begins to make a simulation: the user's is the one open in Kit."""
    import omni.usd
    from isaaclab.sim import SimulationContext
    from isaaclab.sim.utils import stage as isaac_lab
    from pxr import UsdUtils

    noted: list[str] = []
    begin = SimulationContext.__init__

    def note(simulation: Any, *arguments: Any, **options: Any) -> None:
        stage = getattr(isaac_lab._context, "stage", None)
        if stage is None:
            noted.append("none: it takes the first one of the stage cache")
        elif stage == omni.usd.get_context().get_stage():
            noted.append("the user's")
        elif UsdUtils.StageCache.Get().Contains(stage):
            noted.append("the run's own")
        begin(simulation, *arguments, **options)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(SimulationContext, "__init__", note)
        yield noted


def test_a_stage_that_closes_a_frame_late_does_not_stop_the_run_that_replaces_it(
    isaac_sim: SimpleNamespace, in_isaac_sim: Kernel
) -> None:
    person, usd, host = Person(in_isaac_sim), isaac_sim.usd, in_isaac_sim.host
    person.until_state("IDLE")
    person.driver.write("max_iterations", "1")
    usd.open_user_stage("/home/user/kitchen.usd", pending_edit=False)
    closed: list[tuple[str, bool]] = []
    observers = host._stage.observe(
        closing=lambda event: closed.append((host.trainer.state.name, host._at_work)), opened=lambda event: None
    )
    person.driver.click("train")
    done = person.until(lambda snapshot: snapshot.status not in ("", "running"), "the end")
    observers.clear()
    # the first is the user's stage: outside of the task's work, so like one that the user closes
    assert closed[0] == ("LAUNCHING", False)
    assert (done.status, done.failure) == ("finished", None)
    usd.close_stage()


def test_a_stage_that_the_user_opens_in_mid_training_outlives_the_run(
    isaac_sim: SimpleNamespace, in_isaac_sim: Kernel, tmp_path: Path
) -> None:
    a_stage_that_the_user_opens_stops_the_run("TRAINING", isaac_sim.usd, in_isaac_sim, tmp_path)


def test_a_stage_that_the_user_opens_while_a_run_is_launching_stops_it_and_outlives_it(
    isaac_sim: SimpleNamespace, in_isaac_sim: Kernel, tmp_path: Path
) -> None:
    a_stage_that_the_user_opens_stops_the_run("LAUNCHING", isaac_sim.usd, in_isaac_sim, tmp_path)


def a_stage_that_the_user_opens_stops_the_run(
    state: str, usd: usd_stand_ins.UsdContextDouble, in_isaac_sim: Kernel, tmp_path: Path
) -> None:
    """The user opens it when Kit has the run's stage open, in a frame in which the trainer is in that state."""
    from pxr import Usd, UsdGeom, UsdUtils

    cache = UsdUtils.StageCache.Get()
    usd.open_user_stage("/home/user/kitchen.usd", pending_edit=False)
    person = Person(in_isaac_sim)
    person.until_state("IDLE")
    person.driver.write("max_iterations", "1000")
    usd.attached.clear()
    person.driver.click("train")
    in_isaac_sim.until(lambda: run_is_open(usd) and in_isaac_sim.snapshot.state.name == state, f"{state}, attached")
    stage = Usd.Stage.CreateNew(str(tmp_path / "garage.usda"))
    UsdGeom.Cube.Define(stage, "/World/Car")
    stage.Save()
    before = stage.GetRootLayer().ExportToString()
    usd.show(stage, stage.GetRootLayer().realPath)
    identifier = cache.GetId(stage)

    assert person.until_state("IDLE").status == "stopped"
    in_isaac_sim.frames(2)
    assert usd.stage == stage
    assert cache.GetAllStages() == [stage]
    assert cache.GetId(stage) == identifier
    assert stage.GetRootLayer().ExportToString() == before
    assert not stage.GetRootLayer().dirty
    usd.close_stage()


def run_is_open(usd: usd_stand_ins.UsdContextDouble) -> bool:
    """Whether the stage that Isaac Lab has attached last is open."""
    from pxr import UsdUtils

    open_now = UsdUtils.StageCache.Get().GetId(usd.stage).ToLongInt() if usd.stage is not None else None
    return usd.attached[-1:] == [open_now]


def test_a_stage_that_the_user_opens_before_the_runs_is_attached_stops_it(
    isaac_sim: SimpleNamespace, in_isaac_sim: Kernel
) -> None:
    from pxr import UsdUtils

    person, usd = Person(in_isaac_sim), isaac_sim.usd
    person.until_state("IDLE")
    usd.open_user_stage("/home/user/kitchen.usd", pending_edit=False)
    usd.attached.clear()
    person.driver.click("train")
    in_isaac_sim.until(lambda: usd.attached, "the frame in which Isaac Lab asks Kit to attach its stage")
    assert usd.file == "/home/user/kitchen.usd"
    usd.open_stage("/home/user/garage.usd")
    stage = usd.stage
    assert person.until_state("IDLE").status == "stopped"
    in_isaac_sim.frames(2)
    assert usd.file == "/home/user/garage.usd"
    assert UsdUtils.StageCache.Get().GetAllStages() == [stage]
    usd.close_stage()

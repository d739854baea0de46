# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""What the tests inside Kit share: the kernel, a user of the panel, stand-ins for Isaac Sim's parts."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import stand_ins
import usd_stand_ins
import viewport_stand_ins
from helpers.collecting import leave_out_imports
from helpers.driver import Driver
from kernel import EXTENSION, Kernel

TITLE = "RL Trainer"
VISIBLE = f"/persistent/exts/{EXTENSION}/visible"
PLAY_SIMULATIONS = "/app/player/playSimulations"


def pytest_runtest_setup() -> None:
    """Before the fixtures of a test: what they create is collected as usual."""
    leave_out_imports()


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("kit")


@pytest.fixture(scope="session")
def kit(folder: Path) -> Iterator[Kernel]:
    kernel = Kernel(folder)
    import carb.settings

    carb.settings.get_settings().set(f"/exts/{EXTENSION}/log_root", str(folder / "logs"))
    carb.settings.get_settings().set(f"/persistent/exts/{EXTENSION}/section_advanced", json.dumps(False))
    yield kernel
    kernel.close()


@pytest.fixture
def settings(kit: Kernel) -> Any:
    import carb.settings

    return carb.settings.get_settings()


@pytest.fixture
def enabled(kit: Kernel) -> Iterator[Kernel]:
    """The extension, enabled for the test; Kit has nothing to complain about afterwards."""
    kit.enable()
    kit.frames(3)
    yield kit
    if kit.manager.is_extension_enabled(EXTENSION):
        kit.enable(False)
    kit.frames(2)
    assert kit.errors() == []


@pytest.fixture(scope="session")
def usd(kit: Kernel) -> usd_stand_ins.UsdContextDouble:
    """From its first use on, Isaac Lab finds a USD context and Isaac Sim's version, as in every Kit that it runs in."""
    stand_in = usd_stand_ins.OmniUsdStandIn()
    stand_ins.install("isaacsim.core.version", stand_ins.IsaacSimVersionStandIn())
    stand_ins.install("omni.usd", stand_in)
    return stand_in.context


def on_each_step(monkeypatch: pytest.MonkeyPatch, called: Callable[[], None]) -> None:
    """Calls a function within each environment step, as Isaac Lab calls its visualizers."""
    environments = sys.modules[f"{EXTENSION}.isaac_lab.simulation"].SteppedEnv
    step_environments = environments.step

    def step(env: Any, action: Any) -> Any:
        called()
        return step_environments(env, action)

    monkeypatch.setattr(environments, "step", step)


def windows(kit: Kernel) -> set[str]:
    """The titles of all windows that can be seen; omni.ui never forgets one that it has drawn."""
    return {window.title for window in kit.ui.Workspace.get_windows() if window.visible}


class Person:
    """A user of the panel in Kit."""

    def __init__(self, kit: Kernel) -> None:
        self.kit = kit
        self.driver = Driver(kit.host.window.frame, kit.app.update)

    def until(self, reached: Callable[[Any], Any], what: str) -> Any:
        """Lets frames of Kit pass; returns the trainer's snapshot."""
        self.kit.until(lambda: reached(self.kit.snapshot), what)
        return self.kit.snapshot

    def until_state(self, name: str) -> Any:
        return self.until(lambda snapshot: snapshot.state.name == name, name)

    def until_described(self) -> None:
        """Frames until the form has the rows of the chosen task: the ones below them stay in place then."""
        self.until(lambda snapshot: snapshot.details is not None, "the task's defaults")
        self.kit.frames(3)

    def choose_cartpole(self, iterations: int = 3) -> None:
        """Fills in the form by clicks and keys."""
        driver = self.driver
        driver.click("task")
        driver.type("cartpole direct")
        self.kit.frames(5)  # until the rows that are left have moved up
        driver.click("task:Isaac-Cartpole-Direct")
        assert driver.text("task_name") == "Isaac-Cartpole-Direct"
        driver.choose("library", "RSL-RL")
        self.until(lambda snapshot: snapshot.details is not None, "the task's defaults")
        driver.write("num_envs", "16")
        driver.write("max_iterations", str(iterations))
        driver.write("seed", "7")
        # what Isaac Sim would run on PhysX runs on Newton here
        driver.write("overrides", "physics=newton_mjwarp")


@pytest.fixture
def person(enabled: Kernel, usd: usd_stand_ins.UsdContextDouble) -> Person:
    person = Person(enabled)
    person.until_state("IDLE")
    return person


@pytest.fixture
def isaac_sim(kit: Kernel, usd: usd_stand_ins.UsdContextDouble) -> Iterator[SimpleNamespace]:
    """Everything of Isaac Sim's own that the extension uses, each as a stand-in."""
    import isaaclab_physx  # noqa: F401  which would look for PhysX in an Isaac Sim that has its manager

    parts = SimpleNamespace(
        usd=usd,
        timeline=stand_ins.OmniTimelineStandIn(),
        viewports=viewport_stand_ins.ViewportUtilityStandIn(),
        notifications=stand_ins.NotificationManagerStandIn(),
        actions=stand_ins.ActionsStandIn(),
        menus=stand_ins.MenuUtilsStandIn(),
    )
    modules = {
        "omni.timeline": parts.timeline,
        "omni.kit.viewport.utility": parts.viewports,
        "omni.kit.notification_manager": parts.notifications,
        "omni.kit.actions.core": parts.actions,
        "omni.kit.menu.utils": parts.menus,
        "omni.kit.window.filepicker": stand_ins.FilePickerStandIn(),
        "isaacsim.core.simulation_manager": stand_ins.SimulationManagerStandIn(),
    }
    for name, part in modules.items():
        stand_ins.install(name, part)
    parts.first, parts.second = (
        viewport_stand_ins.ViewportWindowDouble("Viewport"),
        viewport_stand_ins.ViewportWindowDouble("Viewport 2"),
    )
    parts.viewports.active = parts.first
    yield parts
    for window in (parts.first, parts.second):
        window.destroy()
    for name in modules:
        stand_ins.remove(name)


def enable_without_visualizer(kit: Kernel) -> None:
    """Enables the extension. Isaac Lab's visualizer for Kit needs Fabric and the renderer, which no stand-in can be."""
    import carb.settings

    carb.settings.get_settings().set(f"/exts/{EXTENSION}/visualizer", False)
    kit.enable()
    kit.frames(3)


@pytest.fixture
def in_isaac_sim(isaac_sim: SimpleNamespace, kit: Kernel) -> Iterator[Kernel]:
    """The extension, enabled where all of Isaac Sim's parts are."""
    enable_without_visualizer(kit)
    yield kit
    kit.enable(False)
    kit.frames(2)
    assert kit.errors() == []

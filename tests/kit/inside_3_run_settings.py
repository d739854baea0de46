# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Kit's settings during a run, in the real ones. Run by test_in_kit.py."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from inside_fixtures import Person, on_each_step

ISAAC_SIMS = {
    "/exts/isaacsim.core.throttling/enable_async": True,
    "/app/asyncRendering": True,
    "/app/asyncRenderingLowLatency": True,
    "/app/runLoops/main/rateLimitEnabled": True,
    "/app/player/useFixedTimeStepping": True,
    "/app/hangDetector/timeout": 120,
    "/app/renderer/waitIdle": None,
    "/app/hydraEngine/waitIdle": None,
    "/app/updateOrder/checkForHydraRenderComplete": None,
}
"""What isaacsim.exp.full sets, while the timeline is stopped."""


@pytest.fixture
def as_in_isaac_sim(person: Person, settings: Any) -> Iterator[Person]:
    """A person in a Kit with the settings of Isaac Sim's application."""
    before = {path: settings.get(path) for path in ISAAC_SIMS}
    set_all(settings, ISAAC_SIMS)
    iterations = person.driver.text("max_iterations")
    yield person
    set_all(settings, before)
    # the form, and with it the next test's, is remembered in Kit's settings
    person.kit.enable()
    person.kit.frames(3)
    again = Person(person.kit)
    again.until_state("IDLE")
    again.driver.write("max_iterations", iterations)
    person.kit.frames(2)


def set_all(settings: Any, values: dict[str, Any]) -> None:
    for path, value in values.items():
        if value is None:
            settings.destroy_item(path)
        else:
            settings.set(path, value)


def found(settings: Any) -> dict[str, Any]:
    return {path: settings.get(path) for path in ISAAC_SIMS}


def train(person: Person) -> None:
    """Begins a long training."""
    person.choose_cartpole(iterations=1000)
    person.driver.click("train")
    person.until(lambda snapshot: snapshot.iteration >= 1, "iteration 1")


def test_a_run_has_the_settings_of_isaac_labs_application(as_in_isaac_sim: Person, settings: Any) -> None:
    from isaaclab.app.settings_manager import get_settings_manager

    person = as_in_isaac_sim
    train(person)
    while_training = found(settings)
    get_settings_manager().set("/isaaclab/render/rtx_sensors", True)  # as isaaclab's Camera does
    with_camera = found(settings)
    person.driver.click("stop")
    person.until_state("IDLE")
    person.kit.frames(2)
    assert found(settings) == ISAAC_SIMS
    cameras = list(ISAAC_SIMS)[-3:]
    assert [while_training[path] for path in cameras] == [None] * 3
    assert [with_camera[path] for path in cameras] == [True, True, 1000]
    timeout = while_training.pop("/app/hangDetector/timeout")
    assert timeout >= 3600
    assert not any(while_training.values())


def test_a_failed_run_gives_the_settings_back(
    as_in_isaac_sim: Person, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse() -> None:
        raise LookupError("no step today")

    person = as_in_isaac_sim
    train(person)
    assert found(settings) != ISAAC_SIMS
    on_each_step(monkeypatch, refuse)
    person.until(lambda snapshot: snapshot.status == "failed", "the failure")
    person.kit.frames(2)
    assert found(settings) == ISAAC_SIMS


def test_disabling_gives_the_settings_back(as_in_isaac_sim: Person, settings: Any) -> None:
    person = as_in_isaac_sim
    train(person)
    assert found(settings) != ISAAC_SIMS
    person.kit.enable(False)
    assert found(settings) == ISAAC_SIMS


def test_asynchronous_rendering_is_isaac_sims_again_after_a_run_that_stopped_the_timeline(
    as_in_isaac_sim: Person, settings: Any
) -> None:
    """While the timeline plays, Isaac Sim has it off; ten frames after the stop, which are the run's, it is on."""
    settings.set("/app/asyncRendering", False)
    settings.set("/app/asyncRenderingLowLatency", False)
    person = as_in_isaac_sim
    train(person)
    person.driver.click("stop")
    person.until_state("IDLE")
    person.kit.frames(2)
    assert found(settings) == ISAAC_SIMS

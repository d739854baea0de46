# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The list of markers in the viewport, clicked as a person does. The viewport is a double."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from helpers.recording_trainer import SettingsInMemory
from rl_trainer_ext.viewport.interface import MarkerKind

COMMANDS, JOINTS, CONTACTS = MarkerKind.COMMANDS, MarkerKind.JOINTS, MarkerKind.CONTACTS


@pytest.mark.parametrize("width", [700, 320])
def test_markers_of_the_task_are_switched_on_and_off(show_viewport: Callable[..., Any], width: int) -> None:
    shown = show_viewport(width=width)
    driver, viewport = shown.driver, shown.viewport
    viewport.markers = frozenset({COMMANDS, JOINTS})
    viewport.serve()
    assert not driver.shown("viewport_markers_list")
    driver.click("viewport_markers")
    driver.tick(3)
    boxes = {each.identifier for each in driver.widgets() if each.identifier.startswith("marker:")}
    assert boxes == {"marker:COMMANDS", "marker:JOINTS"}
    bar, panel = driver.find("viewport_toolbar"), driver.find("viewport_markers_list")
    for one in (bar, panel):
        assert one.screen_position_x + one.computed_width <= width
    driver.click("marker:COMMANDS")
    driver.click("marker:JOINTS")
    driver.click("marker:COMMANDS")
    assert viewport.of("show_markers") == [
        [frozenset({COMMANDS})],
        [frozenset({COMMANDS, JOINTS})],
        [frozenset({JOINTS})],
    ]
    assert not viewport.of("orbit")  # the list is over the picture, whose camera did not hear of it
    driver.click("viewport_markers")
    assert not driver.shown("viewport_markers_list")
    assert len(viewport.of("show_markers")) == 3


def test_what_was_chosen_is_remembered_also_for_tasks_without_it(show_viewport: Callable[..., Any]) -> None:
    settings = SettingsInMemory(viewport_markers=["COMMANDS", "CONTACTS", "of another version"])
    shown = show_viewport(settings=settings)
    assert shown.viewport.of("show_markers") == [[frozenset({COMMANDS, CONTACTS})]]
    shown.viewport.markers = frozenset({JOINTS, CONTACTS})
    shown.driver.click("viewport_markers")
    shown.driver.tick(3)
    assert shown.driver.find("marker:CONTACTS").model.as_bool
    shown.driver.click("marker:CONTACTS")
    assert settings.values["viewport_markers"] == ["COMMANDS"]


def test_before_a_run_the_list_says_so(show_viewport: Callable[..., Any]) -> None:
    shown = show_viewport()
    shown.driver.click("viewport_markers")
    shown.driver.tick(3)
    assert any(getattr(each, "text", "") == "A run shows what its task has." for each in shown.driver.widgets())
    assert not shown.viewport.of("show_markers")

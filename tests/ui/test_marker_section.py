# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The markers of a viewport that is not our own, as boxes in the panel. The viewport is a double."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from helpers.recording_trainer import SettingsInMemory
from helpers.viewport_double import ViewportDouble
from rl_trainer_ext.viewport.interface import MarkerKind

COMMANDS, RAY_HITS, JOINTS = MarkerKind.COMMANDS, MarkerKind.RAY_HITS, MarkerKind.JOINTS
WHERE = "Kit draws them itself."


def boxes(driver: Any) -> dict[str, bool]:
    """The boxes, and which are checked."""
    found = [each for each in driver.widgets() if each.identifier.startswith("marker:")]
    return {each.identifier.removeprefix("marker:"): each.model.as_bool for each in found}


@pytest.mark.parametrize("width", [720, 320])
def test_boxes_follow_the_task_until_the_user_chooses(show: Any, tmp_path: Path, width: int) -> None:
    viewport, settings = ViewportDouble(4), SettingsInMemory(section_markers=False)
    viewport.unavailable_markers = {JOINTS: WHERE}
    shown = show(width=width, settings=settings, markers=viewport)
    driver = shown.driver
    assert boxes(driver) == {}
    viewport.markers, viewport.shown_markers = frozenset({COMMANDS, RAY_HITS}), frozenset({COMMANDS})
    driver.tick(3)
    assert boxes(driver) == {"COMMANDS": True, "RAY_HITS": False, "JOINTS": False}
    assert not viewport.of("show_markers")
    box = driver.find("marker:JOINTS")
    assert (box.enabled, box.tooltip) == (False, WHERE)
    driver.click("marker:RAY_HITS")
    driver.tick(2)
    driver.screenshot(tmp_path / f"markers_{width}.png")
    driver.click("marker:COMMANDS")
    driver.tick(2)
    both = frozenset({COMMANDS, RAY_HITS})
    assert viewport.of("show_markers") == [[both], [frozenset({RAY_HITS})]]
    driver.click("marker:RAY_HITS")
    driver.tick(2)
    assert settings.values["viewport_markers"] == []
    for widget in driver.widgets():
        if widget.identifier.startswith("marker:"):
            assert widget.screen_position_x + widget.computed_width <= width + 1


def test_that_all_are_switched_off_is_remembered(show: Any) -> None:
    viewport = ViewportDouble(4)
    show(settings=SettingsInMemory(viewport_markers=[]), markers=viewport)
    assert viewport.of("show_markers") == [[frozenset()]]

# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The render mode in the panel: chosen by mouse or key, before and in a run, and remembered."""

from __future__ import annotations

import pytest
from helpers.driver import CONTROL, ENTER, V
from helpers.recording_trainer import SettingsInMemory, idle
from rl_trainer_ext.frames.sharing import RenderMode
from rl_trainer_ext.training.commands import SetRenderMode, SetViewportShare
from rl_trainer_ext.training.snapshot import State

FULL, PARTIAL, NONE = RenderMode


def asked(shown) -> list:
    """What the panel asked of the trainer about rendering."""
    return [each for each in shown.trainer.commands if isinstance(each, SetRenderMode | SetViewportShare)]


def test_the_modes_have_isaac_labs_names(show):
    shown = show(has_viewport=True)
    assert shown.driver.options("render_mode") == ["Full rendering", "Partial rendering", "No rendering"]
    assert shown.driver.chosen("render_mode") == "Partial rendering"
    assert not asked(shown)


@pytest.mark.parametrize("state", [State.LOADING, State.IDLE, State.LAUNCHING, State.TRAINING, State.PAUSED])
def test_a_mode_is_asked_for_at_once_in_every_state(show, state):
    shown = show(idle(state=state), has_viewport=True)
    shown.driver.choose("render_mode", "No rendering")
    assert asked(shown) == [SetRenderMode(NONE)]


def test_it_shows_the_mode_that_the_trainer_has(show):
    shown = show(has_viewport=True)
    assert shown.driver.find("viewport_share").enabled
    for mode in (FULL, NONE, PARTIAL):
        shown.trainer.serve(render_mode=mode)
        shown.driver.tick()
        assert shown.driver.chosen("render_mode") == mode.value
        assert shown.driver.find("viewport_share").enabled == (mode is PARTIAL)
    assert not asked(shown)


def test_the_share_is_set_by_dragging_the_slider(show):
    shown = show(has_viewport=True)
    slider = shown.driver.find("viewport_share")
    assert slider.model.as_int == 10
    assert (slider.min, slider.max) == (0, 50)
    shown.driver.click("viewport_share", right=0.98)
    assert asked(shown)[-1] == SetViewportShare(0.5)
    shown.driver.click("viewport_share", right=0.02)
    assert asked(shown)[-1] == SetViewportShare(0.0)


def test_the_share_that_the_trainer_has_is_shown_and_not_sent_back(show):
    shown = show(has_viewport=True)
    shown.trainer.serve(viewport_share=0.25)
    shown.driver.tick()
    assert shown.driver.find("viewport_share").model.as_int == 25
    assert not asked(shown)


def test_v_goes_through_the_modes(show):
    shown = show(has_viewport=True)
    shown.driver.click("state")
    for mode in (NONE, FULL, PARTIAL):
        shown.driver.press(V)
        assert asked(shown)[-1] == SetRenderMode(mode)
        shown.trainer.serve(render_mode=mode)
        shown.driver.tick()
    shown.driver.hold(CONTROL, True)
    shown.driver.press(V)
    shown.driver.hold(CONTROL, False)
    assert len(asked(shown)) == 3


@pytest.mark.parametrize("field", ["seed", "scalar_filter", "checkpoint"])
def test_v_in_a_text_field_is_a_letter(show, field):
    shown = show(has_viewport=True)
    shown.driver.click(field)
    shown.driver.press(V)
    assert not asked(shown)
    shown.driver.press(ENTER)
    shown.driver.press(V)
    assert asked(shown) == [SetRenderMode(NONE)]


def test_mode_and_share_are_there_at_the_next_start(show):
    shown = show(has_viewport=True)
    shown.trainer.serve(render_mode=FULL, viewport_share=0.3)
    shown.driver.tick()
    again = show(settings=shown.settings, has_viewport=True)
    assert asked(again) == [SetRenderMode(FULL), SetViewportShare(0.3)]


@pytest.mark.parametrize("value", ["SOMETIMES", 3, None, ["FULL_RENDERING"]])
def test_remembered_nonsense_is_not_asked_for(show, value):
    shown = show(settings=SettingsInMemory(render_mode=value, viewport_share="much"), has_viewport=True)
    assert not asked(shown)
    assert shown.driver.chosen("render_mode") == "Partial rendering"


def test_without_a_viewport_there_is_no_choice(show):
    shown = show()
    assert "render_mode" not in shown.driver.identifiers()
    shown.driver.click("state")
    shown.driver.press(V)
    assert not asked(shown)


@pytest.mark.parametrize("width", [320, 420])
def test_the_names_of_the_modes_are_readable_in_a_narrow_dock(omni_ui, show, width):
    shown = show(idle(render_mode=PARTIAL), width=width, has_viewport=True)
    longest = max((mode.value for mode in RenderMode), key=len)
    measure = omni_ui.Window("Measure", width=400, height=60)
    with measure.frame, omni_ui.HStack():
        label = omni_ui.Label(longest, width=0)
    shown.driver.tick(3)
    arrow_and_padding = 30
    assert shown.driver.find("render_mode").computed_width >= label.computed_width + arrow_and_padding
    measure.destroy()

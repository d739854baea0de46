# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The panel stays usable with any input, setting or configuration, and starts again with what it remembered."""

from __future__ import annotations

import json
from typing import Any

import pytest
from helpers.fuzzing import any_text, fuzzed
from helpers.recording_trainer import SettingsInMemory, idle
from hypothesis import example, given
from hypothesis import strategies as st
from rl_trainer_ext.errors import LONGEST_MESSAGE
from rl_trainer_ext.run_config import RunConfig
from rl_trainer_ext.training.commands import Play, Train

NUMBERS = st.sampled_from(["-1", "0", "1e3", "٣", "²", "1_0", "0x10", "+5", "--1", "9" * 5000, "nan", "1,0,0", "\t7\n"])
TEXT = any_text(40) | NUMBERS | st.builds(lambda part: (part or "x") * 10_000, st.text(max_size=1))
TYPED = TEXT.map(lambda text: text.encode(errors="replace").decode().replace("\0", ""))
"""What a keyboard or the clipboard can enter into a field: no surrogates and no zero characters."""

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)

FIELDS = ("num_envs", "max_iterations", "seed", "checkpoint", "overrides", "task_filter")


def press(shown: Any) -> str:
    """Presses Train and Play. Each must request a run that can be recorded, or say why not; returns the reason."""
    said = ""
    for button, command in ((shown.panel.press_train, Train), (shown.panel.press_play, Play)):
        before = len(shown.trainer.of(command))
        if button():
            config = shown.trainer.of(command)[-1].config
            assert RunConfig.from_dict(json.loads(json.dumps(config.to_dict()))) == config
        else:
            assert len(shown.trainer.of(command)) == before
            said = shown.panel.message
        assert "\n" not in shown.panel.message
        assert len(shown.panel.message) <= LONGEST_MESSAGE
        shown.panel.update()
    return said


def opened(show: Any, remembered: dict[str, Any], **options: Any) -> Any:
    """Opens a panel with the content of a settings file."""
    shown = show(settings=SettingsInMemory(**json.loads(json.dumps(remembered))), **options)
    shown.driver.tick(2)
    return shown


def close(show: Any, shown: Any) -> None:
    """Closes a window before the test ends: otherwise hundreds would be drawn."""
    shown.panel.destroy()
    shown.window.visible = False


@pytest.mark.slow
@fuzzed(40)
@given(st.dictionaries(st.sampled_from(FIELDS), TYPED, min_size=1))
@example({"overrides": "+agent.nonsense=1"})
@example({"num_envs": "9" * 5000})
def test_whatever_is_typed_leaves_a_panel_that_starts_again(show: Any, fields: dict[str, str]) -> None:
    shown = opened(show, {"task": "Isaac-Cartpole"})
    for name, text in fields.items():
        shown.driver.find(name).model.set_value(text)
        shown.panel.update()
    press(shown)
    again = opened(show, shown.settings.values)
    press(again)
    for name in fields:
        again.driver.find(name).model.set_value("")
    again.driver.tick(2)
    assert again.panel.press_train(), again.panel.message
    close(show, shown)
    close(show, again)


@pytest.mark.slow
@fuzzed(40)
@given(
    st.fixed_dictionaries(
        {},
        optional={
            **dict.fromkeys(("task", "library", "device", "overrides", "checkpoint", "task_overrides"), JSON),
            **dict.fromkeys(("num_envs", "max_iterations", "seed", "continue", "speed", "scalars"), JSON),
            **dict.fromkeys(("section_task", "section_advanced", "section_learning"), JSON),
            **dict.fromkeys(("render_mode", "viewport_share"), JSON),
        },
    )
)
@example({"speed": "fast"})
@example({"scalars": 5})
@example({"task": "\ud800", "overrides": "\udcff", "checkpoint": "\ud800", "seed": "\ud800"})
@example({"speed": 1e999, "viewport_share": [1], "task_overrides": '{"Isaac-Cartpole": 5}'})
def test_whatever_is_remembered_the_panel_starts(show: Any, remembered: dict[str, Any]) -> None:
    shown = opened(show, remembered, has_viewport=True)
    press(shown)
    json.dumps(shown.settings.values)
    close(show, shown)


@fuzzed(40)
@given(
    st.builds(
        RunConfig,
        task=TEXT | st.just("Isaac-Cartpole"),
        library=TEXT | st.just("sb3"),
        device=st.none() | TEXT,
        checkpoint=st.none() | TEXT,
        agent=st.none() | TEXT,
        overrides=st.lists(TEXT, max_size=3).map(tuple),
        num_envs=st.none() | st.integers(),
        seed=st.none() | st.integers(),
        max_iterations=st.none() | st.integers(),
        speed=st.floats(),
    ),
    st.booleans(),
)
@pytest.mark.slow
def test_whatever_the_command_line_hands_over_the_panel_says_what_is_wrong(
    show: Any, config: RunConfig, playing: bool
) -> None:
    shown = show()
    shown.panel.set_config(config, playing)
    shown.driver.tick(2)
    press(shown)
    close(show, shown)


RUN_KEYS = (
    *("runs_tab", "runs_share", "runs_library", "runs_filter", "runs_show_archived", "runs_sort", "runs_descending"),
    *("compare_tag", "compare_axis", "compare_smoothing", "compare_mean", "compare_join"),
)
VIEWPORT_KEYS = ("viewport_follow", "viewport_show", "overlay_visible", "overlay_place")
ODD = ("fast", "\ud800", 5, -1, 1e999, 10**400, True, None, [], ["\ud800", None], {"x": 1}, "x" * 10_000)


@pytest.mark.parametrize("value", ODD, ids=lambda value: repr(value)[:20])
def test_whatever_is_remembered_run_browser_and_viewport_start(browse: Any, show_viewport: Any, value: Any) -> None:
    browsed = browse(settings=SettingsInMemory(**dict.fromkeys(RUN_KEYS, value)))
    for pane in ("details", "curves", "parameters"):
        browsed.driver.click(f"runs_tab:{pane}")
    shown = show_viewport(settings=SettingsInMemory(**dict.fromkeys(VIEWPORT_KEYS, value)))
    shown.driver.tick(3)


@pytest.mark.parametrize("text", ["\ud800", "\0", "\x1b[31m", "‮", "😀" * 3000])
def test_a_message_shows_any_text(show: Any, text: str) -> None:
    from rl_trainer_ext.training.snapshot import Failure

    shown = show(idle(failure=Failure(text, text), notice=text, activity=text, held=text))
    shown.driver.tick(3)
    assert shown.driver.shown("failure")

# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The window of the terms, clicked as a person does. The trainer is a double."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from rl_trainer_ext.metrics.step_terms import StepTerms, Term, TermKind, Values
from rl_trainer_ext.training.commands import WatchTerms
from rl_trainer_ext.training.snapshot import State

REWARDS = [("reward of the step", 0.02), ("track_lin_vel", 0.8), ("track_ang_vel", 0.4), ("action_rate", -0.2)]


def rover(step: int, tipped: bool = False) -> list[Values]:
    """What a step of a rover says."""
    wave = math.sin(step / 20)
    values: list[Values] = [(Term(TermKind.REWARD, name), [size * (1 + 0.3 * wave)]) for name, size in REWARDS]
    values += [(Term(TermKind.TERMINATION, "time_out"), [0.0]), (Term(TermKind.TERMINATION, "tipped_over"), [tipped])]
    values.append((Term(TermKind.COMMAND, "base_velocity", 3), [0.5, 0.0, -0.25 * wave]))
    values.append((Term(TermKind.ACTION, "wheels", 4), [wave, -wave, wave / 2, 0.1]))
    values.append((Term(TermKind.OBSERVATION, "policy-base_lin_vel", 3), [0.5 * wave, 0.01, 0.0]))
    values.append((Term(TermKind.OBSERVATION, "policy-height_scan", 187), [0.1 * wave] * 187))
    return values


@dataclass
class ShownTerms:
    """The window of the terms, and what drives it."""

    pane: Any
    trainer: Any
    settings: Any
    driver: Any
    window: Any
    terms: StepTerms
    followed: list[int | None] = field(default_factory=lambda: [None])

    def steps(self, first: int, last: int, make: Callable[[int], list[Values]] = rover) -> None:
        """Adds steps and lets frames pass until they are shown."""
        for step in range(first, last):
            self.terms.add(self.pane._environment, step, make(step))
        self.driver.tick(8)

    @property
    def asked(self) -> list[int | None]:
        """The environments that were asked for."""
        return [command.environment for command in self.trainer.of(WatchTerms)]


@pytest.fixture
def show_terms(omni_ui: Any) -> Iterator[Callable[..., ShownTerms]]:
    from helpers.driver import Driver
    from helpers.recording_trainer import RecordingTrainerDouble, SettingsInMemory, idle
    from rl_trainer_ext.ui.terms.pane import TermsPane

    opened: list[ShownTerms] = []

    def show(width: int = 720, note: str = "") -> ShownTerms:
        terms, settings, clock = StepTerms(), SettingsInMemory(), [0.0]
        terms.num_envs, terms.note = 64, note
        trainer, followed = RecordingTrainerDouble(idle()), [None]
        flags = omni_ui.WINDOW_FLAGS_NO_TITLE_BAR | omni_ui.WINDOW_FLAGS_NO_SCROLLBAR | omni_ui.WINDOW_FLAGS_NO_MOVE
        window = omni_ui.Window(
            f"Terms {len(opened)}", width=width, height=700, position_x=0, position_y=0, flags=flags, padding_x=0,
            padding_y=0,
        )  # fmt: skip
        pane = TermsPane(window.frame, trainer, settings, lambda: followed[0], clock=lambda: clock[0])

        def update() -> None:
            clock[0] += 1 / 30
            pane.update()

        driver = Driver(window.frame, update)
        opened.append(ShownTerms(pane, trainer, settings, driver, window, terms, followed))
        driver.tick(3)
        return opened[-1]

    yield show
    for one in opened:
        one.pane.destroy()
        one.window.visible = False
        one.window.destroy()


@pytest.mark.parametrize("width", [720, 320])
def test_terms_are_shown_by_name_with_values_bars_and_curves(show_terms: Any, width: int) -> None:
    shown = show_terms(width)
    driver = shown.driver
    assert driver.shown("terms_empty")
    shown.trainer.serve(state=State.TRAINING, terms=shown.terms)
    shown.steps(1, 101)
    assert shown.asked == [0]
    assert not driver.shown("terms_empty")
    assert driver.text("terms_status") == "Step 100, every step"
    assert driver.text("term:reward:track_lin_vel:value") == f"{0.8 * (1 + 0.3 * math.sin(5)):.4g}"
    assert driver.shown("term:reward:track_lin_vel:plot")
    # three values are unfolded, more are folded until they are clicked
    assert driver.text("term:command:base_velocity[2]:value") == f"{-0.25 * math.sin(5):.4g}"
    assert "term:observation:policy-height_scan[5]" not in driver.identifiers()
    assert driver.text("term:action:wheels:name") == "wheels (4)"
    driver.click("term:action:wheels:name")
    shown.steps(101, 104)
    assert driver.text("term:action:wheels[3]:value") == "0.1"
    driver.click("term:action:wheels:name")
    assert not driver.shown("term:action:wheels[3]:value")
    # every widget is within the window
    for widget in driver.widgets():
        assert widget.screen_position_x + widget.computed_width <= width + 1, widget.identifier


def test_the_environment_is_chosen_here_or_in_the_viewport(show_terms: Any) -> None:
    shown = show_terms()
    driver = shown.driver
    shown.trainer.serve(state=State.PLAYING, terms=shown.terms)
    shown.steps(1, 5)
    driver.click("terms_next")
    assert shown.asked[-1] == 1
    driver.click("terms_previous")
    driver.click("terms_previous")
    assert shown.asked[-1] == 63
    driver.write("terms_environment", "17")
    assert shown.asked[-1] == 17
    driver.write("terms_environment", "64")  # there are 64: the last is 63
    assert shown.asked[-1] == 17
    assert driver.find("terms_environment").model.as_string == "17"
    shown.followed[0] = 5
    driver.tick(3)
    assert shown.asked[-1] == 5
    shown.followed[0] = None  # released: the terms stay those of the same robot
    driver.tick(3)
    assert shown.asked[-1] == 5


def test_hidden_it_reads_nothing(show_terms: Any) -> None:
    shown = show_terms()
    shown.trainer.serve(state=State.TRAINING, terms=shown.terms)
    shown.driver.tick(3)
    shown.pane.sleep()
    shown.pane.sleep()
    assert shown.asked == [0, None]
    shown.driver.tick(2)
    assert shown.asked == [0, None, 0]


def test_terms_that_change_their_number_are_built_again(show_terms: Any) -> None:
    shown = show_terms()
    driver = shown.driver
    shown.trainer.serve(state=State.PLAYING, terms=shown.terms)
    shown.steps(1, 20)
    shown.steps(20, 30, lambda step: [*rover(step)[1:3], (Term(TermKind.REWARD, "new"), [float(step)])])
    assert driver.text("term:reward:new:value") == "29"
    assert "term:reward:action_rate" not in driver.identifiers()
    # another run, of a direct task
    other = StepTerms()
    other.num_envs, other.note = 2, "A direct task has no terms."
    shown.trainer.serve(terms=other)
    other.add(0, 1, [(Term(TermKind.OBSERVATION, "policy", 4), [0.0, 1.0, math.nan, 2.0])])
    driver.tick(12)
    assert driver.text("terms_note") == "A direct task has no terms."
    assert "term:reward:new" not in driver.identifiers()
    assert driver.text("term:observation:policy:value") == "NaN"
    # what is no finite number is marked, and unfolded to the value itself
    other.add(0, 2, [(Term(TermKind.OBSERVATION, "policy", 4), [0.0, 1.0, math.nan, 2.0])])
    driver.tick(12)
    marked = [driver.find(f"term:observation:policy{each}:value").name for each in ("", "[1]", "[2]")]
    assert marked == ["error", "", "error"]

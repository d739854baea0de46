# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The section *Drive* of the panel, visible during a playback: sliders for the commands, pushes, resets."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from dataclasses import dataclass

import omni.ui as ui

from ...isaac_lab.command_values import CommandValue, CommandValues
from ...runs import as_text
from ...training.commands import Pause, Step, TrainerPort, Unpause
from ...training.snapshot import DrivingView, Snapshot, State
from ..widgets import style
from ..widgets.fields import Dropdown, row
from ..widgets.pending import Pending
from ..widgets.section import Section
from ..widgets.settings import Settings
from ..widgets.weak import weak_callback
from .gamepad import GamepadButton
from .gamepad_driver import GamepadDriver
from .steering import STRONGEST, WEAKEST, Steering, driven_by

_TARGET = "What is driven: the environment that the viewport follows, the first one if it follows none, or all of them."
_RELEASE = "Give the commands back to the task: it samples new ones in the next step."
_PUSH = "Speed that a push adds to the robot's base [m/s]. Shift and a drag in the viewport push in its direction."
_KEYS = "Keys over the viewport: W S or arrows drive, A D turn, Q E sideways, X stops, R resets, Space pauses."
_ARROWS = "The arrows drive and turn while the viewport has the focus."
_NO_KEYS = "Keys over the viewport: R resets, Space pauses, a point steps once."


@dataclass
class _Row:
    term: CommandValues
    index: int
    value: CommandValue
    slider: ui.AbstractSlider
    subscriptions: list[object]
    shown: float = math.nan
    held: bool = False
    """Whether the user has the slider."""

    def hold(self, held: bool) -> None:
        """Notes whether the user has the slider."""
        self.held = held


class DriveSection:
    """A section in the current layout.

    Args:
        trainer: The trainer that plays.
        steering: Carries out what the user does.
        settings: Where is remembered whether the section is folded.
    """

    def __init__(self, trainer: TrainerPort, steering: Steering, settings: Settings) -> None:
        self._trainer, self._steering = trainer, steering
        pad = steering.gamepad
        self._gamepad = None if pad is None else GamepadDriver(pad, steering, self._gamepad_buttons())
        self._pending = Pending()
        self._terms: tuple[tuple[str, tuple[str, ...]], ...] | None = None
        self._rows: list[_Row] = []
        self._setting = False
        self._root = ui.VStack(height=0, visible=False)
        with (
            self._root,
            Section("Drive", "section_drive", settings) as self._section,
            ui.VStack(height=0, spacing=4),
        ):
            self._target_row = ui.VStack(height=0)
            with self._target_row, row("Environment", _TARGET):
                self._target = Dropdown("drive_target", _TARGET, self._picked)
                release = steering.release
                self._release = self._button("Release", "drive_release", _RELEASE, release, ui.Pixel(72))
            self._frame = ui.VStack(height=0, spacing=2)
            self._push_row = ui.VStack(height=0)
            with self._push_row, row("Push", _PUSH):
                self._strength = ui.FloatSlider(
                    min=WEAKEST, max=STRONGEST, step=0.1, identifier="drive_strength", tooltip=_PUSH
                )
                self._button(
                    "Push", "drive_push", "Push in a random direction of the ground.", self._push, ui.Pixel(72)
                )
            self._build_episode()
            self._words = ui.Label("", name="dim", word_wrap=True, identifier="drive_words")
        self._strength.model.set_value(steering.strength)
        self._subscription = self._strength.model.subscribe_value_changed_fn(weak_callback(self._slid))

    def _build_episode(self) -> None:
        steering, trainer = self._steering, self._trainer
        with row("Episode", "Ends episodes in the next step; they are not counted in the mean return."):
            reset = "Reset the environment that is shown (R in the viewport)."
            everyone = "Reset all environments (Shift+R in the viewport)."
            step = "One environment step, then a pause (the key with the point)."
            # as wide as their texts need beside each other in a narrow dock
            self._button("Reset", "drive_reset", reset, lambda: steering.reset(False), ui.Fraction(6))
            self._button("Reset all", "drive_reset_all", everyone, lambda: steering.reset(True), ui.Fraction(10))
            self._button("Step", "drive_step", step, lambda: trainer.request(Step()), ui.Fraction(6))

    def _gamepad_buttons(self) -> dict[GamepadButton, Callable[[], None]]:
        trainer, steering = self._trainer, self._steering

        def pause() -> None:
            trainer.request(Unpause() if trainer.snapshot().state is State.PAUSED else Pause())

        return {
            GamepadButton.A: pause,
            GamepadButton.B: lambda: steering.reset(False),
            GamepadButton.X: self._push,
            GamepadButton.Y: lambda: trainer.request(Step()),
        }

    def _button(
        self, text: str, identifier: str, tooltip: str, action: Callable[[], object], width: ui.Length
    ) -> ui.Button:
        clicked = self._pending.adding(action)
        return ui.Button(text, identifier=identifier, tooltip=tooltip, clicked_fn=clicked, width=width)

    def update(self, snapshot: Snapshot) -> None:
        """Follows the playback. Called once a frame, between omni.ui's callbacks; costs nothing while it is folded."""
        self._pending.run()
        driving = driven_by(snapshot)
        self._root.visible = driving is not None
        if driving is None or self._section.frame.collapsed:
            self._steering.update()
            return
        self._show(driving)
        self._steering.update()

    def _show(self, driving: DrivingView) -> None:
        terms, shown = driving.terms, self._steering.shown
        layout = tuple((term.name, tuple(value.name for value in term.values)) for term in terms)
        if layout != self._terms:
            self._terms = layout
            self._build(terms)
        options = [("one", str(shown)), ("all", f"All {driving.num_envs:,}")]
        self._target.set_options(options, "all" if self._steering.everyone else "one")
        self._push_row.visible = not driving.why_no_push
        self._target_row.visible = bool(terms) or self._push_row.visible
        self._release.visible = bool(terms)
        velocity, pad = self._steering.velocity is not None, self._gamepad
        if pad is not None:
            pad.update()
        known = _KEYS if velocity else _NO_KEYS
        if self._steering.arrows_only:
            known = _ARROWS if velocity else ""
        words = (driving.why_no_push, known, "" if pad is None else pad.words)
        self._say(" ".join(filter(None, words)))
        now = {term.name: driving.read(term.name, shown) for term in terms}
        by_name = {term.name: term for term in terms}
        for each in self._rows:
            each.term = by_name[each.term.name]
            self._show_value(each, now[each.term.name][each.index])

    def _say(self, words: str) -> None:
        if self._words.text != as_text(words):
            self._words.text = as_text(words)

    def _show_value(self, each: _Row, now: float) -> None:
        value = each.term.values[each.index]
        if value != each.value:  # a curriculum has changed the range
            each.value = value
            each.slider.min, each.slider.max = _ends(value)
        if not each.held and now != each.shown:
            each.shown = now
            self._setting = True
            each.slider.model.set_value(now)
            self._setting = False

    def _build(self, terms: tuple[CommandValues, ...]) -> None:
        self._frame.clear()
        self._rows.clear()
        with self._frame:
            for term in terms:
                if len(terms) > 1:
                    ui.Label(as_text(term.name), name="dim", height=0, elided_text=True)
                for index in range(len(term.values)):
                    self._rows.append(self._build_row(term, index))

    def _build_row(self, term: CommandValues, index: int) -> _Row:
        value = term.values[index]
        unit = f" [{value.unit}]" if value.unit else ""
        tooltip = as_text(f"{term.name}: {value.name}{unit}\n{_range_words(value)}")
        identifier = f"drive:{term.name}:{value.name}"
        with ui.HStack(height=style.ROW_HEIGHT, spacing=style.SPACING):
            ui.Label(as_text(f"{value.name}{unit}"), width=style.LABEL_WIDTH + 24, elided_text=True, tooltip=tooltip)
            if value.bounded:
                low, high = _ends(value)
                slider: ui.AbstractSlider = ui.FloatSlider(
                    min=low, max=high, precision=3, identifier=identifier, tooltip=tooltip
                )
                slider.enabled = value.low != value.high
            else:
                slider = ui.FloatDrag(precision=3, identifier=identifier, tooltip=tooltip)
        built = _Row(term, index, value, slider, [])
        number, moved, hold = len(self._rows), weak_callback(self._moved), weak_callback(built.hold)
        built.subscriptions += [
            slider.model.subscribe_value_changed_fn(lambda model: moved(number, model.as_float)),
            slider.model.subscribe_begin_edit_fn(lambda _: hold(True)),
            slider.model.subscribe_end_edit_fn(lambda _: hold(False)),
        ]
        return built

    def _moved(self, number: int, wanted: float) -> None:
        if not self._setting:
            moved = self._rows[number]
            self._pending.add(lambda: self._steering.set_value(moved.term, moved.index, wanted))

    def _picked(self) -> None:
        self._steering.everyone = self._target.value == "all"

    def _slid(self, model: ui.AbstractValueModel) -> None:
        self._steering.strength = model.as_float

    def _push(self) -> None:
        angle = random.uniform(0.0, 2.0 * math.pi)  # not of the run's random numbers
        self._steering.push(math.cos(angle), math.sin(angle))


def _ends(value: CommandValue) -> tuple[float, float]:
    low, high = value.low or 0.0, value.high or 0.0
    return (low, high) if low < high else (low, low + 1e-6)


def _range_words(value: CommandValue) -> str:
    if value.low is None or value.high is None:
        return "The task declares no range for it."
    if value.low == value.high:
        return f"Always {value.low:g} in this task."
    return f"The task asks for {value.low:g} to {value.high:g}."

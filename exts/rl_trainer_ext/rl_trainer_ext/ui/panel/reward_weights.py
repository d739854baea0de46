# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The weights of the reward terms: before a training an override each, during one a command to the trainer."""

from __future__ import annotations

import math
from dataclasses import dataclass

import omni.ui as ui

from ...errors import UserError, shortened
from ...isaac_lab.task_settings import Setting, TaskSettings
from ...runs import as_text
from ...training.commands import SetRewardWeight, TrainerPort
from ...training.snapshot import Snapshot, State
from ..settings.model import FormOverrides, SettingsModel
from ..widgets import keys, style
from ..widgets.fields import TextField
from ..widgets.layout import centred
from ..widgets.pending import Pending
from ..widgets.section import Section
from ..widgets.settings import Settings

_WITH_STEPS = (State.TRAINING, State.PAUSED)


@dataclass
class _Row:
    label: ui.Label
    field: TextField
    mark: ui.ZStack
    shown: str = ""
    """What the field says as long as the user does not type."""


class RewardWeights:
    """A section of the panel, built into the current layout. Hidden for a task without reward terms.

    Args:
        form: The overrides of the form.
        trainer: Gets the changes while it trains.
        settings: Stores whether the section is folded.
    """

    def __init__(self, form: FormOverrides, trainer: TrainerPort, settings: Settings) -> None:
        self._model, self._trainer = SettingsModel(form), trainer
        self._pending = Pending()
        self._terms: tuple[str, ...] = ()
        self._rows: dict[str, _Row] = {}
        self._settings_of: dict[str, Setting] = {}
        self._wanted: dict[str, float] = {}
        """The weights that the trainer has been asked for and does not have yet."""
        self._message = ""
        self._running = False
        self._root = ui.VStack(height=0, visible=False)
        with (
            self._root,
            Section("Reward weights", "section_rewards", settings, collapsed=True) as self._section,
            ui.VStack(height=0, spacing=style.SPACING),
        ):
            self._words = ui.Label("", name="dim", word_wrap=True, visible=False, identifier="rewards_words")
            self._problem = ui.Label("", name="warning", word_wrap=True, visible=False, identifier="rewards_problem")
            self._frame = ui.VStack(height=0, spacing=2)

    def update(self, snapshot: Snapshot, settings: TaskSettings | None, editable: bool) -> None:
        """Follows the form, or the training that runs. Called once a frame, between omni.ui's callbacks.

        Args:
            snapshot: The trainer.
            settings: All settings of the chosen task; None while they are not known.
            editable: Whether the form may be changed.
        """
        self._pending.run()
        run = snapshot.run
        trains = snapshot.state in _WITH_STEPS and run is not None and not run.playing
        folded = self._section.frame.collapsed
        if trains and run is not None and run.rewards is not None and not (folded and self._running):
            self._running = True
            self._show_live(dict(run.rewards.weights))
        elif not trains:
            self._message, self._running = "", False
            self._wanted.clear()
            self._show_form(settings, editable)

    def _show_live(self, weights: dict[str, float]) -> None:
        self._offer(tuple(weights))
        for term, weight in weights.items():
            if self._wanted.get(term) == weight:
                del self._wanted[term]
            self._show(term, _written(self._wanted.get(term, weight)), False, "", True)
        self._say("A change applies from the next step on, and is in the run's record.", self._message)

    def _show_form(self, settings: TaskSettings | None, editable: bool) -> None:
        self._model.follow(settings)
        weights = () if settings is None else settings.reward_weights
        self._settings_of = {setting.reward_term: setting for setting in weights}
        self._offer(tuple(self._settings_of))
        problem = self._model.unreadable
        for term, setting in self._settings_of.items():
            value, override, refused = self._model.state(setting)
            self._show(term, value, bool(override), refused, editable and not self._model.unreadable)
            problem = problem or refused
        self._say("", problem)

    def _offer(self, terms: tuple[str, ...]) -> None:
        if terms == self._terms:
            return
        self._terms = terms
        self._root.visible = bool(terms)
        self._frame.clear()
        self._rows.clear()
        with self._frame:
            for term in terms:
                self._rows[term] = self._build(term)

    def _build(self, term: str) -> _Row:
        said = "" if self._model.settings is None else self._model.settings.documentation(f"env.rewards.{term}.weight")
        tooltip = as_text("\n".join(filter(None, (f"env.rewards.{term}.weight", said))))
        with ui.HStack(height=style.ROW_HEIGHT, spacing=style.SPACING):
            label = ui.Label(as_text(term), elided_text=True, width=ui.Fraction(3), tooltip=tooltip)
            with ui.HStack(width=ui.Fraction(2)):
                left = self._pending.adding(lambda: self._left(term))
                field = TextField(f"reward_weight:{term}", tooltip, on_end=left)
                mark = ui.ZStack(width=18)
                with mark:
                    with ui.HStack():
                        ui.Spacer()
                        with centred(8):
                            ui.Rectangle(height=8, name="changed")
                        ui.Spacer(width=2)
                    ui.InvisibleButton(
                        identifier=f"reward_reset:{term}",
                        tooltip="Put back to the weight of the task.",
                        clicked_fn=self._pending.adding(lambda: self._reset(term)),
                    )
        mark.visible = False
        return _Row(label, field, mark)

    def _show(self, term: str, value: str, changed: bool, refused: str, enabled: bool) -> None:
        row = self._rows[term]
        if value != row.shown and not keys.has_keyboard(row.field):
            row.shown = row.field.value = value
        if row.field.enabled is not enabled:
            row.field.enabled = enabled
        name = ("invalid" if refused else "" if changed or self._running else "default") if enabled else "disabled"
        if row.field.widget.name != name:
            row.field.widget.name = name
        if row.mark.visible is not changed:
            row.mark.visible = changed

    def _say(self, words: str, problem: str) -> None:
        for label, text in ((self._words, words), (self._problem, problem)):
            if label.text != as_text(text):
                label.text, label.visible = as_text(text), bool(text)

    def _left(self, term: str) -> None:
        row = self._rows.get(term)
        if row is None or row.field.value == row.shown:
            return
        typed = row.field.value
        if not self._running:
            row.shown = typed
            self._model.change(self._settings_of[term], typed)
            return
        try:
            self._wanted[term] = _weight(term, typed)
            self._trainer.request(SetRewardWeight(term, self._wanted[term]))
            self._message = ""
        except UserError as error:
            self._message = str(error)
            row.field.value = row.shown

    def _reset(self, term: str) -> None:
        if not self._running:
            self._model.reset(self._settings_of[term].key)


def _written(weight: float) -> str:
    return f"{weight:g}" if float(f"{weight:g}") == weight else repr(weight)


def _weight(term: str, typed: str) -> float:
    """Returns the weight that the user typed.

    Raises:
        UserError: When it is no finite number.
    """
    try:
        weight = float(typed)
    except ValueError:
        weight = math.nan
    if not math.isfinite(weight):
        raise UserError(f"The weight of {term} must be a finite number, not '{shortened(typed.strip())}'.")
    return weight

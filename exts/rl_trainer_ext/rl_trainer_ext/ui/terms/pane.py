# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The terms of one environment in a frame, step by step. While it is hidden, nothing is read."""

from __future__ import annotations

import time
from collections.abc import Callable

import omni.ui as ui

from ...errors import UserError
from ...metrics.step_terms import StepTerms, TermKind
from ...training.commands import TrainerPort, WatchTerms
from ...training.snapshot import Snapshot, State
from ..widgets import keys, style
from ..widgets.fields import TextField
from ..widgets.pane import PaneFrame
from ..widgets.pending import Pending
from ..widgets.plot import REDRAW_INTERVAL
from ..widgets.section import Section
from ..widgets.settings import Settings
from ..widgets.text import parse_integer
from .rows import TermRow, largest_of

_ENVIRONMENT = "The environment whose terms are shown. It is the one that the viewport follows, if it follows one."
_READ = (
    "The last step that was read, and how many are. Reading takes at most 1.5 % of a training's time: where steps are "
    "too short for that, some are left out."
)
_EMPTY = "The terms of one environment appear here, step by step.\nTrain, play or load a task."
_MARGIN = 60


class TermsPane:
    """Fills a frame. Callbacks enqueue actions; :meth:`update` runs them.

    Args:
        frame: The frame to fill; the host owns its window.
        trainer: The trainer whose run is read.
        settings: Where is remembered which kinds are folded.
        followed: Returns the environment that the viewport follows; None for none.
        clock: Seconds, as ``time.monotonic``.
    """

    def __init__(
        self,
        frame: ui.Frame,
        trainer: TrainerPort,
        settings: Settings,
        followed: Callable[[], int | None] = lambda: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._trainer, self._settings, self._clock = trainer, settings, clock
        self._following, self._followed = followed, followed()
        self._pending = Pending()
        self._environment = self._followed or 0
        self._asked: int | None = None
        self._terms: StepTerms | None = None
        self._layout = self._version = -1
        self._drawn_at = float("-inf")
        self._groups: list[tuple[TermKind, Section, list[TermRow]]] = []
        self._pane = PaneFrame(frame)
        with self._pane.content(right=4):
            self._build_bar()
            self._note = ui.Label("", name="dim", height=0, word_wrap=True, visible=False, identifier="terms_note")
            with ui.ZStack():
                self._view = ui.ScrollingFrame(**style.NO_HORIZONTAL)
                with self._view:
                    self._body = ui.VStack(height=0, spacing=4)
                self._empty = ui.Label(
                    _EMPTY, name="dim", alignment=ui.Alignment.CENTER, word_wrap=True, identifier="terms_empty"
                )

    def _build_bar(self) -> None:
        with ui.HStack(height=style.ROW_HEIGHT, spacing=4):
            ui.Label("Environment", width=0, name="dim", tooltip=_ENVIRONMENT)
            tooltips = "Show the one before.", "Show the next one."
            before, after = self._pending.adding(lambda: self._step(-1)), self._pending.adding(lambda: self._step(1))
            ui.Button("<", width=22, identifier="terms_previous", tooltip=tooltips[0], clicked_fn=before)
            with ui.ZStack(width=54):
                self._field = TextField("terms_environment", _ENVIRONMENT, "0", self._typed)
            ui.Button(">", width=22, identifier="terms_next", tooltip=tooltips[1], clicked_fn=after)
            ui.Spacer(width=2)
            self._status = ui.Label("", name="dim", elided_text=True, identifier="terms_status", tooltip=_READ)

    def update(self) -> None:
        """Asks for the terms and shows what is new. Called once a frame while the window is visible."""
        self._pending.run()
        snapshot = self._trainer.snapshot()
        followed = self._following()
        if followed != self._followed:
            self._followed = followed
            self._environment = self._environment if followed is None else followed
        if self._asked != self._environment and snapshot.state is not State.LOADING:
            self._asked = self._environment
            self._trainer.request(WatchTerms(self._environment))
        terms = None if snapshot.run is None else snapshot.run.terms
        if not keys.has_keyboard(self._field):
            self._field.value = str(self._environment)
        if terms is not self._terms:
            self._terms, self._layout, self._version = terms, -1, -1
        now = self._clock()
        if now - self._drawn_at >= REDRAW_INTERVAL:
            self._drawn_at = now
            self._show(snapshot, terms)

    def _show(self, snapshot: Snapshot, terms: StepTerms | None) -> None:
        words = "" if terms is None or not terms.num_envs else terms.problem or terms.note
        self._note.text, self._note.visible = words, bool(words)
        if terms is None or not terms.version:
            if not self._groups:
                self._empty.visible = True
            self._status.text = "" if snapshot.run is None else "No step yet"
            return
        if terms.layout != self._layout:
            self._layout = terms.layout
            self._build(terms)
            return  # what was just built has no place yet
        if terms.num_envs and self._environment >= terms.num_envs:
            self._environment = terms.environment
        if terms.version == self._version:
            self._status.text = self._status_words(terms)
            return
        self._version = terms.version
        self._status.text = self._status_words(terms)
        for kind, section, rows in self._groups:
            if section.frame.collapsed or not len(terms.steps):
                continue
            compared = kind in (TermKind.REWARD, TermKind.TERMINATION)
            # the sum is not on the scale of its terms: it is per step, they are per second
            largest = largest_of(terms, rows[1:] or rows) if compared else 0.0
            for row in rows:
                row.update(terms, self._in_sight, 0.0 if compared and row is rows[0] and len(rows) > 1 else largest)

    def _status_words(self, terms: StepTerms) -> str:
        steps = terms.steps
        if len(steps) < 2:
            return f"Step {terms.steps[-1]:,}" if len(steps) else ""
        apart = (steps[-1] - steps[0]) / (len(steps) - 1)
        which = "every step" if apart < 1.05 else f"one step of {apart:.3g}"
        return f"Step {steps[-1]:,}, {which}"

    def _build(self, terms: StepTerms) -> None:
        """Builds a row for each term; called again when there are other terms."""
        self._empty.visible = False
        self._groups = []
        self._body.clear()
        with self._body:
            for kind in TermKind:
                places = [index for index, term in enumerate(terms.terms) if term.kind is kind]
                if not places:
                    continue
                with Section(kind.value, f"section_terms_{kind.name.lower()}", self._settings) as section:
                    rows = [TermRow(index, terms.terms[index]) for index in places]
                self._groups.append((kind, section, rows))

    def _in_sight(self, row: ui.Widget) -> bool:
        height = row.computed_height
        place = row.screen_position_y - self._view.screen_position_y
        return not height or -height - _MARGIN < place < self._view.computed_height + _MARGIN

    def _step(self, by: int) -> None:
        count = 0 if self._terms is None else self._terms.num_envs
        self._environment = (self._environment + by) % count if count else max(0, self._environment + by)

    def _typed(self) -> None:
        try:
            number = parse_integer("", self._field.value)
        except UserError:
            return
        count = 0 if self._terms is None else self._terms.num_envs
        if number is not None and 0 <= number < (count or number + 1):
            self._environment = number

    def sleep(self) -> None:
        """Ends the reading, as long as :meth:`update` is not called."""
        if self._asked is not None:
            self._asked = None
            self._trainer.request(WatchTerms(None))

    def destroy(self) -> None:
        """Clears the frame."""
        self.sleep()
        self._pane.destroy()

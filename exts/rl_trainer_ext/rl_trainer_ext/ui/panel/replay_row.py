# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The steps of a replay: a slider over them, and what of the shown step is no finite number."""

from __future__ import annotations

from collections.abc import Callable

import omni.ui as ui

from ...runs import as_text
from ...training.commands import ShowStep, TrainerPort
from ...training.snapshot import ReplayView, Snapshot
from ..widgets import style
from ..widgets.pending import Pending
from ..widgets.weak import weak_callback

_TOOLTIP = (
    "The steps that were kept before a value was no finite number; the last is the one in which it came.\n"
    "Space plays and pauses, the keys with the point and the comma show the next and the one before."
)
_MOST_NAMES = 4


class ReplayRow:
    """Rows in the current layout, visible during a replay.

    Args:
        trainer: The trainer that replays.
        show_terms: Shows the host's window of the terms; None leaves its button out.
    """

    def __init__(self, trainer: TrainerPort, show_terms: Callable[[], None] | None) -> None:
        self._trainer = trainer
        self._pending = Pending()
        self._shown: ReplayView | None = None
        self._setting = False
        self._root = ui.VStack(height=0, spacing=4, visible=False, identifier="replay")
        with self._root:
            with ui.HStack(height=style.ROW_HEIGHT, spacing=4):
                ui.Label("Replayed step", tooltip=_TOOLTIP)
                self._button("<", "replay_previous", "The step before (the key with the comma).", -1)
                self._button(">", "replay_next", "The next step (the key with the point).", 1)
                if show_terms is not None:
                    ui.Button(
                        "Terms",
                        width=60,
                        identifier="replay_terms",
                        tooltip="Show the terms, observations and states up to this step.",
                        clicked_fn=self._pending.adding(show_terms),
                    )
            self._slider = ui.IntSlider(
                min=0, max=1, height=style.ROW_HEIGHT, identifier="replay_step", tooltip=_TOOLTIP
            )
            self._bad = ui.Label("", name="error", word_wrap=True, height=0, identifier="replay_bad")
            self._sentence = ui.Label("", name="dim", word_wrap=True, height=0, identifier="replay_sentence")
        self._changed = self._slider.model.subscribe_value_changed_fn(weak_callback(self._slid))

    def _button(self, text: str, identifier: str, tooltip: str, by: int) -> None:
        clicked = self._pending.adding(lambda: self._step(by))
        ui.Button(text, width=22, identifier=identifier, tooltip=tooltip, clicked_fn=clicked)

    def update(self, snapshot: Snapshot) -> None:
        """Follows the replay. Called once a frame, outside omni.ui's callbacks."""
        self._pending.run()
        replay = None if snapshot.run is None or not snapshot.previewing else snapshot.run.replay
        if replay == self._shown:
            return
        self._shown = replay
        self._root.visible = replay is not None and bool(replay.steps)
        if replay is None or not replay.steps:
            return
        first, last = replay.steps[0], replay.steps[-1]
        self._setting = True
        self._slider.min, self._slider.max = first, max(last, first + 1)
        self._slider.model.set_value(replay.steps[replay.index])
        self._setting = False
        more = len(replay.bad) - _MOST_NAMES
        names = [*replay.bad[:_MOST_NAMES], *([f"{more} more"] if more > 0 else [])]
        self._bad.text = as_text(f"Not finite in this step: {'; '.join(names)}. {replay.note}".strip())
        self._bad.visible = bool(replay.bad)
        self._sentence.text = as_text(replay.sentence)
        self._sentence.visible = not replay.bad

    def _slid(self, model: ui.AbstractValueModel) -> None:
        if not self._setting:
            wanted = model.as_int
            self._pending.add(lambda: self._seek(wanted))

    def _seek(self, step: int) -> None:
        """Shows the last step up to this number."""
        replay = self._shown
        if replay is not None:
            self._trainer.request(ShowStep(max(0, sum(each <= step for each in replay.steps) - 1)))

    def _step(self, by: int) -> None:
        show_other_step(self._trainer, by)


def show_other_step(trainer: TrainerPort, by: int) -> bool:
    """Shows another step of a replay, this many later; returns whether there is a replay."""
    snapshot = trainer.snapshot()
    replay = None if snapshot.run is None or not snapshot.previewing else snapshot.run.replay
    if replay is None:
        return False
    trainer.request(ShowStep(min(max(replay.index + by, 0), len(replay.steps) - 1)))
    return True

# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The buttons that record a clip of the viewport, or save a picture of it."""

from __future__ import annotations

import omni.ui as ui

from ... import wording
from ...training.commands import Record, TakePicture, TrainerPort
from ...training.snapshot import Recording, Snapshot, State
from ..widgets.fields import row

_TOOLTIP = "Clips and pictures of the viewport, in the run's folder videos."
_RECORD = "Record every step that the run makes from now on, until you click again. This slows the run down."
_STOP = "End the clip and save it."
_PICTURE = "Save what the viewport shows as a PNG file."
_RUNNING = (State.TRAINING, State.PLAYING)


class RecordingButtons:
    """A row in the current layout.

    Args:
        trainer: The trainer whose run is recorded.
    """

    def __init__(self, trainer: TrainerPort) -> None:
        self._trainer = trainer
        self._shown: tuple[bool, bool, bool] | None = None
        self._recorded = ""
        with row("Video", _TOOLTIP):
            self._record = ui.Button(
                "Record", identifier="record", tooltip=_RECORD, clicked_fn=self._toggle, width=ui.Fraction(1)
            )
            self._picture = ui.Button(
                "Picture",
                identifier="picture",
                tooltip=_PICTURE,
                clicked_fn=lambda: trainer.request(TakePicture()),
                width=ui.Fraction(1),
            )

    def _toggle(self) -> None:
        recording = _recording(self._trainer.snapshot())
        self._trainer.request(Record(recording is None or recording.path is None))

    def update(self, snapshot: Snapshot) -> None:
        """Enables the buttons that can be used now, and shows how long the clip is."""
        recording = _recording(snapshot)
        active = recording is not None and recording.path is not None
        can_record = snapshot.state in _RUNNING and recording is not None
        can_draw = (
            can_record or (recording is not None and snapshot.state is State.PAUSED)
        ) and not snapshot.viewport_problem
        shown = (active, can_record and not snapshot.viewport_problem, can_draw)
        if shown != self._shown:
            self._shown = shown
            _, self._record.enabled, self._picture.enabled = shown
            self._record.name = "recording" if active else ""
            self._record.set_tooltip(_STOP if active else _RECORD)
        text = f"Stop  {_length(recording)}" if active and recording is not None else "Record"
        if text != self._recorded:
            self._recorded = self._record.text = text


def _recording(snapshot: Snapshot) -> Recording | None:
    return None if snapshot.run is None else snapshot.run.recording


def _length(recording: Recording) -> str:
    return wording.duration(recording.pictures / recording.rate)

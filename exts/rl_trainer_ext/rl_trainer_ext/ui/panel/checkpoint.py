# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Which checkpoint is played or trained on, and how fast it is played."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import omni.ui as ui

from ...runs import Difference, as_text
from ...training.snapshot import CheckpointDetails
from ..widgets import style
from ..widgets.fields import Dropdown, TextField, row
from ..widgets.section import Section
from ..widgets.settings import Settings, remembered_number, remembered_text
from ..widgets.weak import weak_callback

Browse = Callable[[Callable[[str], None]], None]
"""Opens a file picker; hands the chosen path to the function given, later, unless the user cancels."""

SPEEDS = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 0.0)
"""The playback speeds on offer: multiples of real time; 0 is as fast as possible."""

_FASTEST = 1000.0
"""The highest speed that is remembered: that of a command line, which may be any."""

_CHANGES_SHOWN = 4
"""Changed settings that are named; the tooltip has all."""


class CheckpointFields:
    """A section of the form, built into the current layout.

    Args:
        settings: Where the values are taken from at first.
        browse: The host's file picker; None leaves the button out.
        on_change: Called when the user changed the checkpoint, or whether training resumes from it.
        on_speed: Called with the playback speed that the user chose.
    """

    def __init__(
        self,
        settings: Settings,
        browse: Browse | None,
        on_change: Callable[[], None],
        on_speed: Callable[[float], None],
    ) -> None:
        self._settings, self._browse = settings, browse
        self._on_change, self._on_speed = on_change, on_speed
        with (
            Section("Checkpoint and playback", "section_checkpoint", settings),
            ui.VStack(height=0, spacing=style.SPACING),
        ):
            self._build()
        self.set(
            remembered_text(settings, "checkpoint"),
            settings.get("continue", False) is True,
            remembered_number(settings, "speed", 1.0, 0.0, _FASTEST),
        )
        self._subscription = self._resume.model.subscribe_value_changed_fn(weak_callback(self._resume_changed))

    def _build(self) -> None:
        tooltip = "What Play plays, and what training resumes from: latest, best, or the path of a checkpoint."
        with row("Checkpoint", tooltip):
            self._checkpoint = TextField("checkpoint", tooltip, "latest", self._on_change)
            if self._browse is not None:
                self._button = ui.Button(
                    "Browse…",
                    width=64,
                    identifier="checkpoint_browse",
                    tooltip="Choose a checkpoint file.",
                    clicked_fn=self._pick,
                )
        tooltip = "Train starts from this checkpoint rather than from scratch; iterations are then additional ones."
        with row("", tooltip):
            with ui.VStack(width=16):
                ui.Spacer(height=6)
                self._resume = ui.CheckBox(identifier="resume_from", height=16, tooltip=tooltip)
            self._resume_label = ui.Label("Resume training from it", tooltip=tooltip, elided_text=True)
        self._origin = ui.Label("", name="dim", word_wrap=True, visible=False, identifier="origin")
        tooltip = "How fast a checkpoint is played, as a multiple of real time. Takes effect at once."
        with row("Play speed", tooltip):
            self._speeds = Dropdown("speed", tooltip, self._speed_changed)

    def show_origin(self, details: CheckpointDetails | None) -> None:
        """Says what training would resume from, and what would not be as it was; None says nothing."""
        self._origin.visible = details is not None
        if details is not None:
            self._origin.name = "warning" if details.problem else "dim"
            self._origin.text = as_text(details.problem or origin_words(details))
            self._origin.set_tooltip(as_text("\n".join(map(_change, details.changes))))

    def set(self, checkpoint: str, resumes: bool, speed: float) -> None:
        """Writes the fields. Call it between frames only."""
        self._setting = True
        self._checkpoint.value = checkpoint
        self._resume.model.set_value(resumes)
        self._setting = False
        speed = float(speed)
        speeds = SPEEDS if speed in SPEEDS else (speed, *SPEEDS)
        self._speeds.set_options([(repr(each), _speed_label(each)) for each in speeds], repr(speed))

    def _resume_changed(self, model: ui.AbstractValueModel) -> None:
        if not self._setting:
            self._on_change()

    def _speed_changed(self) -> None:
        self._settings.set("speed", self.speed)
        self._on_speed(self.speed)

    def _pick(self) -> None:
        def picked(path: str) -> None:
            self._checkpoint.value = path
            self._on_change()

        if self._browse is not None:
            self._browse(picked)

    @property
    def checkpoint(self) -> str:
        """``latest``, ``best`` or a path."""
        return self._checkpoint.value.strip() or "latest"

    @property
    def resumes(self) -> bool:
        """Whether training starts from the checkpoint."""
        return self._resume.model.as_bool

    @property
    def speed(self) -> float:
        """Playback speed as a multiple of real time; 0 is as fast as possible."""
        return float(self._speeds.value)

    def enable(self, enabled: bool) -> None:
        """Whether the checkpoint can be changed; the speed always can."""
        self._checkpoint.enabled = self._resume.enabled = self._resume_label.enabled = enabled
        if self._browse is not None:
            self._button.enabled = enabled

    def remembered(self) -> dict[str, Any]:
        """What to keep in the settings."""
        return {"checkpoint": self._checkpoint.value, "continue": self.resumes}


def _speed_label(speed: float) -> str:
    if speed == 0:
        return "as fast as possible"
    return f"{speed:g}x real time" if speed != 1 else "real time"


def origin_words(details: CheckpointDetails) -> str:
    """What training would resume from, in a sentence or two."""
    where = "" if details.path is None else f"Resumes from {details.path.parent.name}/{details.path.name}"
    words = f"{where}, iteration {details.iteration:,}." if details.iteration is not None else f"{where}."
    changes = [_change(one) for one in details.changes[:_CHANGES_SHOWN]]
    if changes:
        more = len(details.changes) - len(changes)
        words += f" Differs from the checkpoint: {', '.join(changes)}{f' and {more} more' if more else ''}."
    return words


def _change(change: Difference) -> str:
    # the font that Kit and ovui draw with has no arrow
    return f"{change.key} {_value(change.second)} (was {_value(change.first)})"


def _value(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)

# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The fields of the checkpoint that is played or resumed, and of the playback speed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import omni.ui as ui

from ...run_config import RunConfig
from ...runs import Difference, as_text, run_dir_of
from ...training.snapshot import CheckpointDetails
from ..widgets import style
from ..widgets.fields import Dropdown, LabelledCheckBox, TextField, row
from ..widgets.section import Section
from ..widgets.settings import Settings, remembered_number, remembered_text
from .form_fields import FormField

Browse = Callable[[Callable[[str], None]], None]
"""Opens a file picker, which later calls the function with the chosen path unless the user cancels."""

SPEEDS = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 0.0)
"""The playback speeds on offer: multiples of real time; 0 is as fast as possible."""

_FASTEST = 1000.0
"""The highest speed that is restored: a command line may have asked for any."""

_CHANGES_SHOWN = 4
"""Number of changed settings that are named; the tooltip names all."""


class CheckpointFields(FormField):
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

    def _build(self) -> None:
        tooltip = (
            "The checkpoint to play, or to train from: latest, best (by the mean reward in training), best_evaluated,\n"
            "a path, or pretrained for the one that Isaac Lab publishes for the task."
        )
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
        tooltip = "Train resumes from this checkpoint instead of starting from scratch; iterations are then additional."
        with row("", tooltip):
            self._resume = LabelledCheckBox(
                "Resume training from it", "resume_from", tooltip, self._resume_clicked, stretch=True
            )
        tooltip = (
            "Train starts a new training with the weights and normalisers of the checkpoint:\n"
            "the optimizer is new, and iterations count from 0. On the command line: --fine_tune."
        )
        with row("", tooltip):
            self._fine_tune = LabelledCheckBox(
                "Fine-tune: only its weights", "fine_tune", tooltip, self._fine_tune_clicked, stretch=True
            )
        self._origin = ui.Label("", name="dim", word_wrap=True, visible=False, identifier="origin")
        tooltip = "How fast a checkpoint is played, as a multiple of real time. Takes effect at once."
        with row("Play speed", tooltip):
            self._speeds = Dropdown("speed", tooltip, self._speed_changed)

    def show_origin(self, details: CheckpointDetails | None) -> None:
        """Shows what training would start from and what differs from the checkpoint; None hides it."""
        self._origin.visible = details is not None
        if details is not None:
            self._origin.name = "warning" if details.problem else "dim"
            self._origin.text = as_text(details.problem or origin_words(details))
            self._origin.set_tooltip(as_text("\n".join(map(_change, details.changes))))

    def restore(self, settings: Settings) -> None:
        self._set(
            remembered_text(settings, "checkpoint"),
            settings.get("continue", False) is True,
            settings.get("fine_tune", False) is True,
            remembered_number(settings, "speed", 1.0, 0.0, _FASTEST),
        )

    def remembered(self) -> dict[str, Any]:
        return {
            "checkpoint": self._checkpoint.value,
            "continue": self._resume.value,
            "fine_tune": self._fine_tune.value,
        }

    def values(self, playing: bool) -> dict[str, Any]:
        checkpoint = self._checkpoint.value.strip() or "latest"
        return {
            "checkpoint": checkpoint if playing or self.trains_from_it else None,
            "speed": self.speed,
            "fine_tune": self._fine_tune.value and not playing,
        }

    def show(self, config: RunConfig, playing: bool) -> None:
        trains_from_it = not playing and config.checkpoint is not None
        resumes, fine_tunes = trains_from_it and not config.fine_tune, trains_from_it and config.fine_tune
        self._set(config.checkpoint or "", resumes, fine_tunes, config.speed)

    def enable(self, idle: bool) -> None:
        # the speed can be changed while a checkpoint plays
        self._checkpoint.enabled = self._resume.enabled = self._fine_tune.enabled = idle
        if self._browse is not None:
            self._button.enabled = idle

    def _set(self, checkpoint: str, resumes: bool, fine_tunes: bool, speed: float) -> None:
        self._checkpoint.value, self._resume.value, self._fine_tune.value = checkpoint, resumes, fine_tunes
        speed = float(speed)
        speeds = SPEEDS if speed in SPEEDS else (speed, *SPEEDS)
        self._speeds.set_options([(repr(each), _speed_label(each)) for each in speeds], repr(speed))

    def _speed_changed(self) -> None:
        self._settings.set("speed", self.speed)
        self._on_speed(self.speed)

    def _pick(self) -> None:
        def picked(path: str) -> None:
            self._checkpoint.value = path
            self._on_change()

        if self._browse is not None:
            self._browse(picked)

    def _resume_clicked(self) -> None:
        if self._resume.value:
            self._fine_tune.value = False  # a training either resumes or is a new one
        self._on_change()

    def _fine_tune_clicked(self) -> None:
        if self._fine_tune.value:
            self._resume.value = False
        self._on_change()

    @property
    def resumes(self) -> bool:
        """Whether training resumes from the checkpoint."""
        return self._resume.value

    @property
    def trains_from_it(self) -> bool:
        """Whether training resumes from the checkpoint, or takes its weights."""
        return self._resume.value or self._fine_tune.value

    @property
    def speed(self) -> float:
        """Playback speed as a multiple of real time; 0 is as fast as possible."""
        return float(self._speeds.value)


def _speed_label(speed: float) -> str:
    if speed == 0:
        return "as fast as possible"
    return f"{speed:g}x real time" if speed != 1 else "real time"


def origin_words(details: CheckpointDetails) -> str:
    """Describes what training would start from, in one or two sentences."""
    verb = "Takes the weights of" if details.config.fine_tune else "Resumes from"
    where = ""
    if details.path is not None:
        where = f"{verb} {run_dir_of(details.path, details.config.library).name}/{details.path.name}"
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

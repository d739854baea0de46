# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The message about a failure, with its traceback."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import omni.ui as ui

from ...run_config import RunConfig
from ...runs import as_text
from ...training.commands import DismissFailure, TrainerPort, Trust
from ...training.snapshot import Snapshot
from ..widgets import style

_PADDING = 8
_TEXT_HEIGHT = 180


class FailureBox:
    """Shows a message in the current layout, and takes no space without one.

    Args:
        trainer: The trainer whose failures are shown.
        on_dismiss: Called when the user dismisses a message of the panel's own.
        on_choose: Called with the configuration of the run whose good checkpoint the user chooses.
        on_replay: Called with the file of the last steps that the user wants to see.
    """

    def __init__(
        self,
        trainer: TrainerPort,
        on_dismiss: Callable[[], None],
        on_choose: Callable[[RunConfig], None],
        on_replay: Callable[[Path], object],
    ) -> None:
        self._trainer, self._on_dismiss = trainer, on_dismiss
        self._on_choose, self._on_replay = on_choose, on_replay
        self._root = ui.ZStack(height=0, visible=False, identifier="failure")
        with self._root:
            ui.Rectangle(name="failure")
            with ui.HStack(height=0):
                ui.Spacer(width=_PADDING)
                with ui.VStack(height=0, spacing=style.SPACING):
                    ui.Spacer(height=2)
                    self._message = ui.Label("", word_wrap=True, identifier="error_message", height=0)
                    self._build_buttons()
                    self._replay = ui.Button(
                        "Replay last steps…",
                        height=style.ROW_HEIGHT,
                        identifier="error_replay",
                        tooltip="Show the steps before it in the viewport, one by one.",
                        clicked_fn=self._replay_clicked,
                    )
                    self._text = ui.StringField(
                        multiline=True, read_only=True, height=_TEXT_HEIGHT, visible=False, identifier="error_text"
                    )
                    ui.Spacer(height=2)
                ui.Spacer(width=_PADDING)
        self._shown = ("", "", True, False, "", False)
        self._own = False

    def _build_buttons(self) -> None:
        with ui.HStack(height=style.ROW_HEIGHT, spacing=style.SPACING):
            self._details = ui.Button(
                "Details",
                width=90,
                identifier="error_details",
                tooltip="Show the traceback, which can be selected and copied.",
                clicked_fn=self._toggle,
            )
            self._trust = ui.Button(
                "Trust",
                width=80,
                identifier="error_trust",
                tooltip="Load this file now and in future, although it can run code. Trust only authors you know.",
                clicked_fn=self._trust_clicked,
            )
            self._choose = ui.Button("Choose it", width=90, identifier="error_choose", clicked_fn=self._choose_clicked)
            ui.Spacer()
            self._dismiss = ui.Button(
                "Dismiss",
                width=80,
                identifier="error_dismiss",
                tooltip="Hide this message.",
                clicked_fn=self._dismiss_clicked,
            )

    def update(self, snapshot: Snapshot, message: str) -> None:
        """Shows the trainer's failure, or what goes before it. Called once a frame.

        Args:
            snapshot: The trainer as it is now.
            message: A message of the panel's own; empty for none.
        """
        failure = snapshot.failure
        self._own = bool(message)
        if message or failure is None:
            self._show(message or snapshot.held, lasting=not message)
        else:
            self._show(
                failure.message,
                failure.details,
                asks_for_trust=bool(failure.untrusted),
                checkpoint="" if failure.checkpoint is None else failure.checkpoint.name,
                can_replay=failure.kept_steps is not None,
            )

    def _show(
        self,
        message: str,
        details: str = "",
        lasting: bool = False,
        asks_for_trust: bool = False,
        checkpoint: str = "",
        can_replay: bool = False,
    ) -> None:
        """Shows a message; an empty one hides the box.

        Args:
            message: The sentence.
            details: The traceback.
            lasting: Whether it cannot be dismissed.
            asks_for_trust: Whether the user can trust the file that it names.
            checkpoint: Name of the checkpoint that it offers; empty for none.
            can_replay: Whether the last steps before it were kept.
        """
        shown = (message, details, lasting, asks_for_trust, checkpoint, can_replay)
        if shown == self._shown:
            return
        self._shown = shown
        self._replay.visible = can_replay
        self._choose.visible = bool(checkpoint)
        self._choose.set_tooltip(f"Select {checkpoint} below, to play it or to resume training from it.")
        message, details = as_text(message), as_text(details)
        self._trust.visible = asks_for_trust
        self._root.visible = bool(message)
        self._message.text = message
        self._text.model.set_value(details)
        self._text.visible = False
        self._details.visible = bool(details)
        self._dismiss.visible = not lasting
        self._details.text = "Details"

    def _toggle(self) -> None:
        self._text.visible = not self._text.visible
        self._details.text = "Hide details" if self._text.visible else "Details"

    def _trust_clicked(self) -> None:
        failure = self._trainer.snapshot().failure
        if failure is not None:
            self._trainer.request(Trust(failure.untrusted))

    def _choose_clicked(self) -> None:
        """Offers the checkpoint with the configuration of its run."""
        snapshot = self._trainer.snapshot()
        failure, config = snapshot.failure, snapshot.config
        if failure is not None and failure.checkpoint is not None and config is not None:
            self._on_choose(config.replace(checkpoint=str(failure.checkpoint)))

    def _replay_clicked(self) -> None:
        failure = self._trainer.snapshot().failure
        if failure is not None and failure.kept_steps is not None:
            self._on_replay(failure.kept_steps)

    def _dismiss_clicked(self) -> None:
        if self._own:
            self._on_dismiss()
        else:
            self._trainer.request(DismissFailure())

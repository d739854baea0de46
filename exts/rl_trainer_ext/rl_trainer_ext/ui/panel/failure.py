# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The message about a failure, with its traceback."""

from __future__ import annotations

from collections.abc import Callable

import omni.ui as ui

from ...runs import as_text
from ..widgets import style

_PADDING = 8
_TEXT_HEIGHT = 180


class FailureBox:
    """Shows a message in the current layout, and takes no space without one.

    Args:
        on_dismiss: Called when the user dismisses the message.
        on_trust: Called when the user trusts the file that the message names.
        on_choose: Called when the user chooses the checkpoint that the message offers.
        on_replay: Called when the user wants to replay the last steps that the message offers.
    """

    def __init__(
        self,
        on_dismiss: Callable[[], None],
        on_trust: Callable[[], None],
        on_choose: Callable[[], None],
        on_replay: Callable[[], None],
    ) -> None:
        self._root = ui.ZStack(height=0, visible=False, identifier="failure")
        with self._root:
            ui.Rectangle(name="failure")
            with ui.HStack(height=0):
                ui.Spacer(width=_PADDING)
                with ui.VStack(height=0, spacing=style.SPACING):
                    ui.Spacer(height=2)
                    self._message = ui.Label("", word_wrap=True, identifier="error_message", height=0)
                    self._build_buttons(on_dismiss, on_trust, on_choose)
                    self._replay = ui.Button(
                        "Replay last steps…",
                        height=style.ROW_HEIGHT,
                        identifier="error_replay",
                        tooltip="Show the steps before it in the viewport, one by one.",
                        clicked_fn=on_replay,
                    )
                    self._text = ui.StringField(
                        multiline=True, read_only=True, height=_TEXT_HEIGHT, visible=False, identifier="error_text"
                    )
                    ui.Spacer(height=2)
                ui.Spacer(width=_PADDING)
        self._shown = ("", "", True, False, "", False)

    def _build_buttons(
        self, on_dismiss: Callable[[], None], on_trust: Callable[[], None], on_choose: Callable[[], None]
    ) -> None:
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
                clicked_fn=on_trust,
            )
            self._choose = ui.Button("Choose it", width=90, identifier="error_choose", clicked_fn=on_choose)
            ui.Spacer()
            self._dismiss = ui.Button(
                "Dismiss",
                width=80,
                identifier="error_dismiss",
                tooltip="Hide this message.",
                clicked_fn=on_dismiss,
            )

    def show(
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

# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""A bar with the outcome of the last action, and a button that undoes it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import omni.ui as ui

from ...runs import as_text
from . import style

MESSAGE_SECONDS = 30.0
"""How long a message is shown [s]; its action can be undone afterwards too."""


class Message(Protocol):
    """The content of the bar."""

    @property
    def text(self) -> str:
        """One sentence."""
        ...

    @property
    def is_error(self) -> bool:
        """Whether something could not be done."""
        ...

    @property
    def can_undo(self) -> bool:
        """Whether the action can be undone."""
        ...


class MessageBar:
    """The outcome of the last action, with Undo; visible for a while. Built into the current layout.

    Args:
        prefix: Begins the identifiers of its widgets.
        message: Returns the present message; None where there is none.
        dismiss: Called when the user closes it, and when it has been shown for :data:`MESSAGE_SECONDS`.
        undo: The callback of the Undo button.
        clock: Seconds, as ``time.monotonic``.
        wrap: Whether a long message takes several lines, rather than to be cut off with the rest in its tooltip.
    """

    def __init__(
        self,
        prefix: str,
        message: Callable[[], Message | None],
        dismiss: Callable[[], None],
        undo: Callable[[], None],
        clock: Callable[[], float],
        wrap: bool = False,
    ) -> None:
        self._message, self._dismiss, self._clock = message, dismiss, clock
        self._shown: Message | None = None
        self._until = 0.0
        self._root = ui.ZStack(height=0 if wrap else style.ROW_HEIGHT + 4, visible=False)
        with self._root:
            ui.Rectangle(name="header")
            with ui.HStack(spacing=style.SPACING):
                ui.Spacer(width=4)
                self._text = ui.Label("", elided_text=not wrap, word_wrap=wrap, identifier=f"{prefix}_message")
                with ui.VStack(width=0):
                    ui.Spacer(height=3)
                    with ui.HStack(width=0, height=style.ROW_HEIGHT - 2, spacing=4):
                        self._undo = ui.Button(
                            "Undo",
                            width=52,
                            identifier=f"{prefix}_undo",
                            tooltip="Undo it (Ctrl+Z).",
                            clicked_fn=undo,
                        )
                        ui.Button(
                            "Close",
                            width=52,
                            identifier=f"{prefix}_message_close",
                            tooltip="Hide this message.",
                            clicked_fn=dismiss,
                        )
                    ui.Spacer()
                ui.Spacer(width=0)

    def update(self) -> None:
        """Shows the current state. Called once a frame."""
        message, now = self._message(), self._clock()
        if message is not self._shown:
            self._shown = message
            self._until = now + MESSAGE_SECONDS
            self._root.visible = message is not None
            if message is not None:
                text = as_text(message.text)
                self._text.text, self._text.name = text, "warning" if message.is_error else ""
                self._text.set_tooltip(text)
                self._undo.visible = message.can_undo
        elif message is not None and now >= self._until:
            self._dismiss()

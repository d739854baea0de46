# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""A section of the panel that can be collapsed; its state is remembered."""

from __future__ import annotations

from types import TracebackType

import omni.ui as ui

from . import style
from .layout import centred
from .settings import Settings


class Section:
    """A collapsible frame. Use it as a context manager and build one child inside.

    Args:
        title: Its caption.
        key: Identifier, and the key of the settings under which its state is remembered.
        settings: Where that is.
        collapsed: Whether it starts folded, as long as nothing is remembered.
    """

    def __init__(self, title: str, key: str, settings: Settings, collapsed: bool = False) -> None:
        self._key, self._settings = key, settings
        self.frame = ui.CollapsableFrame(
            title,
            identifier=key,
            height=0,
            collapsed=bool(settings.get(key, collapsed)),
            build_header_fn=self._build_header,
            collapsed_changed_fn=self._changed,
        )

    def _build_header(self, collapsed: bool, title: str) -> None:
        with ui.ZStack(height=style.ROW_HEIGHT):
            ui.Rectangle(name="header")
            with ui.HStack(spacing=style.SPACING):
                ui.Spacer(width=2)
                with centred(9):
                    pointing = ui.Alignment.RIGHT_CENTER if collapsed else ui.Alignment.CENTER_BOTTOM
                    ui.Triangle(width=9, height=8, name="arrow", alignment=pointing)
                ui.Label(title, elided_text=True)

    def _changed(self, collapsed: bool) -> None:
        self._settings.set(self._key, collapsed)

    def __enter__(self) -> Section:
        self.frame.__enter__()
        self._body = ui.VStack(height=0)
        self._body.__enter__()
        ui.Spacer(height=style.SPACING)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._body.__exit__(kind, error, trace)
        self.frame.__exit__(kind, error, trace)

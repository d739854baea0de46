# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Leaves out the drawing of frames that nobody looks at: without a GPU it is two thirds of the time of these tests.

Layout, input and callbacks are those of any frame: only what Dear ImGui hands over to Vulkan is empty.
"""

from __future__ import annotations

import contextlib
import ctypes
from collections.abc import Iterator
from pathlib import Path
from typing import Any

RENDER_POST = 5
"""Dear ImGui's ``ImGuiContextHookType_RenderPost``: after a frame has been laid out, before it is drawn."""


_CALLBACK = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p)


class _Hook(ctypes.Structure):
    """Dear ImGui's ``ImGuiContextHook``, version 1.92."""

    _fields_ = (
        ("hook_id", ctypes.c_uint),
        ("type", ctypes.c_int),
        ("owner", ctypes.c_uint),
        ("callback", _CALLBACK),
        ("user_data", ctypes.c_void_p),
    )


class _DrawData(ctypes.Structure):
    """What begins Dear ImGui's ``ImDrawData``, version 1.92."""

    _fields_ = (("before", ctypes.c_byte * 40), ("display_size", ctypes.c_float * 2))


class _Drawing:
    """Whether frames are drawn."""

    def __init__(self) -> None:
        self.on = True
        self._hook: _Hook | None = None

    def leave_out(self, ui: Any) -> None:
        """Leaves out the drawing from now on."""
        imgui = ctypes.CDLL(str(Path(ui.__file__).parent / "libimgui.so"))
        version, context = imgui._ZN5ImGui10GetVersionEv, imgui._ZN5ImGui17GetCurrentContextEv
        version.restype, context.restype = ctypes.c_char_p, ctypes.c_void_p
        assert version().startswith(b"1.92."), "the structures above are those of another version"
        draw_data = imgui._ZN5ImGui11GetDrawDataEv
        add = imgui._ZN5ImGui14AddContextHookEP12ImGuiContextPK16ImGuiContextHook
        draw_data.restype = ctypes.POINTER(_DrawData)
        add.argtypes = (ctypes.c_void_p, ctypes.POINTER(_Hook))

        def laid_out(*_: Any) -> None:
            if not self.on:
                # as that of a minimized window: the renderer returns at once
                draw_data().contents.display_size[:] = (0.0, 0.0)

        self._hook = _Hook(type=RENDER_POST, callback=_CALLBACK(laid_out))
        add(context(), self._hook)
        self.on = False


_drawing = _Drawing()


def draw_screenshots_only(ui: Any) -> None:
    """Leaves out the drawing of frames, except within :func:`drawn`.

    Args:
        ui: The module ``omni.ui``, with its window open.
    """
    _drawing.leave_out(ui)


@contextlib.contextmanager
def drawn() -> Iterator[None]:
    """Draws the frames within."""
    before, _drawing.on = _drawing.on, True
    try:
        yield
    finally:
        _drawing.on = before

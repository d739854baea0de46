# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Skips the rendering of frames except for screenshots: without a GPU it was two thirds of the panel tests' CPU time.

Layout, input and callbacks are those of any frame: only the draw data that Dear ImGui passes to Vulkan is empty.
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


class _Rendering:
    """Whether frames are rendered, for the whole process: it has one window."""

    on = True
    hook: _Hook | None = None
    """Dear ImGui holds a pointer to its callback."""


def draw_screenshots_only(ui: Any) -> None:
    """Skips the rendering of frames from now on, except within :func:`drawn`.

    Args:
        ui: The module ``omni.ui``, with its window open.
    """
    imgui = ctypes.CDLL(str(Path(ui.__file__).parent / "libimgui.so"))
    version, context = imgui._ZN5ImGui10GetVersionEv, imgui._ZN5ImGui17GetCurrentContextEv
    version.restype, context.restype = ctypes.c_char_p, ctypes.c_void_p
    assert version().startswith(b"1.92."), "the structures above are those of another version"
    draw_data = imgui._ZN5ImGui11GetDrawDataEv
    add = imgui._ZN5ImGui14AddContextHookEP12ImGuiContextPK16ImGuiContextHook
    draw_data.restype = ctypes.POINTER(_DrawData)
    add.argtypes = (ctypes.c_void_p, ctypes.POINTER(_Hook))

    def laid_out(*_: Any) -> None:
        if not _Rendering.on:
            # as for a minimized window: the renderer returns at once
            draw_data().contents.display_size[:] = (0.0, 0.0)

    _Rendering.hook = _Hook(type=RENDER_POST, callback=_CALLBACK(laid_out))
    add(context(), _Rendering.hook)
    _Rendering.on = False


@contextlib.contextmanager
def drawn() -> Iterator[None]:
    """Renders the frames within."""
    before, _Rendering.on = _Rendering.on, True
    try:
        yield
    finally:
        _Rendering.on = before

# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Loads omni.ui: Kit's own inside Kit, otherwise the package ovui, with a window or offscreen."""

from __future__ import annotations

import contextlib
import ctypes
import functools
import importlib
import logging
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

from ...errors import UserError

_HEADLESS = "or train with --headless, which opens no window."

_log = logging.getLogger(__name__)


def load_omni_ui(title: str, width: int, height: int, *, offscreen: bool | None = None) -> tuple[ModuleType, bool]:
    """Imports omni.ui and, outside Kit, opens its window.

    Outside Kit, call it before Kit's modules can be imported; otherwise ovui takes itself for Kit's copy.

    Args:
        title: Title of the window.
        width: Width of the window in pixels.
        height: Height of the window in pixels.
        offscreen: Whether to draw without a window, through Vulkan; None does so without a display.

    Returns:
        The module ``omni.ui``, and whether it draws offscreen.

    Raises:
        UserError: When a requirement is missing; names what to install.
    """
    if "omni.kit.app" in sys.modules:
        return importlib.import_module("omni.ui"), False
    if sys.platform == "win32":
        raise UserError(f"Outside Isaac Sim the panel needs Linux: open it in Isaac Sim, {_HEADLESS}")
    if offscreen is None:
        offscreen = os.environ.get("OMNIUI_HEADLESS") == "1" or not has_display()
    if offscreen:
        os.environ["OMNIUI_HEADLESS"] = "1"
        os.environ["OMNIUI_BACKEND"] = "vulkan"
    else:
        os.environ.pop("OMNIUI_HEADLESS", None)
    _load_driver_or_standin()
    ui = _import_ovui()
    with _native_output() as output:
        try:
            ui.init(title, width, height)
        except RuntimeError as error:
            failure: RuntimeError | None = error
        else:
            failure = None
    log = output.decode(errors="replace").strip()
    _log.debug("omni.ui: %s", log)
    if failure is not None:
        failure.add_note(log)
        raise UserError(_cannot_open(offscreen)) from failure
    _keep_no_window_sizes()
    return ui, offscreen


def has_display() -> bool:
    """Returns whether the environment names a display for a window."""
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


class _Point(ctypes.Structure):
    _fields_ = (("x", ctypes.c_float), ("y", ctypes.c_float))


def mouse_position() -> tuple[float, float]:
    """Returns the mouse position in ovui's window [points]; omni.ui reports moves only while a button is down."""
    point = _mouse_position()()
    return point.x, point.y


def copy_text(text: str) -> None:
    """Copies text to the clipboard of ovui's window, like Ctrl+C in a field; omni.ui offers that in Kit only."""
    _imgui()._ZN5ImGui16SetClipboardTextEPKc(text.encode())


def copied_text() -> str:
    """Returns the text on the clipboard of ovui's window; empty when it has none."""
    function = _imgui()._ZN5ImGui16GetClipboardTextEv
    function.restype, function.argtypes = ctypes.c_char_p, ()
    return (function() or b"").decode(errors="replace")


class _StartOfIO(ctypes.Structure):
    """What precedes the name of the settings file in Dear ImGui's structure ``ImGuiIO``, version 1.92."""

    _fields_ = (("before", ctypes.c_byte * 32), ("ini_filename", ctypes.c_char_p))


def _keep_no_window_sizes() -> None:
    """Has Dear ImGui neither read nor leave an ``imgui.ini`` in the current folder, which may be a project of the user.

    The program arranges its windows itself, and remembers the width of the panel in its own settings.
    """
    imgui = _imgui()
    version, io = imgui._ZN5ImGui10GetVersionEv, imgui._ZN5ImGui5GetIOEv
    version.restype, io.restype = ctypes.c_char_p, ctypes.POINTER(_StartOfIO)
    if not version().startswith(b"1.92."):
        return
    settings = io().contents
    if settings.ini_filename == b"imgui.ini":
        settings.ini_filename = None


@functools.cache
def _mouse_position() -> Callable[[], _Point]:
    function = _imgui()._ZN5ImGui11GetMousePosEv
    function.restype, function.argtypes = _Point, ()
    return function


@functools.cache
def _imgui() -> ctypes.CDLL:
    package = Path(str(importlib.import_module("omni.ui").__file__)).parent
    return ctypes.CDLL(str(package / "libimgui.so"))


def _load_driver_or_standin() -> None:
    """Loads libcuda.so.1, which ovui is linked against: the real one, or a stand-in without NVIDIA's driver."""
    with contextlib.suppress(OSError):
        ctypes.CDLL("libcuda.so.1")
        return
    standin = Path(sys.prefix) / "lib" / "no-cuda" / "libcuda.so.1"
    try:
        ctypes.CDLL(str(standin), mode=ctypes.RTLD_GLOBAL)
    except OSError as error:
        raise UserError(
            "The window needs NVIDIA's driver or, without one, a C compiler: run 'sudo apt-get install gcc libc6-dev' "
            f"and rl_trainer.sh again, {_HEADLESS}"
        ) from error


def _import_ovui() -> ModuleType:
    try:
        return importlib.import_module("omni.ui")
    except ModuleNotFoundError as error:
        raise UserError(f"omni.ui is not installed: run rl_trainer.sh, or install ovui, {_HEADLESS}") from error
    except ImportError as error:
        library = str(error).split(":")[0]
        raise UserError(
            f"The window needs a system library that cannot be loaded ({library}): "
            f"run 'sudo apt-get install libvulkan1 mesa-vulkan-drivers libegl1 libgl1', {_HEADLESS}"
        ) from error


def _cannot_open(offscreen: bool) -> str:
    if offscreen:
        return f"There is no Vulkan device to draw with: run 'sudo apt-get install mesa-vulkan-drivers', {_HEADLESS}"
    display = os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    return f"No window can be opened on the display '{display}': unset DISPLAY to draw offscreen, {_HEADLESS}"


@contextlib.contextmanager
def _native_output() -> Iterator[bytearray]:
    """Captures what native code prints: stdout is for results, and ovui only prints why it failed."""
    output = bytearray()
    libc = ctypes.CDLL(None)
    sys.stdout.flush()
    sys.stderr.flush()
    libc.fflush(None)
    saved = os.dup(1), os.dup(2)
    with tempfile.TemporaryFile() as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
        try:
            yield output
        finally:
            libc.fflush(None)
            for descriptor, copy in enumerate(saved, start=1):
                os.dup2(copy, descriptor)
                os.close(copy)
            file.seek(0)
            output += file.read()

# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Registers the keys of this extension's windows as Kit hotkeys of these windows, so that global hotkeys do not act.

Kit's menus bind keys for the whole application: Del deletes the selected prim, Ctrl+Z undoes an edit of the stage.
omni.ui passes keys to a window even if such a hotkey acts as well. Only a hotkey that is registered for the window
under the mouse precedes a global one.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from typing import Any

import carb.input
import omni.ui as ui

from ...ui.widgets import keys
from ...ui.widgets.weak import weak_callback
from .names import EXTENSION, optional

Key = tuple[str, int]
"""A key's name in :class:`...ui.widgets.keys.Keys` and its modifiers."""

MODIFIERS = keys.SHIFT | keys.CONTROL | keys.ALT

_MOVES = ("up", "down", "page_up", "page_down", "home", "end")
PANEL_KEYS: tuple[Key, ...] = (
    *((name, 0) for name in ("v", "letter_l", "r", "space", "comma", "period", "right", "left")),
    *((name, 0) for name in ("enter", "keypad_enter", "escape", "delete")),
    *((name, 0) for name in _MOVES),
    *((name, keys.CONTROL) for name in ("c", "v", "f")),
)

RUNS_KEYS: tuple[Key, ...] = (
    *((name, modifier) for name in _MOVES for modifier in (0, keys.SHIFT)),
    *((name, 0) for name in ("enter", "keypad_enter", "delete", "f2")),
    *((name, keys.CONTROL) for name in ("a", "z")),
)

QUEUE_KEYS: tuple[Key, ...] = (
    *((name, 0) for name in (*_MOVES, "delete")),
    *((name, keys.CONTROL) for name in ("up", "down", "z")),
)

SWEEP_KEYS: tuple[Key, ...] = tuple((name, 0) for name in (*_MOVES, "enter", "keypad_enter"))


class WindowKeys:
    """Passes each key press in a window to a handler once. Without Kit's registries it uses omni.ui alone.

    While a text field is edited, keys come from omni.ui, and the hotkey only blocks the global one. Otherwise a
    registered key comes from the hotkey alone, and every other key from omni.ui.

    Args:
        window: The window.
        handle: Called with the key's code, the modifiers and whether it is pressed, as by ``set_key_pressed_fn``.
        wanted: The keys that ``handle`` knows.
    """

    def __init__(self, window: ui.Window, handle: Callable[[int, int, bool], None], wanted: Iterable[Key]) -> None:
        self._window, self._handle = window, handle
        self._registered: dict[tuple[int, int], Any] = {}
        window.set_key_pressed_fn(weak_callback(self._from_omni_ui))
        hotkeys, actions = optional("omni.kit.hotkeys.core"), optional("omni.kit.actions.core")
        self._registry: Any = None if hotkeys is None or actions is None else hotkeys.get_hotkey_registry()
        if self._registry is None:
            return
        self._actions = actions.get_action_registry()
        by_window = hotkeys.HotkeyFilter(windows=[window.title])
        for name, modifier in wanted:
            self._register(hotkeys, by_window, name, modifier)

    def _register(self, hotkeys: Any, by_window: Any, name: str, modifier: int) -> None:
        shown = hotkeys.KeyCombination(carb.input.KeyboardInput(getattr(keys.CARB, name)), modifiers=modifier)
        key = getattr(keys.KEYS, name)
        action = f"key_{self._window.title}_{name}_{modifier}".lower().replace(" ", "_")
        self._actions.register_action(
            EXTENSION,
            action,
            functools.partial(weak_callback(self._from_hotkey), key, modifier),
            display_name=f"{shown.as_string} in {self._window.title}",
            description=f"What the key does in the window {self._window.title}.",
            tag=self._window.title,
        )
        hotkey = self._registry.register_hotkey(EXTENSION, shown, EXTENSION, action, filter=by_window)
        if hotkey is not None:  # None if the user has assigned the key otherwise, or disabled it
            self._registered[key, modifier] = hotkey

    def _from_omni_ui(self, key: int, modifier: int, pressed: bool) -> None:
        if keys.is_typing() or (key, modifier & MODIFIERS) not in self._registered:
            self._handle(key, modifier, pressed)

    def _from_hotkey(self, key: int, modifier: int) -> None:
        if not keys.is_typing():
            self._handle(key, modifier, True)

    def close(self) -> None:
        """Removes the hotkeys; their actions are removed with the extension's other actions."""
        self._window.set_key_pressed_fn(None)
        for hotkey in self._registered.values():
            self._registry.deregister_hotkey(hotkey)
        self._registered.clear()

# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""A stand-in for ``omni.kit.hotkeys.core``, which only a full Kit has; with the signatures of its type stubs."""

from __future__ import annotations

from typing import Any, NamedTuple


class KeyCombination:
    """Stands in for the class of that name. Takes no strings for keys."""

    def __init__(self, key: Any, modifiers: int = 0, trigger_press: bool = True) -> None:
        import carb.input

        assert isinstance(key, carb.input.KeyboardInput)
        self.key, self.modifiers, self.trigger_press = key, modifiers, trigger_press

    @property
    def as_string(self) -> str:
        return f"{ {0: '', 1: 'SHIFT + ', 2: 'CTRL + ', 4: 'ALT + '}[self.modifiers] }{self.key.name}"


class HotkeyFilter:
    """Stands in for the class of that name."""

    def __init__(self, context: str | None = None, windows: list[str] | None = None) -> None:
        self.context, self.windows = context, windows

    def __eq__(self, other: object) -> bool:
        return isinstance(other, HotkeyFilter) and (self.context, self.windows) == (other.context, other.windows)

    __hash__ = None


class Hotkey(NamedTuple):
    """Stands in for the class of that name."""

    hotkey_ext_id: str
    key_combination: KeyCombination
    action_ext_id: str
    action_id: str
    filter: HotkeyFilter | None

    @property
    def keys(self) -> tuple[Any, int]:
        return self.key_combination.key, self.key_combination.modifiers


class HotkeyRegistryDouble:
    """Stands in for ``HotkeyRegistry``: no duplicates; hotkeys of the window under the mouse precede global ones."""

    def __init__(self, actions: Any) -> None:
        self._actions, self.hotkeys = actions, list[Hotkey]()

    def register_hotkey(
        self,
        hotkey_ext_id: str,
        key: KeyCombination,
        action_ext_id: str,
        action_id: str,
        filter: HotkeyFilter | None = None,
    ) -> Hotkey | None:
        hotkey = Hotkey(hotkey_ext_id, key, action_ext_id, action_id, filter)
        for each in self.hotkeys:
            same_action = (each.action_ext_id, each.action_id) == (action_ext_id, action_id)
            if each.filter == filter and (each.keys == hotkey.keys or same_action):
                return None
        self.hotkeys.append(hotkey)
        return hotkey

    def deregister_hotkey(self, hotkey: Hotkey) -> bool:
        known = hotkey in self.hotkeys
        self.hotkeys = [each for each in self.hotkeys if each is not hotkey]
        return known

    def press(self, key: Any, modifiers: int, hovered: str) -> None:
        """What Kit does when a key is pressed while the mouse is over a window."""
        found = [each for each in self.hotkeys if each.keys == (key, modifiers)]
        local = [each for each in found if each.filter is not None and hovered in (each.filter.windows or ())]
        for hotkey in (local or [each for each in found if each.filter is None])[:1]:
            self._actions.execute_action(hotkey.action_ext_id, hotkey.action_id)


class HotkeysStandIn:
    """Stands in for the module ``omni.kit.hotkeys.core``."""

    KeyCombination, HotkeyFilter, Hotkey = KeyCombination, HotkeyFilter, Hotkey

    def __init__(self, actions: Any) -> None:
        self.registry = HotkeyRegistryDouble(actions)

    def get_hotkey_registry(self) -> HotkeyRegistryDouble:
        return self.registry

# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Kit's own widgets where Kit has them: settings, file picker, notifications, menu entry and actions, last input."""

from __future__ import annotations

import contextlib
import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import carb.input
import carb.settings
import carb.tokens

from .names import EXTENSION, PERSISTENT_SETTINGS, SETTINGS, TITLE, optional

MENU, SUBMENU = "Tools", "Robotics"
"""Where Isaac Sim has its own tools for robots, such as the Joint Inspector."""

CHECKPOINT_ENDINGS = (".pt", ".zip")


class KitSettings:
    """The user's choices, in Kit's persistent settings. Each is kept as JSON: lists and None survive it unchanged."""

    def __init__(self) -> None:
        self._settings = carb.settings.get_settings()

    def get(self, key: str, default: Any = None) -> Any:
        """The remembered value; else the default of ``extension.toml``, or ``default``."""
        text = self._settings.get(f"{PERSISTENT_SETTINGS}/{key}")
        if isinstance(text, str):
            with contextlib.suppress(ValueError):  # written by somebody else: the default serves
                return json.loads(text)
        value = self._settings.get(f"{SETTINGS}/{key}")
        return default if value is None else value

    def set(self, key: str, value: Any) -> None:
        """Remembers a JSON value."""
        self._settings.set(f"{PERSISTENT_SETTINGS}/{key}", json.dumps(value))


def log_root() -> str:
    """The directory below which runs are written: the setting ``log_root``, Kit's tokens and ``~`` resolved."""
    wanted = str(carb.settings.get_settings().get(f"{SETTINGS}/log_root") or "~/rl_trainer/logs")
    return os.path.expanduser(carb.tokens.get_tokens_interface().resolve(wanted))


class FilePicker:
    """Kit's file picker, for checkpoints."""

    def __init__(self, log_root: str) -> None:
        self._log_root = log_root
        self._dialog: Any = None

    @property
    def available(self) -> bool:
        """Whether Kit has one."""
        return optional("omni.kit.window.filepicker") is not None

    def browse(self, picked: Callable[[str], None]) -> None:
        """Opens it; ``picked`` gets the path, unless the user cancels."""
        self.close()

        def apply(name: str, folder: str) -> None:
            self._dialog.hide()
            if name:
                picked(str(Path(folder or "") / name))

        self._dialog = optional("omni.kit.window.filepicker").FilePickerDialog(
            "Choose a checkpoint",
            apply_button_label="Choose",
            click_apply_handler=apply,
            click_cancel_handler=lambda name, folder: self._dialog.hide(),
            item_filter_fn=lambda item: item.is_folder or item.path.endswith(CHECKPOINT_ENDINGS),
        )
        self._dialog.show(path=self._log_root if os.path.isdir(self._log_root) else None)

    def close(self) -> None:
        """Takes it away."""
        if self._dialog is not None:
            self._dialog.destroy()
            self._dialog = None


def notify(text: str, *, warning: bool = False, button: tuple[str, Callable[[], None]] | None = None) -> None:
    """Shows a notification, where Kit can.

    Args:
        text: What to say.
        warning: Whether it is bad news.
        button: What the user can do about it; the notification then stays until it is dismissed.
    """
    manager = optional("omni.kit.notification_manager")
    if manager is None:
        return
    buttons = []
    if button is not None:
        buttons.append(manager.NotificationButtonInfo(button[0], on_complete=button[1]))
        buttons.append(manager.NotificationButtonInfo("Dismiss", on_complete=None))
    status = manager.NotificationStatus.WARNING if warning else manager.NotificationStatus.INFO
    manager.post_notification(
        text, hide_after_timeout=button is None and not warning, duration=5, status=status, button_infos=buttons
    )


class MenuAndActions:
    """Entries in the menu Tools ▸ Robotics, and actions that can be bound to keys and called by scripts.

    Args:
        actions: By identifier: the name for people, what it does in a sentence, and the function.
        entries: By title: the identifier of the action behind it, and whether it is ticked.
    """

    def __init__(
        self,
        actions: dict[str, tuple[str, str, Callable[[], None]]],
        entries: dict[str, tuple[str, Callable[[], bool]]],
    ) -> None:
        core, self._menus = optional("omni.kit.actions.core"), optional("omni.kit.menu.utils")
        self._registry: Any = None if core is None else core.get_action_registry()
        self._entries: list[Any] = []
        if self._registry is None:
            return
        with contextlib.ExitStack() as opened:
            opened.callback(self.close)
            for identifier, (name, description, function) in actions.items():
                self._registry.register_action(
                    EXTENSION, identifier, function, display_name=name, description=description, tag=TITLE
                )
            if self._menus is not None:
                self._add_entries(entries)
            opened.pop_all()

    def _add_entries(self, entries: dict[str, tuple[str, Callable[[], bool]]]) -> None:
        described = [
            self._menus.MenuItemDescription(
                name=title, ticked=True, ticked_fn=ticked, onclick_action=(EXTENSION, action)
            )
            for title, (action, ticked) in entries.items()
        ]
        submenus = [self._menus.MenuItemDescription(name=SUBMENU, sub_menu=described)]
        self._menus.add_menu_items(submenus, MENU)
        self._entries = submenus

    def refresh(self) -> None:
        """To be called when the window was shown or hidden."""
        if self._entries:
            self._menus.refresh_menu_items(MENU)

    def close(self) -> None:
        """Takes both away."""
        if self._entries:
            self._menus.remove_menu_items(self._entries, MENU)
            self._entries = []
        if self._registry is not None:
            self._registry.deregister_all_actions_for_extension(EXTENSION)
            self._registry = None


class LastInput:
    """When somebody last used mouse or keyboard, anywhere in Kit."""

    def __init__(self) -> None:
        self.time = time.perf_counter()
        """On the clock of :func:`time.perf_counter` [s]."""
        try:
            self._input: Any = carb.input.acquire_input_interface()
        except RuntimeError:  # a Kit without a window has no input plugin, and nobody who uses it
            self._input = None
        else:
            self._subscription = self._input.subscribe_to_input_events(self._used, order=0)

    def _used(self, event: Any) -> bool:
        self.time = time.perf_counter()
        return True  # others shall hear of it too

    def close(self) -> None:
        """Stops listening."""
        if self._input is not None:
            self._input.unsubscribe_to_input_events(self._subscription)
            self._input = None

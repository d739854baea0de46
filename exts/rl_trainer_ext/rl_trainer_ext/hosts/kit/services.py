# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Services of Kit, where available: settings, file picker, notifications, menu entries, actions, last input."""

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

from ...errors import UserError
from ...learners.formats import CHECKPOINT_ENDINGS
from ..standalone.desktop import Desktop
from .names import EXTENSION, PERSISTENT_SETTINGS, SETTINGS, TITLE, optional

MENU, SUBMENU = "Tools", "Robotics"
"""The menu of Isaac Sim's own tools for robots, such as the Joint Inspector."""


class KitSettings:
    """Stores the user's choices in Kit's persistent settings, as JSON, which preserves lists and None."""

    def __init__(self) -> None:
        self._settings = carb.settings.get_settings()

    def get(self, key: str, default: Any = None) -> Any:
        """Returns the stored value, otherwise the default of ``extension.toml``, otherwise ``default``."""
        text = self._settings.get(f"{PERSISTENT_SETTINGS}/{key}")
        if isinstance(text, str):
            with contextlib.suppress(ValueError):  # not written by this class: use the default
                return json.loads(text)
        value = self._settings.get(f"{SETTINGS}/{key}")
        return default if value is None else value

    def set(self, key: str, value: Any) -> None:
        """Stores a JSON value."""
        self._settings.set(f"{PERSISTENT_SETTINGS}/{key}", json.dumps(value))


def log_root() -> str:
    """Returns the root directory of runs: the setting ``log_root``, with Kit's tokens and ``~`` resolved."""
    wanted = str(carb.settings.get_settings().get(f"{SETTINGS}/log_root") or "~/rl_trainer/logs")
    return os.path.expanduser(carb.tokens.get_tokens_interface().resolve(wanted))


class FilePicker:
    """Opens Kit's file picker for checkpoints."""

    def __init__(self, log_root: str) -> None:
        self._log_root = log_root
        self._dialog: Any = None

    @property
    def available(self) -> bool:
        """Whether Kit has a file picker."""
        return optional("omni.kit.window.filepicker") is not None

    def browse(self, picked: Callable[[str], None]) -> None:
        """Opens the picker and calls ``picked`` with the path, unless the user cancels."""
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
        """Removes the picker."""
        if self._dialog is not None:
            self._dialog.destroy()
            self._dialog = None


def notify(text: str, *, warning: bool = False, button: tuple[str, Callable[[], None]] | None = None) -> None:
    """Shows a notification, if Kit can.

    Args:
        text: The text.
        warning: Whether it is a warning.
        button: Text and function of a button; the notification then stays until it is dismissed.
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


class KitDesktop(Desktop):
    """The user's desktop in Kit, which has a clipboard of its own."""

    def copy(self, text: str) -> None:
        """Copies text to the clipboard.

        Raises:
            UserError: When this Kit has no clipboard; likewise in the next method.
        """
        _clipboard().copy(text)

    def paste(self) -> str:
        """Returns the text on the clipboard; empty when it has none."""
        return str(_clipboard().paste() or "")


def _clipboard() -> Any:
    clipboard = optional("omni.kit.clipboard")
    if clipboard is None:
        raise UserError("This Kit has no clipboard: enable the extension omni.kit.clipboard.")
    return clipboard


class MenuAndActions:
    """Adds entries to the menu Tools ▸ Robotics, and actions for keys and scripts.

    Args:
        actions: Display name, description and function, by identifier.
        entries: The identifier of the action and a function that tells whether the entry is ticked, by title.
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
        """Updates the ticks. Called after a window was shown or hidden."""
        if self._entries:
            self._menus.refresh_menu_items(MENU)

    def close(self) -> None:
        """Removes entries and actions."""
        if self._entries:
            self._menus.remove_menu_items(self._entries, MENU)
            self._entries = []
        if self._registry is not None:
            self._registry.deregister_all_actions_for_extension(EXTENSION)
            self._registry = None


class LastInput:
    """Records when the user last used mouse or keyboard, anywhere in Kit."""

    def __init__(self) -> None:
        self.time = time.perf_counter()
        """On the clock of :func:`time.perf_counter` [s]."""
        try:
            self._input: Any = carb.input.acquire_input_interface()
        except RuntimeError:  # a Kit without a window has no input plugin
            self._input = None
        else:
            self._subscription = self._input.subscribe_to_input_events(self._used, order=0)

    def _used(self, event: Any) -> bool:
        self.time = time.perf_counter()
        return True  # pass the event on

    def close(self) -> None:
        """Stops listening."""
        if self._input is not None:
            self._input.unsubscribe_to_input_events(self._subscription)
            self._input = None

# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Lists of the presets that a task declares: physics, renderer and others."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable

import omni.ui as ui

from ...isaac_lab.tasks import PresetGroup
from ...run_config import PRESET_SELECTORS
from ..widgets import style
from ..widgets.fields import Dropdown, row

_LABELS = {
    "physics": ("Physics", "The physics engine, and with it settings of the task that depend on it."),
    "renderer": ("Renderer", "The renderer of the task's cameras."),
    "presets": ("Preset", "One of the alternatives that the task declares."),
}
"""Label and tooltip, by selector."""


class PresetChoices:
    """Rows in the current layout, one for each choice of presets.

    It keeps names that are not on offer: the trainer says in one sentence that the task does not have them.

    Args:
        on_change: Called when the user chose another one.
    """

    def __init__(self, on_change: Callable[[], None]) -> None:
        self._on_change = on_change
        self._groups: tuple[PresetGroup, ...] = ()
        self._names: dict[str, list[str]] = {}
        """The chosen names by selector; ``presets`` may have several."""
        self._enabled = True
        self._stale = True
        self._dropdowns: list[tuple[PresetGroup, Dropdown]] = []
        self._frame = ui.Frame(height=0)

    @property
    def overrides(self) -> tuple[str, ...]:
        """The choices, as the command line takes them. Setting them does not call ``on_change``."""
        chosen = ((selector, self._names.get(selector)) for selector in PRESET_SELECTORS)
        return tuple(f"{selector}={','.join(names)}" for selector, names in chosen if names)

    @overrides.setter
    def overrides(self, overrides: Iterable[str]) -> None:
        self._names = {}
        for text in overrides:
            selector, _, names = text.partition("=")
            if selector in PRESET_SELECTORS:
                self._names[selector] = [name for name in names.split(",") if name]
        self._stale = True

    def update(self, groups: tuple[PresetGroup, ...]) -> None:
        """Between two frames: offers the choices of a task."""
        if self._stale or groups != self._groups:
            self._groups, self._stale = groups, False
            self._build()

    def _build(self) -> None:
        self._frame.clear()
        self._dropdowns = []
        shown = self._with_unknown_names()
        of_selector: dict[str, int] = {}
        with self._frame, ui.VStack(height=0, spacing=style.SPACING):
            for group in shown:
                number = of_selector[group.selector] = of_selector.get(group.selector, 0) + 1
                self._build_row(group, group.selector if number == 1 else f"{group.selector}_{number}")
        self._frame.visible = bool(shown)

    def _build_row(self, group: PresetGroup, identifier: str) -> None:
        label, tooltip = _LABELS[group.selector]
        if group.changes:
            tooltip += f"\nChanges {', '.join(group.changes)}."
        tooltip += f"\nOn the command line: {group.selector}=NAME."
        with row(label, tooltip):
            dropdown = Dropdown(identifier, tooltip, self._picked)
        usual = f"default ({group.usual})" if group.usual else "default"
        chosen = next((name for name in self._names.get(group.selector, ()) if name in group.names), "")
        dropdown.set_options([("", usual), *[(name, name) for name in group.names]], chosen)
        dropdown.enabled = self._enabled
        self._dropdowns.append((group, dropdown))

    def _with_unknown_names(self) -> list[PresetGroup]:
        """Returns the groups, and the chosen names that none of them has: so they are seen, and can be taken back."""
        groups = list(self._groups)
        for selector, names in self._names.items():
            places = [place for place, group in enumerate(groups) if group.selector == selector]
            known = {name for place in places for name in groups[place].names}
            for name in names:
                if name not in known and places and selector != "presets":
                    group = groups[places[0]]  # a run has one of them
                    groups[places[0]] = dataclasses.replace(group, names=(*group.names, name))
                elif name not in known:
                    groups.append(PresetGroup(selector, (name,)))
        return groups

    def _picked(self) -> None:
        self._stale = True  # a name that the task does not have is no longer offered
        self._names = {}
        for group, dropdown in self._dropdowns:
            if dropdown.value:
                self._names.setdefault(group.selector, []).append(dropdown.value)
        self._on_change()

    @property
    def enabled(self) -> bool:
        """Whether the user can choose."""
        return self._enabled

    @enabled.setter
    def enabled(self, enabled: bool) -> None:
        self._enabled = enabled
        for _, dropdown in self._dropdowns:
            dropdown.enabled = enabled

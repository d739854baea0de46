# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""What acts in a preview, and its reset. The row is visible during a preview."""

from __future__ import annotations

import omni.ui as ui

from ...training.commands import Reset, SetActions, TrainerPort
from ...training.snapshot import PreviewActions, Snapshot, State
from ..widgets.fields import Dropdown, row
from ..widgets.settings import Settings

_TOOLTIP = (
    "What acts in the preview. Takes effect at once.\n"
    "Zero: zero for every action, or what holds the present pose where a task takes absolute poses.\n"
    "Random: uniform between -1 and 1, or one of the choices of a discrete action."
)
_RUNNING = (State.PLAYING, State.PAUSED)
_KEY = "preview_actions"


class PreviewRow:
    """A row in the current layout.

    Args:
        trainer: The trainer that previews.
        settings: Where the choice is remembered.
    """

    def __init__(self, trainer: TrainerPort, settings: Settings) -> None:
        self._trainer, self._settings = trainer, settings
        self._root = ui.VStack(height=0, visible=False)
        with self._root, row("Actions", _TOOLTIP):
            self._choice = Dropdown(_KEY, _TOOLTIP, self._picked)
            self._reset = ui.Button(
                "Reset",
                width=64,
                identifier="preview_reset",
                tooltip="Reset all environments.",
                clicked_fn=lambda: trainer.request(Reset()),
            )
        remembered = settings.get(_KEY, PreviewActions.ZERO.value)
        known = {each.value: each for each in PreviewActions}
        self.choose(known.get(str(remembered), PreviewActions.ZERO))

    @property
    def actions(self) -> PreviewActions:
        """What acts in the next preview."""
        return PreviewActions(self._choice.value)

    def update(self, snapshot: Snapshot) -> None:
        """Follows the preview: the command line chooses as well."""
        acting = None if snapshot.run is None else snapshot.run.preview
        self._root.visible = snapshot.previewing and snapshot.run is not None and snapshot.run.replay is None
        self._reset.enabled = snapshot.state in _RUNNING
        if self._root.visible and acting is not None and acting is not self.actions:
            self.choose(acting)

    def choose(self, actions: PreviewActions) -> None:
        """Shows a choice, without remembering it."""
        self._choice.set_options([(each.value, each.value.capitalize()) for each in PreviewActions], actions.value)

    def _picked(self) -> None:
        self._settings.set(_KEY, self._choice.value)
        self._trainer.request(SetActions(self.actions))

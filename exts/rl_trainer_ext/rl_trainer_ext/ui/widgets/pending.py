# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""A queue for omni.ui's callbacks, because widgets may only change between them."""

from __future__ import annotations

from collections.abc import Callable


class Pending:
    """A queue of actions: callbacks add to it, and ``update()`` runs it."""

    def __init__(self) -> None:
        self._actions: list[Callable[[], object]] = []

    def add(self, action: Callable[[], object]) -> None:
        """Enqueues an action."""
        self._actions.append(action)

    def adding(self, action: Callable[[], object]) -> Callable[[], None]:
        """Returns a callback that enqueues the action."""
        return lambda: self.add(action)

    def run(self) -> bool:
        """Runs the actions in order and returns whether there were any; what they add waits for the next run."""
        actions, self._actions = self._actions, []
        for action in actions:
            action()
        return bool(actions)

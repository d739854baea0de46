# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The queue's window in Kit."""

from __future__ import annotations

import omni.ui as ui

from ...training.queue.commands import QueuePort
from ...ui.queue.pane import QueuePane, QueueServices
from .names import QUEUE_TITLE
from .windows import DockedWindowWithKeys


class QueueWindow(DockedWindowWithKeys):
    """Shows the queue.

    Args:
        queue: The queue.
        services: What panel and run browser do for it.
    """

    def __init__(self, queue: QueuePort, services: QueueServices) -> None:
        self._queue, self._services = queue, services
        super().__init__(QUEUE_TITLE)

    def _create(self, frame: ui.Frame) -> QueuePane:
        return QueuePane(frame, self._queue, self._services)

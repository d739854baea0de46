# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The warning before the click that the environments will probably not fit into memory."""

from __future__ import annotations

import dataclasses

import omni.ui as ui

from ...run_config import RunConfig
from ...runs import as_text, memory
from ...system.process_memory import read_memory

DELAY = 20
"""Frames without a change after which the runs on disk are read, which takes some milliseconds."""

_IRRELEVANT = ("max_iterations", "num_steps", "seed", "speed", "run_name", "checkpoint")
"""What changes nothing of the memory, and is often typed."""


class MemoryWarning:
    """Text in the current layout, hidden while there is nothing to warn of. It prevents nothing."""

    def __init__(self) -> None:
        self._asked: tuple[RunConfig, int] | None = None
        self._wait = 0
        self._label = ui.Label("", name="warning", word_wrap=True, visible=False, identifier="memory_warning")

    def follow(self, config: RunConfig | None, num_envs: int | None) -> None:
        """Looks at a configuration, once it has not changed for a moment.

        Args:
            config: What a training would be asked for, with its device; None while it cannot be asked for.
            num_envs: Its number of environments; None while it is not known.
        """
        asked = None
        if config is not None and num_envs is not None:
            asked = _without(config, _IRRELEVANT), num_envs
        if asked != self._asked:
            self._asked, self._wait = asked, DELAY
            self._show("")

    def update(self) -> None:
        """Once a frame."""
        if not self._wait:
            return
        self._wait -= 1
        if not self._wait and self._asked is not None:
            config, num_envs = self._asked
            self._show(memory.warning(config, num_envs, read_memory(config.device or "cpu")))

    def _show(self, text: str) -> None:
        self._label.text, self._label.visible = as_text(text), bool(text)


def _without(config: RunConfig, names: tuple[str, ...]) -> RunConfig:
    defaults = {field.name: field.default for field in dataclasses.fields(RunConfig)}
    return config.replace(**{name: defaults[name] for name in names})

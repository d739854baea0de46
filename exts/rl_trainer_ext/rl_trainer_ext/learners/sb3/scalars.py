# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The logger of an agent of Stable-Baselines3, with an event file that is written without TensorBoard's thread."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
from stable_baselines3 import PPO
from stable_baselines3.common.logger import KVWriter, Logger, configure
from stable_baselines3.common.utils import get_latest_run_id

from ...metrics import Metrics
from ..events import HoldAndRetry, ScalarWriter


class ScalarOutputFormat(KVWriter):
    """Writes what an agent logs as scalars. PPO logs nothing else; other values are ignored.

    Args:
        writer: Writes the scalars of an iteration.
    """

    def __init__(self, writer: ScalarWriter) -> None:
        self._writer = writer

    def write(self, key_values: dict[str, Any], key_excluded: dict[str, tuple[str, ...]], step: int = 0) -> None:
        """Writes the values of an iteration, in the order of their names, as the library's own format does.

        Raises:
            OSError: When the event file cannot be written and the run does not wait.
        """
        for key, value in sorted(key_values.items()):
            if "tensorboard" not in key_excluded[key] and isinstance(value, (bool, int, float, np.bool_, np.number)):
                self._writer.add_scalar(key, float(value), step)
        self._writer.flush()

    def close(self) -> None:
        """Writes the remaining scalars. Raises as :meth:`write`."""
        self._writer.close()


def training_logger(agent: PPO, new_folder: bool, metrics: Metrics, hold_and_retry: HoldAndRetry) -> Logger:
    """Returns the logger that ``learn()`` would make, in the same folder and with the same console output.

    Args:
        agent: With a folder for its events.
        new_folder: Whether the events get a new folder; otherwise they continue those of the latest one.
        metrics: Gets the scalars.
        hold_and_retry: Called when the event file cannot be written.
    """
    log_root = agent.tensorboard_log
    assert log_root is not None
    folder = os.path.join(log_root, f"PPO_{get_latest_run_id(log_root, 'PPO') + new_folder}")
    logger = configure(folder, ["stdout"] if agent.verbose else [])
    logger.output_formats.append(ScalarOutputFormat(ScalarWriter(Path(folder), metrics, hold_and_retry)))
    logger.log(f"Logging to {folder}")
    return logger

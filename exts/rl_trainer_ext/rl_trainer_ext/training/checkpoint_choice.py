# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Prepares the checkpoints that the user chooses during a playback."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from .. import runs
from ..learners.base import Job, Learner, Purpose
from ..run_config import RunConfig
from .run_settings import RunSettings, configure_run, require_same_environment
from .settings_of_run import as_dumped


class CheckpointChoice:
    """Configures other checkpoints for the open environment. To be made before the environment is built.

    Args:
        asked: What was asked for, with the device that plays.
        settings: Configuration of the checkpoint that plays first.
        learner: The learner of the library.
        purpose: The purpose of the checkpoint that plays first.
    """

    def __init__(self, asked: RunConfig, settings: RunSettings, learner: Learner, purpose: Purpose) -> None:
        self._asked, self._settings, self._learner, self._purpose = asked, settings, learner, purpose
        self._environment = as_dumped(settings.resolved.env_cfg)  # building it changes the configuration

    def prepare(self, path: Path, job: Job) -> tuple[Job, str]:
        """Returns the job that plays another checkpoint, and a notice about the checkpoint's configuration.

        Args:
            path: The checkpoint, or a selector of one.
            job: The job that plays now.

        Raises:
            UserError: When the checkpoint is of another task or library, or needs another environment.
        """
        asked = self._asked.replace(checkpoint=str(path))
        checkpoint = runs.find_checkpoint(asked, "")
        settings = self._settings
        # all checkpoints of a run share its configuration, which takes tenths of a second to read
        if settings.checkpoint is None or settings.checkpoint.parent != checkpoint.parent:
            settings = configure_run(asked, self._learner, playing=True)
            require_same_environment(checkpoint, self._environment, as_dumped(settings.resolved.env_cfg))
        agent_cfg, overrides = settings.resolved.agent_cfg, settings.config.overrides
        purpose = dataclasses.replace(self._purpose, agent_cfg=agent_cfg, overrides=overrides)
        self._learner.check_checkpoint(checkpoint, purpose)
        self._settings = settings
        job = dataclasses.replace(job, config=settings.config, agent_cfg=agent_cfg, checkpoint=checkpoint)
        return job, settings.notice

# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The stage of the curricula in a training: stored with its checkpoints, taken over from the one that it resumes."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ..isaac_lab.curriculum_stage import CurriculumStage, check_stage
from ..learners.base import Job, Learner
from ..learners.checkpoint_writer import CheckpointWriter
from ..run_config import RunConfig


def stage_of(learner: Learner, checkpoint: Path, config: RunConfig, agent_cfg: Any) -> Mapping[str, Any] | None:
    """Returns the stage that a training takes over from a checkpoint; empty for none, None where it has none.

    Raises:
        UserError: When the checkpoint is damaged there.
    """
    if config.fine_tune:
        return {}  # a new training
    stage = learner.stage(checkpoint, agent_cfg)
    check_stage(checkpoint, stage)
    return stage


@contextlib.contextmanager
def stored_stage(job: Job, stage: Mapping[str, Any] | None) -> Iterator[str]:
    """Restores a stage in an environment that was not reset yet; within the block, checkpoints store its present one.

    Args:
        job: The training.
        stage: What :func:`stage_of` returned; empty for a new training.

    Yields:
        What is not taken over, in sentences; empty if nothing is lost.
    """
    writer, now = job.checkpoint_writer, CurriculumStage(job.env)
    assert writer is not None
    lost = ""
    if stage != {}:
        assert job.checkpoint is not None
        lost = now.restore(job.checkpoint, stage)
        job.env.keeps_stage = stage is not None
    writer.stage = functools.partial(_capture, now, writer)
    try:
        yield lost
    finally:
        writer.stage = dict  # the writer outlives the environment


def _capture(stage: CurriculumStage, writer: CheckpointWriter) -> dict[str, Any]:
    """Returns a stage without the reward weights that the user changed: a training that resumes has the configured."""
    captured = stage.capture()
    for change in () if writer.record is None else writer.record.reward_changes:
        captured["settings"].pop(f"rewards.{change.term}.weight", None)
    return captured

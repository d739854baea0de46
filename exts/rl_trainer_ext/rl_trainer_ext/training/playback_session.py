# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The playback of a checkpoint, to be watched or for another purpose: to evaluate, export or film its policy."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..errors import UserError
from ..isaac_lab.determinism import determinism
from ..learners.base import Job, Learner, Playback
from ..run_config import RunConfig
from ..runs.evaluations import Evaluation, keep_evaluation
from ..runs.writing import require_writable
from ..viewport.interface import Viewport
from ..viewport.video_file import require_encoder
from .checkpoint_choice import CheckpointChoice
from .commands import Evaluate, Export, Film
from .evaluating import evaluate
from .exporting import FOLDER, export_policy, exported_words, require_runtime
from .filming import record_film
from .playing import Playing
from .run_settings import RunSettings
from .session import LearnerSession
from .snapshot import ExportedPolicy, RunView, State


class PlaybackSession(LearnerSession):
    """A playback.

    Args:
        config: What was asked for.
        purpose: What it is for, if it is not to be watched.
        viewport: Draws the environment; None for no viewport.
        admit: As for :class:`Session`.
    """

    playing: Playing

    def __init__(
        self,
        config: RunConfig,
        *,
        purpose: Evaluate | Export | Film | None = None,
        viewport: Viewport | None = None,
        admit: Callable[[Any], None] | None = None,
    ) -> None:
        super().__init__(config, playing=Playing(config.speed), viewport=viewport, admit=admit)
        self._command = purpose
        self._exported: ExportedPolicy | None = None
        self._evaluations: tuple[Evaluation, ...] = ()

    def view(self) -> RunView:
        """Returns the playback as it is now."""
        return dataclasses.replace(super().view(), exported=self._exported, evaluations=self._evaluations)

    def _require(self) -> None:
        super()._require()
        if isinstance(self._command, Film):
            require_encoder()
        if isinstance(self._command, Export):
            require_runtime()

    def _work(self, learner: Learner, settings: RunSettings, asked: RunConfig) -> None:
        playing, resolved, checkpoint = self.playing, settings.resolved, settings.checkpoint
        assert checkpoint is not None
        purpose = self._purpose(resolved)
        self._check_file(learner, checkpoint, purpose)
        self.run_dir = learner.format.run_dir_of(checkpoint)
        self._require_writable(self.run_dir)
        choice = CheckpointChoice(asked, settings, learner, purpose)
        with (
            determinism(self.config.deterministic, resolved.env_cfg) as seed_again,
            self._open(learner, resolved, self.run_dir, checkpoint, None) as job,
            # what an evaluation or a film shows is the policy's and the task's alone
            contextlib.nullcontext()
            if self._command is not None
            else playing.driving.of(job.env, self.config.task, self.config.commands),
        ):
            if isinstance(self._command, Evaluate):
                playing.checkpoint = checkpoint
                self._evaluate(self._command, learner, job, choice)
                return
            self._report("Loading the policy…")
            playback = learner.start_playback(job)
            seed_again()
            playing.checkpoint = checkpoint
            match self._command:
                case Film() as film:
                    self._film(film, playback, job, choice)
                case Export():
                    self._export(playback, job)
                case None:
                    self._watch(playing, playback, job, choice)

    def _require_writable(self, run_dir: Path) -> None:
        """Refuses to start what could not keep its result."""
        elsewhere = "copy the run elsewhere, and give the path of the checkpoint there"
        match self._command:
            case Evaluate():
                require_writable(run_dir, elsewhere)
            case Export():
                require_writable(run_dir / FOLDER, elsewhere)
            case Film() as film:
                require_writable(film.output.parent, "name another file with --output")

    def _watch(self, playing: Playing, playback: Playback, job: Job, choice: CheckpointChoice) -> None:
        self._report("Exporting the policy…")
        self._add_notice(playback.export(job.run_dir / "exported"))
        if self.config.num_steps is not None:
            self.counters.total_steps = self.config.num_steps * job.env.num_envs
        with self._stepping(State.PLAYING, job.env):
            playing.run(playback, job, choice)

    def _export(self, playback: Playback, job: Job) -> None:
        self._report("Exporting the policy…")
        with self._stepping(State.PLAYING, job.env):
            self._exported = export_policy(playback, job)
        self._add_notice(exported_words(self._exported))

    def _evaluate(self, command: Evaluate, learner: Learner, job: Job, choice: CheckpointChoice) -> None:
        def keep(evaluation: Evaluation) -> None:
            self._evaluations += (evaluation,)
            keep_evaluation(job.run_dir, evaluation)

        with self._stepping(State.PLAYING, job.env):
            self._add_notice(evaluate(learner, job, choice, command, keep, self.lifecycle.show))

    def _film(self, film: Film, playback: Playback, job: Job, choice: CheckpointChoice) -> None:
        recorder = self.recording.recorder
        if recorder is None:
            raise UserError("There is no viewport to film: run rl-trainer film.")
        self.counters.total_steps = len(film.checkpoints) * film.steps * job.env.num_envs
        with self._stepping(State.PLAYING, job.env):
            self._add_notice(record_film(playback, job, choice, recorder, film, self.lifecycle.show))

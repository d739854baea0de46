# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""A training, from its configuration to its closed environment: the run's folder, its record, what it saves."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from .. import runs
from ..errors import UserError
from ..frames.cooperative import TaskStopped, turn, turns_after_optimizer_steps
from ..isaac_lab.determinism import determinism
from ..learners import resuming
from ..learners.base import Learner, Training
from ..learners.checkpoint_writer import CheckpointWriter
from ..learners.wandb_runs import ended_run
from ..overrides.blame import blamed
from ..run_config import RunConfig
from ..runs.evaluations import Evaluation
from ..runs.model import RunStatus
from ..runs.record import ResumedFrom, RunRecord
from ..runs.writing import discard_run_dir
from ..system.huge_pages import use_huge_pages
from ..viewport.interface import Viewport
from .memory_use import begin_training, note_memory
from .periodic_evaluation import PeriodicEvaluation, StartEvaluation, require_evaluations
from .run_settings import RunSettings
from .session import LearnerSession
from .snapshot import RunView, State
from .stages import stage_of, stored_stage
from .stop_rules import StopRules


class TrainingSession(LearnerSession):
    """A training.

    Args:
        config: What was asked for.
        viewport: Draws the environment; None for no viewport.
        admit: As for :class:`Session`.
        huge_pages: Whether to move the memory of the process into huge pages first.
        start_evaluation: Starts its evaluations, in processes of their own; None starts none.
    """

    def __init__(
        self,
        config: RunConfig,
        *,
        viewport: Viewport | None = None,
        admit: Callable[[Any], None] | None = None,
        huge_pages: bool = False,
        start_evaluation: StartEvaluation | None = None,
    ) -> None:
        super().__init__(config, viewport=viewport, admit=admit)
        self._writer: CheckpointWriter | None = None
        self._huge_pages, self._start_evaluation = huge_pages, start_evaluation
        self._stop_reason = ""
        self._saved: Path | None = None
        self._evaluations: tuple[Evaluation, ...] = ()

    @property
    def checkpoint(self) -> Path | None:
        """The final model, once it is saved."""
        return self._saved

    @property
    def best(self) -> Path | None:
        """The best checkpoint so far."""
        best = None if self._writer is None else self._writer.best
        return self.run_dir / best.file if self.run_dir is not None and best and best.file else None

    def view(self) -> RunView:
        """Returns the training as it is now."""
        return dataclasses.replace(super().view(), stop_reason=self._stop_reason, evaluations=self._evaluations)

    def _check(self, env_cfg: Any) -> str:
        require_evaluations(self.config, self._start_evaluation)
        return begin_training(self.config, env_cfg.scene.num_envs)

    def _work(self, learner: Learner, settings: RunSettings, asked: RunConfig) -> None:
        resolved, resume_from = settings.resolved, settings.checkpoint
        learner.check_training(resolved.env_cfg, resolved.agent_cfg)
        experiment = learner.experiment(self.config, resolved.agent_cfg)
        stage: Any = {}
        if resume_from is not None:
            self._check_file(learner, resume_from, self._purpose(resolved))
            stage = stage_of(learner, resume_from, self.config, resolved.agent_cfg)
        elif learner.takes_teachers(resolved.agent_cfg):
            raise UserError("Distillation needs a teacher: choose a checkpoint to continue from.")
        run_name, metadata = self._run_name(learner, resolved.agent_cfg), learner.manifest_metadata(resolved.agent_cfg)
        self.run_dir = runs.create_run_dir(self.config, experiment, run_name, metadata)
        writer = self._writer = CheckpointWriter(self.run_dir, self.counters.progress, self._hold)
        evaluation = PeriodicEvaluation(
            self.config, self.run_dir, learner.format, self.metrics, self._start_evaluation, self._say
        )
        with (
            self._recorded(writer, resume_from),
            ended_run(),
            blamed(self.config.overrides, lambda: self.counters.stopwatch.started),
            determinism(self.config.deterministic, resolved.env_cfg) as seed_again,
            learner.training_scope(),
            self._open(learner, resolved, writer.run_dir, resume_from, writer) as job,
            stored_stage(job, stage) as lost,
        ):
            self._origin = " ".join(filter(None, (self._origin, lost)))
            writer.require_space()
            if self._huge_pages:
                self._report("Preparing memory…")
                use_huge_pages(turn)
            training = learner.start_training(job)
            seed_again()
            self.counters.begin(training)
            if resume_from is not None:
                self._note_origin(writer, resume_from)
            rules = StopRules(self.config, self.counters, self.metrics, job.env)
            writer.between_iterations = lambda: self._between_iterations(training, evaluation, rules)
            failed = False
            try:
                with (
                    self.rewards.of(job.env, writer),
                    self._stepping(State.TRAINING, job.env),
                    turns_after_optimizer_steps(),
                ):
                    training.learn()
            except Exception:
                failed = True
                raise
            except BaseException:
                writer.stop_requested = True  # the user wants it to end, not to wait for disk space
                raise
            finally:
                if not failed and self.counters.iteration > self.counters.start.iterations:
                    note_memory(writer.record, self.config.device, job.env.num_envs)
                self._stop_reason = "" if failed else rules.reason
                self._finish_training(training, failed)
                if failed or writer.stop_requested:
                    evaluation.close()
        self._add_notice(evaluation.finish(self._saved))
        self._evaluations = evaluation.evaluations

    def _between_iterations(self, training: Training, evaluation: PeriodicEvaluation, rules: StopRules) -> None:
        evaluation.after_iteration(training.iteration - self.counters.start.iterations, training.save_checkpoint)
        self._evaluations = evaluation.evaluations
        rules.check()

    def _run_name(self, learner: Learner, agent_cfg: Any) -> str:
        """Returns what is appended to the time in the name of the run's folder."""
        # libraries whose configuration has no place for it get it too
        asked = "" if learner.format.run_name_key else self.config.run_name
        return "_".join(filter(None, (learner.run_name(agent_cfg), asked)))

    @contextlib.contextmanager
    def _recorded(self, writer: CheckpointWriter, resume_from: Path | None) -> Iterator[None]:
        """Writes the run's record: that it runs, and after the block how it ended."""
        origin = None if resume_from is None else ResumedFrom(str(resume_from), None, None, None)
        writer.begin(RunRecord.begin(writer.run_dir, self.config, origin))
        try:
            yield
        except BaseException as exception:
            stopped = not isinstance(exception, Exception)  # by Stop, or by a second Ctrl+C
            if not self.counters.stopwatch.started and (stopped or isinstance(exception, UserError)):
                # it made no step: the checkpoint does not fit, or the environment was still being created
                discard_run_dir(writer.run_dir)
                self.run_dir = None
            elif stopped:
                writer.end(RunStatus.STOPPED)
            else:
                writer.end(RunStatus.FAILED, self.describe(exception))
            raise
        writer.end(RunStatus.FINISHED, stop_reason=self._stop_reason or None)

    def _note_origin(self, writer: CheckpointWriter, checkpoint: Path) -> None:
        """Records what a resumed training takes over from the checkpoint's run, as soon as that is known."""
        start = self.counters.start
        origin = ResumedFrom(str(checkpoint), start.iterations, start.steps, start.seconds)
        record = writer.record
        assert record is not None
        record.set_origin(origin)
        writer.begin(record, resuming.inherit_best(checkpoint, start, self.config, writer.run_dir, writer.best_stem))

    def _finish_training(self, training: Training, failed: bool) -> None:
        self._report("Saving the model…")
        try:
            try:
                saved = training.save()
            except TaskStopped:
                saved = training.save()  # no longer waits for disk space
        finally:
            self.counters.end()
            training.close()
        self._saved = saved
        if failed:
            self.notice = ""  # the failure names what was saved
        elif saved is None:
            self.notice = "Nothing was saved: the weights are not finite numbers, and nothing was learned before."
        else:
            self.notice = f"Saved {saved.name}"
        if self._stop_reason:
            self.notice = f"{self.notice.rstrip('.')}. {self._stop_reason}"

    def _hold(self, why: str) -> None:
        try:
            self.lifecycle.hold(why)
        except TaskStopped:
            if self._writer is not None:
                self._writer.stop_requested = True
            raise

# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""One run, from its configuration to its closed environment, as a blocking function that the trainer runs in slices."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from .. import runs
from ..errors import UserError
from ..frames.cooperative import TaskStopped, turn, turns_after_optimizer_steps
from ..isaac_lab import simulation, task_config
from ..isaac_lab.command_values import check_commands
from ..isaac_lab.determinism import determinism
from ..isaac_lab.simulation import SteppedEnv
from ..isaac_lab.task_sources import edited_words
from ..learners import resuming, trust
from ..learners.base import Job, Learner, Playback, Purpose, Training, load_learner
from ..learners.checkpoint_writer import CheckpointWriter
from ..learners.wandb_runs import ended_run
from ..metrics import MEAN_EPISODE_LENGTH, MEAN_REWARD, Metrics
from ..overrides.blame import blamed
from ..run_config import RunConfig
from ..runs.evaluations import Evaluation, keep_evaluation
from ..runs.model import RunStatus
from ..runs.record import ResumedFrom, RunRecord
from ..runs.writing import discard_run_dir
from ..system.huge_pages import use_huge_pages
from ..viewport.interface import Viewport
from ..viewport.video_file import require_encoder
from .bad_values import BadValues
from .checkpoint_choice import CheckpointChoice
from .commands import Evaluate, Export, Film
from .counters import Counters
from .derived_settings import Creation
from .evaluating import evaluate
from .exporting import export_policy, exported_words, require_runtime
from .failures import describe_run_failure
from .filming import record_film
from .lifecycle import Lifecycle
from .live_terms import LiveTerms
from .memory_use import begin_training, note_memory
from .open_environment import OpenEnvironment, run_environment
from .periodic_evaluation import PeriodicEvaluation, StartEvaluation, require_evaluations
from .playing import Playing
from .recording import RunRecording
from .reward_weights import RewardWeights
from .run_settings import RunSettings, configure_run
from .snapshot import ExportedPolicy, RunView, State
from .stages import stage_of, stored_stage
from .stop_rules import StopRules


class Session:
    """A training or a playback.

    Args:
        config: What was asked for.
        playing: Whether to play a checkpoint rather than train.
        purpose: What a playback is for, if it is not to be watched.
        viewport: Draws the environment; None for no viewport.
        admit: Called with Isaac Lab's configuration of the environment before anything of the run is made; an exception
            fails the run.
        huge_pages: Whether to move the memory of the process into huge pages before a training.
        start_evaluation: Starts the evaluations of a training, in processes of their own; None starts none.
    """

    def __init__(
        self,
        config: RunConfig,
        *,
        playing: bool,
        purpose: Evaluate | Export | Film | None = None,
        viewport: Viewport | None = None,
        admit: Callable[[Any], None] | None = None,
        huge_pages: bool = False,
        start_evaluation: StartEvaluation | None = None,
    ) -> None:
        self.config = config
        self.notice = ""
        self._origin = ""
        self.metrics = Metrics()
        self.run_dir: Path | None = None
        self.counters = Counters()
        self.lifecycle = Lifecycle(self.counters)
        self.rewards = RewardWeights(self.counters, self.metrics)
        """The reward weights of a training, which the user may change."""
        self.bad_values = BadValues()
        """Looks for values that are no finite numbers."""
        self.terms = LiveTerms()
        """The terms of the environment that the user looks at."""
        self.playing = Playing(config.speed) if playing else None
        """The loop of a playback; None for a training."""
        self.checkpoint_writer: CheckpointWriter | None = None
        self._stop_reason = ""
        self._saved: Path | None = None
        self._command = purpose
        self._exported: ExportedPolicy | None = None
        self._evaluations: tuple[Evaluation, ...] = ()
        self._viewport = viewport
        self._huge_pages = huge_pages
        self._start_evaluation = start_evaluation
        self._admit = admit
        self.recording = RunRecording(viewport, self._say, self._add_notice)
        """The clips and pictures of the run."""
        self._frame_every_step = False
        self._edited = ""
        self.taken_over: OpenEnvironment | None = None
        """The environment of a preview in which a training starts; None opens one."""
        self.remark = ""
        """What became of the environment of the preview before this run; or empty."""
        self._configured: tuple[Learner, RunSettings, RunConfig] | None = None
        self._env: SteppedEnv | None = None
        self._report = simulation.report_and_draw(self.lifecycle.show)

    @property
    def checkpoint(self) -> Path | None:
        """The final model of a training, once it is saved, or the checkpoint that plays."""
        return self._saved if self.playing is None else self.playing.checkpoint

    @property
    def origin(self) -> str:
        """What differs from what the user may expect: from the checkpoint's run, from the task's original source."""
        if self.playing is not None and self.playing.notice is not None:
            told = self.remark, self._edited, self.playing.notice, self.bad_values.words
        else:
            told = self.remark, self._origin, self.rewards.words, self.bad_values.words
        return " ".join(filter(None, told))

    def give_frame_every_step(self, wanted: bool) -> None:
        """Sets whether the host gets a frame after every environment step, or only when one is due."""
        self._frame_every_step = wanted
        if self._env is not None:
            self._env.frame_every_step = wanted

    def view(self) -> RunView:
        """Returns the run as it is now."""
        return RunView(
            config=self.config,
            playing=self.playing is not None,
            run_dir=self.run_dir,
            counts=self.counters.view(),
            mean_reward=self.metrics.last(MEAN_REWARD),
            mean_episode_length=self.metrics.last(MEAN_EPISODE_LENGTH),
            checkpoint=self.checkpoint,
            following=None if self.playing is None else self.playing.following,
            held=self.lifecycle.held,
            origin=self.origin,
            old_code=self._edited,
            stop_reason=self._stop_reason,
            exported=self._exported,
            evaluations=self._evaluations,
            recording=self.recording.view(),
            metrics=self.metrics,
            rewards=self.rewards,
            terms=self.terms.terms,
            driving=None if self.playing is None else self.playing.driving,
        )

    def describe(self, exception: BaseException) -> str:
        """Returns one sentence about what ended the run."""
        best = None if self.checkpoint_writer is None else self.checkpoint_writer.best
        words = describe_run_failure(
            exception,
            playing=self.playing is not None,
            run_dir=self.run_dir,
            saved=self.checkpoint,
            best=self.run_dir / best.file if self.run_dir is not None and best and best.file else None,
        )
        return " ".join(filter(None, (words, self.bad_values.where_kept)))

    def configure(self) -> tuple[Learner, RunSettings, RunConfig]:
        """Does the first part of :meth:`run`: returns learner and configuration, and what was asked for. Blocks."""
        if self.config.video or isinstance(self._command, Film):
            require_encoder()
        if isinstance(self._command, Export):
            require_runtime()
        self._report(f"Importing {self.config.library}…")
        learner = load_learner(self.config.library)
        self._report("Reading the configuration…")
        asked = self.config = self.config.replace(device=task_config.resolve_device(self.config.device))
        with blamed(self.config.overrides, lambda: False):
            settings = configure_run(asked, learner, playing=self.playing is not None)
        self.config, resolved = settings.config, settings.resolved
        require_evaluations(self.config, self._start_evaluation)
        check_commands(self.config.task, resolved.env_cfg, self.config.commands)
        self._edited = edited_words(self.config.task)
        memory = "" if self.playing is not None else begin_training(self.config, resolved.env_cfg.scene.num_envs)
        self._origin = " ".join(filter(None, (self._edited, settings.notice, memory)))
        self.notice = resolved.notice
        if self._admit is not None:
            self._admit(resolved.env_cfg)
        self._configured = learner, settings, asked
        return self._configured

    def run(self) -> None:
        """Trains or plays to the end. Blocks; to be run in a :class:`~..frames.cooperative.CooperativeTask`."""
        learner, settings, asked = self._configured or self.configure()
        with (
            blamed(self.config.overrides, lambda: self.counters.stopwatch.started),
            self.taken_over or simulation.launched(settings.resolved),
        ):
            if self.playing is not None:
                self._play(self.playing, learner, settings, asked)
            else:
                self._train(learner, settings)

    def _train(self, learner: Learner, settings: RunSettings) -> None:
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
        writer = self.checkpoint_writer = CheckpointWriter(self.run_dir, self.counters.progress, self._hold)
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

    def _play(self, playing: Playing, learner: Learner, settings: RunSettings, asked: RunConfig) -> None:
        resolved, checkpoint = settings.resolved, settings.checkpoint
        assert checkpoint is not None
        purpose = self._purpose(resolved)
        self._check_file(learner, checkpoint, purpose)
        self.run_dir = learner.format.run_dir_of(checkpoint)
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

    def _say(self, sentence: str) -> None:
        self.notice = sentence

    def _add_notice(self, sentence: str) -> None:
        if sentence not in self.notice:
            self.notice = " ".join(filter(None, (self.notice, sentence)))

    @contextlib.contextmanager
    def _open(
        self,
        learner: Learner,
        resolved: task_config.ResolvedConfig,
        run_dir: Path,
        checkpoint: Path | None,
        writer: CheckpointWriter | None,
    ) -> Iterator[Job]:
        """Opens the environment, and yields what a library needs to work in it."""
        one_agent = not learner.format.trains_each_agent(resolved.agent_cfg)
        creation = Creation(resolved.env_cfg)
        with run_environment(
            self.taken_over, self.config.task, resolved, run_dir, self._report, self._viewport, one_agent
        ) as env:
            self._report("Compiling kernels…")
            env_cfg, agent_cfg = resolved.env_cfg, resolved.agent_cfg
            if writer is not None and writer.record is not None:
                writer.record.derived = creation.derived(env_cfg)
            self.metrics.step_unit = "environment steps" if self.playing else learner.format.step_unit
            stem = "train" if self.playing is None or checkpoint is None else f"play-{checkpoint.stem}"
            with self.recording.clips(env, self.config, run_dir, stem):
                yield Job(self.config, env, env_cfg, agent_cfg, run_dir, checkpoint, self.metrics, writer)
            self.lifecycle.close()

    @contextlib.contextmanager
    def _stepping(self, phase: State, env: SteppedEnv) -> Iterator[None]:
        self._env = env
        env.frame_every_step = self._frame_every_step
        try:
            playing = self.playing is not None
            with (
                self.lifecycle.stepping(phase, env),
                self.bad_values.of(env, self.config, self.run_dir, playing),
                self.terms.of(env, playing),
            ):
                yield
        finally:
            self._env = None

    def _hold(self, why: str) -> None:
        try:
            self.lifecycle.hold(why)
        except TaskStopped:
            if self.checkpoint_writer is not None:
                self.checkpoint_writer.stop_requested = True
            raise

    def _check_file(self, learner: Learner, checkpoint: Path, purpose: Purpose) -> None:
        self._report("Reading the checkpoint…")
        if self.config.trust:
            for file in learner.format.files(checkpoint):
                trust.allow(file)
        purpose = dataclasses.replace(purpose, other_task=runs.other_task(checkpoint, self.config))
        learner.check_checkpoint(checkpoint, purpose)
        if purpose.other_task:
            use = "as the teacher" if learner.takes_teachers(purpose.agent_cfg) else "to fine-tune it"
            taken = f"Took {checkpoint.name}, which was trained on {purpose.other_task}, {use}."
            self._origin = " ".join(filter(None, (taken, self._origin)))

    def _purpose(self, resolved: task_config.ResolvedConfig) -> Purpose:
        return Purpose(
            self.config.task,
            resolved.agent_cfg,
            self.playing is not None,
            env_cfg=resolved.env_cfg,
            overrides=self.config.overrides,
            fine_tune=self.config.fine_tune,
        )

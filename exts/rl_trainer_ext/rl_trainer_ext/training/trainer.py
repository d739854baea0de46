# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The state machine: commands in, snapshots out, one slice of work a frame.

A host makes one :class:`Trainer` and calls :meth:`Trainer.tick` once a frame, always from the same place. Everything
that Isaac Lab and the RL libraries do happens inside that call.
"""

from __future__ import annotations

import functools
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

from ..errors import Diverged, NeedsTrustError, UserError
from ..frames.cooperative import CooperativeTask
from ..frames.sharing import DEFAULT_SHARE, MAX_SHARE, RenderMode
from ..isaac_lab import assets, simulation, task_config
from ..isaac_lab.tasks import TaskDetails
from ..learners import trust
from ..viewport.interface import Viewport
from .commands import (
    Command,
    Describe,
    DescribeCheckpoint,
    DismissFailure,
    Load,
    Play,
    Reload,
    SetRenderMode,
    SetTaskModules,
    SetViewportShare,
    Stop,
    TakePicture,
    Train,
    Trust,
    WatchTerms,
)
from .descriptions import describe_checkpoint
from .edited_code import CodeWatch
from .failures import describe_import_failure, details
from .known_tasks import KnownTasks
from .new_session import new_session
from .periodic_evaluation import StartEvaluation
from .playing import Playing
from .previewing import PreviewSession
from .recording import StillPicture
from .run_commands import RUNNING, obey_run
from .session import Session
from .snapshot import CheckpointDetails, Failure, Snapshot, State


class Trainer:
    """Trains and plays, one run at a time. Starts by importing Isaac Lab, in :attr:`State.LOADING`.

    Args:
        viewport: Gets each run's environment, so that the host can draw it between two calls of :meth:`tick`.
        prepare: Called before each run; an exception fails the run.
        check: Called before Isaac Lab is imported. Returns a notice that the user sees until the first run, or an empty
            text. After an exception Isaac Lab is not imported.
        admit: Called with Isaac Lab's configuration of each run's environment before anything of the run is made; an
            exception fails the run.
        huge_pages: Whether to move the memory of the process into huge pages before a training.
        task_modules: Modules that register tasks and that no entry point names.
        start_evaluation: Starts the evaluations of a training, in processes of their own; None refuses them.
    """

    def __init__(
        self,
        viewport: Viewport | None = None,
        prepare: Callable[[], None] | None = None,
        check: Callable[[], str] | None = None,
        admit: Callable[[Any], None] | None = None,
        huge_pages: bool = False,
        task_modules: Sequence[str] = (),
        start_evaluation: StartEvaluation | None = None,
    ) -> None:
        self._viewport = viewport
        self._prepare = prepare
        self._check = check
        self._admit = admit
        self._huge_pages = huge_pages
        self._tasks = KnownTasks(task_modules)
        self._start_evaluation = start_evaluation
        self._notice = ""
        self._load_problem = "Isaac Lab could not be imported: install it and start again."
        self._drawn_steps: int | None = None
        self._commands: deque[Command] = deque()
        self._loading = "Loading…"
        """What the import of Isaac Lab does right now."""
        self._task: CooperativeTask | None = CooperativeTask(self._load)
        self._session: Session | None = None
        self._failure: Failure | None = None
        self._asked: Train | Play | Load | None = None
        self._remark = ""
        """What became of the preview before the next run."""
        self._details: TaskDetails | None = None
        self._checkpoint_details: CheckpointDetails | None = None
        self._devices: tuple[str, ...] = ("cpu",)
        self._status = ""
        self._refused = False
        self._render_mode = RenderMode.PARTIAL_RENDERING
        self._viewport_share = DEFAULT_SHARE
        self._code = CodeWatch()
        self._picture = StillPicture()
        self._watched: int | None = None

    def request(self, command: Command) -> None:
        """Enqueues a command for the next :meth:`tick`; while Isaac Lab is being imported, commands wait."""
        self._commands.append(command)

    def tick(self, budget: float) -> None:
        """Carries out the commands, then runs one slice. To be called by the host once a frame.

        Args:
            budget: Length of the slice [s].
        """
        while self._commands and self.state is not State.LOADING:
            self._obey(self._commands.popleft())
        if self._tasks.catalogue is not None and self._code.look(idle=self._task is None):
            self._tasks.update()
        self._attempt(self._picture.step)
        task, session = self._task, self._session
        if task is None or self._paused:
            return
        if session is not None:
            session.give_frame_every_step(self._every_step_is_drawn)
        finished = task.run_slice(budget)
        if session is not None:
            self._after_slice(session)
        if finished:
            self._finish(task)
            if isinstance(session, PreviewSession) and session.successor is not None:
                self._start_successor(session, *session.successor)

    def _after_slice(self, session: Session) -> None:
        playing = session.playing
        if playing is not None and playing.problem:
            # of a checkpoint that was swapped in, or of the run after a preview
            self._refused = isinstance(session, PreviewSession)
            self._failure = Failure(playing.problem, untrusted=playing.untrusted)
            playing.problem = playing.untrusted = ""
        if playing is not None and playing.stepped() and session.lifecycle.state is State.PLAYING:
            session.lifecycle.pause()
        if session.lifecycle.state in RUNNING:
            session.counters.measure()

    @property
    def state(self) -> State:
        """What the trainer does; as in its :meth:`snapshot`, but cheaper."""
        if self._task is None:
            return State.IDLE
        return State.LOADING if self._session is None else self._session.lifecycle.state

    @property
    def idle_until(self) -> float:
        """When there is work again, on the clock of :func:`time.perf_counter` [s]; 0 while there is work now."""
        if self._task is None or self._paused:
            return float("inf")
        return self._task.idle_until

    @property
    def render_mode(self) -> RenderMode:
        """What of the run is drawn."""
        return self._render_mode

    @property
    def viewport_share(self) -> float:
        """Share of the time that the viewport may cost in partial rendering."""
        return self._viewport_share

    @property
    def undrawn(self) -> bool:
        """Whether a run has made steps since the last :meth:`drawn`, so that a picture would be a new one."""
        session = self._session
        return self._task is not None and session is not None and session.counters.steps != self._drawn_steps

    def drawn(self) -> None:
        """Notes that the viewport was drawn. To be called by the host after each of its pictures."""
        self._drawn_steps = None if self._session is None else self._session.counters.steps

    def close(self, between: Callable[[], None] | None = None) -> None:
        """Stops the run, saves it and waits until its environment is closed.

        Args:
            between: Called whenever the run waits for a frame of the host; without it no frame is drawn meanwhile.
        """
        self._commands.clear()
        self._picture.close(between)
        if self._task is not None:
            task = self._task
            if self._session is not None:
                self._session.lifecycle.stop()
            task.unwind(between)
            self._finish(task)

    def snapshot(self) -> Snapshot:
        """Returns everything that can be shown, as it is now."""
        session = self._session
        notice = self._notice if session is None else " ".join(filter(None, (session.origin, session.notice)))
        return Snapshot(
            state=self.state,
            activity=self._loading if session is None else session.lifecycle.activity,
            status=self._status,
            asked=self._asked,
            refused=self._refused,
            run=None if session is None else session.view(),
            failure=self._failure,
            notice=self._code.reloaded or notice,
            catalogue=self._tasks.catalogue,
            details=self._details,
            checkpoint_details=self._checkpoint_details,
            edited=self._code.edited,
            devices=self._devices,
            render_mode=self._render_mode,
            viewport_share=self._viewport_share,
            viewport_problem="" if self._viewport is None else self._viewport.problem,
        )

    def _load(self) -> None:
        report = simulation.report_and_draw(self._show)
        report("Looking for the asset server…")
        assets.choose_asset_root().apply()
        if self._check is not None:
            self._notice = self._check()
        # before PyTorch: on sys.path it puts what is installed for it before the copies that Isaac Sim brings
        import isaaclab  # noqa: F401

        report("Importing PyTorch…")
        self._devices = task_config.devices()
        report("Importing Isaac Lab's tasks…")
        self._tasks.register()

    def _show(self, activity: str) -> None:
        self._loading = activity

    def _obey(self, command: Command) -> None:
        match command:
            case Train() | Play() | Load():
                self._start(command)
            case Reload(then):
                self._reload(then)
            case WatchTerms(environment):
                self._watched = environment
                if self._session is not None:
                    self._session.terms.watch(environment)
            case Stop() if self._session is not None and self._task is not None:
                self._session.lifecycle.stop()
                self._task.stop()
            case SetRenderMode(mode):
                self._render_mode = mode
            case SetViewportShare(share):
                self._viewport_share = min(max(share, 0.0), MAX_SHARE)
            case TakePicture() if self._session is not None and self._task is not None:
                self._picture.begin(self._session.recording.take_picture)
            case Describe():
                self._details = self._tasks.describe(command)
            case SetTaskModules(modules) if self._task is None and self._tasks.catalogue is not None:
                self._tasks.set_modules(modules)
            case DescribeCheckpoint(config) if self._task is None:
                self._checkpoint_details = describe_checkpoint(config)
            case Trust(digest) if self._failure is not None and self._failure.untrusted == digest:
                trust.remember(digest)
                self._retry()
            case DismissFailure():
                self._failure = None
            case _ if self._session is not None:
                self._attempt(functools.partial(obey_run, self._session, self.state, command))

    def _attempt(self, action: Callable[[], None]) -> None:
        """Does what the user asks of a run; a problem with it is shown and does not touch the run."""
        try:
            action()
        except UserError as error:
            self._failure = Failure(str(error))

    def _retry(self) -> None:
        """Does what the last failure prevented: swaps the checkpoint of the playback, or starts the run."""
        self._failure = None
        if self._task is not None and self._playing is not None:
            self._playing.retry()
        elif self._task is None and self._asked is not None:
            self._start(self._asked)

    def _start(self, command: Train | Play | Load) -> None:
        config, self._failure = command.config, None
        preview, remark, self._remark = self._preview, self._remark, ""
        try:
            if self._task is not None and preview is None:
                raise UserError("Another run is in progress: stop it first.")
            if self._tasks.catalogue is None:
                raise UserError(self._load_problem)
            config.validate()
            catalogue = self._tasks.with_modules(config.external)
            config = catalogue.for_preview(config) if isinstance(command, Load) else catalogue.complete(config)
        except UserError as error:
            self._failure = Failure(str(error))
            self._refuse(command)
            return
        self._asked, self._refused, self._code.reloaded = command, False, ""
        session = new_session(command, config, self._viewport, self._admit, self._huge_pages, self._start_evaluation)
        session.remark = remark
        if preview is not None:
            preview.give_way(command, session)
        else:
            self._begin(session, functools.partial(self._run, session))

    def _refuse(self, command: Train | Play | Load) -> None:
        """Notes that a run cannot begin; a run or preview in progress stays as it is."""
        if self._task is None:
            self._status = "failed"
        if self._task is None or self._preview is not None:
            self._asked, self._refused = command, True

    def _begin(self, session: Session, run: Callable[[], None]) -> CooperativeTask:
        self._session, self._drawn_steps, self._status = session, None, "running"
        session.terms.watch(self._watched)
        self._task = CooperativeTask(run)
        return self._task

    def _start_successor(self, preview: PreviewSession, command: Train | Play | Load, session: Session | None) -> None:
        """Starts the run for which a preview has ended."""
        if session is None:
            # in the next frame: the host may have to tidy up after the preview
            self._remark, self._asked = preview.why_not, None
            self._commands.appendleft(command)
            return
        # the host is prepared; at once, so that the run owns the environment however it ends
        self._begin(session, session.run).run_slice(0.0)

    def _reload(self, then: Train | Play | Load | None) -> None:
        preview = self._preview
        if self._task is not None and (preview is None or self.state is State.LAUNCHING):
            self._failure = Failure("A run is in progress, whose code cannot be replaced: stop it, then reload.")
            return
        self._failure = self._code.reload()
        if self._failure is not None:
            if then is not None:
                self._refuse(then)
        else:
            self._details = self._checkpoint_details = None  # of the old code
            self._tasks.register()
            if preview is not None:  # whose environment is of the old code
                preview.give_way(then or preview.command)
            elif then is not None:
                self._start(then)

    def _run(self, session: Session) -> None:
        if self._prepare is not None:
            self._prepare()
        session.run()

    def _finish(self, task: CooperativeTask) -> None:
        self._task = None
        self._loading = ""
        session, exception = self._session, task.exception
        if session is None:  # Isaac Lab was being imported
            if isinstance(exception, KeyboardInterrupt):
                raise exception
            if exception is not None:
                self._load_problem = describe_import_failure(exception)
                self._failure = Failure(self._load_problem, details(exception))
            return
        session.lifecycle.activity = ""
        self._status = "stopped" if task.stopped else "finished" if exception is None else "failed"
        if isinstance(exception, UserError):
            self._failure = _failure(exception)
        elif exception is not None:
            good = session.checkpoint if isinstance(exception, Diverged) else None
            words, kept = session.describe(exception), session.bad_values.file
            self._failure = Failure(words, details(exception), checkpoint=good, kept_steps=kept)
        if isinstance(exception, KeyboardInterrupt):
            raise exception  # meant for the program, not for the run

    @property
    def _every_step_is_drawn(self) -> bool:
        viewport = self._viewport
        return self._render_mode is RenderMode.FULL_RENDERING and viewport is not None and not viewport.problem

    @property
    def _paused(self) -> bool:
        return self._session is not None and self._session.lifecycle.paused

    @property
    def _preview(self) -> PreviewSession | None:
        """The preview in progress, which another run may end."""
        session = self._session
        going = self._task is not None and self.state is not State.STOPPING
        return session if going and isinstance(session, PreviewSession) else None

    @property
    def _playing(self) -> Playing | None:
        return None if self._session is None else self._session.playing


def _failure(error: UserError) -> Failure:
    return Failure(str(error), untrusted=error.digest if isinstance(error, NeedsTrustError) else "")

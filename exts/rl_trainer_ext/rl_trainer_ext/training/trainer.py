# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The state machine: commands in, snapshots out, one slice of work a frame.

A host makes one :class:`Trainer` and calls :meth:`Trainer.tick` once a frame, always from the same place. Everything
that Isaac Lab and the RL libraries do happens inside that call.
"""

from __future__ import annotations

import functools
from collections import deque
from collections.abc import Callable
from typing import Any

from ..errors import Diverged, NeedsTrustError, UserError
from ..frames.cooperative import CooperativeTask
from ..frames.sharing import DEFAULT_SHARE, MAX_SHARE, RenderMode
from ..isaac_lab import assets, simulation, task_config, task_sources, tasks
from ..isaac_lab.tasks import Catalogue, TaskDetails
from ..learners import trust
from ..viewport.interface import Viewport
from .checkpoint_details import describe_checkpoint
from .failures import describe_import_failure, details
from .playing import Playing
from .session import Session
from .snapshot import (
    CheckpointDetails,
    Command,
    Describe,
    DescribeCheckpoint,
    DismissFailure,
    Failure,
    Follow,
    Pause,
    Play,
    Resume,
    SetRenderMode,
    SetSpeed,
    SetViewportShare,
    Snapshot,
    State,
    Step,
    Stop,
    SwapCheckpoint,
    Train,
    Trust,
)
from .stopwatch import Speedometer

_RUNNING = (State.TRAINING, State.PLAYING)


class Trainer:
    """Trains and plays, one run at a time. Starts by importing Isaac Lab, in :attr:`State.LOADING`.

    Args:
        viewport: Told of each run's environment, so that the host can draw it between two :meth:`tick`.
        prepare: What the host has to do before a run, when Isaac Lab has been imported; what it raises fails the run.
        check: What the host has to look at before Isaac Lab is imported. It returns what to tell the user before
            the first run, or an empty text; with what it raises, Isaac Lab is not imported.
        admit: What the host has to look at in Isaac Lab's configuration of each run's environment, before the
            environment is made; what it raises fails the run.
    """

    def __init__(
        self,
        viewport: Viewport | None = None,
        prepare: Callable[[], None] | None = None,
        check: Callable[[], str] | None = None,
        admit: Callable[[Any], None] | None = None,
    ) -> None:
        self._viewport = viewport
        self._prepare = prepare
        self._check = check
        self._admit = admit
        self._notice = ""
        self._load_problem = "Isaac Lab could not be imported: install it and start again."
        self._drawn_steps: int | None = None
        self._commands: deque[Command] = deque()
        self._state = State.LOADING
        self._activity = "Loading…"
        self._task: CooperativeTask | None = CooperativeTask(self._load)
        self._session: Session | None = None
        self._failure: Failure | None = None
        self._asked: Train | Play | None = None
        self._catalogue: Catalogue | None = None
        self._details: TaskDetails | None = None
        self._checkpoint_details: CheckpointDetails | None = None
        self._devices: tuple[str, ...] = ("cpu",)
        self._status = ""
        self._render_mode = RenderMode.PARTIAL_RENDERING
        self._viewport_share = DEFAULT_SHARE
        self._speedometer = Speedometer()
        self._paused = False
        self._described: dict[tuple[str, str, str], TaskDetails] = {}

    def request(self, command: Command) -> None:
        """Asks for something. It is done in the next :meth:`tick`; while Isaac Lab is loading it waits until then."""
        self._commands.append(command)

    def tick(self, budget: float) -> None:
        """Does what was requested, then works for one slice. To be called by the host once a frame.

        Args:
            budget: Seconds that this frame can spare.
        """
        while self._commands and self._state is not State.LOADING:
            self._obey(self._commands.popleft())
        if self._task is None or self._paused:
            return
        if self._session is not None:
            self._session.give_frame_every_step(self._every_step_is_drawn)
        finished = self._task.resume(budget)
        if self._session is not None and (self._state is not State.STOPPING or self._session.held):
            self._state = self._session.phase
        self._take_problem()
        if self._playing is not None and self._playing.stepped():
            self._obey(Pause())
        if self._session is not None and self._state in _RUNNING:
            self._speedometer.measure(self._session.counters.steps)
        if finished:
            self._finish(self._task)

    @property
    def state(self) -> State:
        """What it does; the same as in its :meth:`snapshot`, for less."""
        return self._state

    @property
    def idle_until(self) -> float:
        """When there is work again, on the clock of :func:`time.perf_counter` [s]; 0 while there is work now."""
        if self._task is None or self._paused:
            return float("inf")
        return self._task.idle_until

    @property
    def render_mode(self) -> RenderMode:
        """What of the run is to be drawn."""
        return self._render_mode

    @property
    def viewport_share(self) -> float:
        """Share of the time that the viewport may cost in partial rendering."""
        return self._viewport_share

    @property
    def undrawn(self) -> bool:
        """Whether a run has gone on since the last :meth:`drawn`: a picture now would be a new one."""
        session = self._session
        return self._task is not None and session is not None and session.counters.steps != self._drawn_steps

    def drawn(self) -> None:
        """To be called by the host after each picture of the viewport."""
        self._drawn_steps = None if self._session is None else self._session.counters.steps

    def close(self, between: Callable[[], None] | None = None) -> None:
        """Stops whatever runs, saves it and waits until its environment is closed.

        Args:
            between: Called whenever the run waits for a frame of the host meanwhile; without it none is drawn.
        """
        self._commands.clear()
        if self._task is not None:
            task, self._state = self._task, State.STOPPING
            task.unwind(between)
            self._finish(task)

    def snapshot(self) -> Snapshot:
        """Everything that can be shown, now."""
        session = self._session
        run: dict[str, Any] = {"notice": self._notice}
        if session is not None:
            run = {**session.shown(), "steps_per_second": self._steps_per_second(session)}
        return Snapshot(
            state=self._state,
            activity=self._activity if session is None else self._activity or session.activity,
            status=self._status,
            failure=self._failure,
            catalogue=self._catalogue,
            details=self._details,
            checkpoint_details=self._checkpoint_details,
            devices=self._devices,
            render_mode=self._render_mode,
            viewport_share=self._viewport_share,
            viewport_problem="" if self._viewport is None else self._viewport.problem,
            **run,
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
        self._catalogue = tasks.load_catalogue()
        task_sources.note_sources()

    def _show(self, activity: str) -> None:
        self._activity = activity

    def _obey(self, command: Command) -> None:
        match command:
            case Train() | Play():
                self._start(command)
            case Pause() if self._state in _RUNNING:
                self._state, self._paused = State.PAUSED, True
                if self._session is not None:
                    self._session.counters.stopwatch.pause()
            case Resume() if self._state is State.PAUSED and self._session is not None:
                self._session.retry()
                self._end_pause()
                self._state = self._session.phase
            case Step() if self._playing is not None and self._state in (State.PLAYING, State.PAUSED):
                self._playing.step()
                self._end_pause()
                self._state = State.PLAYING
            case Stop() if self._task is not None:
                self._end_pause()
                self._state = State.STOPPING
                if self._session is not None:
                    self._session.activity = "Stopping…"
                self._task.stop()
            case SetSpeed(speed) if self._playing is not None:
                self._playing.speed = speed
            case SwapCheckpoint(path) if self._playing is not None and self._task is not None:
                self._playing.swap(path)
            case Follow(run_dir) if self._playing is not None and self._task is not None:
                self._playing.follow(run_dir)
            case SetRenderMode(mode):
                self._render_mode = mode
            case SetViewportShare(share):
                self._viewport_share = min(max(share, 0.0), MAX_SHARE)
            case Describe(task, library, device):
                self._answer(task, library, device)
            case DescribeCheckpoint(config) if self._task is None:
                self._checkpoint_details = describe_checkpoint(config)
            case Trust(digest) if self._failure is not None and self._failure.untrusted == digest:
                trust.remember(digest)
                self._do_again()
            case DismissFailure():
                self._failure = None

    def _do_again(self) -> None:
        """What the last failure prevented: another checkpoint of the running playback, or a run."""
        self._failure = None
        if self._task is not None and self._playing is not None:
            self._playing.retry()
        elif self._task is None and self._asked is not None:
            self._start(self._asked)

    def _start(self, command: Train | Play) -> None:
        config, self._failure = command.config, None
        try:
            if self._task is not None:
                raise UserError("Another run is going on: stop it first.")
            if self._catalogue is None:
                raise UserError(self._load_problem)
            config.validate()
            config = self._catalogue.complete(config)
        except UserError as error:
            self._failure = Failure(str(error))
            if self._task is None:
                self._status = "failed"
            return
        self._asked = command
        playing = isinstance(command, Play)
        self._session = Session(config, playing=playing, viewport=self._viewport, admit=self._admit)
        self._drawn_steps = None
        self._task = CooperativeTask(functools.partial(self._run, self._session))
        self._state = State.LAUNCHING
        self._activity = ""
        self._status = "running"
        self._speedometer.clear()
        self._paused = False

    def _run(self, session: Session) -> None:
        if self._prepare is not None:
            self._prepare()
        session.run()

    def _finish(self, task: CooperativeTask) -> None:
        self._task = None
        self._state = State.IDLE
        self._activity = ""
        session, exception = self._session, task.exception
        if session is None:  # Isaac Lab was being imported
            if isinstance(exception, KeyboardInterrupt):
                raise exception
            if exception is not None:
                self._load_problem = describe_import_failure(exception)
                self._failure = Failure(self._load_problem, details(exception))
            return
        session.activity = ""
        self._status = "stopped" if task.stopped else "finished" if exception is None else "failed"
        if isinstance(exception, UserError):
            self._failure = _failure(exception)
        elif exception is not None:
            good = session.checkpoint if isinstance(exception, Diverged) else None
            self._failure = Failure(session.describe(exception), details(exception), checkpoint=good)
        if isinstance(exception, KeyboardInterrupt):
            raise exception  # meant for the program, not for the run

    @property
    def _every_step_is_drawn(self) -> bool:
        viewport = self._viewport
        return self._render_mode is RenderMode.FULL_RENDERING and viewport is not None and not viewport.problem

    def _answer(self, task: str, library: str, device: str) -> None:
        try:
            details = self._described.get((task, library, device)) or task_config.describe(task, library, device)
            if not details.problem:  # a problem may pass: assets come within reach, a package is installed
                self._described[task, library, device] = details
            self._details = details
        except UserError as error:
            self._details = TaskDetails(task, library, device, 0, 0, None, str(error))
        except (Exception, SystemExit) as error:
            # a task whose configuration does not load is reported, and the others stay usable
            problem = f"The configuration of {task} cannot be read: {type(error).__name__}: {error}"
            self._details = TaskDetails(task, library, device, 0, 0, None, problem.splitlines()[0])

    @property
    def _playing(self) -> Playing | None:
        return None if self._session is None else self._session.playing

    def _take_problem(self) -> None:
        """A checkpoint that was asked for in mid-playback and does not fit."""
        if self._playing is not None and self._playing.problem:
            self._failure = Failure(self._playing.problem, untrusted=self._playing.untrusted)
            self._playing.problem = self._playing.untrusted = ""

    def _end_pause(self) -> None:
        if self._paused:
            self._paused = False
            if self._session is not None:
                self._session.counters.stopwatch.resume()
            # the steps of before the pause would count as slow ones
            self._speedometer.clear()

    def _steps_per_second(self, session: Session) -> float | None:
        counters = session.counters
        if not counters.stopwatch.stopped:
            return self._speedometer.per_second
        seconds = counters.stopwatch.seconds
        return (counters.steps - counters.start.steps) / seconds if seconds > 0 else None


def _failure(error: UserError) -> Failure:
    return Failure(str(error), untrusted=error.digest if isinstance(error, NeedsTrustError) else "")

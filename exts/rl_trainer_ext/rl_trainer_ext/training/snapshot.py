# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""What a user interface can show of the trainer, at one moment. No library is imported here."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from ..frames.sharing import DEFAULT_SHARE, RenderMode
from ..isaac_lab.command_values import CommandValues
from ..isaac_lab.tasks import Catalogue, TaskDetails
from ..metrics import Metrics
from ..metrics.step_terms import StepTerms
from ..run_config import RunConfig
from ..runs.evaluations import Evaluation
from ..runs.parameters import Difference


class State(enum.Enum):
    """What the trainer does."""

    LOADING = "loading"
    """Isaac Lab is being imported and its tasks are being listed; commands wait."""
    IDLE = "idle"
    LAUNCHING = "launching"
    TRAINING = "training"
    PLAYING = "playing"
    PAUSED = "paused"
    STOPPING = "stopping"


class PreviewActions(enum.Enum):
    """What acts in a preview."""

    ZERO = "zero"
    """Zero, or for absolute poses the command that holds the present one."""
    RANDOM = "random"
    """Uniform between -1 and 1; among the choices of a discrete action."""


@dataclass(frozen=True)
class Failure:
    """Why something could not be done."""

    message: str
    """One sentence that says what is wrong and what to do next."""
    details: str = ""
    """The traceback; empty for bad input, where the sentence says it all."""
    untrusted: str = ""
    """Digest of the file content that needs the user's trust (:class:`~.commands.Trust`); empty for other failures."""
    checkpoint: Path | None = None
    """The checkpoint to play or to resume from after a training that diverged; None for every other failure."""
    kept_steps: Path | None = None
    """The file with the last steps before it, which can be replayed; None without one."""

    @property
    def bad_input(self) -> bool:
        """Whether the request was at fault, rather than the program."""
        return not self.details


@dataclass(frozen=True)
class EditedCode:
    """Source files that are not what was imported any more."""

    words: str = ""
    """What happened to files of the user's packages, such as ``mdp.py changed``; empty without any."""
    files: tuple[Path, ...] = ()
    tasks: frozenset[str] = frozenset()
    """The tasks of which the old code would run."""
    restart: str = ""
    """A sentence about edited files of libraries, which need a restart; empty without any."""

    def concerns(self, task: str) -> bool:
        """Returns whether a run of a task, by the name that a user gives it, would have old code."""
        return task.split(":")[-1] in self.tasks


@dataclass(frozen=True)
class CheckpointDetails:
    """The checkpoint that a training would resume from."""

    config: RunConfig
    """What was asked about."""
    path: Path | None = None
    """The checkpoint; None when there is a :attr:`problem`."""
    iteration: int | None = None
    """Its iteration, as the library counts them; None where unknown."""
    changes: tuple[Difference, ...] = ()
    """The agent's settings that are not those of the checkpoint's run, the checkpoint's value first."""
    problem: str = ""
    """Why there is no checkpoint to resume from, in one sentence; or empty."""


@dataclass(frozen=True)
class Counts:
    """How far a run has come. Iterations, steps and seconds include those of the checkpoint that it resumed from."""

    iteration: int = 0
    """Finished training iterations."""
    total_iterations: int = 0
    """Finished iterations at the end of this run; 0 while unknown."""
    start_iteration: int = 0
    """Iterations that the checkpoint had finished; 0 from scratch."""
    steps: int = 0
    """Environment steps, summed over the parallel environments."""
    total_steps: int = 0
    """Playback: steps after which it ends, over all environments; 0 for no end."""
    steps_per_second: float | None = None
    """Over the last seconds; of the whole run when it has ended."""
    elapsed: float = 0.0
    """Seconds since the first step, without pauses."""
    eta: float | None = None
    """Seconds until the end; None while unknown."""


@dataclass(frozen=True)
class ExportedPolicy:
    """The files of an exported policy, or of those of several agents."""

    jit: dict[str, Path]
    """TorchScript, with the normaliser inside, by the name of the agent; an empty name for a single policy."""
    onnx: dict[str, Path]
    """ONNX, likewise."""
    max_error: float
    """Largest difference between their actions and the checkpoint's, relative to actions above 1."""
    observations: int
    """Number of observations that were compared."""


@dataclass(frozen=True)
class Recording:
    """What is recorded, for the user."""

    path: Path | None = None
    """The clip that is being recorded; None between clips."""
    pictures: int = 0
    """Pictures in it so far."""
    rate: float = 1.0
    """Pictures per second in real time."""
    clips: tuple[Path, ...] = ()
    """The clips that are whole, the newest last."""
    seconds: float = 0.0
    """Time that all clips took from the run so far [s]."""
    problem: str = ""
    """Why nothing is recorded any more, in one sentence; empty while there is no problem."""


class RewardWeightsView(Protocol):
    """The weights of the reward terms of a training."""

    @property
    def weights(self) -> tuple[tuple[str, float], ...]:
        """The terms and their present weights; empty where they cannot be changed."""
        ...


class DrivingView(Protocol):
    """What of a playback the user can drive."""

    @property
    def num_envs(self) -> int:
        """The number of environments; 0 while there are none."""
        ...

    @property
    def terms(self) -> tuple[CommandValues, ...]:
        """The command terms that can be driven, with their ranges."""
        ...

    @property
    def why_no_push(self) -> str:
        """Why no robot can be pushed, in one sentence; empty where one can."""
        ...

    def read(self, term: str, env_index: int) -> tuple[float, ...]:
        """Returns the present values of a term in an environment. Waits for the GPU."""
        ...

    def is_driven(self, term: str, env_index: int) -> bool:
        """Returns whether the user's values are in force in an environment."""
        ...


@dataclass(frozen=True)
class ReplayView:
    """What a replay shows."""

    file: Path
    steps: tuple[int, ...] = ()
    """Numbers of the steps; empty before the first is shown."""
    index: int = 0
    """Which of them is shown."""
    bad: tuple[str, ...] = ()
    """The values of this step that are no finite numbers."""
    sentence: str = ""
    """Which value was the first that was none."""
    note: str = ""
    """What is drawn instead where the state of this step cannot be, in one sentence; or empty."""


@dataclass(frozen=True)
class RunView:
    """The current run, or the last one."""

    config: RunConfig
    """What was asked for."""
    playing: bool = False
    """Whether it is a playback or a preview."""
    preview: PreviewActions | None = None
    """What acts in a preview; None for every other run."""
    replay: ReplayView | None = None
    """Replay: what it shows; None for every other run."""
    run_dir: Path | None = None
    counts: Counts = Counts()
    mean_reward: float | None = None
    """Mean return of the last finished episodes, as the library reports it."""
    mean_episode_length: float | None = None
    """Mean length of the last finished episodes [environment steps]."""
    old_code: str = ""
    """A sentence about edited source files of which this run has the old code; empty without any."""
    checkpoint: Path | None = None
    """The final model of a training, or the checkpoint that plays."""
    following: Path | None = None
    """Playback: the run whose newest checkpoint is played."""
    held: str = ""
    """Why the run waits without being paused, such as for disk space, in one sentence; empty while it does not."""
    stop_reason: str = ""
    """Which rule ended the training before its last iteration, in one sentence; also in :attr:`Snapshot.notice`."""
    origin: str = ""
    """What differs from what the user may expect; also in :attr:`Snapshot.notice`."""
    exported: ExportedPolicy | None = None
    """Export: the files, once they are checked."""
    evaluations: tuple[Evaluation, ...] = ()
    """Evaluation: what each checkpoint achieved, as far as it is known."""
    recording: Recording | None = None
    """What is recorded of the viewport; None before the environment is open, and without a viewport."""
    metrics: Metrics = field(default_factory=Metrics)
    """Shared, not copied."""
    terms: StepTerms | None = field(default=None, compare=False)
    """The terms of the environment that is watched (:class:`~.commands.WatchTerms`). Shared, not copied."""
    rewards: RewardWeightsView | None = field(default=None, compare=False)
    """The reward weights of a training. Shared, not copied."""
    driving: DrivingView | None = field(default=None, compare=False)
    """What of a playback or a preview can be driven; None for a training. Shared, not copied."""


@dataclass(frozen=True)
class RunElsewhere:
    """A training that runs outside this program."""

    name: str
    """The name of its job."""
    title: str
    """Its task and the name of its run."""
    place: str
    """Where it runs, such as ``Process of its own``."""
    status: str
    """As :attr:`Snapshot.status`."""
    log: Path
    """The file of all that it has printed."""


_NO_METRICS = Metrics()


@dataclass(frozen=True)
class Snapshot:
    """Everything that can be shown, at one moment. Cheap to make.

    The properties are short for parts of :attr:`run`, with empty values before the first run.
    """

    state: State = State.LOADING
    activity: str = ""
    """What is being done right now, such as ``Creating environment…``."""
    status: str = ""
    """How the last run stands: ``running``, ``finished``, ``stopped`` or ``failed``; empty before the first."""
    asked: object = None
    """The very command to which :attr:`status` belongs; None before the first."""
    refused: bool = False
    """Whether that command could not even begin: :attr:`run` is then an earlier one."""
    run: RunView | None = None
    """The current or last run; None before the first."""
    failure: Failure | None = None
    """The last failure, until the next command."""
    notice: str = ""
    """The last good news, such as where the model was saved."""
    catalogue: Catalogue | None = None
    """The tasks; None while loading."""
    details: TaskDetails | None = None
    """The answer to the last :class:`~.commands.Describe`."""
    checkpoint_details: CheckpointDetails | None = None
    """The answer to the last :class:`~.commands.DescribeCheckpoint`."""
    edited: EditedCode = EditedCode()
    """What was edited since its import; looked at every half second."""
    devices: tuple[str, ...] = ("cpu",)
    render_mode: RenderMode = RenderMode.PARTIAL_RENDERING
    viewport_share: float = DEFAULT_SHARE
    """Share of the time that the viewport may cost in partial rendering."""
    viewport_problem: str = ""
    """Why the viewport cannot draw, in one sentence; empty while it can."""
    elsewhere: tuple[RunElsewhere, ...] = ()
    """The runs elsewhere that can be shown, the oldest first."""
    shown_elsewhere: str = ""
    """The one of them that is shown, as :attr:`run`; empty for the run in this program."""
    simulator_is_free: bool = False
    """Whether a run can be started in this program although one elsewhere is shown."""

    @property
    def config(self) -> RunConfig | None:
        """What the run was asked for."""
        return None if self.run is None else self.run.config

    @property
    def playing(self) -> bool:
        """Whether the run is a playback or a preview."""
        return self.run is not None and self.run.playing

    @property
    def previewing(self) -> bool:
        """Whether a preview is in progress, which ends for the next run that is started."""
        return self.run is not None and self.run.preview is not None and self.status == "running"

    @property
    def can_start(self) -> bool:
        """Whether a run can be started: nothing runs but a preview, whose environment is open."""
        if self.shown_elsewhere:
            return self.simulator_is_free
        return self.state is State.IDLE or (self.previewing and self.state in (State.PLAYING, State.PAUSED))

    @property
    def run_dir(self) -> Path | None:
        """The run's folder."""
        return None if self.run is None else self.run.run_dir

    @property
    def checkpoint(self) -> Path | None:
        """The final model of a training, or the checkpoint that plays."""
        return None if self.run is None else self.run.checkpoint

    @property
    def counts(self) -> Counts:
        """How far the run has come."""
        return Counts() if self.run is None else self.run.counts

    @property
    def iteration(self) -> int:
        """Finished training iterations."""
        return self.counts.iteration

    @property
    def steps(self) -> int:
        """Environment steps, summed over the parallel environments."""
        return self.counts.steps

    @property
    def elapsed(self) -> float:
        """Seconds since the first step, without pauses."""
        return self.counts.elapsed

    @property
    def mean_reward(self) -> float | None:
        """Mean return of the last finished episodes."""
        return None if self.run is None else self.run.mean_reward

    @property
    def held(self) -> str:
        """Why the run waits without being paused; empty while it does not."""
        return "" if self.run is None else self.run.held

    @property
    def metrics(self) -> Metrics:
        """The run's scalars."""
        return _NO_METRICS if self.run is None else self.run.metrics

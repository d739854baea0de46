# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""What passes between the trainer and whoever shows it: commands in, snapshots out. No library is imported here."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from ..frames.sharing import DEFAULT_SHARE, RenderMode
from ..isaac_lab.tasks import Catalogue, TaskDetails
from ..metrics import Metrics
from ..run_config import RunConfig
from ..runs.parameters import Difference


class State(enum.Enum):
    """Where the trainer stands."""

    LOADING = "loading"
    """Isaac Lab is being imported and its tasks listed; commands wait."""
    IDLE = "idle"
    LAUNCHING = "launching"
    TRAINING = "training"
    PLAYING = "playing"
    PAUSED = "paused"
    STOPPING = "stopping"


@dataclass(frozen=True)
class Failure:
    """Why something could not be done."""

    message: str
    """One sentence that says what is wrong and what to do next."""
    details: str = ""
    """The traceback; empty where the sentence says it all."""
    untrusted: str = ""
    """The digest of the content that would have to run code, for :class:`Trust`; empty where that is not the cause."""
    checkpoint: Path | None = None
    """What there is to play or to resume from after a training that diverged; None for every other failure."""

    @property
    def bad_input(self) -> bool:
        """Whether what was asked for could not be done, rather than that something broke."""
        return not self.details


@dataclass(frozen=True)
class CheckpointDetails:
    """What a training would go on from."""

    config: RunConfig
    """What was asked about."""
    path: Path | None = None
    """The checkpoint; None when there is a :attr:`problem`."""
    iteration: int | None = None
    """Its iteration, as the library counts them; None where unknown."""
    changes: tuple[Difference, ...] = ()
    """The agent's settings that are not those of the checkpoint's run, the checkpoint's value first."""
    problem: str = ""
    """Why there is nothing to go on from, in one sentence; or empty."""


@dataclass(frozen=True)
class Snapshot:
    """Everything that can be shown, at one moment. Cheap to make; ``metrics`` is shared, not copied."""

    state: State = State.LOADING
    activity: str = ""
    """What is being done right now, such as ``Creating environment…``."""
    playing: bool = False
    """Whether the current or last run is a playback."""
    status: str = ""
    """How the last run stands: ``running``, ``finished``, ``stopped`` or ``failed``; empty before the first."""
    config: RunConfig | None = None
    """What the current or last run was asked for; None before the first."""
    run_dir: Path | None = None
    iteration: int = 0
    """Finished training iterations; like ``steps`` and ``elapsed`` it counts on from what the run goes on from."""
    total_iterations: int = 0
    """Finished iterations at the end of this run; 0 while unknown."""
    steps: int = 0
    """Environment steps, summed over the parallel environments."""
    start_iteration: int = 0
    """Iterations that the checkpoint which this run goes on from had behind it; 0 from scratch."""
    start_steps: int = 0
    """Environment steps, likewise."""
    start_seconds: float = 0.0
    """Training time, likewise [s]."""
    total_steps: int = 0
    """Playback: steps after which it ends, over all environments; 0 for no end."""
    steps_per_second: float | None = None
    """Over the last seconds."""
    elapsed: float = 0.0
    """Seconds since the first step, pauses left out."""
    eta: float | None = None
    """Seconds to go, or None while unknown."""
    mean_reward: float | None = None
    """Mean return of the last finished episodes, as the library reports it."""
    mean_episode_length: float | None = None
    """Mean length of the last finished episodes [environment steps]."""
    best: tuple[int, float] | None = None
    """Iteration and mean reward of the best model of this training, or None before the first."""
    checkpoint: Path | None = None
    """The final model of this training, or the checkpoint that plays."""
    following: Path | None = None
    """Playback: the run whose newest checkpoint is played."""
    held: str = ""
    """Why the run waits by itself, such as for room on the disk, in one sentence; empty while it does not."""
    failure: Failure | None = None
    """The last failure, until the next command."""
    notice: str = ""
    """The last good news, such as where the model was saved."""
    origin: str = ""
    """What differs from what the user may expect; also in :attr:`notice`."""
    metrics: Metrics = field(default_factory=Metrics)
    catalogue: Catalogue | None = None
    """The tasks; None while loading."""
    details: TaskDetails | None = None
    """The answer to the last :class:`Describe`."""
    checkpoint_details: CheckpointDetails | None = None
    """The answer to the last :class:`DescribeCheckpoint`."""
    devices: tuple[str, ...] = ("cpu",)
    speed: float = 1.0
    """Playback: multiple of real time; 0 is as fast as possible."""
    render_mode: RenderMode = RenderMode.PARTIAL_RENDERING
    viewport_share: float = DEFAULT_SHARE
    """Share of the time that the viewport may cost in partial rendering."""
    viewport_problem: str = ""
    """What stands in the way of the viewport, in one sentence; empty when nothing does."""


@dataclass(frozen=True)
class Train:
    """Train with this configuration, from its checkpoint if it names one."""

    config: RunConfig


@dataclass(frozen=True)
class Play:
    """Play a checkpoint: ``config.checkpoint``, or the latest."""

    config: RunConfig


@dataclass(frozen=True)
class Pause:
    """Hold the training or playback where it is."""


@dataclass(frozen=True)
class Resume:
    """Go on after :class:`Pause`; a run that waits for room on the disk looks again at once."""


@dataclass(frozen=True)
class Step:
    """Playback: one more environment step, then :class:`Pause`."""


@dataclass(frozen=True)
class Stop:
    """End the run: save what was learned, close the environment."""


@dataclass(frozen=True)
class SetSpeed:
    """Change the speed of the playback."""

    speed: float


@dataclass(frozen=True)
class SwapCheckpoint:
    """Playback: go on with another checkpoint, in the same environment. Ends :class:`Follow`."""

    path: Path


@dataclass(frozen=True)
class Follow:
    """Playback: play the newest checkpoint of a run, and each that appears after it; None ends that."""

    run_dir: Path | None


@dataclass(frozen=True)
class SetRenderMode:
    """Draw more or less of the run, from the next frame on."""

    mode: RenderMode


@dataclass(frozen=True)
class SetViewportShare:
    """Change the share of the time, from 0 to 0.5, that the viewport may cost in partial rendering."""

    share: float


@dataclass(frozen=True)
class Describe:
    """Look up the defaults of a task with a library; the answer is ``Snapshot.details``."""

    task: str
    library: str
    device: str = "cpu"


@dataclass(frozen=True)
class DescribeCheckpoint:
    """Look up what a training with this configuration would go on from; the answer is ``Snapshot.checkpoint_details``.

    Not done while a run goes on: it takes as long as reading the task's configuration.
    """

    config: RunConfig


@dataclass(frozen=True)
class Trust:
    """Trust the content that the last failure names from now on, and do again what it prevented."""

    digest: str


@dataclass(frozen=True)
class DismissFailure:
    """Forget the last failure."""


Command = (
    Train
    | Play
    | Pause
    | Resume
    | Step
    | Stop
    | SetSpeed
    | SwapCheckpoint
    | Follow
    | SetRenderMode
    | SetViewportShare
    | Describe
    | DescribeCheckpoint
    | Trust
    | DismissFailure
)


class TrainerPort(Protocol):
    """The side of the trainer that a user interface sees."""

    def request(self, command: Command) -> None:
        """Asks for something; it is done in the host's next frame, never inside this call."""
        ...

    def snapshot(self) -> Snapshot:
        """Everything that can be shown, now."""
        ...

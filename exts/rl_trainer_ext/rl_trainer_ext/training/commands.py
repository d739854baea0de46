# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""What a user interface tells the trainer to do, and the trainer as it sees it. No library is imported here."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from ..frames.sharing import RenderMode
from ..overrides.hydra import written_key
from ..run_config import RunConfig
from ..runs import kept_steps
from ..runs.model import Checkpoint
from .snapshot import PreviewActions, Snapshot
from .where import LOCAL, Where


@dataclass(frozen=True)
class Train:
    """Train with this configuration, from its checkpoint if it names one."""

    config: RunConfig
    where: Where = LOCAL
    """The trainer itself trains in this program only; :class:`.elsewhere.Elsewhere` takes the other places."""


@dataclass(frozen=True)
class Play:
    """Play a checkpoint: ``config.checkpoint``, or the latest."""

    config: RunConfig


@dataclass(frozen=True)
class Export(Play):
    """Play a checkpoint for as long as it takes to export and check its policy."""


@dataclass(frozen=True)
class Film(Play):
    """Play checkpoints one after another, the first being that of the configuration, and record them as one video."""

    checkpoints: tuple[Checkpoint, ...]
    output: Path
    """The MP4 file; an existing one is replaced."""
    steps: int
    """Environment steps of each checkpoint."""


@dataclass(frozen=True)
class Evaluate(Play):
    """Play whole episodes with a checkpoint, and keep what it achieved in the run's folder."""

    episodes: int
    """Number of episodes of each checkpoint."""
    all_checkpoints: bool = False
    """Whether to evaluate all checkpoints of its run."""


@dataclass(frozen=True)
class Load:
    """Preview the task: open it without training, until another run is started.

    A :class:`Train` that needs the same environment takes it over; each other run closes it first.
    """

    config: RunConfig
    """Its library may be empty; of the agent it uses nothing but the seed."""
    actions: PreviewActions = PreviewActions.ZERO


@dataclass(frozen=True, kw_only=True)
class Replay(Load):
    """Show the kept steps of an environment, by a preview of its task with one environment."""

    file: Path
    step: int | None = None
    """Number of the step that is shown first; None for the last, whose values are no finite numbers."""
    once: bool = False
    """Whether to end when this step has been shown."""

    @classmethod
    def of(cls, file: Path, *, step: int | None = None, once: bool = False) -> Replay:
        """Returns the command for a file, with the settings of its run.

        Raises:
            UserError: When the file cannot be read.
        """
        kept = kept_steps.read(file)
        run = kept.config or RunConfig(kept.task, "")
        overrides = tuple(each for each in run.overrides if written_key(each) != "env.scene.num_envs")
        config = RunConfig(
            kept.task,
            run.library,
            num_envs=1,
            seed=run.seed,
            agent=run.agent,
            overrides=overrides,
            external=run.external,
        )
        return cls(config, file=file, step=step, once=once)


@dataclass(frozen=True)
class ShowStep:
    """Replay: show one of its steps, by its index."""

    index: int


@dataclass(frozen=True)
class Reload:
    """Import the edited code of the user's tasks again. Refused during a run; a preview is opened again.

    Args:
        then: What to start with the new code; it is not started when that cannot be imported.
    """

    then: Train | Play | Load | None = None


@dataclass(frozen=True)
class SetActions:
    """Change what acts in the preview."""

    actions: PreviewActions


@dataclass(frozen=True)
class Reset:
    """Playback and preview: reset environments, in the next step."""

    env_index: int | None = None
    """The environment; None for all."""


@dataclass(frozen=True)
class SetCommand:
    """Playback and preview: command the robots, in place of the task, from the next step on."""

    term: str
    """Name of the task's command term."""
    values: tuple[float | None, ...]
    """One for each value of the term; None keeps a value as it is."""
    env_index: int | None = None
    """The environment; None for all."""


@dataclass(frozen=True)
class ReleaseCommand:
    """Playback and preview: give the commands back to the task, which samples new ones in the next step."""

    env_index: int | None = None
    """The environment; None for all."""


@dataclass(frozen=True)
class Push:
    """Playback and preview: push robots before the next step."""

    velocity: tuple[float, float, float]
    """What is added to the velocity of the base, in the world [m/s]."""
    env_index: int | None = None
    """The environment; None for all."""


@dataclass(frozen=True)
class WatchTerms:
    """Read the terms of this environment after each step, as long as they are shown; None reads none."""

    environment: int | None


@dataclass(frozen=True)
class Pause:
    """Pause the training or playback."""


@dataclass(frozen=True)
class Unpause:
    """End a :class:`Pause`; a run that waits for room on the disk looks again at once."""


@dataclass(frozen=True)
class Step:
    """Playback and preview: one more environment step, then :class:`Pause`."""


@dataclass(frozen=True)
class Stop:
    """End the run: save what was learned, close the environment."""


@dataclass(frozen=True)
class ShowRun:
    """Show a run elsewhere, by the name of its job; an empty name shows the run in this program."""

    name: str


@dataclass(frozen=True)
class SetSpeed:
    """Change the speed of the playback."""

    speed: float


@dataclass(frozen=True)
class SwapCheckpoint:
    """Playback: play another checkpoint in the same environment. Ends :class:`Follow`."""

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
class Record:
    """Begin a clip of the viewport, or finish the one that is being recorded."""

    on: bool


@dataclass(frozen=True)
class TakePicture:
    """Save a still picture of the viewport into the run's folder."""


@dataclass(frozen=True)
class Describe:
    """Look up the defaults of a task with a library; the answer is ``Snapshot.details``.

    Args:
        task: The task's name.
        library: Isaac Lab's name of the library.
        device: Where it would run.
        agent: As in :class:`RunConfig`.
        overrides: The presets that are chosen, as overrides.
        elsewhere: Whether the device is another machine's, so that this one need not have it.
    """

    task: str
    library: str
    device: str = "cpu"
    agent: str | None = None
    overrides: tuple[str, ...] = ()
    elsewhere: bool = field(default=False, compare=False)


@dataclass(frozen=True)
class SetRewardWeight:
    """Training of a manager-based task: change the weight of a reward term before the next environment step."""

    term: str
    weight: float


@dataclass(frozen=True)
class SetTaskModules:
    """Import these modules, which register tasks, and list the tasks again. Ignored during a run."""

    modules: tuple[str, ...]


@dataclass(frozen=True)
class DescribeCheckpoint:
    """Look up the checkpoint that a training with this configuration would resume from.

    The answer is ``Snapshot.checkpoint_details``. Ignored during a run: it takes as long as reading the task's
    configuration.
    """

    config: RunConfig


@dataclass(frozen=True)
class Trust:
    """Trust the file content that the last failure names from now on, and retry what it prevented."""

    digest: str


@dataclass(frozen=True)
class DismissFailure:
    """Forget the last failure."""


Command = (
    Train
    | Play
    | Reload
    | Load
    | ShowStep
    | SetActions
    | WatchTerms
    | Reset
    | SetCommand
    | ReleaseCommand
    | Push
    | Pause
    | Unpause
    | Step
    | Stop
    | ShowRun
    | SetSpeed
    | SwapCheckpoint
    | Follow
    | SetRenderMode
    | SetViewportShare
    | Record
    | TakePicture
    | Describe
    | SetRewardWeight
    | SetTaskModules
    | DescribeCheckpoint
    | Trust
    | DismissFailure
)


class TrainerPort(Protocol):
    """The trainer as a user interface sees it."""

    def request(self, command: Command) -> None:
        """Enqueues a command; it is carried out in the host's next frame, never inside this call."""
        ...

    def snapshot(self) -> Snapshot:
        """Returns everything that can be shown, as it is now."""
        ...

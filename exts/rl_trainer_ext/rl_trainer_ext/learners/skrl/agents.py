# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""skrl's runner and agents, extended to report what happens inside the trainer's loop.

The trainer has no callbacks. The agents' methods that it calls are the places to report from: each class here is one of
the library's, which does what it does in the same order.
"""

from __future__ import annotations

from typing import Any, Protocol

import torch
from skrl.agents.torch.amp import AMP
from skrl.agents.torch.ppo import PPO
from skrl.multi_agents.torch.ippo import IPPO
from skrl.multi_agents.torch.mappo import MAPPO
from skrl.utils.runner.torch import Runner

from ...errors import UserError
from ...overrides.hydra import first_line
from ..events import ScalarWriter


class AgentCallbacks(Protocol):
    """What a training does inside the trainer's loop. Timesteps are counted from 0 at its beginning."""

    def open_writer(self) -> ScalarWriter:
        """Called once, to create what the scalars are written with."""

    def on_learning_started(self) -> None:
        """Called before the first action, when the environment has been reset."""

    def on_step(self, rewards: torch.Tensor, dones: torch.Tensor) -> None:
        """Called after each step with tensors of shape (environments,)."""

    def on_rollout_finished(self) -> None:
        """Called after the last step of a rollout, before the update."""

    def on_update_finished(self, losses: dict[str, float]) -> None:
        """Called after the update of all agents, with its losses by name."""

    def on_iteration_finished(self) -> None:
        """Called when the scalars and the checkpoint of the iteration are written, if any are due."""

    def on_scalars(self, tracked: dict[str, list[float]]) -> None:
        """Called before the scalars of an iteration are written, with all that the library tracked, by tag."""

    def on_save(self, timestep: int) -> None:
        """Called to write a checkpoint."""

    def counter_at(self, timestep: int) -> int:
        """Returns what counts the steps of each environment over the runs that were resumed too."""


class _TrackingWriter:
    """The library's summary writer, with an event file that is written without TensorBoard's thread.

    Args:
        writer: Writes the scalars.
        callbacks: Knows the counter of the library at a timestep.
        other: The library's own writer, which gets the scalars too; None for none.
    """

    def __init__(self, writer: ScalarWriter, callbacks: AgentCallbacks, other: Any = None) -> None:
        self.scalars = writer
        self._callbacks, self._other = callbacks, other

    def add_scalar(self, *, tag: str, value: float, timestep: int) -> None:
        self.scalars.add_scalar(tag, float(value), self._callbacks.counter_at(timestep))
        if self._other is not None:
            self._other.add_scalar(tag=tag, value=value, timestep=timestep)


class CallbackAgent:
    """What the agents below have in common. To be mixed in before an agent of the library.

    Attributes that are annotated without a value are the library's.
    """

    cfg: Any
    write_interval: Any
    checkpoint_interval: Any
    tracking_data: dict[str, list[float]]
    checkpoint_best_modules: dict[str, Any]

    callbacks: AgentCallbacks | None = None
    """Those of the training; without them it is the library's agent."""
    next_observations: Any = None
    """The observations that the last step returned, of one agent or by agent; None before the first step."""
    writes_iterations = False
    """Whether the scalars are written once in each iteration."""
    stored_steps = 0
    """Steps of the current rollout that are in the memories."""

    def _library(self) -> Any:
        """Returns the agent of the library, whose methods the ones here extend."""
        return super()

    def init(self, *, trainer_cfg: Any = None) -> None:
        """Initialises the agent: its memories, its writer and the folder of its checkpoints."""
        interval, saving = self.write_interval, self.checkpoint_interval
        if self.callbacks is None:
            self._library().init(trainer_cfg=trainer_cfg)
            return
        wandb = bool(self.cfg.experiment.wandb)
        if not wandb:
            self.write_interval = 0  # the library would make a writer of its own, with a thread
        self._library().init(trainer_cfg=trainer_cfg)
        # "auto" is a hundredth of the training for the library; here it is an iteration, so that the curve is live
        rollouts = self.cfg.rollouts
        self.writes_iterations = interval == "auto"
        self.write_interval = rollouts if self.writes_iterations else interval
        if saving == "auto":  # a tenth of the training, but at the end of an iteration: there a resume is exact
            self.checkpoint_interval = max(1, self.checkpoint_interval // rollouts) * rollouts
        if self.write_interval > 0:
            self.writer = _TrackingWriter(self.callbacks.open_writer(), self.callbacks, getattr(self, "writer", None))
        # the best checkpoint is chosen by the mean over whole episodes, and in each iteration
        self.checkpoint_best_modules["reward"] = float("inf")

    def pre_interaction(self, *, timestep: int, timesteps: int) -> None:
        """Called before each step."""
        if timestep == 0 and self.callbacks is not None:
            self.callbacks.on_learning_started()
        self._library().pre_interaction(timestep=timestep, timesteps=timesteps)

    def record_transition(self, **transition: Any) -> None:
        """Stores what a step took and returned in the memories."""
        self.next_observations = transition["next_observations"]
        if self.callbacks is not None:
            # before the agent adds its estimate of the value to the reward of a last step
            rewards, terminated, truncated = (transition[name] for name in ("rewards", "terminated", "truncated"))
            if isinstance(rewards, dict):
                rewards, terminated, truncated = _of_all(rewards), _first(terminated), _first(truncated)
            self.callbacks.on_step(rewards.detach().clone().view(-1), (terminated | truncated).view(-1))
        self._library().record_transition(**transition)
        self.stored_steps += 1

    def post_interaction(self, *, timestep: int, timesteps: int) -> None:
        """Called after each step: updates, writes scalars and checkpoints when these are due."""
        ends = self.callbacks is not None and (timestep + 1) % self.cfg.rollouts == 0
        if ends:
            assert self.callbacks is not None
            self.callbacks.on_rollout_finished()
        self._library().post_interaction(timestep=timestep, timesteps=timesteps)
        if ends:
            assert self.callbacks is not None
            self.callbacks.on_iteration_finished()

    def update(self, *, timestep: int, timesteps: int, **agent: str) -> None:
        """Updates the weights, of several agents those of one."""
        self._library().update(timestep=timestep, timesteps=timesteps, **agent)
        if self.callbacks is not None and agent.get("uid") == getattr(self, "possible_agents", [None])[-1]:
            self.stored_steps = 0
            losses = {tag: values[-1] for tag, values in self.tracking_data.items() if tag.startswith("Loss / ")}
            self.callbacks.on_update_finished(losses)

    def write_checkpoint(self, *, timestep: int, timesteps: int) -> None:
        """Lets the training write the checkpoint."""
        if self.callbacks is not None:
            self.callbacks.on_save(timestep)

    def write_tracking_data(self, *, timestep: int, timesteps: int) -> None:
        """Writes the scalars since the last call."""
        if self.callbacks is not None and self.writes_iterations:
            self.callbacks.on_scalars(self.tracking_data)
        self._library().write_tracking_data(timestep=timestep, timesteps=timesteps)
        if isinstance(self.writer, _TrackingWriter):
            self.writer.scalars.flush()


class CallbackPPO(CallbackAgent, PPO):
    """PPO that calls a training back."""


class CallbackAMP(CallbackAgent, AMP):
    """AMP that calls a training back."""


class CallbackIPPO(CallbackAgent, IPPO):
    """IPPO that calls a training back."""


class CallbackMAPPO(CallbackAgent, MAPPO):
    """MAPPO that calls a training back."""


_AGENTS: dict[str, type] = {"ppo": CallbackPPO, "amp": CallbackAMP, "ippo": CallbackIPPO, "mappo": CallbackMAPPO}


class CallbackRunner(Runner):
    """A runner whose agent calls a training back.

    Args:
        env: The wrapped environment.
        cfg: The runner's configuration.
        callbacks: Called back; None for an agent that only plays.
    """

    def __init__(self, env: Any, cfg: dict[str, Any], callbacks: AgentCallbacks | None = None) -> None:
        self._callbacks = callbacks
        super().__init__(env, cfg)

    def _component(self, name: str) -> type:
        """Returns a class by its name in a configuration."""
        agent = _AGENTS.get(name.lower())
        if agent is None:
            return super()._component(name)
        # the trainer initialises the agent as soon as both exist
        return type(agent.__name__, (agent,), {"callbacks": self._callbacks})


def build_runner(env: Any, cfg: dict[str, Any], callbacks: AgentCallbacks | None = None) -> CallbackRunner:
    """Returns a runner; takes the arguments of :class:`CallbackRunner`.

    Raises:
        UserError: When the library cannot build an agent of the configuration.
    """
    try:
        return CallbackRunner(env, cfg, callbacks)
    except (ValueError, TypeError, KeyError, AttributeError, NameError, NotImplementedError, SyntaxError) as error:
        # of networks it makes source code, which may be wrong in as many ways
        raise UserError(
            f"skrl cannot build the agent ({type(error).__name__}: {first_line(error)}): check the overrides, or the "
            "agent's configuration."
        ) from error


def _of_all(rewards: dict[str, torch.Tensor]) -> torch.Tensor:
    """Returns the sum over the agents, which is what the library tracks."""
    return torch.stack([each.view(-1) for each in rewards.values()]).sum(dim=0)


def _first(values: dict[str, torch.Tensor]) -> torch.Tensor:
    return next(iter(values.values()))

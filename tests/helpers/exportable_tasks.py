# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The cartpole with agents of RSL-RL whose policies are hard to export: with a memory, untraceable, and wrong ones.

Isaac Lab imports it by name, after it has read where assets are.
"""

from __future__ import annotations

from typing import Any

import gymnasium
import torch
from isaaclab.utils import configclass
from isaaclab_rl.rsl_rl import RslRlMLPModelCfg, RslRlOnPolicyRunnerCfg, RslRlPpoAlgorithmCfg, RslRlRNNModelCfg
from rsl_rl.models import MLPModel
from torch import nn

TASK = "Own-Exportable-Cartpole"
CARTPOLE = "Isaac-Cartpole-Direct"
LSTM, GRU, UNTRACEABLE, WRONG = (f"rsl_rl_{name}_cfg_entry_point" for name in ("lstm", "gru", "untraceable", "wrong"))
GAUSSIAN = RslRlMLPModelCfg.GaussianDistributionCfg(init_std=1.0)


class _Branching(nn.Module):
    """Its path depends on the values of the observations."""

    input_names, output_names = ("obs",), ("actions",)

    def forward(self, obs: torch.Tensor) -> torch.Tensor:
        return obs[:, :1] if bool(obs.sum() > 0) else -obs[:, :1]

    def get_dummy_inputs(self) -> tuple[torch.Tensor]:
        return (torch.zeros(1, 4),)


class _Constant(_Branching):
    def forward(self, obs: torch.Tensor) -> torch.Tensor:
        return obs[:, :1] * 0.0 + 5.0


class UntraceableModel(MLPModel):
    """A policy that no ONNX graph can be made of."""

    def as_onnx(self, verbose: bool) -> Any:
        return _Branching()


class WrongModel(MLPModel):
    """A policy whose library exports another one."""

    def as_onnx(self, verbose: bool) -> Any:
        return _Constant()


def _network(class_name: str = "MLPModel") -> RslRlMLPModelCfg:
    network = RslRlMLPModelCfg(hidden_dims=[8], activation="elu", obs_normalization=True, distribution_cfg=GAUSSIAN)
    network.class_name = class_name
    return network


def _recurrent(rnn_type: str, stochastic: bool = True) -> RslRlRNNModelCfg:
    return RslRlRNNModelCfg(
        hidden_dims=[8],
        activation="elu",
        obs_normalization=True,
        distribution_cfg=GAUSSIAN if stochastic else None,
        rnn_type=rnn_type,
        rnn_hidden_dim=6,
        rnn_num_layers=1,
    )


@configclass
class LstmCfg(RslRlOnPolicyRunnerCfg):
    num_steps_per_env = 8
    max_iterations = 2
    save_interval = 10
    experiment_name = "own_exportable"
    obs_groups = {"actor": ["policy"], "critic": ["policy"]}  # noqa: RUF012 - configclass copies defaults
    actor = _recurrent("lstm")
    critic = _recurrent("lstm", stochastic=False)
    algorithm = RslRlPpoAlgorithmCfg(
        value_loss_coef=1.0,
        use_clipped_value_loss=True,
        clip_param=0.2,
        entropy_coef=0.0,
        num_learning_epochs=1,
        num_mini_batches=1,
        learning_rate=1e-3,
        schedule="fixed",
        gamma=0.99,
        lam=0.95,
        desired_kl=0.01,
        max_grad_norm=1.0,
    )


@configclass
class GruCfg(LstmCfg):
    actor = _recurrent("gru")
    critic = _recurrent("gru", stochastic=False)


@configclass
class UntraceableCfg(LstmCfg):
    actor = _network(f"{__name__}:UntraceableModel")
    critic = RslRlMLPModelCfg(hidden_dims=[8], activation="elu")


@configclass
class WrongCfg(UntraceableCfg):
    actor = _network(f"{__name__}:WrongModel")


def register() -> None:
    """Makes the task known to Gymnasium."""
    spec = gymnasium.spec(CARTPOLE)
    agents = {LSTM: "LstmCfg", GRU: "GruCfg", UNTRACEABLE: "UntraceableCfg", WRONG: "WrongCfg"}
    kwargs = {**spec.kwargs, **{key: f"{__name__}:{name}" for key, name in agents.items()}}
    gymnasium.register(TASK, spec.entry_point, kwargs=kwargs, disable_env_checker=True)

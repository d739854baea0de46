# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""A task of the tests' own whose agent is distilled from a policy that was trained on another task.

Isaac Lab imports it by name, after it has read where assets are.
"""

from __future__ import annotations

import gymnasium
from isaaclab.utils import configclass
from isaaclab_rl.rsl_rl import RslRlDistillationAlgorithmCfg, RslRlDistillationRunnerCfg, RslRlMLPModelCfg

STUDENT = "Own-Student-Cartpole"
TEACHER = "Isaac-Cartpole-Direct"
AGENT = "rsl_rl_distillation_cfg_entry_point"


@configclass
class StudentRunnerCfg(RslRlDistillationRunnerCfg):
    """A student with networks of its own, and a teacher with those of the cartpole's agent."""

    num_steps_per_env = 8
    max_iterations = 2
    save_interval = 10
    experiment_name = "own_student"
    obs_groups = {"student": ["policy"], "teacher": ["policy"]}  # noqa: RUF012 - configclass copies defaults
    student = RslRlMLPModelCfg(
        hidden_dims=[8],
        activation="elu",
        distribution_cfg=RslRlMLPModelCfg.GaussianDistributionCfg(init_std=0.1),
    )
    teacher = RslRlMLPModelCfg(
        hidden_dims=[32, 32],
        activation="elu",
        distribution_cfg=RslRlMLPModelCfg.GaussianDistributionCfg(init_std=0.0),
    )
    algorithm = RslRlDistillationAlgorithmCfg(num_learning_epochs=1, learning_rate=1e-3, gradient_length=4)


def register() -> None:
    """Makes the task known to Gymnasium."""
    spec = gymnasium.spec(TEACHER)
    kwargs = {**spec.kwargs, AGENT: f"{__name__}:StudentRunnerCfg"}
    gymnasium.register(STUDENT, spec.entry_point, kwargs=kwargs, disable_env_checker=True)

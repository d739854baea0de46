# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Checks a configuration of skrl: the library looks up some of its texts as classes, and evaluates others as code."""

from __future__ import annotations

import ast
import dataclasses
import importlib.util
import re
from collections.abc import Iterator, Mapping
from typing import Any

from skrl.agents.torch.amp import AMP_CFG
from skrl.agents.torch.base import ExperimentCfg
from skrl.agents.torch.ppo import PPO_CFG
from skrl.multi_agents.torch.ippo import IPPO_CFG
from skrl.multi_agents.torch.mappo import MAPPO_CFG
from skrl.trainers.torch import SequentialTrainerCfg

from ...errors import UserError, shortened
from ...overrides.types import parameter_type
from ...run_config import check_folder_name
from ...system.installation import pip_line

CONFIGURATIONS: dict[str, type] = {"PPO": PPO_CFG, "AMP": AMP_CFG, "IPPO": IPPO_CFG, "MAPPO": MAPPO_CFG}
"""The configuration classes of the algorithms that train here."""

_MODELS = (
    *("GaussianMixin", "MultivariateGaussianMixin", "DeterministicMixin"),
    *("CategoricalMixin", "MultiCategoricalMixin"),
)

_EVALUATED = {
    "learning_rate_scheduler": ("KLAdaptiveLR",),
    **dict.fromkeys(
        ("observation_preprocessor", "state_preprocessor", "value_preprocessor", "amp_observation_preprocessor"),
        ("RunningStandardScaler",),
    ),
}
"""Names of the library's classes, by the key of the agent whose text it evaluates."""

_FUNCTIONS = {
    *("concatenate", "permute", "one_hot_encoding"),
    *("elu", "leaky_relu", "relu", "selu", "sigmoid", "softmax", "softplus", "softsign", "tanh"),
}
"""What an expression in the description of a network may call."""

_NODES = (
    *(ast.Expression, ast.Name, ast.Load, ast.Constant, ast.Subscript, ast.Slice, ast.Tuple, ast.List, ast.Call),
    *(ast.BinOp, ast.UnaryOp, ast.operator, ast.unaryop),
)


def known_options(agent_cfg: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Returns the types of the allowed names of each dictionary whose names are those of a class of the library."""
    configuration = CONFIGURATIONS.get(_algorithm(agent_cfg), PPO_CFG)
    agent = _parameters(configuration)
    # the runner's own names, which it translates before it calls the constructor
    agent |= {"class": str, "lambda": float, "clip_predicted_values": bool, "rewards_shaper_scale": float}
    agent |= {"random_timesteps": int, "learning_starts": int, "rollouts": int, "learning_epochs": int}
    agent |= {"mini_batches": int, "learning_rate": float}
    agent |= dict.fromkeys(_EVALUATED.keys() & agent.keys(), str | None)
    trainer = _parameters(SequentialTrainerCfg) | {"class": str}
    return {"agent.agent": agent, "agent.agent.experiment": _parameters(ExperimentCfg), "agent.trainer": trainer}


def check_config(agent_cfg: Mapping[str, Any]) -> None:
    """Checks algorithm, networks, names of classes, and all texts that the library would evaluate as code.

    Raises:
        UserError: With the first value that the library cannot use, or that could run code.
    """
    for section in ("agent", "models", "memory", "trainer"):
        if not isinstance(agent_cfg.get(section), Mapping):
            raise UserError(f"The agent configuration has no section '{section}', which skrl needs.")
    agent = agent_cfg["agent"]
    _choose("agent.agent.class", str(agent.get("class")), tuple(CONFIGURATIONS))
    _choose("agent.trainer.class", str(agent_cfg["trainer"].get("class")), ("SequentialTrainer",))
    for name in ("memory", "motion_dataset", "reply_buffer"):
        if name in agent_cfg:
            _choose(f"agent.{name}.class", str((agent_cfg[name] or {}).get("class")), ("RandomMemory",))
    for key, names in _EVALUATED.items():
        if agent.get(key) is not None:
            _choose(f"agent.agent.{key}", str(agent[key]), names)
    _check_experiment(agent.get("experiment") or {})
    _check_models(agent_cfg["models"])


def _check_experiment(experiment: Mapping[str, Any]) -> None:
    for name in ("directory", "experiment_name"):
        if experiment.get(name):
            check_folder_name(f"agent.agent.experiment.{name}", str(experiment[name]))
    if experiment.get("store_separately"):
        raise UserError(
            "agent.agent.experiment.store_separately=True is not supported: skrl cannot load a checkpoint in several "
            "files. Leave it out."
        )
    if experiment.get("wandb") and importlib.util.find_spec("wandb") is None:
        raise UserError(
            f"agent.agent.experiment.wandb=True needs wandb, which is not installed: run {pip_line('wandb')} in a "
            "terminal, or leave it out."
        )


def _check_models(models: Mapping[str, Any]) -> None:
    for role, model in models.items():
        if role == "separate":
            continue
        if not isinstance(model, Mapping):
            raise UserError(f"agent.models.{role}={shortened(str(model))} describes no network of skrl.")
        _choose(f"agent.models.{role}.class", str(model.get("class")), _MODELS)
        for key, text in _texts(model, f"agent.models.{role}"):
            if not key.endswith(".class") and not _is_harmless(text):
                raise UserError(
                    f"'{key}={shortened(text)}' is no expression that a network of skrl may have: write such as "
                    "OBSERVATIONS, STATES, ACTIONS, or the name of another network."
                )


def _texts(value: Any, key: str) -> Iterator[tuple[str, str]]:
    """The texts in nested dictionaries and lists, with their dotted keys; names in dictionaries are texts too."""
    if isinstance(value, str):
        yield key, value
    elif isinstance(value, Mapping):
        for name, each in value.items():
            yield key, str(name)
            yield from _texts(each, f"{key}.{name}")
    elif isinstance(value, (list, tuple)):
        for each in value:
            yield from _texts(each, key)


def _is_harmless(text: str) -> bool:
    """Whether a text can do nothing but combine tensors: the library makes source code of it, and runs that."""
    if re.fullmatch(r"[a-zA-Z]\w*|", text):
        return True
    try:
        nodes = list(ast.walk(ast.parse(text.strip(), mode="eval")))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return all(
        isinstance(node, _NODES)
        and not (isinstance(node, ast.Name) and node.id.startswith("_"))
        and not (isinstance(node, ast.Constant) and not isinstance(node.value, (int, float, str, type(None))))
        and not (isinstance(node, ast.Constant) and isinstance(node.value, str) and not _is_word(node.value))
        and not (isinstance(node, ast.Call) and not _is_known(node.func))
        for node in nodes
    )


def _is_word(text: str) -> bool:
    return re.fullmatch(r"[\w\-.]*", text) is not None


def _is_known(function: ast.expr) -> bool:
    return isinstance(function, ast.Name) and function.id in _FUNCTIONS


def _choose(key: str, value: str, names: tuple[str, ...]) -> None:
    if value.lower() not in [name.lower() for name in names] or (
        key.split(".")[-1] in _EVALUATED and value not in names
    ):
        raise UserError(f"'{key}={shortened(value)}' does not train here: choose {' or '.join(names)}.")


def _algorithm(agent_cfg: Mapping[str, Any]) -> str:
    agent = agent_cfg.get("agent")
    return str(agent.get("class")).upper() if isinstance(agent, Mapping) else ""


def _parameters(configuration: Any) -> dict[str, Any]:
    constructor = configuration.__init__
    return {field.name: parameter_type(constructor, field.name) for field in dataclasses.fields(configuration)}

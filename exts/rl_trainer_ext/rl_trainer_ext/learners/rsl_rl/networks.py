# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Derives the configuration of RSL-RL's networks from the shapes of their tensors, and the shapes from it."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping
from typing import Any

from ...errors import UserError
from ..shapes import Shapes, first_misfit

_KNOWN_CLASSES = ("MLPModel", "RNNModel", "CNNModel")
"""Networks whose tensors follow from their configuration."""

_STD_PARAMETERS = {"scalar": "std_param", "log": "log_std_param"}

_GATES = {"lstm": 4, "gru": 3}


def compare(subject: str, networks: Mapping[str, tuple[Shapes, Shapes]]) -> None:
    """Checks that the networks of a checkpoint are those of a run.

    Args:
        subject: How the sentence begins, such as ``model_9.pt does not fit Isaac-Ant``.
        networks: The tensors in the checkpoint and those of the run, by the network's name in the configuration.

    Raises:
        UserError: With the first tensor that differs, both shapes, and the overrides that explain it.
    """
    for part, (saved, wanted) in networks.items():
        misfit = first_misfit(saved, wanted)
        if misfit is not None:
            raise UserError(f"{subject}: of its {part}, {misfit}; {_advice(part, networks)}.")


def settings(tensors: Shapes) -> dict[str, Any]:
    """Returns the settings of a network that its tensors show, by their keys in its configuration."""
    layers = _layers(tensors)
    found: dict[str, Any] = {}
    if layers:
        found["hidden_dims"] = [tensors[f"mlp.{layer}.weight"][0] for layer in layers[:-1]]
        found["obs_normalization"] = any(name.startswith("obs_normalizer.") for name in tensors)
    for kind, parameter in _STD_PARAMETERS.items():
        if f"distribution.{parameter}" in tensors:
            found["distribution_cfg.std_type"] = kind
    hidden = tensors.get("rnn.rnn.weight_hh_l0")
    if hidden is not None:
        found["rnn_type"] = next((kind for kind, gates in _GATES.items() if hidden[0] == gates * hidden[1]), None)
        found["rnn_hidden_dim"] = hidden[1]
        found["rnn_num_layers"] = sum(name.startswith("rnn.rnn.weight_hh_l") for name in tensors)
    return found


def configured(saved: Shapes, model_cfg: Any) -> Shapes:
    """Returns the shapes of a configured network; sizes of observations and actions are taken from a checkpoint.

    These depend on the task, not on the configuration of the network.
    """
    layers, inputs = _layers(saved), _inputs_outputs(saved)[0]
    hidden = getattr(model_cfg, "hidden_dims", None)
    if not layers or model_cfg.class_name not in _KNOWN_CLASSES or not isinstance(hidden, (list, tuple)):
        return saved
    kept = {name: shape for name, shape in saved.items() if not name.startswith(("mlp.", "rnn.", "obs_normalizer."))}
    wanted = _normalizer(saved, inputs) if model_cfg.obs_normalization else {}
    recurrent = _recurrent(model_cfg, inputs)
    wanted |= recurrent
    # the first layer follows the network before it, or the observations
    first = saved[f"mlp.{layers[0]}.weight"][1]
    if recurrent:
        first = model_cfg.rnn_hidden_dim
    elif inputs is not None:
        first = inputs
    outputs = saved[f"mlp.{layers[-1]}.weight"][0]
    widths = [first, *(first if width == -1 else width for width in hidden), outputs]
    for index, (before, after) in enumerate(itertools.pairwise(widths)):
        wanted[f"mlp.{2 * index}.weight"], wanted[f"mlp.{2 * index}.bias"] = (after, before), (after,)
    return wanted | _deviation(kept, getattr(model_cfg, "distribution_cfg", None), outputs)


def _advice(misfitting: str, networks: Mapping[str, tuple[Shapes, Shapes]]) -> str:
    saved, wanted = networks[misfitting]
    for index, what in enumerate(("observations", "actions")):
        theirs, ours = _inputs_outputs(saved)[index], _inputs_outputs(wanted)[index]
        if theirs is not None and ours is not None and theirs != ours:
            return (
                f"it has {theirs} numbers of {what}, the task {ours}: choose a checkpoint of this task, or the "
                "overrides that it was trained with"
            )
    overrides = []
    for part, (saved, wanted) in networks.items():
        configuration = settings(wanted)
        overrides += [
            f"agent.{part}.{name}={_written(value)}"
            for name, value in settings(saved).items()
            if value is not None and name in configuration and value != configuration[name]
        ]
    if overrides:
        return f"add {' '.join(overrides)} to the overrides, or choose a checkpoint of this configuration"
    return "choose the agent that it was trained with, or a checkpoint of this one"


def _written(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value).replace(" ", "")


def _layers(tensors: Shapes) -> list[int]:
    """Returns the numbers of the linear layers of a network's MLP, in order."""
    matches = (re.fullmatch(r"mlp\.(\d+)\.weight", name) for name in tensors)
    return sorted(int(match[1]) for match in matches if match and len(tensors[match[0]]) == 2)


def _inputs_outputs(tensors: Shapes) -> tuple[int | None, int | None]:
    """Returns the sizes of a network's input and output; None where its tensors do not show them."""
    layers = _layers(tensors)
    if not layers or any(name.startswith("cnn") for name in tensors):
        return None, None
    first = tensors.get("rnn.rnn.weight_ih_l0", tensors[f"mlp.{layers[0]}.weight"])
    return first[1], tensors[f"mlp.{layers[-1]}.weight"][0]


def _normalizer(saved: Shapes, inputs: int | None) -> dict[str, tuple[int, ...]]:
    if inputs is None:
        return {name: shape for name, shape in saved.items() if name.startswith("obs_normalizer.")}
    shapes: dict[str, tuple[int, ...]] = {f"obs_normalizer.{name}": (1, inputs) for name in ("_mean", "_var", "_std")}
    return shapes | {"obs_normalizer.count": ()}


def _recurrent(model_cfg: Any, inputs: int | None) -> dict[str, tuple[int, ...]]:
    if model_cfg.class_name != "RNNModel" or inputs is None:
        return {}
    wide = model_cfg.rnn_hidden_dim
    rows = _GATES.get(model_cfg.rnn_type, _GATES["lstm"]) * wide  # anything but gru is lstm
    wanted: dict[str, tuple[int, ...]] = {}
    for layer in range(model_cfg.rnn_num_layers):
        wanted[f"rnn.rnn.weight_ih_l{layer}"] = (rows, wide if layer else inputs)
        wanted[f"rnn.rnn.weight_hh_l{layer}"] = (rows, wide)
        wanted |= {f"rnn.rnn.bias_{side}_l{layer}": (rows,) for side in ("ih", "hh")}
    return wanted


def _deviation(kept: dict[str, tuple[int, ...]], distribution: Any, outputs: int) -> dict[str, tuple[int, ...]]:
    """Returns the shapes with the deviation of the actions as it is configured."""
    if distribution is None or distribution.class_name != "GaussianDistribution":
        return kept
    parameter = _STD_PARAMETERS.get(distribution.std_type)
    if parameter is None:
        return kept
    names = {f"distribution.{each}" for each in _STD_PARAMETERS.values()}
    return {name: shape for name, shape in kept.items() if name not in names} | {
        f"distribution.{parameter}": (outputs,)
    }

# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Writes a policy as files that need neither its library nor a simulator, and checks that they answer as it does."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import nn

from ..errors import UserError


def file_names(agent: str = "") -> tuple[str, str]:
    """Returns the names of the TorchScript and the ONNX file of a policy, of several agents that of one."""
    # names of agents are the task's, and may hold what a file's may not
    stem = f"policy_{re.sub(r'[^A-Za-z0-9_.-]', '_', agent)}" if agent else "policy"
    return f"{stem}.pt", f"{stem}.onnx"


OPSET = 18
"""Version of the ONNX operators, as Isaac Lab's playback writes them."""

TOLERANCE = 1e-5
"""Largest difference of an action that a file may answer with, relative to actions above 1."""


@dataclass(frozen=True)
class PolicyNetwork:
    """A policy that acts deterministically, its normaliser inside, on the CPU.

    Args:
        script: What becomes ``policy.pt``. It takes the observations; a recurrent one keeps its own memory, which its
            method ``reset`` clears.
        module: What becomes ``policy.onnx``. It takes the inputs and returns the outputs.
        inputs: An example of each input of ``module``, by name, for a batch of one.
        outputs: The names of its outputs, the actions first.
        memory: The output that each input continues, by the name of the input: the memory of a recurrent policy, zeros
            when an episode begins.
        batched: Whether ``policy.onnx`` takes any number of observations at once; otherwise one.
    """

    script: torch.jit.ScriptModule
    module: nn.Module
    inputs: dict[str, torch.Tensor]
    outputs: tuple[str, ...] = ("actions",)
    memory: dict[str, str] = field(default_factory=dict)
    batched: bool = False


def write_policy(
    network: PolicyNetwork, folder: Path, metadata: Mapping[str, str] | None = None, agent: str = ""
) -> None:
    """Writes the TorchScript and the ONNX file of a policy into a folder.

    Args:
        network: The policy.
        folder: A folder that exists.
        metadata: What the ONNX file says of the policy besides names and shapes of its inputs and outputs.
        agent: The agent whose policy it is, of several; see :func:`file_names`.

    Raises:
        Exception: Whatever PyTorch's exporters dislike of the network.
        OSError: When the folder cannot be written.
    """
    jit, onnx = file_names(agent)
    network.script.save(str(folder / jit))
    path = folder / onnx
    batch = torch.export.Dim("batch")
    shapes = tuple({0: batch} for _ in network.inputs) if network.batched else None
    torch.onnx.export(
        network.module.eval(),
        tuple(network.inputs.values()),
        str(path),
        opset_version=OPSET,
        input_names=list(network.inputs),
        output_names=list(network.outputs),
        dynamic_shapes=shapes,
        external_data=False,
        verbose=False,
    )
    _describe(path, metadata or {})


def _describe(path: Path, metadata: Mapping[str, str]) -> None:
    """Adds metadata to an ONNX file: what is given, and its inputs and outputs as JSON."""
    import onnx

    model = onnx.load(path)
    tensors = {
        side: [
            {"name": one.name, "shape": [size.dim_param or size.dim_value for size in one.type.tensor_type.shape.dim]}
            for one in values
        ]
        for side, values in (("inputs", model.graph.input), ("outputs", model.graph.output))
    }
    known = {**metadata, **{side: json.dumps(described) for side, described in tensors.items()}}
    onnx.helper.set_model_props(model, known)
    onnx.save(model, path)


class PolicyCheck:
    """Compares the files of a policy with the actions that the policy itself chooses.

    Args:
        network: The policy.
        folder: The folder that :func:`write_policy` wrote.
        num_envs: Number of environments, each with a memory of its own.
        agent: The agent whose policy it is, of several.
    """

    def __init__(self, network: PolicyNetwork, folder: Path, num_envs: int, agent: str = "") -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.log_severity_level = 3  # errors: the graph optimiser warns of each constant that it folds
        self._names = jit, onnx = file_names(agent)
        self._onnx = onnxruntime.InferenceSession(str(folder / onnx), options, ["CPUExecutionProvider"])
        # each keeps the memory of its environment
        self._scripts = [torch.jit.load(str(folder / jit), map_location="cpu") for _ in range(num_envs)]
        self._network = network
        self._memory = [self._fresh() for _ in range(num_envs)]
        self.observations = 0
        """Number of compared observations."""
        self.jit_error = 0.0
        """Largest difference of ``policy.pt`` so far."""
        self.onnx_error = 0.0
        """Largest difference of ``policy.onnx`` so far."""

    def compare(self, observations: Sequence[torch.Tensor], actions: torch.Tensor) -> None:
        """Compares the answers to the observations of one step.

        Args:
            observations: The inputs of each environment, without memory, each of shape (num_envs, …).
            actions: What the policy chose, of shape (num_envs, number of actions).
        """
        names = [name for name in self._network.inputs if name not in self._network.memory]
        observations = [one.detach().cpu() for one in observations]
        for env, expected in enumerate(actions.detach().cpu()):
            seen = [one[env : env + 1] for one in observations]
            given = {name: one.numpy() for name, one in zip(names, seen, strict=True)}
            answers = self._onnx.run(list(self._network.outputs), given | self._memory[env])
            answer = dict(zip(self._network.outputs, answers, strict=True))
            self._memory[env] = {name: answer[output] for name, output in self._network.memory.items()}
            with torch.inference_mode():
                # a network with images takes them as a list beside the vector
                images = [seen[1:]] if len(seen) > 1 else []
                scripted = self._scripts[env](seen[0], *images)
            self.jit_error = max(self.jit_error, _difference(scripted[0], expected))
            self.onnx_error = max(self.onnx_error, _difference(torch.as_tensor(answers[0])[0], expected))
            self.observations += 1

    def reset(self, dones: Sequence[Any]) -> None:
        """Clears the memory of the environments whose episode ended."""
        if not self._network.memory:
            return
        for env, done in enumerate(dones):
            if done:
                self._memory[env] = self._fresh()
                self._scripts[env].reset()

    def require_equal(self) -> None:
        """Checks the differences so far.

        Raises:
            UserError: When one is above :data:`TOLERANCE`, or no number.
        """
        for name, error in zip(self._names, (self.jit_error, self.onnx_error), strict=True):
            if not error <= TOLERANCE:
                raise UserError(
                    f"{name} was not exported: its actions differ from the checkpoint's by up to {error:.2g} in "
                    f"{self.observations} observations; at most {TOLERANCE:.0e} is allowed. Report it with the task."
                )

    def _fresh(self) -> dict[str, Any]:
        return {name: self._network.inputs[name].numpy() for name in self._network.memory}


def _difference(ours: torch.Tensor, theirs: torch.Tensor) -> float:
    """Returns the largest difference of two actions, relative to those above 1; NaN where one is no number."""
    return float(((ours - theirs).abs() / theirs.abs().clamp(min=1.0)).max())

# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The policy of RSL-RL as a network for policy files, the one that Isaac Lab's playback exports."""

from __future__ import annotations

from typing import Any

import torch

from ..policy_files import PolicyNetwork


def policy_network(runner: Any) -> PolicyNetwork:
    """Returns the policy of a runner.

    Args:
        runner: A runner of RSL-RL, or of Isaac Lab.
    """
    model = runner.alg.get_policy()
    onnx = model.as_onnx(verbose=False).to("cpu")
    inputs = dict(zip(onnx.input_names, onnx.get_dummy_inputs(), strict=True))
    # h_in, h_out and, of an LSTM, c_in, c_out
    memory = {name: name.replace("_in", "_out") for name in inputs} if model.is_recurrent else {}
    memory.pop("obs", None)
    script = torch.jit.script(model.as_jit().to("cpu"))
    return PolicyNetwork(script, onnx, inputs, tuple(onnx.output_names), memory)


def network_inputs(runner: Any, observations: Any) -> list[torch.Tensor]:
    """Returns the observations as the network of :func:`policy_network` takes them, each of shape (num_envs, …).

    Args:
        runner: The runner.
        observations: The environment's observations by group.
    """
    model = runner.alg.get_policy()
    vectors = [observations[group] for group in model.obs_groups]
    joined = torch.cat(vectors, dim=-1) if vectors else torch.zeros(len(observations), 0)
    # the environment may draw the next images into the same tensors
    return [joined, *(observations[group].clone() for group in getattr(model, "obs_groups_2d", ()))]

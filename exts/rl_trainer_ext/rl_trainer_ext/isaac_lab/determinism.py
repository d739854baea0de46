# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Isaac Lab's ``--deterministic``, for one run of a process: what it switches on is switched off afterwards."""

from __future__ import annotations

import argparse
import contextlib
import os
from collections.abc import Callable, Iterator
from typing import Any

_VARIABLES = ("CUBLAS_WORKSPACE_CONFIG", "PYTHONHASHSEED")


def _nothing() -> None:
    pass


@contextlib.contextmanager
def determinism(wanted: bool, env_cfg: Any) -> Iterator[Callable[[], None]]:
    """Within the block, the physics of an environment that is created there is deterministic.

    Args:
        wanted: Whether it is to be; otherwise nothing changes.
        env_cfg: The environment's configuration, which is changed.

    Yields:
        Makes PyTorch deterministic and seeds it again. To be called when the agent has been built: Isaac Lab's commands
        do it there, so that the weights are drawn as without it.
    """
    if not wanted:
        yield _nothing
        return
    import torch
    import warp as wp
    from isaaclab.utils.seed import configure_seed
    from isaaclab_rl.entrypoints.common import preserve_attribute, request_determinism

    with contextlib.ExitStack() as cleanup:
        cleanup.enter_context(preserve_attribute(wp.config, "deterministic"))
        for name in ("benchmark", "deterministic"):
            cleanup.enter_context(preserve_attribute(torch.backends.cudnn, name))
        cleanup.callback(
            torch.use_deterministic_algorithms,
            torch.are_deterministic_algorithms_enabled(),
            warn_only=torch.is_deterministic_algorithms_warn_only_enabled(),
        )
        for name in _VARIABLES:
            cleanup.callback(_set_variable, name, os.environ.get(name))
        request_determinism(argparse.Namespace(deterministic=True), env_cfg)
        yield lambda: configure_seed(env_cfg.seed, torch_deterministic=True)


def _set_variable(name: str, value: str | None) -> None:
    if value is None:
        os.environ.pop(name, None)
    else:
        os.environ[name] = value

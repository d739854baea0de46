# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Reads what Stable-Baselines3 pickles, without executing it: see :mod:`..untrusted`."""

from __future__ import annotations

import base64
import json
import zipfile
from collections.abc import Collection
from pathlib import Path
from typing import Any

from ...errors import UserError
from .. import untrusted

_COMMON = "stable_baselines3.common"
_NAMES = {
    (f"{_COMMON}.vec_env.vec_normalize", "VecNormalize"),
    (f"{_COMMON}.running_mean_std", "RunningMeanStd"),
    *((f"{_COMMON}.policies", f"{kind}Policy") for kind in ("ActorCritic", "ActorCriticCnn", "MultiInputActorCritic")),
    *((f"{_COMMON}.buffers", f"{kind}RolloutBuffer") for kind in ("", "Dict")),
    *((f"{_COMMON}.utils", f"{kind}Schedule") for kind in ("Float", "Constant", "Linear")),
}
"""The library's harmless classes."""

_NEEDED = ("observation_space", "action_space", "policy_class", "policy_kwargs")
"""Entries without which no agent can be built."""

_SCHEDULES = ("learning_rate", "lr_schedule", "clip_range")
"""Entries that only a training needs, which takes them from the configuration."""


def unpickled(content: bytes, source: Path, configured: Collection[type] = ()) -> Any:
    """Returns what the library has pickled in a file. Arguments and errors are as in :func:`..untrusted.unpickled`."""
    return untrusted.unpickled(content, source, _NAMES, configured)


def agent_data(checkpoint: Path, playing: bool = True, configured: Collection[type] = ()) -> dict[str, Any]:
    """Returns the pickled entries of an archive, for the library's ``custom_objects``: it then unpickles none itself.

    Schedules that cannot be read are 0, and other entries that are not needed are None.

    Args:
        checkpoint: The archive.
        playing: Whether an agent is built from it; a training builds its own, and needs no entry.
        configured: See :func:`unpickled`.

    Raises:
        NeedsTrustError: When the agent needs what could run code, and the user does not trust the file.
        UserError: When what the agent needs is damaged.
    """
    try:
        with zipfile.ZipFile(checkpoint) as archive:
            data = dict(json.loads(archive.read("data")))
    except (KeyError, TypeError, ValueError) as error:
        raise UserError(f"{checkpoint} is damaged: it has no settings of an agent. Choose another.") from error
    found: dict[str, Any] = {}
    for key, value in data.items():
        if not isinstance(value, dict) or ":serialized:" not in value:
            continue
        try:
            found[key] = unpickled(_decoded(value[":serialized:"], checkpoint), checkpoint, configured)
        except UserError:
            if playing and key in _NEEDED:
                raise
            found[key] = 0.0 if key in _SCHEDULES else None
    return found


def _decoded(text: Any, source: Path) -> bytes:
    try:
        return base64.b64decode(text)
    except (TypeError, ValueError) as error:
        raise UserError(f"{source} is damaged: choose another checkpoint.") from error

# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Weights & Biases: an account before a training, and an end of its run after it.

The libraries begin a run of W&B, and not all of them end it: the next training of the process would be logged to it.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from typing import Any

from ..errors import UserError


def check_account() -> None:
    """Checks that W&B can log to an account, or need not. Asks for nothing, and uses no network.

    Raises:
        UserError: When no account is logged in.
    """
    import wandb

    if wandb.setup().settings.mode in ("offline", "disabled", "dryrun"):
        return
    if not wandb.login(prompt=False):
        raise UserError(
            "Weights & Biases has no account here: run wandb login in a terminal, or set WANDB_MODE=offline before the "
            "start of the program to upload the runs later with wandb sync."
        )


@contextlib.contextmanager
def ended_run() -> Iterator[None]:
    """Ends the run of W&B that begins within the block, if one does, however the block ends."""
    before = _current()
    try:
        yield
    finally:
        current = _current()
        if current is not None and current is not before:
            current.finish()


def _current() -> Any:
    """Returns the run of W&B that this process logs to; None without one, or where W&B is not imported."""
    return getattr(sys.modules.get("wandb"), "run", None)

# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Connects to the Ray cluster of Ray's own configuration, or starts one on this machine."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Iterator

from ...errors import UserError, shortened
from ..processes.child import import_path
from ..processes.own_command import ROOT

OBJECT_STORE = 256 * 1024**2
"""Memory for Ray's objects on this machine [bytes]: trials exchange nothing but numbers."""


_ENDINGS = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]


@contextlib.contextmanager
def connected() -> Iterator[None]:
    """Within the block, Ray is connected. A cluster that the block has started ends with it.

    Raises:
        UserError: When the cluster cannot be reached or started.
    """
    # Ray asks these when it is imported or started
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    os.environ.setdefault("RAY_CHDIR_TO_TRIAL_DIR", "0")
    os.environ.setdefault("RAY_AIR_NEW_OUTPUT", "0")
    os.environ["TUNE_DISABLE_AUTO_CALLBACK_LOGGERS"] = "1"  # the runs have their own event files
    os.environ["TUNE_DISABLE_SIGINT_HANDLER"] = "1"  # the host handles the signals
    os.environ["TUNE_WARN_EXCESSIVE_EXPERIMENT_CHECKPOINT_SYNC_THRESHOLD_S"] = "0"
    import ray

    address = os.environ.get("RAY_ADDRESS", "")
    local = {} if address else {"include_dashboard": False, "object_store_memory": OBJECT_STORE}
    handlers = {number: signal.getsignal(number) for number in _ENDINGS}
    try:
        ray.init(
            runtime_env={"env_vars": import_path(ROOT)},
            logging_level="ERROR",
            log_to_driver=False,
            **local,
        )
    except Exception as error:  # Ray raises ConnectionError, RuntimeError, ValueError, and errors of gRPC
        words = shortened(str(error).strip().split("\n")[0], 300).rstrip(".")
        what = f"The Ray cluster at {address} (RAY_ADDRESS) cannot be used" if address else "Ray cannot be started here"
        raise UserError(
            f"{what} ({words}): check that it runs with Ray {ray.__version__} and can be reached, or unset RAY_ADDRESS "
            "to train on this machine."
            if address
            else f"{what} ({words}): look into the newest folder of logs below /tmp/ray."
        ) from error
    for number, handler in handlers.items():
        signal.signal(number, handler)  # Ray's own handler of SIGTERM ends the program at once
    try:
        yield
    finally:
        ray.shutdown()

# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The engine that trains on several GPUs of this machine: ``isaaclab train_multigpu``, which outlives this program."""

from __future__ import annotations

import signal
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from ...errors import UserError
from ...isaac_lab import assets, registration, task_config, tasks
from ...isaac_lab.train_command import isaaclab_train_words
from ...learners.formats import format_of, trainable
from ...run_config import RunConfig
from ...runs.jobs import JobFolder, list_jobs
from ...runs.model import MANIFEST_NAME
from ...runs.process import Process
from ...training.where import Where, WhereKind
from .supervised import SupervisedJob, launch

GRACE = 100.0
"""Seconds that the command has after Stop; it gives its workers 95 seconds itself before it kills them."""

_TIME = "%Y-%m-%d_%H-%M-%S"


class AllGpus:
    """See :class:`..training.where.Engine`."""

    kind = WhereKind.GPUS
    label = "All GPUs"
    note = (
        "Isaac Lab's train_multigpu: each GPU simulates all environments, and the run continues when this program "
        "ends. It has no viewport, cannot be paused, its reward weights stay as they are, and Stop keeps the last "
        "checkpoint that was saved."
    )

    def check(self, config: RunConfig, where: Where) -> RunConfig:
        """See :class:`..training.where.Engine`."""
        where.validate()
        config.validate()
        check_options(config)
        _count(where)
        if config.device not in (None, "cuda", "cuda:0"):
            raise UserError(
                f"--where gpus trains on all GPUs from cuda:0 on, not on {config.device}: leave the device out, or "
                "name the GPUs in CUDA_VISIBLE_DEVICES."
            )
        assets.choose_asset_root().apply()  # the command inherits it
        return with_library(config)

    def start(self, config: RunConfig, where: Where) -> SupervisedJob:
        """See :class:`..training.where.Engine`."""
        where = replace(where, num_gpus=_count(where))
        timestamp = free_timestamp(config.log_root_path)
        return launch(
            config,
            where,
            command(config, where.num_gpus or 1, timestamp),
            folder=config.log_root_path.parent,
            stop_signal=signal.SIGINT,  # only an interrupt is an orderly end of Isaac Lab's command
            grace=GRACE,
            find_run=find_run,
            links_log=True,
            timestamp=timestamp,
        )

    def reopen(self, folder: JobFolder) -> SupervisedJob:
        """See :class:`..training.where.Engine`."""
        return SupervisedJob(folder, find_run)


def check_options(config: RunConfig) -> None:
    """Checks that Isaac Lab's command has an option for each part of a configuration.

    Raises:
        UserError: When it has not, or cannot train with the library.
    """
    if config.library:
        _check_library(config.library)
    _words(config)


def with_library(config: RunConfig) -> RunConfig:
    """Returns a configuration with the library of its task; raises as :func:`check_options`."""
    registration.register_tasks()
    config = tasks.list_tasks().complete(config)
    check_options(config)  # the library decides about some options
    return config


def command(config: RunConfig, num_gpus: int, timestamp: str) -> list[str]:
    """Returns module and arguments of Isaac Lab's command.

    Args:
        config: What it trains, with its library.
        num_gpus: Number of GPUs.
        timestamp: The beginning of the name of the run's folder.

    Raises:
        UserError: When the command has no option for a part of the configuration.
    """
    # port 0 lets the launcher find a free one, so that several trainings run side by side
    rendezvous = ["--rdzv_backend", "c10d", "--rdzv_endpoint", "localhost:0"]
    return [
        *("isaaclab", "train_multigpu", "--num_gpus", str(num_gpus), *rendezvous),
        *("--run_timestamp", timestamp, *_words(config)),
    ]


def find_run(folder: JobFolder, child: Process) -> Path | None:
    """Returns the folder of the run of a job."""
    timestamp = folder.record.data["timestamp"]
    found = folder.log_root.glob(f"{folder.record.config.library}/*/{timestamp}*")
    return next((path for path in found if (path / MANIFEST_NAME).is_file()), None)


def _words(config: RunConfig) -> list[str]:
    return isaaclab_train_words(config, all_gpus=True)[1:]


def _check_library(library: str) -> None:
    if not format_of(library).multi_gpu:
        able = " or ".join(each.label for each in trainable().values() if each.multi_gpu)
        raise UserError(
            f"{format_of(library).label} cannot train on several GPUs: choose {able}, or a process of its own."
        )


def _count(where: Where) -> int:
    """Returns the number of GPUs to train on.

    Raises:
        UserError: When there are not as many.
    """
    there = len([device for device in task_config.devices() if device.startswith("cuda")])
    if not there:
        raise UserError(
            "--where gpus needs NVIDIA GPUs that PyTorch can use, and there is none: train in this simulator or in a "
            "process of its own."
        )
    if where.num_gpus is not None and where.num_gpus > there:
        has = "1 GPU" if there == 1 else f"{there} GPUs"
        raise UserError(
            f"--num_gpus {where.num_gpus} is more than the {has} here: lower it, or name more in CUDA_VISIBLE_DEVICES."
        )
    return where.num_gpus or there


def free_timestamp(log_root: Path) -> str:
    """Returns a timestamp that no run or job of a log root has: two that start at once would share a folder."""
    taken = {job.record.data.get("timestamp") for job in list_jobs(log_root)}
    now = datetime.now()
    while (text := f"{now:{_TIME}}") in taken or any(log_root.glob(f"*/*/{text}*")):
        now += timedelta(seconds=1)
    return text

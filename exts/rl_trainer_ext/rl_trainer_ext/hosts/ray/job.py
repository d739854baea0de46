# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The engine that trains as a job of a Ray cluster. A process of this machine submits the job and follows it."""

from __future__ import annotations

import signal
from dataclasses import replace
from pathlib import Path
from typing import Any

from ...errors import UserError, shortened
from ...isaac_lab.tasks import load_catalogue
from ...run_config import RunConfig, check_path
from ...runs.choosing import SELECTORS
from ...runs.jobs import JobFolder
from ...runs.process import Process
from ...runs.record import RunRecord
from ...system.yaml_files import read_document
from ...training.where import Where, WhereKind
from ..processes import all_gpus
from ..processes.own_command import PACKAGE
from ..processes.queued_run import run_dirs, with_options
from ..processes.supervised import SupervisedJob, launch
from .installed import require_ray
from .storage import check_protocol
from .worker import SEVERAL_GPUS, WORKER

STOP_WAIT = 120
"""Seconds that Ray gives the training to save and close after a stop."""

GRACE = 240.0
"""Seconds that the process which follows the job has after Stop; it gives up by itself before."""

SUBMITTED = "ray.json"
"""The file in a job's folder that says which job of which cluster it is."""


class RayCluster:
    """See :class:`..training.where.Engine`."""

    kind = WhereKind.RAY
    label = "Ray cluster"
    note = (
        "A job on one machine of a Ray cluster, which continues when this program ends. The log root must be a folder "
        "that the cluster shares, or a storage brings the files. The run has no viewport, cannot be paused, and its "
        "reward weights stay as they are. On several GPUs it is Isaac Lab's train_multigpu, and Stop keeps the last "
        "checkpoint that was saved."
    )

    def check(self, config: RunConfig, where: Where) -> RunConfig:
        """See :class:`..training.where.Engine`. The process that submits the job checks what needs the cluster."""
        where.validate()
        config.validate()
        require_ray("--where ray")
        if "://" in config.log_root:
            raise UserError(
                f"The log root {shortened(config.log_root)} is a URL: name a folder that is mounted at the same path "
                "on this machine and on those of the cluster, or a folder of this machine and the URL with --storage."
            )
        several = where.num_gpus is not None and where.num_gpus > 1
        if several and config.device not in (None, "cuda", "cuda:0"):
            raise UserError(
                f"--num_gpus {where.num_gpus} trains on GPUs, not on {config.device}: leave one of them out."
            )
        if config.device not in (None, "cpu", "cuda", "cuda:0"):
            raise UserError(
                f"Ray gives the training one GPU, which is cuda:0 there, not {config.device}: leave the device out."
            )
        if several:
            if where.storage:
                raise UserError(
                    f"--num_gpus {where.num_gpus} needs a log root that the cluster shares: leave --storage out, or "
                    "train on one GPU."
                )
            all_gpus.check_options(config)
        if where.token_file:
            read_token(where)
        runtime_environment(where)
        if where.storage:
            check_protocol(where.storage)
        if config.checkpoint is not None and config.checkpoint not in (*SELECTORS, "pretrained"):
            config = config.replace(checkpoint=_absolute(config.checkpoint))
        if several:
            config = all_gpus.with_library(config)
        elif where.storage and config.checkpoint is not None and not config.library:
            # the checkpoint is looked for on this machine, where only the task tells the library
            config = load_catalogue(config.external).complete(config)
        return config.replace(log_root=str(config.log_root_path))

    def start(self, config: RunConfig, where: Where) -> SupervisedJob:
        """See :class:`..training.where.Engine`."""
        where = replace(where, token_file=_absolute(where.token_file), runtime_env=_absolute(where.runtime_env))
        data: dict[str, Any] = {"words": with_options(config, ["--headless", "--json"])}
        if (where.num_gpus or 1) > 1:
            timestamp = all_gpus.free_timestamp(config.log_root_path)
            data = {"words": [SEVERAL_GPUS, str(where.num_gpus)], "timestamp": timestamp, "links_log": True}
        return launch(
            config,
            where,
            [f"{PACKAGE}.hosts.ray.follow"],
            folder=Path.cwd(),
            stop_signal=signal.SIGTERM,
            grace=GRACE,
            find_run=find_run,
            may_restart=was_submitted,
            **data,
        )

    def reopen(self, folder: JobFolder) -> SupervisedJob:
        """See :class:`..training.where.Engine`."""
        return SupervisedJob(folder, find_run, may_restart=was_submitted)


def _absolute(path: str) -> str:
    return str(Path(path).expanduser().absolute()) if path else ""


def gpus_of(config: RunConfig, where: Where) -> int:
    """Returns the number of GPUs that a job reserves."""
    return 0 if config.device == "cpu" else where.num_gpus or 1


def read_token(where: Where) -> str:
    """Returns the token in the file that a place names.

    Raises:
        UserError: When it cannot be read or is empty.
    """
    check_path("token file", where.token_file)
    path = Path(where.token_file).expanduser()
    shown = shortened(str(path), 200)
    try:
        token = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        cause = error.strerror if isinstance(error, OSError) else "it is no text"
        raise UserError(f"The token file {shown} cannot be read ({cause}): correct its name.") from error
    if not token or not token.isascii() or not token.isprintable():
        raise UserError(f"The token file {shown} must hold one token, and nothing else.")
    return token


def runtime_environment(where: Where) -> dict[str, Any]:
    """Returns Ray's runtime environment of a job, from its file; empty without one.

    Raises:
        UserError: When the file cannot be used.
    """
    if not where.runtime_env:
        return {}
    check_path("runtime environment", where.runtime_env)
    document = read_document(Path(where.runtime_env).expanduser())
    values = document.values
    if not isinstance(values, dict) or not all(isinstance(key, str) for key in values):
        raise UserError(
            f"{document.where} is no runtime environment of Ray: write keys such as working_dir, pip and env_vars."
        )
    folder = values.get("working_dir")
    if isinstance(folder, str) and "://" not in folder and not Path(folder).expanduser().exists():
        raise UserError(
            f"{document.where.inside('working_dir')} {shortened(folder)} does not exist (it is relative to "
            f"{shortened(str(Path.cwd()), 200)}): correct it."
        )
    for name, kinds, shown in (("env_vars", dict, "names with values"), ("py_modules", list, "a list")):
        if not isinstance(values.get(name), kinds | None):
            raise UserError(f"{document.where.inside(name)} must be {shown}: correct it.")
    return values


def find_run(folder: JobFolder, child: Process) -> Path | None:
    """Returns the folder of the run whose record names the process that trains, on whichever machine that is."""
    if "timestamp" in folder.record.data:  # Isaac Lab's command writes no record
        return all_gpus.find_run(folder, child)
    values = folder.read(WORKER)
    if not values:
        return None
    worker = Process.from_dict(values)
    since = folder.record.created.timestamp() - 60.0  # the clocks of two machines may differ
    for path in run_dirs(folder.log_root, since):
        record = RunRecord.read(path)
        if record is not None and record.process == worker:
            return path
    return None


def was_submitted(folder: JobFolder) -> bool:
    """Returns whether the cluster has been given the job, so that it can be followed again."""
    return bool(folder.read(SUBMITTED))

# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""``train --where``, ``attach`` and ``stop``: runs outside the program that started them."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from .. import wording
from ..errors import UserError, shortened
from ..hosts.console import say
from ..hosts.engines import all_engines
from ..hosts.processes.recorded import RecordedRun
from ..hosts.standalone.following import follow, wait_for_end
from ..run_config import check_path
from ..runs.finding import find_run
from ..runs.jobs import list_jobs
from ..runs.record import RunRecord
from ..training.commands import Train
from ..training.elsewhere import engine_of, find_jobs, start
from ..training.ended_jobs import says_all
from ..training.snapshot import Snapshot
from ..training.where import Job, JobState, Where, WhereKind
from .json_line import json_line

_RUN_HELP = "folder of a run, its name, latest, or the name of a job in the log root"


def add_where(parser: argparse.ArgumentParser) -> None:
    """Adds the options of ``train`` that say where it runs."""
    parser.add_argument(
        "--where",
        choices=[kind.value for kind in WhereKind],
        default=WhereKind.LOCAL.value,
        help="where to train: in this program, in a process of its own, on several GPUs, or as a job of a Ray cluster; "
        "all but local outlive this program (default: local)",
    )
    parser.add_argument("--num_gpus", type=int, metavar="N", help="number of GPUs (default: gpus all, ray 1)")
    parser.add_argument(
        "--address",
        default="",
        metavar="URL",
        help="ray: the dashboard of the cluster, such as http://head:8265 (default: RAY_ADDRESS, or the cluster of "
        "this machine)",
    )
    parser.add_argument(
        "--token_file",
        default="",
        metavar="FILE",
        help="ray: file with the token of the cluster (default: RAY_AUTH_TOKEN, or ~/.ray/auth_token)",
    )
    parser.add_argument(
        "--runtime_env",
        default="",
        metavar="FILE",
        help="ray: YAML file with Ray's runtime environment, with keys such as working_dir, pip and env_vars",
    )
    parser.add_argument(
        "--storage",
        default="",
        metavar="URL",
        help="ray: URL of fsspec, such as s3://bucket/runs, through which the files come here where the cluster does "
        "not share the log root (default: none)",
    )


def where(arguments: argparse.Namespace) -> Where:
    """Returns where a training is to run.

    Raises:
        UserError: When the options do not fit together.
    """
    chosen = Where(
        WhereKind(arguments.where),
        arguments.num_gpus,
        arguments.address,
        arguments.token_file,
        arguments.runtime_env,
        arguments.storage,
    )
    chosen.validate()
    given = "--render_mode" if arguments.render_mode is not None else ""
    given = given or ("--viewport_share" if arguments.viewport_share is not None else "")
    if given and chosen.kind is not WhereKind.LOCAL:
        raise UserError(f"{given} is for the viewport, and --where {chosen.kind} has none: leave one of them out.")
    return chosen


def add_commands(commands: Any) -> tuple[argparse.ArgumentParser, argparse.ArgumentParser]:
    """Adds ``attach`` and ``stop``; returns their parsers."""
    attach = commands.add_parser(
        "attach",
        help="follow a run that another program has started",
        description="Shows the progress of a run until it ends, and ends with its exit status. Ctrl+C leaves it.",
    )
    stop = commands.add_parser(
        "stop",
        help="stop a run that another program has started",
        description="Has a run save its last checkpoint and end, and waits for that.",
    )
    for parser in (attach, stop):
        parser.add_argument("run", metavar="RUN", help=_RUN_HELP)
    return attach, stop


def train(command: Train) -> tuple[Snapshot, bool, int | None]:
    """Trains elsewhere, without a window; Ctrl+C stops the run.

    Returns:
        The last snapshot, whether a signal requested the end, and the exit status of the run.

    Raises:
        UserError: When it cannot be done.
    """
    engine = all_engines().get(command.where.kind)
    if engine is None:
        raise UserError(f"This program has no engine for --where {command.where.kind}: choose another place.")
    job = start(engine, command.config, command.where)
    find_jobs(all_engines(), command.config.log_root_path)  # removes those that have no use any more, as a panel does
    snapshot, interrupted = follow(job, interrupt_stops=True)
    if says_all(job):
        job.folder.remove()
    return snapshot, interrupted, job.exit_status


def attach(arguments: argparse.Namespace) -> tuple[Snapshot, bool, int | None]:
    """Follows a run; returns and raises as :func:`train`."""
    job = find_job(arguments.run, arguments.log_root)
    snapshot, interrupted = follow(job, interrupt_stops=False)
    if not job.state.is_over:
        say(f"The run continues: rl-trainer stop {shortened(arguments.run)} ends it.")
    return snapshot, interrupted, job.exit_status


def stop(arguments: argparse.Namespace) -> int:
    """Stops a run, waits for its end, and says what it has saved; returns the exit status.

    Raises:
        UserError: When it cannot be stopped.
    """
    job = find_job(arguments.run, arguments.log_root)
    job.stop()
    snapshot = wait_for_end(job)
    checkpoint = None if snapshot.checkpoint is None else str(snapshot.checkpoint)
    if arguments.json:
        run_dir = None if job.run_dir is None else str(job.run_dir)
        told = {"status": snapshot.status, "run_dir": run_dir, "checkpoint": checkpoint}
        print(json_line(told | {"iterations": snapshot.iteration}))
    elif job.state.is_over:
        saved = "it has saved no checkpoint" if checkpoint is None else checkpoint
        print(f"{snapshot.status} after {wording.whole(snapshot.iteration)} iterations: {saved}")
    return 1 if job.state is JobState.FAILED else 0


def find_job(named: str, log_root: str) -> Job:
    """Returns the job of the run that a text names, or what follows the run by its record.

    Raises:
        UserError: When there is none.
    """
    check_path("log root", log_root)
    engines = all_engines()
    root = Path(log_root)
    for folder in list_jobs(root):
        if folder.name == named:
            return engine_of(folder, engines).reopen(folder)
    run = find_run(named, root)
    for folder in list_jobs(run.path.parents[2]):
        try:
            job = engine_of(folder, engines).reopen(folder)
        except UserError:  # of a newer version, or incomplete: it may be another run's
            continue
        if job.run_dir is not None and job.run_dir.resolve() == run.path.resolve():
            return job
    record = RunRecord.read(run.path)
    if record is None:
        raise UserError(
            f"The run {run.path.name} is one of Isaac Lab's own command, which writes down no process: stop it where "
            "it was started."
        )
    return RecordedRun(record)

# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Submits a training to a Ray cluster and follows it: the command of a job (``hosts/processes/job_main.py``).

``python -m rl_trainer_ext.hosts.ray.follow``. It ends with the exit status of the training, and on SIGTERM has Ray stop
it. Started again after it was killed, it follows the job that it has submitted before.
"""

from __future__ import annotations

import os
import secrets
import shlex
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from ...errors import UserError
from ...learners.formats import CheckpointKind
from ...runs import list_checkpoints
from ...runs.jobs import JobFolder
from ...runs.model import RunStatus
from ...runs.process import Process
from ...runs.record import RunRecord
from ...training.where import Where
from ..processes.job_main import JOB, PROBLEM
from ..processes.own_command import PACKAGE, ROOT
from .head import Head, NoAnswerError, UnknownJobError, words
from .job import STOP_WAIT, SUBMITTED, find_run, gpus_of, read_token, runtime_environment
from .job_files import files_of
from .stored_worker import EXIT_NOT_SENT
from .worker import EXIT_NO_GPUS, EXIT_NOT_SHARED, WORKER

POLL = 1.0
"""Seconds between two looks at the job."""

PATIENCE = 90.0
"""Seconds that the head may not answer. A machine of the cluster gives it up after 60, and its training then ends."""

APPEAR_LIMIT = 30.0
"""Seconds until the end of a run must be seen here: a network file system may take a while."""

_EXIT_FAILED, _EXIT_BAD_INPUT, _EXIT_STOPPED = 1, 2, 130
_SIGKILL = 9  # which Windows, where mypy checks this too, has no name for
_EXITS = {RunStatus.FINISHED: 0, RunStatus.STOPPED: _EXIT_STOPPED, RunStatus.FAILED: _EXIT_FAILED}

Answer = TypeVar("Answer")


class Lost(UserError):
    """The training has begun and its end is not its own."""


class Follower:
    """One training on a cluster.

    Args:
        folder: The folder of the job.
    """

    def __init__(self, folder: JobFolder) -> None:
        self._folder, self._where = folder, Where.from_dict(folder.record.where)
        self._files = files_of(folder, self._where)
        self._stopping = self._stop_sent = False

    def stop(self, *_: object) -> None:
        """Notes that the training is to end; a handler of signals."""
        self._stopping = True

    def run(self) -> int:
        """Trains, and returns the exit status.

        Raises:
            UserError: When the cluster cannot do what is asked; :class:`Lost` when it has begun and was lost.
        """
        known = self._folder.read(SUBMITTED)
        token = read_token(self._where) if self._where.token_file else ""
        if known:
            self._name, address = known["submission_id"], known["address"]
            self._head = self._patiently(lambda: Head(address, token))
        else:
            _say("Connecting to the Ray cluster…")
            self._head = Head(self._where.address, token)
            self._name = f"rl-trainer-{self._folder.name}"
            self._submit()
        return self._end(self._wait())

    def _submit(self) -> None:
        gpus = gpus_of(self._folder.record.config, self._where)
        self._check_gpus(gpus)
        environment = runtime_environment(self._where)
        python = str(environment.get("py_executable") or "python")
        mark = secrets.token_hex(8)
        self._files.begin(mark)
        command = [*self._files.arguments, mark, *self._folder.record.data["words"]]
        ending = {"RAY_JOB_STOP_WAIT_TIME_S": str(STOP_WAIT)}
        if gpus > 1:
            ending["RAY_JOB_STOP_SIGNAL"] = "SIGINT"  # only an interrupt is an orderly end of Isaac Lab's command
        environment["env_vars"] = ending | dict(environment.get("env_vars") or {})
        environment["py_modules"] = [*(environment.get("py_modules") or []), str(ROOT / PACKAGE)]
        _say("Submitting the training to the Ray cluster…")
        self._folder.write(SUBMITTED, {"submission_id": self._name, "address": self._head.address})
        entrypoint = f"{python} {shlex.join(['-m', f'{PACKAGE}.hosts.ray.{self._files.module}', *command])}"
        try:
            self._give(entrypoint, environment, gpus)
        except UserError:
            self._files.cancel()  # Ray may have taken it, and have been too slow to say so
            (self._folder.path / SUBMITTED).unlink()
            raise

    def _give(self, entrypoint: str, environment: dict[str, Any], gpus: int) -> None:
        end = time.monotonic() + PATIENCE
        while True:
            try:
                return self._head.submit(self._name, entrypoint, environment, gpus)
            except NoAnswerError as error:
                if self._stopping or time.monotonic() > end:
                    raise UserError(
                        f"The Ray cluster at {self._head.address} has not taken the job ({error}): look at `ray "
                        "status` there, and try again."
                    ) from error
                time.sleep(POLL)

    def _check_gpus(self, gpus: int) -> None:
        try:
            there = self._head.gpus()
        except NoAnswerError as error:
            raise UserError(
                f"The Ray cluster at {self._head.address} does not say which machines it has ({error}): check that it "
                "is well with `ray status`."
            ) from error
        if gpus > max(there, default=0):
            most = max(there, default=0)
            if most:
                raise UserError(
                    f"--num_gpus {gpus} is more than any machine of the Ray cluster at {self._head.address} has, which "
                    f"is {most}: lower it."
                )
            machines = "its machine" if len(there) == 1 else f"any of its {len(there)} machines"
            raise UserError(
                f"The Ray cluster at {self._head.address} has no GPU on {machines}: add one, or train on a CPU with "
                "--device cpu."
            )

    def _wait(self) -> Any:
        """Follows the job to its end; returns what Ray knows of it."""
        running_since = 0.0
        _say("Waiting for the Ray cluster: for a free machine, and for the runtime environment…")
        while True:
            info = self._patiently(lambda: self._head.info(self._name))
            status = str(info.status.value)
            if status not in ("PENDING", "RUNNING"):
                return info
            if status == "RUNNING":
                self._files.receive()
            if self._stopping:
                self._stop(status)
                if status == "PENDING":  # Ray ends it when a machine is free
                    sys.exit(_EXIT_STOPPED)
            elif status == "RUNNING" and not (self._folder.path / WORKER).exists():
                running_since = running_since or time.monotonic()
                if time.monotonic() - running_since > self._files.begin_limit:
                    self._stop(status)
                    raise self._files.not_reached()
            time.sleep(POLL)

    def _stop(self, status: str) -> None:
        if self._stop_sent:
            return
        if status == "PENDING":
            self._files.cancel()
        self._patiently(lambda: self._head.stop(self._name))
        self._stop_sent = True

    def _end(self, info: Any) -> int:
        """Returns the exit status of the training, or says why it has none."""
        self._files.finish()
        if info.status.value == "STOPPED":
            if not self._has_ended():
                raise Lost(
                    f"The training did not save and end within {STOP_WAIT} s and was killed{self._how_to_resume()}"
                )
            return _EXIT_STOPPED
        code = info.driver_exit_code
        if code == EXIT_NOT_SENT:
            raise Lost(f"{_cause(info)}.")
        if not (self._folder.path / WORKER).exists() and info.status.value == "FAILED":
            raise self._never_began(info)
        if info.status.value == "FAILED" and code is None:
            raise Lost(f"The machine of the Ray cluster that trained is lost ({_cause(info)}){self._how_to_resume()}")
        if code is not None and (code < 0 or (code > 128 and code != _EXIT_STOPPED)):
            number = -code if code < 0 else code - 128
            often = ", often for want of memory" if number == _SIGKILL else ""
            raise Lost(f"The training was killed on its machine (signal {number}{often}){self._how_to_resume()}")
        return int(code or 0)

    def _has_ended(self) -> bool:
        """Returns whether the run has ended by itself; a network file system may show that a while later."""
        end = time.monotonic() + APPEAR_LIMIT
        while (record := self._record()) is not None and record.status is RunStatus.RUNNING:
            if time.monotonic() > end:
                return False
            time.sleep(POLL)
        return True

    def _never_began(self, info: Any) -> UserError:
        """Returns why a job has ended before the training began."""
        if info.driver_exit_code == EXIT_NOT_SHARED:
            return self._files.not_reached(f"{_cause(info)}.")
        if info.driver_exit_code == EXIT_NO_GPUS:
            return UserError(f"{_cause(info)}: start Ray there with the GPUs that it has, or lower --num_gpus.")
        _say(str(info.message or ""))
        log = f"Its log is in {self._folder.output}."
        kind = str(getattr(info.error_type, "value", info.error_type) or "")
        if kind == "RUNTIME_ENV_SETUP_FAILURE":
            file = Path(self._where.runtime_env).name or "of the job"
            return UserError(
                f"The Ray cluster cannot build the runtime environment {file} ({_cause(info)}): correct it. {log}"
            )
        if kind == "JOB_SUPERVISOR_ACTOR_START_TIMEOUT":
            python = runtime_environment(self._where).get("py_executable")  # with another Ray it only waits
            unheard = f", or {python} has another version of Ray than the cluster" if python else ""
            return UserError(
                f"The Ray cluster had no machine free for the job in the time that its head allows{unheard}: try again "
                "later, or start the head with a longer RAY_JOB_START_TIMEOUT_SECONDS."
            )
        if info.driver_exit_code is not None:
            return UserError(
                f"RL Trainer cannot run on the Ray cluster ({_cause(info)}): start Ray there in the Python environment "
                "that has Isaac Lab, with its bin folder first in PATH, or name its Python in py_executable of the "
                f"runtime environment. {log}"
            )
        return UserError(f"The Ray cluster could not start the job ({_cause(info)}): see `ray status` there. {log}")

    def _record(self) -> RunRecord | None:
        self._files.receive()
        run_dir = find_run(self._folder, Process.current())
        return None if run_dir is None else RunRecord.read(run_dir)

    def _how_to_resume(self) -> str:
        """Returns the end of a sentence about a training that was lost."""
        run_dir = find_run(self._folder, Process.current())
        if run_dir is not None:
            kept = (one for one in list_checkpoints(run_dir) if one.kind is not CheckpointKind.BEST)
            latest = next(kept, None)
            if latest is not None:
                return f": resume from its latest checkpoint, {latest.path}."
        return ": it has saved no checkpoint, so train again."

    def _patiently(self, ask: Callable[[], Answer]) -> Answer:
        """Asks the head, again for a while when it does not answer.

        Raises:
            Lost: When it is lost, and the training has not ended by itself.
        """
        end = time.monotonic() + PATIENCE
        while True:
            try:
                return ask()
            except UnknownJobError as error:
                raise Lost(f"{error}{self._how_to_resume()}") from error
            except NoAnswerError as error:
                address = self._folder.read(SUBMITTED).get("address", self._where.address)
                record = self._record()
                status = None if record is None else record.status
                if status is RunStatus.STOPPED and not self._stopping:
                    raise Lost(
                        f"The head of the Ray cluster at {address} is lost ({error}), and the training has saved and "
                        f"ended{self._how_to_resume()}"
                    ) from error
                if status in _EXITS:
                    sys.exit(_EXITS[status])
                if time.monotonic() > end:
                    raise Lost(
                        f"The head of the Ray cluster at {address} has not answered for {PATIENCE:.0f} s ({error}); "
                        f"its jobs end with it{self._how_to_resume()}"
                    ) from error
                time.sleep(POLL)


def _cause(info: Any) -> str:
    """Returns the last line of what Ray says of a job that failed."""
    lines = [line.strip() for line in str(info.message or "it does not say why").splitlines() if line.strip()]
    return words(lines[-1])


def _say(text: str) -> None:
    print(text, flush=True)


def main(folder: Path) -> int:
    """Follows the training of a job; writes down what went wrong."""
    job = JobFolder.open(folder)
    if job is None:
        sys.exit(f"{folder} is no job.")
    follower = Follower(job)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, follower.stop)
    try:
        return follower.run()
    except UserError as error:
        job.write(PROBLEM, {"error": str(error)})  # a training whose head is lost may still write to the output
        return _EXIT_FAILED if isinstance(error, Lost) else _EXIT_BAD_INPUT


if __name__ == "__main__":
    sys.exit(main(Path(os.environ[JOB])))

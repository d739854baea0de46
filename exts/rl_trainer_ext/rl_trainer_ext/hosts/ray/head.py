# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Talks to the head of a Ray cluster through Ray's job API; what goes wrong there becomes one sentence."""

from __future__ import annotations

import logging
import os
import socket
import threading
from collections.abc import Callable
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from ...errors import UserError, shortened

LIMIT = 30.0
"""Seconds that the head may take for an answer."""

CONNECT_LIMIT = 10.0
"""Seconds that a connection to it may take."""

SUBMIT_LIMIT = 300.0
"""Seconds that it may take to give a job, and with it the working directory, to the head."""


class NoAnswerError(Exception):
    """The head has not answered, or not in a way that says anything about the job. The message is the cause."""


class UnreachableError(UserError, NoAnswerError):
    """Nothing answers at the address of the head."""


class UnknownJobError(UserError):
    """The head answers, and does not know the job."""


class Head:
    """The head of a cluster. Connecting is part of the construction.

    Args:
        address: The address of its dashboard; empty for that of Ray's own configuration.
        token: Its token; empty for that of Ray's own configuration.

    Raises:
        UserError: When it cannot be used; :class:`UnreachableError` when it cannot be reached.
    """

    def __init__(self, address: str, token: str = "") -> None:
        _configure(address, token)
        given = address or os.environ.get("RAY_API_SERVER_ADDRESS") or os.environ.get("RAY_ADDRESS", "")
        self.address = given or "this machine"
        _check_port(given)
        import ray
        from ray.job_submission import JobSubmissionClient

        logging.disable(logging.WARNING)  # what Ray does is told in this program's words
        self._version = ray.__version__
        try:
            self._client = _within(LIMIT, lambda: JobSubmissionClient(address or None))
        except NoAnswerError as error:
            raise _unreachable(self.address, str(error)) from error
        except Exception as error:  # Ray raises what it likes: RuntimeError, ValueError, its own errors, those of gRPC
            raise self._cannot_be_used(error) from error
        self.address = self._client.get_address()

    def gpus(self) -> list[int]:
        """Returns the number of GPUs of each machine of the cluster."""
        from ray.util.state import list_nodes

        # Ray takes machines that were lost, and are filtered out, for ones that are missing in the answer
        options: dict[str, Any] = {"limit": 10_000, "raise_on_missing_output": False}
        nodes = self._ask(lambda: list_nodes(self.address, filters=[("state", "=", "ALIVE")], **options))
        return [int((node.resources_total or {}).get("GPU", 0)) for node in nodes]

    def submit(self, name: str, entrypoint: str, environment: dict[str, Any], gpus: int) -> None:
        """Submits a job that reserves a core and GPUs.

        Raises:
            NoAnswerError: When the head cannot take it now.
            UserError: When Ray does not take it.
        """
        try:
            _within(
                SUBMIT_LIMIT,
                lambda: self._client.submit_job(
                    submission_id=name,
                    entrypoint=entrypoint,
                    runtime_env=environment,
                    entrypoint_num_cpus=1,
                    entrypoint_num_gpus=gpus or None,
                ),
            )
        except NoAnswerError:
            raise
        except Exception as error:  # Ray checks the runtime environment here, each key in its own way
            if _is_refusal(error):
                raise self._cannot_be_used(error) from error
            if f"{name} already exists" in str(error):  # an earlier try has reached it
                return
            if "try again" in str(error):  # no machine of the cluster is ready yet
                raise NoAnswerError(words(error)) from error
            raise UserError(
                f"The Ray cluster at {self.address} does not take the job ({words(error)}): correct its runtime "
                "environment."
            ) from error

    def info(self, name: str) -> Any:
        """Returns what Ray knows of a job.

        Raises:
            NoAnswerError: When the head does not answer.
            UnknownJobError: When it does not know the job.
            UserError: When it refuses the token.
        """
        return self._ask(lambda: self._client.get_job_info(name), name)

    def stop(self, name: str) -> None:
        """Has Ray stop a job; raises as :meth:`info`."""
        self._ask(lambda: self._client.stop_job(name), name)

    def _ask(self, ask: Callable[[], Any], name: str = "") -> Any:
        try:
            return _within(LIMIT, ask)
        except NoAnswerError:
            raise
        except Exception as error:
            if _is_refusal(error):
                raise self._cannot_be_used(error) from error
            if name and "status code 404" in str(error):  # the name of the job may hold a 404 too
                raise UnknownJobError(
                    f"The Ray cluster at {self.address} does not know the job {name}: its head was restarted, and its "
                    "jobs ended with it"
                ) from error
            raise NoAnswerError(words(error)) from error

    def _cannot_be_used(self, error: Exception) -> UserError:
        told = words(error)
        if _is_refusal(error):
            missing = str(getattr(error, "message", "")).startswith("Authentication required")
            what = "needs a token, and there is none" if missing else "refuses the token"
            return UserError(
                f"The Ray cluster at {self.address} {what}: put its token into RAY_AUTH_TOKEN or ~/.ray/auth_token, or "
                "name a file with --token_file."
            )
        return UserError(
            f"The Ray cluster at {self.address} cannot be used by Ray {self._version} ({told}): check that the address "
            "is that of its dashboard, and that it runs the same version."
        )


def words(text: object, longest: int = 300) -> str:
    """Returns what Ray says, as part of a sentence: of a traceback the last line."""
    lines = str(text).strip().splitlines() or ["it does not say why"]
    if any(line.startswith("Traceback") or ": Traceback" in line for line in lines):
        lines = [line for line in lines if line.strip(" .")][-1:]
    return shortened(" ".join(line.strip() for line in lines if line.strip()), longest).rstrip(".:")


def _cause(error: BaseException) -> str:
    """Returns what the system says of an error of ``requests``, which repeats the address several times."""
    found: BaseException | None = error
    while found is not None and not (isinstance(found, OSError) and found.strerror):
        found = found.__cause__ or found.__context__
    return words(error) if found is None else str(found.strerror)


def _configure(address: str, token: str) -> None:
    """Sets Ray's own configuration, which Ray reads when it is imported."""
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    if address:  # Ray prefers these to the address that it is given
        for name in ("RAY_API_SERVER_ADDRESS", "RAY_ADDRESS"):
            os.environ.pop(name, None)
    if token:
        os.environ |= {"RAY_AUTH_TOKEN": token, "RAY_AUTH_MODE": "token"}
    default = Path("~/.ray/auth_token").expanduser()
    if any(os.environ.get(name) for name in ("RAY_AUTH_TOKEN", "RAY_AUTH_TOKEN_PATH")) or default.is_file():
        os.environ.setdefault("RAY_AUTH_MODE", "token")  # as ray start and ray.init do


def _check_port(address: str) -> None:
    """Checks that something listens at an address, because Ray waits long, and does not say what is wrong.

    Raises:
        UnreachableError: When nothing does.
    """
    parts = urlsplit(address if "://" in address else f"//{address}")
    try:
        port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    except ValueError:
        return
    through_proxy = parts.scheme in getproxies() and not proxy_bypass(parts.hostname or "")
    if parts.hostname and port and not through_proxy:
        try:
            socket.create_connection((parts.hostname, port), CONNECT_LIMIT).close()
        except OSError as error:
            raise _unreachable(address, error.strerror or str(error)) from error


def _unreachable(address: str, cause: str) -> UnreachableError:
    return UnreachableError(
        f"No Ray cluster answers at {shortened(address, 200)} ({cause}): check that its head runs, and that the "
        "address is that of its dashboard, such as http://head:8265."
    )


def _is_refusal(error: Exception) -> bool:
    from ray.exceptions import AuthenticationError

    return isinstance(error, AuthenticationError)


def _within(seconds: float, ask: Callable[[], Any]) -> Any:
    """Returns an answer, or raises its exception.

    Raises:
        NoAnswerError: When the head cannot be reached, or takes longer than that. Ray itself waits for ever.
    """
    answers: SimpleQueue[tuple[Any, Exception | None]] = SimpleQueue()

    def run() -> None:
        try:
            answers.put((ask(), None))
        except Exception as error:
            answers.put((None, error))

    threading.Thread(target=run, daemon=True, name="asks Ray").start()
    try:
        answer, error = answers.get(timeout=seconds)
    except Empty:
        raise NoAnswerError(f"no answer within {seconds:.0f} s") from None
    if isinstance(error, OSError):  # of requests, too
        raise NoAnswerError(_cause(error)) from error
    if error is not None:
        raise error
    return answer

# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Exports the policy of a playback, and checks the files against it before they get their names."""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .. import runs
from ..errors import UserError
from ..learners.base import Job, Playback
from ..overrides.hydra import first_line
from ..system.installation import pip_line
from .snapshot import ExportedPolicy

COMPARED = 100
"""Observations, over all environments, that the files must answer as the policy does."""

FOLDER = "exported"
"""Folder of the exported policies in the run's, where Isaac Lab's playback writes them."""

RUNTIME = "onnxruntime"
"""The package that runs an ONNX file for the check."""


def require_runtime() -> None:
    """Checks that an exported policy can be checked here.

    Raises:
        UserError: When onnxruntime is not installed.
    """
    if importlib.util.find_spec(RUNTIME) is None:
        raise UserError(
            f"An exported policy is checked with {RUNTIME}, which is not installed: run {pip_line(RUNTIME)}"
        )


def export_policy(playback: Playback, job: Job) -> ExportedPolicy:
    """Writes ``policy.pt`` and ``policy.onnx``, and compares them with the policy while it plays.

    Of several agents with a policy each there are two files for each.

    Blocks; to be called inside a cooperative task. Files of an earlier export are replaced when the new ones are right.

    Args:
        playback: The library's playback, which has not stepped yet.
        job: What the playback was started with.

    Raises:
        UserError: When the policy cannot be written in these formats, the files answer otherwise than it does, or the
            folder cannot be written.
    """
    from ..learners.policy_files import PolicyCheck, file_names, write_policy

    folder = job.run_dir / FOLDER
    existed = folder.is_dir()
    try:
        # "exported" may be a symbolic link
        runs.require_inside(folder, job.run_dir)
        folder.mkdir(exist_ok=True)
        # beside their final place, so that a file is there when it is whole
        with tempfile.TemporaryDirectory(prefix=".policy-", dir=folder) as name:
            unfinished = Path(name)
            checks = {}
            for agent in playback.agents:
                with _exporter_errors(job):
                    network = playback.network(agent)
                    write_policy(network, unfinished, _description(job, agent), agent)
                    checks[agent] = PolicyCheck(network, unfinished, job.env.num_envs, agent)
            while any(check.observations < COMPARED for check in checks.values()):
                inputs = {agent: playback.network_inputs(agent) for agent in checks}
                playback.step()
                for agent, check in checks.items():
                    actions, dones = playback.outcome(agent)
                    check.compare(inputs[agent], actions)
                    check.reset(dones)
            for check in checks.values():
                check.require_equal()
            for agent in checks:
                for file in file_names(agent):
                    os.replace(unfinished / file, folder / file)
    except OSError as error:
        raise UserError(f"{folder} cannot be written ({error.strerror}): copy the checkpoint elsewhere.") from error
    finally:
        if not existed:
            with contextlib.suppress(OSError):
                folder.rmdir()  # unless there is something in it
    largest = max(max(check.jit_error, check.onnx_error) for check in checks.values())
    jit, onnx = ({agent: folder / file_names(agent)[kind] for agent in checks} for kind in (0, 1))
    return ExportedPolicy(jit, onnx, largest, sum(check.observations for check in checks.values()))


def exported_words(exported: ExportedPolicy) -> str:
    """Returns the good news of an export, in one sentence."""
    files = [*exported.jit.values(), *exported.onnx.values()]
    names = f"{', '.join(file.name for file in files[:-1])} and {files[-1].name}"
    return (
        f"Exported {names} to {files[0].parent}; on {exported.observations} observations their actions differ from the "
        f"checkpoint's by at most {exported.max_error:.1g}."
    )


@contextlib.contextmanager
def _exporter_errors(job: Job) -> Iterator[None]:
    """Turns what PyTorch's exporters raise into a user error; each raises what it likes."""
    try:
        yield
    except (UserError, OSError):
        raise
    except Exception as error:
        raise UserError(
            f"The policy of {job.checkpoint} cannot be written as TorchScript and ONNX "
            f"({type(error).__name__}: {first_line(error)}): use a network that PyTorch's exporters support."
        ) from error


def _description(job: Job, agent: str) -> dict[str, str]:
    """What the ONNX file says of the policy: its origin, and what its numbers mean as far as the task tells."""
    env = job.env.unwrapped
    known: dict[str, Any] = {
        "task": job.config.task,
        "library": job.config.library,
        "checkpoint": str(job.checkpoint),
        "seconds_per_step": env.step_dt,
    }
    if agent:
        known["agent"] = agent
    observations = getattr(env, "observation_manager", None)
    if observations is not None:
        known["observation_terms"] = {
            group: dict(zip(terms, observations.group_obs_term_dim[group], strict=True))
            for group, terms in observations.active_terms.items()
        }
    actions = getattr(env, "action_manager", None)
    if actions is not None:
        known["action_terms"] = dict(zip(actions.active_terms, actions.action_term_dim, strict=True))
    return {name: value if isinstance(value, str) else json.dumps(value) for name, value in known.items()}

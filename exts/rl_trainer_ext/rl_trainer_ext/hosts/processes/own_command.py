# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Runs ``rl-trainer`` itself in a process beside this one: the export of a policy, the film of a run, evaluations."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from ... import wording
from ...isaac_lab.registration import imported_modules
from ...run_config import RunConfig
from ...runs import run_dir_of
from .child import ChildProcess

PACKAGE = __name__.partition(".")[0]
ROOT = Path(__file__).parents[3]
"""The folder from which this package is imported."""


class OwnCommand:
    """One command with ``--json``. :meth:`update` polls the process.

    Args:
        subject: What it does, such as ``Exporting model_2.pt``.
        arguments: The command and its options.
        outcome: Returns one sentence about the JSON object that it printed.
    """

    def __init__(self, subject: str, arguments: Sequence[str], outcome: Callable[[dict[str, Any]], str]) -> None:
        self.subject = subject
        self.outcome = ""
        """One sentence about the result; empty until it is :attr:`done`."""
        self.problem = ""
        """Why it failed, in one sentence; empty without a problem."""
        self.done = False
        self.progress = ""
        """The last line that it printed."""
        self._describe = outcome
        self._child: ChildProcess | None = None
        try:
            self._child = ChildProcess(PACKAGE, [*arguments, "--json"], root=ROOT)
        except OSError as error:
            self.problem = f"{subject} failed: no process can be started ({error.strerror})."

    @property
    def pid(self) -> int | None:
        """Its process id; None when it does not run."""
        return None if self._child is None else self._child.pid

    def update(self) -> None:
        """Checks the progress. Called once a frame, or less often."""
        child = self._child
        if child is None:
            return
        status = child.status
        self.progress = child.last_words()
        if status is None:
            return
        self.stop()
        try:
            told = json.loads(self.progress)
        except json.JSONDecodeError:
            told = None
        if not isinstance(told, dict):  # it was killed, and this is the last line of its output
            told = {"error": f"{self.subject} failed with exit status {status}: {self.progress or 'it said nothing'}"}
        if "error" in told:
            self.problem = told["error"]
        else:
            self.outcome, self.done = self._describe(told), True

    def stop(self) -> None:
        """Ends it, if it still runs."""
        child, self._child = self._child, None
        if child is not None:
            child.end()


def _task_modules() -> list[str]:
    """The options with which the command knows the tasks that this process knows."""
    return [word for module in imported_modules() for word in ("--external", module.reference)]


def _checkpoint_options(config: RunConfig) -> list[str]:
    """The options that name a checkpoint and what it needs."""
    options = ["--task", config.task, "--library", config.library, "--checkpoint", str(config.checkpoint)]
    options += ["--log_root", config.log_root]
    if config.agent:
        options += ["--agent", config.agent]
    return [*options, *_task_modules(), *config.overrides]


def _evaluated_options(config: RunConfig) -> list[str]:
    """Those options and the seed of the run, so that all evaluations of a run meet the same episodes."""
    return [*_checkpoint_options(config), *(() if config.seed is None else ("--seed", str(config.seed)))]


def begin_policy_export(config: RunConfig) -> OwnCommand:
    """Starts the export of a run's checkpoint as policy files, on the CPU."""
    return OwnCommand(
        f"Exporting {Path(str(config.checkpoint)).name}",
        ["export", *_checkpoint_options(config)],
        lambda told: (
            f"Exported {_names(told['jit'], told['onnx'])} to {_one(told['jit']).parent}: "
            f"their actions differ from the checkpoint's by at most {told['max_error']:.1g}."
        ),
    )


def _one(files: str | dict[str, str]) -> Path:
    """Returns the first of the files: one path, or paths by agent."""
    return Path(files if isinstance(files, str) else next(iter(files.values())))


def _names(*kinds: str | dict[str, str]) -> str:
    paths = [path for files in kinds for path in ([files] if isinstance(files, str) else files.values())]
    names = [Path(path).name for path in paths]
    return f"{', '.join(names[:-1])} and {names[-1]}"


def begin_film(run_dir: Path) -> OwnCommand:
    """Starts a film of a run's checkpoints."""
    return OwnCommand(
        f"Filming {run_dir.name}",
        ["film", str(run_dir), *_task_modules()],
        lambda told: f"Filmed to {', '.join(told['videos'])}",
    )


def begin_evaluation(config: RunConfig, every: bool) -> OwnCommand:
    """Starts the evaluation of a run's checkpoint, or of all of its run."""
    checkpoint = Path(str(config.checkpoint))
    run = run_dir_of(checkpoint, config.library).name
    subject = f"Evaluating the checkpoints of {run}" if every else f"Evaluating {checkpoint.name}"
    return OwnCommand(subject, ["eval", *_evaluated_options(config), *(("--all",) if every else ())], _evaluated)


def begin_periodic_evaluation(config: RunConfig, episodes: int) -> OwnCommand:
    """Starts the evaluation of a checkpoint while its training continues, on its device and with its seed."""
    name = Path(str(config.checkpoint)).name
    options = ["--episodes", str(episodes), *(("--device", config.device) if config.device else ())]

    def outcome(told: dict[str, Any]) -> str:
        return f"Evaluated {name}: {_achieved(told)}"

    return OwnCommand(f"Evaluating {name}", ["eval", *_evaluated_options(config), *options], outcome)


def _evaluated(told: dict[str, Any]) -> str:
    evaluations = {one["checkpoint"]: one for one in told["evaluations"]}
    best = evaluations.get(told["best"])
    if best is None:
        return f"Evaluated {told['episodes']} episodes: their returns are not finite numbers."
    which = "" if len(evaluations) == 1 else f"Evaluated {len(evaluations)} checkpoints; the best is "
    return f"{which}{best['checkpoint']}: {_achieved(best)}"


def _achieved(evaluation: dict[str, Any]) -> str:
    success = evaluation["success_rate"]
    return (
        f"return {wording.number(evaluation['mean_return'])} ± {wording.number(evaluation['std_return'])} over "
        f"{wording.whole(evaluation['episodes'])} episodes of {wording.number(evaluation['mean_length'])} steps"
        f"{'' if success is None else f', success {wording.percent(success)}'}."
    )

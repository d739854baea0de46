# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Evaluates a training every few iterations, in a process beside it, and draws the results as curves of the run.

Isaac Lab keeps one simulation in a process, so the environments of an evaluation need a process of their own. The
training only saves a checkpoint for it: its random numbers, and so its weights, are those of a training without. Each
evaluation begins with the seed of the run, so that all checkpoints meet the same episodes.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from ..errors import UserError
from ..frames.cooperative import TaskStopped, sleep_until
from ..learners.formats import LibraryFormat
from ..metrics import Metrics
from ..run_config import EVAL_EPISODES, RunConfig
from ..runs.checkpoints import checkpoint_number
from ..runs.evaluations import EVALUATION_TAGS, Evaluation, read_evaluations

POLL = 0.2
"""Seconds between two checks of the last evaluation, after the training."""


class EvaluationProcess(Protocol):
    """``rl-trainer eval`` of one checkpoint, in a process beside this one."""

    done: bool
    """Whether it has kept the evaluation in the folder of the run."""
    outcome: str
    """One sentence about the result; empty until it is done."""
    problem: str
    """Why it failed, in one sentence; empty without a problem."""

    def update(self) -> None:
        """Checks the process."""
        ...

    def stop(self) -> None:
        """Ends it, if it still runs."""
        ...


StartEvaluation = Callable[[RunConfig, int], EvaluationProcess]
"""Starts the evaluation of the checkpoint that a configuration names, over a number of episodes."""


def require_evaluations(config: RunConfig, start: StartEvaluation | None) -> None:
    """Checks that a training can be evaluated as its configuration says.

    Raises:
        UserError: When this program starts no processes.
    """
    if config.eval_interval is not None and start is None:
        raise UserError(
            "This program starts no processes, so it cannot evaluate while it trains: leave out eval_interval, and "
            "evaluate afterwards with rl-trainer eval --all."
        )


class PeriodicEvaluation:
    """Evaluates one training. Does nothing where its configuration asks for no evaluations.

    Args:
        config: The run's. Its ``eval_interval`` says every how many iterations.
        run_dir: Folder of the run.
        library: The format of its library.
        metrics: Where the curves are added.
        start: Starts an evaluation; None where no evaluation is asked for.
        say: Shows a sentence to the user.
    """

    def __init__(
        self,
        config: RunConfig,
        run_dir: Path,
        library: LibraryFormat,
        metrics: Metrics,
        start: StartEvaluation | None,
        say: Callable[[str], None],
    ) -> None:
        self.evaluations: tuple[Evaluation, ...] = ()
        """The results, in the order in which they came."""
        self._config, self._run_dir, self._library = config, run_dir, library
        self._metrics, self._start, self._say = metrics, start, say
        self._process: EvaluationProcess | None = None
        self._checkpoint: Path | None = None
        self._left_out = 0
        self._failed = False

    def after_iteration(self, iteration: int, save: Callable[[], Path | None]) -> None:
        """Starts an evaluation if one is due. To be called after each iteration, before the next one begins.

        Args:
            iteration: Number of iterations of this run that are finished.
            save: Writes a checkpoint of this moment and returns it; None where its weights are not finite numbers.
        """
        interval = self._config.eval_interval
        if interval is None:
            return
        self._look()
        if iteration % interval or self._failed:
            return
        if self._process is not None:
            self._left_out += 1
            return
        checkpoint = save()
        if checkpoint is not None:
            self._begin(checkpoint)

    def finish(self, final: Path | None) -> str:
        """Waits for the evaluation that runs, and evaluates the final model.

        Blocks; to be called inside the run's task. When the user stops the run meanwhile, it returns at once, without
        these evaluations.

        Args:
            final: The final model; None if there is none, or no time for it.

        Returns:
            What the user should know of the evaluations, in sentences; empty for nothing.
        """
        if self._config.eval_interval is None:
            return ""
        try:
            self._wait()
            if final is not None and not self._failed and final != self._checkpoint:
                self._begin(final)
                self._wait()
        except TaskStopped:
            self.close()
            return f"The last evaluation was stopped: rl-trainer eval{self._seed} makes it up."
        if not self._left_out:
            return ""
        times = "once" if self._left_out == 1 else f"{self._left_out} times"
        return (
            f"An evaluation took longer than {self._config.eval_interval} iterations, so the next one was left out "
            f"{times}: rl-trainer eval --all{self._seed} makes up for it."
        )

    @property
    def _seed(self) -> str:
        """The option for the seed of these evaluations; empty for the task's."""
        return "" if self._config.seed is None else f" --seed {self._config.seed}"

    def close(self) -> None:
        """Ends the evaluation that runs."""
        if self._process is not None:
            self._process.stop()
            self._process = None

    def _begin(self, checkpoint: Path) -> None:
        assert self._start is not None
        config = self._config.replace(checkpoint=str(checkpoint))
        self._checkpoint = checkpoint
        self._process = self._start(config, self._config.eval_episodes or EVAL_EPISODES)

    def _wait(self) -> None:
        while self._process is not None:
            sleep_until(time.perf_counter() + POLL)
            self._look()

    def _look(self) -> None:
        """Takes over the result of the evaluation, if it has ended."""
        process = self._process
        if process is None:
            return
        process.update()
        if process.problem:
            self._failed, self._process = True, None
            self._say(f"There are no further evaluations of this training. {process.problem}")
        elif process.done:
            self._process = None
            self._say(process.outcome)
            self._take_over()

    def _take_over(self) -> None:
        assert self._checkpoint is not None
        name = self._checkpoint.relative_to(self._run_dir).as_posix()
        for evaluation in read_evaluations(self._run_dir):
            if Path(evaluation.checkpoint).as_posix() == name:
                self.evaluations += (evaluation,)
                self._draw(evaluation)

    def _draw(self, evaluation: Evaluation) -> None:
        """Adds the result to the curves, and to the run's event files."""
        from torch.utils.tensorboard import SummaryWriter

        assert self._checkpoint is not None
        step = checkpoint_number(self._checkpoint, self._library)
        if step is None:  # a final model without a number
            return
        with SummaryWriter(str(self._run_dir), filename_suffix=".evaluations") as writer:
            for tag, name in EVALUATION_TAGS.items():
                value = getattr(evaluation, name)
                if value is not None:
                    self._metrics.add(tag, value, step, self._library.step_unit)
                    writer.add_scalar(tag, value, step)

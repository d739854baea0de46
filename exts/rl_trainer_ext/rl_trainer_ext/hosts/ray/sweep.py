# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Runs a sweep with Ray Tune and writes down how its trials stand. Ray must be connected (see :mod:`.cluster`)."""

from __future__ import annotations

import contextlib
import importlib
import json
import logging
import math
import signal
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from ray import tune
from ray.tune.schedulers import ASHAScheduler, FIFOScheduler
from ray.tune.search import create_searcher
from ray.tune.search.basic_variant import BasicVariantGenerator

from ...errors import UserError, shortened
from ...learners.formats import CheckpointKind
from ...runs import list_checkpoints
from ...runs.jobs import read_json
from ...runs.process import Process
from ...runs.record import RunRecord
from ...system.installation import pip_line
from ...training.sweep.spec import Range, SweepSpec
from ...training.sweep.trials import TRIALS, SweepView, Trial, TrialState, better, read_view, write_view
from .trial import ITERATION, VALUE, TrainingTrial

WRITE_INTERVAL = 1.0
"""Seconds between two writes of the state of a sweep: with 1,000 trials it has 300 kB."""

LONGEST_END = 60.0
"""Seconds that trainings have to save and end after a sweep has been stopped."""

# what Ray Tune takes as the wish to end
if sys.platform == "win32":
    _STOP = signal.SIGINT
else:
    _STOP = signal.SIGUSR1

_EXPERIMENT = "ray"
"""Ray Tune's folder in that of the sweep."""

_ENDED = {
    "finished": TrialState.FINISHED,
    "stopped": TrialState.STOPPED_EARLY,
    "interrupted": TrialState.STOPPED_EARLY,
    "failed": TrialState.FAILED,
}


def run_sweep(
    spec: SweepSpec,
    folder: Path,
    *,
    gpus: float,
    resume: bool,
    stopping: Callable[[], bool],
    show: Callable[[SweepView], None],
) -> SweepView:
    """Runs a sweep to its end.

    Args:
        spec: What to do.
        folder: The folder of the sweep.
        gpus: GPUs for each trial.
        resume: Whether to continue the sweep in the folder; trials that have ended stay as they are.
        stopping: Returns whether to stop all trials and end.
        show: Called with how it stands, once a second at most.

    Raises:
        UserError: When Ray Tune cannot run it.
    """
    for name in ("ray", "ray.tune"):
        logging.getLogger(name).setLevel(logging.CRITICAL)  # what it has to say is in the view
    before = read_view(folder) if resume else None
    watch = _Watch(spec, folder, stopping, show, () if before is None else before.trials)
    resources = {"cpu": spec.cpus, "gpu": gpus}
    try:
        if resume:
            tuner = tune.Tuner.restore(
                str(folder / _EXPERIMENT),
                tune.with_resources(TrainingTrial, resources),
                resume_unfinished=True,
                param_space=_space(spec, folder),
            )
            tuner._local_tuner._run_config.callbacks = [watch]
        else:
            tuner = _tuner(spec, folder, resources, watch)
        tuner.fit()
    except (tune.TuneError, ValueError, AssertionError, ImportError) as error:
        problem = shortened(str(error).strip().split("\n")[0], 300).rstrip(".")
        view = watch.conclude(f"Ray Tune cannot run this sweep: {problem}.")
        raise UserError(view.problem) from error
    return watch.conclude("")


def _tuner(spec: SweepSpec, folder: Path, resources: dict[str, float], watch: _Watch) -> tune.Tuner:
    scheduler: Any = FIFOScheduler()
    if spec.scheduler == "asha":
        # a trial that reaches its last iteration ends by itself
        longest = (spec.config.max_iterations or 100_000) + 1
        scheduler = ASHAScheduler(time_attr=ITERATION, max_t=longest, grace_period=min(spec.grace_period, longest))
    return tune.Tuner(
        tune.with_resources(TrainingTrial, resources),
        param_space=_space(spec, folder),
        tune_config=tune.TuneConfig(
            metric=VALUE,
            mode=spec.mode,
            num_samples=spec.samples,
            search_alg=_searcher(spec),
            scheduler=scheduler,
            max_concurrent_trials=None if spec.searcher == "random" else spec.concurrent,
            trial_dirname_creator=lambda trial: trial.trial_id,  # with values in it, it may be too long
        ),
        run_config=tune.RunConfig(
            name=_EXPERIMENT,
            storage_path=str(folder),
            failure_config=tune.FailureConfig(max_failures=spec.retries),
            callbacks=[watch],
            verbose=0,
        ),
    )


def _space(spec: SweepSpec, folder: Path) -> dict[str, Any]:
    parameters = {key: _domain(each, spec.searcher == "random") for key, each in spec.parameters.items()}
    if spec.seeds:
        parameters["seed"] = tune.grid_search(list(spec.seeds))
    config = spec.config.to_dict() | {"log_root": str(spec.config.log_root_path)}
    shared = {"config": config, "external": list(spec.config.external), "trust": spec.config.trust}
    # as text: Ray Tune would look into it for values to search
    sweep = {"folder": str(folder), "metric": spec.metric, "configs": json.dumps(shared)}
    return {"parameters": parameters, "sweep": sweep}


def _domain(values: Range, has_grids: bool) -> Any:
    if values.is_grid:
        return tune.grid_search(list(values.values)) if has_grids else tune.choice(list(values.values))
    function = getattr(tune, values.kind)
    return function(list(values.values)) if values.kind == "choice" else function(*values.values)


def _searcher(spec: SweepSpec) -> Any:
    if spec.searcher == "random":
        return BasicVariantGenerator(max_concurrent=spec.concurrent or 0, random_state=_seed(spec))
    return create_searcher(spec.searcher)


def _seed(spec: SweepSpec) -> int | None:
    """Returns the seed of the values that are drawn; None draws others each time."""
    seed = spec.config.seed
    return None if seed is None or seed < 0 else seed


def check_searcher(name: str) -> None:
    """Checks that what chooses the values is installed.

    Raises:
        UserError: When its package is not.
    """
    if name == "random":
        return
    module, requirements = _OTHER_NAMES.get(name, (name, (name,)))
    try:
        importlib.import_module(module)
        create_searcher(name)
    except (ImportError, AssertionError) as error:
        raise UserError(
            f"The searcher {name} needs a package that is not installed: run {pip_line(*requirements)}, or leave the "
            "searcher out."
        ) from error
    except (TypeError, ValueError) as error:
        raise UserError(f"The searcher {name} cannot be used here ({shortened(str(error), 200)}).") from error


_OTHER_NAMES = {
    "ax": ("ax", ("ax-platform",)),
    "bayesopt": ("bayes_opt", ("bayesian-optimization==1.4.3",)),
    "bohb": ("hpbandster", ("hpbandster", "ConfigSpace")),
    "hebo": ("hebo", ("HEBO>=0.2.0",)),
}
"""The module and the packages of searchers that are called otherwise, as Ray Tune says."""


class _Watch(tune.Callback):
    """Ray Tune calls this in its process; it keeps the view and passes a stop on."""

    def __init__(
        self,
        spec: SweepSpec,
        folder: Path,
        stopping: Callable[[], bool],
        show: Callable[[SweepView], None],
        before: Iterable[Trial] = (),
    ) -> None:
        self._spec, self._folder = spec, folder
        self._stopping, self._show = stopping, show
        # Ray Tune tells nothing of those that ended before the sweep was interrupted
        self._trials = {each.name: _again(each) for each in before}
        self._stop_sent, self._written = False, -math.inf
        self.write("running")

    def on_step_begin(self, iteration: int, trials: list[Any], **info: Any) -> None:
        """Passes a stop on: Ray Tune then writes its state, so that the sweep can be continued, and ends."""
        if self._stopping() and not self._stop_sent:
            self._stop_sent = True
            signal.raise_signal(_STOP)
        for trial in trials:
            if trial.trial_id not in self._trials:
                self._trials[trial.trial_id] = self._seen(trial)
        if time.monotonic() - self._written >= WRITE_INTERVAL:
            self._show(self.write("running"))

    def on_trial_start(self, iteration: int, trials: list[Any], trial: Any, **info: Any) -> None:
        """Notes that a trial runs."""
        self._change(trial, state=TrialState.RUNNING)

    def on_trial_result(
        self, iteration: int, trials: list[Any], trial: Any, result: dict[str, Any], **info: Any
    ) -> None:
        """Notes a value of the metric."""
        value = result[VALUE]
        before = self._trials.get(trial.trial_id, self._seen(trial)).best
        best = better(before, value, self._spec.mode)
        changes = {"value": value, "best": best} if math.isfinite(value) else {}
        self._change(
            trial,
            state=TrialState.RUNNING,
            iterations=result[ITERATION],
            run_dir=result["run_dir"],
            problem=result["problem"],
            **changes,
        )

    def on_trial_complete(self, iteration: int, trials: list[Any], trial: Any, **info: Any) -> None:
        """Notes the end of a trial; its own file says how it ended, once it has saved."""
        ended = self._trials.get(trial.trial_id, self._seen(trial))
        self._change(trial, state=TrialState.FAILED if ended.problem else TrialState.FINISHED)

    def on_trial_error(self, iteration: int, trials: list[Any], trial: Any, **info: Any) -> None:
        """Notes that the process of a trial was lost, and not started again."""
        self._change(
            trial,
            state=TrialState.FAILED,
            problem="The process of the trial was lost; its last checkpoint can be resumed by rl-trainer train.",
        )

    def write(self, state: str, problem: str = "") -> SweepView:
        """Writes how the sweep stands, and returns it."""
        self._written = time.monotonic()
        for name, trial in self._trials.items():
            self._trials[name] = self._with_own_words(trial)
        view = SweepView(
            self._folder,
            state,
            self._spec.metric,
            self._spec.mode,
            max(self._spec.count, len(self._trials)),
            tuple(self._trials.values()),
            problem,
            Process.current(),
        )
        write_view(view)
        return view

    def conclude(self, problem: str) -> SweepView:
        """Waits until all trainings have saved and ended, and writes how the sweep ended."""
        end = time.monotonic() + LONGEST_END
        while time.monotonic() < end and any(_trains(each) for each in self._trials.values()):
            time.sleep(0.1)
        stopped = self._stop_sent
        state = "failed" if problem else "stopped" if stopped else "finished"
        self.write(state, problem)
        # Ray may have ended the process of a trial before it could say what its training has saved
        self._trials = {name: _with_checkpoint(trial) for name, trial in self._trials.items()}
        view = self.write(state, problem)
        self._show(view)
        return view

    def _seen(self, trial: Any) -> Trial:
        return Trial(trial.trial_id, len(self._trials) + 1, dict(trial.config["parameters"]))

    def _change(self, trial: Any, **values: Any) -> None:
        self._trials[trial.trial_id] = self._trials.get(trial.trial_id, self._seen(trial)).replace(**values)

    def _with_own_words(self, trial: Trial) -> Trial:
        """Returns a trial with what its process has written since, when it has ended."""
        over = trial.state not in (TrialState.WAITING, TrialState.RUNNING)
        if (not over and not self._stop_sent) or trial.checkpoint:
            return trial
        told = read_json(self._folder / TRIALS / f"{trial.name}.json")
        state = _ENDED.get(told.get("status", ""), trial.state)
        if self._stop_sent and state in (TrialState.STOPPED_EARLY, TrialState.RUNNING):
            state = TrialState.STOPPED
        if trial.problem:
            state = TrialState.FAILED
        value = told.get("value", trial.value)
        return trial.replace(
            state=state,
            value=trial.value if value is None else value,
            best=better(trial.best, value, self._spec.mode),
            iterations=told.get("iterations", trial.iterations),
            run_dir=told.get("run_dir", trial.run_dir),
            checkpoint=told.get("checkpoint", ""),
            problem=trial.problem or told.get("problem", ""),
        )


def _again(trial: Trial) -> Trial:
    """Returns a trial of an interrupted sweep that continues: what has not ended waits."""
    ended = trial.state in (TrialState.FINISHED, TrialState.STOPPED_EARLY, TrialState.FAILED)
    return trial if ended else trial.replace(state=TrialState.WAITING, checkpoint="")


def _with_checkpoint(trial: Trial) -> Trial:
    """Returns a trial with the last checkpoint in the folder of its run, where it names none."""
    if trial.checkpoint or not trial.run_dir:
        return trial
    with contextlib.suppress(UserError):  # the user has deleted the run
        listed = list_checkpoints(Path(trial.run_dir))
        saved = next((each for each in listed if each.kind is not CheckpointKind.BEST), None)
        return trial if saved is None else trial.replace(checkpoint=str(saved.path))
    return trial


def _trains(trial: Trial) -> bool:
    """Whether the training of a trial still runs on this machine."""
    if not trial.run_dir:
        return False
    record = RunRecord.read(Path(trial.run_dir))
    return record is not None and record.status.value == "running" and record.process.is_alive() is True

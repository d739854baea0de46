# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""``rl-trainer sweep``: what its file may say, and what a real Ray Tune trains."""

from __future__ import annotations

import dataclasses
import importlib.util
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest
from helpers.runs_on_disk import make_run
from rl_trainer_ext.cli.main import main
from rl_trainer_ext.errors import UserError
from rl_trainer_ext.hosts.processes.sweep_program import SweepProgram
from rl_trainer_ext.runs import list_runs
from rl_trainer_ext.runs.model import RunStatus
from rl_trainer_ext.runs.process import Process
from rl_trainer_ext.runs.record import RunRecord
from rl_trainer_ext.training.sweep.files import create_sweep, read_spec, write_spec
from rl_trainer_ext.training.sweep.spec import Range
from rl_trainer_ext.training.sweep.trials import (
    OUTPUT,
    SPEC,
    SweepView,
    Trial,
    TrialState,
    list_sweeps,
    read_view,
    write_view,
)

LIMIT = 400
CARTPOLE = "task: Isaac-Cartpole-Direct\nlibrary: rsl_rl\nnum_envs: 16\ndevice: cpu\n"
LEARNING_RATE = "agent.algorithm.learning_rate"
RATES = f"parameters: {{{LEARNING_RATE}: [0.001, 0.0001]}}\n"


def written(folder: Path, text: str) -> Path:
    path = folder / "sweep.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def command(*words: str) -> list[str]:
    return [sys.executable, "-m", "rl_trainer_ext", "sweep", *words]


@pytest.mark.parametrize(
    ("searcher", "packages"),
    # a package of the module's name is another one, or none
    [("ax", '"ax-platform"'), ("bayesopt", '"bayesian-optimization==1.4.3"'), ("bohb", '"hpbandster" "ConfigSpace"')],
)
def test_a_searcher_that_is_not_installed_is_told_with_the_packages_that_it_needs(searcher: str, packages: str) -> None:
    sweep = pytest.importorskip("rl_trainer_ext.hosts.ray.sweep")
    with pytest.raises(UserError, match=f"run .* -m pip install {packages}, or leave"):
        sweep.check_searcher(searcher)


def test_a_file_has_options_of_train_and_ranges_in_the_words_of_ray(tmp_path: Path) -> None:
    text = (
        f"{CARTPOLE}max_iterations: 9\nseed: [1, 2]\nsamples: 3\nscheduler: asha\ngrace_period: 2\ngpus: 0.5\n"
        f"overrides: [env.sim.dt=0.01]\nparameters:\n  {LEARNING_RATE}: {{loguniform: [1e-4, 0.01]}}\n"
        "  num_envs: [8, 16]\n  agent.algorithm.gamma:\n    choice: [0.9, 0.99]\n"
    )
    spec, where = read_spec(written(tmp_path, text), "elsewhere")
    assert spec.parameters == {
        LEARNING_RATE: Range("loguniform", (1e-4, 0.01)),
        "num_envs": Range("grid_search", (8, 16)),
        "agent.algorithm.gamma": Range("choice", (0.9, 0.99)),
    }
    assert (spec.seeds, spec.samples, spec.scheduler, spec.grace_period, spec.gpus) == ((1, 2), 3, "asha", 2, 0.5)
    assert (spec.metric, spec.mode, spec.searcher) == ("mean_reward", "max", "random")
    assert spec.count == 3 * 2 * 2
    assert str(where.inside("parameters", "num_envs")) == "sweep.yaml, line 14: num_envs"
    trial = spec.trial_config({LEARNING_RATE: 0.002, "num_envs": 8, "seed": 2}, "trial-1")
    assert (trial.num_envs, trial.seed, trial.run_name, trial.log_root) == (8, 2, "trial-1", "elsewhere")
    assert trial.overrides == ("env.sim.dt=0.01", f"{LEARNING_RATE}=0.002")
    assert spec.trial_config({"env.sim.dt": 0.02}, "x").overrides == ("env.sim.dt=0.02",)

    write_spec(tmp_path / "again.yaml", spec)
    assert read_spec(tmp_path / "again.yaml")[0] == spec


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "sweep.yaml is empty"),
        ("- task: T\n", "sweep.yaml is no sweep"),
        ("parameters: [: {\n", "is not valid YAML"),
        (f"version: 1\n{CARTPOLE}{RATES}", "sweep.yaml is cut off"),
        (CARTPOLE, "sweep.yaml: parameters must have at least one parameter"),
        (f"{CARTPOLE}parameters: {{}}\n", "sweep.yaml, line 5: parameters must have at least one parameter"),
        (f"{CARTPOLE}{RATES}sample: 3\n", "sweep.yaml, line 6: sample is no key of a sweep; did you mean samples?"),
        (f"{CARTPOLE}{RATES}samples: 0\n", "sweep.yaml, line 6: samples must be a whole number of at least 1, not 0"),
        (f"{CARTPOLE}{RATES}samples: true\n", "line 6: samples must be a whole number"),
        (f"{CARTPOLE}{RATES}gpus: -1\n", "sweep.yaml, line 6: gpus must be a number of at least 0, not -1"),
        (f"{CARTPOLE}{RATES}scheduler: asah\n", "line 6: scheduler must be one of none, asha, not 'asah'"),
        (f"{CARTPOLE}{RATES}mode: [max]\n", "line 6: mode must be one of max, min"),
        (f"{CARTPOLE}{RATES}metric: 3\n", "line 6: metric must be mean_reward"),
        (f"{CARTPOLE}{RATES}seed: []\n", "sweep.yaml, line 6: seed is an empty list"),
        (f"{CARTPOLE}{RATES}seed: [1, 1]\n", "sweep.yaml, line 6: seed has 1 twice"),
        (f"{CARTPOLE}{RATES}seed: [1, two]\n", "line 6: seed must be a list of whole numbers, and has two"),
        (f"{CARTPOLE}{RATES}seed: [1, 2]\nsearcher: optuna\n", "line 6: seed is a list, and the searcher optuna"),
        (f"{CARTPOLE}parameters:\n  {LEARNING_RATE}: []\n", f"line 6: {LEARNING_RATE} is an empty list"),
        (
            f"{CARTPOLE}parameters:\n  {LEARNING_RATE}: [1, 1]\n",
            "line 6: agent.algorithm.learning_rate has a value twice",
        ),
        (f"{CARTPOLE}parameters:\n  {LEARNING_RATE}: 0.1\n", "must be a list of values, or one range such as"),
        (f"{CARTPOLE}parameters:\n  a.b: {{uniform: [0, 1], choice: [2]}}\n", "line 6: a.b must be a list of values"),
        (f"{CARTPOLE}parameters:\n  a.b: {{unifrom: [0, 1]}}\n", "has no range called unifrom; did you mean uniform?"),
        (f"{CARTPOLE}parameters:\n  a.b: {{uniform: 3}}\n", "line 6: a.b needs a list after uniform"),
        (f"{CARTPOLE}parameters:\n  a.b: {{uniform: [0]}}\n", "line 6: a.b needs 2 numbers for uniform"),
        (f"{CARTPOLE}parameters:\n  a.b: {{uniform: [2, 1]}}\n", "a.b has a lower bound of 2, which must be below"),
        (f"{CARTPOLE}parameters:\n  a.b: {{uniform: [0, .nan]}}\n", "line 6: a.b needs 2 numbers for uniform"),
        (f"{CARTPOLE}parameters:\n  a.b: {{randint: [0, 1.5]}}\n", "line 6: a.b needs 2 whole numbers for randint"),
        (f"{CARTPOLE}parameters:\n  a.b: {{loguniform: [0, 1]}}\n", "a logarithm needs one above 0"),
        (f"{CARTPOLE}parameters:\n  a.b: {{quniform: [0, 1, 2]}}\n", "line 6: a.b has a step of 2"),
        (f"{CARTPOLE}parameters: {{seed: [1, 2]}}\n", "line 5: seed is no searched parameter: write seed: [1, 2] be"),
        (f"{CARTPOLE}parameters:\n  task: [a, b]\n", "sweep.yaml, line 6: task cannot be searched"),
        (f"num_envs: 3\n{RATES}", "sweep.yaml names no task"),
        (f"{CARTPOLE}{RATES}num_envs: 4\n", "num_envs is given twice"),
    ],
)
def test_a_file_that_cannot_be_right_starts_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, sentence: str
) -> None:
    status = main(["sweep", str(written(tmp_path, text)), "--log_root", str(tmp_path / "logs"), "--json"])
    said = capsys.readouterr()
    assert status == 2
    assert sentence in said.err
    assert len(said.err.splitlines()) == 1
    assert json.loads(said.out) == {"status": "failed", "error": said.err.removeprefix("rl-trainer: ").rstrip("\n")}
    assert [path.name for path in tmp_path.iterdir()] == ["sweep.yaml"]


def test_without_ray_it_says_what_to_install(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    found = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name, *rest: None if name == "ray" else found(name, *rest))
    status = main(["sweep", str(written(tmp_path, CARTPOLE + RATES)), "--log_root", str(tmp_path / "logs")])
    said = capsys.readouterr().err
    assert status == 2
    assert "A sweep needs Ray, which is not installed (ray is missing): run " in said
    assert '-m pip install "ray[default,tune]==' in said


@pytest.mark.subprocess
@pytest.mark.slow
def test_a_parameter_that_the_task_does_not_have_starts_no_ray(tmp_path: Path, warm_process: Any) -> None:
    text = f"{CARTPOLE}parameters:\n  {LEARNING_RATE}: [0.001]\n  agent.algorithm.gama: [0.9]\n"
    words = [*warm_process.python(), *command(str(written(tmp_path, text)), "--log_root", str(tmp_path / "logs"))[1:]]
    run = subprocess.run(words, capture_output=True, text=True, timeout=LIMIT)
    assert run.returncode == 2
    assert "sweep.yaml, line 7: agent.algorithm.gama: " in run.stderr
    assert "did you mean gamma?" in run.stderr
    assert not (tmp_path / "logs").exists()


def until(reached: Callable[[], Any], log: Path) -> Any:
    """Waits until something is so, and returns it."""
    end = time.monotonic() + LIMIT
    while not (found := reached()):
        assert time.monotonic() < end, log.read_text(encoding="utf-8")
        time.sleep(0.1)
    return found


def printed_json(output: Path) -> str:
    """Returns the line with JSON at the end of an output; empty before it is there."""
    text = output.read_text(encoding="utf-8")
    return next((line for line in reversed(text.splitlines()) if line.startswith("{") and text.endswith("\n")), "")


def view_of(folder: Path) -> SweepView:
    view = read_view(folder)
    assert view is not None
    return view


def until_ended(folder: Path) -> SweepView:
    """Waits for the end of the program of a sweep that was started as the panel does."""
    return until(lambda: None if view_of(folder).active else view_of(folder), folder / OUTPUT)


@pytest.mark.subprocess
@pytest.mark.slow
def test_each_trial_is_a_run_and_asha_stops_a_worse_one_with_its_checkpoint(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    logs = tmp_path / "logs"
    # the metric is the parameter: which trial is worse does not depend on what is learned
    text = (
        f"{CARTPOLE}seed: 6\nsamples: 2\nscheduler: asha\nconcurrent: 1\nmetric: Loss/learning_rate\nmode: min\n"
        "overrides: [agent.algorithm.schedule=fixed]\n"
        f"parameters:\n  max_iterations: {{choice: [2, 30000]}}\n  {LEARNING_RATE}: {{choice: [0.001, 0.0001]}}\n"
    )
    spec, _ = read_spec(written(tmp_path, text))
    program = SweepProgram(logs)
    folder = program.start(spec)
    assert view_of(folder).state == "starting"
    assert list_sweeps(logs) == [folder]
    view = until_ended(folder)
    assert view.state == "finished", view
    first, second = view.trials
    assert first.parameters == {"max_iterations": 2, LEARNING_RATE: 0.0001}  # as seed 6 draws them
    assert second.parameters == {"max_iterations": 30000, LEARNING_RATE: 0.001}
    assert (first.state, first.iterations, first.value, first.best) == (
        *(TrialState.FINISHED, 2),
        *(pytest.approx(0.0001), pytest.approx(0.0001)),
    )
    assert (second.state, second.value) == (TrialState.STOPPED_EARLY, pytest.approx(0.001))
    assert view.best == first
    runs = {str(run.path): run for run in list_runs(logs)}
    assert set(runs) == {trial.run_dir for trial in view.trials}
    assert (runs[first.run_dir].status, runs[second.run_dir].status) == (RunStatus.FINISHED, RunStatus.STOPPED)
    for trial in view.trials:
        assert Path(trial.checkpoint).parent == Path(trial.run_dir)
        assert Path(trial.checkpoint).is_file()
        rate = trial.parameters[LEARNING_RATE]
        assert f"learning_rate: {rate}" in Path(trial.run_dir, "params", "agent.yaml").read_text()
    told = json.loads(until(lambda: printed_json(folder / OUTPUT), folder / OUTPUT))
    assert (told["status"], told["sweep"], told["best"]["run_dir"]) == ("finished", str(folder), first.run_dir)
    assert main(["sweep", str(folder / SPEC), "--resume"]) == 2
    assert "of this file has finished: leave out --resume" in capsys.readouterr().err


@pytest.mark.subprocess
@pytest.mark.slow
def test_an_interrupted_sweep_is_resumed_and_a_killed_training_continues_from_its_checkpoint(tmp_path: Path) -> None:
    logs = tmp_path / "logs"
    text = f"{CARTPOLE}max_iterations: 30000\nstop_minutes: 20\noverrides: [agent.save_interval=5]\nconcurrent: 1\n"
    words = command(str(written(tmp_path, text + RATES)), "--log_root", str(logs))
    log = tmp_path / "output"
    with log.open("wb") as file:
        process = subprocess.Popen(words, stdout=file, stderr=file)
    until(lambda: list(logs.glob("rsl_rl/*/*/model_5.pt")), log)
    started = psutil.Process(process.pid).children(recursive=True)
    process.send_signal(signal.SIGINT)
    assert process.wait(LIMIT) == 130
    assert_all_ended(started)
    (folder,) = list_sweeps(logs)
    view = view_of(folder)
    (run,) = list_runs(logs)
    assert run.status is RunStatus.STOPPED
    assert view.state == "stopped"
    assert [trial.state for trial in view.trials][:1] == [TrialState.STOPPED]
    assert view.trials[0].run_dir == str(run.path)
    assert Path(view.trials[0].checkpoint).is_file()

    program, log = SweepProgram(logs), folder / OUTPUT
    program.resume(folder)
    resumed = until_next_run(logs, {run.path}, log)
    record = RunRecord.read(resumed)
    assert record is not None
    assert record.config.checkpoint == view.trials[0].checkpoint
    # as the system does when its memory is full
    os.kill(record.process.pid, signal.SIGKILL)
    again = until_next_run(logs, {run.path, resumed}, log)
    record = RunRecord.read(again)
    assert record is not None
    assert Path(str(record.config.checkpoint)).parent == resumed
    assert view_of(folder).trials[0].state is TrialState.RUNNING
    program.stop(folder)
    view = until_ended(folder)
    assert (view.state, view.trials[0].run_dir) == ("stopped", str(again))


@pytest.mark.subprocess
def test_a_second_click_does_not_resume_a_sweep_twice(tmp_path: Path) -> None:
    folder = tmp_path / "logs" / ".sweeps" / "sweep"  # without a specification, so that its program ends soon
    folder.mkdir(parents=True)
    write_view(SweepView(folder, "stopped", "mean_reward", "max", 1, (Trial("a", 1, {}),)))
    program = SweepProgram(tmp_path / "logs")
    for _ in range(2):  # once it has ended, it can be resumed again
        before = set(psutil.Process().children())
        program.resume(folder)
        with pytest.raises(UserError, match="The sweep sweep is just starting"):
            program.resume(folder)
        # not by its command line, which is empty for a moment after the start
        children = list(set(psutil.Process().children()) - before)
        assert len(children) == 1
        psutil.wait_procs(children, timeout=LIMIT)


def until_next_run(logs: Path, known: set[Path], log: Path) -> Path:
    """Waits for a run that is not known yet, and for a checkpoint that it has saved itself."""

    def found() -> Path | None:
        saved = (path.parent for path in logs.glob("rsl_rl/*/*/model_*.pt"))
        return next((path for path in saved if path not in known), None)

    return until(found, log)


def assert_all_ended(started: list[psutil.Process]) -> None:
    """Asserts that all processes of a sweep have ended."""
    _, alive = psutil.wait_procs(started, timeout=LIMIT)
    assert not [each for each in alive if each.status() != psutil.STATUS_ZOMBIE]


@pytest.mark.slow
def test_what_had_ended_before_a_sweep_was_interrupted_stays_as_it_was(tmp_path: Path) -> None:
    """Ray Tune restores these trials, and calls nothing for them."""
    from rl_trainer_ext.hosts.ray.sweep import _Watch

    spec, _ = read_spec(written(tmp_path, CARTPOLE + RATES))
    ended = Trial("a_0", 1, {LEARNING_RATE: 0.001}, TrialState.FINISHED, 4.0, 4.5, 9, "/run", "/run/model_9.pt")
    interrupted = ended.replace(name="a_1", number=2, state=TrialState.STOPPED)
    view = _Watch(spec, tmp_path, lambda: False, lambda view: None, (ended, interrupted)).write("running")
    assert view.trials[0] == ended
    assert (view.trials[1].state, view.trials[1].checkpoint) == (TrialState.WAITING, "")


def test_what_the_panel_started_and_is_gone_before_its_first_trial_has_failed(tmp_path: Path) -> None:
    spec, _ = read_spec(written(tmp_path, CARTPOLE + RATES), str(tmp_path / "logs"))
    folder = create_sweep(spec)
    gone = dataclasses.replace(Process.current(), pid=2**22 + 1)
    write_view(SweepView(folder, "starting", "mean_reward", "max", 2, process=gone))
    view = view_of(folder)
    assert view.state == "failed"
    assert str(folder / OUTPUT) in view.problem
    assert not view.can_resume


def test_what_is_wrong_with_a_sweep_of_the_panel_is_in_its_state(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from rl_trainer_ext.hosts.standalone import sweep

    def refuse(*_: Any) -> Any:
        raise UserError("agent.algorithm.gama: did you mean gamma?")

    monkeypatch.setattr(sweep, "_checked", refuse)
    spec, _ = read_spec(written(tmp_path, CARTPOLE + RATES), str(tmp_path / "logs"))
    folder = create_sweep(spec)
    write_view(SweepView(folder, "starting", "mean_reward", "max", 2))
    assert main(["sweep", str(folder / SPEC)]) == 2
    assert (view_of(folder).state, view_of(folder).problem) == ("failed", "agent.algorithm.gama: did you mean gamma?")
    # one that had trials can still be resumed
    trial = Trial("a_0", 1, {LEARNING_RATE: 0.001}, TrialState.STOPPED)
    write_view(SweepView(folder, "stopped", "mean_reward", "max", 2, (trial,)))
    assert main(["sweep", str(folder / SPEC), "--resume"]) == 2
    assert (view_of(folder).state, view_of(folder).can_resume) == ("stopped", True)
    assert view_of(folder).trials == (trial,)
    capsys.readouterr()


@pytest.mark.slow
def test_a_stopped_trial_whose_process_said_nothing_has_the_last_checkpoint_of_its_run(tmp_path: Path) -> None:
    from rl_trainer_ext.hosts.ray.sweep import _Watch

    spec, _ = read_spec(written(tmp_path, CARTPOLE + RATES))
    run_dir = make_run(tmp_path / "logs", models=("model_0.pt", "model_7.pt", "best.pt"))
    trial = Trial("a_0", 1, {LEARNING_RATE: 0.001}, TrialState.STOPPED, 4.0, 4.5, 8, str(run_dir))
    watch = _Watch(spec, tmp_path, lambda: True, lambda view: None, (trial,))
    assert watch.conclude("").trials[0].checkpoint == str(run_dir / "model_7.pt")
    assert view_of(tmp_path).trials[0].checkpoint == str(run_dir / "model_7.pt")

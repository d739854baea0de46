# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Evaluations while a training runs: when they are made, what they leave, and that the training is the same."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from helpers.runs_made_here import CARTPOLE, equal_to_the_bit, idle, run_to_end, tick_until
from helpers.tiny_trainings import LIBRARIES, TRAININGS, learn
from rl_trainer_ext import runs
from rl_trainer_ext.cli.main import result
from rl_trainer_ext.errors import UserError
from rl_trainer_ext.frames.cooperative import CooperativeTask
from rl_trainer_ext.hosts.processes.own_command import OwnCommand, begin_periodic_evaluation
from rl_trainer_ext.learners.formats import format_of
from rl_trainer_ext.metrics import EventReader, Metrics, Series
from rl_trainer_ext.run_config import RunConfig
from rl_trainer_ext.runs.checkpoints import checkpoint_number
from rl_trainer_ext.runs.evaluations import Evaluation, keep_evaluation, read_evaluations
from rl_trainer_ext.runs.record import RunRecord
from rl_trainer_ext.training.commands import Stop, Train
from rl_trainer_ext.training.periodic_evaluation import PeriodicEvaluation, require_evaluations
from rl_trainer_ext.training.trainer import Trainer

CONFIG = RunConfig("T", "rsl_rl", eval_interval=2, eval_episodes=3)


class MadeUpEvaluation:
    """Stands for a process that evaluates; the test says when and how it ends."""

    def __init__(self, run_dir: Path, config: RunConfig, episodes: int) -> None:
        self.config, self.episodes = config, episodes
        self.done, self.outcome, self.problem, self.stopped = False, "", "", False
        self._run_dir, self._result = run_dir, ""

    def succeed(self) -> None:
        self._result = "done"

    def fail(self, problem: str) -> None:
        self._result = problem

    def update(self) -> None:
        if self._result == "done":
            name = Path(str(self.config.checkpoint)).name
            keep_evaluation(self._run_dir, Evaluation(name, self.episodes, 3, 42, 1.5, 0.5, 30.0, 1.0))
            self.done, self.outcome = True, f"Evaluated {name}"
        elif self._result:
            self.problem = self._result

    def stop(self) -> None:
        self.stopped = True


class Training:
    """A training of which only the checkpoints are real files."""

    def __init__(self, run_dir: Path, config: RunConfig = CONFIG) -> None:
        self.run_dir, self.iteration = run_dir, 0
        self.metrics, self.said, self.started = Metrics(), [], []
        self.evaluation = PeriodicEvaluation(
            config, run_dir, format_of("rsl_rl"), self.metrics, self._start, self.said.append
        )

    def _start(self, config: RunConfig, episodes: int) -> MadeUpEvaluation:
        self.started.append(MadeUpEvaluation(self.run_dir, config, episodes))
        return self.started[-1]

    def save(self) -> Path:
        path = self.run_dir / f"model_{self.iteration - 1}.pt"
        path.touch()
        return path

    def iterate(self, number: int) -> None:
        for _ in range(number):
            self.iteration += 1
            self.evaluation.after_iteration(self.iteration, self.save)

    def finish(self) -> str:
        """Calls ``finish()`` inside a task, as a run does; evaluations succeed meanwhile."""
        words = []
        task = CooperativeTask(lambda: words.append(self.evaluation.finish(self.save())))
        while not task.run_slice(0.0):
            for process in self.started:
                process.succeed()
        assert task.exception is None
        return words[0]

    @property
    def evaluated(self) -> list[str]:
        return [Path(str(one.config.checkpoint)).name for one in self.started]


def steps_of(series: Series) -> tuple[int, float, float]:
    """Returns the number of points, the first and the last step."""
    assert series.span is not None
    return len(series), series.span[0], series.span[1]


def test_every_second_iteration_is_evaluated_and_the_final_model(tmp_path):
    training = Training(tmp_path)
    for number in range(5):
        training.iterate(1)
        assert len(training.started) == (number + 1) // 2
        for process in training.started:
            process.succeed()
    assert training.finish() == ""
    assert training.evaluated == ["model_1.pt", "model_3.pt", "model_4.pt"]
    assert {one.episodes for one in training.started} == {3}
    assert [one.checkpoint for one in training.evaluation.evaluations] == training.evaluated
    series = training.metrics.series("Evaluation/mean_return")
    assert (steps_of(series), series.step_unit) == ((3, 1.0, 4.0), "iterations")
    assert training.metrics.get("Evaluation/success_rate") is None
    assert training.said[-1] == "Evaluated model_4.pt"


def test_one_that_is_too_slow_leaves_the_next_out_and_says_so(tmp_path):
    training = Training(tmp_path)
    training.iterate(6)
    assert training.evaluated == ["model_1.pt"]
    assert not (tmp_path / "model_3.pt").exists()
    assert training.finish() == (
        "An evaluation took longer than 2 iterations, so the next one was left out 2 times: rl-trainer eval --all "
        "makes up for it."
    )
    assert training.evaluated == ["model_1.pt", "model_5.pt"]


def test_what_was_left_out_is_made_up_with_the_seed_of_the_run(tmp_path):
    training = Training(tmp_path, CONFIG.replace(seed=7))
    training.iterate(6)
    assert training.finish().endswith("rl-trainer eval --all --seed 7 makes up for it.")


def test_after_one_that_fails_there_are_no_more(tmp_path):
    training = Training(tmp_path)
    training.iterate(2)
    training.started[0].fail("There is no memory.")
    training.iterate(4)
    assert training.finish() == ""
    assert training.evaluated == ["model_1.pt"]
    assert training.said == ["There are no further evaluations of this training. There is no memory."]


def test_a_stop_does_not_wait_for_it(tmp_path):
    training = Training(tmp_path)
    training.iterate(2)
    words = []
    task = CooperativeTask(lambda: words.append(training.evaluation.finish(training.save())))
    task.run_slice(0.0)
    task.stop()
    while not task.run_slice(0.0):
        time.sleep(0.01)  # until it is due
    assert words == ["The last evaluation was stopped: rl-trainer eval makes it up."]
    assert training.started[0].stopped


def test_weights_that_are_not_finite_are_not_evaluated(tmp_path):
    training = Training(tmp_path)
    training.save = lambda: None
    training.iterate(2)
    assert training.evaluation.finish(None) == ""
    assert training.started == []


def test_without_an_interval_nothing_is_done(tmp_path):
    training = Training(tmp_path, CONFIG.replace(eval_interval=None))
    training.iterate(4)
    assert training.evaluation.finish(tmp_path / "model_3.pt") == ""
    assert training.started == []


def test_a_program_without_processes_refuses_it():
    require_evaluations(CONFIG.replace(eval_interval=None), None)
    with pytest.raises(UserError) as error:
        require_evaluations(CONFIG, None)
    assert "leave out eval_interval" in str(error.value)


@pytest.mark.parametrize("key", ["eval_interval", "eval_episodes"])
def test_zero_is_refused(key):
    with pytest.raises(UserError) as error:
        RunConfig("T", "rsl_rl", **{key: 0}).validate()
    assert str(error.value) == f"{key} must be a whole number at least 1, not 0."


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_checkpoint_between_iterations_changes_nothing(library, tmp_path):
    length = {"iterations": 3} if library in ("skrl", "rl_games") else {}

    def trained(name: str, save: bool) -> tuple[Path, list[Path]]:
        training, saved = TRAININGS[library](tmp_path / name, **length), []
        if save:
            training.checkpoint_writer.between_iterations = lambda: saved.append(training.save_checkpoint())
        learn(library, training, 3)
        final = training.save()
        training.close()
        return final, saved

    (plain, _), (final, saved) = trained("plain", save=False), trained("saved", save=True)
    assert len(saved) == 3
    assert all(checkpoint_number(path, format_of(library)) is not None for path in saved)
    assert len(set(saved)) == 3
    assert equal_to_the_bit(final, plain)
    assert equal_to_the_bit(saved[-1], plain)


PROCESSES: list[OwnCommand] = []
"""What the trainer below has started."""


def start_evaluation(config: RunConfig, episodes: int) -> OwnCommand:
    """Starts it as the program does."""
    PROCESSES.append(begin_periodic_evaluation(config, episodes))
    return PROCESSES[-1]


@pytest.fixture(scope="module")
def evaluating() -> Iterator[Trainer]:
    """A trainer that evaluates as the program does."""
    trainer = Trainer(start_evaluation=start_evaluation)
    tick_until(trainer, idle)
    yield trainer
    trainer.close()


@pytest.mark.slow
def test_a_training_is_evaluated_in_a_process_and_stays_the_same(evaluating, warm_children, tmp_path):
    config = CARTPOLE.replace(
        log_root=str(tmp_path), eval_interval=2, eval_episodes=4, overrides=("env.episode_length_s=0.5",)
    )
    best_evaluated = config.replace(checkpoint="best_evaluated")
    plain = run_to_end(evaluating, Train(config.replace(eval_interval=None, run_name="plain")))
    with pytest.raises(UserError) as error:
        runs.find_checkpoint(best_evaluated, plain.run_dir.parent.name)
    assert "was evaluated: run rl-trainer eval --all" in str(error.value)

    snapshot = run_to_end(evaluating, Train(config))
    assert snapshot.status == "finished", snapshot.failure
    assert equal_to_the_bit(snapshot.checkpoint, plain.checkpoint)
    told = result(snapshot)
    assert [one["checkpoint"] for one in told["evaluations"]] == ["model_1.pt", "model_2.pt"]
    assert all((one["episodes"], one["seed"]) == (4, config.seed) for one in told["evaluations"])
    run_dir = snapshot.run_dir
    assert {one.checkpoint for one in read_evaluations(run_dir)} == {"model_1.pt", "model_2.pt"}
    assert RunRecord.read(run_dir).config.eval_interval == 2

    reader = EventReader(run_dir, library="rsl_rl")
    reader.read(10.0)
    kept = reader.metrics.series("Evaluation/mean_return")
    live = snapshot.run.metrics.series("Evaluation/mean_return")
    assert steps_of(kept) == steps_of(live) == (2, 1.0, 2.0)

    best = max(read_evaluations(run_dir), key=lambda one: one.mean_return).checkpoint
    assert runs.find_checkpoint(best_evaluated, run_dir.parent.name) == run_dir / best


@pytest.mark.slow
def test_stop_ends_the_process_that_evaluates(evaluating, warm_children, tmp_path):
    PROCESSES.clear()
    evaluating.request(Train(CARTPOLE.replace(log_root=str(tmp_path), eval_interval=1, max_iterations=1000)))
    tick_until(evaluating, lambda snapshot: bool(PROCESSES))
    assert PROCESSES[0].pid is not None
    evaluating.request(Stop())
    stopped = tick_until(evaluating, idle)
    assert stopped.status == "stopped"
    assert PROCESSES[0].pid is None

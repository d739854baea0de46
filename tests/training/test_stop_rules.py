# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Rules that end a training early: when they apply, with which weights, and who is told."""

from __future__ import annotations

import json
import math
from pathlib import Path
from types import SimpleNamespace

import pytest
from helpers.runs_made_here import equal_to_the_bit, run_to_end
from helpers.tiny_trainings import LIBRARIES, TRAININGS, learn
from rl_trainer_ext import runs
from rl_trainer_ext.cli.main import main, result
from rl_trainer_ext.errors import UserError
from rl_trainer_ext.learners.early_end import EndOfTraining
from rl_trainer_ext.learners.resuming import Progress
from rl_trainer_ext.metrics import MEAN_REWARD, Metrics
from rl_trainer_ext.run_config import RunConfig
from rl_trainer_ext.runs.config_from_run import config_from_run
from rl_trainer_ext.runs.description import summary
from rl_trainer_ext.training.commands import Train
from rl_trainer_ext.training.counters import Counters
from rl_trainer_ext.training.stop_rules import StopRules

NUM_ENVS, EPISODE, ROLLOUT = 4, 20, 10


def stopped_at(rewards: list[float | None], start: int = 0, **rules) -> tuple[int, str]:
    """Returns the iteration of its own after which a training with these mean rewards ends, 0 for never, and why."""
    counters, metrics = Counters(), Metrics()
    environment = SimpleNamespace(
        num_envs=NUM_ENVS, unwrapped=SimpleNamespace(max_episode_length=EPISODE), step_count=0
    )
    training = SimpleNamespace(start=Progress(start, 1000 * start, 3600.0), iteration=start, total_iterations=1000)
    counters.begin(training)
    rule = StopRules(RunConfig("T", "rsl_rl", **rules), counters, metrics, environment)
    with counters.stepping(environment):
        for number, reward in enumerate(rewards, 1):
            environment.step_count += ROLLOUT
            training.iteration += 1
            if reward is not None:
                metrics.add(MEAN_REWARD, reward, training.iteration)
            try:
                rule.check()
            except EndOfTraining:
                return number, rule.reason
    assert rule.reason == ""
    return 0, ""


@pytest.mark.parametrize("start", [0, 500])
def test_a_reward_counts_from_the_first_whole_episodes_on(start):
    # an episode lasts two rollouts
    assert stopped_at([9.0, 1.0, 5.0, 9.0], start, stop_reward=5.0) == (
        3,
        "Ended because the mean reward has reached 5 (stop_reward 5).",
    )
    assert stopped_at([9.0, 4.9, 4.9], start, stop_reward=5.0)[0] == 0
    assert stopped_at([None, -3.0, -2.5], start, stop_reward=-2.5)[0] == 3
    assert stopped_at([None, None, math.nan], start, stop_reward=0.0)[0] == 0


@pytest.mark.parametrize("start", [0, 500])
def test_patience_counts_iterations_without_a_higher_reward(start):
    assert stopped_at([9.0, 1.0, 2.0, 2.0, 1.5, 3.0], start, stop_patience=2) == (
        5,
        "Ended because the mean reward has not risen above 2 for 2 iterations (stop_patience 2).",
    )
    assert stopped_at([0.0, 1.0, 0.5, 2.0, 1.0, 3.0, 3.5], start, stop_patience=2)[0] == 0
    # without a reward there is nothing to wait for
    assert stopped_at([None] * 9, start, stop_patience=2)[0] == 0


def test_minutes_are_those_of_this_run():
    # its checkpoint has taken an hour
    number, reason = stopped_at([None, None], 500, stop_minutes=1e-9)
    assert number == 1
    assert reason == "Ended after 0:00 min of training (stop_minutes 1e-09)."
    assert stopped_at([1.0] * 3, 500, stop_minutes=59.0)[0] == 0
    assert stopped_at([1.0] * 5) == (0, "")


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"stop_reward": math.nan}, "stop_reward must be a number, not nan."),
        ({"stop_reward": math.inf}, "stop_reward must be a number, not inf."),
        ({"stop_patience": 0}, "stop_patience must be a whole number at least 1, not 0."),
        ({"stop_minutes": 0.0}, "stop_minutes must be a positive number, not 0.0."),
        ({"stop_minutes": -2.0}, "stop_minutes must be a positive number, not -2.0."),
        ({"stop_minutes": math.inf}, "stop_minutes must be a positive number, not inf."),
    ],
)
def test_values_that_cannot_be_right_are_one_sentence(values, sentence):
    with pytest.raises(UserError) as error:
        RunConfig("T", "rsl_rl", **values).validate()
    assert str(error.value) == sentence


@pytest.mark.parametrize(
    "words", [["--stop_reward", "much"], ["--stop_patience", "1.5"], ["--stop_minutes", ""], ["--stop_patience"]]
)
def test_words_that_are_no_numbers_are_refused(words, capsys):
    with pytest.raises(SystemExit) as left:
        main(["train", "--task", "T", *words])
    assert left.value.code == 2
    assert words[0] in capsys.readouterr().err


def test_a_playback_has_no_rules(capsys):
    with pytest.raises(SystemExit) as left:
        main(["play", "--task", "T", "--stop_reward", "1"])
    assert left.value.code == 2


def trained(library: str, run_dir: Path, asked: int, last: int) -> tuple[Path, list[int]]:
    """Trains up to ``asked`` iterations and ends after the ``last``; returns the checkpoint and the iterations."""
    length = {"iterations": asked} if library in ("skrl", "rl_games") else {}
    training, finished = TRAININGS[library](run_dir, **length), []

    def end() -> None:
        finished.append(training.iteration)
        if training.iteration == last:
            raise EndOfTraining

    training.checkpoint_writer.between_iterations = end
    learn(library, training, asked)
    saved = training.save()
    training.close()
    return saved, finished


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("last", [2, 3])
def test_the_weights_are_those_of_a_training_of_that_length(library, last, tmp_path):
    """Whether or not a regular checkpoint is due, and if a rule applies after the last iteration of all."""
    if library == "rl_games":
        pytest.importorskip("rl_games")
    whole, finished = trained(library, tmp_path / "whole", last, 0)
    assert finished == list(range(1, last + 1))
    for asked in (last, 9):
        ended, finished = trained(library, tmp_path / f"{asked}", asked, last)
        assert finished == list(range(1, last + 1))
        assert equal_to_the_bit(ended, whole)
        # RL-Games gives its very last checkpoint a name of its own
        assert ended.name == whole.name or library == "rl_games"
        assert sorted(path.name for path in (tmp_path / f"{asked}").rglob("*.pt")) == sorted(
            path.name for path in (tmp_path / "whole").rglob("*.pt")
        )


@pytest.mark.slow
def test_a_rule_ends_a_run_as_finished_and_says_so_everywhere(trainer, config, tmp_path, capsys):
    short = config.replace(overrides=("env.episode_length_s=0.2",))
    snapshot = run_to_end(trainer, Train(short.replace(max_iterations=50, stop_reward=-100.0)))
    assert (snapshot.status, snapshot.failure, snapshot.iteration) == ("finished", None, 1)
    reason = snapshot.run.stop_reason
    assert reason.startswith("Ended because the mean reward has reached ")
    assert snapshot.notice.endswith(f"Saved model_0.pt. {reason}")
    assert result(snapshot)["stop_reason"] == reason
    assert json.loads((snapshot.run_dir / "rl_trainer.json").read_text())["stop_reason"] == reason
    (run,) = runs.list_runs(config.log_root_path, tmp_path / "cache")
    assert (run.status.value, run.problem, run.stop_reason) == ("finished", "", reason)
    assert reason in summary(run)
    capsys.readouterr()
    assert main(["runs", "--log_root", config.log_root, "--json"]) == 0
    (listed,) = json.loads(capsys.readouterr().out)["runs"]
    assert listed["stop_reason"] == reason
    # what was typed for one run does not end those that resume it
    again = config_from_run(run, snapshot.checkpoint)
    assert (again.stop_reward, again.stop_patience, again.stop_minutes) == (None, None, None)

    resumed = run_to_end(
        trainer, Train(short.replace(checkpoint=str(snapshot.checkpoint), max_iterations=50, stop_minutes=1e-6))
    )
    assert (resumed.status, resumed.iteration) == ("finished", 2)
    assert "stop_minutes" in resumed.run.stop_reason

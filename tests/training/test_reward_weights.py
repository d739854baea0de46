# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Reward weights that are changed while a training runs: at a step border, in the record, on the curves, and told."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from helpers.runs_made_here import CARTPOLE, idle, run_to_end, tick_until
from helpers.runs_on_disk import make_run
from rl_trainer_ext.errors import UserError
from rl_trainer_ext.metrics import MEAN_REWARD, Metrics
from rl_trainer_ext.runs import RunRecord, list_runs
from rl_trainer_ext.runs.description import summary
from rl_trainer_ext.runs.reward_changes import RewardChange, listed_changes
from rl_trainer_ext.training.commands import DismissFailure, SetRewardWeight, Train
from rl_trainer_ext.training.counters import Counters
from rl_trainer_ext.training.reward_weights import RewardWeights
from rl_trainer_ext.training.snapshot import Snapshot

TASK = "Isaac-Cartpole"
CHANGES = tuple(RewardChange("alive", float(n), float(n + 1), n, 16 * n, 100.0 + n) for n in range(1, 6))


@dataclass
class Changed:
    """A training whose weight of ``alive`` was changed, and what was refused while it ran."""

    snapshot: Snapshot
    refused: list[str]
    before: dict[str, float]
    after: dict[str, float]
    root: Path


@pytest.fixture(scope="module")
def changed(trainer: Any, tmp_path_factory: pytest.TempPathFactory) -> Changed:
    root = tmp_path_factory.mktemp("logs")
    tick_until(trainer, idle)
    config = CARTPOLE.replace(task=TASK, library="rsl_rl", num_envs=16, max_iterations=6, log_root=str(root))
    trainer.request(Train(config))
    snapshot = tick_until(trainer, lambda one: one.status == "failed" or (one.iteration >= 2 and not idle(one)))
    assert snapshot.run is not None, snapshot.failure
    assert snapshot.run.rewards is not None, snapshot.failure
    before, refused = dict(snapshot.run.rewards.weights), []
    for term, weight in [("alive", math.nan), ("alive", -math.inf), ("alife", 1.0)]:
        trainer.request(SetRewardWeight(term, weight))
        trainer.tick(0.0)
        refused.append(trainer.snapshot().failure.message)
    trainer.request(DismissFailure())
    trainer.request(SetRewardWeight("alive", 25.0))
    trainer.request(SetRewardWeight("cart_vel", before["cart_vel"]))  # no change
    rewards = snapshot.run.rewards
    tick_until(trainer, lambda one: idle(one) or dict(rewards.weights).get("alive") == 25.0)
    after = dict(rewards.weights)
    return Changed(tick_until(trainer, idle), refused, before, after, root)


@pytest.mark.slow
def test_a_weight_is_changed_while_it_trains(changed: Changed) -> None:
    assert changed.snapshot.status == "finished"
    assert changed.before["alive"] == 1.0
    assert changed.after == {**changed.before, "alive": 25.0}
    terms = changed.snapshot.metrics.get("Episode_Reward/alive")
    assert terms is not None
    _, values = terms.points()
    assert values[-1] > 3 * values[0]


@pytest.mark.slow
def test_the_change_is_in_the_record_on_the_curves_and_told(changed: Changed) -> None:
    run_dir = changed.snapshot.run_dir
    assert run_dir is not None
    record = RunRecord.read(run_dir)
    assert record is not None
    (change,) = record.reward_changes
    assert (change.term, change.before, change.after) == ("alive", 1.0, 25.0)
    assert 2 <= change.iteration <= 5
    assert 0 < change.steps < record.steps
    assert change.steps % 16 == 0
    (mark,) = changed.snapshot.metrics.marks
    assert mark.text == change.words == f"alive 1 to 25 at iteration {change.iteration}"
    reward = changed.snapshot.metrics.series(MEAN_REWARD)
    assert reward.marks == [mark]
    assert f"Reward weights were changed ({change.words}): its command does not repeat" in changed.snapshot.notice
    (run,) = list_runs(changed.root)
    assert f"Reward weights changed while it ran: {change.words}" in summary(run)


@pytest.mark.slow
def test_a_weight_that_is_no_number_and_an_unknown_term_are_refused(changed: Changed) -> None:
    nan, infinite, unknown = changed.refused
    assert nan == "The weight of alive must be a finite number, not nan."
    assert infinite == "The weight of alive must be a finite number, not -inf."
    assert unknown == "Isaac-Cartpole has no reward term 'alife'; did you mean alive?"


@pytest.mark.slow
def test_a_resumed_training_starts_from_the_configured_weights(changed: Changed, trainer: Any) -> None:
    config = CARTPOLE.replace(task=TASK, library="rsl_rl", num_envs=16, max_iterations=1, log_root=str(changed.root))
    snapshot = run_to_end(trainer, Train(config.replace(checkpoint=str(changed.snapshot.checkpoint))))
    assert snapshot.status == "finished", snapshot.failure
    assert "were changed while it ran (alive 1 to 25 at iteration" in snapshot.notice
    assert "this training starts from the weights of the configuration" in snapshot.notice
    assert snapshot.run_dir is not None
    record = RunRecord.read(snapshot.run_dir)
    assert record is not None
    assert record.reward_changes == ()
    # the mean reward of the other weights is no measure for this run
    assert record.best is None or record.best.iteration > changed.snapshot.iteration - 1


def test_a_task_without_a_reward_manager_is_refused(tmp_path: Path) -> None:
    """The environment is a double: that of a direct task is another class, and has no reward manager."""
    weights = RewardWeights(Counters(), Metrics())
    with pytest.raises(UserError, match="No training takes steps now"):
        weights.change("T", "alive", 1.0)
    env: Any = SimpleNamespace(unwrapped=object(), before_step=None)
    with weights.of(env, SimpleNamespace(run_dir=tmp_path, record=None)):  # type: ignore[arg-type]
        assert weights.weights == ()
        with pytest.raises(UserError, match="The reward weights of T cannot be changed while it runs"):
            weights.change("T", "alive", 1.0)
        assert env.before_step is None


def test_records_keep_changes_and_older_ones_have_none(tmp_path: Path) -> None:
    run_dir = make_run(tmp_path, "a")
    file = run_dir / "rl_trainer.json"
    record = RunRecord.begin(run_dir, CARTPOLE)
    record.reward_changes = CHANGES
    record.write()
    again = RunRecord.read(run_dir)
    assert again is not None
    assert again.reward_changes == CHANGES
    values = json.loads(file.read_text())
    for damaged in ([{"term": "a"}], 5, [{**values["reward_changes"][0], "after": "heavy"}]):
        file.write_text(json.dumps({**values, "reward_changes": damaged}))
        assert RunRecord.read(run_dir) is None
    del values["reward_changes"]
    file.write_text(json.dumps(values))
    older = RunRecord.read(run_dir)
    assert older is not None
    assert older.reward_changes == ()


def test_many_changes_are_counted() -> None:
    assert listed_changes(CHANGES).endswith("alive 5 to 6 at iteration 5 and 2 earlier")
    assert listed_changes(CHANGES[:1]) == "alive 1 to 2 at iteration 1"
    assert listed_changes(()) == ""

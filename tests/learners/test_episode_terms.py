# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Reward and termination terms of the environment are curves with Stable-Baselines3 too."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import numpy as np
import pytest
import torch
from helpers.counting import calls
from helpers.isaac_lab_commands import finish, start
from helpers.runs_made_here import CARTPOLE, equal_to_the_bit, run_to_end
from rl_trainer_ext import runs
from rl_trainer_ext.errors import UserError
from rl_trainer_ext.isaac_lab.tasks import Catalogue, Task
from rl_trainer_ext.learners.formats import Pace
from rl_trainer_ext.learners.sb3.episode_terms import EpisodeTerms
from rl_trainer_ext.metrics import EventReaders, trace
from rl_trainer_ext.run_config import RunConfig
from rl_trainer_ext.training.commands import Train
from rl_trainer_ext.training.snapshot import Snapshot

pytestmark = pytest.mark.slow

OVERRIDES = ("agent.n_steps=16", "env.episode_length_s=0.4")
ANT = CARTPOLE.replace(task="Isaac-Ant", library="sb3", max_iterations=2, overrides=OVERRIDES)
"""Every episode ends after 24 steps: in the second iteration."""


class TestMean:
    """What is made of the logs of an iteration."""

    def test_a_log_that_stays_counts_again_as_with_rsl_rl(self):
        terms = EpisodeTerms()
        first, second = {"Episode_Reward/alive": torch.tensor(1.0)}, {"Episode_Reward/alive": torch.tensor(5.0)}
        for log in (first, first, first, second):
            terms.add({"log": log})
        assert terms.take() == {"Episode_Reward/alive": 2.0}
        assert terms.take() == {}

    def test_numbers_of_any_kind(self):
        terms = EpisodeTerms()
        log = {
            "a/tensor": torch.tensor([1.0, 3.0]),
            "a/whole": torch.tensor(4),
            "a/flag": torch.tensor(True),
            "a/empty": torch.tensor([]),
            "a/array": np.array([1, 2]),
            "a/scalar": np.float32(0.5),
            "success": 7,
            "a/text": "no number",
            "a/none": None,
        }
        terms.add({"log": log})
        assert terms.take() == {
            "a/tensor": 2.0,
            "a/whole": 4.0,
            "a/flag": 1.0,
            "a/array": 1.5,
            "a/scalar": 0.5,
            "Episode/success": 7.0,
        }

    def test_steps_without_a_log_count_for_nothing(self):
        terms = EpisodeTerms()
        for extras in ({}, {"log": {}}, {"log": {"a/b": 1.0}}, {"episode": {"a/b": 3.0}, "log": {"a/b": 9.0}}):
            terms.add(extras)
        assert terms.take() == {"a/b": 2.0}


@pytest.fixture(scope="module")
def counts() -> dict[str, list[int]]:
    """How many functions each call of a method called."""
    return {"add": [], "take": []}


@pytest.fixture(scope="module")
def trained(trainer, tmp_path_factory: pytest.TempPathFactory, counts: dict[str, list[int]]) -> Snapshot:
    """A training of this extension."""
    logs = tmp_path_factory.mktemp("terms") / "logs"
    with pytest.MonkeyPatch.context() as patch:
        for name, found in counts.items():
            patch.setattr(EpisodeTerms, name, _counted(getattr(EpisodeTerms, name), found))
        snapshot = run_to_end(trainer, Train(ANT.replace(log_root=str(logs))))
    assert (snapshot.status, snapshot.failure) == ("finished", None)
    return snapshot


def _counted(method: Callable, found: list[int]) -> Callable:
    def counted(*arguments):
        results = []
        found.append(calls(lambda: results.append(method(*arguments))))
        return results[0]

    return counted


def test_the_terms_are_curves_over_environment_steps(trained):
    (run,) = runs.list_runs(trained.run_dir.parents[2], trained.run_dir.parents[3] / "cache")
    reader = EventReaders(trained.run_dir.parents[3] / "cache").of(run.path, run.library)
    assert reader.read()
    for metrics in (trained.metrics, reader.metrics):
        terms = {tag for tag in metrics.tags if tag.startswith(("Episode_Reward/", "Episode_Termination/"))}
        assert {"Episode_Reward/alive", "Episode_Reward/progress", "Episode_Termination/time_out"} < terms
        for tag in terms:
            series = metrics.get(tag)
            assert series.points()[0].tolist() == [256, 512]
            assert series.step_unit == "environment steps"
        ended = metrics.get("Episode_Termination/time_out").points()[1]
        # 16 environments end their episodes in step 24 of 32, and what was logged then stays for the other 8 steps
        assert ended[0] == 0
        assert 0 < ended[1] <= 16
    steps = run.steps // run.iterations
    over_iterations = trace(reader.metrics.get("Episode_Reward/alive"), Pace(steps, steps))
    assert over_iterations.iterations.tolist() == [0, 1]


def test_a_step_keeps_a_reference_and_reads_no_value(trained, counts):
    assert len(counts["add"]) == trained.steps // trained.config.num_envs
    assert max(counts["add"]) < 10  # to ask for one value of a step takes as many
    # once an iteration, and before the first
    assert 2 <= len(counts["take"]) <= 3
    assert max(counts["take"]) < 2000


@pytest.mark.subprocess
def test_the_weights_are_those_of_the_command_with_keep_all_info(trained, trainer, warm_process, tmp_path):
    arguments = ("--task", ANT.task, "--max_iterations", "2", "--seed", str(ANT.seed), "--keep_all_info", *OVERRIDES)
    finish(start(warm_process, "train", "sb3", *arguments, folder=tmp_path))
    (theirs,) = tmp_path.glob("logs/sb3/*/*/model.zip")
    assert equal_to_the_bit(trained.checkpoint, theirs)
    slow = run_to_end(trainer, Train(ANT.replace(log_root=str(tmp_path / "here"), keep_all_info=True)))
    assert equal_to_the_bit(slow.checkpoint, theirs)
    assert slow.config.keep_all_info


def test_keep_all_info_is_refused_with_another_library():
    catalogue = Catalogue([Task("Isaac-Ant", ("rsl_rl", "sb3"), default_library="rsl_rl")])
    config = RunConfig(task="Isaac-Ant", library="", keep_all_info=True)
    with pytest.raises(UserError, match="--keep_all_info is for Stable-Baselines3, not for RSL-RL"):
        catalogue.complete(config)
    assert catalogue.complete(dataclasses.replace(config, library="sb3")).keep_all_info


def test_the_command_line_takes_it_as_isaac_lab_does():
    from rl_trainer_ext.cli.arguments import command_of, parse

    for command in ("train", "play"):
        asked = command_of(parse([command, "--task", "Isaac-Ant", "--library", "sb3", "--keep_all_info"]))
        assert asked.config.keep_all_info
        assert not command_of(parse([command, "--task", "Isaac-Ant"])).config.keep_all_info

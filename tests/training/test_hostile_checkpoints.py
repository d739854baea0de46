# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""A checkpoint runs no code unasked, whatever the trainer does with it; one that the user trusts is played."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest
import torch
from helpers.hostile_files import Hostile, OwnInfo, rewritten, with_pickled
from helpers.runs_made_here import CARTPOLE, idle, run_to_end, tick_until
from rl_trainer_ext.cli.main import main
from rl_trainer_ext.learners import trust
from rl_trainer_ext.learners.sb3 import vec_normalize
from rl_trainer_ext.learners.sb3.format import statistics_beside
from rl_trainer_ext.training.commands import DescribeCheckpoint, Play, Train, Trust

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("no_trust")]


@pytest.fixture(scope="module")
def trained(trainer, tmp_path_factory):
    """A log root with one short run of each library; that of Stable-Baselines3 is normalised."""
    config = CARTPOLE.replace(max_iterations=1, num_steps=2, speed=0.0, log_root=str(tmp_path_factory.mktemp("logs")))
    normalized = config.replace(library="sb3", overrides=("agent.normalize_input=True", "agent.n_steps=8"))
    ends = {one.library: run_to_end(trainer, Train(one)) for one in (config, normalized)}
    assert all(end.status == "finished" for end in ends.values()), ends
    return {library: (end.config.replace(num_steps=2, speed=0.0), end.checkpoint) for library, end in ends.items()}


def hostile_files(trained, note: Path) -> list[tuple]:
    """A configuration and a checkpoint, for each place where a file can hold a payload."""
    config, honest = trained["rsl_rl"]
    saved = torch.load(honest, weights_only=True)
    hostile_pt = honest.with_name("model_98.pt")
    torch.save({**saved, "infos": Hostile(note)}, hostile_pt)
    files = [(config, hostile_pt)]
    config, honest = trained["sb3"]
    for key in ("policy_class", "observation_space", "lr_schedule"):
        path = honest.with_name(f"model_{98 + len(files)}_steps.zip")
        files.append((config, with_pickled(honest, path, key, Hostile(note))))
    path, nothing = honest.with_name("model_96_steps.zip"), {vec_normalize.ENTRY: None}
    pickled = pickle.dumps(Hostile(note))
    files.append((config, rewritten(honest, path, **nothing, rl_trainer_vecnormalize=pickled)))
    path = rewritten(honest, honest.with_name("model_97_steps.zip"), **nothing)
    statistics_beside(path).write_bytes(pickled)
    return [*files, (config, path)]


def test_no_hostile_file_leaves_its_note_whatever_is_done_with_it(trainer, trained, note, monkeypatch, capsys):
    files = hostile_files(trained, note)
    before = sorted(Path(files[0][0].log_root).glob("*/*/*"))
    refused = 0
    for config, path in files:
        config = config.replace(checkpoint=str(path))
        for command in (Play(config), Train(config)):
            end = run_to_end(trainer, command)
            if end.failure is not None:
                assert "could run code" in end.failure.message, end.failure
                assert end.failure.bad_input
                assert end.failure.untrusted == trust.digest(
                    statistics_beside(path) if path.name == "model_97_steps.zip" else path
                )
                refused += 1
        trainer.request(DescribeCheckpoint(config))
        tick_until(trainer, idle)
        assert main(["runs", "--log_root", config.log_root, "--json"]) == 0
    # all but those whose payload a playback or a training does not need
    assert refused >= 8
    made = set(Path(files[0][0].log_root).glob("*/*/*")) - set(before)
    assert all(
        (run / "rl_trainer.json").is_file() and '"finished"' in (run / "rl_trainer.json").read_text() for run in made
    )


def test_a_hostile_file_is_refused_before_the_environment_is_built(trainer, trained, note, monkeypatch):
    def no_environment(*_: object) -> None:
        raise AssertionError("the environment is built")

    monkeypatch.setattr("rl_trainer_ext.isaac_lab.simulation.environment", no_environment)
    for config, path in hostile_files(trained, note)[:2]:
        end = run_to_end(trainer, Play(config.replace(checkpoint=str(path))))
        assert "could run code" in end.failure.message


@pytest.mark.parametrize("way", ["asked", "option"])
def test_a_trusted_file_plays(trainer, trained, way):
    config, honest = trained["rsl_rl"]
    path = honest.with_name("model_90.pt")
    torch.save({**torch.load(honest, weights_only=True), "infos": {"mine": OwnInfo(1)}}, path)
    config = config.replace(checkpoint=str(path), trust=way == "option")
    end = run_to_end(trainer, Play(config))
    if way == "asked":
        assert "OwnInfo" in end.failure.message
        trainer.request(Trust("0" * 64))  # of another file: nothing happens
        trainer.tick(0.0)
        assert trainer.snapshot().failure == end.failure
        end = run_to_end(trainer, Trust(end.failure.untrusted))
    assert (end.failure, end.status) == (None, "finished")
    assert trust.remembered() == ({trust.digest(path)} if way == "asked" else set())

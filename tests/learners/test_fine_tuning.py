# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Fine-tuning with the real libraries: the checkpoint's weights and normalisers, everything else new."""

from __future__ import annotations

import shutil
import zipfile

import numpy as np
import pytest
import torch
from helpers.runs_made_here import CARTPOLE, equal_to_the_bit, run_to_end, weights
from helpers.tiny_trainings import EPISODE, rsl_rl_training, runner, sb3_training, train_rsl_rl, train_sb3
from rl_trainer_ext import runs
from rl_trainer_ext.cli.arguments import command_of, parse
from rl_trainer_ext.errors import UserError
from rl_trainer_ext.isaac_lab.tasks import Catalogue, Task
from rl_trainer_ext.learners import formats
from rl_trainer_ext.learners.sb3 import vec_normalize
from rl_trainer_ext.metrics import MEAN_REWARD
from rl_trainer_ext.run_config import RunConfig
from rl_trainer_ext.training.commands import Train
from rl_trainer_ext.training.snapshot import Snapshot


def test_rsl_rl_takes_the_weights_and_begins_everything_else(tmp_path):
    train_rsl_rl(tmp_path / "before", 3)
    checkpoint = tmp_path / "before" / "model_2.pt"
    training = rsl_rl_training(tmp_path / "after", seed=5)
    training.fine_tune(checkpoint, "Tiny")
    saved, now = torch.load(checkpoint, weights_only=True), training.runner.alg.save()
    for part in ("actor_state_dict", "critic_state_dict"):  # the normalisers are among them
        assert all(torch.equal(value, now[part][name]) for name, value in saved[part].items())
    assert saved["optimizer_state_dict"]["state"]
    assert not training.runner.alg.optimizer.state
    assert training.runner.alg.learning_rate == rsl_rl_training(tmp_path / "new").runner.alg.learning_rate
    assert (training.start.iterations, training.iteration) == (0, 0)
    assert not training.runner.logger.rewbuffer
    training.learn_more(2, init_at_random_ep_len=False)
    training.save()
    training.close()
    assert training.metrics.get(MEAN_REWARD).points()[0].tolist() == [0, 1]
    assert (tmp_path / "after" / "model_1.pt").is_file()


def test_rsl_rl_trains_the_weights_of_isaac_labs_command(tmp_path):
    from isaaclab_rl.entrypoints.backends.cli_args_rsl_rl import checkpoint_load_cfg

    train_rsl_rl(tmp_path / "before", 3)
    checkpoint = tmp_path / "before" / "model_2.pt"
    ours = rsl_rl_training(tmp_path / "ours", seed=5)
    ours.fine_tune(checkpoint, "Tiny")
    ours.learn_more(2, init_at_random_ep_len=False)
    ours.save()
    ours.close()
    theirs = runner(tmp_path / "theirs", seed=5)
    theirs.load(str(checkpoint), load_cfg=checkpoint_load_cfg(False))
    theirs.learn(2)
    theirs.logger.writer.close()
    # theirs counts on from the checkpoint
    assert equal_to_the_bit(tmp_path / "ours" / "model_1.pt", tmp_path / "theirs" / "model_3.pt")


def test_sb3_takes_the_weights_and_begins_everything_else(tmp_path):
    train_sb3(tmp_path / "before", 3)
    checkpoint = tmp_path / "before" / "model.zip"
    training = sb3_training(tmp_path / "after", seed=5)
    training.fine_tune(checkpoint, "Tiny")
    now = training.agent.policy.state_dict()
    assert all(torch.equal(value, now[name]) for name, value in weights(checkpoint).items())
    assert not training.agent.policy.optimizer.state
    statistics = vec_normalize.load(checkpoint, training.env.venv)
    assert np.array_equal(training.env.obs_rms.mean, statistics.obs_rms.mean)
    assert training.env.obs_rms.count > EPISODE
    assert (training.agent.num_timesteps, training.start.iterations) == (0, 0)
    training.learn_more(2 * EPISODE)
    training.save()
    training.close()
    assert not equal_to_the_bit(tmp_path / "after" / "model.zip", checkpoint)


def test_sb3_fine_tunes_what_has_no_optimizer(tmp_path):
    from rl_trainer_ext.learners.sb3.state import check_resumable

    train_sb3(tmp_path / "before", 1)
    bare = tmp_path / "bare.zip"
    with zipfile.ZipFile(tmp_path / "before" / "model.zip") as whole, zipfile.ZipFile(bare, "w") as without:
        for name in whole.namelist():
            if name != "policy.optimizer.pth":
                without.writestr(name, whole.read(name))
    with pytest.raises(UserError, match="holds no state of an optimizer: fine-tune or play it"):
        check_resumable(bare)
    training = sb3_training(tmp_path / "after")
    training.fine_tune(bare, "Tiny")
    assert all(torch.equal(value, training.agent.policy.state_dict()[name]) for name, value in weights(bare).items())


@pytest.mark.parametrize("option", ["--fine_tune", "--no-resume_optimizer_state"])
def test_the_command_line_has_isaac_labs_name_for_it_too(option):
    command = command_of(parse(["train", "--task", "Isaac-Ant", "--checkpoint", "best", option]))
    assert command.config.fine_tune
    assert "--fine_tune" in command.config.train_command()


def test_fine_tuning_needs_a_checkpoint():
    with pytest.raises(UserError, match="Fine-tuning starts from a checkpoint: add --checkpoint"):
        RunConfig("Isaac-Ant", "rsl_rl", fine_tune=True).validate()


def test_a_library_that_cannot_fine_tune_is_refused(monkeypatch):
    monkeypatch.setitem(formats.PACKAGES, "dummy", "helpers.dummy_library")
    catalogue = Catalogue([Task("Isaac-Ant", ("dummy",))])
    with pytest.raises(UserError, match=r"Fine-tuning is for RSL-RL and .*, not for Dummy: resume the training"):
        catalogue.complete(RunConfig("Isaac-Ant", "dummy", checkpoint="latest", fine_tune=True))


OWN = {
    "rsl_rl": ("agent.actor.hidden_dims=[16,8]", "agent.algorithm.learning_rate=0.002", "env.episode_length_s=0.5"),
    "sb3": ("agent.policy_kwargs.net_arch=[16,8]", "agent.learning_rate=0.002", "env.episode_length_s=0.5"),
}
"""The first belongs to the policy, the others to how it was trained."""


def finished(trainer, config: RunConfig) -> Snapshot:
    snapshot = run_to_end(trainer, Train(config))
    assert (snapshot.status, snapshot.failure) == ("finished", None)
    return snapshot


@pytest.mark.slow
@pytest.mark.parametrize("recorded", [True, False], ids=["this program's", "isaaclab train's"])
@pytest.mark.parametrize("library", tuple(OWN))
def test_a_run_of_its_own_with_the_policy_of_the_run(trainer, tmp_path, library, recorded):
    config = CARTPOLE.replace(library=library, max_iterations=2, log_root=str(tmp_path))
    before = finished(trainer, config.replace(overrides=OWN[library]))
    if not recorded:
        (before.run_dir / "rl_trainer.json").unlink()
        (before.run_dir / f"best{before.checkpoint.suffix}").unlink(missing_ok=True)
    after = finished(trainer, config.replace(checkpoint=str(before.checkpoint), fine_tune=True))
    assert after.run_dir != before.run_dir
    assert (after.iteration, after.counts.start_iteration) == (2, 0)
    policy, rate, length = (override.partition("=")[0] for override in OWN[library])
    assert policy in after.run.origin
    assert not {rate, length} & {word.strip(".,;") for word in after.run.origin.split()}
    env, agent = runs.read_parameters(after.run_dir)
    assert env["episode_length_s"] != 0.5
    assert 0.002 not in (agent.get("learning_rate"), agent.get("algorithm", {}).get("learning_rate"))
    record = runs.RunRecord.read(after.run_dir)
    assert record.config.fine_tune
    listed = next(run for run in runs.list_runs(tmp_path) if run.path == after.run_dir)
    assert (listed.resumed_from, listed.fine_tuned) == (before.run_dir, True)
    assert (record.resumed_from.checkpoint, record.resumed_from.iteration) == (str(before.checkpoint), 0)
    assert runs.config_from_run(listed, after.checkpoint).fine_tune is False


@pytest.mark.slow
def test_the_weights_of_another_task_are_fine_tuned_and_that_is_told(trainer, tmp_path):
    config = CARTPOLE.replace(max_iterations=1, log_root=str(tmp_path))
    other = finished(trainer, config)
    manifest = other.run_dir / "run.json"
    manifest.write_text(manifest.read_text().replace("Isaac-Cartpole-Direct", "Isaac-Cartpole"))
    (other.run_dir / "rl_trainer.json").unlink()
    path = str(other.checkpoint)
    refused = run_to_end(trainer, Train(config.replace(checkpoint=path)))
    assert "was trained on Isaac-Cartpole, not on Isaac-Cartpole-Direct" in refused.failure.message
    tuned = finished(trainer, config.replace(checkpoint=path, fine_tune=True))
    assert "which was trained on Isaac-Cartpole, to fine-tune it" in tuned.run.origin


@pytest.mark.slow
def test_weights_that_do_not_fit_leave_no_run(trainer, tmp_path):
    config = CARTPOLE.replace(max_iterations=1, log_root=str(tmp_path), overrides=("agent.actor.hidden_dims=[16]",))
    before = finished(trainer, config)
    shutil.rmtree(before.run_dir / "params")  # nothing tells what its networks are
    refused = run_to_end(
        trainer, Train(config.replace(overrides=(), checkpoint=str(before.checkpoint), fine_tune=True))
    )
    assert "does not fit the configuration of Isaac-Cartpole-Direct: of its actor" in refused.failure.message
    assert [path.name for path in before.run_dir.parent.iterdir()] == [before.run_dir.name]

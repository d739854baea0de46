# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""RL-Games in real Isaac Lab tasks: the command's weights and files, stop, resume, play, each other's runs."""

from __future__ import annotations

import gc
import json
import subprocess
import time
from pathlib import Path

import pytest
import torch
from helpers import isaac_lab_commands
from helpers.isaac_lab_commands import LIMIT, finish, play_and_interrupt
from helpers.runs_made_here import CARTPOLE, idle, run_counting_frames, run_to_end, tick_until
from helpers.warm import WarmProcess
from rl_games.algos_torch.players import PpoPlayerContinuous
from rl_trainer_ext import runs
from rl_trainer_ext.cli.main import main
from rl_trainer_ext.hosts.processes.export import PolicyExport
from rl_trainer_ext.learners.rl_games.agent import CallbackAgent
from rl_trainer_ext.learners.rl_games.checkpoints import read
from rl_trainer_ext.metrics import MEAN_REWARD
from rl_trainer_ext.training.commands import Export, Play, Stop, Train
from rl_trainer_ext.training.snapshot import State
from rl_trainer_ext.training.trainer import Trainer

pytestmark = pytest.mark.slow

NAME = "cartpole_direct"

HORIZON = 32
"""Steps of each environment in an iteration."""

# the task's mini-batches are for 512 environments; compiling takes longer than all of a test; a copy of the warm
# process has one thread
OVERRIDES = (
    f"agent.params.config.minibatch_size={16 * HORIZON}",
    "agent.params.config.torch_compile=False",
    "+agent.params.torch_threads=1",
)

SHORT_EPISODES = "env.episode_length_s=0.5"
"""Episodes of 30 steps."""

DEVICE = ("agent.params.config.device=cpu", "agent.params.config.device_name=cpu")


def start(warm_process: WarmProcess, command: str, *arguments: str, folder: Path) -> subprocess.Popen[str]:
    """Starts ``isaaclab <command>`` in a folder, in a copy of the warm process."""
    return isaac_lab_commands.start(warm_process, command, "rl_games", *arguments, folder=folder, device=DEVICE)


@pytest.fixture
def config(tmp_path):
    """A short Cartpole training below a folder of the test's own, with a name that needs care."""
    return CARTPOLE.replace(library="rl_games", log_root=str(tmp_path / "läufe und mehr"), overrides=OVERRIDES)


def equal_to_the_bit(first: Path, second: Path) -> bool:
    one, other = read(first)["model"], read(second)["model"]
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


@pytest.fixture(scope="module")
def commanded(warm_process, tmp_path_factory) -> Path:
    """The run of ``isaaclab train`` with the same arguments."""
    folder = tmp_path_factory.mktemp("isaac_lab")
    arguments = ["--max_iterations", str(CARTPOLE.max_iterations), "--seed", str(CARTPOLE.seed), *OVERRIDES]
    finish(start(warm_process, "train", *arguments, folder=folder))
    (manifest,) = folder.glob("logs/*/*/*/run.json")
    return manifest.parent


@pytest.mark.subprocess
def test_weights_equal_those_of_isaac_labs_command_to_the_bit(trainer: Trainer, config, commanded) -> None:
    (theirs,) = commanded.glob("nn/last_*_ep_3_*.pth")
    ours, frames = run_counting_frames(trainer, config)
    assert (ours.status, ours.failure, ours.iteration, ours.steps) == ("finished", None, 3, 3 * 16 * HORIZON)
    assert frames > 10  # it did run in slices
    # the name holds the mean return: it is the same too
    assert ours.checkpoint.relative_to(ours.run_dir) == theirs.relative_to(commanded)
    assert equal_to_the_bit(ours.checkpoint, theirs)
    assert not equal_to_the_bit(ours.checkpoint, run_to_end(trainer, Train(config.replace(seed=8))).checkpoint)
    # and the files
    assert ours.run_dir.parent == config.log_root_path / "rl_games" / NAME
    manifest = json.loads((ours.run_dir / "run.json").read_text())
    assert (manifest["library"], manifest["metadata"]) == ("rl_games", {"agent": "rl_games_cfg_entry_point"})
    differing = runs.compare(*(runs.read_parameters(folder)[1]["params"] for folder in (ours.run_dir, commanded)))
    assert {one.key for one in differing} == {"config.full_experiment_name", "config.train_dir"}
    listed = {path.name: path.iterdir() for path in ours.run_dir.iterdir() if path.is_dir()}
    assert {"nn", "params", "summaries"} <= listed.keys()
    assert len(list(listed["summaries"])) == 1


def test_a_stopped_training_is_saved_resumed_and_played(trainer: Trainer, config) -> None:
    precision = torch.get_float32_matmul_precision()
    config = config.replace(overrides=(*OVERRIDES, SHORT_EPISODES))
    trainer.request(Train(config.replace(max_iterations=10_000)))
    trainer.tick(0.0)
    tick_until(trainer, lambda s: s.state is State.TRAINING and s.iteration >= 2)
    trainer.request(Stop())
    stopped = tick_until(trainer, idle)
    assert (stopped.status, stopped.failure) == ("stopped", None)
    assert stopped.checkpoint.name.startswith(f"last_{NAME}_ep_{stopped.iteration}_rew_")
    assert torch.get_float32_matmul_precision() == precision  # what the library set for the process is restored
    with torch.enable_grad():
        assert torch.is_grad_enabled()

    resumed = run_to_end(trainer, Train(config.replace(checkpoint="latest", max_iterations=2)))
    assert (resumed.status, resumed.failure) == ("finished", None)
    assert resumed.iteration == stopped.iteration + 2
    assert resumed.metrics.get(MEAN_REWARD).points()[0].tolist()[-1] == resumed.iteration
    record = runs.RunRecord.read(resumed.run_dir)
    assert (record.resumed_from.iteration, record.resumed_from.steps) == (stopped.iteration, stopped.steps)
    run = next(one for one in runs.list_runs(config.log_root_path) if one.path == resumed.run_dir)
    assert (run.iterations, run.steps, run.status) == (resumed.iteration, resumed.steps, runs.RunStatus.FINISHED)

    played = run_to_end(trainer, Play(config.replace(num_steps=40, speed=0.0, max_iterations=None)))
    assert (played.status, played.failure, played.checkpoint) == ("finished", None, resumed.checkpoint)
    assert played.steps == 40 * 16
    assert played.mean_reward is not None
    again = run_to_end(trainer, Play(config.replace(num_steps=40, speed=0.0, checkpoint=str(resumed.checkpoint))))
    assert again.mean_reward == played.mean_reward  # deterministic actions, same seed


def test_a_finished_run_leaves_nothing_in_memory(trainer: Trainer, config) -> None:
    """RL-Games' registry of environments, and code that was compiled, would."""
    for command in (Train(config.replace(max_iterations=1)), Play(config.replace(num_steps=2, speed=0.0))):
        assert run_to_end(trainer, command).failure is None
    trainer.tick(0.0)
    gc.collect()
    from isaaclab_rl.rl_games import RlGamesVecEnvWrapper

    kept = (CallbackAgent, PpoPlayerContinuous, RlGamesVecEnvWrapper)
    assert [type(one) for one in gc.get_objects() if type(one) in kept] == []


def test_the_best_checkpoint_has_the_name_that_isaac_lab_looks_for(trainer: Trainer, config) -> None:
    overrides = (*OVERRIDES, "agent.params.config.save_best_after=1", SHORT_EPISODES)
    trained = run_to_end(trainer, Train(config.replace(overrides=overrides)))
    best = trained.run_dir / "nn" / f"{NAME}.pth"
    assert best.is_file()
    first = runs.list_checkpoints(trained.run_dir)[0]
    assert (first.path, first.kind) == (best, runs.CheckpointKind.BEST)
    played = run_to_end(trainer, Play(config.replace(checkpoint="best", num_steps=3, speed=0.0)))
    assert (played.failure, played.checkpoint) == (None, best)
    # a resumed training has it as its best so far, until a better one comes
    resumed = run_to_end(trainer, Train(config.replace(checkpoint="latest", overrides=overrides, max_iterations=1)))
    assert (resumed.run_dir / "nn" / f"{NAME}.pth").is_file()


def test_a_number_of_environments_that_does_not_fit_is_refused_before_anything_is_built(trainer, config) -> None:
    refused = run_to_end(trainer, Train(config.replace(overrides=())))
    assert refused.failure.bad_input
    assert refused.failure.message.startswith("RL-Games cannot split 512 samples (16 environments x 32 steps an")
    assert "use 512 environments, or add agent.params.config.minibatch_size=512 to" in refused.failure.message
    assert refused.run_dir is None
    assert not config.log_root_path.exists()


def test_a_checkpoint_of_another_task_is_refused(trainer: Trainer, config, tmp_path) -> None:
    trained = run_to_end(trainer, Train(config.replace(max_iterations=1)))
    saved = torch.load(trained.checkpoint, weights_only=False)
    for name in ("running_mean", "running_var"):
        saved["model"][f"running_mean_std.{name}"] = torch.zeros(7, dtype=torch.float64)
    other = tmp_path / "last_other_ep_1_rew_0.pth"
    torch.save(saved, other)
    for command in (Train(config.replace(checkpoint=str(other))), Play(config.replace(checkpoint=str(other)))):
        refused = run_to_end(trainer, command)
        assert "its observations have the shape [7], those of the task [4]" in refused.failure.message
        assert refused.failure.bad_input


def test_recurrent_policies_and_central_values_train_and_play(trainer: Trainer, config, monkeypatch) -> None:
    """As the tasks of the Shadow Hand have them, whose assets need a network."""
    import isaaclab_tasks.utils.parse_cfg as parse_cfg

    load = parse_cfg.load_cfg_from_registry

    def with_memory(task, key):
        cfg = load(task, key)
        if key == config.agent_entry_point:
            section = cfg["params"]["config"]
            cfg["params"]["network"]["rnn"] = {"name": "lstm", "units": 8, "layers": 1, "before_mlp": True}
            section["central_value_config"] = {
                "minibatch_size": 16 * HORIZON,
                "mini_epochs": 2,
                "learning_rate": 1e-4,
                "clip_value": True,
                "normalize_input": True,
                "truncate_grads": True,
                "network": {**cfg["params"]["network"], "central_value": True},
            }
            cfg["params"]["env"]["obs_groups"] = {"obs": ["policy"], "states": ["policy"]}
        return cfg

    monkeypatch.setattr(parse_cfg, "load_cfg_from_registry", with_memory)
    config = config.replace(overrides=(*OVERRIDES, SHORT_EPISODES))  # the memory is reset at the end of one
    trained = run_to_end(trainer, Train(config))
    assert (trained.status, trained.failure) == ("finished", None)
    assert "a2c_network.rnn.rnn.weight_ih_l0" in read(trained.checkpoint)["model"]
    assert "assymetric_vf_nets" in read(trained.checkpoint)
    resumed = run_to_end(trainer, Train(config.replace(checkpoint="latest", max_iterations=1)))
    assert (resumed.failure, resumed.iteration) == (None, 4)
    played = run_to_end(trainer, Play(config.replace(num_steps=40, speed=0.0, checkpoint=str(trained.checkpoint))))
    assert (played.failure, played.steps) == (None, 40 * 16)
    chosen = config.replace(checkpoint=str(trained.checkpoint), num_envs=4, max_iterations=None, speed=0.0)
    exported = run_to_end(trainer, Export(chosen))
    assert exported.failure is None
    assert exported.run.exported.max_error <= 1e-5


def test_the_command_line_trains_with_it(tmp_path, capsys) -> None:
    arguments = ["--task", CARTPOLE.task, "--library", "rl_games", "--num_envs", "16", "--device", "cpu"]
    written = ["--log_root", str(tmp_path), "--json"]
    assert main(["train", "--headless", "--max_iterations", "1", *arguments, *written, *OVERRIDES]) == 0
    result = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (result["status"], result["iterations"]) == ("finished", 1)
    assert Path(result["checkpoint"]).parent.name == "nn"
    assert main(["play", "--headless", "--num_steps", "4", "--speed", "0", *arguments, *written]) == 0


@pytest.mark.subprocess
def test_policies_are_exported_here_and_by_the_command(trainer: Trainer, config, warm_children) -> None:
    # the command writes nothing for direct tasks, which do not tell what goes in and out of a policy
    overrides = ("agent.params.config.minibatch_size=256", *OVERRIDES[1:])
    config = config.replace(task="Isaac-Cartpole", max_iterations=1, overrides=overrides)
    trained = run_to_end(trainer, Train(config))
    assert (trained.status, trained.failure) == ("finished", None)
    export = PolicyExport(trained.checkpoint, "rl_games", config.task)
    end = time.monotonic() + LIMIT
    try:
        chosen = config.replace(checkpoint=str(trained.checkpoint), num_envs=4, max_iterations=None, speed=0.0)
        exported = run_to_end(trainer, Export(chosen))
        while export.running and time.monotonic() < end:
            time.sleep(0.1)
            export.update()
    finally:
        export.stop()
    assert exported.failure is None
    assert exported.run.exported.max_error <= 1e-5
    assert (export.problem, export.done) == ("", True), export.progress
    assert list(export.folder.glob("*.onnx"))


@pytest.mark.subprocess
def test_the_runs_of_the_command_are_played_and_resumed_here_and_the_other_way_round(
    trainer, warm_process, commanded
) -> None:
    logs = commanded.parents[2]
    (run,) = runs.list_runs(logs)
    assert (run.task, run.library, run.problem) == (CARTPOLE.task, "rl_games", "")
    assert (run.status, run.iterations, run.steps) == (runs.RunStatus.FINISHED, 3, 3 * 16 * HORIZON)
    config = CARTPOLE.replace(library="rl_games", log_root=str(logs), overrides=OVERRIDES, checkpoint="latest")
    played = run_to_end(trainer, Play(config.replace(num_steps=3, speed=0.0)))
    assert (played.failure, played.checkpoint.parent.parent) == (None, commanded)
    overrides = (*OVERRIDES, "agent.params.config.save_best_after=1", SHORT_EPISODES)
    resumed = run_to_end(trainer, Train(config.replace(max_iterations=2, overrides=overrides)))
    assert (resumed.failure, resumed.iteration, resumed.steps) == (None, 5, 5 * 16 * HORIZON)

    folder = logs.parent
    arguments = ("--max_iterations", "6", *OVERRIDES)
    printed = finish(start(warm_process, "train", "--checkpoint", "latest", *arguments, folder=folder))
    assert f"Loading model checkpoint from: {resumed.checkpoint.resolve()}" in printed
    best = str(resumed.run_dir / "nn" / f"{NAME}.pth")
    play_and_interrupt(start(warm_process, "play", "--checkpoint", best, *OVERRIDES, folder=folder))
    after = max(runs.list_runs(logs), key=lambda one: one.path.name)
    assert (after.iterations, after.status) == (6, runs.RunStatus.FINISHED)

# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""A checkpoint plays and resumes with the configuration that its run was trained with; overrides given now win."""

from __future__ import annotations

import json
import re
import shlex
import shutil
from pathlib import Path

import pytest
from helpers.runs_made_here import CARTPOLE, idle, run_to_end, tick_until, weights
from rl_trainer_ext import runs
from rl_trainer_ext.cli.arguments import command_of, parse
from rl_trainer_ext.run_config import RunConfig
from rl_trainer_ext.training.commands import DismissFailure, Follow, Play, Stop, SwapCheckpoint, Train
from rl_trainer_ext.training.descriptions import describe_checkpoint
from rl_trainer_ext.training.snapshot import RunView, Snapshot, State

pytestmark = pytest.mark.slow

OWN = {
    "rsl_rl": ("agent.actor.hidden_dims=[16,8]", "agent.actor.obs_normalization=true", "env.episode_length_s=0.5"),
    "sb3": ("agent.normalize_input=True", "agent.clip_obs=10", "env.episode_length_s=0.5"),
}
"""Overrides without which a checkpoint does not fit, or means something else."""

LIBRARIES = tuple(OWN)


@pytest.fixture(scope="module")
def trained(trainer, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Snapshot]:
    """A short run of each library with overrides of its own, by library."""
    config = CARTPOLE.replace(max_iterations=1, log_root=str(tmp_path_factory.mktemp("logs")))
    made = {}
    for library, overrides in OWN.items():
        made[library] = run_to_end(trainer, Train(config.replace(library=library, overrides=overrides)))
        assert (made[library].status, made[library].failure) == ("finished", None)
    return made


def plain(snapshot: Snapshot, checkpoint: str = "latest", **changes) -> RunConfig:
    """Returns what a user asks for who does not know the run's overrides."""
    return CARTPOLE.replace(
        library=snapshot.config.library,
        log_root=snapshot.config.log_root,
        checkpoint=checkpoint,
        max_iterations=1,
        num_steps=2,
        speed=0.0,
    ).replace(**changes)


def copied(snapshot: Snapshot, log_root: Path, *, recorded: bool) -> Snapshot:
    """The snapshot of a run that is alone in a log root of its own, with or without this program's record."""
    run_dir = as_isaac_lab_leaves_it(snapshot.run_dir, log_root)
    if recorded:
        shutil.copy(snapshot.run_dir / "rl_trainer.json", run_dir)
    config = snapshot.config.replace(log_root=str(log_root))
    return Snapshot(run=RunView(config, run_dir=run_dir, checkpoint=run_dir / snapshot.checkpoint.name))


def as_isaac_lab_leaves_it(run_dir: Path, log_root: Path) -> Path:
    """A copy of a run without what only this program writes; its parameters are those that ``isaaclab train`` dumps."""
    copied = log_root / run_dir.relative_to(run_dir.parents[2])
    shutil.copytree(run_dir, copied)
    for name in ("rl_trainer.json", "best.pt", "best.zip", "best.pkl"):
        (copied / name).unlink(missing_ok=True)
    return copied


def finished(trainer, command: Train | Play) -> Snapshot:
    """Carries out a command, and checks that it finished."""
    snapshot = run_to_end(trainer, command)
    assert (snapshot.status, snapshot.failure) == ("finished", None)
    return snapshot


@pytest.mark.parametrize("recorded", [True, False], ids=["this program's", "isaaclab train's"])
@pytest.mark.parametrize("library", LIBRARIES)
def test_a_checkpoint_plays_with_its_own_configuration(trainer, trained, tmp_path, library, recorded) -> None:
    snapshot = copied(trained[library], tmp_path, recorded=recorded)
    played = finished(trainer, Play(plain(snapshot)))
    name = OWN[library][0].partition("=")[0]
    assert name in played.run.origin, played.run.origin
    assert "env.episode_length_s" in played.run.origin
    assert played.run.origin in played.notice


@pytest.mark.parametrize("recorded", [True, False], ids=["this program's", "isaaclab train's"])
@pytest.mark.parametrize("library", LIBRARIES)
def test_a_run_resumes_with_its_own_configuration(trainer, trained, tmp_path, library, recorded) -> None:
    snapshot = copied(trained[library], tmp_path, recorded=recorded)
    before = runs.read_parameters(snapshot.run_dir)
    resumed = finished(trainer, Train(plain(snapshot)))
    after = runs.read_parameters(resumed.run_dir)
    ignored = {"agent.max_iterations", "agent.n_timesteps", "env.log_dir"}
    for one, other, prefix in zip(before, after, ("env.", "agent."), strict=True):
        assert {each.key for each in runs.compare(one, other, prefix)} <= ignored
    if library == "sb3":
        assert (resumed.run_dir / "model_vecnormalize.pkl").is_file()
    # a run of that run too
    again = finished(trainer, Train(plain(resumed, str(resumed.checkpoint))))
    assert weights(again.checkpoint).keys() == weights(trained[library].checkpoint).keys()


def test_a_run_of_stable_baselines3_says_by_which_command_it_can_be_trained(trained) -> None:
    source = trained["sb3"]
    arguments = shlex.split((source.run_dir / "command.txt").read_text())
    assert arguments[:2] == ["rl-trainer", "train"]
    again = command_of(parse(arguments[1:])).config
    assert again == source.config.replace(trust=False)


@pytest.mark.parametrize("recorded", [True, False], ids=["this program's", "isaaclab train's"])
@pytest.mark.parametrize("task", ["Isaac-Cartpole-Direct", "Isaac-Cartpole"])
def test_a_task_that_has_not_changed_has_nothing_to_tell(trainer, tmp_path, recorded, task) -> None:
    config = CARTPOLE.replace(task=task, max_iterations=1, log_root=str(tmp_path / "made"))
    source = copied(finished(trainer, Train(config)), tmp_path / "copied", recorded=recorded)
    assert finished(trainer, Play(plain(source, task=task))).run.origin == ""
    assert finished(trainer, Train(plain(source, task=task))).run.origin == ""


@pytest.mark.parametrize("recorded", [True, False], ids=["this program's", "isaaclab train's"])
def test_what_the_task_has_changed_since_is_taken_or_told(trainer, tmp_path, recorded) -> None:
    """As if the task had had other values, and a part that is gone, when the run was made."""
    made = finished(trainer, Train(CARTPOLE.replace(max_iterations=1, log_root=str(tmp_path / "made"))))
    source = copied(made, tmp_path / "copied", recorded=recorded)
    file = source.run_dir / "params" / "env.yaml"
    env = file.read_text()
    assert "\nrew_scale_alive: " in env
    env = re.sub(r"\nrew_scale_alive: .*", "\nrew_scale_alive: 3.5", env)
    file.write_text(f"{env}\ngone: {{weight: 2.0}}\n")
    resumed = finished(trainer, Train(plain(source)))
    assert "env.rew_scale_alive 3.5 (the task today: 1)" in resumed.run.origin
    assert (
        "Of the checkpoint's run, not taken: env.gone {'weight': 2.0} (the task today: not set)." in resumed.run.origin
    )
    assert runs.read_parameters(resumed.run_dir)[0]["rew_scale_alive"] == 3.5
    given = plain(source, overrides=("env.rew_scale_alive=2.0",))
    assert "env.rew_scale_alive 2 (the run: 3.5)" in finished(trainer, Train(given)).run.origin


def test_overrides_of_now_win_and_are_named(trainer, trained, tmp_path) -> None:
    source = copied(trained["rsl_rl"], tmp_path, recorded=True)
    given = ("agent.algorithm.learning_rate=1e-5", "env.episode_length_s=0.4")
    resumed = finished(trainer, Train(plain(source, overrides=given, num_envs=8)))
    env, agent = runs.read_parameters(resumed.run_dir)
    assert (agent["algorithm"]["learning_rate"], env["episode_length_s"]) == (1e-5, 0.4)
    assert agent["actor"]["hidden_dims"] == [16, 8]
    _, _, differs = resumed.run.origin.partition("Differs from the checkpoint's run:")
    for part in ("env.episode_length_s=0.4", "agent.algorithm.learning_rate 1e-05", "8 environments (the run: 16)"):
        assert part in differs
    details = describe_checkpoint(plain(source, str(source.checkpoint), overrides=given))
    assert {each.key for each in details.changes} == {"algorithm.learning_rate"}


def test_normalisation_is_dropped_only_where_that_is_asked_for(trainer, trained, tmp_path) -> None:
    bare = copied(trained["sb3"], tmp_path / "bare", recorded=False).run_dir
    shutil.rmtree(bare / "params")
    config = plain(trained["sb3"], str(bare / "model.zip"), log_root=str(tmp_path / "bare"))
    refused = run_to_end(trainer, Train(config))
    assert refused.failure is not None
    assert refused.failure.bad_input
    assert "was trained with normalised observations" in refused.failure.message
    assert "agent.normalize_input=True" in refused.failure.message
    assert [path.name for path in bare.parent.iterdir()] == [bare.name]  # no run is left behind
    dropped = finished(trainer, Train(config.replace(overrides=("agent.normalize_input=False",))))
    assert not (dropped.run_dir / "model_vecnormalize.pkl").exists()
    source = copied(trained["sb3"], tmp_path, recorded=True)
    told = finished(trainer, Train(plain(source, str(source.checkpoint), overrides=("agent.normalize_input=False",))))
    assert "agent.normalize_input False (the run: True)" in told.run.origin


def test_another_agent_is_named_and_a_path_plays_with_its_own(trainer, tmp_path) -> None:
    agent = "rsl_rl_with_symmetry_cfg_entry_point"
    config = CARTPOLE.replace(task="Isaac-Cartpole", max_iterations=1, log_root=str(tmp_path), agent=agent)
    trained = finished(trainer, Train(config))
    wanted = plain(trained, task="Isaac-Cartpole")
    refused = run_to_end(trainer, Play(wanted))
    assert refused.failure is not None
    assert f"there is one with {agent} in {trained.run_dir}: choose it with --agent {agent}" in refused.failure.message
    played = finished(trainer, Play(wanted.replace(checkpoint=str(trained.checkpoint))))
    assert played.config.agent == agent
    other = "rsl_rl_cfg_entry_point"
    asked = finished(trainer, Play(wanted.replace(checkpoint=str(trained.checkpoint), agent=other)))
    assert f"Configured as {other}, not as the run ({agent})" in asked.run.origin
    # an agent that the task no longer has
    manifest = trained.run_dir / "run.json"
    manifest.write_text(manifest.read_text().replace(agent, "rsl_rl_gone_cfg_entry_point"))
    record = trained.run_dir / "rl_trainer.json"
    record.write_text(record.read_text().replace(agent, "rsl_rl_gone_cfg_entry_point"))
    gone = run_to_end(trainer, Play(wanted.replace(checkpoint=str(trained.checkpoint))))
    assert "rsl_rl_gone_cfg_entry_point, which Isaac-Cartpole no longer has" in gone.failure.message


def test_a_file_does_not_choose_what_is_imported(trainer, trained, tmp_path) -> None:
    copied = as_isaac_lab_leaves_it(trained["rsl_rl"].run_dir, tmp_path)
    parameters = copied / "params" / "agent.yaml"
    parameters.write_text(parameters.read_text().replace("class_name: MLPModel", "class_name: antigravity:fly", 1))
    refused = run_to_end(trainer, Play(plain(trained["rsl_rl"], log_root=str(tmp_path))))
    assert "names code and is not taken from a file" in refused.failure.message


def test_a_skipped_checkpoint_is_named(trainer, trained, tmp_path) -> None:
    copied = as_isaac_lab_leaves_it(trained["rsl_rl"].run_dir, tmp_path)
    whole = (copied / "model_0.pt").read_bytes()
    (copied / "model_10.pt").write_bytes(whole[: len(whole) // 2])
    (copied / "model_abc.pt").write_bytes(whole)
    played = finished(trainer, Play(plain(trained["rsl_rl"], log_root=str(tmp_path))))
    assert played.checkpoint == copied / "model_0.pt"
    assert "Skipped model_10.pt, which is damaged: took model_0.pt" in played.run.origin


def test_overrides_of_the_run_that_no_longer_fit_are_named(trainer, trained, tmp_path) -> None:
    run_dir = trained["rsl_rl"].run_dir
    copied = tmp_path / run_dir.relative_to(run_dir.parents[2])
    shutil.copytree(run_dir, copied)
    record = json.loads((copied / "rl_trainer.json").read_text())
    record["config"]["overrides"] = ["env.gone=1"]
    (copied / "rl_trainer.json").write_text(json.dumps(record))
    refused = run_to_end(trainer, Play(plain(trained["rsl_rl"], log_root=str(tmp_path))))
    assert "was started with env.gone=1, which no longer fits" in refused.failure.message
    assert refused.failure.bad_input


SWAPS = {"rsl_rl": OWN["rsl_rl"][:2], "sb3": OWN["sb3"][:2]}
"""Overrides of the agent only, which need no other environment."""


def started(trainer, config: RunConfig) -> Snapshot:
    """Returns the snapshot of a playback that has taken a step."""
    trainer.request(Play(config.replace(num_steps=None)))
    trainer.tick(0.0)
    return tick_until(trainer, lambda snapshot: snapshot.state is State.PLAYING and snapshot.steps)


def ended(trainer) -> None:
    trainer.request(Stop())
    tick_until(trainer, idle)


@pytest.mark.parametrize("library", LIBRARIES)
def test_another_checkpoint_brings_its_own_configuration_during_a_playback(trainer, tmp_path, library) -> None:
    config = CARTPOLE.replace(library=library, max_iterations=1, log_root=str(tmp_path))
    first = finished(trainer, Train(config)).checkpoint
    other = finished(trainer, Train(config.replace(overrides=SWAPS[library])))
    assert started(trainer, plain(other, str(first))).run.origin == ""
    try:
        for request, checkpoint, told in (
            (SwapCheckpoint(other.checkpoint), other.checkpoint, SWAPS[library][0].partition("=")[0]),
            (SwapCheckpoint(first), first, ""),
            (Follow(other.run_dir), other.checkpoint, SWAPS[library][0].partition("=")[0]),
        ):
            trainer.request(request)
            swapped = tick_until(trainer, lambda now: now.checkpoint == checkpoint or now.failure)  # noqa: B023
            assert swapped.failure is None
            assert told in swapped.run.origin
            assert bool(told) == bool(swapped.run.origin)
            tick_until(trainer, lambda now: now.steps > swapped.steps)  # noqa: B023
    finally:
        ended(trainer)


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_checkpoint_of_another_environment_is_refused_during_a_playback(trainer, trained, tmp_path, library) -> None:
    config = CARTPOLE.replace(library=library, max_iterations=1, log_root=str(tmp_path))
    first = finished(trainer, Train(config)).checkpoint
    started(trainer, plain(trained[library], str(first), log_root=str(tmp_path)))
    try:
        for request in (SwapCheckpoint(trained[library].checkpoint), Follow(trained[library].run_dir)):
            trainer.request(request)
            refused = tick_until(trainer, lambda now: now.failure is not None)
            assert "needs another environment than the one that is open" in refused.failure.message
            assert "env.episode_length_s 0.5 (now: 5). Stop the playback" in refused.failure.message
            assert (refused.state, refused.checkpoint) == (State.PLAYING, first)
            trainer.request(DismissFailure())
            tick_until(trainer, lambda now: now.failure is None)
    finally:
        ended(trainer)

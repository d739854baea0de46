# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The stage of the curricula survives in checkpoints: of the step counter, of settings, of terms, of the terrain."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from helpers.runs_made_here import idle, run_to_end, tick_until
from helpers.tiny_trainings import LIBRARIES, TRAININGS
from rl_trainer_ext.errors import UserError
from rl_trainer_ext.isaac_lab import curriculum_stage
from rl_trainer_ext.isaac_lab.stage_places import has_curriculum
from rl_trainer_ext.learners.base import load_learner
from rl_trainer_ext.run_config import RunConfig
from rl_trainer_ext.runs.record import RunRecord
from rl_trainer_ext.training.commands import Load, Train
from rl_trainer_ext.training.derived_settings import Creation, is_derived
from rl_trainer_ext.training.snapshot import PreviewActions

pytestmark = pytest.mark.slow

PPO = SimpleNamespace(algorithm=SimpleNamespace(class_name="PPO"))
WEIGHT, RANGE = "rewards.action_rate.weight", "commands.base_velocity.ranges.lin_vel_x"
LEVELS, OWN_LEVELS = "scene.terrain.terrain_levels", "curriculum.difficulty.levels"
CALLS, WINDOW, REACH = (
    "curriculum.difficulty.calls",
    "curriculum.difficulty.window",
    "curriculum_manager.cfg.difficulty.func.reach",
)
ROLLOUT = 24


def stage_in(library: str, checkpoint: Path) -> Any:
    return load_learner(library).stage(checkpoint, PPO)


@pytest.mark.parametrize("library", LIBRARIES)
def test_every_library_keeps_a_stage_in_its_checkpoints(library, tmp_path):
    if library == "rl_games":
        pytest.importorskip("rl_games")
    stage = {"step": 5, "num_envs": 4, "settings": {"a": (1, (2.0, None))}, "tensors": {"b": torch.arange(4)}}
    training = TRAININGS[library](tmp_path)
    training.checkpoint_writer.stage = lambda: stage
    saved = training.save()
    training.close()
    assert_same(stage_in(library, saved), stage)


@pytest.fixture(scope="module")
def task(trainer: Any) -> Iterator[Any]:
    """The tasks of this module's own."""
    from helpers import curriculum_task

    curriculum_task.register()
    trainer._tasks.update()
    yield curriculum_task
    curriculum_task.unregister()
    trainer._tasks.update()


@pytest.fixture(scope="module")
def half(trainer: Any, task: Any, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Trainings of two iterations, by library."""
    config = RunConfig(task.ROVER, "rsl_rl", num_envs=8, max_iterations=2, seed=1, device="cpu")
    config = config.replace(log_root=str(tmp_path_factory.mktemp("logs")))
    made = {library: run_to_end(trainer, Train(config.replace(library=library))) for library in ("rsl_rl", "sb3")}
    assert all(one.status == "finished" for one in made.values()), made
    return made


@pytest.fixture
def restored(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """The stages of the environments in which one was restored, before their first reset."""
    found: list[dict[str, Any]] = []
    restore = curriculum_stage.CurriculumStage.restore

    def noted(self: Any, *arguments: Any) -> str:
        said = restore(self, *arguments)
        found.append(self.capture())
        terrain = getattr(getattr(self._env, "scene", None), "terrain", None)
        if getattr(terrain, "terrain_origins", None) is not None:
            here = terrain.terrain_origins[terrain.terrain_levels, terrain.terrain_types]
            assert torch.equal(terrain.env_origins, here)
        return said

    monkeypatch.setattr(curriculum_stage.CurriculumStage, "restore", noted)
    return found


def assert_same(first: dict[str, Any], second: dict[str, Any]) -> None:
    assert (first["step"], first["settings"]) == (second["step"], second["settings"])
    assert first["tensors"].keys() == second["tensors"].keys()
    assert all(torch.equal(value, second["tensors"][name]) for name, value in first["tensors"].items())


@pytest.mark.parametrize("library", ["rsl_rl", "sb3"])
def test_a_resumed_training_continues_the_curriculum(trainer, half, restored, library):
    config, before = half[library].config, stage_in(library, half[library].checkpoint)
    resumed = run_to_end(trainer, Train(config.replace(checkpoint=str(half[library].checkpoint))))
    whole = run_to_end(trainer, Train(config.replace(max_iterations=4)))
    assert (resumed.status, whole.status) == ("finished", "finished"), (resumed.failure, whole.failure)
    assert_same(restored[0], before)
    assert (before["step"], LEVELS in before["tensors"], WEIGHT in before["settings"]) == (2 * ROLLOUT, True, False)
    assert 0.4 < before["settings"][RANGE][1][1] < 0.8
    after, expected = (stage_in(library, one.checkpoint) for one in (resumed, whole))
    assert after["step"] == expected["step"] == 4 * ROLLOUT
    # the weight changes at step 60, which a counter that begins anew would not reach
    assert after["settings"][WEIGHT] == expected["settings"][WEIGHT] == (-0.01, -0.02)
    assert after["settings"].keys() == expected["settings"].keys() >= {CALLS, WINDOW, REACH}
    if library == "sb3":  # all its episodes begin together, and last ten steps
        more = 2 * ROLLOUT // 10
        # the reset at the start of the resumed training is no end of an episode
        assert after["settings"][CALLS] == (0, before["settings"][CALLS][1] + more)
        assert after["settings"][REACH][1] == before["settings"][REACH][1] + more
        assert torch.equal(after["tensors"][OWN_LEVELS], before["tensors"][OWN_LEVELS] + more)
        assert after["settings"][WINDOW][1] == [after["settings"][CALLS][1] - 2.0 + n for n in range(3)]
        # both count the steps at the last reset
        assert after["settings"][RANGE][1][1] == pytest.approx(0.4 + 0.4 * 0.88)
    # what no checkpoint can hold is told, by its name
    assert "as at the beginning of a training: curriculum.difficulty." in resumed.notice


@pytest.mark.parametrize("recorded", [True, False], ids=["this program's", "isaaclab train's"])
def test_what_the_environment_derives_from_its_settings_is_no_difference(trainer, half, tmp_path, recorded):
    """The terrain has a number of environments and sizes of its own, which follow from other settings."""
    run_dir = half["rsl_rl"].run_dir
    derived = {"env.scene.terrain.num_envs", "env.scene.terrain.env_spacing"}
    record = RunRecord.read(run_dir)
    assert record is not None
    assert derived < set(record.derived)
    copied = tmp_path / run_dir.relative_to(run_dir.parents[2])
    shutil.copytree(run_dir, copied)
    if not recorded:
        (copied / "rl_trainer.json").unlink()
    config = half["rsl_rl"].config.replace(log_root=str(tmp_path), num_envs=4, max_iterations=1)
    resumed = run_to_end(trainer, Train(config.replace(checkpoint=str(copied / half["rsl_rl"].checkpoint.name))))
    assert (resumed.status, resumed.failure) == ("finished", None)
    assert resumed.run.origin.startswith("Differs from the checkpoint's run: 4 environments (the run: 8). ")


def test_settings_that_a_task_derives_are_found_by_what_its_creation_changes():
    from isaaclab.utils import configclass

    @configclass
    class Part:
        size: float = 1.0
        weights: object = None

    @configclass
    class Environment:
        part: Part = Part()
        observation_space: int = 0
        untouched: tuple[float, ...] = (1.0, 2.0)

    cfg = Environment()
    cfg.part.weights = torch.zeros(2)
    creation = Creation(cfg)
    assert creation.derived(cfg) == ()
    cfg.part.size, cfg.part.weights, cfg.observation_space = 2.0, torch.ones(2), 4
    derived = creation.derived(cfg)
    assert set(derived) == {"env.part.size", "env.part.weights", "env.observation_space"}
    assert is_derived("env.part.size.x", derived)
    assert not is_derived("env.part.sizes", derived)
    assert not is_derived("env.part", derived)


@pytest.mark.parametrize("library", ["rsl_rl", "sb3"])
def test_a_training_in_the_environment_of_a_preview_has_the_baseline_of_a_cold_start(trainer, half, library, tmp_path):
    """The preview moves every curriculum; what the training keeps is what changed since the creation."""
    config = half[library].config.replace(log_root=str(tmp_path), speed=0.0)
    trainer.request(Load(config, PreviewActions.RANDOM))
    tick_until(trainer, lambda now: now.previewing and now.steps >= 4 * ROLLOUT * 8)
    trainer.request(Train(config))
    trainer.tick(0.0)
    trained = tick_until(trainer, lambda now: idle(now) and not now.playing)
    assert (trained.status, trained.failure) == ("finished", None)
    assert "Took over the environment of the preview" in trained.notice
    assert_same(stage_in(library, trained.checkpoint), stage_in(library, half[library].checkpoint))
    resumed = run_to_end(trainer, Train(config.replace(max_iterations=1, checkpoint=str(trained.checkpoint))))
    assert stage_in(library, resumed.checkpoint)["settings"][WEIGHT] == (-0.01, -0.02)


def changed(checkpoint: Path, folder: Path, stage: Any) -> Path:
    """A copy of a checkpoint of RSL-RL with another stage; None for that of an older version."""
    saved = torch.load(checkpoint, weights_only=True)
    saved["infos"]["rl_trainer"] = {k: v for k, v in saved["infos"]["rl_trainer"].items() if k != "environment"}
    if stage is not None:
        saved["infos"]["rl_trainer"]["environment"] = stage
    torch.save(saved, folder / "model_1.pt")
    return folder / "model_1.pt"


def test_an_older_checkpoint_is_told_and_a_new_training_begins_anew(trainer, half, restored, tmp_path):
    one = half["rsl_rl"]
    config = one.config.replace(max_iterations=1, log_root=str(tmp_path), checkpoint=str(one.checkpoint))
    old = config.replace(checkpoint=str(changed(one.checkpoint, tmp_path, None)))
    resumed = run_to_end(trainer, Train(old))
    assert "model_1.pt does not say how far the curriculum had come, so the curriculum begins anew." in resumed.notice
    assert restored[0]["step"] == 0
    fine_tuned = run_to_end(trainer, Train(config.replace(fine_tune=True)))
    assert fine_tuned.status == "finished", fine_tuned.failure
    assert len(restored) == 1
    assert stage_in("rsl_rl", fine_tuned.checkpoint)["step"] == ROLLOUT


def test_other_settings_and_other_environments_are_told(trainer, half, restored, tmp_path):
    one = half["rsl_rl"]
    before = stage_in("rsl_rl", one.checkpoint)
    stage = {**before, "settings": {**before["settings"], WEIGHT: (-0.01, -0.02), "rewards.gone.weight": (1.0, 2.0)}}
    config = one.config.replace(
        max_iterations=1,
        num_envs=4,
        log_root=str(tmp_path),
        checkpoint=str(changed(one.checkpoint, tmp_path, stage)),
        overrides=("env.rewards.action_rate.weight=-0.5",),
    )
    resumed = run_to_end(trainer, Train(config))
    assert resumed.status == "finished", resumed.failure
    (now,) = restored
    assert torch.equal(now["tensors"][LEVELS], before["tensors"][LEVELS][::2])
    assert (now["step"], now["settings"][RANGE]) == (before["step"], before["settings"][RANGE])
    assert WEIGHT not in now["settings"]  # it is the one that was asked for
    assert f"curriculum.difficulty, {WEIGHT}, rewards.gone.weight." in resumed.notice
    assert "The levels of the checkpoint's 8 environments are spread over 4." in resumed.notice


@pytest.mark.parametrize(
    "damage",
    [
        "gone",
        [],
        {"step": 1},
        {"step": -1, "num_envs": 8, "settings": {}, "tensors": {}},
        {"step": 1, "num_envs": 8, "settings": {"a": 1}, "tensors": {}},
        {"step": 1, "num_envs": 8, "settings": {}, "tensors": {"a": 1}},
    ],
)
def test_a_damaged_stage_is_one_sentence(damage):
    with pytest.raises(UserError, match=r"model_1.pt is damaged \(how far the curriculum had come cannot be read\)"):
        curriculum_stage.check_stage(Path("model_1.pt"), damage)


def test_a_damaged_stage_is_refused_before_there_is_a_run(trainer, half, tmp_path):
    one = half["rsl_rl"]
    damaged = changed(one.checkpoint, tmp_path, {"step": 1})
    refused = run_to_end(trainer, Train(one.config.replace(checkpoint=str(damaged), log_root=str(tmp_path / "logs"))))
    assert refused.failure.bad_input
    assert "is damaged (how far the curriculum" in refused.failure.message
    assert not (tmp_path / "logs").exists()


def test_the_counter_of_a_direct_task_is_kept(trainer, task, tmp_path):
    environment = task.CountingCartpole
    config = RunConfig(task.CARTPOLE, "rsl_rl", num_envs=4, max_iterations=1, device="cpu", log_root=str(tmp_path))
    counts = []
    for checkpoint in (None, "latest"):
        environment.first_count = None
        ended = run_to_end(trainer, Train(config.replace(checkpoint=checkpoint)))
        assert ended.status == "finished", ended.failure
        counts.append(environment.first_count)
    assert counts == [1, 17]
    # of these two tasks, the code of one reads the counter: an older checkpoint is told with it alone
    assert [has_curriculum(object.__new__(one)) for one in (environment, environment.__base__)] == [True, False]

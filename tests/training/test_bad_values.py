# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Values that are no finite numbers are named, and the steps before them kept where the user wants it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from helpers.runs_made_here import CARTPOLE, SLICE, equal_to_the_bit, idle, run_to_end, tick_until
from rl_trainer_ext.cli.main import main
from rl_trainer_ext.errors import UserError
from rl_trainer_ext.run_config import RunConfig
from rl_trainer_ext.runs import kept_steps
from rl_trainer_ext.runs.kept_steps import KeptSteps
from rl_trainer_ext.training.commands import Play, Train
from rl_trainer_ext.training.last_steps import LENGTH

pytestmark = pytest.mark.slow


@pytest.fixture
def config(tmp_path: Path) -> RunConfig:
    return CARTPOLE.replace(log_root=str(tmp_path), task="Isaac-Cartpole", max_iterations=10)


def spoil(patch: pytest.MonkeyPatch, step: int, environment: int, value: float) -> None:
    """From a step on, the speed of a pole that the policy sees is no finite number."""
    from isaaclab.managers import ObservationManager

    compute, calls = ObservationManager.compute, 0

    def spoilt(manager: Any, *args: Any, **kwargs: Any) -> Any:
        nonlocal calls
        calls += 1
        result = compute(manager, *args, **kwargs)
        if calls > step:
            result["policy"][environment, 3] = value
        return result

    patch.setattr(ObservationManager, "compute", spoilt)


def test_the_steps_before_a_bad_observation_of_a_training_are_kept(
    trainer: Any, config: RunConfig, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with monkeypatch.context() as patch:
        spoil(patch, 130, 5, float("nan"))
        after = run_to_end(trainer, Train(config.replace(keep_last_steps=True)))
    (file,) = (after.run_dir / kept_steps.FOLDER).iterdir()
    assert after.failure.message.startswith("Diverged at iteration 8: observation 'policy', column 3 of environment 5")
    assert "It came in step " in after.failure.message
    assert after.failure.message.endswith(f"The steps before it are kept: rl-trainer replay {file}")
    kept = kept_steps.read(file)
    assert (kept.task, kept.environment, kept.num_envs) == ("Isaac-Cartpole", 5, 16)
    last = int(kept.steps[-1])
    assert kept.steps.tolist() == list(range(last - LENGTH + 1, last + 1))
    assert kept.sentence.startswith(
        f"In step {last}, observation 'policy', column 3 of environment 5 (term 'joint_vel_rel') is not finite (nan)."
    )
    assert kept.bad(LENGTH - 1) == ["observation/policy: joint_vel_rel[1]"]
    assert not any(kept.bad(index) for index in range(LENGTH - 1))
    # what a step left behind is what the policy saw next
    state = kept.values["state/articulation/robot/joint_position"]
    seen = kept.values["observation/policy"][:-1, :2]
    assert np.allclose(state[:-1], seen, atol=1e-5)
    total = kept.values["reward_terms"].sum(axis=1) * (1 / 60)
    assert np.allclose(total, kept.values["reward"], atol=1e-5)
    assert kept.columns["termination_terms"] == ["time_out", "cart_out_of_bounds"]

    capsys.readouterr()
    assert main(["replay", str(file)]) == 0
    printed = capsys.readouterr().out
    assert printed.splitlines()[0] == kept.sentence
    assert f"step {last}, " in printed
    assert "not finite: observation/policy: joint_vel_rel[1]" in printed
    assert main(["replay", str(file), "--step", str(last), "--json"]) == 0
    (step,) = json.loads(capsys.readouterr().out)["steps"]
    assert step["values"]["observation/policy"][3] == "nan"
    assert main(["replay", str(file), "--step", "1"]) == 2
    assert f"has the steps {last - 99} to {last}, not 1." in capsys.readouterr().err


def test_keeping_steps_changes_nothing_and_tells_its_size(trainer: Any, config: RunConfig) -> None:
    config = config.replace(max_iterations=2)
    plain = run_to_end(trainer, Train(config))
    trainer.request(Train(config.replace(keep_last_steps=True)))
    trainer.tick(SLICE)
    told: set[str] = set()

    def ended(now: Any) -> bool:
        told.add(now.notice)
        return idle(now)

    kept = tick_until(trainer, ended)
    assert any("Keeps the last 100 steps of 16 environments in " in words for words in told)
    assert equal_to_the_bit(kept.checkpoint, plain.checkpoint)
    assert not (kept.run_dir / kept_steps.FOLDER).exists()


def test_a_playback_names_what_is_bad_and_goes_on(
    trainer: Any, config: RunConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = config.replace(max_iterations=1)
    run_to_end(trainer, Train(config))
    with monkeypatch.context() as patch:
        spoil(patch, 20, 2, float("inf"))
        played = run_to_end(trainer, Play(config.replace(checkpoint="latest", num_steps=40, speed=0.0)))
    assert (played.status, played.failure) == ("finished", None)
    assert (
        "observation 'policy', column 3 of environment 2 (term 'joint_vel_rel') is not finite (inf)." in played.notice
    )
    assert "rl-trainer replay" not in played.notice  # nothing was kept
    assert played.steps == 40 * 16


def test_files_that_hold_no_steps_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other, cut, missing = tmp_path / "other.npz", tmp_path / "cut.npz", tmp_path / "missing.npz"
    np.savez(other, a=np.zeros(3))
    kept_steps.write(cut, KeptSteps("T", 0, 1, "words", np.arange(3), {"reward": np.zeros(3)}))
    assert kept_steps.read(cut).values["reward"].tolist() == [0, 0, 0]
    cut.write_bytes(cut.read_bytes()[:-200])
    text = tmp_path / "text.npz"
    text.write_text("no archive")
    pickled = tmp_path / "pickled.npz"
    np.savez(pickled, rl_trainer=np.array({"code": 1}, dtype=object))
    for file in (other, cut, text, pickled):
        with pytest.raises(UserError, match="holds no steps of an environment"):
            kept_steps.read(file)
    assert main(["replay", str(missing)]) == 2
    assert f"{missing} cannot be read: No such file or directory." in capsys.readouterr().err

# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The kept steps of an environment are replayed: each state in the scene, its terms by name, forwards and back."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from helpers.runs_made_here import CARTPOLE, SLICE, idle, run_to_end, tick_until
from rl_trainer_ext.cli.main import main
from rl_trainer_ext.errors import UserError
from rl_trainer_ext.metrics.step_terms import TermKind
from rl_trainer_ext.run_config import RunConfig
from rl_trainer_ext.runs import kept_steps
from rl_trainer_ext.training.commands import Pause, Replay, ShowStep, Step, Stop, Train, Unpause
from rl_trainer_ext.training.snapshot import Snapshot, State

pytestmark = pytest.mark.slow

BAD = 40
"""The step whose observation is no finite number."""


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> RunConfig:
    root = tmp_path_factory.mktemp("replayed")
    overrides = ("env.episode_length_s=0.5",)
    return CARTPOLE.replace(log_root=str(root), task="Isaac-Cartpole", max_iterations=10, overrides=overrides)


@pytest.fixture(scope="module")
def failed(trainer: Any, config: RunConfig) -> Snapshot:
    """A training that a bad observation has ended."""
    from isaaclab.managers import ObservationManager

    compute, calls = ObservationManager.compute, 0

    def spoilt(manager: Any, *args: Any, **kwargs: Any) -> Any:
        nonlocal calls
        calls += 1
        result = compute(manager, *args, **kwargs)
        if calls > BAD:
            result["policy"][5, 3] = float("nan")
        return result

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ObservationManager, "compute", spoilt)
        return run_to_end(trainer, Train(config.replace(keep_last_steps=True)))


@pytest.fixture(autouse=True)
def closed_after(trainer: Any) -> Iterator[None]:
    """Nothing runs after a test, even if it fails."""
    yield
    trainer.close()
    trainer.tick(0.0)


def begin(trainer: Any, command: Replay) -> Snapshot:
    """Replays until the first step is shown and the replay pauses, or until it has ended."""
    trainer.request(command)
    trainer.tick(SLICE)
    return tick_until(trainer, lambda now: idle(now) or now.state is State.PAUSED)


def ask(trainer: Any, command: Any) -> Snapshot:
    """Asks for a step, and waits for the pause after it."""
    trainer.request(command)
    trainer.tick(SLICE)
    return tick_until(trainer, lambda now: now.state is State.PAUSED)


def joints(trainer: Any) -> list[float]:
    """The positions of the joints in the scene."""
    robot = trainer._session._env.unwrapped.scene["robot"]
    return robot.data.joint_pos.torch[0].tolist()


def last(now: Snapshot, kind: TermKind, name: str) -> Any:
    """What a term is in the shown step, by its elements."""
    terms = now.run.terms
    index = next(n for n, term in enumerate(terms.terms) if (term.kind, term.name) == (kind, name))
    return [float(terms.curve(index, element)[-1]) for element in range(terms.terms[index].size)]


def test_the_failure_offers_its_steps_and_a_replay_shows_each(trainer: Any, failed: Snapshot) -> None:
    file = failed.failure.kept_steps
    assert file == kept_steps.newest(failed.run_dir)
    kept = kept_steps.read(file)
    count, positions = len(kept.steps), kept.state["articulation/robot/joint_position"]

    now = begin(trainer, Replay.of(file))
    assert now.failure is None
    assert now.previewing
    assert now.run.config.overrides == ("env.episode_length_s=0.5",)
    assert now.run.replay.steps == tuple(kept.steps)
    assert now.run.replay.index == count - 1
    assert now.run.replay.bad == ("observation/policy: joint_vel_rel[1]",)
    assert now.run.driving is None
    assert joints(trainer) == pytest.approx(positions[-1].tolist())
    assert np.isnan(last(now, TermKind.OBSERVATION, "policy-joint_vel_rel")[1])
    assert "Environment 5 of 16" in now.run.terms.note

    now = ask(trainer, ShowStep(3))
    assert (now.run.replay.index, now.run.replay.bad) == (3, ())
    assert joints(trainer) == pytest.approx(positions[3].tolist())
    assert now.run.terms.steps.tolist() == kept.steps[:4].tolist()
    observation = kept.values["observation/policy"][3]
    assert last(now, TermKind.OBSERVATION, "policy-joint_pos_rel") == pytest.approx(observation[:2].tolist())
    assert last(now, TermKind.REWARD, "reward of the step") == pytest.approx([kept.values["reward"][3]])
    rewards = dict(zip(kept.columns["reward_terms"], kept.values["reward_terms"][3], strict=True))
    assert last(now, TermKind.REWARD, "alive") == pytest.approx([rewards["alive"]])
    assert last(now, TermKind.TERMINATION, "time_out") == [0.0]
    assert last(now, TermKind.STATE, "articulation-robot-joint_position") == pytest.approx(positions[3].tolist())

    assert ask(trainer, Step()).run.replay.index == 4
    assert joints(trainer) == pytest.approx(positions[4].tolist())
    # it plays to the end and pauses there; from there it begins anew
    ask(trainer, ShowStep(count - 3))
    assert ask(trainer, Unpause()).run.replay.index == count - 1
    assert ask(trainer, Step()).run.replay.index == 0
    trainer.request(Unpause())
    tick_until(trainer, lambda now: now.run.replay.index >= 2)
    trainer.request(Pause())
    assert ask(trainer, ShowStep(10**9)).run.replay.index == count - 1
    trainer.request(Stop())
    ended = tick_until(trainer, idle)
    assert (ended.status, ended.failure) == ("stopped", None)


@pytest.mark.parametrize("sign", ["", "+", "++"])
def test_a_replay_has_one_environment_whatever_the_run_had(failed: Snapshot, tmp_path: Path, sign: str) -> None:
    kept = kept_steps.read(failed.failure.kept_steps)
    overrides = (f"{sign}env.scene.num_envs=16", "env.sim.dt=0.01")
    file = tmp_path / "steps.npz"
    kept_steps.write(file, dataclasses.replace(kept, config=kept.config.replace(overrides=overrides)))
    config = Replay.of(file).config
    assert (config.num_envs, config.overrides) == (1, ("env.sim.dt=0.01",))


def test_a_replay_gives_way_to_a_training(trainer: Any, failed: Snapshot, config: RunConfig) -> None:
    begin(trainer, Replay.of(failed.failure.kept_steps, step=BAD - 20))
    assert trainer.snapshot().run.replay.steps[trainer.snapshot().run.replay.index] == BAD - 20
    trainer.request(Train(config.replace(max_iterations=1)))
    trainer.tick(SLICE)
    trained = tick_until(trainer, lambda now: idle(now) and not now.playing)
    assert (trained.status, trained.failure) == ("finished", None)


def test_a_state_that_is_not_finite_is_drawn_as_the_one_before(trainer: Any, failed: Snapshot, tmp_path: Path) -> None:
    kept = kept_steps.read(failed.failure.kept_steps)
    name = "state/articulation/robot/joint_position"
    values = {**kept.values, name: kept.values[name].copy()}
    values[name][[0, -1], 0] = [np.nan, np.inf]
    file = tmp_path / "state.npz"
    kept_steps.write(file, dataclasses.replace(kept, values=values))
    now = begin(trainer, Replay.of(file))
    assert (
        f"The state of this step is not finite: the robot is drawn as in step {kept.steps[-2]}." == now.run.replay.note
    )
    assert joints(trainer) == pytest.approx(values[name][-2].tolist())
    now = ask(trainer, ShowStep(0))
    assert now.run.replay.note.startswith("No state up to this step is finite")


def test_files_that_do_not_fit_are_one_sentence(
    trainer: Any,
    failed: Snapshot,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    kept = kept_steps.read(failed.failure.kept_steps)
    name = "state/articulation/robot/joint_position"
    for change, words in (
        ({"values": {**kept.values, name: kept.values[name][:, :1]}}, "joint_position has the shape (1,) in the file"),
        ({"values": {k: v for k, v in kept.values.items() if k != name}}, "the file has no articulation/robot/joint_p"),
        ({"task": "Isaac-Cartpole-Gone", "config": None}, "Isaac-Cartpole-Gone"),
    ):
        file = tmp_path / "other.npz"
        kept_steps.write(file, dataclasses.replace(kept, **change))
        ended = begin(trainer, Replay.of(file))
        assert ended.failure is not None
        assert ended.failure.bad_input
        assert words in ended.failure.message
    file.unlink()
    ended = begin(trainer, Replay(config=RunConfig("Isaac-Cartpole", ""), file=file))  # it is gone meanwhile
    assert f"{file} cannot be read" in ended.failure.message

    file = failed.failure.kept_steps
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    assert main(["replay", str(file), "--panel"]) == 2
    assert "There is no display for the panel" in capsys.readouterr().err
    monkeypatch.setenv("DISPLAY", ":99")
    assert main(["replay", str(file), "--panel", "--step", "999"]) == 2
    assert f"has the steps {kept.steps[0]} to {kept.steps[-1]}, not 999." in capsys.readouterr().err
    assert main(["replay", str(file), "--screenshot", "a.png"]) == 2
    assert "add --panel" in capsys.readouterr().err


def test_a_file_of_another_version_and_a_cut_one_say_so(failed: Snapshot, tmp_path: Path) -> None:
    file = tmp_path / "newer.npz"
    kept = kept_steps.read(failed.failure.kept_steps)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kept_steps, "VERSION", kept_steps.VERSION + 1)
        kept_steps.write(file, kept)
    with pytest.raises(UserError, match="was written by another version of RL Trainer"):
        Replay.of(file)
    whole = failed.failure.kept_steps.read_bytes()
    for damaged in (whole[: len(whole) // 2], whole[:2000] + bytes(500) + whole[2500:]):
        file.write_bytes(damaged)
        with pytest.raises(UserError, match="holds no steps of an environment"):
            Replay.of(file)

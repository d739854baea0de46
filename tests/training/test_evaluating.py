# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Evaluations: whole episodes, every environment counted alike, and the same result each time."""

from __future__ import annotations

import json
import math
import shutil
import subprocess
from types import SimpleNamespace

import pytest
import torch
from helpers.runs_made_here import CARTPOLE, SLICE, idle, run_to_end, tick_until
from helpers.small_disks import mounted
from rl_trainer_ext import runs
from rl_trainer_ext.cli import main as command_line
from rl_trainer_ext.cli.arguments import EXIT_BAD_INPUT
from rl_trainer_ext.hosts.standalone import terminal
from rl_trainer_ext.runs.evaluations import (
    FILE_NAME,
    Evaluation,
    best_evaluation,
    keep_evaluation,
    read_evaluations,
)
from rl_trainer_ext.training.commands import Evaluate, Export, Film, Stop
from rl_trainer_ext.training.evaluating import EpisodeTally
from rl_trainer_ext.training.snapshot import Failure, RunView, Snapshot

SHORT = ("env.episode_length_s=0.5",)
"""Episodes of 30 steps at most."""

LENGTHS = (1, 10)
"""Lengths of the episodes of two made-up environments."""


def made_up_env(**terms: tuple[bool, bool]) -> SimpleNamespace:
    """Two environments; the terminations that are true are those of every step."""
    manager = SimpleNamespace(active_terms=list(terms), get_term=lambda name: torch.tensor(terms[name]))
    unwrapped = SimpleNamespace(device="cpu", termination_manager=manager)
    return SimpleNamespace(num_envs=2, unwrapped=unwrapped, extras={})


def step_until_done(tally: EpisodeTally) -> None:
    """Steps both made-up environments, with a reward of one a step."""
    step = 0
    while tally.done < tally.episodes:
        step += 1
        tally(torch.ones(2), torch.tensor([step % length == 0 for length in LENGTHS]))


@pytest.mark.parametrize(("episodes", "lengths"), [(4, [1, 1, 10, 10]), (3, [1, 1, 10]), (1, [1])])
def test_short_episodes_do_not_crowd_out_long_ones(episodes, lengths):
    tally = EpisodeTally(made_up_env(), episodes)
    step_until_done(tally)
    found = tally.evaluation("model_1.pt", 7)
    assert found.episodes == episodes
    assert found.mean_length == pytest.approx(sum(lengths) / episodes)
    assert found.mean_return == pytest.approx(found.mean_length)
    variance = sum((length - found.mean_length) ** 2 for length in lengths) / episodes
    assert found.std_return == pytest.approx(math.sqrt(variance))


def test_each_termination_has_its_share_and_success_is_the_one_of_that_name():
    tally = EpisodeTally(made_up_env(time_out=(True, False), task_success=(False, True)), 4)
    step_until_done(tally)
    found = tally.evaluation("model_1.pt", 7)
    assert found.terminations == {"time_out": 0.5, "task_success": 0.5}
    assert found.success_rate == 0.5


def test_success_is_else_what_the_task_logs_of_the_episodes_that_end():
    env = made_up_env(time_out=(True, True))
    tally = EpisodeTally(env, 3)
    env.extras = {"log": {"Metrics/success_rate": 1.0}}
    tally(torch.ones(2), torch.tensor([True, False]))
    env.extras = {"log": {"Metrics/success_rate": torch.tensor(0.5)}}
    tally(torch.ones(2), torch.tensor([True, True]))
    assert tally.evaluation("model_1.pt", 7).success_rate == pytest.approx((1.0 + 2 * 0.5) / 3)


def test_a_task_that_tells_nothing_of_success_has_none():
    tally = EpisodeTally(made_up_env(time_out=(True, True)), 2)
    step_until_done(tally)
    assert tally.evaluation("model_1.pt", 7).success_rate is None


def made_up(checkpoint: str, mean_return: float) -> Evaluation:
    return Evaluation(checkpoint, 10, 5, 42, mean_return, 0.5, 30.0, 1.0, {"time_out": 1.0}, None, 1.0)


def test_evaluations_are_kept_the_newest_of_each_checkpoint(tmp_path):
    for evaluation in (made_up("a.pt", 1.0), made_up("b.pt", 3.0), made_up("a.pt", 2.0), made_up("c.pt", math.nan)):
        keep_evaluation(tmp_path, evaluation)
    kept = {one.checkpoint: one.mean_return for one in read_evaluations(tmp_path)}
    assert list(kept) == ["b.pt", "a.pt", "c.pt"]
    assert kept["a.pt"] == 2.0
    assert math.isnan(kept["c.pt"])
    assert best_evaluation(read_evaluations(tmp_path)) == made_up("b.pt", 3.0)
    json.loads((tmp_path / FILE_NAME).read_text(), parse_constant=pytest.fail)  # JSON has no NaN


@pytest.mark.parametrize(
    "content",
    ["", "{", "[]", "null", '{"evaluations": 3}', '{"evaluations": [3, {"checkpoint": "a.pt", "episodes": "many"}]}'],
)
def test_a_damaged_file_holds_no_evaluations_and_is_replaced(tmp_path, content):
    (tmp_path / FILE_NAME).write_text(content)
    assert read_evaluations(tmp_path) == ()
    keep_evaluation(tmp_path, made_up("a.pt", 1.0))
    assert [one.checkpoint for one in read_evaluations(tmp_path)] == ["a.pt"]


@pytest.mark.slow
@pytest.mark.parametrize("library", ["rsl_rl", "sb3", "skrl"])
def test_a_checkpoint_achieves_the_same_each_time(trainer, headless, library):
    config = CARTPOLE.replace(
        library=library, log_root=headless[library].config.log_root, num_envs=4, speed=0.0, overrides=SHORT
    )
    found = []
    for _ in range(2):
        snapshot = run_to_end(trainer, Evaluate(config, episodes=10))
        assert snapshot.status == "finished", snapshot.failure
        found.append(snapshot.run.evaluations[0])
    assert (found[0].mean_return, found[0].mean_length) == (found[1].mean_return, found[1].mean_length)
    assert found[0].episodes == 10
    assert found[0].std_return > 0.0
    # an episode of Cartpole ends because its time is up, or because the pole or the cart is out of bounds
    assert sum(found[0].terminations.values()) == pytest.approx(1.0)
    run_dir = headless[library].run_dir
    (kept,) = (one for one in read_evaluations(run_dir) if run_dir / one.checkpoint == headless[library].checkpoint)
    assert kept == found[1]


@pytest.mark.slow
def test_all_checkpoints_meet_the_same_episodes_and_a_stop_keeps_what_is_done(trainer, headless):
    run_dir = headless["rsl_rl"].run_dir
    config = CARTPOLE.replace(log_root=headless["rsl_rl"].config.log_root, num_envs=4, speed=0.0, overrides=SHORT)
    alone = run_to_end(trainer, Evaluate(config, episodes=8)).run.evaluations[0]
    listed = {str(one.path.relative_to(run_dir)) for one in runs.list_checkpoints(run_dir)}
    (run_dir / FILE_NAME).unlink()

    trainer.request(Evaluate(config, episodes=8, all_checkpoints=True))
    trainer.tick(SLICE)
    stopped = tick_until(trainer, lambda snapshot: idle(snapshot) or len(snapshot.run.evaluations) == 1)
    assert "episodes" in stopped.activity
    trainer.request(Stop())
    stopped = tick_until(trainer, idle)
    assert stopped.status == "stopped"
    assert [one.checkpoint for one in read_evaluations(run_dir)] == [alone.checkpoint]

    whole = run_to_end(trainer, Evaluate(config, episodes=8, all_checkpoints=True))
    assert (
        {one.checkpoint for one in whole.run.evaluations}
        == listed
        == {one.checkpoint for one in read_evaluations(run_dir)}
    )
    by_name = {one.checkpoint: one for one in whole.run.evaluations}
    assert by_name[alone.checkpoint].mean_return == alone.mean_return
    assert len({one.mean_return for one in whole.run.evaluations}) > 1


@pytest.mark.parametrize("made", ["evaluation", "policy", "film"])
def test_a_result_that_could_not_be_kept_is_refused_before_the_environment(trainer, headless, tmp_path, made):
    with mounted(tmp_path / "läufe") as root:
        checkpoint = (
            shutil.copytree(headless["rsl_rl"].run_dir, root / "rsl_rl" / "cartpole_direct" / "run") / "best.pt"
        )
        subprocess.run(["mount", "-o", "remount,ro", str(root)], check=True)
        config = CARTPOLE.replace(checkpoint=str(checkpoint), num_envs=4)
        film = checkpoint.parent / "videos" / "film.mp4"
        command, folder = {
            "evaluation": (Evaluate(config, episodes=4), checkpoint.parent),
            "policy": (Export(config), checkpoint.parent / "exported"),
            "film": (Film(config, (), film, 10), film.parent),
        }[made]
        snapshot = run_to_end(trainer, command)
        assert snapshot.failure.message.startswith(f"{folder} cannot be written (Read-only file system): ")
        assert snapshot.failure.bad_input
        assert snapshot.steps == 0


@pytest.mark.slow
def test_the_command_line_tells_it_as_a_table_and_as_json(headless, capsys):
    log_root = headless["rsl_rl"].config.log_root
    words = ["eval", "--task", CARTPOLE.task, "--library", "rsl_rl", "--log_root", log_root, "--episodes", "6"]
    assert command_line.main([*words, "--json"]) == 0
    told = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert told["checkpoint"] == str(headless["rsl_rl"].checkpoint)
    assert (told["episodes"], told["num_envs"]) == (6, 6)
    assert {"mean_return", "std_return", "mean_length", "terminations", "success_rate"} <= told.keys()
    assert command_line.main(words) == 0
    heading, row, *_ = capsys.readouterr().out.splitlines()[-2:]
    assert heading.split()[:3] == ["CHECKPOINT", "EPISODES", "RETURN"]
    assert row.startswith(headless["rsl_rl"].checkpoint.name)


def test_what_was_evaluated_is_told_although_it_could_not_be_kept(tmp_path, monkeypatch, capsys):
    run = RunView(CARTPOLE, playing=True, evaluations=(made_up("model_1.pt", 4.5),))
    snapshot = Snapshot(status="failed", run=run, failure=Failure("No space is left."))
    monkeypatch.setattr(terminal, "run", lambda command, verbose: (snapshot, False))
    words = ["eval", "--task", CARTPOLE.task, "--log_root", str(tmp_path)]
    assert command_line.main(words) == EXIT_BAD_INPUT
    printed = capsys.readouterr()
    assert printed.err == "rl-trainer: No space is left.\n"
    assert printed.out.splitlines()[1].split()[:3] == ["model_1.pt", "10", "4.5"]
    assert command_line.main([*words, "--json"]) == EXIT_BAD_INPUT
    (line,) = capsys.readouterr().out.splitlines()
    assert json.loads(line)["evaluations"][0]["mean_return"] == 4.5


def test_no_episodes_are_refused_at_once(tmp_path, capsys):
    words = ["eval", "--task", CARTPOLE.task, "--library", "rsl_rl", "--log_root", str(tmp_path), "--episodes", "0"]
    assert command_line.main(words) == EXIT_BAD_INPUT
    assert "episodes must be a whole number at least 1, not 0" in capsys.readouterr().err

# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The list of runs, clicked and typed at, and what is done with a run, over run directories with real event files."""

from __future__ import annotations

import dataclasses
import json
import shutil
from pathlib import Path

import pytest
from helpers.browsed import DELETE, F2, SHIFT, Z
from helpers.driver import CONTROL, DOWN, ENTER, UP
from helpers.runs_on_disk import make_checkpoint


def test_runs_are_listed_newest_first_and_sorted_by_a_click(browse, three):
    browsed = browse()
    task = "Isaac-Cartpole-Direct"
    assert browsed.rows == [task, "Isaac-Ant", task]
    assert browsed.driver.text("run_created:0") == "1 h ago"
    browsed.driver.click("run_sort:last_reward")
    assert [browsed.driver.text(f"run_last_reward:{number}") for number in range(3)] == ["6", "4", "-"]
    browsed.driver.click("run_sort:last_reward")
    assert [browsed.driver.text(f"run_last_reward:{number}") for number in range(3)] == ["4", "6", "-"]
    again = browse(settings=browsed.settings)
    assert [again.driver.text(f"run_last_reward:{number}") for number in range(3)] == ["4", "6", "-"]


def test_a_column_that_is_added_to_the_registry_is_in_every_list(browse, three, monkeypatch, capfd):
    from rl_trainer_ext.cli import main as cli
    from rl_trainer_ext.runs.columns import COLUMNS, Column

    monkeypatch.setenv("XDG_CACHE_HOME", str(three[0].parents[3] / "cache"))
    length = Column(
        "length", "Letters", "The length of the task's name [count].", 1, lambda run, now: str(len(run.task))
    )
    length = dataclasses.replace(length, value=lambda run: len(run.task))
    COLUMNS.insert(1, length)
    try:
        browsed = browse()
        assert [browsed.driver.text(f"run_length:{number}") for number in range(3)] == ["21", "9", "21"]
        browsed.driver.click("run_sort:length")
        browsed.driver.click("run_sort:length")
        assert browsed.driver.text("run_length:0") == "9"
        root = str(three[0].parents[2])
        assert cli.main(["runs", "--log_root", root]) == 0
        assert [line.split()[1] for line in capfd.readouterr().out.splitlines()] == ["Letters", "21", "9", "21"]
        assert cli.main(["runs", "--log_root", root, "--json"]) == 0
        assert [run["length"] for run in json.loads(capfd.readouterr().out)["runs"]] == [21, 9, 21]
    finally:
        COLUMNS.remove(length)


def test_typing_and_choosing_narrow_the_list_and_are_remembered(browse, three):
    browsed = browse()
    browsed.driver.write("runs_filter", "cartpole")
    assert len(browsed.rows) == 2
    browsed.driver.choose("runs_library", "SB3")
    assert browsed.rows == []
    assert browsed.driver.text("runs_words") == "No run matches the filter."
    again = browse(settings=browsed.settings)
    assert again.driver.text("runs_filter") == "cartpole"
    assert again.driver.chosen("runs_library") == "SB3"
    again.driver.write("runs_filter", "")
    assert again.rows == ["Isaac-Ant"]


def test_clicks_and_keys_select(browse, three):
    browsed = browse()
    browsed.click_row(0)
    browsed.click_row(2, CONTROL)
    assert browsed.selected == [0, 2]
    browsed.click_row(1)
    browsed.click_row(2, SHIFT)
    assert browsed.selected == [1, 2]
    browsed.driver.press(UP)
    assert browsed.selected == [1]
    browsed.driver.press(DOWN)
    assert browsed.selected == [2]


def test_the_run_of_this_program_is_selected_until_the_user_selects_one(browse, three):
    browsed = browse()
    assert browsed.selected == []
    for own in (1, 0):
        browsed.trainer.serve(run_dir=three[own], status="running")
        browsed.settle()
        assert browsed.selected == [own]
    assert browsed.driver.find("run_play").enabled
    browsed.click_row(2)
    browsed.trainer.serve(run_dir=three[1])
    browsed.settle()
    assert browsed.selected == [2]


def test_a_thousand_runs_have_widgets_for_those_in_sight_and_open_at_once(browse, tmp_path, monkeypatch):
    from rl_trainer_ext.runs import RunIndex, reading, run_files

    root = tmp_path / "logs"
    for number in range(1000):
        run_dir = root / "rsl_rl" / "cartpole" / f"{number:04d}"
        run_dir.mkdir(parents=True)
        manifest = {"version": 1, "library": "rsl_rl", "task": f"Task-{number:04d}", "metadata": {}}
        created = f"2026-01-01T{number // 60:02d}:{number % 60:02d}:00+00:00"
        (run_dir / "run.json").write_text(json.dumps(manifest | {"created_at": created}))
    index = RunIndex(root, tmp_path / "cache")
    while not index.refresh():
        pass
    opened: list[Path] = []
    read = run_files.read_run_files
    monkeypatch.setattr(reading, "read_run_files", lambda run, files: (opened.append(run), read(run, files))[1])
    browsed = browse()
    assert browsed.rows[0] == "Task-0999"
    assert len(browsed.rows) < 20
    assert opened == []  # all of it is from the cache
    before = len(list(browsed.driver.widgets()))
    browsed.driver.find("run_list").scroll_y = 24.0 * 500
    browsed.driver.tick()
    assert browsed.rows[1] == "Task-0498"
    assert abs(len(list(browsed.driver.widgets())) - before) < 20
    browsed.click_row(3)
    browsed.driver.press(268)
    assert browsed.rows[0] == "Task-0999"
    assert browsed.selected == [0]


@pytest.mark.parametrize(("width", "columns"), [(700, 8), (420, 4), (320, 2)])
def test_it_fits_where_it_is_narrow(browse, three, width, columns):
    browsed = browse(width=width)
    browsed.click_row(0)
    shown = [widget for widget in browsed.driver.widgets() if widget.identifier.startswith("run_sort:")]
    assert len(shown) == columns
    for tab in ("details", "curves", "parameters"):
        browsed.driver.click(f"runs_tab:{tab}")
        browsed.settle()
        prefixes = ("run_", "compare_", "parameter_", "runs_")
        beyond = {
            widget.identifier
            for widget in browsed.driver.widgets()
            if widget.identifier.startswith(prefixes) and widget.screen_position_x + widget.computed_width > width
        }
        assert not beyond, tab


def test_the_selected_run_shows_its_checkpoints_and_plays_the_chosen_one(browse, three):
    from rl_trainer_ext.training.commands import Play

    browsed = browse()
    assert browsed.driver.shown("run_nothing")
    browsed.click_row(0)
    assert [browsed.driver.text(f"checkpoint_iteration:{number}") for number in range(4)] == ["-", "99", "50", "0"]
    browsed.driver.click("checkpoint_row:2")
    browsed.driver.click("run_play")
    (play,) = browsed.trainer.of(Play)
    assert play.config.checkpoint == str(three[0] / "model_50.pt")
    assert (play.config.task, play.config.library) == ("Isaac-Cartpole-Direct", "rsl_rl")
    assert play.config.agent_entry_point == "rsl_rl_cfg_entry_point"


def test_enter_plays_and_resume_trains_from_the_checkpoint(browse, three):
    from rl_trainer_ext.training.commands import Play, Train

    browsed = browse()
    browsed.click_row(0)
    browsed.driver.press(ENTER)
    assert [play.config.checkpoint for play in browsed.trainer.of(Play)] == [str(three[0] / "best.pt")]
    browsed.driver.click("run_resume")
    (train,) = browsed.trainer.of(Train)
    assert train.config.checkpoint == str(three[0] / "best.pt")
    assert train.config.max_iterations is None


def test_while_one_plays_another_takes_its_place_in_the_same_environment(browse, three):
    from rl_trainer_ext.run_config import RunConfig
    from rl_trainer_ext.training.commands import Play, SwapCheckpoint
    from rl_trainer_ext.training.snapshot import State

    browsed = browse()
    config = RunConfig(task="Isaac-Cartpole-Direct", library="rsl_rl", num_envs=16, checkpoint="latest")
    browsed.trainer.serve(state=State.PLAYING, playing=True, status="running", config=config)
    browsed.click_row(2)
    browsed.driver.click("checkpoint_row:1")
    browsed.driver.click("run_play")
    assert browsed.trainer.of(SwapCheckpoint) == [SwapCheckpoint(three[2] / "model_99.pt")]
    assert browsed.trainer.of(Play) == []
    make_checkpoint(three[1] / "model.zip")
    browsed.click_row(1)
    browsed.driver.click("run_play")
    assert "stop it first" in browsed.message()
    assert len(browsed.trainer.of(SwapCheckpoint)) == 1


def test_follow_plays_the_newest_checkpoint_and_then_each_new_one(browse, three, tmp_path):
    from rl_trainer_ext.run_config import RunConfig
    from rl_trainer_ext.runs import RunRecord
    from rl_trainer_ext.training.commands import Follow, Play
    from rl_trainer_ext.training.snapshot import State

    config = RunConfig(task="Isaac-Cartpole-Direct", library="rsl_rl", num_envs=16)
    RunRecord.begin(three[0], config)
    browsed = browse()
    browsed.click_row(0)
    assert browsed.driver.text("run_status:0") == "running"
    browsed.driver.click("run_follow")
    (play,) = browsed.trainer.of(Play)
    assert browsed.trainer.of(Follow) == []
    browsed.trainer.serve(state=State.PLAYING, playing=True, status="running", config=play.config)
    browsed.driver.tick()
    assert browsed.trainer.of(Follow) == [Follow(three[0])]
    browsed.trainer.serve(following=three[0])
    browsed.driver.tick()
    assert browsed.driver.text("run_follow") == "Unfollow"
    browsed.driver.click("run_follow")
    assert browsed.trainer.of(Follow)[-1] == Follow(None)


def test_a_running_training_says_that_it_is_and_cannot_be_deleted(browse, three):
    from rl_trainer_ext.run_config import RunConfig
    from rl_trainer_ext.runs import RunRecord

    RunRecord.begin(three[0], RunConfig(task="Isaac-Cartpole-Direct", library="rsl_rl"))
    browsed = browse()
    browsed.click_row(0)
    browsed.driver.click("run_delete")
    assert "stop it first" in browsed.message()
    assert three[0].is_dir()


def test_delete_and_undo(browse, three):
    browsed = browse()
    browsed.click_row(1)
    browsed.driver.press(DELETE)
    assert not three[1].exists()
    assert len(browsed.rows) == 2
    assert browsed.selected == [1]
    browsed.driver.click("runs_undo")
    assert three[1].is_dir()
    assert len(browsed.rows) == 3


def test_an_undo_that_fails_for_one_run_is_told_and_undoes_the_others(browse, three):
    browsed = browse()
    browsed.click_row(0)
    browsed.click_row(2, SHIFT)
    browsed.driver.press(DELETE)
    three[0].mkdir()
    browsed.driver.click("runs_undo")
    assert f"{three[0]} is there again: move that away first." in browsed.message()
    assert [any(run_dir.iterdir()) for run_dir in three] == [False, True, True]


def test_a_name_that_cannot_be_taken_back_is_not_said_to_be(browse, three):
    browsed = browse()
    browsed.click_row(0)
    browsed.driver.write("run_name", "mine")
    browsed.driver.press(ENTER)
    assert "Renamed to mine." in browsed.message()
    shutil.rmtree(three[0])
    browsed.driver.click("runs_undo")
    assert "cannot be labelled (No such file or directory)" in browsed.message()


def test_what_was_done_is_taken_back_one_by_one_with_control_z(browse, three):
    browsed = browse()
    browsed.click_row(0)
    browsed.click_row(1, SHIFT)
    browsed.driver.click("run_archive")
    assert len(browsed.rows) == 1
    browsed.click_row(0)
    browsed.driver.press(DELETE)
    assert browsed.rows == []
    for expected in (1, 3):
        browsed.driver.hold(CONTROL, True)
        browsed.driver.press(Z)
        browsed.driver.hold(CONTROL, False)
        browsed.driver.tick()
        assert len(browsed.rows) == expected
    assert all(run_dir.is_dir() for run_dir in three)


def test_archived_runs_are_listed_apart(browse, three):
    browsed = browse()
    browsed.click_row(0)
    browsed.driver.click("run_archive")
    browsed.driver.click("runs_archived")
    assert len(browsed.rows) == 1
    browsed.click_row(0)
    assert browsed.driver.text("run_archive") == "Unarchive"
    browsed.driver.click("run_archive")
    assert browsed.rows == []


def test_f2_renames_and_tags_are_found_by_the_filter(browse, three):
    browsed = browse()
    browsed.click_row(0)
    browsed.driver.press(F2)
    browsed.driver.type("first try")
    browsed.driver.press(ENTER)
    assert browsed.rows[0] == "first try · Isaac-Cartpole-Direct"
    browsed.driver.write("run_tags", "paper, v2")
    browsed.driver.write("runs_filter", "v2")
    assert browsed.rows == ["first try · Isaac-Cartpole-Direct  #paper  #v2"]
    labels = json.loads((three[0] / "labels.json").read_text())
    assert (labels["name"], labels["tags"]) == ("first try", ["paper", "v2"])

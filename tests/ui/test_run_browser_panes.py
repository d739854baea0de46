# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Below the list of runs: parameters, curves, files and TensorBoard; what is shown where something is missing."""

from __future__ import annotations

import gc
import json
import math
import os
import time
import urllib.request
import weakref
from pathlib import Path

import numpy as np
import pytest
from helpers.browsed import DELETE, MODELS, ChildJobDouble
from helpers.counting import calls
from helpers.driver import CONTROL, A
from helpers.runs_on_disk import make_checkpoint, make_run
from rl_trainer_ext.runs.damage import find_damage
from rl_trainer_ext.runs.evaluations import Evaluation, keep_evaluation
from rl_trainer_ext.training.commands import Play, Train


def test_two_runs_show_the_parameters_that_differ(browse, three):
    browsed = browse()
    agent = three[2] / "params" / "agent.yaml"
    agent.write_text(agent.read_text() + "algorithm:\n  gamma: 0.9\n")
    browsed.click_row(0)
    browsed.click_row(2, CONTROL)
    browsed.driver.click("runs_tab:parameters")
    browsed.settle()
    assert browsed.driver.text("parameter_key:0") == "agent.algorithm.gamma"
    assert [browsed.driver.text(f"parameter_value:0:{number}") for number in (0, 1)] == ["absent", "0.9"]
    assert browsed.driver.text("parameter_count") == "1 of 1 differ"
    browsed.driver.write("parameter_filter", "nothing")
    assert "No parameter matches" in browsed.driver.text("parameter_words")


def test_curves_are_drawn_smoothed_and_written(browse, three):
    browsed = browse()
    browsed.click_row(0)
    browsed.click_row(2, CONTROL)
    browsed.driver.click("runs_tab:curves")
    browsed.settle()
    assert browsed.driver.shown("chart")
    assert [browsed.driver.text(f"legend_value:{number}") for number in (0, 1)] == ["4", "6"]
    browsed.driver.find("compare_smoothing").model.set_value(0.9)
    browsed.settle()
    assert float(browsed.driver.text("legend_value:0")) < 4
    browsed.driver.choose("compare_axis", "Time")
    browsed.settle()
    for button, ending in (("compare_csv", ".csv"), ("compare_png", ".png")):
        browsed.driver.click(button)
        browsed.driver.tick()
        written = Path(browsed.message().removeprefix("Written to "))
        assert written.suffix == ending
        assert written.stat().st_size > 100
    assert (browsed.settings.values["compare_smoothing"], browsed.settings.values["compare_axis"]) == (
        0.9,
        "WALL_TIME",
    )


def test_curves_make_room_for_their_legend(browse, tmp_path):
    # the lowest label lies at the very bottom, and must not hold the chart as high as it was
    make_run(tmp_path / "logs", rewards=[0.8, 20.0], models=MODELS)
    browsed = browse()
    browsed.click_row(0)
    browsed.driver.click("runs_tab:curves")
    browsed.settle()
    legend = browsed.driver.find("legend_label:0")
    assert legend.screen_position_y + legend.computed_height <= 700
    before = browsed.driver.find("chart_area").computed_height
    browsed.windows[0].height = 600
    browsed.settle()
    assert browsed.driver.find("chart_area").computed_height < before


def test_the_mouse_reads_values_off_the_curves(browse, three):
    from omni.ui import testing

    browsed = browse()
    browsed.click_row(0)
    browsed.driver.click("runs_tab:curves")
    browsed.settle()
    area = browsed.driver.find("chart_area")
    left, top = area.screen_position_x, area.screen_position_y + 40
    # outside Kit omni.ui tells of a mouse that moves only while a button is down
    browsed.driver.act(testing.mouse_drag(left + 5, top, left + area.computed_width / 2, top, steps=4))
    browsed.driver.tick()
    assert browsed.driver.text("compare_caption") == "At iteration 1"
    assert browsed.driver.text("legend_value:0") == "2"


def test_a_curve_follows_a_training_that_goes_on(browse, three):
    from helpers.runs_on_disk import write_events
    from rl_trainer_ext.run_config import RunConfig
    from rl_trainer_ext.runs import RunRecord

    record = RunRecord.begin(three[0], RunConfig(task="Isaac-Cartpole-Direct", library="rsl_rl"))
    browsed = browse()
    browsed.click_row(0)
    browsed.driver.click("runs_tab:curves")
    browsed.settle()
    assert browsed.driver.text("legend_value:0") == "4"
    write_events(three[0], "Train/mean_reward", [3, 4], [8.0, 9.0])
    make_checkpoint(three[0] / "model_100.pt")
    record.update(iterations=5, steps=320, seconds=5.0, at_once=True)
    browsed.clock[0] += 5
    browsed.settle()
    assert browsed.driver.text("legend_value:0") == "9"
    browsed.driver.click("runs_tab:details")
    assert browsed.driver.text("checkpoint_iteration:1") == "100"


def test_a_run_without_manifest_is_shown_and_says_what_to_do(browse, three):
    make_run(three[0].parents[2], "old", manifest=False, models=["model_9.pt"], experiment="somewhere")
    browsed = browse()
    browsed.driver.write("runs_filter", "somewhere")
    assert browsed.rows == ["somewhere/old"]
    browsed.click_row(0)
    assert "manifest" in browsed.driver.text("run_problem")
    browsed.driver.click("run_play")
    assert "choose the task in the panel" in browsed.message()


def test_names_that_are_no_text_or_have_no_end_are_shown(browse, three):
    from helpers.runs_on_disk import write_record
    from rl_trainer_ext.training.commands import Play, Train

    strange = three[0].rename(three[0].with_name(os.fsdecode(b"l\xe4ufe " + b"x" * 200)))
    write_record(strange / "events.out.tfevents.1.foreign", b"no event")
    (strange / "labels.json").write_text(json.dumps({"name": "\udc80 " + "名前" * 100, "tags": ["\ud800"]}))
    browsed = browse(width=320)
    browsed.click_row(0)
    browsed.click_row(2, CONTROL)
    for tab in ("curves", "parameters", "details"):
        browsed.driver.click(f"runs_tab:{tab}")
        browsed.settle()
        assert browsed.selected == [0, 2]
    browsed.click_row(0)
    problem = browsed.driver.find("run_problem")
    assert problem.text.startswith(str(browsed.root))
    assert problem.text.endswith("): check that it is there and may be read.")
    assert problem.computed_height < 150
    for button in ("run_play", "run_resume"):
        browsed.driver.click(button)
        assert browsed.message().startswith("A folder name is not valid UTF-8. Rename the folder to use ")
    assert not [command for command in browsed.trainer.commands if isinstance(command, Play | Train)]
    browsed.driver.click("run_copy")
    assert "l?ufe" in browsed.desktop.done[0][1]
    browsed.driver.press(DELETE)
    assert not strange.exists()
    browsed.driver.click("runs_undo")
    assert strange.is_dir()


def test_an_empty_and_a_missing_log_root_say_so(browse, tmp_path):
    (tmp_path / "logs").mkdir()
    browsed = browse()
    assert browsed.driver.text("runs_words").startswith(f"No runs in {tmp_path / 'logs'} yet.")
    missing = browse(root=tmp_path / "elsewhere")
    assert missing.rows == []
    assert str(tmp_path / "elsewhere") in missing.driver.text("runs_words")


def test_paths_are_copied_and_files_shown(browse, three):
    browsed = browse()
    browsed.click_row(0)
    browsed.driver.click("run_copy")
    browsed.driver.click("run_reveal")
    best = str(three[0] / "best.pt")
    assert browsed.desktop.done == [("copy", best), ("reveal", best)]
    absent = {"run_export", "run_leapp", "run_film", "run_evaluate", "run_evaluate_all"}
    assert not absent & browsed.driver.identifiers()


@pytest.mark.parametrize(("button", "every"), [("run_evaluate", False), ("run_evaluate_all", True)])
def test_evaluations_are_begun_by_their_buttons(browse, three, button, every):
    asked = []

    def evaluate(config, wanted):
        asked.append((config.checkpoint, wanted))
        return ChildJobDouble()

    browsed = browse(services={"evaluate": evaluate})
    browsed.click_row(0)
    browsed.driver.click(button)
    assert asked == [(str(three[0] / "best.pt"), every)]


@pytest.mark.parametrize("width", [1000, 800, 320])
def test_the_details_fit_beside_the_curves_and_in_a_narrow_dock(browse, three, width):
    offered = dict.fromkeys(("export", "leapp", "film", "evaluate"), lambda *arguments: None)
    browsed = browse(width=width, services=offered)
    browsed.click_row(0)
    browsed.settle()
    driver = browsed.driver
    place = driver.find("run_facts")
    right = place.screen_position_x + (350 if width >= 800 else width - 16)
    for identifier in ("run_export", "run_copy", "run_delete", "run_tags", "checkpoint_saved:0", "checkpoint_row:0"):
        widget = driver.find(identifier)
        assert widget.screen_position_x + widget.computed_width <= right + 1, identifier
    assert driver.find("checkpoint_kind:0").computed_width >= 30  # room for "final"


def test_the_checkpoints_show_what_they_achieved_as_soon_as_it_is_known(browse, three):
    browsed = browse()
    browsed.click_row(0)

    def row(number):
        texts = {name: browsed.driver.text(f"checkpoint_{name}:{number}") for name in ("kind", "return", "iteration")}
        return texts["iteration"], texts["kind"], texts["return"]

    assert [row(number)[1:] for number in range(4)] == [("best", "-"), ("final", "-"), ("", "-"), ("", "-")]
    for name, achieved in (("model_50.pt", 3.25), ("model_99.pt", 4.5), ("model_0.pt", math.nan)):
        keep_evaluation(three[0], Evaluation(name, 10, 5, 42, achieved, 0.5, 30.0, 1.0, {"time_out": 0.25}, 0.5, 1.0))
    end = time.monotonic() + 60.0
    while row(3)[2] == "-" and time.monotonic() < end:  # the file is looked at once a second
        browsed.driver.tick(1)
    rows = [row(number) for number in range(4)]
    assert [one[1:] for one in rows] == [("best", "-"), ("final, best evaluated", "4.5"), ("", "3.25"), ("", "NaN")]
    browsed.click_row(2)
    browsed.driver.tick(2)
    assert browsed.driver.text("checkpoint_return:0") == "-"


@pytest.mark.parametrize("service", ["export", "leapp", "film"])
def test_a_job_on_the_files_of_a_run_is_begun_by_its_button_and_told(browse, three, service):
    jobs, asked = [], []

    def begin(what):
        asked.append(what)
        jobs.append(ChildJobDouble())
        return jobs[-1]

    browsed = browse(services={service: begin})
    browsed.click_row(0)
    browsed.driver.click(f"run_{service}")
    assert asked[0] == three[0] if service == "film" else asked[0].checkpoint == str(three[0] / "best.pt")
    jobs[0].progress = "half of it"
    browsed.driver.tick()
    assert browsed.driver.text("runs_message") == "Working on it… half of it"
    browsed.driver.click(f"run_{service}")
    assert len(jobs) == 1
    assert "has not ended: wait for it" in browsed.driver.text("runs_message")
    jobs[0].outcome, jobs[0].done = "Wrote two files", True
    browsed.driver.tick()
    assert browsed.driver.text("runs_message") == "Wrote two files"
    browsed.driver.click(f"run_{service}")
    jobs[1].problem = "It could not be done."
    browsed.driver.tick()
    assert browsed.driver.text("runs_message") == "It could not be done."


def test_tensorboard_says_where_it_is(browse, three):
    browsed = browse()
    browsed.driver.click("runs_tensorboard")
    assert browsed.driver.text("tensorboard_text") == "TensorBoard is starting…"
    browsed.board.url, browsed.board.running_elsewhere = "http://localhost:6006/", True
    browsed.driver.tick()
    assert browsed.driver.text("tensorboard_text") == "TensorBoard is running already at http://localhost:6006/"
    browsed.driver.click("tensorboard_open")
    browsed.driver.click("tensorboard_copy")
    assert browsed.desktop.done == [("open", "http://localhost:6006/"), ("copy", "http://localhost:6006/")]


@pytest.mark.slow
def test_the_real_tensorboard_answers_at_its_link_until_it_is_closed(browse, three):
    from rl_trainer_ext.hosts.processes.tensorboard import TensorBoard

    board = TensorBoard(three[0].parents[2])
    try:
        browsed = browse(board=board)
        browsed.driver.click("runs_tensorboard")
        end = time.monotonic() + 60
        while board.starting and time.monotonic() < end:
            browsed.driver.tick(1)
        browsed.driver.tick(1)
        assert browsed.driver.text("tensorboard_text") == f"TensorBoard runs at {board.url}"
        url, opener = board.url, urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(url, timeout=60) as answer:
            assert answer.status == 200
        browsed.driver.click("tensorboard_close")
        with pytest.raises(OSError, match="refused"):
            opener.open(url, timeout=60)
    finally:
        board.stop()


@pytest.mark.parametrize("width", [320, 700])
@pytest.mark.parametrize("how", ["cut", "flipped"])
def test_a_damaged_checkpoint_is_marked_and_refused_with_its_sentence(browse, three, how, width):
    path = three[0] / "model_99.pt"
    content = path.read_bytes()
    at = content.index(b"num_timesteps")
    path.write_bytes(content[:-30] if how == "cut" else content[:at] + b"N" + content[at + 1 :])
    sentence = find_damage(path)
    assert sentence
    browsed = browse(width=width)
    browsed.click_row(0)
    browsed.settle()
    driver = browsed.driver
    prefix = "checkpoint_kind:"
    kinds = {w.text: w.identifier.removeprefix(prefix) for w in driver.widgets() if w.identifier.startswith(prefix)}
    row = f"checkpoint_row:{kinds['damaged']}"
    assert " ".join(driver.find(row).tooltip.split()).startswith(sentence)
    assert not driver.find(row).selected
    driver.click(row)
    for button in ("run_play", "run_resume"):
        browsed.browser._actions.message = None
        driver.tick(2)
        driver.click(button)
        assert browsed.message() == sentence
    assert browsed.trainer.of(Play) == browsed.trainer.of(Train) == []


def test_an_idle_browser_costs_next_to_nothing(browse, three):
    browsed = browse()
    browsed.click_row(0)
    browsed.driver.click("runs_tab:curves")
    browsed.settle()
    assert max(calls(browsed.browser.update) for _ in range(20)) < 150  # filling the rows in sight takes more


def test_nothing_of_a_browser_stays_when_it_is_closed(browse, three):
    browsed = browse()
    browsed.click_row(0)
    for tab in ("curves", "parameters", "details"):
        browsed.driver.click(f"runs_tab:{tab}")
        browsed.settle()
    parts = [browsed.browser, browsed.browser._table, browsed.browser._comparison, browsed.browser._details]
    alive = [weakref.ref(part) for part in parts]
    parts.clear()
    browsed.close()
    gc.collect()
    assert [type(part()).__name__ for part in alive if part() is not None] == []


def test_the_newest_videos_are_shown_as_pictures_and_played(browse, three, tmp_path):
    folder = three[0] / "videos"
    for index, name in enumerate(("a.mp4", "b.mp4", "train/c.mp4", "d.mp4")):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")
        os.utime(path, (1_000 + index, 1_000 + index))
    asked = []

    def thumbnail(path, width):
        asked.append(path)
        return lambda: np.full((54, width, 4), (30, 160, 90, 255), np.uint8)

    browsed = browse(services={"thumbnail": thumbnail})
    browsed.click_row(0)
    browsed.driver.tick(10)
    assert [path.name for path in asked] == ["d.mp4", "c.mp4", "b.mp4"]
    assert browsed.driver.text("videos_more") == "+1"
    browsed.driver.click("video_1")
    assert browsed.desktop.done == [("play", str(folder / "train" / "c.mp4"))]
    browsed.click_row(1)
    browsed.driver.tick(10)
    assert not browsed.driver.shown("video_0")


def test_a_run_whose_rewards_were_changed_is_named_and_no_seed_of_the_others(browse, tmp_path):
    from rl_trainer_ext.run_config import RunConfig
    from rl_trainer_ext.runs import RunRecord
    from rl_trainer_ext.runs.reward_changes import RewardChange

    for name in ("a", "b", "c"):
        run_dir = make_run(tmp_path / "logs", name, rewards=[0.8, 20.0], models=MODELS)
    record = RunRecord.begin(run_dir, RunConfig(task="Isaac-Cartpole-Direct", library="rsl_rl"))
    record.reward_changes = (RewardChange("alive", 1.0, 2.5, 12, 768, 1e12),)
    record.write()
    browsed = browse()
    browsed.click_row(0)
    assert "Reward weights changed while it ran: alive 1 to 2.5 at iteration 12" in browsed.driver.text("run_facts")
    browsed.browser.key_pressed(A, 2, True)  # with Control
    browsed.driver.click("runs_tab:curves")
    browsed.settle()
    browsed.driver.click("compare_mean")
    browsed.settle()
    labels = [browsed.driver.text(f"legend_label:{number}") for number in range(2)]
    assert sum("(reward weights changed)" in label for label in labels) == 1
    assert sum("mean of 2" in label for label in labels) == 1
    mark, chart = browsed.driver.find("chart_mark:0"), browsed.driver.find("chart_area")
    assert mark.tooltip == "alive 1 to 2.5 at iteration 12"
    # changed after the last point that was logged
    right = chart.screen_position_x + chart.computed_width
    assert mark.screen_position_x + mark.computed_width / 2 == pytest.approx(right, abs=3)
    browsed.click_row(2)
    browsed.settle()
    assert not browsed.driver.shown("chart_mark:0")

# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Where a training runs, and which of the runs elsewhere the panel shows."""

from __future__ import annotations

from pathlib import Path

import pytest
from helpers.recording_trainer import SettingsInMemory
from rl_trainer_ext.errors import UserError
from rl_trainer_ext.run_config import RunConfig
from rl_trainer_ext.training.commands import Describe, Pause, Play, ShowRun, Train
from rl_trainer_ext.training.snapshot import RunElsewhere, State
from rl_trainer_ext.training.where import LOCAL, Where, WhereKind, WhereOption

PLACES = (
    WhereOption(WhereKind.LOCAL, "This simulator", ""),
    WhereOption(WhereKind.PROCESS, "Process of its own", "It cannot be paused."),
    WhereOption(WhereKind.GPUS, "All GPUs", "Each GPU simulates all environments."),
    WhereOption(WhereKind.RAY, "Ray cluster", "A job."),
)
RUNS = (
    RunElsewhere("job_1", "Isaac-Ant one", "All GPUs", "finished", Path("/logs/.jobs/job_1/output.txt")),
    RunElsewhere("job_2", "Isaac-Ant two", "All GPUs", "running", Path("/logs/.jobs/job_2/output.txt")),
)


@pytest.fixture
def settings() -> SettingsInMemory:
    return SettingsInMemory(task="Isaac-Cartpole")


def test_the_same_configuration_goes_to_each_place(show, settings):
    shown = show(settings=settings, places=PLACES)
    shown.driver.click("train")
    for label, kind in (("Process of its own", WhereKind.PROCESS), ("This simulator", WhereKind.LOCAL)):
        shown.driver.choose("where", label)
        shown.driver.click("train")
        assert shown.trainer.of(Train)[-1].where == Where(kind)
    assert len({train.config for train in shown.trainer.of(Train)}) == 1
    assert shown.trainer.of(Train)[0].where == LOCAL


def test_each_place_shows_what_it_needs_and_what_is_different(show, settings):
    shown = show(settings=settings, places=PLACES)
    parts = ("num_gpus", "ray_address", "ray_num_gpus", "ray_runtime_env", "ray_storage", "where_note")
    for label, visible in (
        ("This simulator", (False, False, False, False, False, False)),
        ("Process of its own", (False, False, False, False, False, True)),
        ("All GPUs", (True, False, False, False, False, True)),
        ("Ray cluster", (False, True, True, True, True, True)),
    ):
        shown.driver.choose("where", label)
        assert tuple(map(shown.driver.shown, parts)) == visible, label
    ray = Where(WhereKind.RAY, 4, "http://127.0.0.1:8265", "/home/me/token", "cluster.yaml", "s3://b/runs")
    shown.driver.write("ray_address", " http://127.0.0.1:8265 ")
    shown.driver.write("ray_token_file", "/home/me/token")
    shown.driver.write("ray_runtime_env", "cluster.yaml")
    shown.driver.write("ray_storage", "s3://b/runs")
    shown.driver.write("ray_num_gpus", "4")
    shown.driver.click("train")
    assert shown.trainer.of(Train)[-1].where == ray
    shown.driver.choose("where", "All GPUs")
    shown.driver.write("num_gpus", "2")
    shown.driver.click("train")
    assert shown.trainer.of(Train)[-1].where == Where(WhereKind.GPUS, 2)
    shown.driver.click("play")
    assert len(shown.trainer.of(Play)) == 1
    again = show(settings=settings, places=PLACES)  # a later program
    again.driver.click("train")
    assert again.trainer.of(Train)[-1].where == Where(WhereKind.GPUS, 2)
    again.driver.choose("where", "Ray cluster")
    again.driver.click("train")
    assert again.trainer.of(Train)[-1].where == ray


def test_a_cluster_may_have_a_gpu_where_this_machine_has_none(show, settings):
    shown = show(settings=settings, places=PLACES)
    shown.trainer.serve(devices=("cpu",))
    shown.driver.tick()
    shown.driver.click("train")
    assert shown.trainer.of(Train)[-1].config.device == "cpu"
    shown.driver.choose("where", "Ray cluster")
    shown.driver.click("train")
    assert shown.trainer.of(Train)[-1].config.device == "cuda:0"
    assert [(asked.device, asked.elsewhere) for asked in shown.trainer.of(Describe)][-1] == ("cuda:0", True)
    shown.driver.choose("where", "This simulator")
    shown.driver.click("train")
    assert shown.trainer.of(Train)[-1].config.device == "cpu"


@pytest.mark.parametrize(("text", "sentence"), [("0", "at least 1"), ("two", "whole number")])
def test_a_wrong_number_of_gpus_is_one_sentence(show, settings, text, sentence):
    shown = show(settings=settings, places=PLACES)
    shown.driver.choose("where", "All GPUs")
    shown.driver.write("num_gpus", text)
    shown.driver.click("train")
    assert sentence in shown.driver.text("error_message")
    assert not shown.trainer.of(Train)


def test_a_command_chooses_the_place_and_a_panel_without_engines_offers_none(show, settings):
    shown = show(settings=settings, places=PLACES)
    config = RunConfig("Isaac-Cartpole", "rsl_rl")
    shown.panel.start(Train(config, Where(WhereKind.GPUS, 3)))
    assert shown.trainer.of(Train)[-1].where == Where(WhereKind.GPUS, 3)
    assert not show(settings=SettingsInMemory()).driver.shown("where")


def test_runs_elsewhere_are_a_list_and_the_shown_one_cannot_be_paused(show, settings):
    opened: list[Path] = []

    def open_file(path: Path, line: int = 1) -> str:
        opened.append(path)
        if len(opened) > 1:
            raise UserError(f"No editor can be opened here: the file is {path}")
        return ""

    shown = show(settings=settings, places=PLACES, open_file=open_file)
    assert not shown.driver.shown("shown_run")
    running = {"state": State.TRAINING, "status": "running", "simulator_is_free": True}
    shown.trainer.serve(elsewhere=RUNS, shown_elsewhere="job_2", **running)
    shown.driver.tick()
    assert not shown.driver.find("pause").enabled
    assert shown.driver.find("stop").enabled
    assert shown.driver.find("train").enabled  # another one, here or elsewhere
    shown.driver.choose("shown_run", "In this simulator")
    assert shown.trainer.of(ShowRun)[-1] == ShowRun("")
    assert not shown.trainer.of(Pause)
    shown.driver.click("run_log")
    shown.driver.click("run_log")
    assert opened == [RUNS[1].log] * 2
    assert str(RUNS[1].log) in shown.driver.text("run_log_problem")


@pytest.mark.parametrize("width", [720, 320])
@pytest.mark.parametrize(
    ("place", "fields"),
    [
        ("All GPUs", ["num_gpus"]),
        ("Ray cluster", ["ray_address", "ray_token_file", "ray_runtime_env", "ray_storage", "ray_num_gpus"]),
    ],
)
def test_it_fits(show, settings, width, place, fields, tmp_path):
    shown = show(settings=settings, places=PLACES, width=width)
    shown.driver.choose("where", place)
    shown.trainer.serve(elsewhere=RUNS, shown_elsewhere="job_2", state=State.TRAINING, status="running")
    shown.driver.tick()
    for identifier in ("where", *fields, "where_note", "shown_run"):
        widget = shown.driver.find(identifier)
        assert widget.screen_position_x + widget.computed_width <= width, identifier
        assert not widget.enabled or identifier in ("where_note", "shown_run"), identifier
    shown.driver.screenshot(tmp_path / f"where_{width}.png")

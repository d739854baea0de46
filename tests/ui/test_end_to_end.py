# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The real panel on the real trainer: what a person clicks and types trains real Isaac Lab tasks."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from helpers.counting import TickingClock
from helpers.driver import let_frames_pass
from helpers.person import Person
from helpers.runs_on_disk import make_run
from helpers.sweeps_on_disk import make_sweep
from rl_trainer_ext.frames.sharing import RenderMode
from rl_trainer_ext.hosts.processes.job_main import EXIT, PROCESSES
from rl_trainer_ext.hosts.standalone.settings import FileSettings
from rl_trainer_ext.run_config import RunConfig
from rl_trainer_ext.runs.jobs import JobFolder
from rl_trainer_ext.runs.process import Process
from rl_trainer_ext.training.commands import SetRenderMode, Train
from rl_trainer_ext.training.snapshot import State
from rl_trainer_ext.training.sweep.trials import Trial
from rl_trainer_ext.training.where import Where, WhereKind

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def settings_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("settings") / "settings.json"


@pytest.fixture(scope="module")
def log_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("logs")


@pytest.fixture
def person(omni_ui: Any, settings_file: Path, log_root: Path) -> Iterator[Person]:
    from rl_trainer_ext.hosts.standalone.host import StandaloneApp

    app = StandaloneApp(FileSettings(settings_file), log_root=str(log_root))
    yield Person(app)
    width = app.windows.panel_width
    app.close()
    let_frames_pass()
    assert width is None or FileSettings(settings_file).get("panel_width") == width


def test_a_first_training_from_an_empty_panel_to_a_playing_policy(person: Person, log_root: Path) -> None:
    driver = person.driver
    driver.tick(1)
    assert person.enabled() == set()  # Isaac Lab is loading
    person.wait_for(State.IDLE)
    assert person.enabled() == set()  # no task is chosen

    driver.click("task")
    driver.type("cartpole direct")
    driver.click("task:Isaac-Cartpole-Direct")
    assert driver.text("task_name") == "Isaac-Cartpole-Direct"
    assert driver.options("library") == ["RSL-RL", "Stable-Baselines3", "skrl", "RL-Games"]
    driver.choose("library", "RSL-RL")
    person.wait(lambda snapshot: snapshot.details is not None)
    assert driver.text("num_envs") == "64"
    assert person.enabled() == {"train", "play"}

    driver.write("num_envs", "16")
    driver.write("max_iterations", "1000")
    driver.write("seed", "3")
    driver.click("train")
    person.wait(lambda _: driver.text("activity").startswith("Creating environment") and person.enabled() == {"stop"})
    person.wait_for(State.TRAINING)
    assert person.enabled() == {"pause", "stop"}
    person.wait(lambda snapshot: snapshot.iteration >= 3 and snapshot.mean_reward is not None)
    assert driver.text("progress_text").endswith("of 1,000")
    assert driver.text("plot_reward_value") not in ("", "-")

    driver.click("pause")
    paused = person.wait_for(State.PAUSED)
    assert driver.text("pause") == "Continue"
    driver.tick(5)
    assert person.app.trainer.snapshot().steps == paused.steps
    driver.click("pause")
    person.wait(lambda snapshot: snapshot.steps > paused.steps)

    driver.click("stop")
    stopped = person.wait_for(State.IDLE)
    assert stopped.status == "stopped"
    assert stopped.config == RunConfig(
        task="Isaac-Cartpole-Direct",
        library="rsl_rl",
        num_envs=16,
        max_iterations=1000,
        seed=3,
        device="cpu",
        log_root=str(log_root),
    )
    assert stopped.checkpoint.is_file()
    assert stopped.checkpoint.name in driver.text("notice")

    driver.click("play")
    playing = person.wait(lambda s: s.state is State.PLAYING and s.steps > 0)
    assert playing.checkpoint == stopped.checkpoint
    assert person.enabled() == {"pause", "stop"}
    driver.click("stop")
    assert person.wait_for(State.IDLE).status == "stopped"


def test_choices_are_there_at_the_next_start_and_another_library_trains(person: Person) -> None:
    driver = person.driver
    person.wait_for(State.IDLE)
    assert driver.text("task_name") == "Isaac-Cartpole-Direct"
    assert driver.text("num_envs") == "16"
    assert driver.text("seed") == "3"
    driver.choose("library", "Stable-Baselines3")
    driver.write("max_iterations", "2")
    driver.click("train")
    finished = person.wait_for(State.IDLE)
    assert finished.status == "finished"
    assert finished.config.library == "sb3"
    assert finished.checkpoint.name == "model.zip"


def test_numbers_that_rl_games_cannot_split_are_told_with_numbers_that_fit(person: Person) -> None:
    driver = person.driver
    person.wait_for(State.IDLE)
    driver.choose("library", "RL-Games")
    person.wait(lambda snapshot: snapshot.details is not None and snapshot.details.library == "rl_games")
    driver.write("num_envs", "16")
    driver.write("max_iterations", "1")
    driver.click("train")
    assert person.wait_for(State.IDLE).failure.bad_input
    advice = "agent.params.config.minibatch_size=512"
    assert f"use 512 environments, or add {advice} to the overrides" in driver.text("error_message")

    driver.find("section_advanced").collapsed = False
    driver.tick(3)
    driver.write("overrides", f"{advice} agent.params.config.torch_compile=False")
    driver.click("train")
    finished = person.wait_for(State.IDLE)
    assert (finished.failure, finished.status, finished.checkpoint.parent.name) == (None, "finished", "nn")
    driver.write("overrides", "")
    driver.find("section_advanced").collapsed = True
    driver.tick(3)
    driver.choose("library", "Stable-Baselines3")


def test_what_goes_wrong_is_told_and_the_panel_stays_usable(person: Person) -> None:
    driver = person.driver
    person.wait_for(State.IDLE)
    driver.write("num_envs", "0")
    driver.click("train")
    assert "Environments must be a whole number from 1" in driver.text("error_message")
    driver.write("num_envs", "16")

    driver.write("checkpoint", "/no/such/model.zip")
    driver.click("play")
    failed = person.wait_for(State.IDLE)
    assert failed.failure.bad_input
    assert "/no/such/model.zip does not exist" in driver.text("error_message")
    driver.click("error_dismiss")
    assert not driver.shown("failure")

    driver.write("checkpoint", "")
    driver.click("train")
    assert person.wait_for(State.IDLE).status == "finished"


class _Hostile:
    def __init__(self, note: Path) -> None:
        self.note = note

    def __reduce__(self) -> tuple:
        return Path.touch, (self.note,)


def test_a_file_that_could_run_code_runs_none_until_trust_is_clicked(
    person: Person, log_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch
    from rl_trainer_ext.learners import trust

    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setattr(trust, "_of_this_process", set())
    driver, note = person.driver, tmp_path / "executed"
    person.wait_for(State.IDLE)
    driver.choose("library", "RSL-RL")
    driver.write("num_envs", "16")
    driver.write("max_iterations", "1")
    driver.click("train")
    honest = person.wait_for(State.IDLE).checkpoint
    assert honest is not None
    hostile = tmp_path / "model_0.pt"
    torch.save({**torch.load(honest, weights_only=True), "infos": _Hostile(note)}, hostile)

    driver.write("checkpoint", str(hostile))
    driver.click("resume_from")
    person.driver.tick(30)  # the checkpoint to resume from is looked up
    for button in ("train", "play"):
        driver.click(button)
        assert "could run code" in person.wait_for(State.IDLE).failure.message
        assert "could run code" in driver.text("error_message")
    driver.click("error_dismiss")
    assert not note.exists()

    driver.click("play")
    person.wait_for(State.IDLE)
    driver.click("error_trust")
    person.wait(lambda snapshot: snapshot.state is State.PLAYING and snapshot.steps > 0)
    assert note.exists()
    assert trust.remembered() == {trust.digest(hostile)}
    driver.click("stop")
    person.wait_for(State.IDLE)
    driver.click("resume_from")
    driver.write("checkpoint", "")


def test_the_command_line_presses_the_same_button(person: Person, log_root: Path) -> None:
    config = RunConfig(
        "Isaac-Cartpole-Direct", "rsl_rl", 8, 2, 5, "cpu", log_root=str(log_root), overrides=("env.sim.dt=0.01",)
    )
    person.app.panel.start(Train(config))  # while Isaac Lab is still loading
    finished = person.wait(lambda snapshot: snapshot.status == "finished")
    assert finished.config == config
    assert person.driver.text("num_envs") == "8"


def test_closing_in_the_middle_saves_first(person: Person, log_root: Path) -> None:
    person.app.panel.start(Train(RunConfig("Isaac-Cartpole-Direct", "sb3", 8, 1000, 5, "cpu", log_root=str(log_root))))
    person.wait(lambda snapshot: snapshot.state is State.TRAINING and snapshot.steps > 200)
    person.app.trainer.close()
    closed = person.app.trainer.snapshot()
    assert closed.state is State.IDLE
    assert closed.status == "stopped"
    assert closed.checkpoint.is_file()


def test_the_run_browser_finds_a_run_plays_it_and_swaps_what_plays(person: Person, log_root: Path) -> None:
    from helpers.driver import Driver

    windows = person.app.windows
    config = RunConfig(
        "Isaac-Cartpole-Direct", "rsl_rl", 8, 3, 5, "cpu", log_root=str(log_root), overrides=("agent.save_interval=1",)
    )
    person.app.panel.start(Train(config))
    trained = person.wait(lambda snapshot: snapshot.status == "finished")

    windows.runs.focus()
    browser = Driver(windows.runs.frame, person.app.frame)
    browser.tick(30)
    assert not windows.in_sight(windows.viewport)
    browser.click("run_row:0", right=0.2)
    assert browser.text("run_facts").startswith("Finished, RSL-RL")
    assert "\n3 iterations, " in browser.text("run_facts")
    browser.click("run_play")
    playing = person.wait(lambda snapshot: snapshot.state is State.PLAYING and snapshot.steps > 0)
    assert playing.config.num_envs == 8
    assert playing.checkpoint.parent == trained.run_dir
    assert windows.in_sight(windows.viewport)

    windows.runs.focus()
    browser.tick(5)
    first = trained.run_dir / "model_0.pt"
    assert [browser.text(f"checkpoint_kind:{number}") for number in range(4)] == ["best", "final", "", ""]
    browser.click("checkpoint_row:3")
    browser.click("run_play")
    swapped = person.wait(lambda snapshot: snapshot.checkpoint == first)
    assert swapped.state is State.PLAYING
    assert swapped.steps > playing.steps
    assert person.driver.text("checkpoint") == str(first)
    person.driver.click("stop")
    assert person.wait_for(State.IDLE).status == "stopped"

    make_sweep(log_root, trials=[Trial("a_00000", 1, {"num_envs": 8}, value=4.0, run_dir=str(trained.run_dir))])
    person.driver.click("sweep_show")
    sweeps = Driver(windows.sweep.frame, person.app.frame)
    sweeps.tick(10)
    assert windows.in_sight(windows.sweep)
    sweeps.click("trial_row:0")
    sweeps.click("trial_show")
    browser.tick(30)
    assert windows.in_sight(windows.runs)
    assert browser.text("legend_label:0") == "Isaac-Cartpole-Direct"
    windows.viewport.focus()
    browser.tick(3)


def test_seeds_are_queued_trained_and_compared(person: Person, log_root: Path) -> None:
    from helpers.driver import Driver

    windows, driver = person.app.windows, person.driver
    person.wait_for(State.IDLE)
    person.app.panel.set_config(
        RunConfig("Isaac-Cartpole-Direct", "rsl_rl", 8, 8, device="cpu", log_root=str(log_root), run_name="seeds")
    )
    driver.tick(5)
    driver.write("queue_seeds", "1,2")
    driver.click("queue_add")
    driver.click("queue_show")
    in_queue = Driver(windows.queue.frame, person.app.frame)
    in_queue.tick(10)
    assert windows.in_sight(windows.queue)
    in_queue.click("queue_start")
    person.wait(lambda snapshot: snapshot.state is State.TRAINING)
    driver.click("pause")  # so that the queue cannot end while its next entry is put together
    person.wait_for(State.PAUSED)
    driver.write("queue_seeds", "")
    driver.write("max_iterations", "1")
    driver.click("queue_add")
    driver.click("pause")
    person.wait(lambda _: [entry.state for entry in person.app.queue.queue.entries] == ["finished", "finished"])
    in_queue.tick(3)
    assert in_queue.text("queue_status") == "Queue: no run waits"
    assert in_queue.text("queue_result").endswith("over 2 of 2 seeds.")
    in_queue.click("queue_curves")
    browser = Driver(windows.runs.frame, person.app.frame)
    browser.tick(30)
    assert windows.in_sight(windows.runs)
    assert browser.find("compare_mean").model.as_bool
    assert browser.text("legend_label:0").endswith("and 1 more: mean of 2")
    browser.click("compare_mean")
    windows.viewport.focus()
    browser.tick(3)


@pytest.mark.parametrize("offscreen", [True, False], ids=["offscreen", "in a window"])
def test_a_panel_that_follows_a_run_elsewhere_is_as_quiet_as_in_a_training_here(
    omni_ui: Any, settings_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, offscreen: bool
) -> None:
    """The run is on the disk, and its process, which does not end, is that of the tests."""
    from rl_trainer_ext.hosts.standalone import host
    from rl_trainer_ext.hosts.standalone.host import OFFSCREEN_REFRESH, QUIET_REFRESH, StandaloneApp

    config = RunConfig("Isaac-Cartpole-Direct", "rsl_rl", log_root=str(tmp_path))
    job = JobFolder.create(config, Where(WhereKind.PROCESS).to_dict(), {})
    process = dataclasses.asdict(Process.current())
    job.write(PROCESSES, {"process": process, "child": process})
    job.note_run(make_run(tmp_path, rewards=(1.0, 2.0)))
    app = StandaloneApp(FileSettings(settings_file), log_root=str(tmp_path), offscreen=offscreen)
    try:
        Person(app).wait(lambda _: app.port.snapshot().state is State.TRAINING)
        clock = TickingClock(0.0, time.perf_counter())
        monkeypatch.setattr(host, "time", SimpleNamespace(perf_counter=clock))
        updates = []
        monkeypatch.setattr(app, "show", lambda: updates.append(clock.now))
        for _ in range(30):
            clock.now += 0.1
            app.windows.last_input = float("-inf")
            app.frame()
            assert app.waits
            assert app.changed or offscreen
        assert 2 <= len(updates) <= 3.0 / (OFFSCREEN_REFRESH if offscreen else QUIET_REFRESH) + 2
        updates.clear()
        app.windows.last_input = clock.now
        for _ in range(3):
            app.frame()
        assert len(updates) == 3
        assert not app.waits
    finally:
        app.close()
        let_frames_pass()
    assert not (job.path / EXIT).exists()


def test_without_a_window_what_did_not_change_is_not_drawn_again(
    person: Person, log_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from rl_trainer_ext.hosts.standalone import host
    from rl_trainer_ext.hosts.standalone.host import OFFSCREEN_REFRESH

    app = person.app
    app.offscreen = True
    app.trainer.request(SetRenderMode(RenderMode.NO_RENDERING))
    person.wait_for(State.IDLE)
    app.panel.start(Train(RunConfig("Isaac-Cartpole-Direct", "rsl_rl", 8, 1000, 5, "cpu", log_root=str(log_root))))
    while app.trainer.snapshot().iteration < 1:
        app.frame()
    clock = TickingClock(0.0, time.perf_counter())
    monkeypatch.setattr(host, "time", SimpleNamespace(perf_counter=clock))
    changed = 0
    for _ in range(60):  # three seconds in which the training takes 50 ms of each frame
        clock.now += 0.05
        app.windows.last_input = float("-inf")
        app.frame()
        changed += app.changed
    assert 2 <= changed <= 3.0 / OFFSCREEN_REFRESH + 2
    assert not app.waits  # training takes the time
    app.windows.last_input = clock.now
    for _ in range(3):
        app.frame()
        assert app.changed

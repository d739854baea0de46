# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The machine in the panel: its load, and the warning before the click that the environments will not fit."""

from __future__ import annotations

import pytest
from helpers.recording_trainer import SettingsInMemory, idle
from rl_trainer_ext.run_config import RunConfig
from rl_trainer_ext.runs.record import MemoryUse, RunRecord
from rl_trainer_ext.system.machine import GpuLoad, Load
from rl_trainer_ext.training.commands import Train
from rl_trainer_ext.training.snapshot import State

GB = 1_000_000_000
WITH_GPU = Load(45.4, int(1.3 * GB), 64 * GB, GpuLoad(12.0, int(3.1 * GB), 80 * GB, None))
WITHOUT = Load(100.0, GB // 2, 64 * GB, None)


class MachineDouble:
    """A machine that has the load that a test gives it."""

    def __init__(self, load: Load) -> None:
        self.now = load
        self.asked: list[int | None] = []

    def load(self, gpu: int | None) -> Load:
        self.asked.append(gpu)
        return self.now


@pytest.mark.parametrize("width", [320, 420])
def test_the_line_shows_gpu_and_cpu_with_their_memory(show, width):
    machine = MachineDouble(WITH_GPU)
    shown = show(machine=machine, width=width)
    assert shown.driver.find("machine_gpu").text.strip() == "GPU 12 %  3.1 of 80 GB"
    assert shown.driver.find("machine_cpu").text == "CPU 45 %  1.3 of 64 GB"
    line = [shown.driver.find(name) for name in ("machine_gpu", "machine_cpu")]
    assert line[1].screen_position_x >= line[0].screen_position_x + line[0].computed_width
    assert line[1].computed_content_width >= 110, "the CPU's part is cut off"
    machine.now = WITHOUT
    shown.driver.tick(2)
    assert not shown.driver.shown("machine_gpu")
    assert shown.driver.find("machine_cpu").text == "CPU 100 %  500 MB of 64 GB"


@pytest.mark.parametrize(
    ("device", "devices", "asked"),
    [
        ("cuda:1", ("cuda:0", "cuda:1", "cpu"), 1),
        ("cpu", ("cuda:0", "cpu"), 0),  # it may draw the viewport
        ("cpu", ("cpu",), None),
    ],
)
def test_the_gpu_is_that_of_the_chosen_device(show, device, devices, asked):
    machine = MachineDouble(WITHOUT)
    settings = SettingsInMemory(task="Isaac-Cartpole", device=device)
    shown = show(idle(devices=devices), settings=settings, machine=machine)
    shown.driver.tick(3)
    assert machine.asked[-1] == asked


def test_without_a_reader_there_is_no_line(show):
    assert "machine_cpu" not in show().driver.identifiers()


@pytest.fixture
def logs(tmp_path):
    """A log root with a run of Isaac-Cartpole that took 10 MB for each environment."""
    config = RunConfig("Isaac-Cartpole", "rsl_rl", device="cpu", log_root=str(tmp_path))
    for name, num_envs in (("2026-01-01_10-00-00", 100), ("2026-01-01_11-00-00", 1000)):
        folder = tmp_path / "rsl_rl" / "cartpole" / name
        folder.mkdir(parents=True)
        record = RunRecord.begin(folder, config.replace(num_envs=num_envs))
        record.memory = MemoryUse(num_envs, num_envs * GB // 100)
        record.write()
    return tmp_path


def settled(shown):
    from rl_trainer_ext.ui.panel.memory_warning import DELAY  # imports omni.ui

    shown.driver.tick(DELAY + 3)
    return shown.driver.find("memory_warning").text if shown.driver.shown("memory_warning") else ""


def test_environments_that_will_not_fit_are_told_before_the_click_which_still_works(show, logs):
    settings = SettingsInMemory(task="Isaac-Cartpole", library="rsl_rl", device="cpu")
    shown = show(settings=settings, log_root=str(logs), width=320)
    shown.driver.write("num_envs", "1000000")
    text = settled(shown)
    assert text.startswith("1,000,000 environments may not fit: they need about 10.0 TB of memory, as earlier runs")
    shown.driver.click("train")
    assert shown.trainer.of(Train)
    shown.driver.write("num_envs", "4")
    assert settled(shown) == ""


def test_a_task_without_runs_is_told_nothing(show, logs):
    settings = SettingsInMemory(task="Isaac-Ant", library="rsl_rl", device="cpu", num_envs="1000000")
    assert settled(show(settings=settings, log_root=str(logs))) == ""


def test_nothing_is_told_while_a_run_needs_the_memory(show, logs):
    settings = SettingsInMemory(task="Isaac-Cartpole", library="rsl_rl", device="cpu", num_envs="1000000")
    shown = show(idle(state=State.TRAINING), settings=settings, log_root=str(logs))
    assert settled(shown) == ""

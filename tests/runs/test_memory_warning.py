# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The warning that environments will not fit, from the memory that earlier runs recorded."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from rl_trainer_ext.run_config import RunConfig
from rl_trainer_ext.runs import memory
from rl_trainer_ext.runs.record import MemoryUse, RunRecord
from rl_trainer_ext.system.process_memory import DeviceMemory

GB = 1_000_000_000


@pytest.fixture
def config(tmp_path):
    return RunConfig("Isaac-Ant", "rsl_rl", device="cuda:0", log_root=str(tmp_path))


def add_run(config, name, use, host=None):
    """Writes the record of a run that took some memory."""
    folder = Path(config.log_root) / config.library / "ant" / name
    folder.mkdir(parents=True)
    record = RunRecord.begin(folder, config)
    record.memory = use
    record.write()
    if host is not None:
        values = json.loads(record.path.read_text(encoding="utf-8"))
        record.path.write_text(json.dumps(values | {"host": host}), encoding="utf-8")
    return folder


def test_the_memory_is_in_the_record(config):
    folder = add_run(config, "2026-01-01_10-00-00", MemoryUse(4096, 5 * GB))
    read = RunRecord.read(folder)
    assert read is not None
    assert read.memory == MemoryUse(4096, 5 * GB)


def test_runs_below_a_log_root_in_the_home_folder_count(config, tmp_path, monkeypatch):
    add_run(config, "2026-01-01_10-00-00", MemoryUse(4096, 5 * GB))
    monkeypatch.setenv("HOME", str(tmp_path))
    assert memory.earlier_uses(config.replace(log_root="~")) == [MemoryUse(4096, 5 * GB)]


def test_a_record_without_it_is_one_of_an_earlier_version(config):
    folder = add_run(config, "2026-01-01_10-00-00", None)
    path = folder / "rl_trainer.json"
    values = json.loads(path.read_text(encoding="utf-8"))
    del values["memory"]
    path.write_text(json.dumps(values), encoding="utf-8")
    read = RunRecord.read(folder)
    assert read is not None
    assert read.memory is None
    assert memory.earlier_uses(config) == []


@pytest.mark.parametrize(
    ("uses", "num_envs", "needed"),
    [
        # two numbers of environments tell what does not grow
        ([MemoryUse(4096, 5 * GB), MemoryUse(1024, 2 * GB)], 8192, 9 * GB),
        ([MemoryUse(4096, 5 * GB), MemoryUse(1024, 2 * GB)], 2048, 3 * GB),
        # the newest run of a number counts
        ([MemoryUse(4096, 5 * GB), MemoryUse(4096, 9 * GB), MemoryUse(1024, 2 * GB)], 8192, 9 * GB),
        # with one number, a part is taken not to grow
        ([MemoryUse(4096, 5 * GB)], 8192, 9 * GB),
        ([MemoryUse(4096, 5 * GB), MemoryUse(4000, 2 * GB)], 8192, 9 * GB),
    ],
)
def test_memory_grows_in_proportion_to_the_environments(uses, num_envs, needed):
    expected = memory.estimate(uses)
    assert expected is not None
    assert expected.of(num_envs) == pytest.approx(needed)


@pytest.mark.parametrize(
    "uses",
    [
        [],
        [MemoryUse(16, memory.FIXED // 2)],  # all of it may be what does not grow
        [MemoryUse(64, 2 * GB), MemoryUse(16, 3 * GB)],
    ],
)
def test_runs_that_do_not_tell_it_are_no_guess(uses):
    assert memory.estimate(uses) is None


def test_more_than_is_free_is_told_with_what_would_fit(config):
    add_run(config, "2026-01-01_10-00-00", MemoryUse(4096, 5 * GB))
    add_run(config, "2026-01-01_11-00-00", MemoryUse(1024, 2 * GB))
    free = DeviceMemory(own=0, free=6 * GB)
    assert memory.warning(config, 5000, free) == ""
    assert memory.warning(config, 8192, free) == (
        "8,192 environments may not fit: they need about 9.0 GB of GPU memory, as earlier runs show, and 6.0 GB are "
        "free; about 5,100 would fit."
    )
    assert memory.warning(config, 8192, DeviceMemory(0, GB // 2)).endswith("free some of it first.")
    assert memory.warning(config, 8192, None) == ""
    on_cpu = config.replace(device="cpu")
    assert memory.warning(on_cpu, 8192, free) == ""
    add_run(on_cpu, "2026-01-01_12-00-00", MemoryUse(4096, 5 * GB))
    assert "need about 9.0 GB of memory, as" in memory.warning(on_cpu, 8192, free)


@pytest.mark.parametrize(
    "other",
    [
        {"task": "Isaac-Humanoid"},
        {"device": "cpu"},
        {"agent": "rsl_rl_with_symmetry_cfg_entry_point"},
        {"overrides": ("env.scene.replicate_physics=false",)},
    ],
)
def test_runs_of_another_kind_tell_nothing(config, other):
    add_run(config.replace(**other), "2026-01-01_10-00-00", MemoryUse(4096, 50 * GB))
    assert memory.warning(config, 4096, DeviceMemory(0, GB)) == ""


def test_runs_on_another_machine_tell_nothing(config):
    add_run(config, "2026-01-01_10-00-00", MemoryUse(4096, 50 * GB), host="another")
    assert memory.warning(config, 4096, DeviceMemory(0, GB)) == ""

# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""What all tests share: assets without a network, no trace in the user's own folders, one trainer for the process."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from helpers.collecting import leave_out_imports
from helpers.torch_settings import restore_torch_settings
from rl_trainer_ext.isaac_lab.assets import build_offline_root

IN_WORKER = "PYTEST_XDIST_WORKER" in os.environ
"""Whether this process is one of several that run the tests."""

if IN_WORKER:
    # a worker is one of several: with a thread for each core, as PyTorch has otherwise, they would wait for each other
    assert "torch" not in sys.modules
    os.environ.setdefault("OMP_NUM_THREADS", "1")


def pytest_addoption(parser: pytest.Parser) -> None:
    """The tests that need Isaac Sim run with it, and then alone."""
    parser.addoption("--isaacsim", action="store_true", help="run the tests that need Isaac Sim, and no others")


MARKED_FIXTURES = {"warm_process": "subprocess", "small_disk": "root"}
"""Fixtures whose tests have a marker."""

LONGEST_FIRST = (
    *("test_in_kit.py", "test_sweep.py", "test_commands.py", "test_bench.py", "test_ray_jobs.py"),
    *("test_rl_games_runs.py", "test_own_process.py", "test_run_settings.py", "test_previewing.py"),
    *(
        "test_end_to_end.py",
        "test_interoperation.py",
        "test_endurance.py",
        "test_playing.py",
        "test_viewport_faults.py",
        "test_own_command.py",
    ),
    *("test_curriculum_stage.py", "test_evaluating.py", "test_kept_runs.py", "test_closing.py", "test_teams.py"),
    *("test_periodic_evaluation.py", "test_checklist_in_kit.py", "test_web_browser.py", "test_sample_project.py"),
    *("test_existing_environment.py", "test_windows.py", "test_kill.py", "test_fuzz.py", "test_broken_tasks.py"),
    *("test_driving_the_rover.py", "test_exporting.py", "test_queued_run.py", "test_live_terms.py"),
)
"""Files that take more than 20 seconds of CPU, the longest first."""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Marks the tests of some fixtures. With --isaacsim only the tests that need it are kept.

    Workers take whole files in this order: the longest come first, so that no worker is idle at the end.
    """
    for item in items:
        for fixture in MARKED_FIXTURES.keys() & set(getattr(item, "fixturenames", ())):
            item.add_marker(MARKED_FIXTURES[fixture])
    if IN_WORKER:
        places = {name: place for place, name in enumerate(LONGEST_FIRST)}
        items.sort(key=lambda item: places.get(item.path.name, len(places)))
    if config.getoption("--isaacsim"):
        items[:] = [item for item in items if "isaacsim" in item.path.parts]


def pytest_runtest_setup() -> None:
    """Before the fixtures of a test: what they create is collected as usual."""
    leave_out_imports()
    restore_torch_settings()


@pytest.fixture(scope="session", autouse=True)
def asset_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The offline asset root, in force before Isaac Lab is imported."""
    root = build_offline_root(tmp_path_factory.mktemp("assets") / "root")
    os.environ["ISAACSIM_ASSET_ROOT"] = str(root)
    return root


@pytest.fixture(scope="session", autouse=True)
def user_folders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Configuration and state of the person who runs the tests stay as they are."""
    from rl_trainer_ext.isaac_lab import details_cache

    os.environ["XDG_CONFIG_HOME"] = str(tmp_path_factory.mktemp("config"))
    tasks = tmp_path_factory.mktemp("tasks")
    with pytest.MonkeyPatch.context() as patch:
        # not XDG_CACHE_HOME: compiled kernels are in that folder too
        patch.setattr(details_cache, "default_folder", lambda: tasks)
        yield


@pytest.fixture(scope="session")
def trainer() -> Iterator:
    """A trainer that has loaded Isaac Lab; idle before and after each test that uses it."""
    from helpers.runs_made_here import idle, tick_until
    from rl_trainer_ext.training.trainer import Trainer

    trainer = Trainer()
    tick_until(trainer, idle)
    yield trainer
    trainer.close()


@pytest.fixture(scope="session")
def headless(trainer, tmp_path_factory: pytest.TempPathFactory) -> dict:
    """What each library learns without a viewport: how a short training ended, by library."""
    from helpers.runs_made_here import CARTPOLE, run_to_end
    from rl_trainer_ext.training.commands import Train

    config = CARTPOLE.replace(log_root=str(tmp_path_factory.mktemp("headless")))
    return {
        library: run_to_end(trainer, Train(config.replace(library=library))) for library in ("rsl_rl", "sb3", "skrl")
    }


@pytest.fixture(scope="module")
def shared_application() -> Iterator:
    """A trainer with a viewport and the frames of a host; the tests of a module share it, and the run that it has."""
    from helpers.host_frames import Application
    from helpers.runs_made_here import idle

    application = Application()
    application.frames_until(idle)
    yield application
    application.trainer.close()
    application.viewport.close()


@pytest.fixture
def application(shared_application):
    """The same, idle at first."""
    shared_application.start_over()
    return shared_application


@pytest.fixture(scope="session")
def warm_process(asset_root: Path, user_folders: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator:
    """A process that has trained; programs run in copies of it."""
    from helpers.warm import WarmProcess

    process = WarmProcess(tmp_path_factory.mktemp("warm"))
    yield process
    process.close()


WARM_CHILD = """#!/bin/sh
# {0} -P STARTER PARENT MODULE [arguments ...]: the module, in a copy of the warm process
shift 3
exec {0} -m "$@"
"""


@pytest.fixture
def warm_children(warm_process, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Child processes of the program are copies of the warm process."""
    from rl_trainer_ext.hosts.processes import child

    python = tmp_path / "python-of-children"
    python.write_text(WARM_CHILD.format(shlex.join(warm_process.python())))
    python.chmod(0o700)
    monkeypatch.setattr(child, "interpreter", lambda: str(python))


@pytest.fixture(scope="session")
def isaac_lab_trained(warm_process, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Directories of three runs of ``isaaclab train``, by library: three iterations, as :data:`CARTPOLE` has it."""
    from helpers.isaac_lab_commands import finish, start
    from helpers.runs_made_here import CARTPOLE

    folder = tmp_path_factory.mktemp("isaac_lab")
    arguments = ["--max_iterations", str(CARTPOLE.max_iterations), "--seed", str(CARTPOLE.seed)]
    commands = [
        start(warm_process, "train", library, *arguments, folder=folder) for library in ("rsl_rl", "sb3", "skrl")
    ]
    for command in commands:
        finish(command)
    return {path.parents[2].name: path.parent for path in folder.glob("logs/*/*/*/run.json")}


@pytest.fixture
def no_trust(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No checkpoint is trusted yet."""
    from rl_trainer_ext.learners import trust

    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setattr(trust, "_of_this_process", set())


@pytest.fixture
def note(tmp_path: Path) -> Iterator[Path]:
    """The file that the payload of a hostile file creates; it must not exist after the test."""
    note = tmp_path / "executed"
    yield note
    assert not note.exists()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A folder on a file system of 4 MB."""
    from helpers.small_disks import mounted

    with mounted(tmp_path / "small disk") as folder:
        yield folder

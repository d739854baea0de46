# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The command line as the user types it, in processes of its own.

Some of them are cold; those whose start is not the point are copies of the warm process (see :mod:`helpers.warm`).
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from helpers.runs_made_here import weights
from rl_trainer_ext.cli import main as cli

LIMIT = 240
LIBRARIES = ("rsl_rl", "sb3", "skrl")
TRAIN = ["train", "--task", "Isaac-Cartpole-Direct", "--num_envs", "16", "--device", "cpu"]
PLAY = ["play", "--task", "Isaac-Cartpole-Direct", "--num_envs", "16", "--device", "cpu"]

Python = Callable[..., list[str]]
"""Returns the command line of Python with these arguments, in a cold process or in a copy of the warm one."""


def cold(*arguments: str) -> list[str]:
    """The command line of Python in a process that has imported nothing yet."""
    return [sys.executable, *arguments]


def run(python: Python, *arguments: str, cwd) -> subprocess.CompletedProcess[str]:
    """Runs ``rl-trainer`` to its end, without a display."""
    return subprocess.run(
        python("-m", "rl_trainer_ext", *arguments),
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=LIMIT,
        env=without_display(),
    )


def without_display() -> dict[str, str]:
    """The environment of a machine without a screen."""
    return {name: value for name, value in os.environ.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY")}


def wait_for(process: subprocess.Popen[str], stream, text: str) -> str:
    """Reads a process's output until ``text`` comes; returns what came."""
    seen = ""
    end = time.monotonic() + LIMIT
    for line in stream:
        seen += line
        if text in line:
            return seen
        assert time.monotonic() < end, seen
    raise AssertionError(f"'{text}' never came; the process ended with {process.wait()}:\n{seen}")


def start(python: Python, *arguments: str, cwd: Path) -> subprocess.Popen[str]:
    """Starts ``rl-trainer``, without a display."""
    return subprocess.Popen(
        python("-m", "rl_trainer_ext", *arguments),
        cwd=cwd,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=without_display(),
    )


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """A folder for the runs of each library."""
    return {library: tmp_path_factory.mktemp(library) for library in LIBRARIES}


@pytest.fixture(scope="module")
def trained(folders, warm_process):
    """Short trainings by the command line."""
    arguments = (*TRAIN, "--max_iterations", "2", "--headless", "--json")
    python = dict.fromkeys(LIBRARIES, warm_process.python) | {"rsl_rl": cold}
    return {each: run(python[each], *arguments, "--library", each, cwd=folders[each]) for each in LIBRARIES}


@pytest.fixture(scope="module")
def played(folders, trained, warm_process):
    """The playbacks of what was trained."""
    arguments = (*PLAY, "--num_steps", "40", "--speed", "0", "--headless", "--json", "env.episode_length_s=0.5")
    return {each: run(warm_process.python, *arguments, "--library", each, cwd=folders[each]) for each in LIBRARIES}


@pytest.mark.subprocess
@pytest.mark.parametrize("library", LIBRARIES)
def test_train_headless_prints_one_json_object_last(folders, trained, library):
    folder, done = folders[library], trained[library]
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout.splitlines()[-1])
    assert list(result) == [
        *("run_dir", "task", "library", "iterations", "steps", "steps_per_second", "mean_reward"),
        *("mean_episode_length", "checkpoint", "seconds", "status"),
    ]
    assert result["status"] == "finished"
    assert (result["task"], result["library"]) == ("Isaac-Cartpole-Direct", library)
    assert result["iterations"] == 2
    assert result["steps"] == 2 * 16 * (32 if library == "skrl" else 16)
    assert result["run_dir"].startswith(str(folder / "logs" / library))
    assert result["steps_per_second"] == pytest.approx(result["steps"] / result["seconds"], rel=1e-6)
    assert weights(folder / result["checkpoint"])
    assert "Training" in done.stderr
    # what the library prints is kept, and does not get between progress and result
    printed = (folder / result["run_dir"] / "console.log").read_text()
    assert {"rsl_rl": "Learning iteration", "sb3": "total_timesteps", "skrl": "skrl:INFO"}[library] in printed
    assert len(done.stdout.splitlines()) == 1


@pytest.mark.subprocess
@pytest.mark.parametrize("library", LIBRARIES)
def test_play_by_the_command_line(played, library):
    done = played[library]
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout.splitlines()[-1])
    assert result["status"] == "finished"
    assert result["steps"] == 40 * 16
    # half a second of Cartpole is 30 steps
    assert 1 <= result["mean_episode_length"] <= 30


@pytest.mark.subprocess
def test_headless_opens_no_window_and_verbose_is_not_isaac_labs(warm_process, tmp_path):
    arguments = [*TRAIN, "--library", "rsl_rl", "--max_iterations", "1", "--headless", "--verbose"]
    script = (
        f"import logging, sys; sys.argv[1:] = {arguments!r}; from rl_trainer_ext.cli.main import main; "
        "status = main(); level = logging.getLevelName(logging.getLogger().level); "
        "print('omni.ui' in sys.modules, 'isaaclab' in sys.modules, level); sys.exit(status)"
    )
    python = warm_process.python("-c", script)
    done = subprocess.run(python, cwd=tmp_path, capture_output=True, text=True, timeout=LIMIT)
    assert done.returncode == 0, done.stderr
    assert "Learning iteration" in done.stdout
    assert done.stdout.splitlines()[-1] == "False True WARNING"


@pytest.mark.subprocess
def test_train_with_the_panel_leaves_a_picture_and_the_user_s_choices_alone(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    settings = tmp_path / "config" / "rl_trainer" / "settings.json"
    settings.parent.mkdir(parents=True)
    chosen = json.dumps({"task": "Isaac-Ant", "overrides": "env.sim.dt=0.01", "checkpoint": "best", "speed": 2.0})
    settings.write_text(chosen)
    arguments = ["--library", "rsl_rl", "--max_iterations", "3", "--screenshot", "panel.png", "--json"]
    arguments += ["--render_mode", "full", "--viewport_share", "20"]
    done = run(cold, *TRAIN, *arguments, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1])["status"] == "finished"
    assert "drawn offscreen" in done.stderr
    from PIL import Image

    with Image.open(tmp_path / "panel.png") as picture:
        assert picture.size == (1440, 900)
        assert len(picture.convert("RGB").getcolors(100_000)) > 50
    assert settings.read_text() == chosen


@pytest.mark.subprocess
@pytest.mark.parametrize("mode", [["--headless"], []], ids=["headless", "panel"])
def test_a_signal_stops_and_saves(warm_process, tmp_path, mode):
    arguments = [*TRAIN, "--library", "rsl_rl", "--max_iterations", "100000", "--json", *mode]
    with contextlib.ExitStack() as stack:
        processes = {}
        for number in (signal.SIGINT, signal.SIGTERM):  # side by side: their starts take most of the time
            folder = tmp_path / number.name
            folder.mkdir()
            processes[number] = stack.enter_context(start(warm_process.python, *arguments, cwd=folder))
            stack.callback(processes[number].kill)
        for number, process in processes.items():
            wait_for(process, process.stderr, "Training")
            process.send_signal(number)
            out, err = process.communicate(timeout=LIMIT)
            check_stopped(tmp_path / number.name, process.returncode, out, err)


@pytest.mark.subprocess
@pytest.mark.parametrize("library", LIBRARIES)
def test_two_signals_at_once_stop_and_save_as_one_does(warm_process, tmp_path, library):
    arguments = [*TRAIN, "--library", library, "--max_iterations", "100000", "--json", "--headless"]
    python = cold if library == "rsl_rl" else warm_process.python
    with start(python, *arguments, cwd=tmp_path) as process:
        try:
            wait_for(process, process.stderr, "Training")
            process.send_signal(signal.SIGINT)
            process.send_signal(signal.SIGTERM)
            out, err = process.communicate(timeout=LIMIT)
        finally:
            process.kill()
    assert "Traceback" not in err
    check_stopped(tmp_path, process.returncode, out, err)


@pytest.mark.subprocess
def test_a_signal_while_isaac_lab_is_imported_is_no_failure(tmp_path):
    with start(cold, *TRAIN, "--library", "rsl_rl", "--json", "--headless", cwd=tmp_path) as process:
        try:
            wait_for(process, process.stderr, "Importing PyTorch")
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=LIMIT)
        finally:
            process.kill()
    assert process.returncode == 130, err
    result = json.loads(out.splitlines()[-1])
    assert (result["status"], result["task"], result.get("error")) == ("stopped", "Isaac-Cartpole-Direct", None)
    assert "Traceback" not in err
    assert "KeyboardInterrupt" not in err


@pytest.mark.parametrize(
    ("work", "printed"), [("", ""), ("threading.Thread(target=time.sleep, args=(0.1,)).start()", "at exit")]
)
def test_a_process_that_has_nothing_left_to_do_leaves_without_finalisation(work, printed):
    code = f"""
import atexit, sys, threading, time
from rl_trainer_ext.__main__ import leave
atexit.register(print, "at exit")
{work}
leave(3)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=LIMIT)
    assert (done.returncode, done.stdout.strip(), done.stderr) == (3, printed, "")


def check_stopped(folder: Path, returncode: int, out: str, err: str) -> None:
    """A run that was stopped is saved, and told as stopped."""
    assert returncode == 130, err
    result = json.loads(out.splitlines()[-1])
    assert result["status"] == "stopped"
    assert weights(folder / result["checkpoint"])
    record = json.loads((folder / result["run_dir"] / "rl_trainer.json").read_text())
    assert (record["status"], record["steps"]) == ("stopped", result["steps"])


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--num_envs", "0"], "num_envs must be a whole number from 1"),
        (["--num_envs", "many"], "Argument --num_envs: invalid int value: 'many'"),
        (["--seed", "-7"], "seed must be a whole number from 0"),
        (["--device", "tpu"], "There is no device 'tpu'"),
        (["nonsense"], "'nonsense' is not a Hydra override"),
        (["--checkpoint", "wandb:me/project/run"], "wandb:me/project/run is not on this machine: download it"),
        (["--checkpoint", "https://host/model_5.pt"], "https://host/model_5.pt is not on this machine: download it"),
        (["--nonsense", "1"], "Unknown argument --nonsense"),
        (["--screenshot", "picture.gif"], "needs the ending .png"),
        (["--screenshot", "/no/such/folder/picture.png"], "No picture can be written to /no/such/folder"),
    ],
)
def test_bad_input_is_told_before_anything_is_loaded(capsys, arguments, sentence):
    argv = ["train", "--task", "Isaac-Cartpole-Direct", "--library", "rsl_rl", *arguments]
    try:
        status = cli.main(argv)
    except SystemExit as exit:
        status = exit.code
    assert status == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    (line,) = printed.err.splitlines()
    assert line.startswith("rl-trainer: ")
    assert sentence in line


def test_isaac_sim_where_it_is_not_installed_is_one_sentence(capsys):
    assert cli.main(["--isaacsim"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("rl-trainer: Isaac Sim is not installed for this Python: ")
    assert '-m pip install "isaaclab[isaacsim]==3.0.0" --extra-index-url' in line


@pytest.mark.subprocess
def test_bad_input_with_json_is_json_too(tmp_path):
    done = run(cold, *TRAIN, "--library", "amp", "--headless", "--json", cwd=tmp_path)
    assert done.returncode == 2
    result = json.loads(done.stdout.splitlines()[-1])
    assert result["status"] == "failed"
    assert "it has one for rsl_rl, sb3" in result["error"]
    assert re.search(r"^rl-trainer: Isaac-Cartpole-Direct has no configuration for 'amp'", done.stderr, re.MULTILINE)
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("folder", "locale"),
    [(b"l\xe4ufe", {}), ("läufe".encode(), {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"})],
    ids=["Latin-1", "ASCII locale"],
)
def test_a_log_root_that_cannot_be_written_down_is_told_before_anything_is_loaded(tmp_path, folder, locale):
    done = subprocess.run(
        [*map(os.fsencode, cold("-m", "rl_trainer_ext", *TRAIN, "--headless", "--log_root")), folder],
        cwd=tmp_path,
        capture_output=True,
        env=os.environ | locale,
        timeout=LIMIT,
    )
    assert done.returncode == 2, done.stderr
    assert b"The path of the log root is not valid UTF-8" in done.stderr
    assert b"Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["run_name", "wandb_project"])
@pytest.mark.parametrize(
    ("value", "locale"),
    [(b"l\xe4ufe", {}), ("läufe".encode(), {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"})],
    ids=["Latin-1", "ASCII locale"],
)
def test_an_override_that_cannot_be_written_down_is_told_before_anything_is_loaded(tmp_path, name, value, locale):
    done = subprocess.run(
        [*map(os.fsencode, cold("-m", "rl_trainer_ext", *TRAIN, "--headless")), f"agent.{name}=".encode() + value],
        cwd=tmp_path,
        capture_output=True,
        env=os.environ | locale,
        timeout=LIMIT,
    )
    assert done.returncode == 2, done.stderr
    assert b"is not valid UTF-8" in done.stderr
    assert b"Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []

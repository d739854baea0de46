# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""``rl-trainer runs`` as a person types it."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from collections.abc import Iterator
from pathlib import Path

import pytest
from helpers.runs_on_disk import OLD, TASK, make_run
from rl_trainer_ext import runs
from rl_trainer_ext.cli import main as cli


@pytest.fixture
def listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    """Runs the command on a log root with three runs; gives its exit status, output and errors."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    logs = tmp_path / "läufe und mehr"
    make_run(logs, rewards=[1.0, 2.0], models=["model_99.pt"])
    tagged = make_run(logs, "2026-09-22_10-00-00", task=LONG, rewards=[float("nan")], created=OLD + 99)
    runs.rename(tagged, "the one with the springs")
    runs.tag(tagged, ["gut"])
    make_run(logs, "2020-01-01_10-00-00", library="sb3", experiment=TASK, manifest=False)

    def run(*arguments: str) -> tuple[int, str, str]:
        try:
            status = cli.main(["runs", "--log_root", str(logs), *arguments])
        except SystemExit as exit:
            status = int(exit.code or 0)
        printed = capsys.readouterr()
        return status, printed.out, printed.err

    run.logs = logs  # type: ignore[attr-defined]
    return run


LONG = "IsaacContrib-Velocity-Rough-Anymal-D-With-A-Very-Long-Name-That-Fits-Nowhere-v0"


@contextlib.contextmanager
def terminal(monkeypatch: pytest.MonkeyPatch, columns: int) -> Iterator[list[str]]:
    """A real terminal as stdout; the list has its lines when it is closed."""
    lines: list[str] = []
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    monkeypatch.delenv("COLUMNS", raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    with (
        os.fdopen(ours, "rb", buffering=0) as reader,
        os.fdopen(theirs, "w") as writer,
        monkeypatch.context() as patch,
    ):
        patch.setattr(sys, "stdout", writer)
        patch.setattr(sys, "__stdout__", writer)
        yield lines
        writer.flush()
        lines += reader.read(65536).decode().splitlines()


def test_a_file_gets_whole_texts_without_styles(listed) -> None:
    status, out, err = listed()
    assert (status, err) == (0, "")
    lines = out.splitlines()
    assert lines[0].split() == [
        *("Status", "Run", "Folder", "Library", "Started", "Iterations"),
        *("Steps", "Reward", "Best", "Duration", "Size"),
    ]
    assert f"the one with the springs · {LONG}  #gut" in lines[1]  # newest first, and not cut
    assert lines[2].split()[:4] == ["finished", TASK, "2026-09-21_10-00-00", "RSL-RL"]
    assert lines[2].split()[6:10] == ["2", "128", "2", "2"]  # iterations, steps, reward, best
    assert lines[3].split()[:4] == ["unknown", TASK, "2020-01-01_10-00-00", "SB3"]
    assert lines[-1] == "1 run has no run.json: isaaclab's latest and best do not find it; give a path."
    assert "\033" not in out


@pytest.mark.parametrize(
    ("width", "headings"),
    [
        (60, ["Run", "Folder", "Reward"]),
        (80, ["Status", "Run", "Folder", "Iterations", "Reward"]),
        (100, ["Status", "Run", "Folder", "Library", "Iterations", "Steps", "Reward", "Best"]),
    ],
)
def test_a_terminal_gets_the_columns_that_fit(listed, monkeypatch, width, headings) -> None:
    with terminal(monkeypatch, width) as printed:
        assert cli.main(["runs", "--log_root", str(listed.logs)]) == 0
    lines = [re.sub(r"\033\[[0-9;]*m", "", line) for line in printed]
    assert lines[0].split() == headings
    assert max(map(len, lines)) <= width
    assert "the one with the spring" in lines[1]
    assert lines[1].count("…") == 1
    assert printed[0] != lines[0], "the headings are bold"


def test_a_name_cannot_change_the_terminal_or_the_table(listed) -> None:
    run = Path(json.loads(listed("--json")[1])["runs"][0]["path"])
    runs.rename(run, "red \033[31m and [bold]two\nlines[/bold] 走る")
    lines = listed()[1].splitlines()
    assert lines[1].startswith("unknown   red  [31m and [bold]two lines[/bold] 走る · Isaac")
    assert len(lines) == 6


def test_the_library_is_found_by_its_name_and_by_its_label(listed) -> None:
    assert [len(json.loads(listed("--library", name, "--json")[1])["runs"]) for name in ("sb3", "SB3", "RSL-RL")] == [
        *(1, 1, 2)
    ]


def test_json_tells_everything(listed) -> None:
    status, out, _ = listed("--json")
    assert status == 0
    values = json.loads(out)
    assert values["log_root"] == str(listed.logs)
    newest = values["runs"][0]
    assert Path(newest["path"]).is_dir()
    assert (newest["name"], newest["tags"], newest["last_reward"]) == ("the one with the springs", ["gut"], None)
    assert set(newest) == {*runs.Run.__dataclass_fields__, "damaged"}
    assert [run["has_manifest"] for run in values["runs"]] == [True, True, False]


@pytest.mark.parametrize(
    ("arguments", "count"),
    [
        (["--task", "cartpole"], 2),
        (["--library", "sb3"], 1),
        (["--status", "finished"], 1),
        (["--tag", "gut"], 1),
        (["--limit", "2"], 2),
        (["--task", "nonsense"], 0),
    ],
)
def test_filters(listed, arguments, count) -> None:
    assert len(json.loads(listed(*arguments, "--json")[1])["runs"]) == count


def test_archived_and_deleted_runs_are_out_of_the_way(listed) -> None:
    first, second = (Path(run["path"]) for run in json.loads(listed("--json")[1])["runs"][:2])
    runs.archive(first)
    runs.delete(second)
    assert len(json.loads(listed("--json")[1])["runs"]) == 1
    assert len(json.loads(listed("--json", "--archived")[1])["runs"]) == 2
    status, _, err = listed("--empty_trash")
    assert (status, err) == (0, "Removed 1 deleted run for good.\n")
    assert not second.exists()
    assert runs.trash(listed.logs) == ()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--log_root", "/no/such/place"], "/no/such/place does not exist: train something there"),
        (["--status", "resting"], "invalid choice: 'resting'"),
        (["--limit", "0"], "limit must be a whole number at least 1"),
        (["nonsense"], "Unknown argument nonsense"),
    ],
)
def test_bad_input(listed, arguments, sentence) -> None:
    status, out, err = listed(*arguments)
    assert (status, out) == (2, "")
    assert sentence in err
    assert len(err.splitlines()) == 1


def test_an_empty_log_root_and_a_reader_that_leaves(listed, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert listed("--log_root", str(tmp_path / "empty"))[1] == f"No runs in {tmp_path / 'empty'}.\n"
    assert "that match" in listed("--task", "nonsense")[1]
    loaded = (
        "import sys; from rl_trainer_ext.cli.main import main; main(sys.argv[1:]); print(*sys.modules, file=sys.stderr)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", loaded, "runs", "--log_root", str(listed.logs), "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        process.stdout.close()  # as head does
        modules = process.stderr.read()
    assert "BrokenPipe" not in modules
    assert not {"torch", "isaaclab", "omni.ui"} & set(modules.split())

# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The real TensorBoard beside this program: it answers, is found, says why it ended, and is never left behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from rl_trainer_ext.hosts.processes.child import ChildProcess
from rl_trainer_ext.hosts.processes.export import PolicyExport, holds_models
from rl_trainer_ext.hosts.processes.tensorboard import TensorBoard
from torch.utils.tensorboard import SummaryWriter

LIMIT = 60.0

KEEPER = """
import sys, time
from pathlib import Path
from rl_trainer_ext.hosts.processes.tensorboard import TensorBoard
board = TensorBoard(Path(sys.argv[1]))
board.start()
while not board.url and not board.problem:
    board.update()
    time.sleep(0.05)
print(board.url or board.problem, flush=True)
time.sleep(600)
"""


def wait_for(condition: Callable[[], object]) -> None:
    end = time.monotonic() + LIMIT
    while not condition():
        assert time.monotonic() < end, "nothing happened"
        time.sleep(0.05)


def runs(url: str) -> list[str]:
    """The runs that a TensorBoard lists."""
    # no proxy of the environment: it is on this machine
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(f"{url}data/runs", timeout=LIMIT) as answer:
        return json.load(answer)


@pytest.fixture
def log_root(tmp_path: Path) -> Path:
    root = tmp_path / "log root"
    writer = SummaryWriter(str(root / "rsl_rl" / "run"))
    writer.add_scalar("a", 1.0, 0)
    writer.close()
    return root


@pytest.fixture
def board(log_root: Path) -> Iterator[TensorBoard]:
    board = TensorBoard(log_root)
    yield board
    board.stop()


def test_it_is_found_by_others_and_ends_with_its_program_even_when_that_is_killed(board, log_root):
    keeper = subprocess.Popen([sys.executable, "-c", KEEPER, str(log_root)], stdout=subprocess.PIPE, text=True)
    try:
        url = keeper.stdout.readline().strip()
        wait_for(lambda: runs(url) == ["rsl_rl/run"])
        board.start()
        assert board.running_elsewhere
        assert board.url == url
        board.stop()
        assert runs(url)  # another program's TensorBoard is left alone
        board.start()
        assert board.url == url
    finally:
        keeper.kill()
        keeper.wait()

    def gone() -> bool:
        board.update()
        return not board.url

    wait_for(gone)
    assert not board.running_elsewhere
    with pytest.raises(OSError, match="refused"):
        runs(url)


def add_plugin(folder: Path, name: str, source: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Installs a package with a plugin for TensorBoard into a folder that child processes import from."""
    installed = folder / f"{name}-1.0.dist-info"
    installed.mkdir(parents=True)
    (installed / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (installed / "entry_points.txt").write_text(f"[tensorboard_plugins]\n{name} = {name}:Loader\n")
    (folder / f"{name}.py").write_text(source)
    monkeypatch.setenv("PYTHONPATH", str(folder))


def test_start_does_not_wait_and_stop_leaves_nothing(board, tmp_path, monkeypatch):
    # Open3D, which comes with Isaac Lab, is such a package where libusb is not installed
    add_plugin(tmp_path / "site", "broken", "raise OSError('libusb-1.0.so.0: cannot open')", monkeypatch)
    board.start()
    assert board.starting  # nothing was waited for
    board.start()  # a second click
    wait_for(lambda: board.update() or board.url)
    assert not board.starting
    assert not board.running_elsewhere
    wait_for(lambda: runs(board.url) == ["rsl_rl/run"])
    url = board.url
    board.stop()
    assert board.url == board.problem == ""
    with pytest.raises(OSError, match="refused"):
        runs(url)


def test_one_that_died_says_so_and_can_be_started_again(board):
    board.start()
    os.kill(board._child.pid, signal.SIGKILL)
    wait_for(lambda: board.update() or board.problem)
    assert "exit status -9" in board.problem
    assert not board.starting
    board.start()
    assert board.starting
    assert board.problem == ""


def test_a_plugin_that_ends_it_is_named_in_one_sentence(board, tmp_path, monkeypatch):
    add_plugin(tmp_path / "site", "no_plugin", "Loader = 5", monkeypatch)
    board.start()
    wait_for(lambda: board.update() or board.problem)
    said = "TensorBoard ended with exit status 1 (TypeError: Not a TBLoader or TBPlugin subclass: 5): "
    assert board.problem.startswith(said)
    assert "\n" not in board.problem
    assert not board.starting


def test_a_log_root_that_cannot_be_is_said(tmp_path):
    (tmp_path / "file").touch()
    board = TensorBoard(tmp_path / "file" / "logs")
    board.start()
    assert "Not a directory" in board.problem
    assert not board.starting


def test_a_child_tells_its_last_words(tmp_path):
    (tmp_path / "colored.py").write_text("print('first'); print('\\x1b[91mthe last\\x1b[0m\\n'); raise SystemExit(3)")
    for program, status, words in (("no_such_module", 1, "No module named"), (f"{tmp_path}/colored.py", 3, "the last")):
        child = ChildProcess(program, [], cwd=tmp_path)
        wait_for(lambda child=child: child.status is not None)
        assert child.status == status
        assert words in child.last_words()
        assert "\x1b" not in child.last_words()
        child.end()


def test_a_last_line_is_told_as_a_whole(tmp_path):
    # such as the evaluations of a hundred checkpoints, as JSON
    (tmp_path / "long.py").write_text("print('first'); print('[' + 'é1, ' * 20_000 + '2]')", encoding="utf-8")
    child = ChildProcess(f"{tmp_path}/long.py", [], cwd=tmp_path)
    wait_for(lambda: child.status is not None)
    assert child.last_words() == "[" + "é1, " * 20_000 + "2]"
    child.end()


def test_an_export_without_leapp_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "leapp", None)  # as if it were not installed
    export = PolicyExport(tmp_path / "model_1.pt", "rsl_rl", "Isaac-Cartpole-Direct")
    export.update()
    assert "isaaclab[leapp]" in export.problem
    assert not export.running
    assert list(tmp_path.iterdir()) == []


def test_an_export_without_a_model_is_none(tmp_path):
    folder = tmp_path / "Isaac-Cartpole"
    assert not holds_models(folder)
    folder.mkdir()
    for graph, expected in (("models: {}", False), (":", False), ("models: {policy: {path: policy.onnx}}", True)):
        (folder / "Isaac-Cartpole.yaml").write_text(graph)
        assert holds_models(folder) is expected

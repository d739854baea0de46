# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""A file is opened at its line in the editor that the user has chosen, or else in the desktop's."""

from __future__ import annotations

import os
import select
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from rl_trainer_ext.errors import UserError
from rl_trainer_ext.hosts.standalone.desktop import Desktop
from rl_trainer_ext.hosts.standalone.editor import editor_command

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the programs here are shell scripts")

LIMIT = 60


class Programs:
    """A folder with the only programs that are found, and how the last one was called."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._pipe = folder / "pipe"
        os.mkfifo(self._pipe)
        self._read = os.open(self._pipe, os.O_RDWR | os.O_NONBLOCK)  # also for writing: it has no end then

    def install(self, *names: str) -> None:
        for name in names:
            program = self.folder / name
            program.write_text(f'#!/bin/sh\nprintf "%s\\n" "$0" "$@" "" > "{self._pipe}"\n', encoding="utf-8")
            program.chmod(0o755)

    def path(self, name: str) -> str:
        return str(self.folder / name)

    def called(self) -> list[str]:
        """Waits for a program; returns its path and arguments."""
        ready, _, _ = select.select([self._read], [], [], LIMIT)
        assert ready, "no program was started"
        return os.read(self._read, 65536).decode().splitlines()[:-1]

    def close(self) -> None:
        os.close(self._read)


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Programs]:
    folder = tmp_path / "my programs"
    folder.mkdir()
    programs = Programs(folder)
    monkeypatch.setenv("PATH", str(folder))
    for name in ("VISUAL", "EDITOR", "WAYLAND_DISPLAY", "VSCODE_IPC_HOOK_CLI"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DISPLAY", ":none")
    yield programs
    programs.close()


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "a task" / "env_cfg.py"
    path.parent.mkdir()
    path.write_text("class Cfg: ...\n", encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("visual", "editor", "arguments"),
    [
        ("code", "", ["code", "--goto", "{file}:7"]),
        ("code --wait", "", ["code", "--wait", "--goto", "{file}:7"]),
        ("{folder}/code", "", ["code", "--goto", "{file}:7"]),
        ("'{folder}/code' -n", "", ["code", "-n", "--goto", "{file}:7"]),
        ("", "subl -w", ["subl", "-w", "{file}:7"]),
        ("vim", "zed", ["zed", "{file}:7"]),
        ("", "gedit", ["gedit", "+7", "{file}"]),
        ("", "kate", ["kate", "--line", "7", "{file}"]),
        ("", "charm", ["charm", "--line", "7", "{file}"]),
        ("nano", "vim", None),
        ("emacs -nw", "", None),
        ("cursor", "", None),  # not installed
        ("code 'unclosed", "", None),
        ("  ", "", None),
        ("", "", None),
    ],
)
def test_the_command_of_the_chosen_editor(programs, source, visual, editor, arguments):
    programs.install("code", "subl", "zed", "gedit", "kate", "charm", "vim", "nano", "emacs")
    command = editor_command(source, 7, {"VISUAL": visual.format(folder=programs.folder), "EDITOR": editor})
    if arguments is None:
        assert command is None
    else:
        assert command == [programs.path(arguments[0]), *(each.format(file=source) for each in arguments[1:])]


def test_the_editor_is_started_and_without_one_the_desktops_program(programs, source, monkeypatch):
    monkeypatch.setenv("EDITOR", "code")
    programs.install("code", "xdg-open", "open")
    assert Desktop().edit(source, 3) == ""
    assert programs.called() == [programs.path("code"), "--goto", f"{source}:3"]
    monkeypatch.setenv("EDITOR", "vim")  # it would have no terminal
    assert Desktop().edit(source, 3) == ""
    assert programs.called() == [programs.path("open" if sys.platform == "darwin" else "xdg-open"), str(source)]


@pytest.mark.skipif(sys.platform != "linux", reason="other systems always have a screen")
def test_without_a_screen_only_the_terminal_of_an_editor_opens_one(programs, source, monkeypatch):
    copied: list[str] = []
    monkeypatch.setattr(Desktop, "copy", lambda self, text: copied.append(text))
    monkeypatch.setenv("VISUAL", "code")
    monkeypatch.delenv("DISPLAY")
    programs.install("code", "xdg-open")
    said = Desktop().edit(source, 3)
    assert copied == [f"{source}:3"]
    assert said == (
        f"No editor can be opened here: {source}:3 is on the clipboard. Set VISUAL to an editor with a window."
    )
    monkeypatch.setenv("VSCODE_IPC_HOOK_CLI", "/run/vscode.sock")
    assert Desktop().edit(source, 3) == ""
    assert programs.called() == [programs.path("code"), "--goto", f"{source}:3"]


def test_what_cannot_be_opened_is_one_sentence(programs, source, monkeypatch):
    def no_clipboard(self: Desktop, text: str) -> None:
        raise UserError("This Kit has no clipboard.")

    monkeypatch.setattr(Desktop, "copy", no_clipboard)
    with pytest.raises(UserError, match=f"No editor can be opened here: the place is {source}:3"):
        Desktop().edit(source, 3)
    Path(programs.path("code")).write_bytes(b"\0 no program")
    Path(programs.path("code")).chmod(0o755)
    monkeypatch.setenv("VISUAL", "code")
    with pytest.raises(UserError, match=rf"code cannot be started \(Exec format error\): open {source}:3 yourself"):
        Desktop().edit(source, 3)
    source.unlink()
    with pytest.raises(UserError, match=r"env_cfg\.py is gone"):
        Desktop().edit(source, 3)

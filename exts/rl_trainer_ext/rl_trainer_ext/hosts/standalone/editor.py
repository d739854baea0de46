# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The user's editor: the command that opens a file at a line."""

from __future__ import annotations

import os
import shlex
import shutil
from collections.abc import Mapping
from pathlib import Path, PurePath

_VARIABLES = ("VISUAL", "EDITOR")

_ARGUMENTS = {
    ("code", "code-insiders", "codium", "vscodium", "cursor", "windsurf", "positron", "kiro", "antigravity"): (
        "--goto",
        "{file}:{line}",
    ),
    ("zed", "zeditor", "subl", "sublime_text", "lapce", "pulsar"): ("{file}:{line}",),
    ("pycharm", "charm", "idea", "clion", "pycharm64", "idea64"): ("--line", "{line}", "{file}"),
    ("kate", "kwrite", "mousepad"): ("--line", "{line}", "{file}"),
    ("gedit", "xed", "pluma", "geany", "gvim", "mvim", "nvim-qt", "emacs"): ("+{line}", "{file}"),
    ("notepad++",): ("-n{line}", "{file}"),
    ("gnome-text-editor", "notepad"): ("{file}",),
}
"""The arguments of editors that have a window of their own, by the names of their programs. Others, such as vim and
nano, draw in a terminal, of which there is none here."""


def editor_command(path: Path, line: int, environment: Mapping[str, str] = os.environ) -> list[str] | None:
    """Returns the command that opens a file in the editor that the user has chosen.

    Args:
        path: The file.
        line: The line, counted from 1.
        environment: Names the editor in ``VISUAL`` or ``EDITOR``, with arguments of its own where it needs some.

    Returns:
        The command; None where no editor with a window is chosen and installed.
    """
    for variable in _VARIABLES:
        words = _words(environment.get(variable, ""))
        program = shutil.which(words[0]) if words else None
        arguments = _arguments_of(words[0]) if words else ()
        if program is not None and arguments and "-nw" not in words:
            return [program, *words[1:], *(each.format(file=path, line=line) for each in arguments)]
    return None


def in_editors_terminal(environment: Mapping[str, str] = os.environ) -> bool:
    """Returns whether VS Code's terminal has started the program: it opens files also on another machine's screen."""
    return "VSCODE_IPC_HOOK_CLI" in environment


def _words(text: str) -> list[str]:
    if not text.strip():
        return []
    if shutil.which(text):  # a path with spaces
        return [text]
    try:
        return [word.strip('"') for word in shlex.split(text, posix=os.name != "nt")]
    except ValueError:  # a quote that is not closed
        return []


def _arguments_of(program: str) -> tuple[str, ...]:
    name = PurePath(program).name.lower()
    stem = name.rpartition(".")[0] if name.endswith((".exe", ".cmd", ".bat")) else name
    return next((arguments for names, arguments in _ARGUMENTS.items() if stem in names), ())

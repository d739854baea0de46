# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The user's desktop without Isaac Sim: file manager, editor, browser, clipboard."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from ...errors import UserError
from ..processes.child import APART
from .editor import editor_command, in_editors_terminal
from .omni_ui import copied_text, copy_text, has_display

_OPENER = "open" if sys.platform == "darwin" else "xdg-open"


class Desktop:
    """Opens files and links with the desktop's default programs."""

    def reveal(self, path: Path) -> None:
        """Shows a folder, or the folder of a file, in the file manager."""
        folder = path if path.is_dir() else path.parent
        if not _open_with_desktop(str(folder)):
            raise UserError(f"No file manager can be opened here: the files are in {folder}")

    def open_file(self, path: Path) -> None:
        """Opens a file with the program that the desktop has for its kind, such as a video player."""
        if not _open_with_desktop(str(path)):
            raise UserError(f"No program can be opened here: the file is {path}")

    def edit(self, path: Path, line: int = 1) -> str:
        """Opens a text file in the user's editor: the one that ``VISUAL`` or ``EDITOR`` names, or the desktop's.

        Args:
            path: The file.
            line: The line, counted from 1.

        Returns:
            An empty text; where no editor can be opened, a sentence that says that the place was copied instead.

        Raises:
            UserError: When the file is gone, or can be neither opened nor copied.
        """
        if not path.is_file():
            raise UserError(f"{path} is gone: it was deleted or renamed.")
        place, command = f"{path}:{line}", editor_command(path, line)
        if command is not None and (_has_screen() or in_editors_terminal()):
            try:
                _start(command)
            except OSError as error:
                raise UserError(f"{command[0]} cannot be started ({error.strerror}): open {place} yourself.") from error
            return ""
        if _open_with_desktop(str(path), "edit"):
            return ""
        try:
            self.copy(place)
        except UserError:  # no clipboard
            raise UserError(f"No editor can be opened here: the place is {place}") from None
        return f"No editor can be opened here: {place} is on the clipboard. Set VISUAL to an editor with a window."

    def open_link(self, link: str) -> None:
        """Opens a link in the browser."""
        if not _open_with_desktop(link):
            raise UserError(f"No browser can be opened here: open {link} in one that reaches this machine.")

    def copy(self, text: str) -> None:
        """Copies text to the clipboard."""
        copy_text(text)

    def paste(self) -> str:
        """Returns the text on the clipboard; empty when it has none."""
        return copied_text()


def _open_with_desktop(what: str, verb: str = "open") -> bool:
    """Opens a file or link with the desktop's default program; returns False if there is none.

    Args:
        what: The file or link.
        verb: What Windows does with it: it would run a Python file that it opens.
    """
    if sys.platform == "win32":
        try:
            os.startfile(what, verb)
        except OSError:  # no program opens it
            return False
        return True
    opener = shutil.which(_OPENER)
    if opener is None or not _has_screen():
        return False
    _start([opener, what])
    return True


def _has_screen() -> bool:
    return sys.platform == "darwin" or sys.platform == "win32" or has_display()


def _start(command: list[str]) -> None:
    subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        **APART,
    )

# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The user's desktop without Isaac Sim: file manager, browser, clipboard."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from ...errors import UserError
from ..processes.child import APART
from .omni_ui import copied_text, copy_text, has_display

_OPENER = "xdg-open"


class Desktop:
    """Opens files and links with the desktop's default programs."""

    def reveal(self, path: Path) -> None:
        """Shows a folder, or the folder of a file, in the file manager."""
        folder = path if path.is_dir() else path.parent
        if not _open_with_desktop(str(folder)):
            raise UserError(f"No file manager can be opened here: the files are in {folder}")

    def open_file(self, path: Path) -> None:
        """Opens a file with the program that the desktop has for its kind, such as an editor."""
        if not _open_with_desktop(str(path)):
            raise UserError(f"No editor can be opened here: the file is {path}")

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


def _open_with_desktop(what: str) -> bool:
    """Opens a file or link with the desktop's default program; returns False if there is none."""
    if sys.platform == "win32":
        try:
            os.startfile(what)
        except OSError:  # no program opens it
            return False
        return True
    opener = shutil.which(_OPENER)
    if opener is None or not has_display():
        return False
    subprocess.Popen(
        [opener, what],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        **APART,
    )
    return True

# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""What surrounds the window without Isaac Sim: file manager, browser, clipboard."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from ...errors import UserError
from ..processes.child import APART
from .omni_ui import copy_text, has_display

_OPENER = "xdg-open"


class Desktop:
    """The user's desktop, through the opener of Linux's, or Windows' own."""

    def reveal(self, path: Path) -> None:
        """Shows a folder, or that of a file, in the file manager."""
        folder = path if path.is_dir() else path.parent
        if not _open_with_desktop(str(folder)):
            raise UserError(f"No file manager can be opened here: the files are in {folder}")

    def open_link(self, link: str) -> None:
        """Opens a link in the browser."""
        if not _open_with_desktop(link):
            raise UserError(f"No browser can be opened here: open {link} in one that reaches this machine.")

    def copy(self, text: str) -> None:
        """Puts text on the clipboard."""
        copy_text(text)


def _open_with_desktop(what: str) -> bool:
    if sys.platform == "win32":
        try:
            os.startfile(what)
        except OSError:  # nothing is there that opens it
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

# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Makes the picture of the window of the sweeps, with the newest sweep of a log root, from the real application.

python tools/sweep_picture.py LOG_ROOT docs/images/sweep.png
"""

from __future__ import annotations

import sys
from pathlib import Path

from application import SIZE, Application


def main(log_root: Path, path: Path) -> None:
    """Writes the picture."""
    with Application(log_root=log_root) as application:
        app = application.app
        application.until_ready()
        window = app.windows.sweep
        window.focus()
        application.until(lambda _: application.find("trial_row:0", window) is not None)
        application.click("sweep_charts", window)
        application.click("trial_row:3", window)
        application.point_at(SIZE[0] - 8, SIZE[1] - 8)  # no tooltip over the table
        application.write(path)


if __name__ == "__main__":
    main(Path(sys.argv[1]).absolute(), Path(sys.argv[2]).absolute())

# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Makes the picture of the window of the sweeps, with the newest sweep of a log root, from the real application.

python tools/sweep_picture.py LOG_ROOT docs/images/sweep.png
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from rl_trainer_ext.hosts.standalone.host import StandaloneApp
from rl_trainer_ext.hosts.standalone.main_window import TITLE
from rl_trainer_ext.hosts.standalone.omni_ui import load_omni_ui
from rl_trainer_ext.hosts.standalone.settings import FileSettings
from rl_trainer_ext.training.snapshot import State
from settings_picture import SIZE, Application


def main(log_root: Path, path: Path) -> None:
    """Writes the picture."""
    ui, _ = load_omni_ui(TITLE, *SIZE, offscreen=True)
    from omni.ui import testing

    with tempfile.TemporaryDirectory() as folder:
        settings = FileSettings(Path(folder) / "settings.json")
        drawn = Application(ui, StandaloneApp(settings, log_root=str(log_root)))
        app = drawn.app
        drawn.until(lambda: app.windows.arranged and app.trainer.state is State.IDLE)
        app.windows.sweep.focus()
        drawn.until(lambda: app.sweeps.pane is not None and drawn.find("trial_row:0", app.windows.sweep) is not None)
        drawn.click("sweep_charts", app.windows.sweep)
        drawn.click("trial_row:3", app.windows.sweep)
        drawn.act(testing.mouse_move(SIZE[0] - 8, SIZE[1] - 8))  # no tooltip over the table
        drawn.write(path.absolute())
        app.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))

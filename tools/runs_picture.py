# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Makes the picture of the run browser: three seeds of one configuration beside two with another learning rate.

rl-trainer queue tools/runs_picture.yaml          # trains the runs, into logs
python tools/runs_picture.py logs docs/images/runs.png
"""

from __future__ import annotations

import sys
from pathlib import Path

from application import Application
from rl_trainer_ext.run_config import RunConfig
from rl_trainer_ext.runs import list_runs
from rl_trainer_ext.runs.labels import tag
from rl_trainer_ext.runs.record import RunRecord

SIZE = (1440, 900)
"""Width and height of the window [pixels]."""

IN_CURVES = (780, 700)
"""Where the mouse is, in the comparison of the curves [pixels]."""


def label(log_root: Path) -> list[Path]:
    """Tags the runs by their learning rates, and returns the folders of the seeds."""
    seeds = []
    for run in list_runs(log_root):
        if run.task == "Isaac-Cartpole-Direct" and run.library == "rsl_rl":
            record = RunRecord.read(run.path)
            assert record is not None
            tag(run.path, ["lr 1e-4" if record.config.overrides else "baseline"])
            seeds.append(run.path)
    return seeds


def main(log_root: Path, path: Path) -> None:
    """Selects the seeds, and writes the picture."""
    seeds = label(log_root)
    with Application(SIZE, log_root=log_root) as application:
        app = application.app
        application.until_ready()
        app.panel.set_config(RunConfig("Isaac-Cartpole-Direct", "rsl_rl", device="cpu", log_root=str(log_root)))
        window = app.windows.runs
        window.focus()
        application.until(lambda _: application.find("run_row:0", window) is not None)
        app.runs.filled().show_runs(seeds, mean=True)
        application.run(3.0)  # the curves are read in slices of the frames
        application.point_at(*IN_CURVES)
        application.write(path, colors=256)


if __name__ == "__main__":
    main(Path(sys.argv[1]).absolute(), Path(sys.argv[2]).absolute())

# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""What takes the files of a run elsewhere stays inside the log root."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from unittest.mock import Mock

from helpers.runs_on_disk import make_run
from rl_trainer_ext import runs


def test_an_export_is_not_written_outside(omni_ui: Any, tmp_path: Path) -> None:
    from rl_trainer_ext.ui.runs.files import FileActions  # once the toolkit is open

    run_dir = make_run(tmp_path / "logs", models=["model_0.pt"])
    run_dir.rename(tmp_path / "outside")
    run_dir.symlink_to(tmp_path / "outside")
    (run,) = runs.list_runs(tmp_path / "logs", tmp_path / "cache")
    checkpoint = runs.list_checkpoints(run.path)[0]
    services, actions = Mock(), Mock()  # of the panel: only that the export does not begin is looked at
    FileActions(services, actions).export(run, checkpoint)
    services.export.assert_not_called()
    assert "leads out of the log root" in actions.say.call_args.args[0]

# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Isaac Lab's own export of a policy (``isaaclab leapp export``), in a process beside this one."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from pathlib import Path

from ... import runs
from ...errors import UserError
from ...isaac_lab.task_config import NEWTON_PRESET
from ...learners.formats import format_of
from ...run_config import RunConfig
from ...system.installation import isaac_sim_is_installed, pip_line
from .child import ChildProcess

REQUIREMENT = "isaaclab[leapp]==3.0.0"


def holds_models(folder: Path) -> bool:
    """Returns whether LEAPP has written a model into its result folder: it also succeeds when it finds none."""
    import yaml

    try:
        graph = yaml.safe_load((folder / f"{folder.name}.yaml").read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError):
        return False
    return bool(isinstance(graph, dict) and graph.get("models"))


class PolicyExport:
    """Exports one checkpoint. :meth:`update` polls the process.

    Isaac Lab runs the policy for a few steps in an environment and writes the traced model as ONNX, with a description
    of inputs and outputs, to ``<run>/exported/<checkpoint>/<task>``.

    Args:
        checkpoint: The checkpoint to export.
        library: Isaac Lab's name of its RL library.
        task: Gymnasium id of its task.
        device: The device to run it on.
        overrides: Hydra overrides and presets that the task needs.
    """

    def __init__(
        self,
        checkpoint: Path,
        library: str,
        task: str,
        device: str = "cpu",
        overrides: Sequence[str] = (),
    ) -> None:
        self.checkpoint, self.library, self.task = checkpoint.absolute(), library, task
        run_dir = runs.run_dir_of(self.checkpoint, library)
        self._root = run_dir / "exported" / self.checkpoint.stem
        self.subject = f"Exporting {checkpoint.name}"
        """What it does, for the user."""
        self.folder = self._root / task
        """The folder of the result."""
        self.problem = ""
        """Why it failed, in one sentence; empty without a problem."""
        self.done = False
        """Whether the result is complete."""
        self.progress = ""
        """The last line that Isaac Lab printed."""
        self._child: ChildProcess | None = None
        known = format_of(library)
        if known.no_export:
            self.problem = known.no_export
            return
        if importlib.util.find_spec("leapp") is None:
            self.problem = f"Isaac Lab exports policies with LEAPP, which is not installed: run {pip_line(REQUIREMENT)}"
            return
        # the default physics, as for playing
        if not isaac_sim_is_installed() and not any(override.startswith("physics=") for override in overrides):
            overrides = [*overrides, NEWTON_PRESET]
        arguments = [
            *("leapp", "export", "--rl_library", library, "--task", task, "--checkpoint", str(self.checkpoint)),
            *("--export_save_path", str(self._root), "--device", device),
        ]
        overrides = [*(text.format(device=device) for text in known.export_overrides), *overrides]
        try:
            # "exported" may be a symbolic link
            runs.require_inside(self.folder, run_dir)
            self._root.mkdir(parents=True, exist_ok=True)
            self._child = ChildProcess("isaaclab", [*arguments, *overrides], cwd=self._root)
        except UserError as error:
            self.problem = str(error)
        except OSError as error:
            self.problem = f"{self._root} cannot be written ({error.strerror}): copy the checkpoint elsewhere."

    @property
    def outcome(self) -> str:
        """One sentence about the result; empty until it is :attr:`done`."""
        return f"Exported to {self.folder}" if self.done else ""

    @property
    def running(self) -> bool:
        """Whether the export is running."""
        return self._child is not None

    def update(self) -> None:
        """Checks the progress. Called once a frame, or less often."""
        if self._child is None:
            return
        status = self._child.status
        self.progress = self._child.last_words()
        if status is None:
            return
        self.stop()
        if status != 0:
            self.problem = (
                f"The export of {self.checkpoint.name} failed with exit status {status}: "
                f"{self.progress or 'it said nothing'}"
            )
        elif not holds_models(self.folder):
            self.problem = (
                f"Nothing was exported: the environment of {self.task} does not tell LEAPP what goes in and out of its "
                "policy, as few direct environments do; choose a checkpoint of a manager-based task."
            )
        else:
            self.done = True

    def stop(self) -> None:
        """Ends it, if it still runs."""
        child, self._child = self._child, None
        if child is not None:
            child.end()


def begin_leapp_export(config: RunConfig) -> PolicyExport:
    """Starts Isaac Lab's export of a run's checkpoint on the CPU, where it does not compete with a training."""
    return PolicyExport(Path(str(config.checkpoint)), config.library, config.task, overrides=config.overrides)

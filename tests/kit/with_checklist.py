# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The checklist for Isaac Sim, started by Kit's real ``--exec`` where Isaac Sim's parts are stand-ins.

``with_checklist.py FOLDER``. It ends after the step that trains, the last that needs neither PhysX nor a renderer; the
training is on Newton.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

import stand_ins
import usd_stand_ins
import viewport_stand_ins
from helpers.driver import Driver
from kernel import EXTENSION, REPOSITORY, Kernel

CHECKLIST = REPOSITORY / "tests" / "isaacsim" / "checklist.py"
LAST_STEP = "step_3_train"
LIMIT = 1800.0

DRAWN = 20
"""One of so many frames is drawn: nothing is clicked with the mouse."""


class WidgetDouble:
    """Stands in for what Kit's ``omni.kit.ui_test`` finds: a click calls what the button calls."""

    def __init__(self, widget: Any) -> None:
        self.widget = widget

    async def click(self) -> None:
        assert self.widget.enabled, f"{self.widget.identifier} is disabled"
        self.widget.call_clicked_fn()


class UiTestStandIn:
    """Stands in for the module ``omni.kit.ui_test``: finds widgets of a window by ``identifier``."""

    @staticmethod
    def find(path: str) -> WidgetDouble | None:
        import omni.ui as ui

        title, _, identifier = path.partition("//Frame/**/*[*].identifier==")
        frame = ui.Workspace.get_window(title).frame
        found = [each for each in Driver(frame, lambda: None).widgets() if each.identifier == identifier.strip("'")]
        return WidgetDouble(found[0]) if len(found) == 1 else None

    @staticmethod
    async def human_delay(frames: int) -> None:
        import omni.kit.app

        for _ in range(frames):
            await omni.kit.app.get_app().next_update_async()


def stand_in_for_isaac_sim() -> None:
    """Installs what the extension and the checklist use of Isaac Sim."""
    parts: dict[str, Any] = {
        "isaacsim.core.version": stand_ins.IsaacSimVersionStandIn(),
        "isaacsim.core.simulation_manager": stand_ins.SimulationManagerStandIn(),
        "omni.kit.ui_test": UiTestStandIn(),
        "omni.kit.viewport.utility": viewport_stand_ins.ViewportUtilityStandIn(),
        "omni.timeline": stand_ins.OmniTimelineStandIn(),
        "omni.usd": usd_stand_ins.OmniUsdStandIn(),
    }
    for name, part in parts.items():
        stand_ins.install(name, part)
    parts["omni.kit.viewport.utility"].active = viewport_stand_ins.ViewportWindowDouble("Viewport")


def dock_property(kit: Kernel) -> list[Any]:
    """A main window with a docked window "Property", as Kit has it; returns what has to be kept."""
    ui = kit.ui
    main_window, window = ui.MainWindow(), ui.Window("Property", dockPreference=ui.DockPreference.MAIN)

    def docked() -> bool:
        space = ui.Workspace.get_window("DockSpace")
        if space is not None and space.dock_id and not window.docked:
            window.dock_in(space, ui.DockPosition.SAME)
        return bool(window.docked)

    kit.until(docked, "the dock")
    return [main_window, window]


def main(folder: Path) -> None:
    """Lets frames pass until the checklist has reported the last of the steps."""
    report = folder / "report.json"
    kit = Kernel(
        folder,
        options=(
            "--/app/extensions/registryEnabled=false",
            f"--/exts/{EXTENSION}/visualizer=false",
            f"--/exts/{EXTENSION}/log_root={folder / 'logs'}",
            *("--exec", f"{CHECKLIST} {report} physics=newton_mjwarp"),
        ),
    )
    import isaaclab_physx  # noqa: F401  which would look for PhysX in an Isaac Sim that has its manager

    stand_in_for_isaac_sim()
    kept = dock_property(kit)
    kit.enable()
    end = time.monotonic() + LIMIT
    while time.monotonic() < end and not (report.exists() and LAST_STEP in report.read_text(encoding="utf-8")):
        kit.app.update()
        if kit.app.get_update_number() % DRAWN == 0:
            kit.frame()
    kept.clear()
    kit.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))

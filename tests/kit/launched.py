# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""``rl-trainer --isaacsim`` with Isaac Lab's real launcher, which starts a stand-in for Isaac Sim: launched.py FOLDER.

Writes into the folder what was seen, as JSON. Run by test_in_kit.py.
"""

from __future__ import annotations

import json
import os
import sys
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any, ClassVar

import stand_ins
from kernel import EXTENSION, Kernel

FRAMES = 5_000


class TimelineOfIsaacSim(stand_ins.TimelineDouble):
    """With the stream of events that Isaac Lab's launcher asks for."""

    def get_timeline_event_stream(self) -> Any:
        return SimpleNamespace(create_subscription_to_pop_by_type=lambda kind, function: None)


class TimelineStandIn(stand_ins.OmniTimelineStandIn):
    """Stands in for the module ``omni.timeline``."""

    TimelineEventType = SimpleNamespace(PLAY=0, STOP=1)

    def __init__(self) -> None:
        self.timeline = TimelineOfIsaacSim()


class ToolbarStandIn:
    """Stands in for the module ``omni.kit.widget.toolbar``, before its play button group is there."""

    @staticmethod
    def get_instance() -> Any:
        return SimpleNamespace(_builtin_tools=SimpleNamespace(_play_button_group=None))


class SimulationAppDouble:
    """Stands in for ``isaacsim.SimulationApp``: NVIDIA's real kernel, and no window."""

    seen: ClassVar[dict[str, Any]] = {}

    def __init__(self, config: dict[str, Any], experience: str) -> None:
        self.seen.update(experience=Path(experience).name, headless=config["headless"], argv=sys.argv[1:])
        self._kernel = Kernel(Path(sys.argv[0]), copied=False)
        stand_ins.install("omni.timeline", TimelineStandIn())
        stand_ins.install("omni.kit.widget.toolbar", ToolbarStandIn())
        import carb.eventdispatcher
        import omni.kit.app

        self._frames = 0
        self._observer = carb.eventdispatcher.get_eventdispatcher().observe_event(
            event_name=omni.kit.app.GLOBAL_EVENT_UPDATE, on_event=self._look, observer_name="user", order=100
        )

    def _look(self, event: Any) -> None:
        """Closes the window, as the user does, when the panel is ready."""
        import carb.settings

        snapshot = self._kernel.snapshot
        if snapshot is None or "state" in self.seen:
            return  # not enabled yet, or any more
        self._frames += 1
        state = snapshot.state.name
        if state == "IDLE" or self._frames > FRAMES:
            root = carb.settings.get_settings().get(f"/exts/{EXTENSION}/log_root")
            self.seen.update(state=state, log_root=root, enabled=self._kernel.manager.is_extension_enabled(EXTENSION))
            self._kernel.app.post_quit(0)

    def update(self) -> None:
        self._kernel.app.update()

    def close(self, exit_code: int = 0) -> None:
        self.seen["enabled_at_the_end"] = self._kernel.manager.is_extension_enabled(EXTENSION)
        self.seen["errors"] = self._kernel.errors()


def main(folder: Path) -> None:
    """Opens "Isaac Sim", and leaves it."""
    isaac_sim = ModuleType("isaacsim")
    isaac_sim.__spec__, isaac_sim.__path__ = ModuleSpec("isaacsim", None, origin="stand-in"), []
    isaac_sim.SimulationApp = SimulationAppDouble  # type: ignore[attr-defined]
    sys.modules["isaacsim"] = isaac_sim
    os.environ["EXP_PATH"] = str(folder)
    import isaaclab_physx.app.kit_launcher as isaac_labs

    # there may be no GPU, which Isaac Sim always has
    isaac_labs.set_cuda_device = lambda device: None
    isaac_labs.KitLauncher._initialize_preloaded_torch_cuda = lambda launcher: None
    from rl_trainer_ext.cli import main as cli

    # Kit reads sys.argv, whose first entry is left to it
    sys.argv = [str(folder), "--isaacsim", "--log_root", str(folder / "runs")]
    status = cli.main()
    seen = {**SimulationAppDouble.seen, "status": status}
    (folder / "launched.json").write_text(json.dumps(seen), encoding="utf-8")
    sys.stdout.flush()
    os._exit(0)  # this stand-in has nothing to shut down


if __name__ == "__main__":
    main(Path(sys.argv[1]))

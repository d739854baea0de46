# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Stand-ins for what Kit's kernel lacks and only a full Isaac Sim has. docs/verification.md lists them.

Each has the names and the behaviour that its original documents, and notes what it was asked. Nothing here stands in
for Kit's kernel, its extension manager, its settings and events, omni.ui, Isaac Lab or an RL library: those are real.
"""

from __future__ import annotations

import enum
import importlib
import inspect
import sys
from importlib.machinery import ModuleSpec
from types import ModuleType, SimpleNamespace
from typing import Any, Literal

from isaac_sim_signatures import parameters


def install(name: str, stand_in: Any) -> None:
    """Lets ``import name`` find a stand-in, as if Kit had the extension."""
    module = _module(name)
    for attribute in (each for each in dir(stand_in) if not each.startswith("__")):
        setattr(module, attribute, getattr(stand_in, attribute))


def _module(name: str) -> ModuleType:
    """A new module of that name, in packages that are made where there are none."""
    module = ModuleType(name)
    module.__spec__ = ModuleSpec(name, None)
    module.__path__ = []
    sys.modules[name] = module
    parent, _, last = name.rpartition(".")
    if parent:
        try:
            package = importlib.import_module(parent)
        except ModuleNotFoundError:
            package = _module(parent)
        setattr(package, last, module)
    return module


def remove(name: str) -> None:
    """Takes a stand-in away."""
    del sys.modules[name]
    parent, _, last = name.rpartition(".")
    delattr(sys.modules[parent], last)


class IsaacSimVersionStandIn:
    """Stands in for the module ``isaacsim.core.version``: Isaac Lab asks for it in every Kit."""

    def __init__(self, version: str = "6.2.0") -> None:
        self._version = version

    def get_version(self) -> tuple[str, ...]:
        return (self._version, "", *self._version.split("."), "", "", "")


class SimulationManagerDouble:
    """Stands in for Isaac Sim's ``SimulationManager``: which of its default callbacks are in service, and which physics
    engine is active, as in 6.2."""

    __module__ = "isaacsim.core.simulation_manager.impl.simulation_manager"

    def __init__(self) -> None:
        self._callbacks = dict.fromkeys(("warm_start", "on_stop", "stage_open", "stage_close"), True)
        self._engine: Literal["physx", "newton", "remotesim"] = "physx"

    def get_active_physics_engine(self) -> Literal["physx", "newton", "remotesim"]:
        return self._engine

    def switch_physics_engine(
        self, engine_name: Literal["physx", "newton", "remotesim"], verbose: bool = False
    ) -> bool:
        """Whatever the case of a letter; False for an engine that no extension has registered."""
        registered: dict[str, Literal["physx", "newton"]] = {"physx": "physx", "newton": "newton"}
        self._engine = registered.get(engine_name.lower(), self._engine)
        return engine_name.lower() in registered

    def get_default_callback_status(self) -> dict[str, bool]:
        return self._callbacks.copy()

    def enable_all_default_callbacks(self, enable: bool = True) -> None:
        self._callbacks = dict.fromkeys(self._callbacks, enable)

    def enable_default_callbacks(
        self,
        *,
        enable_warm_start: bool | None = None,
        enable_on_stop: bool | None = None,
        enable_stage_open: bool | None = None,
        enable_stage_close: bool | None = None,
    ) -> None:
        wanted = {
            "warm_start": enable_warm_start,
            "on_stop": enable_on_stop,
            "stage_open": enable_stage_open,
            "stage_close": enable_stage_close,
        }
        self._callbacks.update({name: enable for name, enable in wanted.items() if enable is not None})


class SimulationManagerStandIn:
    """Stands in for the module ``isaacsim.core.simulation_manager``."""

    class IsaacEvents(enum.Enum):
        PHYSICS_READY = "isaac.physics_ready"

    def __init__(self) -> None:
        self.SimulationManager = SimulationManagerDouble()


TIMELINE_ORDER = -90
"""Where in Kit's frame its timeline applies what was asked of it (``eUsdTimelineStateRefresh``)."""


class TimelineDouble:
    """Stands in for Kit's timeline: its three states, and its events through Kit's real dispatcher.

    A change is applied, and its event sent, in the next frame, at the timeline's place in it.
    """

    def __init__(self) -> None:
        import carb.eventdispatcher
        import omni.kit.app

        self.state = "stopped"
        self._pending: list[tuple[str, str]] = []
        self._observer = carb.eventdispatcher.get_eventdispatcher().observe_event(
            event_name=omni.kit.app.GLOBAL_EVENT_UPDATE,
            on_event=self._apply,
            observer_name="timeline",
            order=TIMELINE_ORDER,
        )

    def is_playing(self) -> bool:
        return self.state == "playing"

    def is_stopped(self) -> bool:
        return self.state == "stopped"

    def play(self) -> None:
        self._change("playing", OmniTimelineStandIn.GLOBAL_EVENT_PLAY)

    def pause(self) -> None:
        self._change("paused", OmniTimelineStandIn.GLOBAL_EVENT_PAUSE)

    def stop(self) -> None:
        self._change("stopped", OmniTimelineStandIn.GLOBAL_EVENT_STOP)

    def _change(self, state: str, event: str) -> None:
        self._pending.append((state, event))

    def _apply(self, update: Any) -> None:
        import carb.eventdispatcher

        pending, self._pending = self._pending, []
        for state, event in pending:
            if state != self.state:
                self.state = state
                carb.eventdispatcher.get_eventdispatcher().dispatch_event(event, payload={})


class OmniTimelineStandIn:
    """Stands in for the module ``omni.timeline``."""

    GLOBAL_EVENT_PLAY = "omni.timeline.stand_in:play"
    GLOBAL_EVENT_PAUSE = "omni.timeline.stand_in:pause"
    GLOBAL_EVENT_STOP = "omni.timeline.stand_in:stop"

    def __init__(self) -> None:
        self.timeline = TimelineDouble()

    def get_timeline_interface(self) -> TimelineDouble:
        return self.timeline


class ClipboardStandIn:
    """Stands in for the module ``omni.kit.clipboard``."""

    def __init__(self) -> None:
        self._text = ""

    def copy(self, value_str: str) -> None:
        self._text = value_str

    def paste(self) -> str:
        return self._text


class NotificationManagerStandIn:
    """Stands in for the module ``omni.kit.notification_manager``: keeps what would be shown."""

    class NotificationStatus(enum.Enum):
        WARNING = 0
        INFO = 1

    class NotificationButtonInfo:
        def __init__(self, text: str, on_complete: Any = None) -> None:
            self.text, self.handler = text, on_complete

    def __init__(self) -> None:
        self.posted: list[SimpleNamespace] = []

    def post_notification(
        self,
        text: str,
        hide_after_timeout: bool = True,
        duration: int = 3,
        status: Any = NotificationStatus.INFO,
        button_infos: Any = (),
    ) -> None:
        self.posted.append(SimpleNamespace(text=text, status=status, buttons=list(button_infos)))


class ActionRegistryDouble:
    """Stands in for Kit's registry of actions."""

    def __init__(self) -> None:
        self.actions: dict[tuple[str, str], Any] = {}

    def register_action(
        self,
        extension_id: str,
        action_id: str,
        python_object: Any,
        display_name: str = "",
        description: str = "",
        icon_url: str = "",
        tag: str = "",
    ) -> None:
        self.actions[extension_id, action_id] = python_object

    def deregister_all_actions_for_extension(self, extension_id: str) -> None:
        self.actions = {key: action for key, action in self.actions.items() if key[0] != extension_id}

    def execute_action(self, extension_id: str, action_id: str) -> Any:
        return self.actions[extension_id, action_id]()


class ActionsStandIn:
    """Stands in for the module ``omni.kit.actions.core``."""

    def __init__(self) -> None:
        self.registry = ActionRegistryDouble()

    def get_action_registry(self) -> ActionRegistryDouble:
        return self.registry


class MenuUtilsStandIn:
    """Stands in for the module ``omni.kit.menu.utils``: the entries by menu."""

    class MenuItemDescription(SimpleNamespace):
        __signature__ = inspect.Signature(
            [
                inspect.Parameter(name, inspect.Parameter.POSITIONAL_OR_KEYWORD, default=None)
                for name in parameters("omni.kit.menu.utils.MenuItemDescription")
            ]
        )

        def __init__(self, *arguments: Any, **options: Any) -> None:
            super().__init__(**self.__signature__.bind(*arguments, **options).arguments)

    def __init__(self) -> None:
        self.menus: dict[str, list[Any]] = {}
        self.refreshed = 0

    def add_menu_items(self, menu: list[Any], name: str) -> None:
        self.menus.setdefault(name, []).extend(menu)

    def remove_menu_items(self, menu: list[Any], name: str) -> None:
        self.menus[name] = [item for item in self.menus[name] if item not in menu]

    def refresh_menu_items(self, name: str) -> None:
        self.refreshed += 1


class FilePickerDialogDouble:
    """Stands in for Kit's file picker: remembers how it was made, and is answered by the test."""

    open: FilePickerDialogDouble | None = None

    def __init__(self, title: str, **options: Any) -> None:
        self.title, self.options, self.path, self.visible = title, options, None, False
        FilePickerDialogDouble.open = self

    def show(self, path: str | None = None) -> None:
        self.path, self.visible = path, True

    def hide(self) -> None:
        self.visible = False

    def destroy(self) -> None:
        FilePickerDialogDouble.open = None


class FilePickerStandIn:
    """Stands in for the module ``omni.kit.window.filepicker``."""

    FilePickerDialog = FilePickerDialogDouble


class SimpleCheckBox:
    """Stands in for the check box of ``omni.kit.window.extensions``, which Isaac Sim's widgets use."""

    def __init__(self, checked: bool, on_changed_fn: Any, model: Any = None, enabled: bool = True) -> None:
        import omni.ui as ui

        self.model = model or ui.SimpleBoolModel(checked)
        self.box = ui.CheckBox(model=self.model, enabled=enabled)
        if on_changed_fn is not None:
            self.model.add_value_changed_fn(lambda changed: on_changed_fn(changed.as_bool))


BESIDE_ISAAC_SIMS_WIDGETS: dict[str, Any] = {
    "omni.appwindow": SimpleNamespace(),
    "omni.graph.core": SimpleNamespace(),
    "omni.kit.property.usd.relationship": SimpleNamespace(RelationshipTargetPicker=object),
    "omni.kit.window.extensions": SimpleNamespace(SimpleCheckBox=SimpleCheckBox),
    "omni.kit.window.extensions.common": SimpleNamespace(get_icons_path=str),
    "omni.kit.window.extensions.ext_components": SimpleNamespace(SearchWidget=object),
    "omni.kit.window.popup_dialog.dialog": SimpleNamespace(get_field_value=str),
    "omni.kit.window.property.templates": SimpleNamespace(LABEL_HEIGHT=18, LABEL_WIDTH=160),
    "omni.physics.core": SimpleNamespace(get_physics_simulation_interface=object),
    "omni.usd.commands": SimpleNamespace(DeletePrimsCommand=object),
}
"""What the modules of ``isaacsim.gui.components`` import, and its widgets that are drawn here hardly use."""

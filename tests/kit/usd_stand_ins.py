# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The stand-in for Kit's ``omni.usd``; see stand_ins.py."""

from __future__ import annotations

import enum
from typing import Any


class StageEventType(enum.Enum):
    """As ``omni.usd.StageEventType``."""

    OPENED = "opened"
    CLOSING = "closing"


class StageState(enum.Enum):
    """As ``omni.usd.StageState``."""

    CLOSED = "closed"
    OPENED = "opened"


USD_ORDER = -10
"""Where in Kit's frame its USD context works."""


class UsdContextDouble:
    """Stands in for Kit's USD context: real stages, in the real stage cache, and no file dialogs.

    A stage is attached with the next frame; only then is the one before it closed. Opening, closing and ``new_stage``
    are done at once.
    """

    def __init__(self) -> None:
        self.stage: Any = None
        self.file = ""
        self.pending_edit = False
        self.attached: list[int] = []
        self.opened: list[str] = []
        self.saved = 0
        self._attaching: Any = None
        self._observer: Any = None

    def open_user_stage(self, file: str, pending_edit: bool) -> None:
        """What a user has open before the run."""
        from pxr import Usd

        self.show(Usd.Stage.CreateInMemory(), file, pending_edit)

    def show(self, stage: Any, file: str = "", pending_edit: bool = False) -> None:
        """Closes the open stage, and opens another."""
        from pxr import UsdUtils

        self.close_stage()
        if not UsdUtils.StageCache.Get().Contains(stage):
            UsdUtils.StageCache.Get().Insert(stage)
        self.stage, self.file, self.pending_edit = stage, file, pending_edit
        self._dispatch(StageEventType.OPENED)

    def new_stage(self) -> bool:
        self.open_user_stage("", False)
        return True

    def get_stage_state(self) -> StageState:
        return StageState.CLOSED if self.stage is None else StageState.OPENED

    def get_stage(self) -> Any:
        return self.stage

    def attach_stage_with_callback(self, stage_id: int, on_finish_fn: Any = None) -> bool:
        import carb.eventdispatcher
        import omni.kit.app
        from pxr import Usd, UsdUtils

        self.attached.append(stage_id)
        self._attaching = UsdUtils.StageCache.Get().Find(Usd.StageCache.Id.FromLongInt(stage_id))
        self._observer = carb.eventdispatcher.get_eventdispatcher().observe_event(
            event_name=omni.kit.app.GLOBAL_EVENT_UPDATE, on_event=self._attach, observer_name="usd", order=USD_ORDER
        )
        return bool(self._attaching)

    def _attach(self, event: Any) -> None:
        if self._attaching is not None:
            self.show(self._attaching)

    def close_stage(self, on_finish_fn: Any = None) -> bool:
        from pxr import UsdUtils

        self._attaching = None
        if self.stage is not None:
            self._dispatch(StageEventType.CLOSING)
            UsdUtils.StageCache.Get().Erase(self.stage)
        self.stage, self.file, self.pending_edit = None, "", False
        return True

    def open_stage(self, url: str) -> bool:
        self.opened.append(url)
        self.open_user_stage(url, False)
        return True

    def save_stage(self) -> bool:
        self.saved += 1
        self.pending_edit = False
        return True

    def has_pending_edit(self) -> bool:
        return self.pending_edit

    def is_new_stage(self) -> bool:
        return not self.file

    def get_stage_url(self) -> str:
        return self.file

    def stage_event_name(self, event: StageEventType) -> str:
        return f"omni.usd.stand_in:{event.value}"

    def _dispatch(self, event: StageEventType) -> None:
        import carb.eventdispatcher

        carb.eventdispatcher.get_eventdispatcher().dispatch_event(self.stage_event_name(event), payload={})


class OmniUsdStandIn:
    """Stands in for the module ``omni.usd``."""

    StageEventType = StageEventType
    StageState = StageState

    def __init__(self) -> None:
        self.context = UsdContextDouble()

    def get_context(self) -> UsdContextDouble:
        return self.context

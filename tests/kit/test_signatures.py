# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The stand-ins take what their originals take, in the same order: what they let pass, Isaac Sim does not refuse."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import pytest
import stand_ins
import viewport_stand_ins
from isaac_sim_signatures import SIGNATURES, parameters

VIEWPORTS = viewport_stand_ins.ViewportUtilityStandIn()
STAND_INS: dict[str, Callable[..., Any]] = {
    "omni.kit.notification_manager.post_notification": stand_ins.NotificationManagerStandIn().post_notification,
    "omni.kit.menu.utils.MenuItemDescription": stand_ins.MenuUtilsStandIn.MenuItemDescription,
    "omni.kit.menu.utils.add_menu_items": stand_ins.MenuUtilsStandIn().add_menu_items,
    "omni.kit.menu.utils.remove_menu_items": stand_ins.MenuUtilsStandIn().remove_menu_items,
    "omni.kit.menu.utils.refresh_menu_items": stand_ins.MenuUtilsStandIn().refresh_menu_items,
    **{
        f"omni.kit.actions.core.IActionRegistry.{name}": getattr(stand_ins.ActionRegistryDouble(), name)
        for name in ("register_action", "deregister_all_actions_for_extension", "execute_action")
    },
    "omni.kit.clipboard.copy": stand_ins.ClipboardStandIn().copy,
    "omni.kit.clipboard.paste": stand_ins.ClipboardStandIn().paste,
    "omni.kit.window.filepicker.FilePickerDialog": stand_ins.FilePickerDialogDouble,
    **{
        f"omni.kit.window.filepicker.FilePickerDialog.{name}": getattr(stand_ins.FilePickerDialogDouble("title"), name)
        for name in ("show", "hide", "destroy")
    },
    "omni.kit.viewport.utility.get_active_viewport_window": VIEWPORTS.get_active_viewport_window,
}


@pytest.mark.parametrize("name", SIGNATURES)
def test_a_stand_in_takes_what_its_original_takes(name: str) -> None:
    taken = inspect.signature(STAND_INS[name]).parameters.values()
    original = parameters(name)
    named = [each.name for each in taken if each.kind is not each.VAR_KEYWORD]
    assert named == original[: len(named)]
    assert any(each.kind is each.VAR_KEYWORD for each in taken) <= ("*" in original)


def test_a_menu_item_takes_no_keyword_that_kit_does_not_know() -> None:
    stand_ins.MenuUtilsStandIn.MenuItemDescription(name="RL Trainer", ticked=True, ticked_fn=bool, sub_menu=[])
    with pytest.raises(TypeError, match="checked"):
        stand_ins.MenuUtilsStandIn.MenuItemDescription(name="RL Trainer", checked=True)

# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Facts: the parameters of what Isaac Sim has and no package brings, as recorded in a running Isaac Sim 5.

Without self, in their order. A star stands for any further keywords.
"""

from __future__ import annotations

SIGNATURES = {
    "omni.kit.notification_manager.post_notification": "text hide_after_timeout duration status button_infos",
    "omni.kit.menu.utils.MenuItemDescription": (
        "name glyph header appear_after enabled ticked ticked_value radio_group sub_menu hotkey name_fn show_fn "
        "enable_fn ticked_fn onclick_action unclick_action onclick_fn unclick_fn onclick_right_fn original_svg_color "
        "original_menu_item user hotkey_window"
    ),
    "omni.kit.menu.utils.add_menu_items": "menu name menu_index can_rebuild_menus delegate",
    "omni.kit.menu.utils.remove_menu_items": "menu name can_rebuild_menus",
    "omni.kit.menu.utils.refresh_menu_items": "name immediately",
    "omni.kit.actions.core.IActionRegistry.register_action": (
        "extension_id action_id python_object display_name description icon_url tag"
    ),
    "omni.kit.actions.core.IActionRegistry.deregister_all_actions_for_extension": "extension_id invalidate",
    "omni.kit.actions.core.IActionRegistry.execute_action": "extension_id action_id *",
    "omni.kit.clipboard.copy": "value_str",
    "omni.kit.clipboard.paste": "",
    "omni.kit.window.filepicker.FilePickerDialog": "title *",
    "omni.kit.window.filepicker.FilePickerDialog.show": "path",
    "omni.kit.window.filepicker.FilePickerDialog.hide": "",
    "omni.kit.window.filepicker.FilePickerDialog.destroy": "",
    "omni.kit.viewport.utility.get_active_viewport_window": "window_name usd_context_name *",
}


def parameters(name: str) -> list[str]:
    """The names of the parameters of a function, method or class."""
    return SIGNATURES[name].split()

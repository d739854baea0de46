# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The style of all widgets: the greys of Isaac Sim, one accent, one spacing. Colours are 0xAABBGGRR."""

from __future__ import annotations

from typing import Any

import omni.ui as ui

ACCENT = 0xFF00B976
ACCENT_DIM = 0xFF0B7A52
ACCENT_HOVER = 0xFF1FD690
BACKGROUND = 0xFF333333
SURFACE = 0xFF3D3D3D
FIELD = 0xFF222222
FIELD_DISABLED = 0xFF2C2C2C
PLOT = 0xFF1C1C1C
GRID = 0xFF323232
BORDER = 0xFF4C4C4C
TEXT = 0xFFD8D8D8
TEXT_DIM = 0xFFA3A3A3
TEXT_DISABLED = 0xFF808080
TEXT_ON_ACCENT = 0xFF0C140C
BUTTON = 0xFF525252
BUTTON_HOVER = 0xFF626262
BUTTON_PRESSED = 0xFF464646
BUTTON_DISABLED = 0xFF3A3A3A
ERROR = 0xFF5C5CF0
ERROR_SURFACE = 0xFF2A2A52
RECORDING_HOVER = 0xFF3A3A72
TRANSLUCENT = 0xC8202020
"""Background over the viewport: the picture is visible, and text stays readable."""
DIM = 0xFF606060
"""Multiplies the colours of a picture that shows what was, not what is."""

WARNING = 0xFF3AB4F2
BLUE = 0xFFE0A04E
"""The second curve's colour, and Kit's mark of a value that is not the default."""

CURVE_COLORS = (ACCENT, BLUE, 0xFF4FC3F7, 0xFFC792EA, 0xFF7FB3FF, 0xFFB8D96A)
"""The first two are mean reward and mean episode length; picked scalars take the others in turn."""

RUN_COLORS = (*CURVE_COLORS, 0xFF6A6AF2, 0xFFD6C84A, 0xFFB58CFF, 0xFF9AA5B0)
"""Colours of runs drawn over each other, in turn."""

SELECTED = 0xFF38543F
"""Behind a selected run: dark enough for a curve in the accent's colour to be seen on it."""

SPACING = 6
ROW_HEIGHT = 24
LABEL_WIDTH = 104
FONT_SMALL = 12
FONT_LARGE = 18

STYLE: dict[str, dict[str, Any]] = {
    "Rectangle::background": {"background_color": BACKGROUND},
    "Rectangle::header": {"background_color": SURFACE, "border_radius": 3},
    "Rectangle::header:hovered": {"background_color": BORDER},
    "Rectangle::field": {"background_color": FIELD, "border_radius": 3, "border_width": 1, "border_color": FIELD},
    "Rectangle::field:hovered": {"border_color": BORDER},
    "Rectangle::field_disabled": {"background_color": FIELD_DISABLED, "border_radius": 3},
    "Rectangle::failure": {
        "background_color": ERROR_SURFACE,
        "border_color": ERROR,
        "border_width": 1,
        "border_radius": 3,
    },
    "Rectangle::hint": {
        "background_color": SURFACE,
        "border_color": ACCENT_DIM,
        "border_width": 1,
        "border_radius": 3,
    },
    "Rectangle::track": {"background_color": FIELD, "border_radius": 3},
    "Rectangle::progress": {"background_color": ACCENT_DIM, "border_radius": 3},
    "Rectangle::plot": {"background_color": PLOT, "border_radius": 2},
    "Rectangle::row": {"background_color": 0x00000000, "border_radius": 2},
    "Rectangle::row:hovered": {"background_color": BORDER},
    "Rectangle::row:selected": {"background_color": ACCENT_DIM},
    "Rectangle::run": {"background_color": 0x00000000, "border_radius": 2},
    "Rectangle::run:hovered": {"background_color": SURFACE},
    "Rectangle::run:selected": {"background_color": SELECTED},
    "Rectangle::tab": {"background_color": 0x00000000, "border_radius": 3},
    "Rectangle::tab:hovered": {"background_color": BORDER},
    "Rectangle::tab:selected": {"background_color": SURFACE},
    "Rectangle::splitter": {"background_color": 0x00000000, "border_radius": 2},
    "Rectangle::splitter:hovered": {"background_color": BORDER},
    "Rectangle::clear": {"background_color": 0x00000000},
    "Rectangle::mark": {"background_color": WARNING},
    "ImageWithProvider::dimmed": {"color": DIM},
    "Rectangle::translucent": {"background_color": TRANSLUCENT, "border_radius": 4},
    "Rectangle::changed": {"background_color": BLUE, "border_radius": 2},
    "Line::grid": {"color": GRID, "border_width": 1},
    "Line::separator": {"color": BORDER, "border_width": 1},
    "Label": {"color": TEXT},
    "Label:disabled": {"color": TEXT_DISABLED},
    "Label:selected": {"color": 0xFFFFFFFF},
    "Label::dim": {"color": TEXT_DIM},
    "Label::dim:selected": {"color": 0xFFFFFFFF},
    "Label::unusable": {"color": TEXT_DISABLED},
    "Label::unusable:selected": {"color": TEXT_DIM},
    "Label::caption": {"color": TEXT_DIM, "font_size": FONT_SMALL},
    "Label::sorted": {"color": TEXT, "font_size": FONT_SMALL},
    "Label::placeholder": {"color": TEXT_DISABLED},
    "Label::warning": {"color": WARNING},
    "Label::error": {"color": ERROR},
    "Label::notice": {"color": ACCENT_HOVER},
    "Label::over_picture": {"color": 0xFFFFFFFF},
    "Label::title": {"color": 0xFFFFFFFF, "font_size": FONT_LARGE},
    "Field": {
        "background_color": FIELD,
        "color": TEXT,
        "border_radius": 3,
        "border_width": 1,
        "border_color": FIELD,
        "background_selected_color": ACCENT_DIM,
    },
    "Field:hovered": {"border_color": BORDER},
    "Field:pressed": {"border_color": ACCENT_DIM},
    "Field::default": {"color": TEXT_DIM},
    "Field::invalid": {"border_color": ERROR, "color": ERROR},
    "Field::invalid:hovered": {"border_color": ERROR, "color": ERROR},
    "Field::invalid:pressed": {"border_color": ERROR, "color": ERROR},
    "Field::disabled": {"color": TEXT_DISABLED, "background_color": FIELD_DISABLED, "border_color": FIELD_DISABLED},
    "ComboBox": {
        "background_color": FIELD,
        "color": TEXT,
        "secondary_color": FIELD,
        "selected_color": ACCENT_DIM,
        "secondary_selected_color": TEXT,
        "border_radius": 3,
    },
    "ComboBox:hovered": {"secondary_color": BORDER},
    "ComboBox:disabled": {
        "color": TEXT_DISABLED,
        "background_color": FIELD_DISABLED,
        "secondary_color": FIELD_DISABLED,
        "secondary_selected_color": TEXT_DISABLED,
    },
    "Button": {"background_color": BUTTON, "border_radius": 3, "margin": 0, "padding": 3},
    "Button:hovered": {"background_color": BUTTON_HOVER},
    "Button:pressed": {"background_color": BUTTON_PRESSED},
    "Button:disabled": {"background_color": BUTTON_DISABLED},
    "Button.Label": {"color": TEXT},
    "Button.Label:disabled": {"color": TEXT_DISABLED},
    "Button::primary": {"background_color": ACCENT},
    "Button::primary:hovered": {"background_color": ACCENT_HOVER},
    "Button::primary:pressed": {"background_color": ACCENT_DIM},
    "Button::primary:disabled": {"background_color": BUTTON_DISABLED},
    "Button.Label::primary": {"color": TEXT_ON_ACCENT},
    "Button.Label::primary:disabled": {"color": TEXT_DISABLED},
    "Button::recording": {"background_color": ERROR_SURFACE},
    "Button::recording:hovered": {"background_color": RECORDING_HOVER},
    "Button::on_picture": {"background_color": 0x00000000},
    "Button::on_picture:hovered": {"background_color": BUTTON_HOVER},
    "Button::on_picture:pressed": {"background_color": BUTTON_PRESSED},
    "Slider": {
        "background_color": FIELD,
        "color": TEXT,
        "secondary_color": BUTTON_HOVER,
        "draw_mode": ui.SliderDrawMode.FILLED,
        "border_radius": 3,
    },
    "Slider:disabled": {
        "color": TEXT_DISABLED,
        "background_color": FIELD_DISABLED,
        "secondary_color": FIELD_DISABLED,
        "secondary_selected_color": FIELD_DISABLED,
    },
    "CheckBox": {"background_color": BUTTON_HOVER, "color": TEXT_ON_ACCENT, "border_radius": 2, "font_size": 12},
    "CheckBox:checked": {"background_color": ACCENT},
    "CheckBox:disabled": {"background_color": BUTTON},
    "CollapsableFrame": {
        "background_color": 0x00000000,
        "secondary_color": SURFACE,
        "border_radius": 3,
        "color": TEXT,
        "margin": 0,
        "padding": 0,
    },
    "CollapsableFrame:hovered": {"secondary_color": BORDER},
    "ScrollingFrame": {"background_color": 0x00000000, "secondary_color": BUTTON, "scrollbar_size": 8},
    "ScrollingFrame::list": {"background_color": FIELD},
    "Triangle::arrow": {"background_color": TEXT},
    "Triangle::arrow:disabled": {"background_color": TEXT_DISABLED},
    "Plot": {"background_color": 0x00000000, "padding": 0, "border_radius": 0},
    "Tooltip": {
        "background_color": 0xFF1A1A1A,
        "color": TEXT,
        "border_color": BORDER,
        "border_width": 1,
        "border_radius": 3,
        "padding": 6,
        "margin_width": 4,
        "margin_height": 2,
    },
}

FIELD_ON_WINDOW = 0xFF333333
STYLE_ON_WINDOW: dict[str, dict[str, Any]] = {
    **STYLE,
    "Field": {**STYLE["Field"], "background_color": FIELD_ON_WINDOW, "border_color": FIELD_ON_WINDOW},
    "Rectangle::field": {
        **STYLE["Rectangle::field"],
        "background_color": FIELD_ON_WINDOW,
        "border_color": FIELD_ON_WINDOW,
    },
    "ComboBox": {
        **STYLE["ComboBox"],
        "background_color": FIELD_ON_WINDOW,
        "secondary_color": FIELD_ON_WINDOW,
    },
    "Slider": {**STYLE["Slider"], "background_color": FIELD_ON_WINDOW},
}
"""For what has no background of its own: fields stand out from Kit's windows and from ovui's, which are darker."""

STATE_COLORS = {
    "launching": WARNING,
    "training": ACCENT,
    "playing": BLUE,
    "paused": WARNING,
    "stopping": WARNING,
    "finished": ACCENT,
    "failed": ERROR,
}
"""Colour of the dot beside the state, by ``State.value`` or how the last run ended; grey for the others."""

STATUS_COLORS = {
    "running": BLUE,
    "finished": ACCENT,
    "stopped": WARNING,
    "failed": ERROR,
    "killed": ERROR,
    "unknown": TEXT_DISABLED,
}
"""Colour of the dot beside a run, by ``RunStatus.value``."""

NO_HORIZONTAL = {
    "horizontal_scrollbar_policy": ui.ScrollBarPolicy.SCROLLBAR_ALWAYS_OFF,
    "vertical_scrollbar_policy": ui.ScrollBarPolicy.SCROLLBAR_AS_NEEDED,
}
"""Scrolling frames of the panel scroll vertically only: everything in them stretches to their width."""

CLIPPED = {"horizontal_clipping": True, "vertical_clipping": True}
"""Frames that can be smaller than what is in them."""

# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The key codes that omni.ui hands to widgets: Kit's are those of carb.input, outside Kit they are GLFW's."""

from __future__ import annotations

import weakref
from dataclasses import dataclass

import omni.ui as ui


@dataclass(frozen=True)
class Keys:
    """Codes of the keys that the panel listens to."""

    enter: int
    keypad_enter: int
    escape: int
    up: int
    down: int
    f: int
    h: int
    letter_l: int
    r: int
    v: int
    a: int
    c: int
    z: int
    delete: int
    f2: int
    home: int
    end: int
    page_up: int
    page_down: int
    space: int
    comma: int
    period: int
    right: int
    left: int
    d: int
    e: int
    q: int
    s: int
    w: int
    x: int


CARB = Keys(
    enter=51,
    keypad_enter=95,
    escape=49,
    up=58,
    down=57,
    f=24,
    h=26,
    letter_l=30,
    r=36,
    v=40,
    a=19,
    c=21,
    z=44,
    delete=54,
    f2=69,
    home=61,
    end=62,
    page_up=59,
    page_down=60,
    space=1,
    comma=3,
    period=5,
    right=55,
    left=56,
    d=22,
    e=23,
    q=35,
    s=37,
    w=41,
    x=42,
)
GLFW = Keys(
    enter=257,
    keypad_enter=335,
    escape=256,
    up=265,
    down=264,
    f=70,
    h=72,
    letter_l=76,
    r=82,
    v=86,
    a=65,
    c=67,
    z=90,
    delete=261,
    f2=291,
    home=268,
    end=269,
    page_up=266,
    page_down=267,
    space=32,
    comma=44,
    period=46,
    right=262,
    left=263,
    d=68,
    e=69,
    q=81,
    s=83,
    w=87,
    x=88,
)

KEYS = GLFW if hasattr(ui, "standalone") else CARB
"""The codes of the loaded omni.ui; only the one outside Kit has ``ui.standalone``."""

SHIFT, CONTROL, ALT = 1, 2, 4
"""The bits of these keys among the modifiers that omni.ui hands to callbacks."""

_MODIFIERS = SHIFT | CONTROL | ALT | 8
"""Shift, Control, Alt and Super; the other bits are locks and flags."""

_typing: weakref.ref[object] | None = None


def typing(field: object) -> None:
    """Records that a text field has the keyboard focus."""
    global _typing
    _typing = weakref.ref(field)


def typed(field: object | None = None) -> None:
    """Records that a text field has lost the focus; None for any: a destroyed field reports nothing."""
    global _typing
    if field is None or has_keyboard(field):
        _typing = None


def has_keyboard(field: object) -> bool:
    """Returns whether a text field has the keyboard."""
    return _typing is not None and _typing() is field


def is_shortcut(modifier: int, pressed: bool, allowed: int = 0) -> bool:
    """Returns whether a key can be a shortcut: windows also receive what is typed into text fields.

    Args:
        modifier: The modifiers that are held.
        pressed: Whether the key goes down.
        allowed: The modifiers that may be held.
    """
    return pressed and not modifier & _MODIFIERS & ~allowed and not is_typing()


def is_typing() -> bool:
    """Returns whether any text field has the keyboard."""
    return _typing is not None and _typing() is not None

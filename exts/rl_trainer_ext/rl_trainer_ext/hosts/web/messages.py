# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""What a browser may send, checked before anything else sees it."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

LARGEST = 65_536
"""Largest message from a browser [bytes]; text that is pasted is the only long one."""

SMALLEST_SIDE, LARGEST_SIDE = 240, 3840
"""Limits of the picture's width and height [pixels]."""

_LAST_KEY = 348
_BUTTONS = 3


@dataclass(frozen=True)
class MouseMoved:
    """The mouse is at a place of the picture [pixels]."""

    x: float
    y: float


@dataclass(frozen=True)
class MouseButton:
    """A button of the mouse is pressed or released; 0 is the left one, 1 the right one, 2 the middle one."""

    button: int
    down: bool


@dataclass(frozen=True)
class MouseWheel:
    """The wheel is turned [notches]."""

    x: float
    y: float


@dataclass(frozen=True)
class Key:
    """A key is pressed or released; its number is GLFW's."""

    number: int
    down: bool


@dataclass(frozen=True)
class Text:
    """Text is typed."""

    text: str


@dataclass(frozen=True)
class Paste:
    """Text comes from the clipboard of the viewer's machine."""

    text: str


@dataclass(frozen=True)
class Resize:
    """The picture is to have another size [pixels]."""

    width: int
    height: int


@dataclass(frozen=True)
class ReleaseAll:
    """The viewer is gone, or looks elsewhere: nothing that it pressed is pressed any more."""


Input = MouseMoved | MouseButton | MouseWheel | Key | Text | Paste | Resize | ReleaseAll


@dataclass(frozen=True)
class Acknowledge:
    """The viewer has shown the last picture."""


@dataclass(frozen=True)
class TakeOver:
    """The viewer wants mouse and keyboard."""


@dataclass(frozen=True)
class Hello:
    """The first message of a viewer."""

    token: str


Message = Input | Acknowledge | TakeOver | Hello


def is_release(event: Message) -> bool:
    """Returns whether an input ends what another one has begun, so that it must not be lost."""
    return isinstance(event, ReleaseAll) or (isinstance(event, (MouseButton, Key)) and not event.down)


class BadMessageError(Exception):
    """A message that no page of ours sends."""


def parse(text: str | bytes) -> Message:
    """Returns what a browser has sent.

    Raises:
        BadMessageError: When it is no such message.
    """
    try:
        values = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadMessageError("no JSON") from error
    if not isinstance(values, dict):
        raise BadMessageError("no object")
    kind = values.get("is")
    match kind:
        case "hello":
            return Hello(_text(values, "token"))
        case "ack":
            return Acknowledge()
        case "take":
            return TakeOver()
        case "release":
            return ReleaseAll()
        case "move":
            return MouseMoved(_number(values, "x"), _number(values, "y"))
        case "button":
            return MouseButton(_whole(values, "button", _BUTTONS - 1), _flag(values, "down"))
        case "wheel":
            return MouseWheel(_number(values, "x", 100.0), _number(values, "y", 100.0))
        case "key":
            return Key(_whole(values, "key", _LAST_KEY), _flag(values, "down"))
        case "text":
            return Text(_text(values, "text"))
        case "paste":
            return Paste(_text(values, "text"))
        case "size":
            return Resize(_side(values, "width"), _side(values, "height"))
    raise BadMessageError("unknown kind")


def _number(values: Mapping[str, Any], key: str, limit: float = 100_000.0) -> float:
    value = values.get(key)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise BadMessageError(f"{key} is no number")
    return min(max(float(value), -limit), limit)


def _whole(values: Mapping[str, Any], key: str, highest: int) -> int:
    value = values.get(key)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= highest:
        raise BadMessageError(f"{key} is out of range")
    return value


def _side(values: Mapping[str, Any], key: str) -> int:
    return int(min(max(_number(values, key), SMALLEST_SIDE), LARGEST_SIDE))


def _flag(values: Mapping[str, Any], key: str) -> bool:
    value = values.get(key)
    if not isinstance(value, bool):
        raise BadMessageError(f"{key} is neither true nor false")
    return value


def _text(values: Mapping[str, Any], key: str) -> str:
    value = values.get(key)
    if not isinstance(value, str):
        raise BadMessageError(f"{key} is no text")
    # a lone surrogate is no text, and a NUL would end it in omni.ui
    return value.encode(errors="ignore").decode().replace("\0", "")

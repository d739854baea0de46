# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Ticks of an axis, and the values of text fields. Pure functions; nothing here draws."""

from __future__ import annotations

import math
import shlex

from ...errors import UserError, shortened
from ...run_config import check_number
from ...wording import short_count


def nice_ticks(lowest: float, highest: float, count: int) -> list[float]:
    """Returns up to ``count`` round values between two numbers, 1, 2 or 5 times a power of ten apart."""
    span = highest - lowest
    if not span > 0 or not math.isfinite(span):
        return [lowest]
    exponent = math.floor(math.log10(span / count))
    for factor in (1, 2, 5, 10, 20, 50):
        step = factor * 10.0**exponent
        first, last = math.ceil(lowest / step - 1e-9), math.floor(highest / step + 1e-9)
        if last - first < count:
            return [index * step for index in range(first, last + 1)]
    return [lowest]


def tick_labels(ticks: list[float]) -> list[str]:
    """Returns the labels of ticks, with as many decimals as distinguish them."""
    largest = max((abs(tick) for tick in ticks), default=0.0)
    step = abs(ticks[1] - ticks[0]) if len(ticks) > 1 else largest
    if step >= 1 and largest >= 1e5:
        return [short_count(tick) for tick in ticks]
    if 0 < step < 1e-4:
        return [f"{tick:.1e}" if tick else "0" for tick in ticks]
    decimals = max(0, -math.floor(math.log10(step) + 1e-9)) if step > 0 else 0
    return [f"{round(tick, decimals) + 0.0:,.{decimals}f}" for tick in ticks]


def parse_integer(name: str, text: str) -> int | None:
    """Returns the whole number in a text field; None for an empty field.

    Raises:
        UserError: When it is not one.
    """
    cleaned = text.strip().replace(",", "").replace("_", "").replace(" ", "")
    if not cleaned:
        return None
    try:
        return int(cleaned)
    except ValueError:
        raise UserError(f"{name} must be a whole number, not '{shortened(text.strip())}'.") from None


def parse_number(name: str, text: str) -> float | None:
    """Returns the number in a text field, as :func:`parse_integer`."""
    cleaned = text.strip().replace(",", "").replace("_", "").replace(" ", "")
    if not cleaned:
        return None
    try:
        return float(cleaned)
    except ValueError:
        raise UserError(f"{name} must be a number, not '{shortened(text.strip())}'.") from None


def parse_seeds(text: str) -> tuple[int, ...]:
    """Returns the seeds in a text field, separated by commas or spaces; none for an empty field.

    Raises:
        UserError: When one of them is no whole number, or not one that can be a seed.
    """
    seeds = []
    for word in text.replace(",", " ").split():
        try:
            seed = int(word)
        except ValueError:
            raise UserError(f"Seeds must be whole numbers such as 1,2,3, not '{shortened(word)}'.") from None
        check_number("seed", seed, "Each seed")
        seeds.append(seed)
    return tuple(seeds)


def parse_words(name: str, text: str) -> tuple[str, ...]:
    """Splits a line into words, quoted as in a shell.

    Args:
        name: Name of the field, for the message.
        text: The line.

    Raises:
        UserError: When a quote is not closed.
    """
    try:
        return tuple(shlex.split(text))
    except ValueError:
        raise UserError(f"{name} cannot be read: a quote is not closed in {shortened(text.strip())}") from None

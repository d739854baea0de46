# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Numbers, times and names as people read them. Pure functions; nothing here draws."""

from __future__ import annotations

import math
import shlex
from datetime import datetime

from ..errors import UserError, shortened

UNKNOWN = "-"
"""What stands where there is no number yet."""


def short_count(value: float) -> str:
    """A count in at most four digits: 950, 1.2k, 34k, 5.6M."""
    for limit, divisor, unit in ((999.5, 1, ""), (999.5e3, 1e3, "k"), (999.5e6, 1e6, "M"), (math.inf, 1e9, "G")):
        if abs(value) < limit:
            scaled = value / divisor
            digits = 0 if unit == "" or abs(scaled) >= 100 or scaled == round(scaled) else 1
            return f"{scaled:.{digits}f}".removesuffix(".0") + unit
    return str(value)


def duration(seconds: float | None) -> str:
    """Seconds as 0:42, 12:07 or 3:00:59; a dash while unknown."""
    if seconds is None or not math.isfinite(seconds):
        return UNKNOWN
    minutes, rest = divmod(max(0, int(seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def ago(seconds: float) -> str:
    """How long ago something was: now, 5 min ago, 3 h ago, 12 d ago, 2 y ago."""
    if seconds < 60:
        return "now"
    for limit, divisor, unit in ((3600, 60, "min"), (86400, 3600, "h"), (365 * 86400, 86400, "d")):
        if seconds < limit:
            return f"{int(seconds // divisor)} {unit} ago"
    return f"{int(seconds // (365 * 86400))} y ago"


def moment(unix_seconds: float) -> str:
    """A moment as people write it, in the local time zone: 2026-11-20 10:44:23."""
    return datetime.fromtimestamp(unix_seconds).strftime("%Y-%m-%d %H:%M:%S")


def file_size(count: float) -> str:
    """Bytes as 812 B, 3.4 MB, 27 GB; powers of 1000, as disks count."""
    for unit in ("B", "kB", "MB", "GB"):
        if count < 999.5:
            return f"{count:.0f} {unit}" if unit == "B" or count >= 9.95 else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.1f} TB"


def number(value: float | None) -> str:
    """A scalar in about four significant digits; a dash while there is none."""
    if value is None:
        return UNKNOWN
    if math.isnan(value):
        return "not a number"
    if math.isinf(value):
        return "infinite" if value > 0 else "minus infinite"
    if value == 0 or 1e-3 <= abs(value) < 1e4:
        return f"{value:.4g}"
    if 1e4 <= abs(value) < 1e7:
        return f"{value:,.0f}"
    return f"{value:.2e}"


def nice_ticks(lowest: float, highest: float, count: int) -> list[float]:
    """Up to ``count`` round values (1, 2 or 5 times a power of ten apart) from ``lowest`` to ``highest``."""
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
    """Labels of ticks with just the decimals that tell them apart."""
    largest = max((abs(tick) for tick in ticks), default=0.0)
    step = abs(ticks[1] - ticks[0]) if len(ticks) > 1 else largest
    if step >= 1 and largest >= 1e5:
        return [short_count(tick) for tick in ticks]
    if 0 < step < 1e-4:
        return [f"{tick:.1e}" if tick else "0" for tick in ticks]
    decimals = max(0, -math.floor(math.log10(step) + 1e-9)) if step > 0 else 0
    return [f"{round(tick, decimals) + 0.0:,.{decimals}f}" for tick in ticks]


def parse_integer(name: str, text: str) -> int | None:
    """What was typed as a whole number; None for an empty field.

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


def parse_overrides(text: str) -> tuple[str, ...]:
    """The Hydra overrides in one line, quoted as in a shell.

    Raises:
        UserError: When a quote is not closed.
    """
    try:
        return tuple(shlex.split(text))
    except ValueError:
        raise UserError(f"Overrides cannot be read: a quote is not closed in {shortened(text.strip())}") from None

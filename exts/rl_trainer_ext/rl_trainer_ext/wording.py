# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Formats numbers, times and sizes, the same for the panel and the command line."""

from __future__ import annotations

import math
from datetime import datetime

UNKNOWN = "-"
"""Stands for a number that is not known yet."""


def whole(value: float | None) -> str:
    """Formats a whole number with thousands separators, such as 12,345; None is a dash."""
    return UNKNOWN if value is None else f"{value:,.0f}"


def short_count(value: float | None) -> str:
    """Formats a count in at most four characters, such as 950, 1.2k, 34k or 5.6M; None is a dash."""
    if value is None:
        return UNKNOWN
    for limit, divisor, unit in ((999.5, 1, ""), (999.5e3, 1e3, "k"), (999.5e6, 1e6, "M"), (math.inf, 1e9, "G")):
        if abs(value) < limit:
            scaled = value / divisor
            digits = 0 if unit == "" or abs(scaled) >= 100 or scaled == round(scaled) else 1
            return f"{scaled:.{digits}f}".removesuffix(".0") + unit
    return str(value)


def rate(steps_per_second: float | None) -> str:
    """Formats environment steps per second, such as 12,345 steps/s; None is a dash."""
    return UNKNOWN if steps_per_second is None else f"{whole(steps_per_second)} steps/s"


def duration(seconds: float | None) -> str:
    """Formats seconds as 0:42, 12:07 or 3:00:59; None and infinity are a dash."""
    if seconds is None or not math.isfinite(seconds):
        return UNKNOWN
    minutes, rest = divmod(max(0, int(seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def duration_with_unit(seconds: float) -> str:
    """Formats seconds as :func:`duration` with their unit, for a sentence: 0:42 min, 3:00:59 h."""
    return f"{duration(seconds)} {'h' if seconds >= 3600 else 'min'}"


def ago(seconds: float) -> str:
    """Formats the seconds since a moment: now, 5 min ago, 3 h ago, 12 d ago, 2 y ago."""
    if seconds < 60:
        return "now"
    for limit, divisor, unit in ((3600, 60, "min"), (86400, 3600, "h"), (365 * 86400, 86400, "d")):
        if seconds < limit:
            return f"{int(seconds // divisor)} {unit} ago"
    return f"{int(seconds // (365 * 86400))} y ago"


def moment(unix_seconds: float) -> str:
    """Formats a Unix time in the local time zone, such as 2026-11-20 10:44:23."""
    return datetime.fromtimestamp(unix_seconds).strftime("%Y-%m-%d %H:%M:%S")


def short_moment(unix_seconds: float) -> str:
    """Formats a Unix time as :func:`moment` without seconds, for tables: 2026-11-20 10:44."""
    return moment(unix_seconds)[:-3]


def file_size(count: float) -> str:
    """Formats bytes as 812 B, 3.4 MB or 27 GB, in powers of 1000."""
    for unit in ("B", "kB", "MB", "GB"):
        if count < 999.5:
            return f"{count:.0f} {unit}" if unit == "B" or count >= 9.95 else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.1f} TB"


def share_of_size(part: float, whole: float) -> str:
    """Formats a part of some bytes with the whole, such as 3.1 of 80 GB."""
    number, unit = file_size(part).split(" ")
    total = file_size(whole)
    return f"{number} of {total}" if total.endswith(f" {unit}") else f"{number} {unit} of {total}"


def number(value: float | None) -> str:
    """Formats a scalar with about four significant digits; None is a dash."""
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


def short_number(value: float | None) -> str:
    """Formats a scalar as :func:`number`, for tables: "not a number" is NaN."""
    return "NaN" if value is not None and math.isnan(value) else number(value)


def percent(share: float | None) -> str:
    """Formats a share from 0 to 1 as 0 %, 3.5 % or 100 %; None is a dash."""
    return UNKNOWN if share is None else f"{100 * share:.3g} %"

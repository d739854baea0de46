# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Scalars: stored as series, read from event files, decimated for drawing, compared, exported."""

from __future__ import annotations

from .comparison import Axis, Curve, Trace, joined, mean_and_band, smoothed, trace
from .envelope import Envelope
from .export import write_csv, write_png
from .reading import EventReader, EventReaders
from .series import MEAN_EPISODE_LENGTH, MEAN_REWARD, Mark, Metrics, Series, canonical_tag

__all__ = [
    "MEAN_EPISODE_LENGTH",
    "MEAN_REWARD",
    "Axis",
    "Curve",
    "Envelope",
    "EventReader",
    "EventReaders",
    "Mark",
    "Metrics",
    "Series",
    "Trace",
    "canonical_tag",
    "joined",
    "mean_and_band",
    "smoothed",
    "trace",
    "write_csv",
    "write_png",
]

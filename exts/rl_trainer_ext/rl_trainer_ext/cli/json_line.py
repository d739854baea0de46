# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Writes the JSON object that a command prints with ``--json``."""

from __future__ import annotations

import json
import math
from typing import Any


def json_line(values: Any) -> str:
    """Returns values as one line of JSON; numbers that are not finite, which JSON does not have, are null."""
    return json.dumps(_finite(values), allow_nan=False)


def _finite(values: Any) -> Any:
    if isinstance(values, dict):
        return {key: _finite(each) for key, each in values.items()}
    if isinstance(values, (list, tuple)):
        return [_finite(each) for each in values]
    return None if isinstance(values, float) and not math.isfinite(values) else values

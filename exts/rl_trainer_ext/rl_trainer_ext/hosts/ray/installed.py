# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Whether Ray is installed: it is an optional extra."""

from __future__ import annotations

import importlib.util

from ...errors import UserError
from ...system.installation import pip_line

REQUIREMENT = "ray[default,tune]==2.60.0"


def require_ray(what: str) -> None:
    """Checks that Ray can be imported.

    Args:
        what: What needs it, such as ``A sweep``.

    Raises:
        UserError: With the command that installs it.
    """
    problem = ray_problem(what)
    if problem:
        raise UserError(problem)


def ray_problem(what: str) -> str:
    """Returns why Ray cannot be imported, with the command that installs it; empty where it can."""
    missing = next((name for name in ("ray", "pandas", "pyarrow") if importlib.util.find_spec(name) is None), "")
    if not missing:
        return ""
    return f"{what} needs Ray, which is not installed ({missing} is missing): run {pip_line(REQUIREMENT)}"

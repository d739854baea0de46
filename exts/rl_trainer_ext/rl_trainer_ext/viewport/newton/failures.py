# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Describes in one sentence why there is no viewport, or not the usual one."""

from __future__ import annotations

import importlib.metadata

from ...system.installation import isaac_lab, pip_line


def describe_viewport_failure(exception: BaseException, *, drawn_before: bool) -> str:
    """Returns why there is no viewport and how to get it.

    Args:
        exception: The exception from creating it or from drawing.
        drawn_before: Whether it had already drawn this run.
    """
    if drawn_before:
        return (
            f"The viewport was closed because its viewer failed with {first_line(exception)}; the run continues "
            "without it, and the next run opens it again."
        )
    if isinstance(exception, ModuleNotFoundError):
        return f"The viewport needs the Python package {exception.name}: run {pip_line(isaac_lab())}, then start again."
    return (
        f"The viewport needs OpenGL through EGL, which does not work here ({first_line(exception)}): "
        "install a graphics driver, or apt install libegl1 libgl1-mesa-dri, and start again."
    )


def describe_missing_names(names: str) -> str:
    """Returns why Newton's own renderer draws the viewport, and how to get the usual one.

    Args:
        names: The names that Newton lacks.
    """
    return (
        f"Newton's own renderer draws the viewport, in pictures of one size, because Newton "
        f"{importlib.metadata.version('newton')} has no {names}: run {pip_line(isaac_lab())}, then start again."
    )


def first_line(exception: BaseException) -> str:
    """Returns the type of an exception and the first line of its text."""
    text = next((line.strip() for line in str(exception).splitlines() if line.strip()), "")
    return f"{type(exception).__name__}: {text.rstrip('.')}" if text else type(exception).__name__

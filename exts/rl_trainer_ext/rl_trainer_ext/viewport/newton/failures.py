# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""What is said of a viewport that cannot be had, or that fails while it draws: one sentence each."""

from __future__ import annotations

from ...system.installation import isaac_lab, pip_line


def describe_viewport_failure(exception: BaseException, *, drawn_before: bool) -> str:
    """Why there is no viewport, and how to get it.

    Args:
        exception: What was raised while it was made or while it drew.
        drawn_before: Whether it had drawn this run.
    """
    if drawn_before:
        return (
            f"The viewport was closed because its viewer failed with {first_line(exception)}; the run goes on "
            "without it, and the next run opens it again."
        )
    if isinstance(exception, ModuleNotFoundError):
        return f"The viewport needs the Python package {exception.name}: run {pip_line(isaac_lab())}, then start again."
    return (
        f"The viewport needs OpenGL through EGL, which does not work here ({first_line(exception)}): "
        "install a graphics driver, or apt install libegl1 libgl1-mesa-dri, and start again."
    )


def first_line(exception: BaseException) -> str:
    """The kind of an exception, and the first line of what it says."""
    text = next((line.strip() for line in str(exception).splitlines() if line.strip()), "")
    return f"{type(exception).__name__}: {text.rstrip('.')}" if text else type(exception).__name__

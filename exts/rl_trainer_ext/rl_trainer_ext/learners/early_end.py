# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Ends a training between two iterations, as if it had been asked for no more of them."""

from __future__ import annotations

from contextlib import AbstractContextManager, suppress


class EndOfTraining(BaseException):
    """Raised between two iterations to end a library's ``learn()``.

    It is a BaseException, as :class:`GeneratorExit` is, so that no ``except Exception`` of a library catches it.
    """


def may_end_early() -> AbstractContextManager[None]:
    """Returns a block that :class:`EndOfTraining` leaves; a library's ``learn()`` is called within it."""
    return suppress(EndOfTraining)

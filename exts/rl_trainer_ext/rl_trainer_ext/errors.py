# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Errors that a person can act on."""

from __future__ import annotations

LONGEST_MESSAGE = 2000
"""Letters of a sentence: it may name a path or two."""


class UserError(ValueError):
    """What was asked for cannot be done, and the person who asked can change that.

    The message is one sentence (two at most) that names what is wrong and says what to do next; the panel and the
    command line show it as it is. What a user wrote may be in it: it is made one line of printable text.
    """

    def __init__(self, message: str) -> None:
        super().__init__(shortened(message, LONGEST_MESSAGE))


class NeedsTrustError(UserError):
    """A file can only be read by running code that it names, which the user has not agreed to.

    Args:
        message: The sentence.
        digest: The SHA-256 of the file's content: what the user would trust.
    """

    def __init__(self, message: str, digest: str) -> None:
        super().__init__(message)
        self.digest = digest


class Diverged(ArithmeticError):
    """A training whose numbers are no longer finite.

    Its message says at which iteration, which number was the first, and what to change.

    Args:
        message: One or two sentences.
        iteration: The one at which it diverged, as the library counts them from 0.
    """

    def __init__(self, message: str, iteration: int) -> None:
        super().__init__(message)
        self.iteration = iteration


def shortened(text: str, longest: int = 80) -> str:
    """A text that a user wrote, for a sentence: one line, printable, cut where it is too long."""
    printable = "".join(letter if letter.isprintable() else "�" for letter in text)
    return printable if len(printable) <= longest else f"{printable[: longest - 1]}…"

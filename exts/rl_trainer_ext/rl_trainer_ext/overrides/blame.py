# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Blames overrides for errors that only the environment or the library finds."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator

from ..errors import UserError, shortened
from ..system.disk import is_full
from ..system.memory import is_out_of_memory
from .hydra import first_line


@contextlib.contextmanager
def blamed(overrides: Iterable[str], started: Callable[[], bool]) -> Iterator[None]:
    """Within the block, reports errors before the first step as errors of the overrides, if there are any.

    Args:
        overrides: The overrides of the run.
        started: Returns whether a step has been taken.

    Raises:
        UserError: In place of the error of the environment or library; names the overrides.
        RuntimeError: In place of a :class:`SystemExit`, which would end the program.
    """
    try:
        yield
    except (Exception, SystemExit) as error:
        culprits = _culprits(list(overrides), error)
        if isinstance(error, UserError) or started() or not culprits or _is_lack_of_space(error):
            if isinstance(error, SystemExit):
                raise RuntimeError(f"it asked the program to exit ({error.code})") from error
            raise
        names = " or ".join(f"'{shortened(culprit)}'" for culprit in culprits)
        raise UserError(
            f"The run cannot start with the override {names}: {type(error).__name__}: {first_line(error)}."
        ) from error


def _culprits(overrides: list[str], error: BaseException) -> list[str]:
    """Returns the overrides whose value or last part of the key is in an error's text; if there are none, all."""
    suspects = [text for text in overrides if text.lstrip("+~").startswith(("env.", "agent."))]

    def is_named(text: str) -> bool:
        key, _, value = text.partition("=")
        return key.rpartition(".")[2] in str(error) or (len(value) > 2 and value.strip("'\"") in str(error))

    return [text for text in suspects if is_named(text)] or suspects


def _is_lack_of_space(error: BaseException) -> bool:
    return is_full(error) or is_out_of_memory(error)

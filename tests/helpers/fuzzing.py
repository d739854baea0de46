# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Settings and texts for tests with random input. The variable RL_TRAINER_FUZZ_EXAMPLES sets the number of inputs."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st


def fuzzed(examples: int) -> settings:
    """Returns the settings of a test: the same inputs each time, and no search for a shorter one, which takes minutes.

    Args:
        examples: Number of inputs, where the variable does not set it.
    """
    return settings(
        max_examples=int(os.environ.get("RL_TRAINER_FUZZ_EXAMPLES", examples)),
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.explicit, Phase.generate),
    )


def any_text(max_size: int, exclude: str = "") -> st.SearchStrategy[str]:
    """Returns texts of any characters, surrogates included, except those in ``exclude``."""
    return st.text(st.characters(codec=None, exclude_characters=exclude, exclude_categories=()), max_size=max_size)

# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""What libraries set in PyTorch for the whole process.

RL-Games' runner sets threads and precision, and an agent that a test makes without this program's learner leaves them
so. With another number of threads sums differ in their last bit, and later trainings from those of the command.
"""

from __future__ import annotations

import sys

_first: list[tuple[int, str]] = []


def restore_torch_settings() -> None:
    """Sets threads and precision to what they were at the first call after PyTorch was imported."""
    torch = sys.modules.get("torch")
    if torch is None:
        return
    if not _first:
        _first.append((torch.get_num_threads(), torch.get_float32_matmul_precision()))
    threads, precision = _first[0]
    if torch.get_num_threads() != threads:
        torch.set_num_threads(threads)
    torch.set_float32_matmul_precision(precision)

# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The tasks of this project. Importing this module registers them."""

from . import rover  # noqa: F401

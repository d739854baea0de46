# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Hydra overrides: what they mean, and whether their values are of the types that a configuration declares."""

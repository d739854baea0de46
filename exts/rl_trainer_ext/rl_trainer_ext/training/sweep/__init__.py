# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Sweeps: one training repeated with other parameters; what is asked, and how each trial stands."""

# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""A sample project for RL Trainer and Isaac Lab: a rover that follows velocity commands."""

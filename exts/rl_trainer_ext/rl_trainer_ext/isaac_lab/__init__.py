# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Calls of Isaac Lab: tasks, configurations, assets, launching the simulation, opening the environment."""

# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""What Isaac Lab is asked for: its tasks, their configurations and sources, assets, the simulation itself."""

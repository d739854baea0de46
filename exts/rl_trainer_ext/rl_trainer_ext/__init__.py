# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Train Isaac Lab tasks in a live window: RSL-RL and Stable-Baselines3 in slices of the frame loop."""

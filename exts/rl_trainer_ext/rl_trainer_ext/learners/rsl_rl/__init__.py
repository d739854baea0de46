# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""RSL-RL: its learner, the state that its checkpoints leave out, what a checkpoint must fit."""

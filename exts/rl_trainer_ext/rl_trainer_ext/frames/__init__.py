# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Training inside a frame loop: a blocking function in time slices, and how a frame is shared."""

# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The command line ``rl-trainer``: train, attach, stop, load, play, queue, runs, doctor."""

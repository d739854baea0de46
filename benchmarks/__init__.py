# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""``./rl_trainer.sh bench``: this extension beside ``isaaclab train``, each run in a process of its own.

How steps/s are measured, the same way for both programs: each writes TensorBoard events, one for each iteration, and
each event carries the time at which the library logged it. The rate is the environment steps between the end of the
warm-up iterations and the last event, over the time between these two. So neither the start of a process nor the first,
compiling, iterations count, and policy updates do.
"""

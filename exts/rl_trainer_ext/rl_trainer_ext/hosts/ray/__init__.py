# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Trainings as jobs of a Ray cluster, and sweeps with Ray Tune; the only modules that import ``ray``."""

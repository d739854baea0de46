# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Ray: sweeps with Ray Tune, and trainings as jobs of a cluster; the only ones to import ``ray``."""

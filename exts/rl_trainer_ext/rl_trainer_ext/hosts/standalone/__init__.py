# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The panel in a window or offscreen without Isaac Sim, and the command line without a panel."""

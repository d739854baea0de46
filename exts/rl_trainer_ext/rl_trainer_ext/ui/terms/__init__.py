# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The window of the terms: what each reward, termination, command, action and observation of one environment is."""

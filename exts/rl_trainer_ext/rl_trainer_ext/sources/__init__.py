# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Python source files that were imported: whose they are, which changed on disk, and importing them again"""

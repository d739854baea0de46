# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The stand-alone panel in a browser: pictures out, mouse and keyboard in."""

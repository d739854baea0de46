# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Driving a playback: sliders for its commands, keys, a gamepad, pushes and resets."""

# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""``play --command``: what the robots are commanded on the command line."""

from __future__ import annotations

import pytest
from rl_trainer_ext.cli.arguments import command_of, parse
from rl_trainer_ext.errors import UserError
from rl_trainer_ext.run_config import RunConfig

PLAY = ["play", "--task", "Isaac-Cartpole-Direct"]


def test_commands_are_part_of_what_is_played_and_not_of_what_is_recorded() -> None:
    given = [*PLAY, "--command", "base_velocity=0.5,0,-0.2", "--command", "hand=1"]
    config = command_of(parse(given)).config
    assert config.commands == ("base_velocity=0.5,0,-0.2", "hand=1")
    assert RunConfig.from_dict(config.to_dict()) == config.replace(commands=())
    assert RunConfig.from_dict({**config.to_dict(), "commands": ["hand=1"]}).commands == ()
    assert command_of(parse(PLAY)).config.commands == ()


@pytest.mark.parametrize(
    "text", ["base_velocity", "base_velocity=", "=1,2", "base_velocity=1,,2", "base_velocity=fast"]
)
def test_what_is_no_command_is_refused_before_anything_is_started(text) -> None:
    with pytest.raises(UserError, match="is no command: write NAME=V,V,V"):
        command_of(parse([*PLAY, "--command", text]))

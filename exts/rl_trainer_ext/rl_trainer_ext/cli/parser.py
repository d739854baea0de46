# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The parser of the command line, which refuses what it does not take in one sentence."""

from __future__ import annotations

import argparse
import re
from collections.abc import Mapping, Sequence
from typing import NoReturn

from ..errors import LONGEST_MESSAGE, shortened
from . import unknown

COMMAND = "COMMAND"
"""What stands for the command in the usage."""


class Refused(Exception):
    """What is wrong with a command line, in one sentence."""


class Parser(argparse.ArgumentParser):
    """The parser of the program, or that of one of its commands."""

    argv: Sequence[str] = ()
    """The command line; of the program's parser, like the next."""
    commands: Mapping[str, Parser] = {}
    """The parser of each command."""

    def error(self, message: str) -> NoReturn:
        """Raises one sentence, where argparse prints the whole usage.

        Raises:
            Refused: Always.
        """
        unknown_command = re.fullmatch(
            rf"argument {COMMAND}: invalid choice: '(.*)' \(choose from (.*)\)", message, re.DOTALL
        )
        if unknown_command:
            named, known = unknown_command[1], re.findall(r"'(\w+)'", unknown_command[2])
            before = self.argv[max(0, self.argv.index(named) - 1)] if named in self.argv else ""
            if before.startswith("--") and before not in self.options():
                # its value was taken for the command
                self.refuse(before, next(filter(known.__contains__, self.argv), ""))
            message = unknown.command(named, known)
        message = shortened(message, LONGEST_MESSAGE)
        raise Refused(f"{message[:1].upper()}{message[1:]} (see {self.prog} --help)")

    def refuse(self, written: str, command: str) -> NoReturn:
        """Says what is wrong with an argument that nothing has taken. For the program's parser.

        Args:
            written: The argument, also with its value after an equals sign.
            command: The command; empty for none.

        Raises:
            Refused: Always.
        """
        asked = self.commands.get(command, self)
        after = [asked] if command else self.commands.values()
        name = written.partition("=")[0]
        if any(name in each.options() for each in after):
            asked.error(unknown.before_command(name, command))
        asked.error(unknown.option(written, asked.options(), command))

    def options(self) -> list[str]:
        """Returns the long options."""
        return re.findall(r"--\w+", self.format_usage())

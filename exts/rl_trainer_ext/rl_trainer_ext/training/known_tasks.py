# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The tasks that can be run: listed, listed again when their sources change, and described."""

from __future__ import annotations

from collections.abc import Sequence

from ..errors import UserError
from ..isaac_lab import registration, task_sources, tasks
from ..isaac_lab.tasks import Catalogue, TaskDetails
from .commands import Describe
from .descriptions import TaskDescriptions


class KnownTasks:
    """Lists the tasks of installed packages and of the modules that the user names.

    Args:
        modules: Modules that register tasks and that no entry point names.
    """

    def __init__(self, modules: Sequence[str]) -> None:
        self.catalogue: Catalogue | None = None
        """The tasks; None before the first :meth:`register`."""
        self._modules = tuple(modules)
        self._package_problems: tuple[str, ...] = ()
        self._descriptions = TaskDescriptions()

    def register(self) -> None:
        """Registers the tasks of all packages, and lists them. Imports PyTorch and Isaac Lab."""
        self._package_problems = registration.register_tasks()
        self.update()

    def update(self) -> None:
        """Lists the tasks again, as they are registered now."""
        problems = *self._package_problems, *registration.register_external(self._modules)
        self.catalogue = tasks.list_tasks(problems)
        self._descriptions = TaskDescriptions()
        task_sources.note_sources()

    def set_modules(self, modules: tuple[str, ...]) -> None:
        """Replaces the modules that the user names."""
        self._modules = modules
        self.update()

    def with_modules(self, names: tuple[str, ...]) -> Catalogue:
        """Returns the catalogue, with the tasks of the modules that a run names.

        Raises:
            UserError: When one of these modules cannot be imported or registers nothing.
        """
        known = {module.name for module in registration.imported_modules()}
        if problems := registration.register_external(names):
            raise UserError(problems[0])
        if not known.issuperset(names):
            self.update()
        assert self.catalogue is not None
        return self.catalogue

    def describe(self, asked: Describe) -> TaskDetails:
        """Returns the defaults of a task. Never raises."""
        return self._descriptions.get(asked)

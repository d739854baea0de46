# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""What Kit starts when the extension is enabled, and stops when it is disabled."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import omni.ext

if TYPE_CHECKING:
    from .hosts.kit.host import KitHost

_host: Any = None


def get_host() -> KitHost | None:
    """What runs in Kit now, for scripts; None while the extension is disabled or lacks a package that it needs."""
    return _host if hasattr(_host, "trainer") else None


class RlTrainerExtension(omni.ext.IExt):
    """The panel in Kit. Kit makes one when the extension is enabled."""

    def on_startup(self, ext_id: str) -> None:
        """Opens the window. Isaac Lab is imported later, when the window is visible.

        Args:
            ext_id: Name and version of the extension, such as ``rl_trainer_ext-0.1.0``.
        """
        global _host
        try:
            from .hosts.kit.host import KitHost
        except ModuleNotFoundError as error:
            from .hosts.kit.missing import MissingPackage

            _host = MissingPackage(error)
        else:
            _host = KitHost(ext_id)

    def on_shutdown(self) -> None:
        """Stops and saves what runs, and takes everything away that :meth:`on_startup` brought."""
        global _host
        host, _host = _host, None
        if host is not None:
            host.close()

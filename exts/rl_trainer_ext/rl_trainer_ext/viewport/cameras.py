# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Pictures of what the policy sees: the output of an environment's cameras, as the last step left it."""

from __future__ import annotations

from typing import Any

import numpy as np

MOST_ENVS = 16
"""Number of environments in a picture."""


class PolicyCameras:
    """Shows the newest output of a camera, several environments in a grid.

    Nothing is rendered for it: only what the environment itself has rendered in its last step is copied. A picture is
    taken only after the user interface has asked for one, so cameras that are not shown cost nothing.
    """

    def __init__(self) -> None:
        self._sensors: dict[str, Any] = {}
        self._outputs: dict[str, tuple[str, str]] = {}
        self._source = ""
        self._asked = False
        self._shown = ""
        self.picture: np.ndarray | None = None
        """The newest picture, uint8 of shape (height, width, 4), RGBA; None before the first of a run."""
        self.serial = 0
        """A counter that grows with every picture."""
        self.problem = ""
        """Why there is no picture, in one sentence; empty without a problem."""

    def attach(self, env: Any) -> None:
        """Takes the environment (unwrapped)."""
        self.detach()
        sensors = getattr(getattr(env, "scene", None), "sensors", None) or {}
        self._sensors = {name: each for name, each in sensors.items() if getattr(each.cfg, "data_types", None)}
        self._outputs = {
            f"{name}: {kind}": (name, kind) for name, each in self._sensors.items() for kind in each.cfg.data_types
        }
        self.picture, self._shown, self.problem = None, "", ""

    def detach(self) -> None:
        """Releases the environment; the last picture stays."""
        self._sensors = {}

    # For the user interface

    @property
    def sources(self) -> tuple[str, ...]:
        """The outputs of the cameras, by name; empty for a task without cameras, and before the first run."""
        return tuple(self._outputs)

    def ask(self, source: str) -> None:
        """Asks for the next picture, of one of the outputs."""
        self._asked, self._source = True, source

    # For the host

    @property
    def asked(self) -> bool:
        """Whether the user interface waits for a picture."""
        return self._asked and bool(self._sensors)

    @property
    def behind(self) -> bool:
        """Whether it waits for one of another output than the last picture's."""
        return self.asked and self._shown != self._source

    def take(self) -> None:
        """Takes a picture, if it is asked for. Never raises."""
        if not self.asked:
            return
        self._asked = False
        name, kind = self._outputs.get(self._source) or next(iter(self._outputs.values()))
        try:
            picture = _picture(self._sensors[name], kind)
        except Exception as error:  # of a sensor of the user's: the training does not need the picture
            self.problem = f"{name} gives no picture: {str(error).strip() or type(error).__name__}"
            return
        self.problem = (
            "" if picture is not None or self.picture is not None else f"The environment does not read {name}."
        )
        if picture is not None:
            self.picture, self._shown = picture, self._source
            self.serial += 1


def _picture(sensor: Any, kind: str) -> np.ndarray | None:
    """Returns the output of a camera; None if its environment has not read it since the last step.

    To read it then would render, and could change what the environment reads later.
    """
    if sensor._data_dirty:
        return None
    from isaaclab.utils.images import make_camera_output_grid, normalize_camera_output_for_display

    output = sensor.data.output[kind]
    images = (output.torch if hasattr(output, "torch") else output)[:MOST_ENVS]
    images = images.nan_to_num(nan=0.0, posinf=0.0, neginf=0.0) if images.is_floating_point() else images
    grid = make_camera_output_grid(normalize_camera_output_for_display(images[..., :3], kind))
    colors = grid.mul(255).add(0.5).clamp(0, 255).permute(1, 2, 0).byte().cpu().numpy()
    picture = np.full((*colors.shape[:2], 4), 255, np.uint8)
    picture[..., :3] = colors
    return picture

# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Makes the README's moving picture from the real application, drawn offscreen and driven by clicks and keys.

    python tools/moving_picture.py docs/images/training.gif

A training starts, its curve rises, the render mode is switched, and the checkpoint plays. Nothing is made up: what is
seen is what a screenshot sees, with a pointer drawn where the mouse is; only waiting is shortened.
"""

from __future__ import annotations

import argparse
import contextlib
import sys
import tempfile
import time
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw
from rl_trainer_ext.frames.sharing import RenderMode
from rl_trainer_ext.hosts.standalone.host import StandaloneApp
from rl_trainer_ext.hosts.standalone.main_window import TITLE
from rl_trainer_ext.hosts.standalone.omni_ui import load_omni_ui
from rl_trainer_ext.run_config import RunConfig
from rl_trainer_ext.training.snapshot import Snapshot, State

SIZE = (960, 600)
"""Width and height of the window [pixels]: about what GitHub shows without scaling it, so that text stays sharp."""

LARGEST_FILE = 2_000_000
"""Bytes of the picture, at most."""

COLORS = (256, 128, 64, 32)
"""Sizes of the palette, the first with which the file is small enough is taken."""

SAMPLES = 12
"""Pictures from which the palette is made."""

FRAME = 0.12
"""Time that each picture is shown [s]."""

LAST_FRAME = 1.5
"""Time that the last one is shown, before it all begins again [s]."""

LIMIT = 300.0
"""Seconds after which something that does not happen is given up."""

REST_OF_TRAINING = 24
"""Pictures of the training after the render modes were shown."""

ZOOM = 1
"""Notches of the wheel that move the camera away, to more of the environments."""

SCROLL = 6
"""Notches of the wheel from the panel's fields to its curves."""

KEY_V = 86
POINTER = ((0, 0), (0, 17), (4, 13), (7, 20), (10, 19), (7, 12), (12, 12))


class _InMemory:
    """Settings of this program alone: the user's stay as they are."""

    def __init__(self, **values: Any) -> None:
        self._values = values

    def get(self, key: str, default: Any) -> Any:
        return self._values.get(key, default)

    def set(self, key: str, value: Any) -> None:
        self._values[key] = value


class Film:
    """The application, what drives it, and the pictures taken of it."""

    def __init__(self, ui: Any, config: RunConfig) -> None:
        from omni.ui import testing

        self._ui, self._testing = ui, testing
        self._app = StandaloneApp(_InMemory(), log_root=config.log_root)
        self._pointer = (SIZE[0] * 0.62, SIZE[1] * 0.75)
        self._shot = Path("frame.png")
        self.pictures: list[Image.Image] = []
        self._app.panel.set_config(config)

    def close(self) -> None:
        """Ends the application."""
        self._app.close()

    def _act(self, actions: Coroutine[Any, Any, Any]) -> Snapshot:
        """Input, each step of which is a frame of the application."""
        while True:
            snapshot = self._app.frame()
            try:
                actions.send(None)
            except StopIteration:
                return snapshot

    def run(self, seconds: float) -> Snapshot:
        """Lets the application run, at least for a frame."""
        end = time.perf_counter() + seconds
        while True:
            snapshot = self._act(self._testing.wait_frames(1))
            if snapshot.failure is not None:
                raise SystemExit(f"moving_picture: {snapshot.failure.message}")
            if time.perf_counter() >= end:
                return snapshot

    def run_until(self, reached: Callable[[Snapshot], bool], every: float | None = None) -> None:
        """Lets the application run until something is reached.

        Args:
            reached: What to wait for.
            every: Seconds between two pictures; None takes none.
        """
        end = time.perf_counter() + LIMIT
        while not reached(self.run(every or 0.0)):
            if every is not None:
                self.take()
            if time.perf_counter() > end:
                raise SystemExit("moving_picture: something took too long; is the machine busy?")

    def take(self) -> None:
        """Takes a picture."""
        if not self._testing.capture_screenshot(str(self._shot)):
            raise SystemExit("moving_picture: no screenshot could be taken")
        with Image.open(self._shot) as shot:
            picture = shot.convert("RGB")
        x, y = self._pointer
        shape = [(x + right, y + down) for right, down in POINTER]
        ImageDraw.Draw(picture).polygon(shape, fill=(255, 255, 255), outline=(0, 0, 0))
        self.pictures.append(picture)

    def film(self, pictures: int, every: float) -> None:
        """Takes some pictures, so many seconds apart."""
        for _ in range(pictures):
            self.run(every)
            self.take()

    def point_at(self, x: float, y: float, steps: int = 6) -> None:
        """Moves the mouse."""
        from_x, from_y = self._pointer
        for step in range(1, steps + 1):
            share = step / steps
            share *= share * (3 - 2 * share)
            self._pointer = (from_x + share * (x - from_x), from_y + share * (y - from_y))
            self._act(self._testing.mouse_move(*self._pointer))
            self.take()

    def click(self, identifier: str) -> None:
        """Moves the mouse to a widget and clicks it."""
        widget = next(widget for widget in self._widgets() if widget.identifier == identifier)
        x = widget.screen_position_x + widget.computed_width / 2
        y = widget.screen_position_y + widget.computed_height / 2
        self.point_at(x, y)
        self._act(self._testing.mouse_click(x, y))
        self.take()

    def scroll(self, x: float, y: float, notches: int) -> None:
        """Moves the mouse and turns its wheel; negative is down."""
        self.point_at(x, y)
        for _ in range(abs(notches)):
            self._act(self._testing.mouse_scroll(x, y, 0, notches / abs(notches)))
            self.take()

    def press(self, key: int) -> None:
        """Presses a key."""
        self._act(self._testing.press_key(key))

    def _widgets(self) -> Iterator[Any]:
        def walk(widget: Any) -> Iterator[Any]:
            for child in self._ui.Inspector.get_children(widget):
                yield child
                yield from walk(child)

        yield from walk(self._app.windows.panel.frame)
        yield from walk(self._app.windows.viewport.frame)


def shoot(film: Film) -> None:
    """What happens, from the first picture to the last."""
    film.run_until(lambda snapshot: snapshot.state is State.IDLE)
    film.run(1.0)
    film.film(4, 0.1)
    film.click("train")
    film.point_at(SIZE[0] * 0.3, SIZE[1] * 0.55)  # away from the button, whose tooltip would stay
    film.run_until(lambda snapshot: snapshot.state is State.TRAINING, every=0.6)
    film.scroll(SIZE[0] * 0.3, SIZE[1] * 0.55, -ZOOM)
    film.scroll(SIZE[0] * 0.8, SIZE[1] * 0.75, -SCROLL)
    film.point_at(SIZE[0] * 0.3, SIZE[1] * 0.55)
    film.film(16, 0.25)
    for mode in (RenderMode.NO_RENDERING, RenderMode.FULL_RENDERING, RenderMode.PARTIAL_RENDERING):
        film.press(KEY_V)
        film.run_until(lambda snapshot, mode=mode: snapshot.render_mode is mode)
        film.film(10, 0.15)
    film.run_until(
        lambda snapshot: snapshot.state is State.IDLE, every=(film.run(0.0).counts.eta or 0) / REST_OF_TRAINING
    )
    film.film(2, 0.2)
    film.click("play")
    film.point_at(SIZE[0] * 0.3, SIZE[1] * 0.55)
    film.run_until(lambda snapshot: snapshot.state is State.PLAYING, every=1.0)
    film.film(12, FRAME)
    # the first return is there when the first episode has ended
    film.run_until(lambda snapshot: snapshot.mean_reward is not None, every=0.5)
    film.film(12, FRAME)


def palette_of(pictures: list[Image.Image], colors: int) -> Image.Image:
    """One palette for all pictures: with one for each, areas that stand still would flicker.

    Colours count by the square root of their area: else a large floor takes the entries of a small robot.
    """
    pixels = np.concatenate(
        [np.asarray(picture).reshape(-1, 3) for picture in pictures[:: len(pictures) // SAMPLES + 1]]
    )
    shades, areas = np.unique(pixels & 0xFC, axis=0, return_counts=True)
    weighted = np.repeat(shades, np.ceil(np.sqrt(areas)).astype(int), axis=0)
    return Image.fromarray(weighted[np.newaxis]).quantize(colors, method=Image.Quantize.MEDIANCUT, kmeans=2)


def save(pictures: list[Image.Image], path: Path) -> int:
    """Writes the pictures as one moving GIF, as rich in colour as the size allows.

    Returns:
        Its size [bytes].
    """
    durations = [round(1000 * FRAME)] * (len(pictures) - 1) + [round(1000 * LAST_FRAME)]
    path.parent.mkdir(parents=True, exist_ok=True)
    for colors in COLORS:
        # one less: the GIF writer marks what did not change with the last, when it is told to optimize
        palette = palette_of(pictures, colors - 1)
        frames = [picture.quantize(palette=palette, dither=Image.Dither.NONE) for picture in pictures]
        frames[0].save(path, save_all=True, append_images=frames[1:], duration=durations, loop=0, optimize=True)
        size = path.stat().st_size
        print(f"{colors} colours: {size:,} bytes", file=sys.stderr)
        if size <= LARGEST_FILE:
            return size
    raise SystemExit(f"moving_picture: {path} is larger than {LARGEST_FILE:,} bytes; film less")


def main() -> None:
    """See the module."""
    parser = argparse.ArgumentParser(description="Makes the README's moving picture.")
    parser.add_argument("path", type=Path, metavar="GIF")
    parser.add_argument("--task", default="Isaac-Cartpole-Direct")
    parser.add_argument("--library", default="rsl_rl")
    parser.add_argument("--num_envs", type=int, default=64)
    parser.add_argument("--max_iterations", type=int, default=60)
    parser.add_argument("--frames", type=Path, metavar="DIR", help="write each picture there as well, as PNG")
    arguments = parser.parse_args()
    ui, _ = load_omni_ui(TITLE, *SIZE, offscreen=True)
    path, frames = arguments.path.absolute(), arguments.frames and arguments.frames.absolute()
    with tempfile.TemporaryDirectory(prefix="rl-trainer-") as folder, contextlib.chdir(folder):
        config = RunConfig(
            task=arguments.task,
            library=arguments.library,
            num_envs=arguments.num_envs,
            max_iterations=arguments.max_iterations,
            device="cpu",
        )
        film = Film(ui, config)
        try:
            shoot(film)
        finally:
            film.close()
    ui.shutdown()
    if frames:
        frames.mkdir(parents=True, exist_ok=True)
        for index, picture in enumerate(film.pictures):
            picture.save(frames / f"{index:03}.png")
    size = save(film.pictures, path)
    print(f"{path.name}: {len(film.pictures)} pictures, {size:,} bytes")


if __name__ == "__main__":
    main()

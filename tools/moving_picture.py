# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Makes the README's moving picture from the real application, drawn offscreen and driven by clicks and keys.

    python tools/moving_picture.py docs/images/training.gif

A training starts, its curve rises, the render mode is switched, and the checkpoint plays. Nothing is made up: what is
seen is what a screenshot sees, with a pointer drawn where the mouse is; only waiting is shortened.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
from application import Application
from PIL import Image, ImageDraw
from rl_trainer_ext.frames.sharing import RenderMode
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

EPISODE = 300
"""Environment steps of an episode."""

ZOOM = 1
"""Notches of the wheel that move the camera away, to more of the environments."""

SCROLL = 6
"""Notches of the wheel from the panel's fields to its curves."""

SCROLL_TO_PLAY = 2
"""Notches from there when a playback has added to the fields."""

STEPS = 6
"""Pictures of a movement of the mouse."""

IN_VIEWPORT, IN_PANEL = (SIZE[0] * 0.3, SIZE[1] * 0.55), (SIZE[0] * 0.8, SIZE[1] * 0.75)
"""Where the mouse is while something is watched, and where it turns the wheel over the panel [pixels]."""

KEY_V = 86
POINTER = ((0, 0), (0, 17), (4, 13), (7, 20), (10, 19), (7, 12), (12, 12))


class Film(Application):
    """The application, with a pointer drawn where its mouse is, and the pictures taken of it."""

    def __init__(self) -> None:
        super().__init__(SIZE)
        self._pointer = IN_VIEWPORT
        self.pictures: list[Image.Image] = []

    def film_until(self, reached: Callable[[Snapshot], bool], every: float) -> None:
        """Takes a picture every so many seconds until something is reached."""
        self.until(reached, every, self.take)

    def take(self) -> None:
        """Takes a picture."""
        picture = self.seen()
        x, y = self._pointer
        shape = [(x + right, y + down) for right, down in POINTER]
        ImageDraw.Draw(picture).polygon(shape, fill=(255, 255, 255), outline=(0, 0, 0))
        self.pictures.append(picture)

    def film_steps(self, steps: range, count: Callable[[Snapshot], int]) -> None:
        """Takes a picture when a count has reached each of some steps, however long that takes."""
        for step in steps:
            snapshot = self.until(lambda snapshot, step=step: count(snapshot) >= step or snapshot.state is State.IDLE)
            self.take()
            if snapshot.state is State.IDLE:
                return

    def film(self, pictures: int, every: float) -> None:
        """Takes some pictures, so many seconds apart."""
        for _ in range(pictures):
            self.run(every)
            self.take()

    def point_at(self, x: float, y: float) -> None:
        """Moves the mouse in some steps, each of which is seen."""
        from_x, from_y = self._pointer
        for step in range(1, STEPS + 1):
            share = step / STEPS
            share *= share * (3 - 2 * share)
            self._pointer = (from_x + share * (x - from_x), from_y + share * (y - from_y))
            self.act(self.testing.mouse_move(*self._pointer))
            self.take()

    def press_button(self, identifier: str) -> None:
        """Moves the mouse to a button, which is in sight, and clicks it."""
        x, y = self.middle(identifier)
        self.point_at(x, y)
        self.act(self.testing.mouse_click(x, y))
        self.take()

    def scroll(self, notches: int) -> None:
        """Turns the wheel of the mouse; negative is down."""
        for _ in range(abs(notches)):
            self.act(self.testing.mouse_scroll(*self._pointer, 0, notches / abs(notches)))
            self.take()


def shoot(film: Film, num_envs: int, iterations: int) -> None:
    """What happens, from the first picture to the last."""
    film.until_ready()
    film.run(1.0)
    film.film(4, 0.1)
    film.press_button("train")
    film.point_at(*IN_VIEWPORT)  # away from the button, whose tooltip would stay
    film.film_until(lambda snapshot: snapshot.state is State.TRAINING, every=1.0)
    film.scroll(-ZOOM)
    film.point_at(*IN_PANEL)
    film.scroll(-SCROLL)
    film.point_at(*IN_VIEWPORT)
    switched = iterations // 4
    film.film_steps(range(1, switched), lambda snapshot: snapshot.iteration)
    for mode in (RenderMode.NO_RENDERING, RenderMode.FULL_RENDERING, RenderMode.PARTIAL_RENDERING):
        film.act(film.testing.press_key(KEY_V))
        film.until(lambda snapshot, mode=mode: snapshot.render_mode is mode)
        film.film(10, 0.15)
    film.film_steps(range(switched, iterations, 2), lambda snapshot: snapshot.iteration)
    film.until(lambda snapshot: snapshot.state is State.IDLE)
    film.film(2, 0.2)
    film.press_button("play")
    film.point_at(*IN_PANEL)
    film.scroll(-SCROLL_TO_PLAY)
    film.point_at(*IN_VIEWPORT)
    film.film_until(lambda snapshot: snapshot.state is State.PLAYING, every=1.0)
    # the first returns are those of the few that fall; after an episode there are those of the others
    film.film_steps(range(0, EPISODE + 40, 10), lambda snapshot: snapshot.steps // num_envs)


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
    with Film() as film:
        config = RunConfig(
            task=arguments.task,
            library=arguments.library,
            num_envs=arguments.num_envs,
            max_iterations=arguments.max_iterations,
            device="cpu",
            log_root=str(film.log_root),
        )
        film.app.panel.set_config(config)
        shoot(film, arguments.num_envs, arguments.max_iterations)
    frames = arguments.frames
    if frames:
        frames.mkdir(parents=True, exist_ok=True)
        for index, picture in enumerate(film.pictures):
            picture.save(frames / f"{index:03}.png")
    size = save(film.pictures, arguments.path)
    print(f"{arguments.path.name}: {len(film.pictures)} pictures, {size:,} bytes")


if __name__ == "__main__":
    main()

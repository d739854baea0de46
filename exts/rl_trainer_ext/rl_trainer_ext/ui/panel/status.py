# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The state of the run: progress, times, and its folder."""

from __future__ import annotations

import omni.ui as ui

from ... import wording
from ...runs import as_text
from ...training.snapshot import Snapshot, State
from ..widgets import style

_ELAPSED = "Time since the first step, without pauses; a resumed run includes its parent's time [h:min:s]."

_RUNNING = (State.TRAINING, State.PLAYING, State.PAUSED)


class Status:
    """Built into the current layout; shows progress and times from the first run on."""

    def __init__(self) -> None:
        self._shown: tuple[int, str, str] | None = None
        with ui.VStack(height=0, spacing=4):
            with ui.HStack(height=18, spacing=style.SPACING):
                self._dot = ui.Circle(
                    width=10, radius=4, size_policy=ui.CircleSizePolicy.FIXED, alignment=ui.Alignment.CENTER
                )
                self._state = ui.Label("", identifier="state", width=0)
                self._activity = ui.Label("", identifier="activity", name="dim", elided_text=True)
            self._run = ui.VStack(height=0, spacing=4, visible=False)
            with self._run:
                self._build_progress()
                with ui.HStack(height=32):
                    self._elapsed = _figure("Elapsed", "elapsed", _ELAPSED)
                    self._eta = _figure("Remaining", "eta", "Time to the last iteration at this speed [h:min:s].")
                    self._rate = _figure(
                        "Steps/s",
                        "steps_per_second",
                        "Environment steps per second over all parallel environments, in the last seconds.",
                    )
                self._run_dir = _Path("Run", "run_dir", "The folder of the run")
                self._checkpoint = _Path("Checkpoint", "status_checkpoint", "The checkpoint that is playing")
            self._notice = ui.Label("", name="notice", word_wrap=True, visible=False, identifier="notice")

    def _build_progress(self) -> None:
        # words over the bar would be cut by its end
        with ui.HStack(height=16):
            self._progress = ui.Label("", identifier="progress_text", elided_text=True)
            self._percent = ui.Label("", width=0)
        with ui.ZStack(height=6):
            ui.Rectangle(name="track", identifier="progress_track")
            with ui.HStack():
                self._bar = ui.Rectangle(name="progress", width=ui.Percent(0), identifier="progress")
                ui.Spacer()

    def update(self, snapshot: Snapshot) -> None:
        """Shows the snapshot. Called when it changed; a label that is given the text it has does nothing."""
        shown = (*state_words(snapshot), as_text(snapshot.activity))
        if shown != self._shown:  # a style or a tooltip is made anew each time
            self._shown = color, state, activity = shown
            self._dot.set_style({"background_color": color})
            self._state.text = state
            self._activity.text = activity if activity != state else ""
            self._activity.set_tooltip(activity)
        self._notice.text = as_text(snapshot.notice)
        self._notice.visible = bool(snapshot.notice)
        self._run.visible = snapshot.config is not None
        if snapshot.config is None:
            return
        done, words = progress(snapshot)
        self._bar.width = ui.Percent(100 * done)
        self._bar.visible = done > 0
        self._progress.text = words
        self._percent.text = f"{100 * done:.0f} %" if done > 0 else ""
        running = snapshot.state in _RUNNING
        self._elapsed.text = wording.duration(snapshot.elapsed) if snapshot.elapsed else wording.UNKNOWN
        self._eta.text = wording.duration(snapshot.counts.eta if running else None)
        self._rate.text = wording.whole(snapshot.counts.steps_per_second)
        self._run_dir.show("" if snapshot.run_dir is None else str(snapshot.run_dir))
        played = snapshot.checkpoint if snapshot.playing else None
        self._checkpoint.show("" if played is None else str(played))


class _Path:
    """A path on one line, elided in its middle; the whole of it in the tooltip."""

    def __init__(self, caption: str, identifier: str, meaning: str) -> None:
        self._meaning, self._path = meaning, ""
        self._root = ui.HStack(height=16, spacing=style.SPACING, visible=False)
        with self._root:
            ui.Label(caption, name="caption", width=0)
            self._label = ui.Label("", name="caption", elided_text=True, identifier=identifier)

    def show(self, path: str) -> None:
        if path == self._path:
            return
        self._path = path
        self._root.visible = bool(path)
        self._label.text = as_text(path)
        self._label.set_tooltip(f"{self._meaning}:\n{as_text(path)}")


def state_words(snapshot: Snapshot) -> tuple[int, str]:
    """Returns the colour and the text for the trainer's state, or for the end of the last run."""
    if snapshot.state is State.IDLE:
        word = snapshot.status if snapshot.status in ("finished", "stopped", "failed") else "ready"
    else:
        word = snapshot.state.value
    if snapshot.state is State.LOADING:
        words = as_text(snapshot.activity) or "Loading Isaac Lab…"
    elif snapshot.state is State.PAUSED:
        words = f"{_kind(snapshot)} paused"
    elif snapshot.state is State.PLAYING and snapshot.previewing:
        words = _kind(snapshot)
    else:
        words = word.capitalize()
    return style.STATE_COLORS.get(word, style.TEXT_DIM), words


def _kind(snapshot: Snapshot) -> str:
    if snapshot.previewing and snapshot.run is not None:
        return "Preview" if snapshot.run.replay is None else "Replay"
    return "Playback" if snapshot.playing else "Training"


def progress(snapshot: Snapshot) -> tuple[float, str]:
    """Returns the finished share of the run, from 0 to 1, and its text."""
    if snapshot.playing:
        done, total, what = snapshot.steps, snapshot.counts.total_steps, "step"
    else:
        done, total, what = snapshot.iteration, snapshot.counts.total_iterations, "iteration"
    if total <= 0:
        return 0.0, f"{what} {done:,}" if done else ""
    # the bar of a resumed training starts empty
    start = 0 if snapshot.playing else snapshot.counts.start_iteration
    return min(1.0, (done - start) / max(total - start, 1)), f"{what} {done:,} of {total:,}"


def words_without_data(snapshot: Snapshot) -> str:
    """Returns the text that replaces a reward curve without points."""
    return "No finished episode yet" if snapshot.playing else "No data yet"


def _figure(caption: str, identifier: str, tooltip: str) -> ui.Label:
    with ui.VStack(tooltip=tooltip):
        ui.Label(caption, name="caption", height=14)
        return ui.Label(wording.UNKNOWN, identifier=identifier, height=18)

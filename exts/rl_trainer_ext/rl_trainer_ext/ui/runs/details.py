# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Shows the details of one run: name, status, checkpoints and actions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import omni.ui as ui

from ...runs import Checkpoint, Run, RunStatus, as_text
from ...runs.description import caption, problem, summary
from ...runs.evaluations import last_evaluation, read_evaluations
from ...runs.kept_steps import newest
from ..widgets import keys, style
from ..widgets.fields import TextField
from ..widgets.layout import dot
from .checkpoint_list import CheckpointList
from .services import Services
from .video_strip import VideoStrip

_LABEL_WIDTH = 44

_LOOK_INTERVAL = 1.0
"""Seconds between two looks for new evaluations."""

_LONGEST_PROBLEM = 240
"""Longer sentences are cut in the middle [characters]; the tooltip has the whole text."""


@dataclass(frozen=True)
class RunCommands:
    """The callbacks of the buttons. ``rename`` and ``tag`` are called with the run and the typed text."""

    play: Callable[[], None]
    resume: Callable[[], None]
    follow: Callable[[], None]
    export: Callable[[], None]
    leapp: Callable[[], None]
    film: Callable[[], None]
    evaluate: Callable[[], None]
    evaluate_all: Callable[[], None]
    replay: Callable[[], None]
    reveal: Callable[[], None]
    copy: Callable[[], None]
    archive: Callable[[], None]
    delete: Callable[[], None]
    play_video: Callable[[Path], None]
    rename: Callable[[Run, str], None]
    tag: Callable[[Run, str], None]


class RunDetails:
    """The details, built into the current layout.

    Args:
        commands: The callbacks of the buttons, called within omni.ui's callbacks: they only enqueue actions.
        services: The services of the host; buttons for missing ones are left out.
        now: Returns the time [unix s].
    """

    def __init__(self, commands: RunCommands, services: Services, now: Callable[[], float]) -> None:
        self._commands = commands
        self._run: Run | None = None
        self._buttons: dict[str, ui.Button] = {}
        self._focus = False
        self._now = now
        self._evaluated: tuple[Path, float] | None = None
        self._look_at = 0.0
        with ui.ZStack():
            self._nothing = ui.Label(
                "Select a run to see its checkpoints.",
                name="dim",
                alignment=ui.Alignment.CENTER,
                word_wrap=True,
                identifier="run_nothing",
            )
            self._root = ui.VStack(spacing=4, visible=False)
        with self._root:
            ui.Spacer(height=2)
            with ui.HStack(height=18, spacing=style.SPACING):
                self._dot = dot(10)
                self._title = ui.Label("", elided_text=True, identifier="run_title")
            self._facts = ui.Label("", name="dim", word_wrap=True, height=0, identifier="run_facts")
            self._problem = ui.Label("", name="warning", word_wrap=True, height=0, identifier="run_problem")
            self._build_buttons(services)
            self._replay = ui.Button(
                "Replay last steps…",
                height=style.ROW_HEIGHT,
                visible=False,
                identifier="run_replay",
                tooltip="Show the steps before a value was no finite number in the viewport, one by one.",
                clicked_fn=self._commands.replay,
            )
            self._name = self._build_field(
                "Name", "run_name", "The name of the run (F2). Its folder is not renamed.", "none", "name"
            )
            self._tags = self._build_field(
                "Tags", "run_tags", "Tags, separated by commas. The filter finds them.", "none", "tags"
            )
            self._videos: VideoStrip | None = None
            if services.thumbnail is not None and services.desktop is not None:
                self._videos = VideoStrip(commands.play_video, services.thumbnail, now)
            self.checkpoints = CheckpointList(now)

    def _build_buttons(self, services: Services) -> None:
        commands = self._commands
        without = {
            *(key for key in ("export", "leapp", "film") if getattr(services, key) is None),
            *(() if services.evaluate is not None else ("evaluate", "evaluate_all")),
            *(() if services.desktop is not None else ("reveal", "copy")),
        }
        rows = (
            (
                (
                    "play",
                    "Play",
                    "Play the selected checkpoint (Enter). While another one plays, the policy changes at once.",
                    commands.play,
                ),
                ("resume", "Resume", "Resume training from the selected checkpoint, as a new run.", commands.resume),
                ("follow", "Follow", "Play each new checkpoint of this training as it appears.", commands.follow),
                (
                    "export",
                    "Export",
                    "Write the selected checkpoint's policy as policy.pt and policy.onnx, and check them.",
                    commands.export,
                ),
            ),
            (
                ("film", "Film", "Record all checkpoints, one after another, as one video.", commands.film),
                ("leapp", "LEAPP", "Export the selected checkpoint's policy with LEAPP, as Isaac Lab.", commands.leapp),
                ("reveal", "Files", "Show the files of the run in the file manager.", commands.reveal),
                ("copy", "Copy", "Copy the path of the selected checkpoint.", commands.copy),
            ),
            (
                (
                    "evaluate",
                    "Evaluate",
                    "Play 100 whole episodes with the selected checkpoint, and show what it achieves.",
                    commands.evaluate,
                ),
                (
                    "evaluate_all",
                    "Evaluate all",
                    "Play 100 whole episodes with each checkpoint, and mark the best.",
                    commands.evaluate_all,
                ),
                ("archive", "Archive", "", commands.archive),
                ("delete", "Delete", "Move the run to the trash (Del). Undo brings it back.", commands.delete),
            ),
        )
        with ui.VStack(height=0, spacing=4):
            for row in rows:
                with ui.HStack(height=style.ROW_HEIGHT, spacing=4):
                    for key, label, tooltip, clicked in row:
                        if key in without:
                            continue
                        self._buttons[key] = ui.Button(
                            label,
                            identifier=f"run_{key}",
                            tooltip=tooltip,
                            clicked_fn=clicked,
                            name="primary" if key == "play" else "",
                        )

    def _build_field(self, label: str, identifier: str, tooltip: str, placeholder: str, key: str) -> TextField:
        with ui.HStack(height=style.ROW_HEIGHT, spacing=style.SPACING):
            ui.Label(label, width=_LABEL_WIDTH, name="dim", tooltip=tooltip)
            return TextField(identifier, tooltip, placeholder, on_end=lambda: self._left(key))

    def _left(self, key: str) -> None:
        """Applies the typed text when the field loses the focus."""
        run = self._run
        if run is None:
            return
        if key == "name" and self._name.value.strip() != run.name:
            self._commands.rename(run, self._name.value)
        elif key == "tags" and _split(self._tags.value) != run.tags:
            self._commands.tag(run, self._tags.value)

    @property
    def chosen(self) -> Checkpoint | None:
        """The checkpoint that the buttons act on."""
        return self.checkpoints.chosen

    def show(self, run: Run | None, checkpoints: tuple[Checkpoint, ...], selected: int) -> None:
        """Shows a run.

        Args:
            run: The run; None for none.
            checkpoints: Its checkpoints.
            selected: The number of selected runs, including this one.
        """
        same = run is not None and self._run is not None and self._run.path == run.path
        self._run = run
        self._root.visible, self._nothing.visible = run is not None, run is None
        if run is None:
            return
        self._title.text = caption(run) + (f"   (+{selected - 1} selected)" if selected > 1 else "")
        self._title.set_tooltip(as_text(run.path))
        self._dot.set_style({"background_color": style.STATUS_COLORS[run.status.value]})
        self._facts.text = "\n".join(summary(run))
        sentence = problem(run)
        # the checkpoints below need space; a longer sentence has a long path in its first half
        half = _LONGEST_PROBLEM // 2
        self._problem.text = sentence if len(sentence) <= 2 * half else f"{sentence[:half]}…{sentence[-half:]}"
        self._problem.visible = bool(sentence)
        self._problem.set_tooltip(sentence)
        for field, value in ((self._name, run.name), (self._tags, ", ".join(run.tags))):
            if not same or not keys.has_keyboard(field):
                field.value = value
        if self._videos is not None and not same:
            self._videos.show(run.path)
        self.checkpoints.show(checkpoints, keep=same)
        self._buttons["archive"].text = "Unarchive" if run.archived else "Archive"
        self._buttons["archive"].set_tooltip(
            "Move the run back to the list." if run.archived else "Hide the run from the list. Archived shows it."
        )

    def update(self, playing: Path | None, following: Path | None) -> None:
        """Enables the buttons that can be used. Called once a frame.

        Args:
            playing: The checkpoint that plays, or None.
            following: The run whose newest checkpoint plays, or None.
        """
        run, chosen = self._run, self.chosen is not None
        self.checkpoints.update(playing)
        if run is None:
            return
        if self._videos is not None:
            self._videos.update()
        self._show_evaluations(run)
        wanted = {
            "play": chosen,
            "resume": chosen and run.status is not RunStatus.RUNNING,
            "export": chosen,
            "leapp": chosen,
            "film": chosen,
            "evaluate": chosen,
            "evaluate_all": chosen,
            "follow": following is not None or run.status is RunStatus.RUNNING,
        }
        for key, enabled in wanted.items():
            if key in self._buttons and self._buttons[key].enabled is not enabled:
                self._buttons[key].enabled = enabled
        label = "Unfollow" if following is not None else "Follow"
        if self._buttons["follow"].text != label:
            self._buttons["follow"].text = label
        if self._focus:
            self._focus = False
            self._name.widget.focus_keyboard()

    def _show_evaluations(self, run: Run) -> None:
        """Shows the evaluations of the run when they have changed, and whether it has last steps; once a second."""
        now, new = self._now(), self._evaluated is None or self._evaluated[0] != run.path
        if not new and now < self._look_at:
            return
        self._look_at = now + _LOOK_INTERVAL
        self._replay.visible = newest(run.path) is not None
        evaluated = (run.path, last_evaluation(run.path))
        if evaluated != self._evaluated:
            self._evaluated = evaluated
            self.checkpoints.show_evaluations({run.path / one.checkpoint: one for one in read_evaluations(run.path)})

    def edit_name(self) -> None:
        """Moves the keyboard focus to the field of the name."""
        self._focus = True


def _split(tags: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(word.strip() for word in tags.split(",") if word.strip()))

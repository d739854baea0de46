# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The run browser: lists the runs of a log root, shows them and acts on them."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import omni.ui as ui

from ...runs import Checkpoint, Run, RunIndex, as_text
from ...training.commands import TrainerPort
from ...training.snapshot import State
from ..widgets import keys
from ..widgets.message_bar import MessageBar
from ..widgets.pane import PaneFrame
from ..widgets.pending import Pending
from ..widgets.settings import Settings
from .actions import RunActions
from .bar import RunFilter, TensorBoardBar
from .comparison import Comparison
from .details import RunCommands, RunDetails
from .files import FileActions
from .panes import RunPanes
from .parameters import RunParameters
from .selected_runs import SelectedRuns
from .selection import Selection
from .services import PanelPort, Services
from .table import RunTable

REFRESH_SLICE = 0.004
"""The time for the index in each frame [s]."""

LIST_INTERVAL = 0.25
"""The time between two updates of the list while the index finds runs [s]."""


class RunBrowser:
    """Fills a frame. Callbacks enqueue actions; :meth:`update` runs them.

    Args:
        frame: The frame to fill; the host owns its window.
        trainer: The trainer that plays.
        panel: The panel that plays and resumes runs.
        settings: Stores the user's choices.
        log_root: The directory whose runs are listed.
        services: The services of the host.
        index: The runs of the log root; None for one in the user's cache directory.
        clock: Seconds, as ``time.monotonic``.
        now: Returns the time [unix s].
    """

    def __init__(
        self,
        frame: ui.Frame,
        trainer: TrainerPort,
        panel: PanelPort,
        settings: Settings,
        log_root: Path,
        services: Services | None = None,
        *,
        index: RunIndex | None = None,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._trainer, self._settings = trainer, settings
        self._services = services or Services()
        self._clock, self._now = clock, now
        self._index = index or RunIndex(log_root)
        self._actions = RunActions(trainer, panel, self._index.reread)
        self._files = FileActions(self._services, self._actions)
        self._selection = Selection()
        self._own_run: Path | None = None
        self._user_selected = False
        self._selected_runs = SelectedRuns(self._selection, self._actions.say, clock)
        self._version = -1
        self._listed_at = -math.inf
        self._next: int | None = None
        self._wanted: tuple[Path, ...] = ()
        self._shown: tuple[Run | None, list[Run]] | None = None
        self._stale = True
        self._pending = Pending()
        self._up_to_date = False
        self._pane = PaneFrame(frame)
        with self._pane.content(bottom=2):
            self._build()

    def _build(self) -> None:
        board = self._services.tensorboard
        self._filter = RunFilter(
            self._settings, self._restale, self._index.look_again, None if board is None else board.start
        )
        self._board = None if board is None else TensorBoardBar(board, self._services.desktop, self._actions.say)
        self._panes = RunPanes(
            self._settings, self._build_table, self._build_details, self._build_curves, self._build_parameters
        )
        act = self._actions
        self._message = MessageBar(
            "runs", lambda: act.message, act.forget_message, self._pending.adding(act.undo), self._clock
        )

    def _build_table(self) -> None:
        with ui.ZStack():
            self._table = RunTable(self._settings, self._selection, self._selected_by_user, self._now)
            self._words = ui.Label(
                "", name="dim", alignment=ui.Alignment.CENTER, word_wrap=True, identifier="runs_words"
            )

    def _build_details(self) -> None:
        act, files, pending = self._actions, self._files, self._pending
        commands = RunCommands(
            play=pending.adding(lambda: self._with_checkpoint(self._play)),
            resume=pending.adding(lambda: self._with_checkpoint(act.resume)),
            follow=pending.adding(lambda: self._with_run(lambda run: act.follow(run, self._selected_runs.newest))),
            export=pending.adding(lambda: self._with_checkpoint(files.export)),
            leapp=pending.adding(lambda: self._with_checkpoint(files.export_with_leapp)),
            film=pending.adding(lambda: self._with_run(files.film)),
            evaluate=pending.adding(lambda: self._with_checkpoint(files.evaluate)),
            evaluate_all=pending.adding(lambda: self._with_checkpoint(files.evaluate_all)),
            replay=pending.adding(lambda: self._with_run(self._replay)),
            reveal=pending.adding(lambda: self._with_run(lambda run: files.reveal(run, self._details.chosen))),
            copy=pending.adding(lambda: self._with_run(lambda run: files.copy(run, self._details.chosen))),
            archive=pending.adding(lambda: self._take_away(act.archive)),
            delete=pending.adding(lambda: self._take_away(act.delete)),
            play_video=lambda video: pending.add(lambda: files.play(video)),
            rename=lambda run, name: pending.add(lambda: act.rename(run, name)),
            tag=lambda run, tags: pending.add(lambda: act.tag(run, tags)),
        )
        self._details = RunDetails(commands, self._services, self._now)

    def _build_curves(self) -> None:
        folder = self._index.log_root / "curves"
        self._comparison = Comparison(
            self._settings, self._index.readers, folder, self._actions.say, self._services.mouse, self._clock
        )

    def _build_parameters(self) -> None:
        self._parameters = RunParameters()

    def update(self) -> None:
        """Updates everything. Called once a frame while the window is visible, outside omni.ui's callbacks."""
        snapshot = self._trainer.snapshot()
        if self._pending.run():
            self._stale = True
        if snapshot.run_dir != self._own_run:
            self._own_run, self._stale = snapshot.run_dir, True
        self._actions.update(snapshot)
        self._up_to_date = self._index.refresh(REFRESH_SLICE)
        due = self._clock() - self._listed_at >= LIST_INTERVAL
        if self._stale or (due and (self._index.version != self._version or self._wanted)):
            self._version, self._stale, self._listed_at = self._index.version, False, self._clock()
            self._list()
        self._show_words()
        self._filter.fit()
        self._table.update()
        if self._selected_runs.has_new_checkpoints() or (
            self._panes.shows("details") and self._selected_runs.found_damage()
        ):
            self._details.show(self._selected_runs.run, self._selected_runs.checkpoints, len(self._selection.paths))
        self._panes.update()
        if self._panes.shows("details"):
            playing = snapshot.checkpoint if snapshot.playing and snapshot.status == "running" else None
            self._details.update(playing, None if snapshot.run is None else snapshot.run.following)
        if self._panes.shows("curves"):
            self._comparison.update()
        if self._panes.shows("parameters"):
            self._parameters.update()
        if self._board is not None:
            self._board.update()
        self._files.update()
        self._message.update()

    def _list(self) -> None:
        """Lists the runs of the index."""
        known = self._index.runs
        self._selected_runs.known = {run.path: run for run in known}
        self._filter.update(known)
        listed = self._filter.listed(known)
        gone = self._selection.keep([run.path for run in listed])
        self._table.show(listed)
        if self._next is not None:
            if not self._selection.paths and self._table.runs:
                # arrow keys continue at the position of the deleted run
                self._selection.only(self._table.runs[min(self._next, len(self._table.runs) - 1)].path)
                gone = True
            self._next = None
        if self._select_wanted() or self._select_own_run():
            gone = True
        if gone:
            self._table.show_selection()
        self._show_selected()

    def _select_own_run(self) -> bool:
        """Selects the run of this program, until the user selects one; returns whether the selection has changed."""
        own = self._own_run
        if self._user_selected or own is None or self._selection.paths == (own,) or own not in self._table.order:
            return False
        self._selection.only(own)
        return True

    def show_runs(self, paths: Sequence[Path], *, mean: bool = False) -> None:
        """Selects runs, as soon as they are listed, and shows their curves.

        Args:
            paths: Their folders.
            mean: Whether to draw runs that differ in their seed only as their mean and standard deviation.
        """
        self._wanted, self._user_selected, self._stale = tuple(path.absolute() for path in paths), True, True
        self._panes.open("curves")
        if mean:
            self._pending.add(self._comparison.draw_mean)

    def _select_wanted(self) -> bool:
        """Selects the runs that :meth:`show_runs` asked for; returns whether the selection has changed."""
        by_path = {path.absolute(): path for path in self._table.order}
        there = [by_path[path] for path in self._wanted if path in by_path]
        if len(there) < len(self._wanted) and not self._up_to_date:
            return False  # the index is still reading
        if self._wanted and not there:
            self._actions.say("The filter hides these runs, or they are gone: clear the filter.", True)
        self._wanted = ()
        for index, path in enumerate(there):
            self._selection.click(self._table.order, path, control=index > 0)
        return bool(there)

    def _selected_by_user(self) -> None:
        self._user_selected = True
        self._show_selected()

    def _show_words(self) -> None:
        """Explains an empty table."""
        if self._table.runs:
            words = ""
        elif self._index.problem:
            words = as_text(self._index.problem)
        elif self._selected_runs.known:
            words = "No run matches the filter." if self._filter.narrows else "All runs are archived."
        elif not self._up_to_date:
            words = "Looking for runs…"
        else:
            words = f"No runs in {as_text(self._index.log_root)} yet.\nA training appears here when it starts."
        if self._words.text != words:
            self._words.text = words
            self._words.visible = bool(words)

    def _restale(self) -> None:
        self._stale = True

    def _take_away(self, act: Callable[[list[Run]], None]) -> None:
        chosen = self._selected_runs.chosen
        if chosen:
            taken = {run.path for run in chosen}
            self._next = next(number for number, path in enumerate(self._table.order) if path in taken)
            act(chosen)

    def _show_selected(self) -> None:
        chosen, run = self._selected_runs.chosen, self._selected_runs.run
        shown = (run, chosen)
        if shown == self._shown:
            return
        self._shown = shown
        self._selected_runs.read_checkpoints()
        self._details.show(run, self._selected_runs.checkpoints, len(chosen))
        self._comparison.show(chosen, self._selected_runs.known)
        self._parameters.show(chosen)

    def _with_run(self, act: Callable[[Run], object]) -> None:
        run = self._selected_runs.run
        if run is not None:
            act(run)

    def _with_checkpoint(self, act: Callable[[Run, Checkpoint], object]) -> None:
        run, checkpoint = self._selected_runs.run, self._details.chosen
        if run is not None and checkpoint is not None:
            act(run, checkpoint)

    def _play(self, run: Run, checkpoint: Checkpoint) -> None:
        idle = self._trainer.snapshot().state is State.IDLE
        if self._actions.play(run, checkpoint) and idle and self._services.show_viewport is not None:
            # a user who tries several checkpoints stays in the run browser
            self._services.show_viewport()

    def _replay(self, run: Run) -> None:
        if self._actions.replay(run) and self._services.show_viewport is not None:
            self._services.show_viewport()

    def key_pressed(self, key: int, modifier: int, pressed: bool) -> None:
        """Handles a key; the callback for the host's ``window.set_key_pressed_fn``."""
        if not pressed or self._comparison.key_pressed(key) or keys.is_typing():
            return
        codes = keys.KEYS
        if key == codes.z and modifier & keys.CONTROL:
            self._pending.add(self._actions.undo)
        elif self._table.key_pressed(key, modifier) or modifier & (keys.CONTROL | keys.ALT):
            return
        elif key in (codes.enter, codes.keypad_enter):
            self._pending.add(lambda: self._with_checkpoint(self._play))
        elif key == codes.delete:
            self._pending.add(lambda: self._take_away(self._actions.delete))
        elif key == codes.f2 and self._selected_runs.run is not None:
            self._pending.add(self._edit_name)

    def _edit_name(self) -> None:
        self._panes.open("details")
        self._details.edit_name()

    def destroy(self) -> None:
        """Clears the frame, and stops what was started from here."""
        self._files.close()
        self._pane.destroy()

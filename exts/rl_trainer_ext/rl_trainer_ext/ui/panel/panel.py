# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The panel: the controls, the form and the curves of a training."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path

import omni.ui as ui

from ...errors import UserError
from ...run_config import RunConfig
from ...training.commands import Load, Play, Replay, SetSpeed, Stop, Train, TrainerPort
from ...training.queue.commands import QueuePort
from ...training.queue.model import Entry
from ...training.snapshot import Snapshot, State
from ...training.where import LOCAL, WhereOption
from ...viewport.interface import CameraPictures, MarkerSource
from ..drive.section import DriveSection
from ..drive.steering import Steering
from ..settings.pane import Clipboard
from ..widgets import keys, style
from ..widgets.settings import Settings
from .checkpoint import Browse
from .controls import Controls, Enabled, enabled
from .edited_box import EditedBox
from .failure import FailureBox
from .form import Form
from .learning import LearningCurves
from .machine_line import MachineLine, MachineReader
from .marker_section import MarkerSection
from .my_presets import MyPresets
from .policy_view import PolicyView
from .preview_row import PreviewRow
from .queue_row import QueueRow
from .recording import RecordingButtons
from .render_mode_choice import RenderModeChoice
from .replay_row import ReplayRow
from .reward_weights import RewardWeights
from .run_keys import run_key_pressed, toggle_pause
from .settings_view import SettingsView
from .source_buttons import OpenFile
from .status import Status
from .task_cards import NO_CARDS, TaskCards
from .where_choice import RunsElsewhere


class Panel:
    """Fills a frame with the panel. Callbacks enqueue commands; :meth:`update` draws a snapshot.

    Args:
        frame: The frame to fill; the host owns its window.
        trainer: The trainer that is controlled and shown.
        settings: Where the user's choices are stored.
        browse: The host's file picker, for checkpoints; None leaves its button out.
        log_root: Directory below which runs are written.
        has_viewport: Whether the host has a viewport whose render mode can be chosen.
        clock: Seconds, as ``time.monotonic``.
        cards: What is known of each task.
        open_file: Opens the sources of a task in the user's editor; None leaves their buttons out.
        machine: Reads the load of the machine; None leaves its line out.
        cameras: What the policy sees; None leaves it out.
        clipboard: The host's clipboard, for overrides; None leaves its buttons out.
        queue: The queue; None leaves its row out.
        show_queue: Shows the host's window of the queue; None leaves the button out.
        show_sweeps: Shows the host's window of the sweeps; likewise.
        places: Where a training can run; empty for this simulator only.
        presets_folder: Where the user's own presets are; None leaves them out.
        steering: What the user drives in a playback; None makes one that follows no viewport.
        show_terms: Shows the host's window of the terms; None leaves the button out.
        markers: What draws markers in a viewport of the host; None leaves its section out.
    """

    def __init__(
        self,
        frame: ui.Frame,
        trainer: TrainerPort,
        settings: Settings,
        *,
        browse: Browse | None = None,
        log_root: str = "logs",
        has_viewport: bool = False,
        clock: Callable[[], float] = time.monotonic,
        cards: TaskCards = NO_CARDS,
        open_file: OpenFile | None = None,
        machine: MachineReader | None = None,
        cameras: CameraPictures | None = None,
        clipboard: Clipboard | None = None,
        queue: QueuePort | None = None,
        show_queue: Callable[[], None] | None = None,
        show_sweeps: Callable[[], None] | None = None,
        presets_folder: Path | None = None,
        steering: Steering | None = None,
        places: Sequence[WhereOption] = (),
        show_terms: Callable[[], None] | None = None,
        markers: MarkerSource | None = None,
    ) -> None:
        self._queue_row: QueueRow | None = None
        self._edited_entry: Entry | None = None
        self._frame, self._trainer, self._settings = frame, trainer, settings
        self._message = ""
        self._presets: MyPresets | None = None
        self._shown: Snapshot | None = None
        self._waiting: Callable[[], bool] | None = None
        self._chosen: RunConfig | None = None
        self._render_mode: RenderModeChoice | None = None
        self._recording: RecordingButtons | None = None
        self._machine: MachineLine | None = None
        self._policy_view: PolicyView | None = None
        self._markers: MarkerSection | None = None
        base = RunConfig(task="", library="", log_root=log_root)
        frame.clear()
        with frame:
            self._root = ui.ZStack(style=style.STYLE)
        with self._root:
            ui.Rectangle(name="background")
            with ui.HStack():
                ui.Spacer(width=8)
                with ui.VStack(spacing=style.SPACING):
                    with ui.HStack(height=0):
                        self._build_head(has_viewport, machine, queue, show_queue, open_file, show_terms)
                        ui.Spacer(width=8)
                    ui.Line(name="separator", height=1)
                    with ui.ZStack():
                        view = ui.ScrollingFrame(**style.NO_HORIZONTAL)
                        self._settings_view = SettingsView(view, clipboard)
                    with view, ui.HStack(height=0):
                        with ui.VStack(height=0, spacing=style.SPACING):
                            self._drive = DriveSection(trainer, steering or Steering(trainer, settings), settings)
                            self._form = Form(
                                trainer,
                                settings,
                                browse,
                                self._edited,
                                self._set_speed,
                                self._settings_view.open,
                                base,
                                cards=cards,
                                open_file=open_file,
                                during_runs=queue is not None,
                                places=places,
                                on_sweeps=show_sweeps,
                            )
                            if cameras is not None:
                                self._policy_view = PolicyView(cameras, settings)
                            if markers is not None:
                                self._markers = MarkerSection(markers, settings)
                            if presets_folder is not None:
                                self._presets = MyPresets(self._form, settings, presets_folder, log_root)
                            self._rewards = RewardWeights(self._form.overrides, trainer, settings)
                            self._learning = LearningCurves(settings, clock, view)
                            ui.Spacer(height=4)
                        ui.Spacer(width=4)

    def _build_head(
        self,
        has_viewport: bool,
        machine: MachineReader | None,
        queue: QueuePort | None,
        show_queue: Callable[[], None] | None,
        open_file: OpenFile | None,
        show_terms: Callable[[], None] | None,
    ) -> None:
        """Builds what does not scroll: the user can stop a run at any time."""
        with ui.VStack(height=0, spacing=style.SPACING):
            ui.Spacer(height=2)
            self._controls = Controls(
                self.press_train, self.press_load, self.press_pause, self.press_stop, self.press_play
            )
            self._preview = PreviewRow(self._trainer, self._settings)
            self._replay = ReplayRow(self._trainer, show_terms)
            if queue is not None:
                self._queue_row = QueueRow(queue, self._settings, self.press_add, self._edited, show_queue)
            if has_viewport:
                self._render_mode = RenderModeChoice(self._trainer, self._settings)
                self._recording = RecordingButtons(self._trainer)
            self._elsewhere = RunsElsewhere(self._trainer, open_file)
            self._status = Status()
            if machine is not None:
                self._machine = MachineLine(machine)
            self._failure = FailureBox(self._trainer, self._clear_message, self._choose, self.replay)
            self._code = EditedBox(self._trainer, lambda: self._form.reloads)

    def update(self) -> None:
        """Shows the trainer's state. The host calls it once a frame, outside omni.ui's callbacks."""
        snapshot = self._trainer.snapshot()
        if self._waiting is not None and snapshot.state is not State.LOADING:
            press, self._waiting = self._waiting, None
            self._form.update(snapshot)
            press()
        if self._edited_entry is not None and self._queue_row is not None:
            entry, self._edited_entry = self._edited_entry, None
            self._form.set_config(entry.request.config, playing=False)
            self._queue_row.edit(entry)
        if self._chosen is not None:
            chosen, self._chosen = self._chosen, None
            self._form.set_config(chosen, playing=False)
        self._form.update(snapshot)
        self._settings_view.update(self._form)
        if self._presets is not None:
            self._presets.update(snapshot)
        self._rewards.update(snapshot, self._form.task_settings, self._form.editable)
        self._controls.update(snapshot.state, self._enabled(snapshot))
        self._preview.update(snapshot)
        self._replay.update(snapshot)
        self._drive.update(snapshot)
        if self._queue_row is not None:
            self._queue_row.update(self._form.ready)
        self._elsewhere.update(snapshot)
        if snapshot != self._shown:
            self._shown = snapshot
            self._status.update(snapshot)
            self._learning.say_without_data(snapshot)
        self._code.update(snapshot)
        if self._render_mode is not None:
            self._render_mode.update(snapshot)
        if self._recording is not None:
            self._recording.update(snapshot)
        if self._machine is not None:
            self._machine.update(self._form.device, snapshot.devices)
        self.show_cameras()
        if self._markers is not None:
            self._markers.update()
        self._failure.update(snapshot, self._message)
        self._learning.update(snapshot)

    def show_cameras(self) -> None:
        """Shows what the policy sees. Also to be called after each picture, where the rest is shown less often."""
        if self._policy_view is not None:
            self._policy_view.update()

    def key_pressed(self, key: int, modifier: int, pressed: bool) -> None:
        """For the host's ``window.set_key_pressed_fn``: widgets receive keys only while the mouse is over them."""
        if pressed and self._settings_view.is_open:
            if self._settings_view.key_pressed(key, modifier):
                return
        elif pressed:
            self._form.key_pressed(key)
        if key == keys.KEYS.r and keys.is_shortcut(modifier, pressed):
            self._code.reload()
        shown = key != keys.KEYS.v or self._render_mode is not None
        if key == keys.KEYS.letter_l and keys.is_shortcut(modifier, pressed):
            self.press_load()
        elif shown and keys.is_shortcut(modifier, pressed):
            run_key_pressed(self._trainer, key)

    def destroy(self) -> None:
        """Clears the frame."""
        keys.typed()
        self._root.destroy()  # drops the callbacks, which hold what made them
        self._frame.clear()

    @property
    def message(self) -> str:
        """The error in the input, as the panel shows it, or its question; empty when there is none."""
        return self._message or self._code.question

    @property
    def form(self) -> Form:
        """The fields."""
        return self._form

    def set_config(self, config: RunConfig, playing: bool = False) -> None:
        """Writes a configuration into the fields, as if the user had chosen all of it.

        Args:
            config: What to ask for.
            playing: Whether its checkpoint is meant to be played rather than resumed.
        """
        self._form.set_config(config, playing)

    def start(self, command: Train | Play | Load) -> None:
        """Writes a command into the fields and presses its button.

        Raises:
            UserError: When the panel refuses it.
        """
        if isinstance(command, Replay):  # the fields are for runs
            if not self._code.start(command):
                raise UserError(self.message)
            return
        self.set_config(command.config, isinstance(command, Play))
        if isinstance(command, Train):
            self._form.where.choose(command.where)
        if isinstance(command, Load):
            self._preview.choose(command.actions)
        press = {Play: self.press_play, Load: self.press_load}.get(type(command), self.press_train)
        if not press():
            raise UserError(self.message)

    def press_train(self) -> bool:
        """Does what the Train button does. While Isaac Lab is loading, training starts as soon as it has loaded.

        Returns:
            False when the trainer is busy, the input is invalid, or the user is asked which code to run;
            :attr:`message` then gives the reason.
        """
        return self._press(self.press_train, Train)

    def press_play(self) -> bool:
        """Does what the Play button does; see :meth:`press_train`."""
        return self._press(self.press_play, Play)

    def press_load(self) -> bool:
        """Does what the Load button does; see :meth:`press_train`."""
        return self._press(self.press_load, Load)

    def _press(self, again: Callable[[], bool], kind: type[Train | Play | Load]) -> bool:
        snapshot = self._trainer.snapshot()
        loading = snapshot.state is State.LOADING
        if not loading and not snapshot.can_start:
            self._message = "" if self._queue_row is None else self._queue_row.busy
            return False
        try:
            config = self._form.config(kind is Play)
            where = self._form.where.where() if kind is Train else LOCAL
        except UserError as error:
            self._message = str(error)
            return False
        self._message = ""
        if loading:
            self._waiting = again
        elif where != LOCAL:  # its process imports the code as it is now
            self._trainer.request(Train(config, where))
        else:
            return self._code.start(Load(config, self._preview.actions) if kind is Load else kind(config))
        return True

    def _enabled(self, snapshot: Snapshot) -> Enabled:
        can_pause = not snapshot.shown_elsewhere
        return enabled(snapshot.state, self._form.ready, bool(self._form.title), snapshot.can_start, can_pause)

    def press_add(self) -> bool:
        """Does what *Add to queue* does.

        Returns:
            False when the input is invalid; :attr:`message` then gives the reason.
        """
        if self._queue_row is None:
            return False
        try:
            self._queue_row.send(self._form.config(playing=False))
        except UserError as error:
            self._message = str(error)
            return False
        self._message = ""
        return True

    def edit_entry(self, entry: Entry) -> None:
        """In the next frame, puts an entry of the queue back into the fields; *Add to queue* then changes it."""
        self._edited_entry = entry

    def press_pause(self) -> None:
        """Pauses the run, or continues it when it is paused."""
        toggle_pause(self._trainer)

    def press_stop(self) -> None:
        """Stops the run."""
        self._trainer.request(Stop())

    def _set_speed(self, speed: float) -> None:
        snapshot = self._trainer.snapshot()
        if snapshot.playing and snapshot.state in (State.LAUNCHING, State.PLAYING, State.PAUSED):
            self._trainer.request(SetSpeed(speed))

    def _edited(self) -> None:
        self._message = ""
        self._code.forget()

    def _choose(self, config: RunConfig) -> None:
        """Writes a configuration into the fields in the next frame."""
        self._chosen = config

    def replay(self, file: Path) -> bool:
        """Replays the steps that a file keeps; see :meth:`press_train`."""
        try:
            command = Replay.of(file)
        except UserError as error:
            self._message = str(error)
            return False
        self._message = ""
        return self._code.start(command)

    def _clear_message(self) -> None:
        self._message = ""

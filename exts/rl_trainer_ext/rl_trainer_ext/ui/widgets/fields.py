# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The labelled fields of the form: a number with a default, a choice, a line of text."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import omni.ui as ui

from ...errors import UserError
from ...runs import as_text
from . import keys, style, text
from .layout import centred
from .weak import weak_callback


def _nothing() -> None:
    pass


@contextmanager
def row(label: str, tooltip: str, identifier: str = "") -> Iterator[ui.Label]:
    """A line of the form: the label on the left, what the body builds stretches beside it."""
    with ui.HStack(height=style.ROW_HEIGHT, spacing=style.SPACING):
        yield ui.Label(label, width=style.LABEL_WIDTH, tooltip=tooltip, identifier=identifier)


class TextField:
    """A line of text with a placeholder. Build it inside a layout.

    Args:
        on_change: Called at every key.
        on_end: Called when the field is left.
    """

    def __init__(
        self,
        identifier: str,
        tooltip: str,
        placeholder: str = "",
        on_change: Callable[[], None] = _nothing,
        on_end: Callable[[], None] = _nothing,
    ) -> None:
        self._on_change, self._on_end = on_change, on_end
        self._setting = False
        with ui.ZStack():
            self.widget = ui.StringField(identifier=identifier, tooltip=tooltip)
            with ui.HStack():
                ui.Spacer(width=8)
                self._placeholder = ui.Label(
                    placeholder,
                    name="placeholder",
                    elided_text=True,
                    visible=bool(placeholder),
                    identifier=f"{identifier}_placeholder",
                )
        model = self.widget.model
        self._subscriptions = [
            model.subscribe_value_changed_fn(weak_callback(self._changed)),
            model.subscribe_begin_edit_fn(weak_callback(self._entered)),
            model.subscribe_end_edit_fn(weak_callback(self._left)),
        ]

    def _entered(self, model: ui.AbstractValueModel) -> None:
        keys.typing(self)

    def _left(self, model: ui.AbstractValueModel) -> None:
        keys.typed(self)
        self._on_end()

    def _changed(self, model: ui.AbstractValueModel) -> None:
        self._placeholder.visible = not model.as_string
        if not self._setting:
            self._on_change()

    @property
    def value(self) -> str:
        """The text in the field. Setting it does not call ``on_change``."""
        return self.widget.model.as_string

    @value.setter
    def value(self, value: str) -> None:
        value = as_text(value)
        if value != self.value:
            self._setting = True
            self.widget.model.set_value(value)
            self._setting = False

    @property
    def enabled(self) -> bool:
        return self.widget.enabled

    @enabled.setter
    def enabled(self, enabled: bool) -> None:
        self.widget.enabled = enabled
        self.widget.name = "" if enabled else "disabled"


class NumberField:
    """A number that follows a default until the user writes another one.

    The field is one of text, so that a wrong number can be seen and be explained rather than be changed in silence.

    Args:
        label: Its name, on the left and in messages.
        identifier: Of the field; the reset button's is ``<identifier>_reset``.
        tooltip: What the number means, with its unit.
        on_change: Called when the user changed it, or put it back to the default.
        check: Given the number and the label, raises :class:`UserError` for a number that cannot be right.
        whole: Whether it must be a whole number.
        placeholder: What is shown while there is neither a number nor a default.
    """

    def __init__(
        self,
        label: str,
        identifier: str,
        tooltip: str,
        on_change: Callable[[], None],
        check: Callable[[Any, str], None],
        whole: bool = True,
        placeholder: str = "",
    ) -> None:
        self._on_change, self._check = on_change, check
        self._parse = text.parse_integer if whole else text.parse_number
        self._default: int | None = None
        self._edited = False
        with row(label, tooltip, f"{identifier}_label") as self._caption, ui.HStack():
            self._field = TextField(identifier, tooltip, placeholder, on_change=self._typed, on_end=self._left)
            self._mark = ui.ZStack(width=18, visible=False)
            with self._mark:
                with ui.HStack():
                    ui.Spacer()
                    with centred(8):
                        ui.Rectangle(height=8, name="changed")
                    ui.Spacer(width=2)
                self._reset = ui.InvisibleButton(identifier=f"{identifier}_reset", clicked_fn=self.reset)
        self._show()

    def _typed(self) -> None:
        self._edited = bool(self._field.value.strip())
        self._show()
        self._on_change()

    def _left(self) -> None:
        if not self._edited:  # an emptied field shows the default again
            self._write(self._default)

    def _write(self, value: float | str | None) -> None:
        self._field.value = "" if value is None else as_text(value)
        self._show()

    def _show(self) -> None:
        try:
            self.parse()
            name = "" if self._edited else "default"
        except UserError:
            name = "invalid"
        self._field.widget.name = name if self._field.enabled else "disabled"
        self._mark.visible = self._edited
        default = "" if self._default is None else f": {self._default}"
        self._reset.set_tooltip(f"Put back to the default{default}")

    @property
    def label(self) -> str:
        """The name of the number, on the left and in messages."""
        return self._caption.text

    @label.setter
    def label(self, label: str) -> None:
        self._caption.text = label

    def parse(self) -> float | None:
        """Returns the number that the user wrote; None while the field follows the default.

        Raises:
            UserError: When it is not a number, or not one that can be right.
        """
        if not self._edited:
            return None
        number = self._parse(self.label, self.text)
        self._check(number, self.label)
        return number

    @property
    def text(self) -> str:
        """The text that the user typed, valid or not; empty while the field follows the default."""
        return self._field.value if self._edited else ""

    def set(self, value: float | str | None) -> None:
        """Sets what the user would have written, without calling ``on_change``; None or empty follows the default."""
        self._edited = value is not None and value != ""
        self._write(value if self._edited else self._default)

    def reset(self) -> None:
        """Follows the default again."""
        self.set(None)
        self._on_change()

    def set_default(self, default: int | None) -> None:
        """Sets the value to follow; None when there is none to show."""
        if default != self._default:
            self._default = default
            if self._edited:
                self._show()
            else:
                self._write(default)

    @property
    def enabled(self) -> bool:
        return self._field.enabled

    @enabled.setter
    def enabled(self, enabled: bool) -> None:
        self._field.enabled = self._reset.enabled = enabled
        self._show()


class LabelledCheckBox:
    """A check box with its label on the right.

    Args:
        identifier: Of the check box.
        tooltip: What it does.
        on_change: Called when the user checked or unchecked it.
        stretch: Whether it takes all the width that there is, and cuts its label off where that is too little.
    """

    def __init__(
        self, label: str, identifier: str, tooltip: str, on_change: Callable[[], None], stretch: bool = False
    ) -> None:
        self._on_change = on_change
        self._setting = False
        width = {} if stretch else {"width": 0}
        with ui.HStack(spacing=4, **width):
            with centred(16):
                # of the height that is drawn: omni.ui draws the box at the top of its widget
                self._box = ui.CheckBox(height=style.FONT_SMALL, identifier=identifier, tooltip=tooltip)
            self._label = ui.Label(label, tooltip=tooltip, elided_text=stretch, **width)
        self._subscription = self._box.model.subscribe_value_changed_fn(weak_callback(self._changed))

    def _changed(self, model: ui.AbstractValueModel) -> None:
        if not self._setting:
            self._on_change()

    @property
    def identifier(self) -> str:
        """The identifier of the check box."""
        return self._box.identifier

    @identifier.setter
    def identifier(self, identifier: str) -> None:
        self._box.identifier = identifier

    @property
    def value(self) -> bool:
        """Whether it is checked. Setting it does not call ``on_change``."""
        return self._box.model.as_bool

    @value.setter
    def value(self, value: bool) -> None:
        self._setting = True
        self._box.model.set_value(value)
        self._setting = False

    @property
    def enabled(self) -> bool:
        return self._box.enabled

    @enabled.setter
    def enabled(self, enabled: bool) -> None:
        self._box.enabled = self._label.enabled = enabled


class Dropdown:
    """One of a few values, in a combo box whose options may change.

    Args:
        identifier: Of the combo box.
        tooltip: What is chosen.
        on_change: Called when the user chose another one.
    """

    def __init__(self, identifier: str, tooltip: str, on_change: Callable[[], None]) -> None:
        self._identifier, self._tooltip, self._on_change = identifier, tooltip, on_change
        self._options: tuple[tuple[str, str], ...] = ()
        self._frame = ui.Frame()
        self._enabled = True
        self._index = 0
        self._build()

    def _build(self) -> None:
        self._frame.clear()
        with self._frame:
            self._combo = ui.ComboBox(
                self._index,
                *[as_text(label) for _, label in self._options],
                identifier=self._identifier,
                tooltip=self._tooltip,
                enabled=self._enabled and bool(self._options),
            )
        self._subscription = self._combo.model.subscribe_item_changed_fn(weak_callback(self._changed))

    def _changed(self, model: ui.AbstractItemModel, item: ui.AbstractItem) -> None:
        index = model.get_item_value_model().as_int
        if index != self._index and 0 <= index < len(self._options):
            self._index = index
            self._on_change()

    @property
    def identifier(self) -> str:
        """The identifier of the combo box."""
        return self._identifier

    @identifier.setter
    def identifier(self, identifier: str) -> None:
        self._identifier = self._combo.identifier = identifier

    @property
    def value(self) -> str:
        """The chosen value; empty when there are no options."""
        return self._options[self._index][0] if self._options else ""

    def set_value(self, value: str) -> None:
        """Chooses another of the options, without calling ``on_change``."""
        self.set_options(self._options, value)

    def set_options(self, options: Sequence[tuple[str, str]], value: str) -> None:
        """Sets the options, as pairs of value and label, and chooses ``value``, or else the first.

        Call it between frames only: other options build another combo box.
        """
        index = next((index for index, (option, _) in enumerate(options) if option == value), 0)
        if tuple(options) != self._options:
            self._options, self._index = tuple(options), index
            self._build()
        elif index != self._index:
            self._index = index
            self._combo.model.get_item_value_model().set_value(index)

    @property
    def enabled(self) -> bool:
        return self._enabled

    @enabled.setter
    def enabled(self, enabled: bool) -> None:
        if enabled != self._enabled:
            self._enabled = enabled
            self._combo.enabled = enabled and bool(self._options)

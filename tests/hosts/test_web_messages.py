# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""What comes from outside as text: the messages of a page, and the address that the user gives."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rl_trainer_ext.errors import UserError
from rl_trainer_ext.hosts.web.address import parse_address
from rl_trainer_ext.hosts.web.messages import BadMessageError, Resize, Text, parse


@pytest.mark.parametrize(
    ("text", "address"),
    [("8080", ("127.0.0.1", 8080)), ("0.0.0.0:80", ("0.0.0.0", 80)), ("[::1]:9", ("::1", 9)), ("0", ("127.0.0.1", 0))],
)
def test_addresses(text: str, address: tuple[str, int]) -> None:
    assert parse_address(text) == address


@pytest.mark.parametrize("text", ["", "x", "80x", "-1", "65536", ":80", "host:", "\uff11", "1.5"])
def test_what_is_no_address_is_one_sentence(text: str) -> None:
    with pytest.raises(UserError) as error:
        parse_address(text)
    assert str(error.value) == f"--web takes [HOST:]PORT, such as 8080 or 0.0.0.0:8080, not '{text}'."


@given(st.text() | st.dictionaries(st.text(), st.none() | st.integers() | st.text()).map(json.dumps))
def test_any_text_is_a_message_or_refused(text: str) -> None:
    with suppress(BadMessageError):
        parse(text)


@given(
    st.sampled_from(["move", "button", "wheel", "key", "text", "paste", "size", "hello"]),
    st.dictionaries(
        st.sampled_from(["x", "y", "button", "down", "key", "text", "width", "height", "token"]),
        st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.lists(st.integers()),
    ),
)
def test_values_out_of_range_are_refused_or_limited(kind: str, values: dict[str, Any]) -> None:
    try:
        message = parse(json.dumps({**values, "is": kind}))
    except BadMessageError:
        return
    if isinstance(message, Resize):
        assert 240 <= message.width <= 3840
        assert 240 <= message.height <= 3840
    if isinstance(message, Text):
        message.text.encode()
        assert "\0" not in message.text

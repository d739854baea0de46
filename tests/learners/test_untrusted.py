# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""What torch or pickle wrote is read without running code, unless the user trusts the file."""

from __future__ import annotations

import dataclasses
import pickle
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch
from gymnasium.spaces import Box
from helpers.hostile_files import Hostile, OwnInfo, rewritten
from helpers.runs_made_here import CARTPOLE
from rl_trainer_ext.errors import NeedsTrustError, UserError
from rl_trainer_ext.learners import trust
from rl_trainer_ext.learners.untrusted import read_tensors, tensors_only, unpickled

pytestmark = pytest.mark.usefixtures("no_trust")


def test_a_hostile_pt_is_refused_also_by_the_librarys_own_call(tmp_path, note):
    path = tmp_path / "model_4.pt"
    torch.save({"iter": 4, "infos": Hostile(note)}, path)
    with pytest.raises(NeedsTrustError, match="could run code"):
        read_tensors(path)
    with tensors_only(path), pytest.raises(pickle.UnpicklingError):
        torch.load(path, weights_only=False)


def test_a_pt_with_arrays_and_numbers_of_numpy_is_read(tmp_path):
    path = tmp_path / "model_4.pt"
    torch.save({"iter": np.int64(4), "infos": {"curriculum": np.arange(3.0), "reward": np.float32(2.5)}}, path)
    read = read_tensors(path)
    assert (read["iter"], read["infos"]["reward"]) == (4, 2.5)
    assert np.array_equal(read["infos"]["curriculum"], [0.0, 1.0, 2.0])


@dataclasses.dataclass
class Writer:
    """A class that a configuration could name, and that does something when it is called."""

    note: Path

    def __post_init__(self) -> None:
        self.note.touch()


def test_a_file_cannot_call_a_class_that_the_configuration_names(tmp_path, note):
    assert unpickled(pickle.dumps({"a": Writer}), tmp_path, configured={Writer}) == {"a": Writer}
    # the class, a tuple with a text, and the order to call the one with the other
    calls_it = pickle.dumps(Writer, 2)[:-1] + pickle.dumps((str(note),), 2)[2:-1] + b"R."
    with pytest.raises(UserError, match="is damaged"):
        unpickled(calls_it, tmp_path, configured={Writer})


@pytest.mark.filterwarnings("ignore:Detected pickle protocol 4:UserWarning")
@pytest.mark.parametrize("how", [{"pickle_protocol": 4}, {"_use_new_zipfile_serialization": False}])
def test_a_pt_whose_names_torch_does_not_list_can_be_trusted_and_asks_again_when_it_changes(tmp_path, how):
    path = tmp_path / "model_1.pt"
    torch.save({"iter": 1, "infos": OwnInfo(3)}, path, **how)
    with pytest.raises(NeedsTrustError, match=r"OwnInfo.*Load it only if you trust its author") as refused:
        read_tensors(path)
    trust.remember(refused.value.digest)
    trust._of_this_process.clear()  # the next session
    assert read_tensors(path)["infos"] == OwnInfo(3)
    torch.save({"iter": 2, "infos": OwnInfo(3)}, path, **how)
    with pytest.raises(NeedsTrustError):
        read_tensors(path)


@pytest.mark.filterwarnings("ignore:Detected pickle protocol 4:UserWarning")
@pytest.mark.parametrize("how", [{"pickle_protocol": 4}, {"_use_new_zipfile_serialization": False}])
def test_listing_the_names_of_a_hostile_pt_runs_nothing(tmp_path, note, how):
    path = tmp_path / "model_1.pt"
    torch.save({"iter": 1, "infos": Hostile(note)}, path, **how)
    with pytest.raises(NeedsTrustError, match="could run code"):
        read_tensors(path)


@pytest.mark.filterwarnings("ignore:Detected pickle protocol 4:UserWarning")
def test_a_pt_whose_pickle_is_damaged_is_not_offered_for_trust(tmp_path):
    path = tmp_path / "model_1.pt"
    torch.save({"iter": 1, "infos": OwnInfo(3)}, tmp_path / "honest.pt", pickle_protocol=4)
    with zipfile.ZipFile(tmp_path / "honest.pt") as archive:
        content = archive.read("honest/data.pkl")
    rewritten(tmp_path / "honest.pt", path, **{"honest/data.pkl": content[:20] + b"\xff" + content[21:40]})
    with pytest.raises(UserError, match="is damaged") as refused:
        read_tensors(path)
    assert not isinstance(refused.value, NeedsTrustError)


def test_a_trusted_file_that_cannot_be_read_says_why(tmp_path):
    path = tmp_path / "model_1.pt"
    torch.save({"iter": 1, "infos": OwnInfo(3)}, path)
    content = path.read_bytes()
    trust.allow(path)
    assert read_tensors(path)["infos"] == OwnInfo(3)
    path.write_bytes(content.replace(b"hostile_files", b"hostile_filez"))
    trust.allow(path)
    with pytest.raises(UserError, match="although you trust it: "):
        read_tensors(path)


def test_a_damaged_list_of_trusted_contents_trusts_nothing(tmp_path):
    trust.remember("0" * 64)
    assert trust.remembered() == {"0" * 64}
    trust.store_path().write_text('{"a": [')
    assert trust.remembered() == set()


@pytest.mark.parametrize("name", ["deque.__init__", "namedtuple", "abc"])
def test_only_exact_names_are_found(tmp_path, name):
    path = tmp_path / "named.pkl"
    path.write_bytes(b"\x80\x04\x8c\x0bcollections\x8c" + bytes([len(name)]) + name.encode() + b"\x93.")
    with pytest.raises(NeedsTrustError):
        unpickled(path.read_bytes(), path)


def test_a_space_with_a_generator_is_read(tmp_path):
    space = Box(-1, 1, (3,), np.float32)
    space.seed(3)
    assert unpickled(pickle.dumps(space), tmp_path) == space


def test_trust_is_not_recorded_with_a_run():
    config = CARTPOLE.replace(trust=True)
    assert "trust" not in config.to_dict()
    assert not type(config).from_dict({**config.to_dict(), "trust": True}).trust

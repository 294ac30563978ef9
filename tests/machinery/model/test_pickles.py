"""A pickle is found wherever it hides, and numbers are not taken for one."""

import base64
import os
import pickle

import numpy as np
import pytest

from machinery.errors import InputError
from machinery.model.pickles import refuse_pickle


@pytest.mark.parametrize("value", [print, os.system, ValueError("x")], ids=str)
@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize("hide", [bytes, lambda text: b"{note: " + text + b"} and more"])
def test_a_pickle_that_imports_something_is_refused_also_within_a_file(value, protocol, hide):
    with pytest.raises(InputError, match=r"^model\.ubj contains a pickle, which can execute"):
        refuse_pickle(hide(pickle.dumps(value, protocol)), "model.ubj")


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_a_pickle_as_text_is_refused(protocol):
    text = base64.b64encode(pickle.dumps(os.system, protocol))
    with pytest.raises(InputError, match="contains a pickle"):
        refuse_pickle(b'{"note": "' + text + b'"}', "model.ubj")


@pytest.mark.parametrize("start", [b"PK\x03\x04", b"\x1f\x8b\x08"])
def test_a_compressed_file_is_refused_as_nobody_can_look_into_it(start):
    with pytest.raises(InputError, match="is compressed: save the model in its own format"):
        refuse_pickle(start + b"anything", "model.ubj")


def test_numbers_are_not_taken_for_a_pickle():
    refuse_pickle(np.random.default_rng(1).bytes(2_000_000), "model.ubj")

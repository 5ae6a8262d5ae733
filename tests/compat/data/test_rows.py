"""Small programs over `tf.data` give what TensorFlow gives (recorded by `record.py`)."""

import json

import pytest

import compat as tf
from tests.compat.data import record

ROWS = json.loads((record.HERE / "rows.json").read_text())


def test_every_program_is_recorded():
    assert [source for source, _ in ROWS] == record.sources()


@pytest.mark.parametrize(("source", "expected"), ROWS, ids=[source for source, _ in ROWS])
def test_gives_what_tensorflow_gives(source, expected):
    seen = json.loads(json.dumps(record.observe(source, tf)))
    if isinstance(expected, dict) and "error" in expected:
        assert seen.get("error") == expected["error"], seen
        assert _core(expected["message"]) in seen["message"]
    else:
        assert seen == expected


def _core(message):
    """The part of a message that says what is wrong, without the name of TensorFlow's kernel."""
    return message.split(" [Op:")[0].removeprefix("TypeError: ")

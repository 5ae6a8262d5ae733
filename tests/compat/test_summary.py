"""`tf.summary` writes files of events that can be read back."""

import numpy as np
import pytest

import compat as tf
from compat.summary._event import Event


def written(folder):
    files = sorted(folder.glob("events.out.tfevents*"))
    events = [
        Event.FromString(r) for r in tf.data.TFRecordDataset([str(f) for f in files]).as_numpy_iterator()
    ]
    assert events[0].file_version == "brain.Event:2"
    return [(e.step, v.tag, v.metadata.plugin_data.plugin_name, v) for e in events for v in e.summary.value]


def test_every_kind(tmp_path):
    writer = tf.summary.create_file_writer(str(tmp_path))
    with writer.as_default(step=4), tf.name_scope("run"):
        tf.summary.scalar("loss", 0.5)
        tf.summary.histogram("weights", [1.0, 2.0, 2.0], step=5, buckets=2)
        tf.summary.image("pictures", tf.ones([4, 5, 6, 3]))
        tf.summary.text("note", "hello")
        tf.summary.audio("sound", tf.zeros([1, 10, 1]), 8000)
    writer.close()
    seen = written(tmp_path)
    assert [row[:3] for row in seen] == [
        (4, "run/loss", "scalars"),
        (5, "run/weights", "histograms"),
        (4, "run/pictures", "images"),
        (4, "run/note", "text"),
        (4, "run/sound", "audio"),
    ]
    values = [tf.make_ndarray(row[3].tensor) for row in seen]
    assert values[0] == np.float32(0.5)
    np.testing.assert_allclose(values[1], [[1.0, 1.5, 1.0], [1.5, 2.0, 2.0]])
    assert values[2][:2].tolist() == [b"6", b"5"] and len(values[2]) == 5
    assert values[3] == b"hello"


def test_conditions_and_steps(tmp_path):
    assert not tf.summary.scalar("loss", 1.0, step=0)
    writer = tf.summary.create_file_writer(str(tmp_path))
    with writer.as_default():
        with pytest.raises(ValueError, match="No step set"):
            tf.summary.scalar("loss", 1.0)
        with tf.summary.record_if(lambda: False):
            assert not tf.summary.scalar("loss", 1.0, step=0)
        assert tf.summary.scalar("loss", 1.0, step=1)
    writer.close()
    assert [row[0] for row in written(tmp_path)] == [1]

"""`tf.train.Example` and its parts: a record as a message, what TFRecord files hold.

https://www.tensorflow.org/tutorials/load_data/tfrecord
"""

from kerastorch.core.proto import Field, Message


class BytesList(Message):
    """A list of byte strings.

    >>> tf.train.BytesList(value=[b"cat"]).value
    [b'cat']
    """

    value = Field(1, "bytes", repeated=True)


class FloatList(Message):
    """A list of floats, held in single precision."""

    value = Field(1, "float", repeated=True)


class Int64List(Message):
    """A list of whole numbers of 64 bits."""

    value = Field(1, "int64", repeated=True)


class Feature(Message):
    """A list of one of three kinds.

    >>> tf.train.Feature(int64_list=tf.train.Int64List(value=[1, 2])).WhichOneof("kind")
    'int64_list'
    """

    bytes_list = Field(1, BytesList, oneof="kind")
    float_list = Field(2, FloatList, oneof="kind")
    int64_list = Field(3, Int64List, oneof="kind")


class Features(Message):
    """Features by name."""

    feature = Field(1, Feature, key="string")


class Example(Message):
    """A record: features by name.

    >>> feature = {"label": tf.train.Feature(int64_list=tf.train.Int64List(value=[3]))}
    >>> example = tf.train.Example(features=tf.train.Features(feature=feature))
    >>> tf.train.Example.FromString(example.SerializeToString()).features.feature["label"].int64_list.value
    [3]
    """

    features = Field(1, Features)


class FeatureList(Message):
    """Features in a sequence."""

    feature = Field(1, Feature, repeated=True)


class FeatureLists(Message):
    """Sequences of features by name."""

    feature_list = Field(1, FeatureList, key="string")


class SequenceExample(Message):
    """A record with features of the whole and features of each step."""

    context = Field(1, Features)
    feature_lists = Field(2, FeatureLists)

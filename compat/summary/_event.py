"""The messages in files of events.

https://github.com/tensorflow/tensorboard/blob/master/tensorboard/compat/proto/event.proto
"""

from kerastorch.core.proto import Field, Message

from .._tensor_proto import TensorProto


class PluginData(Message):
    """Which part of TensorBoard shows a value."""

    plugin_name = Field(1, "string")
    content = Field(2, "bytes")


class SummaryMetadata(Message):
    """What a value is."""

    plugin_data = Field(1, PluginData)
    display_name = Field(2, "string")
    summary_description = Field(3, "string")
    data_class = Field(4, "enum")


class Value(Message):
    """A tensor under a name."""

    tag = Field(1, "string")
    tensor = Field(8, TensorProto)
    metadata = Field(9, SummaryMetadata)


class Summary(Message):
    """Values of one step."""

    value = Field(1, Value, repeated=True)


class Event(Message):
    """A record of the file."""

    wall_time = Field(1, "double")
    step = Field(2, "int64")
    file_version = Field(3, "string")
    summary = Field(5, Summary)

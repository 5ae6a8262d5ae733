"""Another name of `keras.legacy.saving`."""

from kerastorch.legacy.saving import deserialize_keras_object as deserialize_keras_object
from kerastorch.legacy.saving import serialize_keras_object as serialize_keras_object

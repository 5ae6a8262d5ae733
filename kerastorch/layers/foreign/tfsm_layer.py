"""TFSMLayer: the place of TensorFlow's SavedModels."""

from kerastorch.core import registry
from kerastorch.core.layer import Layer


class TFSMLayer(Layer):
    """A TensorFlow SavedModel as a layer, which takes TensorFlow itself: here it says what to use instead.

    A SavedModel holds TensorFlow's graphs, which only TensorFlow runs.

    Args:
        filepath: The folder of the SavedModel.
        call_endpoint, call_training_endpoint: The functions in it that are called, outside of training and in it.
        trainable, name, dtype: As in every layer.

    Raises RuntimeError always.

    Shapes: those of the saved function.

    >>> keras.layers.TFSMLayer("folder")
    Traceback (most recent call last):
    RuntimeError: `TFSMLayer` cannot run the TensorFlow graphs of a SavedModel. ...
    """

    def __init__(
        self,
        filepath,
        call_endpoint="serve",
        call_training_endpoint=None,
        trainable=True,
        name=None,
        dtype=None,
    ):
        raise _unavailable(filepath)

    def call(self, inputs, training=False, **kwargs):
        raise _unavailable(self.filepath)

    @classmethod
    def from_config(cls, config, custom_objects=None, safe_mode=None):
        """Raise the error of the constructor."""
        with registry.CustomObjectScope(custom_objects):
            return super().from_config(config)


def _unavailable(filepath):
    return RuntimeError(
        "`TFSMLayer` cannot run the TensorFlow graphs of a SavedModel. Where the model was made, save it with "
        '`model.save("model.keras")` and load that with `keras.saving.load_model`; or save its weights with '
        '`model.save_weights("model.weights.h5")` and load them into the same model built here. '
        f"Received: filepath={str(filepath)!r}"
    )

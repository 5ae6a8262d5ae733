"""The parts of a FeatureSpace: features, crosses, and the two layers that it adds."""

import torch

from kerastorch.core.configurable import Configurable
from kerastorch.core.registry import deserialize_keras_object, serialize_keras_object
from kerastorch.layers.preprocessing.data_layer import DataLayer

_MODULE = "keras.src.layers.preprocessing.feature_space"


class Cross(Configurable):
    """Features that are hashed together.

    Args:
        feature_names: The names of the features.
        crossing_dim: The number of bins.
        output_mode: "int" or "one_hot".
    """

    keras_module = _MODULE

    def __init__(self, feature_names, crossing_dim, output_mode="one_hot"):
        _check_mode(output_mode, ("int", "one_hot"))
        self.feature_names, self.crossing_dim, self.output_mode = (
            tuple(feature_names),
            crossing_dim,
            output_mode,
        )

    @property
    def name(self):
        """The names of the features, joined by `_X_`."""
        return "_X_".join(self.feature_names)


class Feature(Configurable):
    """A feature: its dtype, the layer that prepares it, and how it comes out.

    Args:
        dtype: The dtype of the values.
        preprocessor: The layer.
        output_mode: "int", "one_hot" or "float".
    """

    keras_module = _MODULE

    def __init__(self, dtype, preprocessor, output_mode):
        _check_mode(output_mode, ("int", "one_hot", "float"))
        self.dtype, self.output_mode = dtype, output_mode
        self.preprocessor = (
            deserialize_keras_object(preprocessor) if isinstance(preprocessor, dict) else preprocessor
        )

    def get_config(self):
        """Return the arguments that rebuild this feature, ready for JSON."""
        return {
            "dtype": self.dtype,
            "preprocessor": serialize_keras_object(self.preprocessor),
            "output_mode": self.output_mode,
        }


def _check_mode(mode, modes):
    if mode not in modes:
        raise ValueError(
            f"Invalid value for argument `output_mode`. Expected one of {modes}. Received: output_mode={mode}"
        )


class TFDIdentity(DataLayer):
    """The values as they are, floats in the layer's dtype."""

    keras_module = _MODULE

    def call(self, x):
        return x

    def compute_output_shape(self, input_shape):
        """Return the shape of the output for the shape of the input."""
        return input_shape


class TFDConcat(DataLayer):
    """Tensors beside each other along an axis, in the layer's dtype."""

    keras_module = _MODULE

    def __init__(self, axis, **kwargs):
        super().__init__(**kwargs)
        self.axis = axis

    def call(self, xs):
        return torch.cat([x.to(self._torch_dtype) for x in xs], dim=self.axis)

    def compute_output_shape(self, input_shapes):
        """Return the shape of the output for the shapes of the inputs."""
        return (*input_shapes[0][:-1], sum(shape[-1] for shape in input_shapes))

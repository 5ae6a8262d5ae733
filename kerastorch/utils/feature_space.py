"""FeatureSpace: columns of a table as one vector, each prepared in its own way."""

import numpy as np
import torch

from kerastorch import layers
from kerastorch.core import edge, settings, tree
from kerastorch.core.call import calling
from kerastorch.core.dtypes import standardize_dtype
from kerastorch.core.layer import Layer
from kerastorch.core.naming import auto_name
from kerastorch.core.registry import deserialize_keras_object, serialize_keras_object
from kerastorch.layers.preprocessing.data_layer import to_values
from kerastorch.saving.archive import save_model
from kerastorch.utils.feature_space_parts import Cross, Feature, TFDConcat, TFDIdentity

_KINDS = (
    "float",
    "float_normalized",
    "float_rescaled",
    "float_discretized",
    "integer_categorical",
    "string_categorical",
    "integer_hashed",
    "string_hashed",
)
_ROWS = 32  # of scalars that are learned from together


class FeatureSpace(Layer):
    """Prepares the columns of a table, crosses some of them, and puts all side by side.

    Args:
        features: A dict from names to kinds of features: "float", "float_normalized", "float_rescaled",
            "float_discretized", "integer_categorical", "string_categorical", "integer_hashed", "string_hashed", or
            what the class methods of these names give.
        output_mode: "concat": one vector; "dict": the features by name.
        crosses: Tuples of names, or what `FeatureSpace.cross` gives: features that are hashed together.
        crossing_dim: The number of bins of crosses.
        hashing_dim: The number of bins of hashed features.
        num_discretization_bins: The number of bins of discretized features.
        name: The name.

    >>> data = {"price": [0.0, 0.1, 0.2, 0.3], "size": ["s", "m", "l", "m"]}
    >>> space = keras.utils.FeatureSpace({"price": "float_rescaled", "size": "string_categorical"})
    >>> space.adapt(data)
    >>> space(data).shape
    torch.Size([4, 5])
    """

    keras_module = "keras.utils"

    @classmethod
    def cross(cls, feature_names, crossing_dim, output_mode="one_hot"):
        """Return features that are hashed together."""
        return Cross(feature_names, crossing_dim, output_mode=output_mode)

    @classmethod
    def feature(cls, dtype, preprocessor, output_mode):
        """Return a feature that a layer of the user's choice prepares."""
        return Feature(dtype, preprocessor, output_mode)

    @classmethod
    def float(cls, name=None):
        """Return a feature of floats that are left as they are."""
        name = name or auto_name("float")
        return Feature("float32", TFDIdentity(dtype="float32", name=f"{name}_preprocessor"), "float")

    @classmethod
    def float_rescaled(cls, scale=1.0, offset=0.0, name=None):
        """Return a feature of floats that become x * scale + offset."""
        name = name or auto_name("float_rescaled")
        return Feature(
            "float32", layers.Rescaling(scale=scale, offset=offset, name=f"{name}_preprocessor"), "float"
        )

    @classmethod
    def float_normalized(cls, name=None):
        """Return a feature of floats that are brought to mean 0 and variance 1."""
        name = name or auto_name("float_normalized")
        return Feature("float32", layers.Normalization(axis=-1, name=f"{name}_preprocessor"), "float")

    @classmethod
    def float_discretized(cls, num_bins, bin_boundaries=None, output_mode="one_hot", name=None):
        """Return a feature of floats that become the numbers of bins."""
        name = name or auto_name("float_discretized")
        layer = layers.Discretization(
            num_bins=num_bins, bin_boundaries=bin_boundaries, name=f"{name}_preprocessor"
        )
        return Feature("float32", layer, output_mode)

    @classmethod
    def integer_categorical(cls, max_tokens=None, num_oov_indices=1, output_mode="one_hot", name=None):
        """Return a feature of integers that become places in a vocabulary."""
        name = name or auto_name("integer_categorical")
        layer = layers.IntegerLookup(
            name=f"{name}_preprocessor", max_tokens=max_tokens, num_oov_indices=num_oov_indices
        )
        return Feature("int32", layer, output_mode)

    @classmethod
    def string_categorical(cls, max_tokens=None, num_oov_indices=1, output_mode="one_hot", name=None):
        """Return a feature of texts that become places in a vocabulary."""
        name = name or auto_name("string_categorical")
        layer = layers.StringLookup(
            name=f"{name}_preprocessor", max_tokens=max_tokens, num_oov_indices=num_oov_indices
        )
        return Feature("string", layer, output_mode)

    @classmethod
    def string_hashed(cls, num_bins, output_mode="one_hot", name=None):
        """Return a feature of texts that become the numbers of bins by their hash."""
        name = name or auto_name("string_hashed")
        return Feature("string", layers.Hashing(name=f"{name}_preprocessor", num_bins=num_bins), output_mode)

    @classmethod
    def integer_hashed(cls, num_bins, output_mode="one_hot", name=None):
        """Return a feature of integers that become the numbers of bins by their hash."""
        name = name or auto_name("integer_hashed")
        return Feature("int32", layers.Hashing(name=f"{name}_preprocessor", num_bins=num_bins), output_mode)

    def __init__(
        self,
        features,
        output_mode="concat",
        crosses=None,
        crossing_dim=32,
        hashing_dim=32,
        num_discretization_bins=32,
        name=None,
    ):
        super().__init__(name=name)
        if not features:
            raise ValueError("The `features` argument cannot be None or empty.")
        self.crossing_dim, self.hashing_dim = crossing_dim, hashing_dim
        self.num_discretization_bins = num_discretization_bins
        self.features = {name: self._standardize_feature(name, value) for name, value in features.items()}
        self.crosses = [self._standardize_cross(cross) for cross in crosses or ()]
        self.crosses_by_name = {cross.name: cross for cross in self.crosses}
        if output_mode not in ("dict", "concat"):
            raise ValueError(
                "Invalid value for argument `output_mode`. Expected one of {'dict', 'concat'}. "
                f"Received: output_mode={output_mode}"
            )
        self.output_mode = output_mode
        self.inputs = {
            name: layers.Input(shape=(1,), dtype=feature.dtype, name=name)
            for name, feature in self.features.items()
        }
        self.preprocessors = {name: feature.preprocessor for name, feature in self.features.items()}
        self.encoded_features = None
        self.crossers = {
            cross.name: layers.HashedCrossing(cross.crossing_dim, name=cross.name) for cross in self.crosses
        }
        self.one_hot_encoders = {}
        self.concat = None
        self._is_adapted = self._sublayers_built = False

    def _standardize_feature(self, name, feature):
        if isinstance(feature, Feature):
            return feature
        if isinstance(feature, dict):
            return deserialize_keras_object(feature)
        if feature not in _KINDS:
            raise ValueError(f"Invalid feature type: {feature}. Expected one of {_KINDS}, or a feature.")
        if feature == "float_discretized":
            return self.float_discretized(name=name, num_bins=self.num_discretization_bins)
        if feature.endswith("hashed"):
            return getattr(self, feature)(self.hashing_dim, name=name)
        return getattr(self, feature)(name=name)

    def _standardize_cross(self, cross):
        cross = deserialize_keras_object(cross) if isinstance(cross, dict) else cross
        if isinstance(cross, Cross):
            return cross
        if not self.crossing_dim:
            raise ValueError(
                "When specifying `crosses`, the argument `crossing_dim` (dimensionality of the crossing space) should "
                f"be specified as well. Received: crossing_dim={self.crossing_dim}"
            )
        if not set(cross) <= set(self.features):
            raise ValueError(
                "All features referenced in the `crosses` argument should be present in the `features` dict. "
                f"Received unknown features: {cross}"
            )
        return Cross(cross, crossing_dim=self.crossing_dim)

    # ------------------------------------------------------------------ adapt
    def adapt(self, dataset):
        """Let the layers of the features learn from data.

        Args:
            dataset: A dict of arrays, or a dataset of dicts (single rows or batches).
        """
        if not isinstance(dataset, dict) and not (
            hasattr(dataset, "__iter__") and hasattr(dataset, "element_spec")
        ):
            raise ValueError(
                "`adapt()` can only be called on a tf.data.Dataset or a dict of arrays/lists. "
                f"Received instead: {dataset} (of type {type(dataset)})"
            )
        for name in self._adaptable():
            self.preprocessors[name].adapt(_column(dataset, name))
        self._is_adapted = True
        self.get_encoded_features()
        self.built = self._sublayers_built = True

    def _adaptable(self):
        """The names of the features whose layers learn something."""
        names = []
        for name, layer in self.preprocessors.items():
            fixed = isinstance(layer, layers.Normalization) and layer.input_mean is not None
            fixed = fixed or getattr(layer, "_has_input_vocabulary", False)
            fixed = fixed or (isinstance(layer, layers.Discretization) and layer.num_bins is None)
            if hasattr(layer, "adapt") and not fixed:
                names.append(name)
        return names

    def _check_adapted(self):
        if not self._is_adapted and self._adaptable():
            raise ValueError(
                "You need to call `.adapt(dataset)` on the FeatureSpace before you can start using it."
            )
        self._is_adapted = True

    def _check_built(self):
        if not self._sublayers_built:
            self.get_encoded_features()
            self._sublayers_built = True

    # ------------------------------------------------------------------ symbolic
    def get_inputs(self):
        """Return the symbolic inputs by name."""
        self._check_built()
        return self.inputs

    def get_encoded_features(self):
        """Return the symbolic outputs for the symbolic inputs."""
        self._check_adapted()
        if self.encoded_features is None:
            prepared = self._prepare(self.inputs)
            self.encoded_features = self._merge(prepared, self._cross(prepared))
        return self.encoded_features

    # ------------------------------------------------------------------ the features
    def _prepare(self, values):
        return {name: self.preprocessors[name](value) for name, value in values.items()}

    def _cross(self, prepared):
        return {
            cross.name: self.crossers[cross.name]([prepared[name] for name in cross.feature_names])
            for cross in self.crosses
        }

    def _merge(self, prepared, crossed):
        merged = {}
        for name in (*sorted(prepared), *sorted(crossed)):
            value = prepared[name] if name in prepared else crossed[name]
            spec = self.features[name] if name in prepared else self.crosses_by_name[name]
            if spec.output_mode == "one_hot":
                value = self._one_hot_encoder(name, value)(value)
            if self.output_mode == "concat":
                dtype = "string" if isinstance(value, np.ndarray) else standardize_dtype(value.dtype)
                if not self._sublayers_built and (dtype.startswith("int") or dtype == "string"):
                    raise ValueError(
                        f"Cannot concatenate features because feature '{name}' has not been encoded (it has dtype "
                        f"{dtype}). Consider using `output_mode='dict'`."
                    )
            merged[name] = value
        if self.output_mode == "dict":
            return merged
        if self.concat is None:
            self.concat = TFDConcat(axis=-1)
        return self.concat(list(merged.values()))

    def _one_hot_encoder(self, name, value):
        if name not in self.one_hot_encoders:
            dtype = "string" if isinstance(value, np.ndarray) else standardize_dtype(value.dtype)
            if not dtype.startswith("int"):
                raise ValueError(
                    f"Feature '{name}' has `output_mode='one_hot'`. Thus its preprocessor should return an integer "
                    f"dtype. Instead it returns a {dtype} dtype."
                )
            size = _cardinality(self.preprocessors.get(name) or self.crossers.get(name))
            if size is None:
                raise ValueError(
                    f"Feature '{name}' has `output_mode='one_hot'`. However it isn't a standard feature and the "
                    "dimensionality of its output space is not known, thus it cannot be one-hot encoded. Try using "
                    "`output_mode='int'`."
                )
            self.one_hot_encoders[name] = layers.CategoryEncoding(num_tokens=size, output_mode="multi_hot")
        return self.one_hot_encoders[name]

    def __call__(self, data):
        """Return the features of a dict of values: single ones, or a batch of them."""
        self._check_built()
        if not isinstance(data, dict):
            raise ValueError(
                f"A FeatureSpace can only be called with a dict. Received: data={data} (of type {type(data)})"
            )
        leaves = tree.flatten(data)
        given_torch = any(isinstance(leaf, torch.Tensor) for leaf in leaves)
        foreign = any(edge.border.type is not None and isinstance(leaf, edge.border.type) for leaf in leaves)
        values = {name: to_values(value) for name, value in data.items() if name in self.features}
        missing = [name for name in self.features if name not in values]
        if missing:
            raise ValueError(f"The data lacks the features {missing}. Received: data with {list(data)}")
        single = any(value.ndim == 0 for value in values.values())
        for name, value in values.items():
            if value.ndim < 2:
                values[name] = value.reshape(-1, 1)
        with calling(False), torch.no_grad():
            prepared = self._prepare(values)
            merged = self._merge(prepared, self._cross(prepared))
        if single:
            merged = tree.map_structure(lambda x: x[0] if x.ndim == 2 and x.shape[0] == 1 else x, merged)
        return edge.wrap(merged) if foreign or (edge.border.active and not given_torch) else merged

    # ------------------------------------------------------------------ config and state
    def get_config(self):
        """Return the arguments that rebuild this object, ready for JSON."""
        return {
            "features": serialize_keras_object(self.features),
            "output_mode": self.output_mode,
            "crosses": serialize_keras_object(self.crosses),
            "crossing_dim": self.crossing_dim,
            "hashing_dim": self.hashing_dim,
            "num_discretization_bins": self.num_discretization_bins,
        }

    @classmethod
    def from_config(cls, config):
        """Return a new object from what `get_config` gave."""
        return cls(**config)

    def get_build_config(self):
        """Return the shapes that the layers of the features were built for."""
        return {name: feature.preprocessor.get_build_config() for name, feature in self.features.items()}

    def build_from_config(self, config):
        """Build the layers of the features."""
        for name, shapes in config.items():
            layer = self.features[name].preprocessor
            if not layer.built:
                layer.build_from_config(shapes)
        self._is_adapted = True

    def save(self, filepath):
        """Save to a `.keras` file, which `keras.saving.load_model` reads."""
        save_model(self, filepath)

    def save_own_variables(self, store):
        """Write nothing: the layers of the features write what they learned."""

    def load_own_variables(self, store):
        """Read nothing: the layers of the features read what they learned."""


def _cardinality(layer):
    if isinstance(layer, (layers.IntegerLookup, layers.StringLookup)):
        return layer.vocabulary_size()
    if isinstance(layer, layers.CategoryEncoding):
        return layer.num_tokens
    if isinstance(layer, layers.Discretization):
        return layer.num_bins or layer._depth()
    return layer.num_bins if isinstance(layer, (layers.HashedCrossing, layers.Hashing)) else None


def _column(dataset, name):
    """Yield the batches of one feature, with an axis of size 1 behind where there is but one."""
    rows = []
    for element in [dataset] if isinstance(dataset, dict) else dataset:
        values = to_values(element[name])
        if values.ndim == 0:
            rows.append(values)
            if len(rows) == _ROWS:
                yield _stacked(rows)
                rows = []
        else:
            yield values[:, None] if values.ndim == 1 else values
    if rows:
        yield _stacked(rows)


def _stacked(rows):
    if isinstance(rows[0], torch.Tensor):
        return torch.stack(rows)[:, None].to(settings.default_device())
    return np.array([row.item() for row in rows], object)[:, None]

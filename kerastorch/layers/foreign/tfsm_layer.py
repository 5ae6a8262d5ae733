"""TFSMLayer: an exported function as a layer."""

import os

import torch

from kerastorch.core import infer, registry, tree
from kerastorch.core.dtypes import standardize_dtype, to_torch_dtype
from kerastorch.core.keras_tensor import KerasTensor
from kerastorch.core.layer import Layer
from kerastorch.core.variable import Variable

# How a folder is read: set by `kerastorch.export`, which stands on the layers.
READERS = {}


class TFSMLayer(Layer):
    """A function of a folder that `model.export(path)`, `ExportArchive` or `tf.saved_model.save` wrote, as a layer.

    Its weights can be trained further. The folders that TensorFlow itself writes hold graphs of TensorFlow's kernels,
    which only TensorFlow runs: for those the error says what to use instead.

    Args:
        filepath: The folder.
        call_endpoint, call_training_endpoint: The functions in it that are called, outside of training and in it.
        trainable, name, dtype: As in every layer.

    Raises:
        OSError: if there is no such folder, or if TensorFlow wrote it.
        ValueError: if it has no function of this name.

    Shapes: those of the saved function.

    >>> import tempfile
    >>> model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
    >>> folder = tempfile.mkdtemp()
    >>> model.export(folder, verbose=False)
    >>> layer = keras.layers.TFSMLayer(folder, call_endpoint="serve")
    >>> bool((layer(torch.ones(1, 3)) == model(torch.ones(1, 3))).all())
    True
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
        super().__init__(trainable=trainable, name=name, dtype=dtype)
        self.filepath, self.call_endpoint = os.fspath(filepath), call_endpoint
        self.call_training_endpoint = call_training_endpoint
        functions = READERS["saved_model"](self.filepath, self._variable)
        self._called = _function(functions, call_endpoint, self.filepath)
        self._trained = _function(functions, call_training_endpoint or call_endpoint, self.filepath)
        self.built = True

    def _variable(self, name, tensor):
        """Hold a tensor of the folder as a weight."""
        variable = Variable(tensor, trainable=tensor.is_floating_point(), name=name.split("/")[-1])
        setattr(self, "weight_" + name.replace("/", "_").replace(".", "_"), variable)
        return variable

    def call(self, inputs, training=False, **kwargs):
        function = self._trained if training else self._called
        return function.structured(*tree.flatten((inputs, kwargs)))

    def compute_output_spec(self, inputs, training=False, **kwargs):
        """Return the outputs' shapes: those that vary with the unknown sizes of the inputs are unknown."""
        flat = tree.flatten((inputs, kwargs))
        with torch.no_grad(), infer.real():
            runs = [self._called.structured(*(_zeros(x, size) for x in flat)) for size in (2, 3)]
        return tree.map_structure(_spec, *runs)

    @classmethod
    def from_config(cls, config, custom_objects=None, safe_mode=None):
        """Return a layer from what `get_config` returned. The folder is read again."""
        with registry.CustomObjectScope(custom_objects):
            return super().from_config(config)


def _function(functions, name, path):
    if name not in functions:
        raise ValueError(
            f"The endpoint {name!r} is neither an attribute of the reloaded SavedModel, nor an entry in the "
            f"`signatures` field of the reloaded SavedModel. {path!r} has: {', '.join(sorted(functions))}"
        )
    return functions[name]


def _zeros(x, size):
    shape = [size if n is None else n for n in infer.known(x.shape)]
    return torch.zeros(shape, dtype=x.dtype if isinstance(x, torch.Tensor) else to_torch_dtype(x.dtype))


def _spec(a, b):
    return KerasTensor([n if n == m else None for n, m in zip(a.shape, b.shape)], standardize_dtype(a.dtype))

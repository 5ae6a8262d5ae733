"""What is said of a name that TensorFlow or Keras may have and this library has not."""

import difflib
import sys

# Where names went that scripts still use; the longest prefix that fits is told.
MOVED = {
    "tf.python": "That is TensorFlow's private code; use the public name: tensorflow.python.keras is "
    "tensorflow.keras.",
    "keras.src": "That is Keras's private code; use the public name: keras.src.layers is keras.layers.",
    "keras._tf_keras": "That is Keras's private code; use keras, without `._tf_keras.keras`.",
    "tf.contrib": "TensorFlow 2 has no contrib either.",
    "tf.examples": "TensorFlow 2 has no examples either; the data is in keras.datasets.",
    "tf.Session": "It belongs to TensorFlow 1, where TensorFlow 2 runs eagerly.",
    "tf.placeholder": "It belongs to TensorFlow 1; use keras.Input or a function's argument.",
    "tf.feature_column": "Use preprocessing layers: keras.layers.Normalization, CategoryEncoding, StringLookup, "
    "Hashing and Discretization, or keras.utils.FeatureSpace.",
    "tf.estimator": "TensorFlow 2.16 removed estimators too; use keras.Model's fit, evaluate and predict.",
    "tf.lite": "Use model.export(path, format='onnx') or torch.export, and the runtimes that read them.",
    "tf.tpu": "There is no TPU behind torch here; tf.config.list_physical_devices('GPU') lists the GPUs.",
    "tf.graph_util": "There are no graphs to rewrite; use tf.saved_model.save or model.export.",
    "tf.gradients": "Use tf.GradientTape.",
    "tf.experimental.ExtensionType": "Use a dataclass or a NamedTuple of tensors; tf.nest and tf.data take them.",
    "tf.hessians": "Use two nested tf.GradientTapes, or GradientTape.jacobian of a gradient.",
    "tf.raw_ops": "Use the public function of the operation: tf.raw_ops.Add is tf.add.",
    "keras.layers.experimental": "Its layers are in keras.layers.",
    "keras.utils.np_utils": "Its functions are in keras.utils.",
    "keras.layers.core": "Its layers are in keras.layers.",
    "keras.layers.convolutional": "Its layers are in keras.layers.",
    "keras.layers.recurrent": "Its layers are in keras.layers.",
    "keras.layers.normalization": "Its layers are in keras.layers.",
    "keras.layers.embeddings": "Its layers are in keras.layers.",
    "keras.layers.merge": "Its layers are in keras.layers.",
    "keras.wrappers.scikit_learn": "Use keras.wrappers.SKLearnClassifier and SKLearnRegressor.",
}
_PUBLIC = (("compat.keras", "keras"), ("compat", "tf"), ("kerastorch", "keras"))
_PUBLIC += (("tensorflow.keras", "keras"), ("tensorflow", "tf"), ("tf_keras", "keras"))


def public_name(name):
    """A module's name as scripts write it.

    >>> public_name("compat.math"), public_name("tensorflow.keras.layers"), public_name("kerastorch")
    ('tf.math', 'keras.layers', 'keras')
    """
    for prefix, public in _PUBLIC:
        if name == prefix or name.startswith(prefix + "."):
            return public + name[len(prefix) :]
    return name


def missing_module_message(fullname):
    parent, _, name = fullname.rpartition(".")
    module = sys.modules.get(parent)
    return _message(public_name(parent), name, dir(module) if module is not None else [])


def explain_missing_attributes(roots):
    """Makes `tf.nothing` an AttributeError in our words, for all modules of the packages that are loaded."""
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] in roots and not isinstance(vars(module).get("__getattr__"), _Explain):
            module.__getattr__ = _Explain(module, vars(module).get("__getattr__"))


class _Explain:
    """A module's `__getattr__`, called only when an attribute is not found."""

    def __init__(self, module, inner):
        self.module = module
        self.inner = inner

    def __call__(self, name):
        if self.inner is not None:
            try:
                return self.inner(name)
            except AttributeError:
                pass
        if name.startswith("__"):
            raise AttributeError(f"module {self.module.__name__!r} has no attribute {name!r}")
        message = _message(public_name(self.module.__name__), name, dir(self.module))
        raise AttributeError(message, name=name, obj=self.module)


def _message(parent, name, known):
    full = f"{parent}.{name}"
    words = [f"kerastorch does not have {full}."]
    moved = [prefix for prefix in MOVED if full == prefix or full.startswith(prefix + ".")]
    close = difflib.get_close_matches(name, [other for other in known if not other.startswith("_")], n=1)
    if moved:
        words.append(MOVED[max(moved, key=len)])
    elif close:
        words.append(f"Did you mean {parent}.{close[0]}?")
    words.append(
        f"dir({parent}) lists what is there; it follows Keras 3.15 and TensorFlow 2.21, and "
        "docs/migrating.md tells what to do about a name that it lacks."
    )
    return " ".join(words)

"""JaxLayer: a JAX function as a layer."""

import inspect

import numpy as np
import torch

from kerastorch import random
from kerastorch.core import edge, registry
from kerastorch.core.holder import Holder
from kerastorch.core.layer import Layer
from kerastorch.layers.foreign import bridge


class _Slot:
    """The place of a weight in the structure of a model's parameters."""

    def __init__(self, name):
        self.name = name


class JaxLayer(Layer):
    """Call a JAX function, with weights that are trained and saved like any other layer's.

    outputs = call_fn(params, inputs), or outputs, new_state = call_fn(params, state, rng, inputs, training)

    The gradient is that of `jax.vjp`. Tensors are copied to JAX and back at each call; what `jax.jit` has compiled is
    passed as it is. Needs the extra `jax`: `pip install kerastorch[jax]`.

    Args:
        call_fn: Function with an argument `inputs`, and any of `params`, `state`, `rng` (a key, None outside of
            training) and `training`. With `state` it returns the outputs and the new state.
        init_fn: Function with an argument `inputs`, and any of `rng` and `training` (always True), that returns the
            params, or params and state where `call_fn` takes a state. Called when the layer is built.
        params, state: Structures of arrays to start from, instead of `init_fn`.
        seed: An integer for keys that are the same in every run.
        native_serialization_platforms: Kept in the config; it is for TensorFlow's converter of JAX functions.

    Shapes: those of the function.

    Raises ImportError where JAX is not installed, and ValueError for other arguments than these, or where there is
    nothing to take the weights from. See https://docs.jax.dev.

    >>> import importlib.util
    >>> def scale(params, inputs):
    ...     return params["a"] * inputs
    >>> if importlib.util.find_spec("jax"):
    ...     layer = keras.layers.JaxLayer(scale, params={"a": np.array(3.0, "float32")})
    ...     assert layer(torch.ones(1)).item() == 3.0
    """

    config_exclude = ("params", "state", "seed")
    _untracked = Holder._untracked | {"_params_tree", "_state_tree"}

    def __init__(
        self,
        call_fn,
        init_fn=None,
        params=None,
        state=None,
        seed=None,
        native_serialization_platforms=None,
        **kwargs,
    ):
        self._jax = bridge.import_jax(type(self).__name__).__name__
        super().__init__(**kwargs)
        self.call_fn, self.init_fn = call_fn, init_fn
        self.native_serialization_platforms = native_serialization_platforms
        self._call_arguments = _arguments(
            call_fn, "call_fn", ("params", "state", "rng", "inputs", "training")
        )
        self._init_arguments_of_fn = _arguments(init_fn, "init_fn", ("rng", "inputs", "training"))
        self.seed_generator = random.SeedGenerator(seed) if "rng" in self._call_arguments else None
        given = params is not None or state is not None
        wanted = {"params", "state"} & set(self._call_arguments)
        if init_fn is None and not given and wanted:
            raise ValueError(
                "`init_fn`, `params` and `state` cannot all be `None` when `call_fn` takes a `params` or a `state` "
                f"argument. Received: call_fn={call_fn}"
            )
        self._params_tree = self._state_tree = None
        if given:
            self._take_weights(params, state)
            self.built = True

    # ------------------------------------------------------------------ weights
    def _take_weights(self, params, state):
        self._params_tree = self._slots(params, "param", True)
        self._state_tree = self._slots(state, "state", False)

    def _slots(self, values, prefix, trainable):
        """Add a weight for each array of a structure, and return the structure of their places."""
        jax = bridge.import_jax(type(self).__name__)
        count = iter(range(10**9))

        def add(value):
            if not isinstance(value, (bool, int, float, np.ndarray, np.generic, jax.Array, torch.Tensor)):
                return value
            if isinstance(value, jax.Array):
                value = bridge.to_torch(value, None)
            value = edge.as_tensor(value)
            name = f"{prefix}_{next(count)}"
            self.add_weight(
                name=name,
                shape=tuple(value.shape),
                initializer=lambda shape, dtype=None: value.detach().clone(),
                dtype=None if value.is_floating_point() else value.dtype,
                trainable=trainable,
            )
            return _Slot(name)

        return jax.tree_util.tree_map(add, values)

    def _filled(self, tree):
        jax = bridge.import_jax(type(self).__name__)
        return jax.tree_util.tree_map(lambda x: self._weight(x) if isinstance(x, _Slot) else x, tree)

    def _weight(self, slot):
        held = self._parameters if slot.name in self._parameters else self._buffers
        return held[slot.name]

    @property
    def params(self):
        """The trainable weights, in the structure of the model's parameters."""
        return self._filled(self._params_tree)

    @property
    def state(self):
        """The other weights, in the structure of the model's state."""
        return self._filled(self._state_tree)

    def build(self, input_shape):
        if self._params_tree is not None or self._state_tree is not None or self.init_fn is None:
            return
        jax = bridge.import_jax(type(self).__name__)

        def ones(shape):
            return jax.numpy.ones([1 if size is None else size for size in shape])

        inputs = jax.tree_util.tree_map(ones, input_shape, is_leaf=_is_shape)
        values = {"rng": self._keys(self._get_init_rng()), "inputs": inputs, "training": True}
        result = self.init_fn(*(values[name] for name in self._init_arguments_of_fn))
        self._take_weights(*(result if "state" in self._call_arguments else (result, None)))

    # ------------------------------------------------------------------ keys
    def _get_init_seed(self):
        return torch.tensor(random.draw_seed(None))

    def _get_init_rng(self):
        """Return the key, or structure of keys, of `init_fn`. To be overridden; a key is `self._get_init_seed()`."""
        return self._get_init_seed()

    def _get_call_seed(self):
        return self.seed_generator.next()

    def _get_call_rng(self, training):
        """Return the key, or structure of keys, of `call_fn`. To be overridden; a key is `self._get_call_seed()`."""
        return self._get_call_seed() if training else None

    def _keys(self, seeds):
        jax = bridge.import_jax(type(self).__name__)

        def key(seed):
            first, second = (int(n) for n in seed)
            return jax.numpy.array([first % 2**32, second % 2**32], dtype="uint32")

        return jax.tree_util.tree_map(key, seeds, is_leaf=lambda x: isinstance(x, torch.Tensor))

    # ------------------------------------------------------------------ call
    def call(self, inputs, training=False):
        jax = bridge.import_jax(type(self).__name__)
        tree = jax.tree_util
        given = {
            "params": self.params,
            "state": self.state,
            "rng": self._keys(self._get_call_rng(training)) if "rng" in self._call_arguments else None,
            "inputs": inputs,
            "training": bool(training),
        }
        leaves, structure = tree.tree_flatten(
            [given[name] for name in self._call_arguments if name != "training"]
        )
        places = [i for i, x in enumerate(leaves) if isinstance(x, torch.Tensor)]
        returned = {}

        def run(arrays):
            values = list(leaves)
            for place, array in zip(places, arrays):
                values[place] = array
            arguments = iter(tree.tree_unflatten(structure, values))
            result = self.call_fn(
                *(
                    given["training"] if name == "training" else next(arguments)
                    for name in self._call_arguments
                )
            )
            flat, returned["structure"] = tree.tree_flatten(result)
            return [jax.numpy.asarray(x) for x in flat]

        tensors = [leaves[place] for place in places]
        on_meta = any(x.device.type == "meta" for x in tensors)
        if on_meta:
            flat = [_on_meta(x) for x in jax.eval_shape(run, [_abstract(jax, x) for x in tensors])]
        else:
            flat = bridge.call(run, tensors, next((x.device for x in tensors), None))
        result = tree.tree_unflatten(returned["structure"], flat)
        if "state" not in self._call_arguments:
            return result
        outputs, state = result
        if not on_meta:
            self._assign_state(tree, state)
        return outputs

    def _assign_state(self, tree, state):
        slots, structure = tree.tree_flatten(self._state_tree)
        values, returned = tree.tree_flatten(state)
        if structure != returned:
            raise ValueError(
                "Structure mismatch: the structure of the state returned by `call` does not match the structure of "
                f"the state at initialization time. Received: {returned}, expected: {structure}"
            )
        for slot, value in zip(slots, values):
            if isinstance(slot, _Slot):
                self._weight(slot).assign(value.detach())

    def get_config(self):
        config = super().get_config()
        for name in ("call_fn", "init_fn"):
            if name in config:
                config[name] = registry.serialize_keras_object(getattr(self, name))
        return config

    @classmethod
    def from_config(cls, config):
        config = dict(config)
        for name in ("call_fn", "init_fn"):
            if name in config:
                config[name] = registry.deserialize_keras_object(config[name])
        return cls(**config)


def _arguments(fn, name, allowed):
    """Return the names of a function's arguments, or raise a ValueError for unknown ones."""
    if fn is None:
        return ()
    names = tuple(inspect.signature(fn).parameters)
    if "inputs" not in names:
        raise ValueError(
            f"Missing required argument in `{name}`: `inputs`. Received: arguments {list(names)}"
        )
    for argument in names:
        if argument not in allowed:
            raise ValueError(
                f"Unsupported argument in `{name}`: `{argument}`, supported arguments are `{'`, `'.join(allowed)}`"
            )
    return names


def _is_shape(x):
    return isinstance(x, (tuple, list)) and all(size is None or isinstance(size, int) for size in x)


def _abstract(jax, x):
    dtype = str(x.dtype).removeprefix("torch.")
    return jax.ShapeDtypeStruct(tuple(x.shape), jax.dtypes.canonicalize_dtype(dtype))


def _on_meta(x):
    return torch.empty(x.shape, dtype=getattr(torch, str(x.dtype)), device="meta")

"""FlaxLayer: a Flax module as a layer."""

import inspect

from kerastorch.core import registry
from kerastorch.layers.foreign import bridge
from kerastorch.layers.foreign.jax_layer import JaxLayer


class FlaxLayer(JaxLayer):
    """Call a `flax.linen.Module`: its parameters are trained, its other collections (as batch statistics) kept.

    Needs the extra `jax`: `pip install kerastorch[jax]`.

    Args:
        module: The module. Its call takes `inputs`, and `training` if it likes.
        method: A method of the module, or a function of `(module, inputs)`, to call instead of `__call__`.
        variables: The module's variables to start from, instead of what `module.init` gives.

    Shapes: those of the module.

    Raises ImportError where JAX or Flax is not installed. See https://flax-linen.readthedocs.io.

    >>> import importlib.util
    >>> if importlib.util.find_spec("flax"):
    ...     import flax
    ...
    ...     class Scale(flax.linen.Module):
    ...         @flax.linen.compact
    ...         def __call__(self, inputs):
    ...             return inputs * self.param("a", flax.linen.initializers.ones, ())
    ...
    ...     assert keras.layers.FlaxLayer(Scale())(torch.ones(1)).item() == 1.0
    """

    config_exclude = ("variables", "call_fn", "init_fn", "native_serialization_platforms")

    def __init__(self, module, method=None, variables=None, **kwargs):
        flax = _import_flax()
        self._module, self._method = module, method
        others = flax.core.DenyList(["params"])

        def call_with_training(params, state, rng, inputs, training):
            return module.apply(
                {**params, **state}, inputs, training, rngs=rng, method=method, mutable=others
            )

        def call_without_training(params, state, rng, inputs):
            return module.apply({**params, **state}, inputs, rngs=rng, method=method, mutable=others)

        def init_with_training(rng, inputs, training):
            return _divided(module.init(rng, inputs, training, method=method))

        def init_without_training(rng, inputs):
            return _divided(module.init(rng, inputs, method=method))

        takes_training = "training" in inspect.signature(_method_of(module, method)).parameters
        params, state = (None, None) if variables is None else _divided(variables)
        super().__init__(
            call_with_training if takes_training else call_without_training,
            init_with_training if takes_training else init_without_training,
            params=params,
            state=state,
            **kwargs,
        )

    @property
    def module(self):
        """The Flax module."""
        return self._module

    @property
    def method(self):
        """What is called instead of the module's `__call__`, or None."""
        return self._method

    def _get_init_rng(self):
        return {"params": self._get_init_seed(), "dropout": self._get_init_seed()}

    def _get_call_rng(self, training):
        return {"dropout": self._get_call_seed()} if training else {}

    def get_config(self):
        return {
            **super().get_config(),
            "module": registry.serialize_keras_object(self._module),
            "method": registry.serialize_keras_object(self._method),
        }

    @classmethod
    def from_config(cls, config):
        config = dict(config)
        for name in ("module", "method"):
            config[name] = registry.deserialize_keras_object(config.get(name))
        if isinstance(config["method"], str):
            config["method"] = getattr(config["module"], config["method"])
        return cls(**config)


def _import_flax():
    bridge.import_jax("FlaxLayer")
    try:
        import flax
    except ImportError as error:
        raise ImportError(
            "`FlaxLayer` needs Flax, which is not installed. Install it with `pip install kerastorch[jax]`."
        ) from error
    return flax


def _method_of(module, method):
    if isinstance(method, str):
        return getattr(type(module), method)
    return type(module).__call__ if method is None else method


def _divided(variables):
    """Return a module's variables as those that are trained, and the others."""
    variables = dict(variables)
    params = {name: variables.pop(name) for name in ("params",) if name in variables}
    return params, variables

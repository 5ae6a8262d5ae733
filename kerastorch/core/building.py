"""Building: shapes in the forms in which `build` gets and keeps them."""

import functools
import inspect

from kerastorch.core import infer
from kerastorch.core.call import context
from kerastorch.core.call_spec import call_signature, is_tensor_like
from kerastorch.core.keras_tensor import KerasTensor


def wrap_build(build):
    """Return a `build` that names the variables, and marks the layer as built."""
    if getattr(build, "_default", False) or getattr(build, "_wrapped", False):
        return build

    @functools.wraps(build)
    def wrapped(self, *args, **kwargs):
        if self.__dict__.get("_building"):
            return build(self, *args, **kwargs)
        shapes = _named_shapes(build, args, kwargs)
        names = (
            context.names if context.names and context.names[-1] == self.name else (*context.names, self.name)
        )
        saved, context.names = context.names, names
        object.__setattr__(self, "_building", True)
        object.__setattr__(self, "_path", "/".join(names))
        if self._policy is not self._dtype_policy:  # a map, in which the path stands
            self._set_policy(self._dtype_policy)
        try:
            with infer.real():
                build(self, *shapes[1], **shapes[2])
        finally:
            context.names = saved
            del self.__dict__["_building"]
        self.built = True
        self._build_shapes = shapes[0]
        if not self._trainable:
            self.trainable = False
        self._fast = False
        for resume in self.__dict__.pop("_when_built", ()):
            resume()

    wrapped._wrapped = True
    return wrapped


def _named_shapes(build, args, kwargs):
    args = tuple(as_shape(x) for x in args)
    kwargs = {name: as_shape(x) for name, x in kwargs.items()}
    names = call_signature(build).names
    return {**dict(zip(names, args)), **kwargs}, args, kwargs


def check_build_arguments(layer):
    """Check that a `build` with several arguments names each after one of `call`."""
    build, call = inspect.signature(layer.build), call_signature(type(layer).call)
    for name, parameter in build.parameters.items():
        if parameter.default is not parameter.empty or parameter.kind is parameter.VAR_KEYWORD:
            continue
        if not name.endswith("_shape"):
            raise ValueError(
                "For layers whose `build()` takes more than one argument, each must be named after an argument of "
                f"`call()`, followed by `_shape`. Layer '{layer.name}' has a `build()` with argument `{name}`, which "
                "does not end in `_shape`."
            )
        if name.removesuffix("_shape") not in call.names:
            raise ValueError(
                "For layers whose `build()` takes more than one argument, each must be named after an argument of "
                f"`call()`, followed by `_shape`. Layer '{layer.name}' has a `build()` with argument `{name}`, but "
                f"`call()` does not have argument `{name.removesuffix('_shape')}`."
            )


def as_shape(shape):
    """Return lists of sizes as tuples, at any depth."""
    if isinstance(shape, (list, tuple)) or type(shape).__name__ == "TensorShape":
        shape = list(shape)
        if all(size is None or hasattr(size, "__index__") for size in shape):
            return tuple(None if size is None else int(size) for size in shape)
        return [as_shape(x) for x in shape]
    if isinstance(shape, dict):
        return {key: as_shape(x) for key, x in shape.items()}
    return shape


def shape_of(x):
    """Return the shape of a tensor as `build` gets it, None where it is unknown."""
    return infer.known(x.shape) if is_tensor_like(x) else None


def spec_from_shape(shape, dtype):
    """Return KerasTensors for a shape, or for nested shapes."""
    if isinstance(shape, KerasTensor):
        return shape
    if isinstance(shape, dict):
        return {key: spec_from_shape(x, dtype) for key, x in shape.items()}
    if any(isinstance(x, (list, tuple, dict, KerasTensor)) for x in shape):
        specs = [spec_from_shape(x, dtype) for x in shape]
        return tuple(specs) if isinstance(shape, tuple) else specs
    return KerasTensor(tuple(shape), dtype)


def input_shape_argument(kwargs):
    """Take Keras 2's ways to give an input shape out of the keyword arguments."""
    shape = kwargs.pop("input_shape", None)
    size = kwargs.pop("input_dim", None)
    batch_shape = kwargs.pop("batch_input_shape", None) or kwargs.pop("batch_shape", None)
    if size is not None:
        shape = (size,)
    if shape is not None:
        shape = (None, *shape) if hasattr(shape, "__iter__") else (None, shape)
    return tuple(batch_shape) if batch_shape is not None else shape

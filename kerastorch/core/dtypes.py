"""Names and torch dtypes, promotion, and the dtype policy of a layer."""

import functools

import numpy as np
import torch

from kerastorch.core import registry, settings
from kerastorch.core.configurable import Configurable

TORCH_DTYPES = {
    "bool": torch.bool,
    "uint8": torch.uint8,
    "uint16": torch.uint16,
    "uint32": torch.uint32,
    "uint64": torch.uint64,
    "int8": torch.int8,
    "int16": torch.int16,
    "int32": torch.int32,
    "int64": torch.int64,
    "float16": torch.float16,
    "bfloat16": torch.bfloat16,
    "float32": torch.float32,
    "float64": torch.float64,
    "complex64": torch.complex64,
    "complex128": torch.complex128,
    "float8_e4m3fn": torch.float8_e4m3fn,
    "float8_e5m2": torch.float8_e5m2,
}
NAMES = {dtype: name for name, dtype in TORCH_DTYPES.items()}
FLOATS = ("float16", "bfloat16", "float32", "float64", "float8_e4m3fn", "float8_e5m2")
_PYTHON = {bool: "bool", int: "int32", str: "string", complex: "complex64"}
_ALIASES = {"half": "float16", "double": "float64", "float": "float32", "int": "int32", "long": "int64"}


def standardize_dtype(dtype):
    """Return the name of a dtype given as a name, a torch, NumPy or TensorFlow dtype, or a Python type.

    None is the default float type, and so is `float`.

    >>> keras.backend.standardize_dtype(torch.bfloat16), keras.backend.standardize_dtype(np.int8)
    ('bfloat16', 'int8')
    """
    name = NAMES.get(dtype) if isinstance(dtype, torch.dtype) else None
    if name is not None:
        return name
    if dtype is None or dtype is float:
        return settings.floatx()
    if isinstance(dtype, str) and (dtype in TORCH_DTYPES or dtype == "string"):
        return dtype
    if isinstance(dtype, type) and dtype in _PYTHON:
        return _PYTHON[dtype]
    name = getattr(dtype, "name", None) or getattr(dtype, "__name__", None) or dtype
    name = str(name).removeprefix("torch.")
    if name not in TORCH_DTYPES and name != "string":
        name = _ALIASES.get(name, name)
    if name in TORCH_DTYPES or name == "string":
        return name
    try:
        name = np.dtype(dtype).name
    except TypeError:
        name = None
    if name in TORCH_DTYPES:
        return name
    if name is not None and name.startswith("str"):
        return "string"
    raise ValueError(f"Invalid dtype: {dtype}. It must be one of {sorted(TORCH_DTYPES)} or 'string'.")


def to_torch_dtype(dtype):
    """Return the `torch.dtype` for anything that `standardize_dtype` takes."""
    if isinstance(dtype, torch.dtype):
        return dtype
    name = standardize_dtype(dtype)
    if name == "string":
        raise ValueError("A torch tensor cannot hold strings. Received: dtype='string'")
    return TORCH_DTYPES[name]


def is_float_dtype(dtype):
    """Tell whether a dtype is a floating point type."""
    return standardize_dtype(dtype) in FLOATS


# Promotion follows the lattice of JAX, with weak Python scalars:
# https://docs.jax.dev/en/latest/type_promotion.html. Edges point to the next wider types.
_LATTICE = {
    "bool": ["int_"],
    "int_": ["uint8", "int8"],
    "uint8": ["int16", "uint16"],
    "uint16": ["int32", "uint32"],
    "uint32": ["int64", "uint64"],
    "uint64": ["float_"],
    "int8": ["int16"],
    "int16": ["int32"],
    "int32": ["int64"],
    "int64": ["float_"],
    "float_": ["float16", "bfloat16", "complex_"],
    "float16": ["float32"],
    "bfloat16": ["float32"],
    "float32": ["float64", "complex64"],
    "float64": ["complex128"],
    "complex_": ["complex64"],
    "complex64": ["complex128"],
    "complex128": [],
}


def _upper_bounds(node):
    seen, todo = set(), [node]
    while todo:
        current = todo.pop()
        if current not in seen:
            seen.add(current)
            todo.extend(_LATTICE[current])
    return seen


_BOUNDS = {node: _upper_bounds(node) for node in _LATTICE}


@functools.lru_cache(maxsize=512)
def _least_upper_bound(nodes):
    common = set.intersection(*(_BOUNDS[node] for node in nodes))
    least = [node for node in common if common <= _BOUNDS[node]]
    if len(least) != 1:
        raise ValueError(f"No common dtype for {sorted(nodes)}; cast explicitly with `ops.cast`.")
    return least[0]


def result_type(*dtypes):
    """Return the name of the dtype that an operation on these dtypes gives.

    Python's `int`, `float` and `complex` are weak: they adapt to the others.

    >>> keras.backend.result_type("int32", "float16"), keras.backend.result_type("int64", float)
    ('float16', 'float32')
    """
    nodes = set()
    for dtype in dtypes:
        if dtype is int or dtype is float or dtype is complex:
            nodes.add(f"{dtype.__name__}_")
        else:
            name = standardize_dtype(dtype)
            if name not in _LATTICE:
                kind = (
                    "There is no implicit conversions from float8 dtypes to others"
                    if "float8" in name
                    else None
                )
                kind = kind or f"No promotion rule for dtype {name!r}"
                raise ValueError(f"{kind}; cast explicitly with `ops.cast`. Received: dtypes={dtypes}")
            nodes.add(name)
    if not nodes:
        return settings.floatx()
    result = _least_upper_bound(frozenset(nodes))
    return {"int_": "int32", "float_": settings.floatx(), "complex_": "complex64"}.get(result, result)


class DTypePolicy(Configurable):
    """What dtype a layer computes in, and what dtype its weights have.

    Args:
        name: A dtype name ("float32": both are float32), or "mixed_float16" / "mixed_bfloat16"
            (computes in half precision, keeps float32 weights).

    >>> policy = keras.dtype_policies.DTypePolicy("mixed_bfloat16")
    >>> policy.compute_dtype, policy.variable_dtype
    ('bfloat16', 'float32')
    """

    keras_module = "keras"

    def __init__(self, name=None):
        name = dtype_policy().name if name is None else name
        if not isinstance(name, str):
            raise TypeError(
                f"'name' must be a string, such as 'mixed_float16'. Received: name={name} (of type {type(name)})"
            )
        if name in ("mixed_float16", "mixed_bfloat16"):
            self._compute_dtype, self._variable_dtype = name.removeprefix("mixed_"), "float32"
        else:
            try:
                self._compute_dtype = self._variable_dtype = standardize_dtype(name)
            except ValueError:
                raise ValueError(
                    f"Cannot convert '{name}' to a mixed precision DTypePolicy. Valid policies include "
                    "'mixed_float16', 'mixed_bfloat16', and the name of any float dtype such as 'float32'."
                ) from None
        self._name, self._quantization_mode = name, None

    @property
    def name(self):
        """The name given at construction."""
        return self._name

    @property
    def compute_dtype(self):
        """The dtype of a layer's computations and outputs."""
        return self._compute_dtype

    @property
    def variable_dtype(self):
        """The dtype of a layer's weights."""
        return self._variable_dtype

    @property
    def quantization_mode(self):
        """How weights are quantized: None for a policy that does not quantize."""
        return self._quantization_mode

    def convert_input(self, x, autocast, dtype):
        """Return `x` in `dtype` when it is a float and `autocast` is on; arrays become tensors."""
        if isinstance(x, np.ndarray) and x.dtype.kind not in "OSU":
            x = torch.as_tensor(x)
        if autocast and isinstance(x, torch.Tensor) and x.is_floating_point():
            return x.to(to_torch_dtype(dtype))
        return x

    def get_config(self):
        """Return the arguments that rebuild this policy, ready for JSON."""
        return {"name": self._name}

    def __repr__(self):
        kind = "DTypePolicy" if type(self) is FloatDTypePolicy else type(self).__name__
        return f'<{kind} "{self._name}">'

    def __eq__(self, other):
        plain = (DTypePolicy, FloatDTypePolicy)
        same = type(other) in plain if type(self) in plain else type(self) is type(other)
        return same and self.get_config() == other.get_config()

    def __hash__(self):
        return hash(self._name)


class FloatDTypePolicy(DTypePolicy):
    """The former name of `DTypePolicy`."""

    keras_module = "keras"


QUANTIZED: dict[str, type[DTypePolicy]] = {}  # policies by mode; `core/policies.py` fills it
_global_policy: DTypePolicy | None = None


def dtype_policy():
    """Return the policy of layers that are not given one."""
    return DTypePolicy(settings.floatx()) if _global_policy is None else _global_policy


def set_dtype_policy(policy):
    """Set the policy of layers that are not given one.

    Args:
        policy: A `DTypePolicy` or its name ("mixed_bfloat16").
    """
    global _global_policy
    if not isinstance(policy, (str, DTypePolicy)):
        raise ValueError(
            "Invalid `policy` argument. Expected the string name of a policy (such as 'mixed_float16') or a "
            f"`DTypePolicy` instance. Received: policy={policy} (of type {type(policy)})"
        )
    _global_policy = get_policy(policy)


def get_policy(identifier):
    """Return a `DTypePolicy` from None, a name, a dtype, a config or a policy."""
    if identifier is None:
        return dtype_policy()
    if isinstance(identifier, DTypePolicy):
        return identifier
    if isinstance(identifier, dict):
        if "class_name" in identifier:
            return registry.deserialize_keras_object({"module": "keras", **identifier})
        return get_policy(identifier.get("name"))
    if isinstance(identifier, str):
        if identifier in TORCH_DTYPES or not identifier.startswith(tuple(QUANTIZED)):
            return DTypePolicy(identifier)
        return _quantized_policy(identifier)
    try:
        return DTypePolicy(standardize_dtype(identifier))
    except ValueError:
        raise ValueError(
            "Cannot interpret `dtype` argument. Expected a string or an instance of DTypePolicy. "
            f"Received: dtype={identifier}"
        ) from None


def _quantized_policy(name):
    """Return the policy that a name such as "int4/128_from_float32" stands for."""
    mode, *source = name.split("_from_")
    if len(source) != 1:
        raise ValueError(
            "Cannot convert `policy` into a valid pair (`mode`, `source_name`): it must be written as "
            f"'int8_from_float32'. Received: policy={name}"
        )
    kind = mode.split("/")[0]
    return (QUANTIZED.get(mode) or QUANTIZED.get(f"{kind}/") or QUANTIZED["int8"])(mode, source[0])

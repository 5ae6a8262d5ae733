"""What a user sees of a pipeline: the kind of tensors, how values become such, how specs and datasets look.

The library's own face shows torch tensors. A package with a tensor type of its own has a subclass.
"""

import numpy as np
import torch

from kerastorch.core import edge
from kerastorch.core.dtypes import to_torch_dtype

from .spec import TEXT, Spec


class Face:
    """Torch tensors outside as inside; texts are NumPy arrays of bytes."""

    dataset = None  # function (node, name=None) -> dataset

    def raw(self, value):
        """Return the raw value of a leaf of the user's: a tensor, or an object array of bytes."""
        if isinstance(value, torch.Tensor):
            return value.detach() if value.requires_grad or type(value) is not torch.Tensor else value
        if isinstance(value, (str, bytes)):
            return as_bytes(np.array(value, dtype=object))
        if isinstance(value, (list, tuple, np.ndarray, np.generic)) or hasattr(value, "__array__"):
            if _has_tensors(value):
                return edge.as_tensor(value).detach()
            array = np.asarray(value)
            if array.dtype.kind in "SUO":
                return as_bytes(array)
        return edge.as_tensor(value).detach()

    def shown(self, raw):
        """Return what the user sees for a raw tensor or array of texts."""
        return raw

    def spec(self, spec):
        """Return what the user sees for the spec of a leaf."""
        return spec

    def own_spec(self, spec):
        """Return the engine's spec for a spec of the user's: a `Spec`, a `KerasTensor`, or a tensor."""
        if isinstance(spec, Spec):
            return spec
        return Spec(spec.shape, self.own_dtype(spec.dtype))

    def own_dtype(self, dtype):
        """Return the torch dtype, or "string", for a dtype of the user's."""
        return TEXT if dtype in (TEXT, str, bytes) else to_torch_dtype(dtype)

    def dtype_name(self, dtype):
        """Return the text for an own dtype in messages."""
        return str(dtype).removeprefix("torch.")

    def seeds(self, seed):
        """Return the two seeds that follow from one, or (None, None) for None."""
        return (None, None) if seed is None else (_DEFAULT_FIRST, int(seed) % (2**31 - 1))


_DEFAULT_FIRST = 87654321  # as in TensorFlow, so that a seed means the same order


def _has_tensors(value):
    return isinstance(value, (list, tuple)) and any(
        edge.is_tensor(part) or (isinstance(part, (list, tuple)) and _has_tensors(part)) for part in value
    )


def as_bytes(array):
    """Return an array of texts as an object array of bytes.

    >>> from kerastorch.training.pipeline.face import as_bytes
    >>> as_bytes(np.array(["a", "bc"]))
    array([b'a', b'bc'], dtype=object)
    """
    out = np.empty(array.shape, object)
    flat = array.ravel().tolist() if array.dtype.kind != "O" else list(array.ravel())
    for i, value in enumerate(flat):
        if not isinstance(value, (str, bytes)):
            raise ValueError(
                f"An element must hold numbers or texts. Received an array of objects with {value!r} in it."
            )
        out.ravel()[i] = value.encode() if isinstance(value, str) else value
    return out


TORCH = Face()

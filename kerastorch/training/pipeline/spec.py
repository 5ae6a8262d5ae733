"""What is known of an element before it is there: the shape and dtype of every component.

A shape is a tuple of sizes, None for an unknown one, or None as a whole where the number of dimensions is not known.
"""

import numpy as np
import torch

TEXT = "string"


class Spec:
    """The shape and dtype of a tensor, or of an array of texts.

    Args:
        shape: A tuple of sizes, or None.
        dtype: A torch dtype, or "string".
    """

    __slots__ = ("dtype", "shape")

    def __init__(self, shape, dtype):
        self.shape = None if shape is None else tuple(shape)
        self.dtype = dtype

    @classmethod
    def of(cls, raw):
        """Return the spec of a tensor or of an array of texts."""
        return cls(raw.shape, raw.dtype if isinstance(raw, torch.Tensor) else TEXT)

    @property
    def is_fully_defined(self):
        """Whether every size is known."""
        return self.shape is not None and None not in self.shape

    def fits(self, shape):
        """Whether a tensor of this spec may have a shape."""
        return self.shape is None or (
            len(shape) == len(self.shape) and all(a is None or a == b for a, b in zip(self.shape, shape))
        )

    def common(self, other):
        """Return the narrowest spec that has the tensors of both."""
        if not isinstance(other, Spec) or other.dtype != self.dtype:
            raise ValueError(f"No TypeSpec is compatible with both {self} and {other}")
        if self.shape is None or other.shape is None or len(self.shape) != len(other.shape):
            return Spec(None, self.dtype)
        return Spec([a if a == b else None for a, b in zip(self.shape, other.shape)], self.dtype)

    def __eq__(self, other):
        return isinstance(other, Spec) and (self.shape, self.dtype) == (other.shape, other.dtype)

    def __hash__(self):
        return hash((self.shape, self.dtype))

    def __repr__(self):
        dtype = str(self.dtype).removeprefix("torch.")
        return f"TensorSpec(shape={self.shape}, dtype={dtype})"


class NoneSpec:
    """The type of None inside a structure of tensors."""

    def common(self, other):
        """Return the spec that has the values of both."""
        if self != other:
            raise ValueError(f"No TypeSpec is compatible with both {self} and {other}")
        return self

    def __eq__(self, other):
        return isinstance(other, NoneSpec)

    def __hash__(self):
        return hash(NoneSpec)

    def __repr__(self):
        return "NoneTensorSpec()"


class DatasetSpec:
    """The type of a dataset that is an element of another.

    Args:
        element_spec: The structure of the specs of its elements.
    """

    def __init__(self, element_spec):
        self.element_spec = element_spec

    def common(self, other):
        """Return the spec that has the datasets of both."""
        if self != other:
            raise ValueError(f"No TypeSpec is compatible with both {self} and {other}")
        return self

    def __eq__(self, other):
        return isinstance(other, DatasetSpec) and self.element_spec == other.element_spec

    def __hash__(self):
        return hash((DatasetSpec, str(self.element_spec)))

    def __repr__(self):
        return f"DatasetSpec({self.element_spec!r}, TensorShape([]))"


def is_text(raw):
    """Tell whether a raw value is an array of texts."""
    return isinstance(raw, np.ndarray)


def concatenated(first, shape):
    """Return a shape with a new first dimension."""
    return None if shape is None else (first, *shape)

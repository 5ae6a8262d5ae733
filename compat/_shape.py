"""`tf.TensorShape`: a shape whose dimensions, or whose rank, may be unknown.

https://www.tensorflow.org/api_docs/python/tf/TensorShape
"""

import math


class TensorShape:
    """A sequence of sizes, `None` standing for an unknown one; `TensorShape(None)` has unknown rank.

    >>> shape = tf.TensorShape([None, 3])
    >>> shape, str(shape), shape.rank, shape[1], shape == [None, 3]
    (TensorShape([None, 3]), '(None, 3)', 2, 3, True)
    """

    __slots__ = ("_dims",)

    def __init__(self, dims):
        if isinstance(dims, TensorShape):
            self._dims = dims._dims
        elif dims is None:
            self._dims = None
        elif hasattr(dims, "__iter__") and not isinstance(dims, (str, bytes)):
            self._dims = tuple([_dimension(d) for d in dims])
        else:
            self._dims = (_dimension(dims),)

    @property
    def rank(self):
        """The number of dimensions, or None."""
        return None if self._dims is None else len(self._dims)

    @property
    def ndims(self):
        """The number of dimensions, or None."""
        return self.rank

    @property
    def dims(self):
        """The sizes as a list, or None."""
        return None if self._dims is None else list(self._dims)

    def as_list(self):
        """Return the sizes as a list."""
        if self._dims is None:
            raise ValueError("as_list() is not defined on an unknown TensorShape.")
        return list(self._dims)

    def num_elements(self):
        """Return the product of the sizes, or None if one is unknown."""
        return math.prod(self._dims) if self.is_fully_defined() else None

    def is_fully_defined(self):
        """Tell whether every size is known."""
        return self._dims is not None and None not in self._dims

    def is_compatible_with(self, other):
        """Tell whether both could be the shape of one tensor."""
        other = as_shape(other)
        if self._dims is None or other._dims is None:
            return True
        return len(self._dims) == len(other._dims) and all(
            a is None or b is None or a == b for a, b in zip(self._dims, other._dims)
        )

    def is_subtype_of(self, other):
        """Tell whether every tensor of this shape has the shape `other`."""
        other = as_shape(other)
        if other._dims is None:
            return True
        return (
            self._dims is not None
            and len(self._dims) == len(other._dims)
            and all(b is None or a == b for a, b in zip(self._dims, other._dims))
        )

    def merge_with(self, other):
        """Return the shape that knows what either knows."""
        other = as_shape(other)
        if self._dims is None:
            return other
        if other._dims is None:
            return self
        if not self.is_compatible_with(other):
            raise ValueError(f"Shapes {self} and {other} are not compatible")
        return TensorShape([b if a is None else a for a, b in zip(self._dims, other._dims)])

    def most_specific_compatible_shape(self, other):
        """Return the shape that knows only what both know."""
        other = as_shape(other)
        if self._dims is None or other._dims is None or len(self._dims) != len(other._dims):
            return TensorShape(None)
        return TensorShape([a if a == b else None for a, b in zip(self._dims, other._dims)])

    def most_specific_common_supertype(self, others):
        """Return the shape that knows only what this and all of `others` know."""
        shape = self
        for other in others:
            shape = shape.most_specific_compatible_shape(other)
        return shape

    def concatenate(self, other):
        """Return the shape with the dimensions of `other` behind."""
        other = as_shape(other)
        if self._dims is None or other._dims is None:
            return TensorShape(None)
        return TensorShape(self._dims + other._dims)

    def with_rank(self, rank):
        """Return the shape, of that rank or refused."""
        try:
            return self.merge_with(unknown_shape(rank))
        except ValueError:
            raise ValueError(f"Shape {self} must have rank {rank}") from None

    def with_rank_at_least(self, rank):
        """Return the shape, of at least that rank or refused."""
        if self._dims is not None and len(self._dims) < rank:
            raise ValueError(f"Shape {self} must have rank at least {rank}")
        return self

    def with_rank_at_most(self, rank):
        """Return the shape, of at most that rank or refused."""
        if self._dims is not None and len(self._dims) > rank:
            raise ValueError(f"Shape {self} must have rank at most {rank}")
        return self

    def assert_has_rank(self, rank):
        """Raise a ValueError unless the rank is `rank` or unknown."""
        if self.rank not in (None, rank):
            raise ValueError(f"Shape {self} must have rank {rank}")

    def assert_same_rank(self, other):
        """Raise a ValueError unless the ranks agree."""
        other = as_shape(other)
        if None not in (self.rank, other.rank) and self.rank != other.rank:
            raise ValueError(f"Shapes {self} and {other} must have the same rank")

    def assert_is_compatible_with(self, other):
        """Raise a ValueError unless both could be the shape of one tensor."""
        if not self.is_compatible_with(other):
            raise ValueError(f"Shapes {self} and {other} are incompatible")

    def assert_is_fully_defined(self):
        """Raise a ValueError unless every size is known."""
        if not self.is_fully_defined():
            raise ValueError(f"Shape {self} is not fully defined")

    def __len__(self):
        if self._dims is None:
            raise ValueError("Cannot take the length of shape with unknown rank.")
        return len(self._dims)

    def __bool__(self):
        return self._dims is not None

    def __iter__(self):
        if self._dims is None:
            raise ValueError("Cannot iterate over a shape with unknown rank.")
        return iter(self._dims)

    def __getitem__(self, key):
        if self._dims is not None:
            return TensorShape(self._dims[key]) if isinstance(key, slice) else self._dims[key]
        if not isinstance(key, slice):
            return None
        start, stop = key.start or 0, key.stop
        if key.step is None and stop is not None and start >= 0 and stop >= 0:
            return unknown_shape(max(0, stop - start))
        return TensorShape(None)

    def __add__(self, other):
        return self.concatenate(other)

    def __radd__(self, other):
        return as_shape(other).concatenate(self)

    def __eq__(self, other):
        try:
            other = as_shape(other)
        except TypeError:
            return NotImplemented
        return self._dims == other._dims

    def __hash__(self):
        return hash(self._dims)

    def __contains__(self, size):
        return size in (self._dims or ())

    def index(self, size):
        """Return the first dimension that has this size."""
        return tuple(self).index(size)

    def __str__(self):
        if self._dims is None:
            return "<unknown>"
        return str(self._dims)

    def __repr__(self):
        return f"TensorShape({'None' if self._dims is None else list(self._dims)})"

    def __reduce__(self):
        return TensorShape, (self.dims,)


def _dimension(size):
    if size is None:
        return None
    try:
        value = size.__index__()
    except AttributeError:
        raise TypeError(
            "Dimension value must be integer or None or have an __index__ method, got "
            f"value '{size!r}' with type '{type(size)!r}'"
        ) from None
    if value < 0:
        raise ValueError(f"Dimension {value} must be >= 0")
    return value


def as_shape(shape):
    """Return a `TensorShape` for anything that its constructor takes."""
    return shape if isinstance(shape, TensorShape) else TensorShape(shape)


def unknown_shape(rank=None):
    """Return a shape of which at most the rank is known."""
    return TensorShape(None if rank is None else [None] * rank)


def known_shape(size):
    """Return the `TensorShape` of a `torch.Size` or tuple of ints, without checks."""
    shape = object.__new__(TensorShape)
    shape._dims = tuple(size)
    return shape

"""`tf.TensorArray`: a list of tensors that loops write to."""

import torch

from ._array import concat, stack, unstack
from ._dtypes import as_dtype
from ._index import gather
from ._shape import TensorShape
from ._tensor import EagerTensor
from ._wrap import tensor
from .errors import OutOfRangeError


class TensorArray:
    """A list of tensors of one dtype; `write` returns the array, as TensorFlow's loops expect.

    >>> array = tf.TensorArray(tf.float32, size=2)
    >>> array = array.write(0, 1.0).write(1, 2.0)
    >>> print(array.stack())
    tf.Tensor([1. 2.], shape=(2,), dtype=float32)
    """

    def __init__(
        self,
        dtype,
        size=None,
        dynamic_size=None,
        clear_after_read=None,
        tensor_array_name=None,
        handle=None,
        flow=None,
        infer_shape=True,
        element_shape=None,
        colocate_with_first_write_call=True,
        name=None,
    ):
        self._dtype, self._dynamic = as_dtype(dtype), bool(dynamic_size)
        self._element_shape = TensorShape(element_shape)
        self._clear = clear_after_read is None or bool(clear_after_read)
        self._values = [None] * (0 if size is None else int(size))
        self._cleared = set()

    @property
    def dtype(self):
        """The `DType` of the elements."""
        return self._dtype

    @property
    def dynamic_size(self):
        """Whether writing behind the end makes the array longer."""
        return self._dynamic

    @property
    def element_shape(self):
        """The `TensorShape` of the elements."""
        return self._element_shape

    def write(self, index, value, name=None):
        """Set an element, and return the array."""
        index = int(index)
        if index >= len(self._values) and self._dynamic:
            self._values += [None] * (index + 1 - len(self._values))
        if not 0 <= index < len(self._values):
            what = "and array is not resizeable (size:" if index >= 0 else "(size:"
            raise OutOfRangeError(
                None,
                None,
                f"Tried to write to index {index} but array size is: {len(self._values)} {what} {len(self._values)})",
            )
        self._values[index] = tensor(value, hint=self._dtype)
        return self

    def read(self, index, name=None):
        """Return an element."""
        index = int(index)
        if not 0 <= index < len(self._values):
            raise OutOfRangeError(
                None, None, f"Tried to read from index {index} but array size is: {len(self._values)}"
            )
        value = self._values[index]
        if value is None:
            shape = [n or 0 for n in self._element_shape] if self._element_shape.rank is not None else []
            value = EagerTensor(torch.zeros(shape, dtype=self._dtype._torch))
        return value

    def stack(self, name=None):
        """Return the elements as one tensor, along a new first axis."""
        if not self._values:
            shape = list(self._element_shape) if self._element_shape.is_fully_defined() else []
            return EagerTensor(torch.zeros([0, *shape], dtype=self._dtype._torch))
        like = next((v for v in self._values if v is not None), None)
        zero = None if like is None else EagerTensor(torch.zeros_like(like._t))
        return stack(
            [
                self.read(i) if zero is None else (v if v is not None else zero)
                for i, v in enumerate(self._values)
            ]
        )

    def concat(self, name=None):
        """Return the elements joined along their first axis."""
        return concat(list(self._values), 0)

    def gather(self, indices, name=None):
        """Return the elements at the indices as one tensor."""
        return gather(self.stack(), indices)

    def unstack(self, value, name=None):
        """Fill the array with the slices of a tensor along its first axis, and return it."""
        self._values = list(unstack(tensor(value, hint=self._dtype)))
        return self

    def scatter(self, indices, value, name=None):
        """Write the slices of a tensor at the indices, and return the array."""
        for i, part in zip(tensor(indices).numpy().tolist(), unstack(tensor(value, hint=self._dtype))):
            self.write(i, part)
        return self

    def size(self, name=None):
        """Return the number of elements."""
        return EagerTensor(torch.tensor(len(self._values), dtype=torch.int32))

    def identity(self):
        """Return an array with the same elements."""
        copy = TensorArray(self._dtype, dynamic_size=self._dynamic, element_shape=self._element_shape)
        copy._values = list(self._values)
        return copy

    def close(self, name=None):
        """Forget the elements."""
        self._values = []

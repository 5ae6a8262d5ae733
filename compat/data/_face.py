"""`tf.data` around the pipelines of the library: tensors are `tf.Tensor`s, specs and errors TensorFlow's."""

import numpy as np
import torch

from compat import _seed, errors
from compat._convert import convert
from compat._dtypes import BY_TORCH, as_dtype, string
from compat._failure import invalid
from compat._spec import NoneTensorSpec, TensorSpec, TypeSpec
from compat._tensor import EagerTensor
from kerastorch.core import tree
from kerastorch.training.pipeline import DatasetSpec as OwnDatasetSpec
from kerastorch.training.pipeline import Face, NoneSpec, Spec
from kerastorch.training.pipeline.composite import kind_of
from kerastorch.training.pipeline.errors import register_errors
from kerastorch.training.pipeline.spec import TEXT


class DatasetSpec(TypeSpec):
    """The type of a dataset that is an element of another.

    Args:
        element_spec: The structure of the specs of its elements.
        dataset_shape: The shape of the tensor of datasets: that of a single one is `()`.
    """

    __slots__ = ("_dataset_shape", "_element_spec")

    def __init__(self, element_spec, dataset_shape=()):
        self._element_spec, self._dataset_shape = element_spec, list(dataset_shape)

    @property
    def element_spec(self):
        """The structure of the specs of its elements."""
        return self._element_spec

    def __eq__(self, other):
        return isinstance(other, DatasetSpec) and self._element_spec == other._element_spec

    def __hash__(self):
        return hash((DatasetSpec, str(self._element_spec)))

    def __repr__(self):
        return f"DatasetSpec({self._element_spec!r}, TensorShape({self._dataset_shape}))"


class TensorFlowFace(Face):
    """What `tf.data` shows of a pipeline."""

    def raw(self, value):
        """Return the raw value of a leaf of the user's."""
        if kind_of(value):
            return value
        raw = value._t if type(value) is EagerTensor else convert(value)
        return raw.detach() if isinstance(raw, torch.Tensor) and raw.requires_grad else raw

    def shown(self, raw):
        """Return the `tf.Tensor` of a raw value."""
        return EagerTensor(raw)

    def spec(self, spec):
        """Return the `tf.TypeSpec` for the spec of a leaf."""
        if isinstance(spec, NoneSpec):
            return NoneTensorSpec()
        if kind_of(spec):
            return spec
        if isinstance(spec, OwnDatasetSpec):
            return DatasetSpec(tree.map_structure(self.spec, spec.element_spec))
        return TensorSpec(spec.shape, string if spec.dtype == TEXT else BY_TORCH[spec.dtype])

    def own_spec(self, spec):
        """Return the engine's spec for a `tf.TypeSpec`, or for a tensor."""
        if isinstance(spec, (Spec, NoneSpec)) or kind_of(spec):
            return spec
        if isinstance(spec, NoneTensorSpec):
            return NoneSpec()
        if isinstance(spec, DatasetSpec):
            return OwnDatasetSpec(tree.map_structure(self.own_spec, spec.element_spec))
        return Spec(spec.shape._dims, self.own_dtype(spec.dtype))

    def own_dtype(self, dtype):
        """Return the torch dtype, or "string", for a dtype."""
        dtype = as_dtype(dtype)
        return TEXT if dtype is string else dtype._torch

    def dtype_name(self, dtype):
        """Return the text for an own dtype in messages."""
        return "string" if dtype == TEXT else BY_TORCH[dtype].name

    def seeds(self, seed):
        """Return the two seeds that follow from one and from that of `tf.random.set_seed`."""
        return _seed.get_seed(seed)


FACE = TensorFlowFace()


def _maker(cls):
    return lambda message, kernel: cls(None, None, message)


register_errors(
    invalid_argument=lambda message, kernel: (
        invalid(kernel, message) if kernel else errors.InvalidArgumentError(None, None, message)
    ),
    data_loss=_maker(errors.DataLossError),
    failed_precondition=_maker(errors.FailedPreconditionError),
    out_of_range=_maker(errors.OutOfRangeError),
    not_found=_maker(errors.NotFoundError),
)


def text(value):
    """Return the Python text of a name or option: text, bytes, a path, or a tensor of one."""
    if isinstance(value, EagerTensor):
        value = np.asarray(value._t).item()
    if isinstance(value, bytes):
        return value.decode()
    return value.__fspath__() if hasattr(value, "__fspath__") else value

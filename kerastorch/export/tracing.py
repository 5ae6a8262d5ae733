"""From a Python function over tensors to a graph of torch operations, for every size of the unknown dimensions.

https://docs.pytorch.org/docs/stable/export.html
"""

import torch
from torch.export import Dim

from kerastorch.core import settings, tree
from kerastorch.core.dtypes import to_torch_dtype

_BATCH, _SIZE = 3, 5


class Spec:
    """An input of an exported function: shape (None where any size may stand), dtype, name."""

    def __init__(self, shape, dtype="float32", name=None):
        self.shape, self.name = tuple(None if n is None else int(n) for n in shape), name
        self.dtype = to_torch_dtype(dtype)

    @classmethod
    def of(cls, value):
        """Return the spec of an `InputSpec`, `KerasTensor`, `tf.TensorSpec`, shape or array."""
        if isinstance(value, Spec):
            return value
        shape = value if isinstance(value, (list, tuple)) else getattr(value, "shape", None)
        if shape is None:
            raise ValueError(f"An input's shape must be given. Received: {value!r}")
        dtype = getattr(value, "dtype", None) or "float32"
        return cls(list(shape), getattr(dtype, "name", dtype), getattr(value, "name", None))

    def example(self):
        """Return a tensor of this shape, with sizes for the unknown dimensions that nothing else has."""
        sizes = [
            n if n is not None else (_BATCH if axis == 0 else _SIZE + axis)
            for axis, n in enumerate(self.shape)
        ]
        device = settings.default_device()
        if self.dtype.is_floating_point or self.dtype.is_complex:
            return torch.rand(sizes, device=device).to(self.dtype)
        return torch.zeros(sizes, dtype=self.dtype, device=device)

    def dynamic(self):
        """Return which dimensions may have any size, as torch is told."""
        return {axis: Dim.DYNAMIC for axis, n in enumerate(self.shape) if n is None}


def as_specs(value):
    """Return the specs of an argument: of a spec or shape, or of a list or dict of them."""
    if isinstance(value, dict):
        return {key: as_specs(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)) and not all(n is None or isinstance(n, int) for n in value):
        return type(value)(map(as_specs, value))
    return Spec.of(value)


class _Endpoint(torch.nn.Module):
    """A function as a module whose parameters are those of the layers that it uses."""

    def __init__(self, fn, resources):
        super().__init__()
        self.resources = torch.nn.ModuleList(r for r in resources if isinstance(r, torch.nn.Module))
        self._fn = fn
        self.eval()

    def forward(self, *args):
        return self._fn(*args)


class Traced:
    """A traced function: torch's `ExportedProgram`, its inputs, and the structure of its outputs."""

    def __init__(self, program, signature, outputs):
        self.program, self.signature, self.outputs = program, signature, outputs

    @property
    def specs(self):
        """The inputs, in order."""
        return tree.flatten(self.signature)


def trace(fn, resources, signature, flat=True, grad=False, **options):
    """Trace a function.

    Args:
        fn: The function over torch tensors.
        resources: The layers whose weights it uses.
        signature: Its arguments: specs, nested as the arguments are.
        flat: Whether the program takes and gives flat lists of tensors, instead of the function's own structures.
        grad: Whether gradients are recorded while tracing, for functions that go by it.
        **options: For `torch.export.export`.

    Returns:
        A `Traced`.

    Raises:
        RuntimeError: if the function depends on values, or on the size of a dimension that should stay unknown.
    """
    signature = tuple(map(as_specs, signature))
    structures = []

    def flattened(*tensors):
        result = fn(*tree.pack_sequence_as(signature, list(tensors)))
        structures.append(tree.map_structure(lambda x: 0, result))
        return tuple(tree.flatten(result))

    arguments = tuple(tree.flatten(signature)) if flat else signature
    endpoint = _Endpoint(flattened if flat else fn, resources)
    examples = tree.map_structure(Spec.example, arguments)
    shapes = (tree.map_structure(Spec.dynamic, arguments),) if examples else None
    options = {"strict": False, "dynamic_shapes": shapes, **options}
    try:
        with torch.set_grad_enabled(grad):
            program = torch.export.export(endpoint, examples, **options)
    except Exception as error:
        shapes = [spec.shape for spec in tree.flatten(signature)]
        raise RuntimeError(
            f"The function cannot be exported for inputs of shape {shapes}. What it computes may depend on the values "
            "of a tensor, or on a size that is not given: use operations instead of Python's `if`, or give sizes in "
            f"`input_signature`. torch says: {error}"
        ) from error
    return Traced(program, signature, structures[-1] if flat else None)

"""A product of inputs with a kernel, as an einsum equation writes it: where scales belong, how integers multiply."""

import torch


class Product:
    """einsum(equation, inputs, kernel).

    Contracted axes are those that the output does not have. A scale for the kernel is kept as the output has its axes,
    with size 1 for those of the inputs, so that it divides the output.

    Args:
        equation: Such as "abc,cd->abd"; inputs and output may begin or end with "...".
    """

    def __init__(self, equation):
        equation = equation.replace(" ", "")
        left, self.output = equation.replace("...", "").split("->")
        self.inputs, self.kernel = left.split(",")
        self.equation = equation
        self.before = "..." if equation.startswith("...") else ""
        self.after = "..." if "...," in equation else ""
        self.contracted = tuple(i for i, axis in enumerate(self.kernel) if axis not in self.output)
        first = 0 if self.after else -len(self.inputs)
        self.inputs_axes = tuple(first + i for i, axis in enumerate(self.inputs) if axis not in self.output)
        self.is_matrix = self._is_matrix()

    def _is_matrix(self):
        """Whether the inputs' last axes are contracted with the kernel's first, whose others end the output."""
        count = len(self.contracted)
        contracted, new = self.kernel[:count], self.kernel[count:]
        return (
            count > 0
            and not self.after
            and self.inputs.endswith(contracted)
            and self.output == self.inputs[: len(self.inputs) - count] + new
            and self.contracted == tuple(range(count))
        )

    def __call__(self, inputs, kernel):
        return torch.einsum(self.equation, inputs, kernel)

    def gradient(self, upstream, kernel):
        """Return the gradient for the inputs."""
        before, after = self.before, self.after
        equation = f"{before}{self.output}{after},{self.kernel}->{before}{self.inputs}{after}"
        return torch.einsum(equation, upstream, kernel)

    def low_rank(self, inputs, a, b):
        """Return the product with a @ b, which replaces the kernel."""
        if self.output[-1] == self.kernel[-1] and not self.after:
            return torch.matmul(self(inputs, a), b)
        return self(inputs, torch.matmul(a, b))

    def integers(self, inputs, kernel):
        """Return the product of int8 inputs with an int8 kernel: in integers where torch can, else in float32."""
        count = len(self.contracted)
        if self.is_matrix and inputs.numel():
            matrix = kernel.reshape(self.matrix_shape(kernel.shape))
            rows = inputs.flatten(-count).flatten(0, -2)
            if rows.is_cpu or (rows.is_cuda and len(rows) > 16 and not any(n % 8 for n in matrix.shape)):
                x = torch._int_mm(rows, matrix)
                return x.reshape(*inputs.shape[: inputs.ndim - count], *kernel.shape[count:])
        return self(inputs.float(), kernel.float())

    def matrix_shape(self, shape):
        """Return the kernel's shape as a matrix: the contracted axes, and the others."""
        sizes = [1, 1]
        for axis, size in enumerate(shape):
            sizes[axis not in self.contracted] *= size
        return tuple(sizes)

    # ------------------------------------------------------------------ scales
    def scale_shape(self, shape):
        """Return the shape in which the scale of a kernel of this shape is kept."""
        sizes = dict(zip(self.kernel, shape))
        return tuple(sizes.get(axis, 1) for axis in self.output)

    def of_kernel(self, scale):
        """Return a kernel's scale, of size 1 along contracted axes, as it is kept."""
        return self._aligned(scale, self.kernel, "", "")

    def to_kernel(self, scale):
        """Return a scale that was kept, as it divides the kernel."""
        kept = [axis for axis in self.output if axis in self.kernel]
        order = [axis for axis in self.kernel if axis in kept]
        sizes = dict(zip(self.output, scale.shape))
        scale = scale.reshape([sizes[axis] for axis in kept])
        scale = scale.permute([kept.index(axis) for axis in order])
        return scale.reshape([sizes[axis] if axis in kept else 1 for axis in self.kernel])

    def of_inputs(self, scale):
        """Return the inputs' scale, of size 1 along contracted axes, as it divides the output."""
        return self._aligned(scale, self.inputs, self.before, self.after)

    def _aligned(self, scale, axes, before, after):
        kept = "".join(axis for axis in self.output if axis in axes)
        scale = torch.einsum(f"{before}{axes}{after}->{before}{kept}{after}", scale)
        hidden = scale.ndim - len(kept)
        first, last = (scale.shape[:hidden], ()) if before else ((), scale.shape[len(kept) :])
        sizes = dict(zip(kept, scale.shape[len(first) :]))
        return scale.reshape(*first, *(sizes.get(axis, 1) for axis in self.output), *last)


class StraightThrough(torch.autograd.Function):
    """A function whose gradient is another function's, since rounding has none."""

    @staticmethod
    def forward(ctx, inputs, function, gradient):
        ctx.gradient = gradient
        return function(inputs)

    @staticmethod
    def backward(ctx, upstream):
        return ctx.gradient(upstream), None, None


def straight_through(inputs, function, product, kernel):
    """Return function(inputs), whose gradient for the inputs is that of the product with kernel()."""
    if not (torch.is_grad_enabled() and inputs.requires_grad):
        return function(inputs)
    return StraightThrough.apply(inputs, function, lambda upstream: product.gradient(upstream, kernel()))

"""New tensors: filled, ranges, matrices, windows."""

import math

import torch

from kerastorch.core import settings
from kerastorch.core.dtypes import result_type, to_torch_dtype
from kerastorch.core.edge import as_tensor
from kerastorch.core.op import Tensor, op
from kerastorch.ops.common import as_float


def _shape(shape):
    return (shape,) if isinstance(shape, int) else tuple(int(size) for size in shape)


@op
def zeros(shape, dtype=None):
    """Zeros.

    >>> keras.ops.zeros((2,))
    tensor([0., 0.])
    """
    return torch.zeros(_shape(shape), dtype=to_torch_dtype(dtype), device=settings.default_device())


@op
def ones(shape, dtype=None):
    """Ones.

    >>> keras.ops.ones((2,))
    tensor([1., 1.])
    """
    return torch.ones(_shape(shape), dtype=to_torch_dtype(dtype), device=settings.default_device())


@op
def full(shape, fill_value, dtype=None):
    """One value everywhere.

    >>> keras.ops.full((2,), 3.0)
    tensor([3., 3.])
    """
    return as_tensor(fill_value, to_torch_dtype(dtype)).expand(_shape(shape)).clone()


@op
def empty(shape, dtype=None):
    """A tensor whose values may be anything.

    >>> keras.ops.empty((2, 3)).shape
    torch.Size([2, 3])
    """
    return torch.empty(_shape(shape), dtype=to_torch_dtype(dtype), device=settings.default_device())


def _like(x, dtype):
    return x.dtype if dtype is None else to_torch_dtype(dtype)


@op
def zeros_like(x: Tensor, dtype=None):
    """Zeros in the shape of x.

    >>> keras.ops.zeros_like([1.0, 2.0])
    tensor([0., 0.])
    """
    return torch.zeros_like(x, dtype=_like(x, dtype))


@op
def ones_like(x: Tensor, dtype=None):
    """Ones in the shape of x.

    >>> keras.ops.ones_like([1.0, 2.0])
    tensor([1., 1.])
    """
    return torch.ones_like(x, dtype=_like(x, dtype))


@op
def full_like(x: Tensor, fill_value, dtype=None):
    """One value in the shape of x.

    >>> keras.ops.full_like([1.0, 2.0], 3.0)
    tensor([3., 3.])
    """
    return as_tensor(fill_value, _like(x, dtype)).to(x.device).expand(x.shape).clone()


@op
def empty_like(x: Tensor, dtype=None):
    """A tensor in the shape of x whose values may be anything.

    >>> keras.ops.empty_like([1.0, 2.0]).shape
    torch.Size([2])
    """
    return torch.empty_like(x, dtype=_like(x, dtype))


@op
def arange(start, stop=None, step=None, dtype=None):
    """Numbers from `start` to before `stop`, `step` apart.

    >>> keras.ops.arange(3), keras.ops.arange(1.0, 2.0, 0.5)
    (tensor([0, 1, 2], dtype=torch.int32), tensor([1.0000, 1.5000]))
    """
    values = [
        as_tensor(v) if not isinstance(v, (int, float)) else v for v in (start, stop, step) if v is not None
    ]
    if dtype is None:
        dtype = result_type(*(v.dtype if isinstance(v, torch.Tensor) else type(v) for v in values))
    values = [v.item() if isinstance(v, torch.Tensor) else v for v in values]
    if stop is None:
        values = [0, values[0], *values[1:]]
    return torch.arange(*values, dtype=to_torch_dtype(dtype), device=settings.default_device())


@op
def linspace(start, stop, num=50, endpoint=True, retstep=False, dtype=None, axis=0):
    """`num` numbers from `start` to `stop` at equal distances; with `retstep` also the distance.

    >>> keras.ops.linspace(0.0, 1.0, 3)
    tensor([0.0000, 0.5000, 1.0000])
    """
    start, stop = _interval(start, stop, dtype)
    divisions = num - 1 if endpoint else num
    steps = torch.arange(num, dtype=torch.float64, device=start.device)
    steps = steps.reshape([num] + [1] * start.ndim)
    width = stop.double() - start.double()
    step = width / divisions if divisions > 0 else torch.full_like(width, math.nan)
    values = start.double() + steps * (step if divisions > 0 else 0)
    if endpoint and num > 1:
        values = torch.cat([values[:-1], stop.double()[None]])
    values = values.movedim(0, axis).to(start.dtype if dtype is None else to_torch_dtype(dtype))
    return (values, step.to(start.dtype)) if retstep else values


def _interval(start, stop, dtype):
    start, stop = as_tensor(start), as_tensor(stop)
    common = to_torch_dtype(result_type(start.dtype, stop.dtype, float) if dtype is None else dtype)
    common = common if common.is_floating_point else torch.float32
    return torch.broadcast_tensors(start.to(common), stop.to(common))


@op
def logspace(start, stop, num=50, endpoint=True, base=10, dtype=None, axis=0):
    """`base` to the power of numbers from `start` to `stop` at equal distances.

    >>> keras.ops.logspace(0.0, 2.0, 3)
    tensor([  1.,  10., 100.])
    """
    start, stop = _interval(start, stop, dtype)
    values = base ** linspace(start.double(), stop.double(), num, endpoint, axis=axis)
    return values.to(start.dtype if dtype is None else to_torch_dtype(dtype))


@op
def geomspace(start, stop, num=50, endpoint=True, dtype=None, axis=0):
    """`num` numbers from `start` to `stop` at equal ratios.

    >>> keras.ops.geomspace(1.0, 100.0, 3)
    tensor([  1.,  10., 100.])
    """
    start, stop = _interval(start, stop, dtype)
    values = linspace(start.double().abs().log(), stop.double().abs().log(), num, endpoint, axis=axis).exp()
    return (values * start.sign()).to(start.dtype if dtype is None else to_torch_dtype(dtype))


def _count(n):
    if isinstance(n, float) or (isinstance(n, torch.Tensor) and n.is_floating_point()):
        raise TypeError(f"The number of rows or columns must be an integer. Received: {n}")
    return int(n)


@op
def eye(N, M=None, k=0, dtype=None):
    """A matrix of N rows and M columns with ones on the diagonal `k`.

    >>> keras.ops.eye(2)
    tensor([[1., 0.],
            [0., 1.]])
    """
    dtype, device = to_torch_dtype(dtype), settings.default_device()
    rows, columns = (
        torch.arange(_count(N), device=device),
        torch.arange(_count(N if M is None else M), device=device),
    )
    return (columns - rows[:, None] == k).to(dtype)


@op
def identity(n, dtype=None):
    """The identity matrix.

    >>> keras.ops.identity(2)
    tensor([[1., 0.],
            [0., 1.]])
    """
    return torch.eye(n, dtype=to_torch_dtype(dtype), device=settings.default_device())


@op
def tri(N, M=None, k=0, dtype=None):
    """A matrix with ones on and below the diagonal `k`.

    >>> keras.ops.tri(2)
    tensor([[1., 0.],
            [1., 1.]])
    """
    return torch.tril(torch.ones(N, N if M is None else M, device=settings.default_device()), k).to(
        to_torch_dtype(dtype)
    )


@op
def diag(x: Tensor, k=0):
    """The diagonal `k` of a matrix, or the matrix that has a vector there.

    >>> keras.ops.diag([1, 2])
    tensor([[1, 0],
            [0, 2]], dtype=torch.int32)
    """
    return torch.diag(x, k)


@op
def diagflat(x: Tensor, k=0):
    """The matrix that has all values of x on its diagonal `k`.

    >>> keras.ops.diagflat([1, 2])
    tensor([[1, 0],
            [0, 2]], dtype=torch.int32)
    """
    return torch.diagflat(x, k)


@op
def vander(x: Tensor, N=None, increasing=False):
    """The matrix of powers of x.

    >>> keras.ops.vander([1, 2, 3], 2)
    tensor([[1, 1],
            [2, 1],
            [3, 1]], dtype=torch.int32)
    """
    return torch.vander(x, N, increasing).to(x.dtype)


@op
def meshgrid(*x, indexing="xy"):
    """The coordinates of the grid that vectors span.

    >>> [g.shape for g in keras.ops.meshgrid([1, 2], [3, 4, 5])]
    [torch.Size([3, 2]), torch.Size([3, 2])]
    """
    if indexing not in ("xy", "ij"):
        raise ValueError(f"`indexing` must be 'xy' or 'ij'. Received: indexing={indexing!r}")
    return list(torch.meshgrid(*(as_tensor(v).reshape(-1) for v in x), indexing=indexing))


def _window(x, cosines):
    n = int(x)
    if n <= 1:
        return torch.ones(max(n, 0), device=settings.default_device())
    angle = 2 * math.pi * torch.arange(n, dtype=torch.float64, device=settings.default_device()) / (n - 1)
    return sum((-1) ** k * a * (k * angle).cos() for k, a in enumerate(cosines)).to(to_torch_dtype(None))


@op
def hanning(x: Tensor):
    """The Hann window of x points.

    >>> keras.ops.hanning(3)
    tensor([0., 1., 0.])
    """
    return _window(x, (0.5, 0.5))


@op
def hamming(x: Tensor):
    """The Hamming window of x points.

    >>> keras.ops.hamming(3)
    tensor([0.0800, 1.0000, 0.0800])
    """
    return _window(x, (0.54, 0.46))


@op
def blackman(x: Tensor):
    """The Blackman window of x points.

    >>> keras.ops.blackman(3).round(decimals=4).abs()
    tensor([0., 1., 0.])
    """
    return _window(x, (0.42, 0.5, 0.08))


@op
def bartlett(x: Tensor):
    """The triangular window of x points.

    >>> keras.ops.bartlett(3)
    tensor([0., 1., 0.])
    """
    n = int(x)
    if n <= 1:
        return torch.ones(n, device=settings.default_device())
    position = torch.arange(n, dtype=torch.float32, device=settings.default_device())
    return 1 - (2 * position / (n - 1) - 1).abs()


@op
def kaiser(x: Tensor, beta):
    """The Kaiser window of x points.

    >>> keras.ops.kaiser(3, 0.0)
    tensor([1., 1., 1.])
    """
    return torch.kaiser_window(int(x), periodic=False, beta=float(beta), device=settings.default_device())


@op
def polar(abs_: Tensor, angle: Tensor):
    """The complex number of an absolute value and an angle.

    >>> keras.ops.polar([1.0], [0.0])
    tensor([1.+0.j])
    """
    return torch.polar(as_float(abs_), as_float(torch.as_tensor(angle)))


@op
def view_as_complex(x: Tensor):
    """Complex numbers from pairs along the last axis.

    >>> keras.ops.view_as_complex([[1.0, 2.0]])
    tensor([1.+2.j])
    """
    if x.shape[-1] != 2:
        raise ValueError(
            f"Last dimension of input must be size 2 (real, imaginary). Received: shape {tuple(x.shape)}"
        )
    return torch.view_as_complex(x.float().contiguous())


@op
def view_as_real(x: Tensor):
    """Pairs (real, imaginary) along a new last axis.

    >>> keras.ops.view_as_real(keras.ops.polar([1.0], [0.0]))
    tensor([[1., 0.]])
    """
    return torch.view_as_real(x.resolve_conj())

"""Names of `keras.ops.linalg`: decompositions, inverses, solutions, norms of matrices."""

import torch

from kerastorch.core.edge import for_user
from kerastorch.core.infer import is_guessing, is_inferring, known
from kerastorch.core.op import Tensor, op
from kerastorch.ops.common import as_float, promote_tensors


def _matrices(x, square=False):
    x = as_float(x)
    if x.ndim < 2:
        raise ValueError(f"Input should have rank >= 2. Received: shape {tuple(x.shape)}")
    if is_guessing():
        raise ValueError("Input should have its last 2 dimensions fully-defined: the size of the matrices.")
    if square and x.shape[-1] != x.shape[-2]:
        raise ValueError(f"Expected a square matrix. Received: shape {tuple(x.shape)}")
    return x


@op
def cholesky(x: Tensor, upper=False):
    """The triangular matrix L with L @ L.T = x.

    >>> keras.ops.cholesky([[4.0, 0.0], [0.0, 9.0]])
    tensor([[2., 0.],
            [0., 3.]])
    """
    try:
        return torch.linalg.cholesky(_matrices(x, True), upper=upper)
    except torch.linalg.LinAlgError as e:
        raise ValueError(f"Cholesky decomposition failed: {e}") from e


@op
def cholesky_inverse(x: Tensor, upper=False):
    """The inverse of the matrix whose Cholesky factor is x.

    >>> keras.ops.cholesky_inverse([[2.0, 0.0], [0.0, 1.0]])
    tensor([[0.2500, -0.0000],
            [-0.0000, 1.0000]])
    """
    return torch.cholesky_inverse(_matrices(x, True), upper=upper)


@op
def det(x: Tensor):
    """The determinant.

    >>> keras.ops.det([[1.0, 2.0], [3.0, 4.0]]).round(decimals=4)
    tensor(-2.)
    """
    return torch.linalg.det(_matrices(x, True))


@op
def slogdet(x: Tensor):
    """The sign and the logarithm of the absolute value of the determinant.

    >>> sign, logarithm = keras.ops.slogdet([[2.0, 0.0], [0.0, 1.0]])
    >>> sign, logarithm
    (tensor(1.), tensor(0.6931))
    """
    return tuple(torch.linalg.slogdet(_matrices(x, True)))


@op
def logdet(x: Tensor):
    """The logarithm of the determinant.

    >>> keras.ops.logdet([[2.0, 0.0], [0.0, 1.0]])
    tensor(0.6931)
    """
    return torch.logdet(_matrices(x, True))


@op
def eig(x: Tensor):
    """Eigenvalues and eigenvectors, complex.

    >>> keras.ops.eig([[2.0, 0.0], [0.0, 1.0]])[0].real
    tensor([2., 1.])
    """
    return tuple(torch.linalg.eig(_matrices(x, True)))


@op
def eigh(x: Tensor):
    """Eigenvalues, ascending, and eigenvectors of a symmetric matrix.

    >>> keras.ops.eigh([[2.0, 0.0], [0.0, 1.0]])[0]
    tensor([1., 2.])
    """
    return tuple(torch.linalg.eigh(_matrices(x, True)))


@op
def inv(x: Tensor):
    """The inverse.

    >>> keras.ops.inv([[2.0, 0.0], [0.0, 4.0]])
    tensor([[0.5000, 0.0000],
            [0.0000, 0.2500]])
    """
    return torch.linalg.inv(_matrices(x, True))


@op
def pinv(x: Tensor, rcond=None):
    """The pseudoinverse; singular values below `rcond` times the largest count as 0.

    >>> keras.ops.pinv([[2.0], [0.0]])
    tensor([[0.5000, 0.0000]])
    """
    return torch.linalg.pinv(_matrices(x), rtol=rcond)


@op
def lu_factor(x: Tensor):
    """The LU factors in one matrix, and the pivots (from 0, int32).

    >>> keras.ops.lu_factor([[2.0, 0.0], [0.0, 1.0]])[1]
    tensor([0, 1], dtype=torch.int32)
    """
    factors, pivots = torch.linalg.lu_factor(_matrices(x))
    return factors, pivots - 1


@op
def matrix_rank(x: Tensor, tol=None):
    """The rank, int32.

    >>> keras.ops.matrix_rank([[1.0, 1.0], [1.0, 1.0]])
    tensor(1, dtype=torch.int32)
    """
    rtol = None if tol is None else 0.0
    return torch.linalg.matrix_rank(_matrices(x), atol=tol, rtol=rtol).to(torch.int32)


@op
def norm(x: Tensor, ord=None, axis=None, keepdims=False):
    """The norm of vectors along one axis, of matrices along two, or of everything.

    >>> keras.ops.norm([3.0, 4.0])
    tensor(5.)
    """
    x = as_float(x)
    if axis is None and ord is None:
        return torch.linalg.vector_norm(x, dim=tuple(range(x.ndim)), keepdim=keepdims)
    axis = tuple(axis) if isinstance(axis, (list, tuple)) else axis
    if axis is None:
        axis = tuple(range(x.ndim)) if x.ndim == 2 else -1
        if x.ndim > 2:
            raise ValueError(f"`axis` must be given for a tensor of {x.ndim} axes. Received: ord={ord}")
    return torch.linalg.norm(x, ord, axis, keepdims)


@op
def qr(x: Tensor, mode="reduced"):
    """An orthogonal and an upper triangular matrix whose product is x.

    >>> [m.shape for m in keras.ops.qr(torch.ones(3, 2))]
    [torch.Size([3, 2]), torch.Size([2, 2])]
    """
    if mode not in ("reduced", "complete"):
        raise ValueError(
            f"`mode` must be 'reduced' or 'complete'. Expected one of {{'reduced', 'complete'}}. Received: mode={mode}"
        )
    if is_inferring() and None in known(x.shape[-2:]):
        raise ValueError(
            f"Input should have its last 2 dimensions fully-defined. Received: shape {known(x.shape)}"
        )
    return tuple(torch.linalg.qr(_matrices(x), mode))


@op
def svd(x: Tensor, full_matrices=True, compute_uv=True):
    """The singular value decomposition (u, s, vh), or s alone.

    >>> keras.ops.svd([[3.0, 0.0], [0.0, 2.0]], compute_uv=False)
    tensor([3., 2.])
    """
    x = _matrices(x)
    return tuple(torch.linalg.svd(x, full_matrices)) if compute_uv else torch.linalg.svdvals(x)


@op
def solve(a: Tensor, b: Tensor):
    """x with a @ x = b.

    >>> keras.ops.solve([[2.0, 0.0], [0.0, 4.0]], [2.0, 4.0])
    tensor([1., 1.])
    """
    a, b = promote_tensors(_matrices(a, True), b, float)
    return torch.linalg.solve(a, b)


@op
def solve_triangular(a: Tensor, b: Tensor, lower=False):
    """x with a @ x = b, a being triangular.

    >>> keras.ops.solve_triangular([[2.0, 0.0], [0.0, 4.0]], [2.0, 4.0])
    tensor([1., 1.])
    """
    a, b = promote_tensors(_matrices(a, True), b, float)
    vector = b.ndim == a.ndim - 1
    x = torch.linalg.solve_triangular(a, b.unsqueeze(-1) if vector else b, upper=not lower)
    return x.squeeze(-1) if vector else x


@op
def lstsq(a: Tensor, b: Tensor, rcond=None):
    """x with the least |a @ x - b|.

    >>> keras.ops.lstsq([[1.0], [1.0]], [1.0, 3.0])
    tensor([2.0000])
    """
    a, b = promote_tensors(_matrices(a), b, float)
    vector = b.ndim == 1
    x = torch.linalg.pinv(a, rtol=rcond) @ (b.unsqueeze(-1) if vector else b)
    return x.squeeze(-1) if vector else x


@op
def jvp(fun, primals, tangents, has_aux=False):
    """The value of a function and its derivative in the direction of tangents.

    >>> keras.ops.jvp(torch.square, (torch.tensor(3.0),), (torch.tensor(1.0),))
    (tensor(9.), tensor(6.))
    """
    return torch.func.jvp(for_user(fun), tuple(primals), tuple(tangents), has_aux=has_aux)

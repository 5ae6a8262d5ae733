"""`tf.linalg`: matrix products, decompositions, solvers, diagonals.

https://www.tensorflow.org/api_docs/python/tf/linalg
"""

import torch

from ._array import transpose as _transpose
from ._dtypes import as_dtype
from ._elementwise import FLOATS, NUMBERS
from ._failure import invalid, shape_text
from ._make import eye as eye
from ._make import sizes
from ._reduce import global_norm as global_norm
from ._reduce import norm as norm
from ._tensor import EagerTensor
from ._wrap import Own, Same, SameList, op, tensor, wrap_all


@op("MatMul", allowed=NUMBERS)
def _matmul(a: Same, b: Same, transpose_a=False, transpose_b=False, adjoint_a=False, adjoint_b=False):
    if a.ndim < 2 or b.ndim < 2:
        raise invalid("MatMul", f"In[0] and In[1] ndims must be == 2: {min(a.ndim, b.ndim)}")
    if transpose_a or adjoint_a:
        a = a.mH if adjoint_a else a.mT
    if transpose_b or adjoint_b:
        b = b.mH if adjoint_b else b.mT
    return torch.matmul(a, b)


def matmul(
    a,
    b,
    transpose_a=False,
    transpose_b=False,
    adjoint_a=False,
    adjoint_b=False,
    a_is_sparse=False,
    b_is_sparse=False,
    output_type=None,
    grad_a=False,
    grad_b=False,
    name=None,
):
    """Return the product of matrices, or of batches of them.

    Args:
        a, b: Tensors of rank 2 or more.
        transpose_a, transpose_b: Whether to transpose the factor first.
        adjoint_a, adjoint_b: Whether to conjugate and transpose the factor first.
        a_is_sparse, b_is_sparse: Hints that make no difference here.
        output_type: The dtype of the result, by default that of the factors.

    >>> print(tf.matmul([[1, 2]], [[3], [4]]))
    tf.Tensor([[11]], shape=(1, 1), dtype=int32)
    """
    if (transpose_a and adjoint_a) or (transpose_b and adjoint_b):
        raise ValueError("Only one of `transpose_a` and `adjoint_a` can be True.")
    if transpose_a or transpose_b or adjoint_a or adjoint_b:
        out = _matmul(a, b, transpose_a, transpose_b, adjoint_a, adjoint_b)
    else:
        out = _matmul(a, b)
    return out if output_type is None else EagerTensor(out._t.to(as_dtype(output_type)._torch))


@op("MatVec", allowed=NUMBERS)
def matvec(
    a: Same, b: Same, transpose_a=False, adjoint_a=False, a_is_sparse=False, b_is_sparse=False, name=None
):
    """Return the product of a matrix and a vector, or of batches of them."""
    a = a.mH if adjoint_a else a.mT if transpose_a else a
    return torch.matmul(a, b.unsqueeze(-1)).squeeze(-1)


@op("MatMul", allowed=NUMBERS)
def _tensordot(a: Same, b: Same, axes):
    if isinstance(axes, int):
        left, right = list(range(a.ndim - axes, a.ndim)), list(range(axes))
    else:
        left, right = ([x] if isinstance(x, int) else list(x) for x in axes)
    left, right = [i % a.ndim for i in left], [i % b.ndim for i in right]
    if [a.shape[i] for i in left] != [b.shape[i] for i in right]:
        rows = [n for i, n in enumerate(a.shape) if i not in left]
        columns = [n for i, n in enumerate(b.shape) if i not in right]
        one = [_product(rows), _product([a.shape[i] for i in left])]
        two = [_product([b.shape[i] for i in right]), _product(columns)]
        message = f"Matrix size-incompatible: In[0]: {shape_text(one)}, In[1]: {shape_text(two)}"
        raise invalid("MatMul", message, "__MklMatMul")
    return torch.tensordot(a, b, dims=(left, right))


def _product(values):
    out = 1
    for v in values:
        out *= v
    return out


def tensordot(a, b, axes, name=None):
    """Return the sum of products over the axes named: a number of last and first ones, or two lists."""
    if hasattr(axes, "numpy"):
        axes = axes.numpy().tolist()
    return _tensordot(a, b, axes)


@op("Einsum", allowed=NUMBERS)
def _einsum(equation, inputs: SameList):
    sizes_ = {}
    for term, x in zip(equation.replace(" ", "").split("->")[0].split(","), inputs):
        if "." not in term:
            if len(term) != x.ndim:
                raise invalid(
                    "Einsum",
                    f"Expected input of rank {len(term)} for {term!r}. Received: shape {shape_text(x.shape)}",
                )
            for axis, letter in enumerate(term):
                if sizes_.setdefault(letter, x.shape[axis]) != x.shape[axis]:
                    message = (
                        f"Expected dimension {sizes_[letter]} at axis {axis} of the input shaped {shape_text(x.shape)} "
                        f"but got dimension {x.shape[axis]}"
                    )
                    raise invalid("Einsum", message, f"__MklEinsum_N_{len(inputs)}")
    return torch.einsum(equation, *inputs)


def einsum(equation, *inputs, **kwargs):
    """Return the sum of products that the equation says.

    >>> print(tf.einsum("ij,jk->ik", tf.ones([1, 2]), tf.ones([2, 1])))
    tf.Tensor([[2.]], shape=(1, 1), dtype=float32)
    """
    unknown = set(kwargs) - {"name", "optimize"}
    if unknown:
        raise TypeError(
            f"Invalid keyword arguments for this function: {', '.join(sorted(unknown))}. Expected: name, optimize."
        )
    if not isinstance(equation, str):
        raise TypeError(f"equation must be a string. Received: {equation!r}")
    return _einsum(equation, list(inputs))


def matrix_transpose(a, name="matrix_transpose", conjugate=False):
    """Return a with its last two axes swapped."""
    a = tensor(a)
    if a.ndim < 2:
        raise ValueError(
            f"Argument `a` should be a (batch) matrix with rank >= 2. Received `a` = {a!r} with shape: {a.shape}"
        )
    return _transpose(a, [*range(a.ndim - 2), a.ndim - 1, a.ndim - 2], conjugate)


def adjoint(matrix, name=None):
    """Return the conjugate transpose."""
    return matrix_transpose(matrix, conjugate=True)


def _square(kernel, x):
    if x.shape[-1] != x.shape[-2]:
        raise invalid(kernel, "Input matrix must be square.", name="")


@op("MatrixInverse", allowed=FLOATS)
def inv(input: Same, adjoint=False, name=None):
    """Return the inverse of a square matrix."""
    _square("MatrixInverse", input)
    try:
        out = torch.linalg.inv(input)
    except torch.linalg.LinAlgError:
        raise invalid("MatrixInverse", "Input is not invertible.", name="") from None
    return out.mH if adjoint else out


@op("Pinv", allowed=FLOATS)
def pinv(a: Same, rcond=None, validate_args=False, name=None):
    """Return the Moore-Penrose inverse."""
    if rcond is None:
        rcond = 10.0 * max(a.shape[-2:]) * torch.finfo(a.dtype).eps
    return torch.linalg.pinv(a, rtol=float(rcond))


@op("MatrixSolve", allowed=FLOATS)
def solve(matrix: Same, rhs: Same, adjoint=False, name=None):
    """Return x with matrix @ x = rhs."""
    try:
        return torch.linalg.solve(matrix.mH if adjoint else matrix, rhs)
    except torch.linalg.LinAlgError:
        raise invalid("MatrixSolve", "Input matrix is not invertible.", name="") from None


@op("MatrixTriangularSolve", allowed=FLOATS)
def triangular_solve(matrix: Same, rhs: Same, lower=True, adjoint=False, name=None):
    """Return x with matrix @ x = rhs for a triangular matrix."""
    if adjoint:
        return torch.linalg.solve_triangular(matrix.mH, rhs, upper=lower)
    return torch.linalg.solve_triangular(matrix, rhs, upper=not lower)


@op("MatrixSolveLs", allowed=FLOATS)
def lstsq(matrix: Same, rhs: Same, l2_regularizer=0.0, fast=True, name=None):
    """Return x that makes |matrix @ x - rhs|**2 + l2_regularizer * |x|**2 least."""
    if l2_regularizer:
        columns = matrix.shape[-1]
        gram = matrix.mH @ matrix + float(l2_regularizer) * torch.eye(
            columns, dtype=matrix.dtype, device=matrix.device
        )
        return torch.linalg.solve(gram, matrix.mH @ rhs)
    return torch.linalg.lstsq(matrix, rhs).solution


@op("Cholesky", allowed=FLOATS)
def cholesky(input: Same, name=None):
    """Return the lower triangular L with L @ L^T = input."""
    _square("Cholesky", input)
    out, info = torch.linalg.cholesky_ex(input)
    if input.is_cpu and bool((info != 0).any()):
        raise invalid(
            "Cholesky", "Cholesky decomposition was not successful. The input might not be valid.", name=""
        )
    return out


@op("CholeskySolve", allowed=FLOATS)
def cholesky_solve(chol: Same, rhs: Same, name=None):
    """Return x with A @ x = rhs, from the Cholesky factor of A."""
    return torch.cholesky_solve(rhs, chol)


def svd(tensor, full_matrices=False, compute_uv=True, name=None):
    """Return the singular values, and unless `compute_uv` is False the matrices u and v: (s, u, v)."""
    return _svd(tensor, full_matrices) if compute_uv else _svdvals(tensor)


@op("Svd", allowed=FLOATS)
def _svd(tensor: Same, full_matrices):
    u, s, vh = torch.linalg.svd(tensor, full_matrices=full_matrices)
    return s, u, vh.mH


@op("Svd", allowed=FLOATS)
def _svdvals(tensor: Same):
    return torch.linalg.svdvals(tensor)


@op("Qr", allowed=FLOATS)
def qr(input: Same, full_matrices=False, name=None):
    """Return the orthogonal q and the upper triangular r with q @ r = input."""
    q, r = torch.linalg.qr(input, mode="complete" if full_matrices else "reduced")
    return q, r


@op("SelfAdjointEigV2", allowed=FLOATS)
def eigh(tensor: Same, name=None):
    """Return the eigenvalues, in rising order, and the eigenvectors of a symmetric matrix."""
    e, v = torch.linalg.eigh(tensor)
    return e, v


@op("SelfAdjointEigV2", allowed=FLOATS)
def eigvalsh(tensor: Same, name=None):
    """Return the eigenvalues of a symmetric matrix in rising order."""
    return torch.linalg.eigvalsh(tensor)


@op("Eig", allowed=FLOATS)
def eig(tensor: Same, name=None):
    """Return the eigenvalues and eigenvectors, which are complex."""
    e, v = torch.linalg.eig(tensor)
    return e, v


@op("Eig", allowed=FLOATS)
def eigvals(tensor: Same, name=None):
    """Return the eigenvalues, which are complex."""
    return torch.linalg.eigvals(tensor)


@op("MatrixDeterminant", allowed=FLOATS)
def det(input: Same, name=None):
    """Return the determinant."""
    _square("MatrixDeterminant", input)
    return torch.linalg.det(input)


@op("LogMatrixDeterminant", allowed=FLOATS)
def slogdet(input: Same, name=None):
    """Return the sign and the logarithm of the absolute value of the determinant."""
    sign, log = torch.linalg.slogdet(input)
    return sign, log


@op("LogDet", allowed=FLOATS)
def logdet(matrix: Same, name=None):
    """Return the logarithm of the determinant of a positive definite matrix."""
    return 2.0 * torch.linalg.cholesky(matrix).diagonal(dim1=-2, dim2=-1).log().sum(-1)


@op("MatrixExponential", allowed=FLOATS)
def expm(input: Same, name=None):
    """Return the matrix exponential."""
    return torch.linalg.matrix_exp(input)


@op("Trace")
def trace(x: Own, name=None):
    """Return the sum of the diagonal."""
    return x.diagonal(dim1=-2, dim2=-1).sum(-1, dtype=x.dtype)


@op("MatrixDiag")
def _diag(diagonal: Own, k, num_rows, num_cols, padding):
    out = torch.diag_embed(diagonal, offset=k)
    rows = out.shape[-2] if num_rows == -1 else num_rows
    columns = out.shape[-1] if num_cols == -1 else num_cols
    out = out[..., : min(rows, out.shape[-2]), : min(columns, out.shape[-1])]
    out = torch.nn.functional.pad(out, [0, columns - out.shape[-1], 0, rows - out.shape[-2]])
    if padding:
        mark = torch.diag_embed(torch.ones_like(diagonal, dtype=torch.bool), offset=k)[..., :rows, :columns]
        mark = torch.nn.functional.pad(mark, [0, columns - mark.shape[-1], 0, rows - mark.shape[-2]])
        out = torch.where(mark, out, torch.tensor(padding, dtype=out.dtype, device=out.device))
    return out


def diag(diagonal, name="diag", k=0, num_rows=-1, num_cols=-1, padding_value=0, align="RIGHT_LEFT"):
    """Return the matrix that has these elements on its k-th diagonal."""
    if not isinstance(k, int):
        raise ValueError(
            f"`k` must be one whole number: bands of several diagonals are not built. Received: k={k}"
        )
    return _diag(diagonal, k, int(num_rows), int(num_cols), padding_value)


@op("MatrixDiagPart")
def _diag_part(input: Own, k):
    return input.diagonal(offset=k, dim1=-2, dim2=-1)


def diag_part(input, name="diag_part", k=0, padding_value=0, align="RIGHT_LEFT"):
    """Return the k-th diagonal."""
    if not isinstance(k, int):
        raise ValueError(
            f"`k` must be one whole number: bands of several diagonals are not read. Received: k={k}"
        )
    return _diag_part(input, k)


tensor_diag = diag


@op("DiagPart")
def tensor_diag_part(input: Own, name=None):
    """Return the diagonal of a tensor of rank 2."""
    return torch.diagonal(input)


@op("MatrixSetDiag")
def set_diag(input: Same, diagonal: Same, name="set_diag", k=0, align="RIGHT_LEFT"):
    """Return input with its k-th diagonal replaced."""
    return torch.diagonal_scatter(input, diagonal, offset=int(k), dim1=-2, dim2=-1)


@op("MatrixBandPart")
def band_part(input: Own, num_lower, num_upper, name=None):
    """Return input with 0 outside of the band of `num_lower` and `num_upper` diagonals; -1 keeps all of a side."""
    rows, columns = input.shape[-2:]
    lower, upper = sizes(num_lower)[0], sizes(num_upper)[0]
    i = torch.arange(rows, device=input.device).unsqueeze(1)
    j = torch.arange(columns, device=input.device)
    inside = ((lower < 0) | (i - j <= lower)) & ((upper < 0) | (j - i <= upper))
    return torch.where(inside, input, torch.zeros((), dtype=input.dtype, device=input.device))


@op("Cross", allowed=NUMBERS)
def cross(a: Same, b: Same, name=None):
    """Return the cross product of vectors of 3 elements."""
    return torch.linalg.cross(a, b)


@op("L2Normalize", allowed=FLOATS)
def _l2_normalize(x: Same, axis, epsilon):
    axis = list(range(x.ndim)) if axis is None else axis
    axis = [axis] if isinstance(axis, int) else list(axis)
    square = (x * x.conj()).real if x.is_complex() else x.square()
    return x * torch.rsqrt(square.sum(dim=axis, keepdim=True).clamp(min=epsilon))


def l2_normalize(x, axis=None, epsilon=1e-12, name=None, dim=None):
    """Return x / sqrt(max(sum(x**2), epsilon)) along `axis`."""
    return _l2_normalize(x, dim if axis is None else axis, epsilon)


def normalize(tensor, ord="euclidean", axis=None, name=None):
    """Return tensor divided by its norm, and the norm."""
    scale = norm(tensor, ord, axis, keepdims=True)
    return _divide(tensor, scale), scale


@op("RealDiv", allowed=FLOATS)
def _divide(x: Same, y: Same):
    return x / y


def matrix_rank(a, tol=None, validate_args=False, name=None):
    """Return the number of singular values above `tol`."""
    return wrap_all(torch.linalg.matrix_rank(tensor(a)._t, atol=tol).to(torch.int32))

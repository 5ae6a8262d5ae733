"""Control flow: branches, loops, maps and scans, run eagerly."""

import torch

from kerastorch.core import tree
from kerastorch.core.edge import as_tensor, for_user
from kerastorch.core.infer import is_inferring
from kerastorch.core.op import op


def _tensors(values):
    return tree.map_structure(lambda x: None if x is None else as_tensor(x), values)


@op
def cond(pred, true_fn, false_fn):
    """What `true_fn()` gives if the condition holds, else what `false_fn()` does.

    >>> keras.ops.cond(True, lambda: 1, lambda: 2)
    1
    """
    true_fn, false_fn = for_user(true_fn), for_user(false_fn)
    if isinstance(pred, torch.Tensor) and is_inferring():
        outputs, others = true_fn(), false_fn()
        if not _alike(outputs, others):
            raise ValueError(
                "`true_fn` and `false_fn` should return outputs of the same kind (struct, dtype and shape). "
                f"Received: {outputs} and {others}"
            )
        return outputs
    return true_fn() if pred else false_fn()


def _alike(a, b):
    if tree.is_nested(a) or tree.is_nested(b):
        tree.assert_same_structure(a, b)
        return all(_alike(x, y) for x, y in zip(tree.flatten(a), tree.flatten(b)))
    if isinstance(a, torch.Tensor) and isinstance(b, torch.Tensor):
        return a.dtype == b.dtype and a.shape == b.shape
    return (a is None) == (b is None)


@op
def switch(index, branches, *operands):
    """What the branch of that index gives; an index out of range is clipped.

    >>> keras.ops.switch(1, [lambda x: x + 1, lambda x: x * 2], torch.tensor(5))
    tensor(10)
    """
    if isinstance(index, torch.Tensor) and is_inferring():
        index = 0
    place = min(max(int(index), 0), len(branches) - 1)
    return for_user(branches[place])(*_tensors(operands))


@op
def while_loop(cond, body, loop_vars, maximum_iterations=None):
    """The variables after `body(*variables)` was applied to them for as long as `cond(*variables)` holds.

    >>> keras.ops.while_loop(lambda i: i < 10, lambda i: (i + 1,), (torch.tensor(0),))
    (tensor(10),)
    """
    cond, body = for_user(cond), for_user(body)
    many = isinstance(loop_vars, (list, tuple))
    values = _tensors(tuple(loop_vars) if many else (loop_vars,))
    if is_inferring():  # the body keeps shapes and dtypes
        return values if many else values[0]
    count = 0
    while (maximum_iterations is None or count < maximum_iterations) and bool(cond(*values)):
        values = body(*values)
        values = _tensors(tuple(values) if isinstance(values, (list, tuple)) else (values,))
        count += 1
    return values if many else values[0]


@op
def fori_loop(lower, upper, body_fun, init_val):
    """The value after `value = body_fun(i, value)` for i from `lower` to before `upper`.

    >>> keras.ops.fori_loop(0, 4, lambda i, total: total + i, 0)
    6
    """
    body_fun, value = for_user(body_fun), init_val
    if is_inferring() and any(isinstance(x, torch.Tensor) for x in (lower, upper)):
        return _tensors(value)
    for i in range(int(lower), int(upper)):
        value = body_fun(i, value)
    return value


def _steps(xs, length, what):
    leaves = [x for x in tree.flatten(xs) if x is not None]
    if not leaves and length is None:
        raise ValueError(f"Got no `{what}` to scan over and `length` is not given: pass one of them.")
    n = int(length) if length is not None else leaves[0].shape[0]
    for leaf in leaves:
        if leaf.shape[0] != n:
            raise ValueError(
                f"All of `{what}` must have {n} entries along the first axis. Received: {leaf.shape[0]}"
            )
    return n


def _stacked(values):
    first = values[0]
    if first is None:
        return None
    return tree.map_structure(lambda *parts: torch.stack([as_tensor(x) for x in parts]), first, *values[1:])


@op
def map(f, xs):
    """The results of a function on each entry along the first axis, stacked.

    >>> keras.ops.map(lambda x: x * 2, torch.tensor([1, 2]))
    tensor([2, 4])
    """
    f, xs = for_user(f), _tensors(xs)
    n = _steps(xs, None, "xs")
    return _stacked([f(tree.map_structure(lambda x, i=i: x[i], xs)) for i in range(n)])


@op
def vectorized_map(function, elements):
    """The results of a function on each entry along the first axis, computed together.

    >>> keras.ops.vectorized_map(lambda x: x * 2, torch.tensor([1, 2]))
    tensor([2, 4])
    """
    return torch.vmap(for_user(function))(_tensors(elements))


@op
def scan(f, init, xs=None, length=None, reverse=False, unroll=1):
    """The last carry and the stacked outputs of `carry, output = f(carry, x)` over entries along the first
    axis.

    >>> keras.ops.scan(lambda c, x: (c + x, c + x), torch.tensor(0), torch.tensor([1, 2, 3]))
    (tensor(6), tensor([1, 3, 6]))
    """
    if not callable(f):
        raise TypeError(f"`f` should be a callable. Received: f={f}")
    if not isinstance(unroll, bool) and (not isinstance(unroll, int) or unroll < 1):
        raise ValueError(f"`unroll` must be an positive integer or boolean. Received: unroll={unroll}")
    f, carry, xs = for_user(f), _tensors(init), _tensors(xs) if xs is not None else None
    n = _steps(xs, length, "xs")
    outputs = []
    for i in reversed(range(n)) if reverse else range(n):
        x = None if xs is None else tree.map_structure(lambda x, i=i: x[i], xs)
        carry, output = f(carry, x)
        outputs.append(output)
    return carry, _stacked(outputs[::-1] if reverse else outputs)


@op
def associative_scan(f, elems, reverse=False, axis=0):
    """All prefixes combined by an associative function of two entries.

    >>> keras.ops.associative_scan(lambda a, b: a + b, torch.tensor([1, 2, 3]))
    tensor([1, 3, 6])
    """
    f = for_user(f)
    elems = _tensors(elems)
    if reverse:
        elems = tree.map_structure(lambda x: x.flip(axis), elems)
    sizes = [x.shape[axis] for x in tree.flatten(elems)]
    n = sizes[0]
    if any(size != n for size in sizes):
        raise ValueError(
            "All of `elems` must have the same first dimension, the one along `axis`. "
            f"Received: axis={axis}, shapes={[tuple(x.shape) for x in tree.flatten(elems)]}"
        )
    distance = 1
    while distance < n:  # Hillis and Steele, 1986: each step doubles the length of what is combined
        left = tree.map_structure(lambda x, d=distance: x.narrow(axis, 0, n - d), elems)
        right = tree.map_structure(lambda x, d=distance: x.narrow(axis, d, n - d), elems)
        combined = f(left, right)
        elems = tree.map_structure(
            lambda x, y, d=distance: torch.cat([x.narrow(axis, 0, d), y], axis), elems, combined
        )
        distance *= 2
    return tree.map_structure(lambda x: x.flip(axis), elems) if reverse else elems


def vectorize(pyfunc, *, excluded=None, signature=None):
    """A function of arrays from a function of single elements (or of those that `signature` names).

    >>> keras.ops.vectorize(lambda x, y: x + y)(torch.tensor([1, 2]), torch.tensor(3))
    tensor([4, 5])
    """
    if not callable(pyfunc):
        raise TypeError(f"`pyfunc` must be a function. Received: pyfunc={pyfunc}")
    excluded = set(excluded or ())
    core = (
        [0 if not dims.strip() else dims.count(",") + 1 for dims in _inputs(signature)] if signature else None
    )

    @op
    def vectorized(*args):
        places = [i for i in range(len(args)) if i not in excluded]
        arrays = [as_tensor(args[i]) for i in places]
        ranks = core or [0] * len(arrays)
        outer = torch.broadcast_shapes(*(x.shape[: x.ndim - rank] for x, rank in zip(arrays, ranks)))
        arrays = [x.expand(*outer, *x.shape[x.ndim - rank :]) for x, rank in zip(arrays, ranks)]

        def call(*values):
            full = list(args)
            for i, value in zip(places, values):
                full[i] = value
            return pyfunc(*full)

        for _ in outer:
            call = torch.vmap(call)
        return call(*arrays)

    return vectorized


def _inputs(signature):
    return [part.strip("() ") for part in signature.split("->")[0].split("),")]

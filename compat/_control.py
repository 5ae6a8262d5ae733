"""Control flow as functions: `cond`, `while_loop`, `map_fn`, `scan`, ... Here they are Python's own."""

import torch

from kerastorch.core import tree

from ._array import stack
from ._convert import convert
from ._dtypes import as_dtype
from ._index import getitem
from ._ragged_ops import stacked
from ._ragged_spec import RaggedTensorSpec
from ._tensor import EagerTensor, Tensor
from ._wrap import raw_all, tensor, wrap_all
from .errors import InvalidArgumentError

_tuple = tuple  # `tf.tuple` takes the name below


def cond(pred, true_fn=None, false_fn=None, name=None):
    """Return `true_fn()` if pred is true, else `false_fn()`."""
    for fn, label in ((true_fn, "true_fn"), (false_fn, "false_fn")):
        if not callable(fn):
            raise TypeError(f"'{label}' must be callable. Received: {fn!r}")
    return true_fn() if bool(tensor(pred)) else false_fn()


def case(pred_fn_pairs, default=None, exclusive=False, strict=False, name="case"):
    """Return the result of the function beside the first predicate that is true, else of `default`."""
    pairs = list(pred_fn_pairs.items()) if isinstance(pred_fn_pairs, dict) else list(pred_fn_pairs)
    true = [fn for pred, fn in pairs if bool(tensor(pred))]
    if exclusive and len(true) > 1:
        raise InvalidArgumentError(
            None, None, "Input error: exclusive=True: more than 1 conditions evaluated as True"
        )
    if true:
        return true[0]()
    if default is None:
        if not pairs:
            raise ValueError("`pred_fn_pairs` must not be empty without `default`.")
        raise InvalidArgumentError(
            None, None, "None of conditions evaluated as True. Conditions: " + str([p for p, _ in pairs])
        )
    return default()


def switch_case(branch_index, branch_fns, default=None, name="switch_case"):
    """Return the result of the function with this number, else of `default`, the last function if it is None."""
    pairs = branch_fns.items() if isinstance(branch_fns, dict) else enumerate(branch_fns)
    table = {}
    for i, fn in pairs:
        i, fn = fn if isinstance(fn, _tuple) else (i, fn)
        table[i] = fn
    index = int(branch_index)
    return table.get(index, default or table[max(table)])()


def while_loop(
    cond,
    body,
    loop_vars,
    shape_invariants=None,
    parallel_iterations=10,
    back_prop=True,
    swap_memory=False,
    maximum_iterations=None,
    name=None,
):
    """Return the loop variables after `body` has been applied as long as `cond` holds."""
    if not callable(cond) or not callable(body):
        raise TypeError("'cond' and 'body' must be callable.")
    if not loop_vars:
        raise ValueError("'loop_vars' must be provided.")
    state = tree.map_structure(lambda x: tensor(x) if not hasattr(x, "write") else x, loop_vars)
    single = not isinstance(state, (list, _tuple))
    state = [state] if single else state
    count = 0
    while bool(tensor(cond(*state))) and (maximum_iterations is None or count < int(maximum_iterations)):
        result = body(*state)
        result = list(result) if isinstance(result, (list, _tuple)) else [result]
        result = [tree.map_structure(lambda x: x if hasattr(x, "write") else tensor(x), r) for r in result]
        state = (
            type(loop_vars)(result)
            if isinstance(loop_vars, (list, _tuple)) and not hasattr(loop_vars, "_fields")
            else result
        )
        count += 1
    return state[0] if single else state


def _slices(elems):
    """The number of slices of a structure along the first axis, and a function that gives one of them."""
    elems = tree.map_structure(tensor, elems)
    sizes = {len(x) for x in tree.flatten(elems)}
    if len(sizes) != 1:
        raise ValueError(f"elems must all have the same first dimension. Received: {sorted(sizes)}")
    return sizes.pop(), lambda i: tree.map_structure(lambda x: getitem(x, i), elems)


def _stacked(rows):
    return tree.map_structure(lambda *parts: stack(list(parts)), *rows)


def map_fn(
    fn,
    elems,
    dtype=None,
    parallel_iterations=None,
    back_prop=True,
    swap_memory=False,
    infer_shape=True,
    name=None,
    fn_output_signature=None,
):
    """Return the results of `fn` on each slice of `elems` along the first axis, stacked.

    >>> print(tf.map_fn(lambda x: x * 2, tf.constant([1, 2])))
    tf.Tensor([2 4], shape=(2,), dtype=int32)
    """
    if not callable(fn):
        raise TypeError(f"The provided function fn is not callable. Received: {fn!r}")
    count, part = _slices(elems)
    wanted = fn_output_signature if fn_output_signature is not None else dtype
    if not count:
        return tree.map_structure(
            lambda d: EagerTensor(torch.empty(0, dtype=_kind(d))), wanted if wanted is not None else "float32"
        )
    rows = [tree.map_structure(tensor, fn(part(i))) for i in range(count)]
    if isinstance(wanted, RaggedTensorSpec):
        return stacked(rows)
    return _stacked(rows)


def _kind(spec):
    return as_dtype(getattr(spec, "dtype", spec))._torch


def vectorized_map(fn, elems, fallback_to_while_loop=True, warn=True):
    """Return the results of `fn` on each slice of `elems`, computed together where torch can."""
    elems = tree.map_structure(tensor, elems)

    def run(*leaves):
        args = tree.pack_sequence_as(elems, [wrap_all(leaf) for leaf in leaves])
        return raw_all(tree.map_structure(tensor, fn(args)))

    if any(not isinstance(x._t, torch.Tensor) for x in tree.flatten(elems)):
        return map_fn(fn, elems)
    return wrap_all(torch.vmap(run, randomness="different")(*[x._t for x in tree.flatten(elems)]))


def _fold(fn, elems, initializer, order, keep):
    count, part = _slices(elems)
    order = list(order(count))
    state = part(order.pop(0)) if initializer is None else tree.map_structure(tensor, initializer)
    states = [state] if initializer is None else []
    for i in order:
        state = fn(state, part(i))
        states.append(state)
    return states if keep else state


def foldl(fn, elems, initializer=None, parallel_iterations=10, back_prop=True, swap_memory=False, name=None):
    """Return fn(... fn(fn(initializer, first), second) ..., last)."""
    return _fold(fn, elems, initializer, range, False)


def foldr(fn, elems, initializer=None, parallel_iterations=10, back_prop=True, swap_memory=False, name=None):
    """Return the fold from the last slice to the first."""
    return _fold(fn, elems, initializer, lambda n: reversed(range(n)), False)


def scan(
    fn,
    elems,
    initializer=None,
    parallel_iterations=10,
    back_prop=True,
    swap_memory=False,
    infer_shape=True,
    reverse=False,
    name=None,
):
    """Return all intermediate results of `foldl`, stacked."""
    states = _fold(fn, elems, initializer, (lambda n: reversed(range(n))) if reverse else range, True)
    return _stacked(states[::-1] if reverse else states)


def group(*inputs, **kwargs):
    """Return nothing: what is grouped has been computed."""
    return None


def no_op(name=None):
    """Do nothing."""
    return None


def tuple(tensors, control_inputs=None, name=None):
    """Return the tensors, which are all computed."""
    return [None if t is None else tensor(t) for t in tensors]


def _as_declared(result, wanted):
    if wanted is None or (isinstance(wanted, (list, _tuple)) and not wanted):
        return None if not isinstance(wanted, (list, _tuple)) else []
    if isinstance(wanted, (list, _tuple)):
        return [_as_declared(r, w) for r, w in zip(result, wanted)]
    kind = as_dtype(getattr(wanted, "dtype", wanted))
    raw = convert(result)
    return wrap_all(raw if kind._torch is None or raw.dtype is kind._torch else raw.to(kind._torch))


def py_function(func=None, inp=None, Tout=None, name=None):
    """Return the results of a Python function on tensors, with the dtypes `Tout`."""
    return _as_declared(func(*[tensor(x) for x in inp]), Tout)


def numpy_function(func=None, inp=None, Tout=None, stateful=True, name=None):
    """Return the results of a Python function on NumPy arrays, with the dtypes `Tout`."""
    return _as_declared(func(*[tensor(x).numpy() for x in inp]), Tout)


def executing_eagerly():
    """Tell whether operations give values at once: always here."""
    return True


def is_tensor(x):
    """Tell whether x is a tensor or a variable."""
    return isinstance(x, (Tensor, torch.nn.Parameter)) or hasattr(x, "__tf_tensor__")

"""Loops, branches and gradients."""

import torch

from kerastorch.core import edge, tree
from kerastorch.core.edge import as_tensor, for_user
from kerastorch.core.op import Tensor, op
from kerastorch.layers.recurrent.scan import scan


@op
def map_fn(fn, elems: Tensor, name=None, dtype=None):
    """A function's results for each entry of the first axis, side by side.

    >>> keras.backend.map_fn(lambda x: x * 2, [1.0, 2.0])
    tensor([2., 4.])
    """
    fn = for_user(fn)
    return torch.stack([as_tensor(fn(x), dtype) for x in elems.unbind(0)])


@op
def foldl(fn, elems: Tensor, initializer: Tensor = None, name=None):
    """fn(fn(fn(initializer, x0), x1), ...), over the entries of the first axis.

    >>> keras.backend.foldl(lambda total, x: total + x, [1.0, 2.0, 3.0])
    tensor(6.)
    """
    return _fold(for_user(fn), elems.unbind(0), initializer)


@op
def foldr(fn, elems: Tensor, initializer: Tensor = None, name=None):
    """Like `foldl`, from the last entry to the first."""
    return _fold(for_user(fn), elems.unbind(0)[::-1], initializer)


def _fold(fn, entries, total):
    entries = list(entries)
    total = entries.pop(0) if total is None else total
    for x in entries:
        total = fn(total, x)
    return total


@op
def switch(condition: Tensor, then_expression, else_expression):
    """One of two expressions: tensors, or functions of nothing that give them.

    A condition with axes chooses element by element; it may lack the last axes of the expressions.

    >>> keras.backend.switch([True, False], torch.tensor([1.0, 2.0]), torch.tensor([3.0, 4.0]))
    tensor([1., 4.])
    """
    then_expression, else_expression = (
        for_user(x) if callable(x) and not edge.is_tensor(x) else x
        for x in (then_expression, else_expression)
    )
    if condition.ndim == 0 and condition.device.type != "meta":
        chosen = then_expression if condition else else_expression
        return chosen() if callable(chosen) else as_tensor(chosen)
    first, second = (as_tensor(x() if callable(x) else x) for x in (then_expression, else_expression))
    missing = max(first.ndim, second.ndim) - condition.ndim
    condition = condition.bool().reshape(*condition.shape, *[1] * missing) if condition.ndim else condition
    return torch.where(condition.bool(), first, second)


def gradients(loss, variables):
    """The gradients of a loss with respect to variables it was computed from; None for those it was not.

    >>> v = keras.backend.variable([1.0, 2.0])
    >>> keras.backend.gradients(keras.backend.sum(v * v), [v])
    [tensor([2., 4.])]
    """
    loss, targets = edge.unwrap(loss), edge.unwrap(list(tree.flatten(variables)))
    if not isinstance(loss, torch.Tensor) or not loss.requires_grad:
        raise RuntimeError(
            "`gradients` needs a loss that was computed with gradients on. Use `tf.GradientTape` around the "
            "computation instead."
        )
    found = torch.autograd.grad(loss.sum(), targets, allow_unused=True, retain_graph=True)
    return list(found)


@op
def stop_gradient(variables):
    """The same values as constants: no gradient goes through them.

    >>> keras.backend.stop_gradient(keras.backend.variable(2.0)).requires_grad
    False
    """
    return tree.map_structure(lambda x: as_tensor(x).detach(), variables)


@op
def rnn(
    step_function,
    inputs,
    initial_states,
    go_backwards=False,
    mask: Tensor = None,
    constants=None,
    unroll=False,
    input_length=None,
    time_major=False,
    zero_output_for_mask=False,
    return_all_outputs=True,
):
    """Call a step function on each time step.

    Args:
        step_function: Function of (input (batch, ...), states) to (output, new states).
        inputs: A tensor (batch, time, ...).
        initial_states: A list of tensors (batch, ...).
        go_backwards: Whether to start at the last step.
        mask: The steps to keep (batch, time). A skipped one repeats the output before it and the states.
        constants: Tensors that the function finds after the states.
        unroll, input_length: Taken for compatibility; the loop is always as long as the inputs.
        time_major: Whether inputs, mask and outputs have time before the batch.
        zero_output_for_mask: Whether a skipped step gives zeros.
        return_all_outputs: Whether the outputs of all steps are kept, or only the last.

    Returns:
        last output (batch, ...), outputs (batch, time, ...), final states

    >>> total = lambda x, states: (x + states[0], [x + states[0]])
    >>> keras.backend.rnn(total, torch.ones(1, 3, 1), [torch.zeros(1, 1)])[0]
    tensor([[3.]])
    """
    step, extra = for_user(step_function), [as_tensor(x) for x in constants or ()]
    inputs = as_tensor(inputs)
    states = [as_tensor(x) for x in initial_states]
    mask = None if mask is None else mask.bool().reshape(mask.shape[:2])
    if time_major:
        inputs, mask = inputs.transpose(0, 1), mask if mask is None else mask.t()
    if go_backwards:
        inputs, mask = inputs.flip(1), mask if mask is None else mask.flip(1)
    last, outputs, states = scan(
        lambda x, states: step(x, [*states, *extra]),
        inputs,
        states,
        mask,
        zero_output_for_mask,
        return_all_outputs,
    )
    outputs = last.unsqueeze(1) if outputs is None else outputs
    return last, outputs.transpose(0, 1) if time_major else outputs, list(states)

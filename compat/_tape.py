"""`tf.GradientTape` over torch's autograd, `custom_gradient` and `stop_gradient`.

A tape switches recording on for its `with` block; torch keeps the graph. What a tape adds is TensorFlow's view of it:
which variables and tensors were watched, and that a value made before the recording is a constant in it.
https://www.tensorflow.org/api_docs/python/tf/GradientTape
"""

import contextlib
import enum
import functools
import inspect
import threading

import numpy as np
import torch

from kerastorch.core import edge, tree

from ._convert import convert
from ._logging import get_logger
from ._tensor import EagerTensor, Tensor, newest
from ._wrap import Own, apply, op, raw_all, wrap_all


class _Tapes(threading.local):
    """The tapes of a thread that record now, the outermost first."""

    def __init__(self):
        self.open = []


_tapes = _Tapes()


class UnconnectedGradients(enum.Enum):
    """What the gradient of something that the target does not depend on is: None, or zeros."""

    NONE = "none"
    ZERO = "zero"


class GradientTape:
    """Records operations, to compute gradients.

    Args:
        persistent: Whether gradients can be computed more than once.
        watch_accessed_variables: Whether trainable variables are watched by themselves.

    >>> x = tf.Variable(3.0)
    >>> with tf.GradientTape() as tape:
    ...     y = x**2
    >>> print(tape.gradient(y, x))
    tf.Tensor(6.0, shape=(), dtype=float32)
    """

    def __init__(self, persistent=False, watch_accessed_variables=True):
        self._persistent = bool(persistent)
        self._watch_accessed_variables = bool(watch_accessed_variables)
        self._watched = {}
        self._recording = self._entered = self._used = self._shared = False
        self._newest = self._grad = None

    def __enter__(self):
        """Begin to record."""
        self._start()
        return self

    def __exit__(self, kind, value, traceback):
        """End the recording."""
        if self._recording:
            self._stop()

    def _start(self):
        if self._recording:
            raise ValueError(
                "Tape is still recording, This can happen if you try to re-enter an already-active tape."
            )
        if self._used:
            self._watched = {} if not self._persistent else self._watched
        for other in _tapes.open:
            other._shared = self._shared = True
        _tapes.open.append(self)
        self._recording = self._entered = True
        self._used = False
        self._context = edge.recording()
        self._context.__enter__()
        self._grad = torch.is_grad_enabled()
        torch._C._set_grad_enabled(True)

    def _stop(self):
        self._newest = newest.value
        if len(_tapes.open) == 1:
            newest.value = None  # the graph lives no longer than its tape and its values
        torch._C._set_grad_enabled(self._grad)
        self._context.__exit__(None, None, None)
        _tapes.open.remove(self)
        self._recording = False

    def watch(self, tensor):
        """Record what is done with a tensor, or with those of a list or dict of tensors."""
        for x in tree.flatten(tensor):
            if not isinstance(x, (Tensor, torch.Tensor)):
                raise ValueError(
                    f"Passed in object {x} of type {type(x).__name__!r}, not tf.Tensor or tf.Variable or ExtensionType."
                )
            if isinstance(x, Tensor):
                if isinstance(x._t, np.ndarray) or not (x._t.is_floating_point() or x._t.is_complex()):
                    get_logger().warning(
                        "The dtype of the watched tensor must be floating (e.g. tf.float32), got %r", x.dtype
                    )
                    continue
                if not x._t.requires_grad or getattr(x, "_epoch", None) not in (None, edge.recording_epoch()):
                    x._t = x._t.detach().requires_grad_(True)
                self._watched[id(x)] = x
            else:
                if torch.Tensor.is_floating_point(x) or torch.Tensor.is_complex(x):
                    x.requires_grad_(True)
                self._watched[id(x)] = x

    def watched_variables(self):
        """Return the variables that took part in the recording, in the order in which they were first used."""
        found = {id(v): v for v in self._watched.values() if isinstance(v, torch.nn.Parameter)}
        if self._watch_accessed_variables:
            value = newest.value if self._recording else self._newest
            for leaf in _leaves(value):
                if isinstance(leaf, torch.nn.Parameter) and getattr(leaf, "trainable", True):
                    found.setdefault(id(leaf), leaf)
        return tuple(found.values())

    @contextlib.contextmanager
    def stop_recording(self):
        """A context in which this tape does not record."""
        if not self._recording:
            raise RuntimeError("Tape is not recording.")
        depth = edge.set_recording_depth(len(_tapes.open) - 1)
        grad = torch.is_grad_enabled()
        torch._C._set_grad_enabled(grad and len(_tapes.open) > 1)
        _tapes.open.remove(self)
        try:
            yield
        finally:
            edge.set_recording_depth(depth)
            torch._C._set_grad_enabled(grad)
            _tapes.open.append(self)

    def reset(self):
        """Forget everything that was recorded."""
        self._watched = {}
        if self._recording:
            edge._recording.epoch += 1

    def gradient(
        self, target, sources, output_gradients=None, unconnected_gradients=UnconnectedGradients.NONE
    ):
        """Return the derivative of the sum of the targets by each source.

        Args:
            target: A tensor, or a list or dict of tensors.
            sources: A tensor or variable, or a list or dict of them.
            output_gradients: What to weigh each element of the targets with; by default all count 1.
            unconnected_gradients: `tf.UnconnectedGradients.NONE` or `.ZERO`, also by name.

        Raises:
            RuntimeError: On the second call, if the tape is not persistent.
        """
        self._take_turn()
        unconnected = _unconnected(unconnected_gradients)
        if target is None:
            raise TypeError(
                "Argument `target` should be a list or nested structure of Tensors, "
                "Variables or CompositeTensors to be "
                "differentiated, but received None."
            )
        targets, flat_sources = tree.flatten(target), tree.flatten(sources)
        self._check(flat_sources)
        weights = [None] * len(targets) if output_gradients is None else tree.flatten(output_gradients)
        outputs, seeds = [], []
        for t, w in zip(targets, weights):
            raw = self._target(t)
            if raw is not None and raw.requires_grad:
                outputs.append(raw)
                seeds.append(torch.ones_like(raw) if w is None else convert(w).to(raw.dtype).expand_as(raw))
        grads = self._differentiate(outputs, flat_sources, seeds)
        grads = [
            _zeros(s) if g is None and unconnected else None if g is None else wrap_all(g)
            for g, s in zip(grads, flat_sources)
        ]
        return tree.pack_sequence_as(sources, grads) if tree.is_nested(sources) else grads[0]

    def _take_turn(self):
        if not self._entered or (self._used and not self._persistent):
            raise RuntimeError(
                "A non-persistent GradientTape can only be used to compute one set of gradients (or jacobians)"
            )
        self._used = True
        if self._recording and not self._persistent:
            self._stop()

    @staticmethod
    def _check(sources):
        for s in sources:
            if not isinstance(s, (Tensor, torch.Tensor)):
                raise TypeError(
                    f"Passed in object {s!r} of type {type(s).__name__!r}, not tf.Tensor or "
                    "tf.Variable or ExtensionType."
                )

    @staticmethod
    def _target(t):
        if isinstance(t, Tensor):
            raw = t._t
            return (
                raw
                if isinstance(raw, torch.Tensor) and (raw.is_floating_point() or raw.is_complex())
                else None
            )
        if isinstance(t, torch.Tensor):
            return t
        raise ValueError(
            f"Passed in object {t!r} of type {type(t).__name__!r}, not tf.Tensor or tf.Variable or ExtensionType."
        )

    def _source(self, s):
        """The torch tensor to differentiate by, or None if this tape did not watch it."""
        raw = s._t if isinstance(s, Tensor) else s.__dict__.get("_variable", s)
        if isinstance(raw, np.ndarray) or not raw.requires_grad:
            return None
        if not raw.is_leaf:
            return raw
        if id(s) in self._watched or id(raw) in self._watched:
            return raw
        automatic = (
            isinstance(raw, torch.Tensor) and not isinstance(s, Tensor) and self._watch_accessed_variables
        )
        return raw if automatic and getattr(raw, "trainable", True) else None

    def _differentiate(self, outputs, sources, seeds, batched=False):
        raws = [self._source(s) for s in sources]
        inputs = list({id(r): r for r in raws if r is not None}.values())
        if not outputs or not inputs:
            return [None] * len(sources)
        # Another tape, or the training step that the user's code is called in, may differentiate the gradients.
        outer = bool(_tapes.open) or edge._recording.depth > 1
        grads = torch.autograd.grad(
            outputs,
            inputs,
            seeds,
            retain_graph=True if self._persistent or self._shared or outer else None,
            create_graph=outer,
            allow_unused=True,
            is_grads_batched=batched,
        )
        by_id = {id(r): g for r, g in zip(inputs, grads)}
        return [None if r is None else by_id[id(r)] for r in raws]

    def jacobian(
        self,
        target,
        sources,
        unconnected_gradients=UnconnectedGradients.NONE,
        parallel_iterations=None,
        experimental_use_pfor=True,
    ):
        """Return the derivative of every element of the target by every element of each source.

        Args:
            target: A tensor.
            sources: A tensor or variable, or a list or dict of them.
            unconnected_gradients: `tf.UnconnectedGradients.NONE` or `.ZERO`.
            parallel_iterations: Taken for TensorFlow's sake.
            experimental_use_pfor: Whether to compute all rows at once (else one after the other, in less memory).
        """
        self._take_turn()
        flat_sources, unconnected = tree.flatten(sources), _unconnected(unconnected_gradients)
        self._check(flat_sources)
        raw = self._target(target)
        if raw is None or not raw.requires_grad:
            rows = [None] * len(flat_sources)
        else:
            seeds = torch.eye(raw.numel(), dtype=raw.dtype, device=raw.device).reshape(-1, *raw.shape)
            rows = self._rows(raw, flat_sources, seeds, experimental_use_pfor)
        out = []
        for s, g in zip(flat_sources, rows):
            if g is not None:
                out.append(wrap_all(g.reshape(*raw.shape, *g.shape[1:])))
            elif unconnected:
                out.append(wrap_all(torch.zeros(*raw.shape, *_raw(s).shape, dtype=_raw(s).dtype)))
            else:
                out.append(None)
        return tree.pack_sequence_as(sources, out) if tree.is_nested(sources) else out[0]

    def _rows(self, raw, sources, seeds, at_once):
        if at_once:
            try:
                persistent, self._persistent = self._persistent, True
                return self._differentiate([raw], sources, [seeds], batched=True)
            except RuntimeError as error:
                raise ValueError(
                    "Encountered an exception while vectorizing the jacobian computation. "
                    "Vectorization can be disabled "
                    f"by setting experimental_use_pfor to False. The exception was: {error}"
                ) from error
            finally:
                self._persistent = persistent
        persistent, self._persistent = self._persistent, True
        rows = [self._differentiate([raw], sources, [seed]) for seed in seeds]
        self._persistent = persistent
        return [None if column[0] is None else torch.stack(column) for column in zip(*rows)]

    def batch_jacobian(
        self,
        target,
        source,
        unconnected_gradients=UnconnectedGradients.NONE,
        parallel_iterations=None,
        experimental_use_pfor=True,
    ):
        """Return the Jacobian of each example: shape (batch, ..., ...); examples do not depend on each other."""
        self._take_turn()
        self._check([source])
        raw, unconnected = self._target(target), _unconnected(unconnected_gradients)
        given = _raw(source)
        if raw is None or raw.ndim < 1 or given.ndim < 1 or raw.shape[0] != given.shape[0]:
            raise ValueError(
                f"Need first dimension of target shape ({None if raw is None else tuple(raw.shape)}) and source shape "
                f"({tuple(given.shape)}) to match."
            )
        rest = raw.shape[1:]
        seeds = torch.eye(rest.numel(), dtype=raw.dtype, device=raw.device).reshape(-1, 1, *rest)
        seeds = seeds.expand(-1, *raw.shape)
        rows = self._rows(raw, [source], seeds, experimental_use_pfor)[0] if raw.requires_grad else None
        if rows is None:
            shape = (*raw.shape, *given.shape[1:])
            return wrap_all(torch.zeros(shape, dtype=given.dtype)) if unconnected else None
        return wrap_all(rows.movedim(0, 1).reshape(*raw.shape, *given.shape[1:]))


def _raw(source):
    return source._t if isinstance(source, Tensor) else torch.Tensor.detach(source)


def _unconnected(choice):
    try:
        return UnconnectedGradients(choice) is UnconnectedGradients.ZERO
    except ValueError:
        raise ValueError(
            f"Unknown value for unconnected_gradients: {choice!r}. It must be 'none' or 'zero'."
        ) from None


def _zeros(source):
    return wrap_all(torch.zeros_like(_raw(source)))


def _leaves(value, inputs=()):
    """The leaf tensors from which a recorded value was computed, the first used first, not looking behind `inputs`."""
    if value is None or value.grad_fn is None:
        return []
    seen = {x.grad_fn for x in inputs if isinstance(x, torch.Tensor)}
    found, todo = [], [value.grad_fn]
    while todo:
        node = todo.pop()
        if node is None or node in seen:
            continue
        seen.add(node)
        if hasattr(node, "variable"):
            found.append(node.variable)
        todo.extend(next_node for next_node, _ in reversed(node.next_functions))
    return found


@op("StopGradient")
def stop_gradient(input: Own, name=None):
    """Return input as a constant, through which no gradient flows."""
    return input.detach()


class _Custom(torch.autograd.Function):
    """A value whose gradient a function of the user's computes."""

    @staticmethod
    def forward(ctx, backward, count, *values):
        ctx.backward_function, ctx.count = backward, count
        outputs = tuple(v.detach().view_as(v) for v in values[:count])
        return outputs if count > 1 else outputs[0]

    @staticmethod
    def backward(ctx, *gradients):
        return (None, None, *[None] * ctx.count, *ctx.backward_function(*gradients))


def custom_gradient(f=None):
    """Make a function that returns `(value, gradient_function)` one that returns the value and has that gradient.

    The gradient function takes the gradients of the values and returns those of the arguments; if the function uses
    variables, it takes `variables` too and returns a pair, the second being the list of their gradients.

    >>> @tf.custom_gradient
    ... def scaled(x):
    ...     return x, lambda upstream: upstream * 7.0
    >>> x = tf.constant(1.0)
    >>> with tf.GradientTape() as tape:
    ...     tape.watch(x)
    ...     y = scaled(x)
    >>> print(tape.gradient(y, x))
    tf.Tensor(7.0, shape=(), dtype=float32)
    """
    if f is None:
        return custom_gradient

    @functools.wraps(f)
    def wrapper(*args, **kwargs):
        args = [wrap_all(convert(a)) if not isinstance(a, (Tensor, torch.Tensor)) else a for a in args]
        result, gradient = f(*args, **kwargs)
        if not edge.is_recording():
            return result
        outputs = [convert(r) for r in tree.flatten(result)]
        inputs = [a._t if isinstance(a, Tensor) else a for a in args]
        given = {id(i) for i in inputs}
        variables = [
            v
            for r in outputs
            for v in _leaves(r, inputs)
            if isinstance(v, torch.nn.Parameter) and id(v) not in given
        ]
        variables = list({id(v): v for v in variables}.values())
        takes = inspect.signature(gradient).parameters
        if (
            variables
            and "variables" not in takes
            and not any(p.kind is p.VAR_KEYWORD for p in takes.values())
        ):
            raise TypeError(
                "If using @custom_gradient with a function that uses variables, then grad_fn must accept a 'variables' "
                "keyword argument."
            )

        def backward(*upstream):
            with edge.recording() if torch.is_grad_enabled() else contextlib.nullcontext():
                upstream = [wrap_all(u) for u in upstream]
                if variables:
                    own, theirs = gradient(*upstream, variables=variables)
                else:
                    own, theirs = gradient(*upstream), []
                grads = [
                    None if g is None else convert(g) for g in (*tree.flatten(own), *tree.flatten(theirs))
                ]
            return [g if v.requires_grad else None for g, v in zip(grads, (*inputs, *variables))]

        made = _Custom.apply(backward, len(outputs), *outputs, *inputs, *variables)
        made = [wrap_all(m) for m in (made if isinstance(made, tuple) else (made,))]
        return tree.pack_sequence_as(result, made) if tree.is_nested(result) else made[0]

    return wrapper


def grad_pass_through(f):
    """Make a function one whose gradient is that of the identity."""

    @custom_gradient
    def wrapper(x):
        return f(x), lambda upstream: upstream

    return wrapper


def recompute_grad(f):
    """Make a function one that computes its intermediate values again for the gradient instead of keeping them."""

    @functools.wraps(f)
    def wrapper(*args, **kwargs):
        if not edge.is_recording():
            return f(*args, **kwargs)

        def run(*raws):
            with edge.recording():
                return raw_all(
                    f(*[wrap_all(r) if isinstance(r, torch.Tensor) else r for r in raws], **kwargs)
                )

        raws = [a._t if isinstance(a, EagerTensor) else a for a in args]
        return apply(lambda: torch.utils.checkpoint.checkpoint(run, *raws, use_reentrant=False))

    return wrapper

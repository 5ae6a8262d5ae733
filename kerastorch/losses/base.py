"""Loss: a function of truths and predictions, reduced to one number."""

import functools

import torch

from kerastorch.core import tree
from kerastorch.core.call import Seen, get_mask
from kerastorch.core.configurable import Configurable, config_names
from kerastorch.core.dtypes import get_policy, to_torch_dtype
from kerastorch.core.edge import as_tensor, border, call_user, is_user_function, wrap
from kerastorch.core.naming import auto_name
from kerastorch.core.op import op

REDUCTIONS = ("sum_over_batch_size", "sum", "mean", "mean_with_sample_weight", "none", None)
_MEANS = ("sum_over_batch_size", "mean")
_PLAIN = (torch.Tensor, torch.nn.Parameter)


class Loss(Configurable):
    """Base of losses: a subclass defines `call(y_true, y_pred)`, which gives a value for each sample.

    Args:
        name: The name.
        reduction: What becomes of the values: "sum_over_batch_size" (their mean), "mean", "sum",
            "mean_with_sample_weight" (divided by the sum of the weights), or None / "none" (nothing).
        dtype: The dtype of the computation.

    >>> class Distance(keras.losses.Loss):
    ...     def call(self, y_true, y_pred):
    ...         return keras.ops.mean(keras.ops.abs(y_true - y_pred), axis=-1)
    >>> Distance()([[0.0, 1.0]], [[1.0, 1.0]])
    tensor(0.5000)
    """

    config_exclude = ("dtype",)
    fused = None  # in a subclass: function of (y_true, y_pred, **arguments) giving the mean at once, or None
    _written_by_user = False

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        if "call" in cls.__dict__:
            cls._written_by_user = cls.__dict__.get(
                "_written_by_user", is_user_function(cls.__dict__["call"])
            )
            if "fused" not in cls.__dict__:
                cls.fused = None

    def __init__(self, name=None, reduction="sum_over_batch_size", dtype=None):
        if reduction not in REDUCTIONS:
            raise ValueError(
                f"Invalid value for argument `reduction`. Expected one of {set(REDUCTIONS)}. "
                f"Received: reduction={reduction}"
            )
        self.name = name or auto_name(type(self).__name__)
        self.reduction = reduction
        self._dtype_policy = get_policy(dtype) if dtype is not None else None
        self._dtype = self.dtype_policy.compute_dtype
        self._torch_dtype = to_torch_dtype(self._dtype)
        self._fused = self._fused_call() if reduction in _MEANS else None

    def call(self, y_true, y_pred):
        """Return a value for each sample (every axis but the last), or one for the whole batch."""
        raise NotImplementedError(f"{type(self).__name__} must define `call(self, y_true, y_pred)`.")

    def __call__(self, y_true, y_pred, sample_weight=None):
        if (
            sample_weight is None
            and self._fused is not None
            and type(y_pred) in _PLAIN
            and type(y_true) in _PLAIN
            and y_pred.dtype is self._torch_dtype
            and (not Seen.masks or get_mask(y_pred) is None)
        ):
            loss = self._fused(y_true, y_pred)
            if loss is not None:
                return loss
        loss = _evaluate(self, y_true, y_pred, sample_weight)
        if border.active and type(loss) is torch.Tensor and not isinstance(y_pred, torch.Tensor):
            return wrap(loss)
        return loss

    def _fused_call(self):
        return self.fused

    def _values(self, y_true, y_pred):
        if self._written_by_user and border.active:
            return call_user(self.call, y_true, y_pred)
        return self.call(y_true, y_pred)

    @property
    def dtype_policy(self):
        """The dtype policy given, or that of the default float type."""
        return self._dtype_policy or get_policy(to_torch_dtype(None))

    @property
    def dtype(self):
        """The name of the dtype of the computation."""
        return self._dtype


class FunctionLoss(Loss):
    """Base of losses made from a function: `fn(y_true, y_pred, **arguments)`.

    The constructor arguments that are the function's are passed on to it, under their names.
    """

    fn = None
    arguments: tuple[str, ...] = ()  # constructor arguments that `fn` takes
    omitted: dict = {}  # arguments that the config names only where they differ from these defaults

    def __init__(self, name=None, reduction="sum_over_batch_size", dtype=None):
        self._kwargs = {key: getattr(self, key) for key in self.arguments}
        super().__init__(name=name, reduction=reduction, dtype=dtype)

    def call(self, y_true, y_pred):
        """Return a value for each sample."""
        return type(self).fn(y_true, y_pred, **self._kwargs)

    def _fused_call(self):
        if self.fused is None or not self._kwargs:
            return self.fused
        return functools.partial(self.fused, **self._kwargs)

    def get_config(self):
        """Return the arguments that rebuild this loss."""
        config = super().get_config()
        assert set(self.omitted) <= set(config_names(type(self)))
        for key, default in self.omitted.items():
            if config[key] == default:
                del config[key]
        return config


class FunctionWrapper(Loss):
    """A loss made from a function of the user's.

    Args:
        fn: Function `(y_true, y_pred, **kwargs)` that gives a value for each sample, or one for the batch.
        reduction, name, dtype: As for `Loss`.
        kwargs: Further arguments of the function.

    >>> loss = keras.losses.FunctionWrapper(lambda y, p: (y - p) ** 4, name="fourth")
    >>> loss(torch.zeros(2), torch.tensor([1.0, 2.0]))
    tensor(8.5000)
    """

    _written_by_user = True

    def __init__(self, fn, reduction="sum_over_batch_size", name=None, dtype=None, **kwargs):
        super().__init__(name or getattr(fn, "__name__", None), reduction, dtype)
        self.fn = fn
        self._kwargs = kwargs

    def call(self, y_true, y_pred):
        """Return what the function gives."""
        return self.fn(y_true, y_pred, **self._kwargs)


@op
def _evaluate(loss, y_true, y_pred, sample_weight):
    """Return the loss in the general case: any arrays, nested structures, masks and weights."""
    dtype = loss._torch_dtype
    mask = get_mask(y_pred) if isinstance(y_pred, torch.Tensor) else None
    y_pred = _tensors(y_pred, dtype)
    y_true = _tensors(y_true, dtype if loss._written_by_user else None)
    if sample_weight is None and mask is None and loss._fused is not None:
        value = loss._fused(y_true, y_pred)
        if value is not None:
            return value
    values = loss._values(y_true, y_pred)
    out_mask = getattr(values, "_keras_mask", None)
    if out_mask is not None:
        mask = out_mask if mask is None else mask & out_mask
    return reduce_weighted(values, sample_weight, mask, loss.reduction, dtype)


def _tensors(y, dtype):
    """Return an array or a list of numbers as a tensor, and a structure of arrays as one of tensors."""
    if isinstance(y, dict) or (
        isinstance(y, (list, tuple)) and any(hasattr(x, "ndim") for x in tree.flatten(y))
    ):
        return tree.map_structure(lambda x: as_tensor(x, dtype), y)
    return None if y is None else as_tensor(y, dtype)


def reduce_weighted(values, sample_weight=None, mask=None, reduction="sum_over_batch_size", dtype=None):
    """Return values times weights, reduced; what a mask leaves out counts neither above nor below.

    >>> from kerastorch.losses.base import reduce_weighted
    >>> reduce_weighted(torch.tensor([1.0, 2.0, 9.0]), mask=torch.tensor([True, True, False]))
    tensor(1.5000)
    """
    dtype = to_torch_dtype(dtype) if dtype is not None else values.dtype
    values = as_tensor(values, dtype)
    sample_weight = masked_weight(sample_weight, mask, dtype, reduction)
    if sample_weight is not None:
        values, sample_weight = same_rank(values, sample_weight)
        try:
            values = values * sample_weight
        except RuntimeError as e:
            raise ValueError(
                f"`sample_weight` must broadcast to the values of the loss, of shape {tuple(values.shape)}. "
                f"Received: sample_weight.shape={tuple(sample_weight.shape)}"
            ) from e
    if reduction in (None, "none") or values.ndim == 0:
        return values
    if reduction == "sum":
        return values.sum()
    if reduction == "mean_with_sample_weight" and sample_weight is not None:
        total = sample_weight.sum()
        return torch.where(total == 0, 0, values.sum() / torch.where(total == 0, 1, total))
    return values.sum() / max(values.numel(), 1)


def masked_weight(sample_weight, mask, dtype, reduction):
    """Return the weights of samples times their mask, scaled so that a mean is that of the samples left."""
    if mask is None:
        return None if sample_weight is None else as_tensor(sample_weight, dtype)
    weight = as_tensor(mask, dtype)
    if reduction in _MEANS:
        valid = weight.sum()
        weight = weight * torch.where(valid > 0, weight.numel() / valid.clamp(min=1), 0)
    if sample_weight is not None:
        weight, sample_weight = same_rank(weight, as_tensor(sample_weight, dtype))
        weight = weight * sample_weight
    return weight


def same_rank(x1, x2):
    """Return two tensors whose ranks differ by a last axis of size 1 with the same rank, others unchanged.

    The axis is added to the one that has a single axis, else removed from the other.

    >>> from kerastorch.losses.base import same_rank
    >>> [tuple(x.shape) for x in same_rank(torch.zeros(3, 1), torch.zeros(3))]
    [(3, 1), (3, 1)]
    """
    if x1.ndim == x2.ndim + 1 and x1.shape[-1] == 1:
        return (x1, x2.unsqueeze(-1)) if x2.ndim == 1 else (x1.squeeze(-1), x2)
    if x2.ndim == x1.ndim + 1 and x2.shape[-1] == 1:
        return (x1.unsqueeze(-1), x2) if x1.ndim == 1 else (x1, x2.squeeze(-1))
    return x1, x2


def aligned(y_true, y_pred):
    """Return truths and predictions as floats of one dtype, with shapes that broadcast."""
    if not y_pred.is_floating_point():
        y_pred = y_pred.to(to_torch_dtype(None))
    if y_true.dtype is not y_pred.dtype:
        y_true = y_true.to(y_pred.dtype)
    if y_true.shape != y_pred.shape:
        y_true, y_pred = same_rank(y_true, y_pred)
        check_broadcast(y_true, y_pred)
    return y_true, y_pred


def check_same_shape(y_true, y_pred):
    """Raise a ValueError that names both shapes unless they are the same."""
    if y_true.shape != y_pred.shape:
        raise ValueError(
            "`y_true` and `y_pred` must have the same shape. "
            f"Received: y_true.shape={tuple(y_true.shape)}, y_pred.shape={tuple(y_pred.shape)}"
        )


def check_broadcast(y_true, y_pred):
    """Raise a ValueError that names both shapes unless they broadcast."""
    for a, b in zip(reversed(y_true.shape), reversed(y_pred.shape)):
        if a != b and a != 1 and b != 1:
            raise ValueError(
                "`y_true` and `y_pred` must have the same shape. "
                f"Received: y_true.shape={tuple(y_true.shape)}, y_pred.shape={tuple(y_pred.shape)}"
            )

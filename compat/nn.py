"""`tf.nn`: activations, losses on logits, normalization, convolution, pooling.

https://www.tensorflow.org/api_docs/python/tf/nn
"""

import torch
from torch.nn import functional as F

from . import _reduce
from ._conv import atrous_conv2d as atrous_conv2d
from ._conv import avg_pool as avg_pool
from ._conv import avg_pool1d as avg_pool1d
from ._conv import avg_pool2d as avg_pool2d
from ._conv import avg_pool3d as avg_pool3d
from ._conv import conv1d as conv1d
from ._conv import conv1d_transpose as conv1d_transpose
from ._conv import conv2d as conv2d
from ._conv import conv2d_transpose as conv2d_transpose
from ._conv import conv3d as conv3d
from ._conv import conv3d_transpose as conv3d_transpose
from ._conv import convolution as convolution
from ._conv import depth_to_space as depth_to_space
from ._conv import depthwise_conv2d as depthwise_conv2d
from ._conv import max_pool as max_pool
from ._conv import max_pool1d as max_pool1d
from ._conv import max_pool2d as max_pool2d
from ._conv import max_pool3d as max_pool3d
from ._conv import pool as pool
from ._conv import separable_conv2d as separable_conv2d
from ._conv import space_to_depth as space_to_depth
from ._elementwise import NUMBERS, REALS
from ._elementwise import sigmoid as sigmoid
from ._elementwise import softplus as softplus
from ._elementwise import tanh as tanh
from ._failure import invalid
from ._index import gather
from ._index import in_top_k as in_top_k
from ._index import top_k as top_k
from ._make import sizes
from ._wrap import Maybe, Own, Same, op, tensor
from .linalg import l2_normalize as l2_normalize
from .random import bernoulli_mask


def _activation(name, kernel, function, meaning, allowed=REALS):
    @op(kernel, allowed=allowed, direct=function)
    def activation(features: Same, name=None):
        return function(features)

    activation.__name__ = activation.__qualname__ = name
    activation.__doc__ = f"Return {meaning}, element by element."
    return activation


relu = _activation("relu", "Relu", torch.relu, "max(features, 0)", NUMBERS)
relu6 = _activation("relu6", "Relu6", F.relu6, "min(max(features, 0), 6)")
elu = _activation("elu", "Elu", F.elu, "features above 0, exp(features) - 1 below")
selu = _activation("selu", "Selu", F.selu, "the scaled elu")
softsign = _activation("softsign", "Softsign", F.softsign, "features / (|features| + 1)")


@op("LeakyRelu", allowed=REALS)
def leaky_relu(features: Same, alpha=0.2, name=None):
    """Return features above 0, alpha * features below."""
    return F.leaky_relu(features, float(alpha))


@op("Gelu", allowed=REALS)
def gelu(features: Same, approximate=False, name=None):
    """Return features * P(X <= features) for a standard normal X."""
    return F.gelu(features, approximate="tanh" if approximate else "none")


@op("Silu", allowed=REALS)
def silu(features: Same, beta=1.0):
    """Return features * sigmoid(beta * features)."""
    return F.silu(features) if beta == 1.0 else features * torch.sigmoid(features * float(beta))


swish = silu


@op("Relu", allowed=REALS)
def crelu(features: Same, axis=-1, name=None):
    """Return relu(features) and relu(-features), side by side."""
    return torch.relu(torch.cat([features, -features], dim=axis))


@op("Softmax", allowed=REALS)
def softmax(logits: Same, axis=None, name=None):
    """Return exp(logits) / sum(exp(logits)) along `axis`, the last by default.

    >>> print(tf.nn.softmax([1.0, 1.0]))
    tf.Tensor([0.5 0.5], shape=(2,), dtype=float32)
    """
    return torch.softmax(logits, -1 if axis is None else int(axis))


@op("LogSoftmax", allowed=REALS)
def log_softmax(logits: Same, axis=None, name=None):
    """Return log(softmax(logits)) along `axis`."""
    return torch.log_softmax(logits, -1 if axis is None else int(axis))


@op("SoftmaxCrossEntropyWithLogits", allowed=REALS)
def _softmax_cross_entropy(labels: Same, logits: Same, axis):
    return -(labels * torch.log_softmax(logits, axis)).sum(axis)


def softmax_cross_entropy_with_logits(labels, logits, axis=-1, name=None):
    """Return -sum(labels * log(softmax(logits))) along `axis`."""
    return _softmax_cross_entropy(labels, logits, axis)


@op("SparseSoftmaxCrossEntropyWithLogits")
def _sparse_softmax_cross_entropy(labels: Own, logits: Own):
    if labels.shape != logits.shape[:-1]:
        raise ValueError(
            "`labels.shape` must equal `logits.shape` except for the last dimension. Received: "
            f"labels.shape={tuple(labels.shape)} and logits.shape={tuple(logits.shape)}"
        )
    if labels.dtype.is_floating_point:
        raise invalid("SparseSoftmaxCrossEntropyWithLogits", "labels must be whole numbers")
    classes = logits.shape[-1]
    if labels.is_cpu and labels.numel() and (int(labels.min()) < 0 or int(labels.max()) >= classes):
        bad = next(v for v in labels.reshape(-1).tolist() if not 0 <= v < classes)
        shown = " ".join(map(str, labels.reshape(-1).tolist()))
        raise invalid(
            "SparseSoftmaxCrossEntropyWithLogits",
            (
                f"Received a label value of {bad} which is outside the valid range of [0, "
                f"{classes}).  Label values: {shown}"
            ),
        )
    out = F.cross_entropy(logits.reshape(-1, classes), labels.reshape(-1).to(torch.int64), reduction="none")
    return out.reshape(labels.shape)


def sparse_softmax_cross_entropy_with_logits(labels, logits, name=None):
    """Return -log(softmax(logits)[label]), the labels being whole numbers."""
    return _sparse_softmax_cross_entropy(labels, logits)


@op("SigmoidCrossEntropyWithLogits", allowed=REALS)
def _sigmoid_cross_entropy(labels: Same, logits: Same):
    if labels.shape != logits.shape:
        raise ValueError(
            "`logits` and `labels` must have the same shape, received "
            f"({tuple(logits.shape)} vs {tuple(labels.shape)})."
        )
    return F.binary_cross_entropy_with_logits(logits, labels, reduction="none")


def sigmoid_cross_entropy_with_logits(labels=None, logits=None, name=None):
    """Return max(x, 0) - x * z + log(1 + exp(-|x|)) for logits x and labels z."""
    if labels is None or logits is None:
        raise ValueError("Both `labels` and `logits` must be provided.")
    return _sigmoid_cross_entropy(labels, logits)


@op("WeightedCrossEntropyWithLogits", allowed=REALS)
def _weighted_cross_entropy(labels: Same, logits: Same, pos_weight: Same):
    weight = 1 + (pos_weight - 1) * labels
    return (1 - labels) * logits + weight * (torch.log1p(torch.exp(-logits.abs())) + torch.relu(-logits))


def weighted_cross_entropy_with_logits(labels=None, logits=None, pos_weight=None, name=None):
    """Return the sigmoid cross entropy with the positive labels weighed by `pos_weight`."""
    return _weighted_cross_entropy(labels, logits, pos_weight)


@op("LogPoissonLoss", allowed=REALS)
def log_poisson_loss(targets: Same, log_input: Same, compute_full_loss=False, name=None):
    """Return exp(log_input) - log_input * targets, with Stirling's term if the full loss is wanted."""
    out = torch.exp(log_input) - log_input * targets
    if compute_full_loss:
        stirling = targets * torch.log(targets) - targets + 0.5 * torch.log(2 * torch.pi * targets)
        out = out + torch.where((targets >= 0) & (targets <= 1), torch.zeros_like(targets), stirling)
    return out


@op("L2Loss", allowed=REALS)
def l2_loss(t: Same, name=None):
    """Return sum(t**2) / 2."""
    return t.square().sum() / 2


def compute_average_loss(per_example_loss, sample_weight=None, global_batch_size=None):
    """Return the sum of the losses divided by the size of the global batch."""
    loss = tensor(per_example_loss)
    if sample_weight is not None:
        loss = loss * tensor(sample_weight, hint=loss.dtype)
    size = loss.shape[0] if global_batch_size is None else global_batch_size
    return _reduce.reduce_sum(loss) / float(size)


def scale_regularization_loss(regularization_loss):
    """Return the sum of the losses, divided by the number of replicas, which is 1."""
    return _reduce.reduce_sum(regularization_loss)


@op("BiasAdd", allowed=NUMBERS)
def bias_add(value: Same, bias: Same, data_format=None, name=None):
    """Return value plus one number for each channel."""
    if data_format is not None and data_format.startswith("NC"):
        bias = bias.reshape(-1, *[1] * (value.ndim - 2))
    return value + bias


@op("Dropout", allowed=REALS)
def _dropout(x: Same, rate, keep: Own):
    return torch.where(keep, x / (1 - rate), torch.zeros((), dtype=x.dtype, device=x.device))


def dropout(x, rate, noise_shape=None, seed=None, name=None):
    """Return x with a share `rate` of the elements set to 0 and the others scaled by 1 / (1 - rate)."""
    rate = float(rate)
    if not 0 <= rate < 1:
        raise ValueError(
            f"`rate` must be a scalar tensor or a float in the range [0, 1). Received: rate={rate}"
        )
    x = tensor(x)
    if rate == 0:
        return x
    shape = (
        list(x.shape)
        if noise_shape is None
        else [n if m in (None, -1) else m for m, n in zip(sizes(noise_shape), x.shape)]
    )
    return _dropout(x, rate, bernoulli_mask(shape, 1 - rate, seed))


def embedding_lookup(params, ids, max_norm=None, name=None):
    """Return the rows of `params` at `ids`, scaled down to the norm `max_norm` if they exceed it."""
    rows = gather(params, ids)
    return rows if max_norm is None else _reduce.clip_by_norm(rows, max_norm, axes=[-1])


@op("Moments", allowed=REALS)
def _moments(x: Same, axes, keepdims):
    wide = x.float() if x.dtype in (torch.float16, torch.bfloat16) else x
    axes = _reduce.axes_of(axes, x.ndim)
    mean = wide.mean(dim=axes, keepdim=True)
    variance = (wide - mean.detach()).square().mean(dim=axes, keepdim=True)
    out = mean, variance
    if not keepdims:
        out = tuple(v.reshape([n for i, n in enumerate(x.shape) if i not in axes]) for v in out)
    return tuple(v.to(x.dtype) for v in out)


def moments(x, axes, shift=None, keepdims=False, name=None):
    """Return the mean and the variance over the axes."""
    return _moments(x, axes, keepdims)


def normalize_moments(counts, mean_ss, variance_ss, shift, name=None):
    """Return the mean and variance from a count, a sum and a sum of squares."""
    mean = tensor(mean_ss) / counts
    variance = tensor(variance_ss) / counts - mean * mean
    return (mean if shift is None else mean + shift), variance


@op("BatchNormalization", allowed=REALS)
def batch_normalization(
    x: Same, mean: Same, variance: Same, offset: Maybe, scale: Maybe, variance_epsilon, name=None
):
    """Return scale * (x - mean) / sqrt(variance + variance_epsilon) + offset."""
    factor = torch.rsqrt(variance + variance_epsilon)
    if scale is not None:
        factor = factor * scale
    shift = -mean * factor
    return x * factor + (shift if offset is None else offset + shift)


@op("LRN", allowed=REALS)
def local_response_normalization(input: Same, depth_radius=5, bias=1, alpha=1, beta=0.5, name=None):
    """Return each element divided by (bias + alpha * the sum of squares of the near channels)**beta."""
    squares = input.square().reshape(-1, 1, input.shape[-1])
    sums = F.avg_pool1d(squares, 2 * depth_radius + 1, 1, depth_radius) * (2 * depth_radius + 1)
    return input / (bias + alpha * sums.reshape(input.shape)) ** beta


lrn = local_response_normalization


def zero_fraction(value, name=None):
    """Return the share of elements that are 0."""
    raw = tensor(value)
    return _reduce.reduce_mean(tensor((raw._t == 0).float()))


@op("SufficientStatistics", allowed=REALS)
def sufficient_statistics(x: Same, axes, shift=None, keepdims=False, name=None):
    """Return the count, the sum, the sum of squares and the shift over the axes."""
    axes = _reduce.axes_of(axes, x.ndim)
    count = torch.tensor(1.0, dtype=x.dtype)
    for a in axes:
        count = count * x.shape[a]
    moved = x if shift is None else x - shift
    return count, moved.sum(dim=axes, keepdim=keepdims), moved.square().sum(dim=axes, keepdim=keepdims), shift

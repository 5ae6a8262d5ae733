"""BatchNormalization."""

import functools

import torch

from kerastorch import constraints, initializers, regularizers
from kerastorch.core import settings
from kerastorch.core.input_spec import InputSpec
from kerastorch.core.layer import Layer
from kerastorch.layers.core.arguments import axis_size


class BatchNormalization(Layer):
    """gamma * (x - mean) / sqrt(variance + epsilon) + beta, over everything but `axis`.

    In training, mean and variance are the batch's, and the moving ones follow them:
    moving = moving * momentum + batch * (1 - momentum). Otherwise, and when `trainable` is False, the moving ones
    are used.

    Args:
        axis: The axis of the channels.
        momentum: How slowly the moving statistics follow.
        epsilon: Added to the variance.
        center, scale: Whether there is a beta, a gamma.
        beta_initializer, gamma_initializer: What beta and gamma start from.
        moving_mean_initializer, moving_variance_initializer: What the moving statistics start from.
        beta_regularizer, gamma_regularizer: Penalties on beta and gamma.
        beta_constraint, gamma_constraint: Constraints on beta and gamma.
        renorm: Whether training too normalizes by slowly moving statistics (batch renormalization, Ioffe, 2017).
        renorm_clipping: Dict with bounds "rmin", "rmax", "dmax" of the correction.
        renorm_momentum: How slowly the statistics of renorm follow.
        synchronized: Whether the statistics are those of the batches of all processes of torch.distributed.

    Shapes: any with a known size of `axis`, and the same. Raises ValueError where that size is unknown or
    changed, and for bounds of renorm that contradict each other.

    The call takes a `mask`: steps where it is False do not count. Ioffe and Szegedy, 2015, https://arxiv.org/abs/1502.03167

    >>> layer = keras.layers.BatchNormalization(momentum=0.5)
    >>> _ = layer(np.array([[0.0], [2.0]], "float32"), training=True)
    >>> layer.moving_mean.numpy()
    array([0.5], dtype=float32)
    """

    def __init__(
        self,
        axis=-1,
        momentum=0.99,
        epsilon=0.001,
        center=True,
        scale=True,
        beta_initializer="zeros",
        gamma_initializer="ones",
        moving_mean_initializer="zeros",
        moving_variance_initializer="ones",
        beta_regularizer=None,
        gamma_regularizer=None,
        beta_constraint=None,
        gamma_constraint=None,
        renorm=False,
        renorm_clipping=None,
        renorm_momentum=0.99,
        synchronized=False,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.axis = int(axis)
        self.momentum = float(momentum)
        self.epsilon = epsilon
        self.center, self.scale = center, scale
        self.beta_initializer = initializers.get(beta_initializer)
        self.gamma_initializer = initializers.get(gamma_initializer)
        self.moving_mean_initializer = initializers.get(moving_mean_initializer)
        self.moving_variance_initializer = initializers.get(moving_variance_initializer)
        self.beta_regularizer = regularizers.get(beta_regularizer)
        self.gamma_regularizer = regularizers.get(gamma_regularizer)
        self.beta_constraint = constraints.get(beta_constraint)
        self.gamma_constraint = constraints.get(gamma_constraint)
        self.synchronized = synchronized
        self.renorm = renorm
        self.renorm_clipping = _check_clipping(renorm_clipping) if renorm else renorm_clipping
        self.renorm_momentum = renorm_momentum
        self.supports_masking = True

    def build(self, input_shape):
        shape = (axis_size(self, input_shape, self.axis),)
        if self.scale:
            self.gamma = self.add_weight(
                name="gamma",
                shape=shape,
                initializer=self.gamma_initializer,
                regularizer=self.gamma_regularizer,
                constraint=self.gamma_constraint,
                autocast=False,
            )
        if self.center:
            self.beta = self.add_weight(
                name="beta",
                shape=shape,
                initializer=self.beta_initializer,
                regularizer=self.beta_regularizer,
                constraint=self.beta_constraint,
                autocast=False,
            )
        self.moving_mean = self._statistic("moving_mean", shape, self.moving_mean_initializer)
        self.moving_variance = self._statistic("moving_variance", shape, self.moving_variance_initializer)
        if self.renorm:
            self._build_renorm(shape)
        self.input_spec = InputSpec(ndim=len(input_shape), axes={self.axis: shape[0]})

    def _statistic(self, name, shape, initializer):
        return self.add_weight(
            name=name, shape=shape, initializer=initializer, trainable=False, autocast=False
        )

    def _build_renorm(self, shape):
        root = functools.partial(_root, self.moving_variance_initializer)
        self.moving_stddev = self._statistic("moving_stddev", shape, root)
        self.renorm_mean = self._statistic("renorm_mean", shape, self.moving_mean_initializer)
        self.renorm_stddev = self._statistic("renorm_stddev", shape, root)

    def call(self, inputs, training=None, mask=None):
        if not inputs.is_floating_point():
            inputs = inputs.to(self._torch_dtype)
        held, buffers = self._parameters, self._buffers
        gamma = (held.get("gamma", buffers.get("gamma"))) if self.scale else None
        beta = (held.get("beta", buffers.get("beta"))) if self.center else None
        mean, variance = buffers["moving_mean"], buffers["moving_variance"]
        if not (training and self.trainable):
            return self._normalize(inputs, gamma, beta, mean, variance)
        count = inputs.numel() // mean.numel()
        plain = mask is None and not self.renorm and not self.synchronized
        if not plain or count < 2 or mean.element_size() == 2:
            return self._train_by_hand(inputs, gamma, beta, mask)
        # torch's moving variance is the unbiased one, Keras's the biased: scaled around the call, they agree
        bias = (count - 1) / count
        variance.data.div_(bias)
        outputs = self._normalize(inputs, gamma, beta, mean, variance, 1 - self.momentum)
        variance.data.mul_(bias)
        return outputs

    def fused_reason(self, training=True, masked=False):
        """Return why a built layer computes step by step, or None when it runs in a fused kernel.

        Args:
            training: Whether to answer for training; else the answer is None.
            masked: Whether to answer for a call with a mask.

        >>> layer = keras.layers.BatchNormalization(renorm=True)
        >>> _ = layer(np.ones((2, 3)))
        >>> layer.fused_reason()
        'renorm=True: the fused kernels normalize by the batch alone'
        """
        if not (training and self.trainable):
            return None
        if self.renorm:
            return "renorm=True: the fused kernels normalize by the batch alone"
        if self.synchronized:
            return "synchronized=True: the fused kernels know one process"
        if masked:
            return "the fused kernels have no masks"
        if self._buffers["moving_mean"].element_size() == 2:
            return f"dtype={self.variable_dtype}: the moving statistics need more precision"
        return None

    def _normalize(self, x, gamma, beta, mean, variance, factor=None):
        """Normalize by moving statistics or, given the factor by which they follow it, by the batch."""
        axis, shape = self.axis % x.ndim, x.shape
        training, factor = factor is not None, factor or 0.0
        arguments = (
            gamma,
            beta,
            mean,
            variance,
            training,
            factor,
            self.epsilon,
            torch.backends.cudnn.enabled,
        )
        if x.ndim == 2:
            return torch.batch_norm(x if axis == 1 else x.t(), *arguments)
        if axis == x.ndim - 1 and x.device.type == "cpu":  # two axes are fastest on the CPU
            return torch.batch_norm(x.reshape(-1, shape[-1]), *arguments).reshape(shape)
        return torch.batch_norm(x.movedim(axis, 1), *arguments).movedim(1, axis)

    def _train_by_hand(self, inputs, gamma, beta, mask):
        """Normalize in float32 where torch has no kernel: masks, renorm, several processes, small weights."""
        if mask is not None and mask.ndim != inputs.ndim - 1:
            raise ValueError(
                "The mask provided should be one dimension less than the inputs. "
                f"Received: mask.shape={tuple(mask.shape)}, inputs.shape={tuple(inputs.shape)}"
            )
        x = inputs.float() if inputs.element_size() == 2 else inputs
        axis = self.axis % x.ndim
        mean, variance = self._moments(x, axis, mask)
        if self.renorm:
            scale, offset = self._renorm(mean, variance)
        else:
            scale, offset = (variance + self.epsilon).rsqrt(), None
            self._follow("moving_variance", variance, self.momentum)
        self._follow("moving_mean", mean, self.momentum)
        if gamma is not None:
            scale = scale * gamma.to(x.dtype)
            offset = None if offset is None else offset * gamma.to(x.dtype)
        if beta is not None:
            offset = beta.to(x.dtype) if offset is None else offset + beta.to(x.dtype)
        shape = [-1 if i == axis else 1 for i in range(x.ndim)]
        outputs = (x - mean.reshape(shape)) * scale.reshape(shape)
        if offset is not None:
            outputs = outputs + offset.reshape(shape)
        return outputs.to(inputs.dtype)

    def _moments(self, x, axis, mask):
        axes = [i for i in range(x.ndim) if i != axis]
        if mask is None and not self.synchronized:
            return x.mean(axes), x.var(axes, correction=0)
        weights = torch.ones((1,) * x.ndim, dtype=x.dtype, device=x.device)
        if mask is not None:
            weights = mask.to(x.dtype).reshape(*mask.shape, *(1,) * (x.ndim - mask.ndim))
        weights = weights.expand(x.shape)
        count = self._total(weights.sum(axes)) + settings.epsilon()  # all may be masked
        mean = self._total((weights * x).sum(axes)) / count
        shape = [-1 if i == axis else 1 for i in range(x.ndim)]
        squares = weights * (x - mean.reshape(shape)).square()
        return mean, self._total(squares.sum(axes)) / count

    def _total(self, values):
        """Return the sum over the processes, where there are several and `synchronized` asks for it."""
        distributed = torch.distributed
        if not (self.synchronized and distributed.is_available() and distributed.is_initialized()):
            return values
        return _SumOverProcesses.apply(values)

    def _follow(self, name, value, momentum):
        moving = self._buffers[name]
        moving.data.mul_(momentum).add_(value.detach().to(moving.dtype), alpha=1 - momentum)

    def _renorm(self, mean, variance):
        """Return scale and offset that bring the batch's statistics near the moving ones; those then follow."""
        stddev = (variance + self.epsilon).sqrt()
        moving_mean, moving_stddev = self._buffers["renorm_mean"], self._buffers["renorm_stddev"]
        with torch.no_grad():
            r = stddev / moving_stddev
            d = (mean - moving_mean) / moving_stddev
            clip = self.renorm_clipping
            if "rmin" in clip or "rmax" in clip:
                r = r.clamp(clip.get("rmin"), clip.get("rmax"))
            if "dmax" in clip:
                d = d.clamp(-clip["dmax"], clip["dmax"])
        self._follow("renorm_mean", mean, self.renorm_momentum)
        self._follow("renorm_stddev", stddev, self.renorm_momentum)
        self._follow("moving_stddev", stddev, self.momentum)
        moving = self._buffers["moving_stddev"].data
        self._buffers["moving_variance"].data.copy_((moving.square() - self.epsilon).clamp(min=0))
        return r / stddev, d

    def get_config(self):
        config = super().get_config()
        config["renorm_clipping"] = self.renorm_clipping
        return config


class _SumOverProcesses(torch.autograd.Function):
    """The sum of a tensor over all processes; so is its gradient."""

    @staticmethod
    def forward(ctx, x):
        total = x.clone()
        torch.distributed.all_reduce(total)
        return total

    @staticmethod
    def backward(ctx, gradient):
        return _SumOverProcesses.apply(gradient)


def _root(initializer, shape, dtype=None):
    return initializer(shape, dtype=dtype) ** 0.5


def _check_clipping(clipping):
    clipping = dict(clipping or {})
    unknown = set(clipping) - {"rmax", "rmin", "dmax"}
    if unknown:
        raise ValueError(
            f"Received invalid keys for `renorm_clipping` argument: {sorted(unknown)}. "
            "Supported values: ['rmax', 'rmin', 'dmax']."
        )
    if "rmin" in clipping and "rmax" in clipping and clipping["rmin"] > clipping["rmax"]:
        raise ValueError(
            "rmax should be greater than rmin in the `renorm_clipping` argument. "
            f"Received: rmax={clipping['rmax']}, rmin={clipping['rmin']}."
        )
    if "dmax" in clipping and clipping["dmax"] < 0:
        raise ValueError(
            "dmax should be non-negative in the `renorm_clipping` argument. "
            f"Received: dmax={clipping['dmax']}."
        )
    return clipping

"""LayerNormalization, RMSNormalization, UnitNormalization: each sample by itself."""

import torch
import torch.nn.functional as F

from kerastorch import constraints, initializers, regularizers
from kerastorch.core.layer import Layer
from kerastorch.layers.core.arguments import axis_size


def check_axis(axis):
    """Return an axis, or a list of axes, checked."""
    if isinstance(axis, (list, tuple)) and all(isinstance(a, int) for a in axis):
        return list(axis)
    if isinstance(axis, int) and not isinstance(axis, bool):
        return axis
    raise TypeError(
        "Invalid value for `axis` argument: expected an int or a list/tuple of ints. "
        f"Expected an int or a list/tuple of ints for the argument 'axis'. Received: axis={axis!r}"
    )


def in_one_dtype(inputs, *weights):
    """Return inputs as floats, and the weights (or None) in their dtype."""
    if not inputs.is_floating_point():
        inputs = inputs.float()
    return (inputs, *(None if weight is None else weight.to(inputs.dtype) for weight in weights))


def trailing(axes, ndim):
    """Return whether the axes are the last ones, in order."""
    axes = [axis % ndim for axis in axes]
    return axes == list(range(ndim - len(axes), ndim))


def broadcast(weight, axes, ndim):
    """Return a weight of the sizes of `axes` such that it meets a tensor of `ndim` axes."""
    shape = [1] * ndim
    for axis, size in zip(axes, weight.shape):
        shape[axis % ndim] = size
    return weight.reshape(shape)


class LayerNormalization(Layer):
    """gamma * (x - mean) / sqrt(variance + epsilon) + beta, with each sample's mean and variance over `axis`.

    Args:
        axis: The axis, or axes, normalized.
        epsilon: Added to the variance.
        center, scale: Whether there is a beta, a gamma.
        beta_initializer, gamma_initializer: What beta and gamma start from.
        beta_regularizer, gamma_regularizer: Penalties on beta and gamma.
        beta_constraint, gamma_constraint: Constraints on beta and gamma.

    Shapes: any with known sizes of `axis`, and the same. Raises TypeError for an axis that is no integer or
    list of them, ValueError where a size is unknown.

    Ba et al., 2016, https://arxiv.org/abs/1607.06450

    >>> keras.layers.LayerNormalization(epsilon=0)(np.array([[0.0, 2.0]], "float32")).detach()
    tensor([[-1.,  1.]])
    """

    def __init__(
        self,
        axis=-1,
        epsilon=0.001,
        center=True,
        scale=True,
        beta_initializer="zeros",
        gamma_initializer="ones",
        beta_regularizer=None,
        gamma_regularizer=None,
        beta_constraint=None,
        gamma_constraint=None,
        **kwargs,
    ):
        self.rms_scaling = kwargs.pop("rms_scaling", False)
        super().__init__(**kwargs)
        self.autocast = False  # inputs too large for float16 are normalized before they are cast
        self.axis = check_axis(axis)
        self.epsilon = epsilon
        self.center, self.scale = center, scale
        self.beta_initializer = initializers.get(beta_initializer)
        self.gamma_initializer = initializers.get(gamma_initializer)
        self.beta_regularizer = regularizers.get(beta_regularizer)
        self.gamma_regularizer = regularizers.get(gamma_regularizer)
        self.beta_constraint = constraints.get(beta_constraint)
        self.gamma_constraint = constraints.get(gamma_constraint)
        self.supports_masking = True

    def build(self, input_shape):
        self._axes = self.axis = self.axis if isinstance(self.axis, list) else [self.axis]
        shape = tuple(axis_size(self, input_shape, axis) for axis in self._axes)
        self._trailing = trailing(self._axes, len(input_shape))
        self.gamma = self.beta = None
        if self.scale or self.rms_scaling:
            self.gamma = self.add_weight(
                name="gamma",
                shape=shape,
                initializer=self.gamma_initializer,
                regularizer=self.gamma_regularizer,
                constraint=self.gamma_constraint,
                autocast=False,
            )
        if self.center and not self.rms_scaling:
            self.beta = self.add_weight(
                name="beta",
                shape=shape,
                initializer=self.beta_initializer,
                regularizer=self.beta_regularizer,
                constraint=self.beta_constraint,
                autocast=False,
            )

    def call(self, inputs):
        gamma, beta, dtype = self.gamma, self.beta, self._torch_dtype
        if inputs.dtype is not dtype or self._autocast_dtype is not None:
            inputs, gamma, beta = in_one_dtype(inputs, gamma, beta)
        if self._trailing and not self.rms_scaling:
            shape = inputs.shape[inputs.ndim - len(self._axes) :]
            outputs = torch.layer_norm(inputs, shape, gamma, beta, self.epsilon)
        else:
            outputs = self._by_hand(inputs)
        return outputs if outputs.dtype is dtype else outputs.to(dtype)

    def fused_reason(self, training=True):
        """Return why a built layer computes step by step, or None when it runs in a fused kernel.

        >>> layer = keras.layers.LayerNormalization(axis=1)
        >>> _ = layer(np.ones((2, 3, 4)))
        >>> layer.fused_reason()
        'the fused kernel normalizes the last axes, not axis=[1]'
        """
        if self.rms_scaling:
            return "rms_scaling=True divides by the variance without subtracting the mean"
        return _axes_reason(self)

    def _by_hand(self, inputs):
        x = inputs.float() if inputs.element_size() == 2 else inputs
        variance, mean = torch.var_mean(x, self._axes, correction=0, keepdim=True)
        if not self.rms_scaling:
            x = x - mean
        x = x * (variance + self.epsilon).rsqrt()
        if self.gamma is not None:
            x = x * broadcast(self.gamma.to(x.dtype), self._axes, x.ndim)
        if self.beta is not None:
            x = x + broadcast(self.beta.to(x.dtype), self._axes, x.ndim)
        return x.to(inputs.dtype)

    def get_config(self):
        return {**super().get_config(), "rms_scaling": self.rms_scaling}


class RMSNormalization(Layer):
    """scale * x / sqrt(mean(x^2) + epsilon), over `axis`.

    Args:
        axis: The axis, or axes, normalized.
        epsilon: Added to the mean of the squares.

    Shapes: any with known sizes of `axis`, and the same. Raises TypeError for an axis that is no integer or
    list of them, ValueError where a size is unknown.

    Zhang and Sennrich, 2019, https://arxiv.org/abs/1910.07467

    >>> keras.layers.RMSNormalization()(np.array([[3.0, 3.0]], "float32")).detach()
    tensor([[1.0000, 1.0000]])
    """

    def __init__(self, axis=-1, epsilon=1e-6, **kwargs):
        super().__init__(**kwargs)
        self.axis = check_axis(axis)
        self.epsilon = epsilon

    def build(self, input_shape):
        self._axes = self.axis = self.axis if isinstance(self.axis, list) else [self.axis]
        self._trailing = trailing(self._axes, len(input_shape))
        shape = tuple(axis_size(self, input_shape, axis) for axis in self._axes)
        self.scale = self.add_weight(name="scale", shape=shape, initializer="ones")

    def fused_reason(self, training=True):
        """Return why a built layer computes step by step, or None when it runs in a fused kernel."""
        return _axes_reason(self)

    def call(self, x):
        if not x.is_floating_point():
            x = x.to(self._torch_dtype)
        if self._trailing:
            shape = x.shape[x.ndim - len(self._axes) :]
            return torch.rms_norm(x, shape, self.scale, self.epsilon)
        precise = x.float() if x.element_size() == 2 else x
        precise = precise * (precise.square().mean(self._axes, keepdim=True) + self.epsilon).rsqrt()
        return (precise * broadcast(self.scale.to(precise.dtype), self._axes, x.ndim)).to(x.dtype)


class UnitNormalization(Layer):
    """x / |x|, with the L2 norm over `axis`.

    Args:
        axis: The axis, or axes, normalized.

    Shapes: any, and the same. Raises TypeError for an axis that is no integer or list of them.

    >>> keras.layers.UnitNormalization()(np.array([[3.0, 4.0]], "float32"))
    tensor([[0.6000, 0.8000]])
    """

    def __init__(self, axis=-1, **kwargs):
        super().__init__(**kwargs)
        self.axis = check_axis(axis)
        self.supports_masking = True

    def call(self, inputs):
        return F.normalize(inputs, dim=self.axis)


def _axes_reason(layer):
    if layer._trailing:
        return None
    return f"the fused kernel normalizes the last axes, not axis={layer.axis}"

"""ReLU, LeakyReLU, PReLU, ELU."""

import numbers
import warnings

import torch
import torch.nn.functional as F

from kerastorch import activations, constraints, initializers, regularizers
from kerastorch.core.input_spec import InputSpec
from kerastorch.core.layer import Layer


class ReLU(Layer):
    """max(x, 0), with a ceiling, a slope below, and a threshold.

    Args:
        max_value: The greatest output, or None.
        negative_slope: The slope below the threshold.
        threshold: Values up to this are cut (or sloped).

    Shapes: any, and the same. Raises ValueError for negative numbers.

    >>> keras.layers.ReLU(max_value=2)(np.array([-1.0, 1.0, 3.0], "float32"))
    tensor([0., 1., 2.])
    """

    def __init__(self, max_value=None, negative_slope=0.0, threshold=0.0, **kwargs):
        if "alpha" in kwargs:
            warnings.warn("Argument `alpha` is deprecated. Use `negative_slope` instead.", stacklevel=2)
            negative_slope = kwargs.pop("alpha")
        super().__init__(**kwargs)
        if max_value is not None and max_value < 0:
            raise ValueError(
                f"max_value of a ReLU layer cannot be a negative value. Received: max_value={max_value}"
            )
        for name, value in (("negative_slope", negative_slope), ("threshold", threshold)):
            if value is None or value < 0:
                raise ValueError(
                    f"{name} of a ReLU layer cannot be None or a negative value. Received: {name}={value}"
                )
        self.max_value, self.negative_slope, self.threshold = max_value, negative_slope, threshold
        self.supports_masking = True

    def call(self, inputs):
        return activations.relu.fn(inputs, self.negative_slope, self.max_value, self.threshold)


class LeakyReLU(Layer):
    """x above 0, else negative_slope * x.

    Args:
        negative_slope: The slope, at least 0.

    Shapes: any, and the same. Raises ValueError for negative numbers.

    >>> keras.layers.LeakyReLU()(np.array([-1.0, 1.0], "float32"))
    tensor([-0.3000,  1.0000])
    """

    def __init__(self, negative_slope=0.3, **kwargs):
        if "alpha" in kwargs:
            negative_slope = kwargs.pop("alpha")
            warnings.warn("Argument `alpha` is deprecated. Use `negative_slope` instead.", stacklevel=2)
        super().__init__(**kwargs)
        if negative_slope is None or negative_slope < 0:
            raise ValueError(
                "The negative_slope value of a Leaky ReLU layer cannot be None or negative value. "
                "Expected a float. "
                f"Received: negative_slope={negative_slope}"
            )
        self.negative_slope = negative_slope
        self.supports_masking = True

    def call(self, inputs):
        return F.leaky_relu(inputs, self.negative_slope)


class PReLU(Layer):
    """x above 0, else alpha * x, where alpha is learned.

    He et al., 2015, https://arxiv.org/abs/1502.01852

    Args:
        alpha_initializer: What alpha starts from.
        alpha_regularizer, alpha_constraint: Penalty and constraint on alpha.
        shared_axes: The axes along which one alpha is shared, such as [1, 2] for the pixels of images.

    Shapes: any with known sizes but for the batch and `shared_axes`, and the same. Raises ValueError where
    such a size is unknown.

    >>> keras.layers.PReLU("ones")(np.array([[-1.0, 1.0]], "float32")).detach()
    tensor([[-1.,  1.]])
    """

    def __init__(
        self,
        alpha_initializer="Zeros",
        alpha_regularizer=None,
        alpha_constraint=None,
        shared_axes=None,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.supports_masking = True
        self.alpha_initializer = initializers.get(alpha_initializer)
        self.alpha_regularizer = regularizers.get(alpha_regularizer)
        self.alpha_constraint = constraints.get(alpha_constraint)
        if shared_axes is None or isinstance(shared_axes, (list, tuple)):
            self.shared_axes = None if shared_axes is None else list(shared_axes)
        else:
            self.shared_axes = [shared_axes]

    def build(self, input_shape):
        shape = list(input_shape[1:])
        for axis in self.shared_axes or ():
            shape[axis - 1] = 1
        if None in shape:
            raise ValueError(
                f"Layer '{self.name}' (PReLU) has one alpha for each element of a sample, so its input "
                "must have a "
                "known shape, but for the batch and `shared_axes`. Received: "
                f"input_shape={tuple(input_shape)}, "
                f"shared_axes={self.shared_axes}"
            )
        self.alpha = self.add_weight(
            name="alpha",
            shape=tuple(shape),
            initializer=self.alpha_initializer,
            regularizer=self.alpha_regularizer,
            constraint=self.alpha_constraint,
        )
        axes = {
            axis: size
            for axis, size in enumerate(input_shape)
            if axis > 0 and axis not in (self.shared_axes or ())
        }
        self.input_spec = InputSpec(ndim=len(input_shape), axes=axes)

    def call(self, inputs):
        return torch.relu(inputs) - self.alpha * torch.relu(-inputs)


class ELU(Layer):
    """x above 0, else alpha * (exp(x) - 1).

    Clevert et al., 2015, https://arxiv.org/abs/1511.07289

    Args:
        alpha: The factor.

    Shapes: any, and the same. Raises ValueError for a factor that is no number.

    >>> keras.layers.ELU()(np.array([-1.0, 1.0], "float32"))
    tensor([-0.6321,  1.0000])
    """

    def __init__(self, alpha=1.0, **kwargs):
        super().__init__(**kwargs)
        if not isinstance(alpha, numbers.Real):
            raise ValueError(f"`alpha` must be a number. Received: alpha={alpha!r}")
        self.alpha = alpha
        self.supports_masking = True

    def call(self, inputs):
        return F.elu(inputs, self.alpha)

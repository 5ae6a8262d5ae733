"""GroupNormalization."""

import torch

from kerastorch import constraints, initializers, regularizers
from kerastorch.core.input_spec import InputSpec
from kerastorch.core.layer import Layer
from kerastorch.layers.core.arguments import axis_size, positive_int
from kerastorch.layers.normalization.layer_normalization import in_one_dtype


class GroupNormalization(Layer):
    """gamma * (x - mean) / sqrt(variance + epsilon) + beta, by each sample's statistics over a group of channels.

    Args:
        groups: The number of groups; -1 for one to each channel.
        axis: The axis of the channels.
        epsilon: Added to the variance.
        center, scale: Whether there is a beta, a gamma.
        beta_initializer, gamma_initializer: What beta and gamma start from.
        beta_regularizer, gamma_regularizer: Penalties on beta and gamma.
        beta_constraint, gamma_constraint: Constraints on beta and gamma.

    Shapes: any with a known size of `axis`, and the same.

    Raises ValueError when the channels are not divisible by the groups. Wu and He, 2018, https://arxiv.org/abs/1803.08494

    >>> keras.layers.GroupNormalization(2)(np.ones((1, 3, 3, 4))).shape
    torch.Size([1, 3, 3, 4])
    """

    def __init__(
        self,
        groups=32,
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
        super().__init__(**kwargs)
        self.autocast = False  # inputs too large for float16 are normalized before they are cast
        self.groups = -1 if groups == -1 else positive_int("groups", groups)
        self.axis = axis
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
        channels = axis_size(self, input_shape, self.axis)
        if self.axis % len(input_shape) == 0:
            raise ValueError(
                "You are trying to normalize your batch axis. Use another axis. Received: axis=0"
            )
        if self.groups == -1:
            self.groups = channels
        if channels < self.groups:
            raise ValueError(
                f"Number of groups ({self.groups}) cannot be more than the number of channels "
                f"({channels}) of the "
                f"input of layer '{self.name}'."
            )
        if channels % self.groups:
            raise ValueError(
                f"Number of groups ({self.groups}) must be a multiple of the number of channels: it must divide "
                f"the {channels} channels of the input of layer '{self.name}'."
            )
        self.gamma = self.beta = None
        if self.scale:
            self.gamma = self.add_weight(
                name="gamma",
                shape=(channels,),
                initializer=self.gamma_initializer,
                regularizer=self.gamma_regularizer,
                constraint=self.gamma_constraint,
                autocast=False,
            )
        if self.center:
            self.beta = self.add_weight(
                name="beta",
                shape=(channels,),
                initializer=self.beta_initializer,
                regularizer=self.beta_regularizer,
                constraint=self.beta_constraint,
                autocast=False,
            )
        self.input_spec = InputSpec(ndim=len(input_shape), axes={self.axis: channels})

    def call(self, inputs):
        gamma, beta, dtype = self.gamma, self.beta, self._torch_dtype
        if inputs.dtype is not dtype or self._autocast_dtype is not None:
            inputs, gamma, beta = in_one_dtype(inputs, gamma, beta)
        axis = self.axis % inputs.ndim
        x = inputs if axis == 1 else inputs.movedim(axis, 1)
        x = torch.group_norm(x, self.groups, gamma, None if gamma is None else beta, self.epsilon)
        if gamma is None and beta is not None:  # torch has no gradient for a bias alone
            x = x + beta.reshape(-1, *(1,) * (x.ndim - 2))
        x = x if x.dtype is dtype else x.to(dtype)
        return x if axis == 1 else x.movedim(1, axis)

"""SpectralNormalization: a layer whose kernel has spectral norm 1."""

import torch
import torch.nn.functional as F

from kerastorch import initializers
from kerastorch.core.input_spec import InputSpec
from kerastorch.layers.wrappers.wrapper import Wrapper


class SpectralNormalization(Wrapper):
    """Divide a layer's kernel by its largest singular value, at every call in training.

    The singular value is estimated by power iteration: v = u Wᵀ / |u Wᵀ|, u = v W / |v W|, σ = v W uᵀ.

    Args:
        layer: A layer with a `kernel` or `embeddings`.
        power_iterations: The number of iterations at each call.

    Shapes: those of the layer. Raises ValueError for a layer without `kernel` or `embeddings`, or no
    iterations.

    Miyato et al., 2018, https://arxiv.org/abs/1802.05957

    >>> layer = keras.layers.SpectralNormalization(keras.layers.Dense(4), power_iterations=50)
    >>> outputs = layer(np.ones((2, 3)), training=True)
    >>> round(float(torch.linalg.matrix_norm(layer.layer.kernel.detach(), 2)), 3)
    1.0
    """

    def __init__(self, layer, power_iterations=1, **kwargs):
        super().__init__(layer, **kwargs)
        if power_iterations <= 0:
            raise ValueError(
                "`power_iterations` should be greater than zero. "
                f"Received: power_iterations={power_iterations}"
            )
        self.power_iterations = power_iterations

    def build(self, input_shape):
        super().build(input_shape)
        self.input_spec = InputSpec(min_ndim=1, axes={-1: input_shape[-1]})
        kernel = getattr(self.layer, "kernel", getattr(self.layer, "embeddings", None))
        if kernel is None:
            raise ValueError(
                f"Layer '{self.layer.name}' ({type(self.layer).__name__}) object has no attribute 'kernel' nor "
                "'embeddings', so SpectralNormalization cannot wrap it."
            )
        self.kernel = kernel
        self.kernel_shape = tuple(kernel.shape)
        self.vector_u = self.add_weight(
            name="vector_u",
            shape=(1, self.kernel_shape[-1]),
            initializer=initializers.TruncatedNormal(stddev=0.02),
            trainable=False,
            dtype=kernel.dtype,
        )

    def call(self, inputs, training=False):
        if training:
            with torch.no_grad():
                vector_u, kernel = self.normalized_weights()
                zero = (self._parameters["kernel"] == 0).all()
                self._buffers["vector_u"].copy_(torch.where(zero, self._buffers["vector_u"], vector_u))
                self._parameters["kernel"].copy_(torch.where(zero, self._parameters["kernel"], kernel))
        return self.layer(inputs).to(inputs.dtype)

    def normalized_weights(self):
        """Return the next estimate of the singular vector, and the kernel divided by the singular value."""
        kernel, u = self._parameters["kernel"], self._buffers["vector_u"]
        weights = kernel.reshape(-1, self.kernel_shape[-1])
        for _ in range(self.power_iterations):
            v = F.normalize(u @ weights.t(), dim=-1, eps=1e-12)
            u = F.normalize(v @ weights, dim=-1, eps=1e-12)
        u, v = u.detach(), v.detach()
        return u, kernel / (v @ weights @ u.t())

    def compute_output_shape(self, input_shape):
        return self.layer.compute_output_shape(input_shape)

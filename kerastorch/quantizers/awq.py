"""AWQ: weights of large inputs are made larger before they are rounded, so that less of them is lost.

Lin et al., 2023, https://arxiv.org/abs/2306.00978
"""

import torch

from kerastorch.core.edge import as_tensor
from kerastorch.core.op import Tensor, op
from kerastorch.quantizers.calibrated_config import AWQConfig
from kerastorch.quantizers.calibration import kernel_matrix
from kerastorch.quantizers.functions import pack_int4
from kerastorch.quantizers.groups import (
    compute_quantization_parameters,
    dequantize_with_sz_map,
    quantize_with_sz_map,
)


def _rounded(weights, group_size):
    """Return levels of four bits, scales, zero points and groups of weights (outputs, inputs)."""
    scale, zero, largest = compute_quantization_parameters(
        weights, bits=4, per_channel=True, group_size=group_size
    )
    places = torch.arange(weights.shape[1], device=weights.device)
    groups = torch.zeros_like(places) if group_size == -1 else places // group_size
    return quantize_with_sz_map(weights, scale, zero, groups, largest), scale, zero, groups.float()


@op
def awq_search_optimal_scales(
    weights: Tensor, activation_magnitudes: Tensor, *, num_grid_points=20, group_size=-1
):
    """Return the scale of each input for which the error, weighted by the inputs' magnitudes, is least.

    Tried are magnitude ** ratio for ratios from 0 to 1, divided by sqrt(largest * least).

    Args:
        weights: The weights (outputs, inputs).
        activation_magnitudes: The largest magnitude of each input.
        num_grid_points: How many ratios are tried, beside 0.
        group_size: How many inputs share a scale when they are rounded; -1 for all of them.
    """
    magnitudes = activation_magnitudes.float()
    magnitudes = torch.where(magnitudes < 1e-8, 1.0, magnitudes)
    best, least = torch.ones_like(magnitudes), None
    for point in range(num_grid_points + 1):
        scales = (magnitudes ** (point / num_grid_points)).clamp(min=1e-4)
        scales = scales / torch.sqrt(scales.max() * scales.min()).clamp(min=1e-8)
        levels, scale, zero, groups = _rounded(weights * scales, group_size)
        restored = dequantize_with_sz_map(levels, scale, zero, groups) / scales
        loss = ((weights - restored).square() * magnitudes.square()).mean()
        if least is None or loss < least:
            best, least = scales, loss
    return best


@op
def awq_quantize_matrix(
    weights_transpose: Tensor, activation_magnitudes: Tensor, *, num_grid_points=20, group_size=-1
):
    """Return levels, scales, zero points, the scales of the inputs, and groups of weights (outputs, inputs)."""
    awq_scales = awq_search_optimal_scales(
        weights_transpose, activation_magnitudes, num_grid_points=num_grid_points, group_size=group_size
    )
    levels, scale, zero, groups = _rounded(weights_transpose * awq_scales, group_size)
    return levels, scale, zero, awq_scales, groups


class AWQ:
    """The quantization of one layer: sees its inputs, then sets its weights.

    Args:
        layer: A layer with a kernel whose mode is "awq".
        config: An `AWQConfig`.
    """

    def __init__(self, layer, config=None):
        self.original_layer = layer
        self.config = AWQConfig(None, None) if config is None else config
        self.kernel_shape, matrix = kernel_matrix(layer, "AWQ")
        self.rows, self.columns = matrix.shape
        self.num_samples = 0
        self.activation_magnitudes = torch.zeros(self.rows, device=matrix.device)

    def update_activation_magnitudes(self, input_batch):
        """Take more inputs (..., rows) into the largest magnitudes."""
        if input_batch is None:
            raise ValueError("Input tensor cannot be None.")
        x = as_tensor(input_batch).detach().to(self.activation_magnitudes.device, torch.float32)
        if not x.numel():
            raise ValueError("Input tensor cannot be empty.")
        x = x.reshape(-1, x.shape[-1])
        self.activation_magnitudes = torch.maximum(self.activation_magnitudes, x.abs().amax(0))
        self.num_samples += len(x)

    observe = update_activation_magnitudes

    def quantize_layer(self):
        """Quantize the layer's kernel, and set its variables."""
        _, kernel = kernel_matrix(self.original_layer, "AWQ")
        levels, scale, zero, awq_scales, groups = awq_quantize_matrix(
            kernel.t(),
            self.activation_magnitudes,
            num_grid_points=self.config.num_grid_points,
            group_size=self.config.group_size,
        )
        levels = pack_int4(levels.to(torch.uint8), axis=0, dtype="uint8")[0]
        layer = self.original_layer
        layer._form.finish(
            layer,
            {
                "quantized_kernel": levels,
                "kernel_scale": scale,
                "kernel_zero": zero,
                "awq_scales": awq_scales,
                "g_idx": groups,
            },
        )

    finish = quantize_layer

    def free(self):
        """Let go of the magnitudes."""
        self.activation_magnitudes = None

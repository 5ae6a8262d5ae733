"""GPTQ: weights are rounded one input after the other, and those that follow make up for the error.

Frantar et al., 2022, https://arxiv.org/abs/2210.17323
"""

import torch

from kerastorch.core.edge import as_tensor
from kerastorch.core.op import Tensor, op
from kerastorch.quantizers.calibrated_config import GPTQConfig
from kerastorch.quantizers.calibration import kernel_matrix
from kerastorch.quantizers.functions import pack_int4
from kerastorch.quantizers.groups import (
    compute_quantization_parameters,
    dequantize_with_zero_point,
    quantize_with_zero_point,
)
from kerastorch.quantizers.quantizer import Quantizer


class GPTQQuantizer(Quantizer):
    """Finds scales and zero points as a `GPTQConfig` says.

    Args:
        config: The config.
        compute_dtype: The dtype of the computations.
    """

    def __init__(self, config=None, compute_dtype="float32"):
        super().__init__()
        config = GPTQConfig(None, None) if config is None else config
        self.weight_bits, self.per_channel = config.weight_bits, config.per_channel
        self.symmetric, self.group_size = config.symmetric, config.group_size
        self.compute_dtype = compute_dtype
        self.scale = self.zero = self.maxq = None

    def find_params(self, input_tensor):
        """Return scales, zero points and the largest level for weights (outputs, inputs)."""
        self.scale, self.zero, self.maxq = compute_quantization_parameters(
            input_tensor,
            bits=self.weight_bits,
            symmetric=self.symmetric,
            per_channel=self.per_channel,
            group_size=self.group_size,
            compute_dtype=self.compute_dtype,
        )
        return self.scale, self.zero, self.maxq

    def get_config(self):
        """Return the arguments that rebuild this object, ready for JSON."""
        names = ("output_dtype", "weight_bits", "per_channel", "symmetric", "group_size")
        return {name: getattr(self, name) for name in names}

    @classmethod
    def from_config(cls, config):
        """Return a new quantizer from what `get_config` gave."""
        config = {name: value for name, value in config.items() if name != "output_dtype"}
        return cls(GPTQConfig(None, None, **config))


@op
def _stable_permutation(metric: Tensor):
    """Return the indices that sort a metric from large to small, equal values in their order."""
    return torch.argsort(metric, descending=True, stable=True)


@op
def gptq_quantize_matrix(
    weights_transpose: Tensor,
    inv_hessian: Tensor,
    *,
    blocksize=128,
    group_size=-1,
    activation_order=False,
    order_metric: Tensor = None,
    compute_scale_zero=compute_quantization_parameters,
):
    """Return levels, scales, zero points and groups of weights (outputs, inputs).

    For input j: error = (w_j - rounded w_j) / inverse[j, j], and w_k -= error * inverse[j, k] for all k that follow.

    Args:
        weights_transpose: The weights.
        inv_hessian: The inverse of the Hessian (inputs, inputs).
        blocksize: How many inputs are done before the others are told.
        group_size: How many inputs share a scale; -1 for all of them.
        activation_order: Whether inputs of a large metric are done first.
        order_metric: The metric, by default 1 / diagonal(inv_hessian).
        compute_scale_zero: Returns scales, zero points and the largest level for the weights of a group.
    """
    weights, inverse = weights_transpose.clone(), inv_hessian
    size = weights.shape[1]
    order = None
    if activation_order:
        metric = 1 / (inverse.diagonal() + 1e-12) if order_metric is None else order_metric.float()
        order = _stable_permutation(torch.where(metric.isfinite(), metric, 0))
        weights, inverse = weights[:, order], inverse[order][:, order]
    levels = torch.zeros_like(weights, dtype=torch.int32)
    group_size = size if group_size == -1 else group_size
    scales, zeros = [], []
    for start in range(0, size, blocksize):
        end = min(start + blocksize, size)
        block, errors = weights[:, start:end].clone(), torch.zeros_like(weights[:, start:end])
        influence = inverse[start:end, start:end]
        for j in range(end - start):
            if (start + j) % group_size == 0:
                group = weights[:, start + j : start + j + group_size]
                scale, zero, largest = compute_scale_zero(group)
                scales.append(scale)
                zeros.append(zero)
            column = block[:, j : j + 1]
            level = quantize_with_zero_point(column, scale, zero, largest)
            levels[:, start + j] = level[:, 0].to(torch.int32)
            error = (column - dequantize_with_zero_point(level, scale, zero))[:, 0] / influence[j, j]
            errors[:, j] = error
            block[:, j + 1 :] -= torch.outer(error, influence[j, j + 1 :])
        weights[:, end:] -= errors @ inverse[start:end, end:]
    groups = (torch.arange(size, device=weights.device) // group_size).float()
    if order is not None:
        back = torch.argsort(order)
        groups, levels = groups[back], levels[:, back]
    return levels, torch.cat(scales, 1), torch.cat(zeros, 1), groups


class GPTQ:
    """The quantization of one layer: sees its inputs, then sets its weights.

    Args:
        layer: A layer with a kernel whose mode is "gptq".
        config: A `GPTQConfig`.
    """

    def __init__(self, layer, config=None):
        self.original_layer = layer
        self.config = GPTQConfig(None, None) if config is None else config
        self.kernel_shape, matrix = kernel_matrix(layer, "GPTQ")
        self.rows, self.columns = matrix.shape
        self.num_samples = 0
        self.quantizer = GPTQQuantizer(self.config, layer.variable_dtype)
        self.hessian = torch.zeros(self.rows, self.rows, device=matrix.device)

    def update_hessian_with_batch(self, input_batch):
        """Take more inputs (..., rows) into the mean of 2 x x^T."""
        if input_batch is None:
            raise ValueError("Input tensor cannot be None.")
        x = as_tensor(input_batch).detach().to(self.hessian.device, torch.float32)
        if x.ndim < 2:
            raise ValueError(f"Input tensor must have rank >= 2 (got rank {x.ndim}).")
        if not x.numel():
            raise ValueError("Input tensor cannot be empty.")
        if x.shape[-1] != self.rows:
            raise ValueError(f"Hessian dimensions ({self.rows}) do not match input features ({x.shape[-1]}).")
        x = x.reshape(-1, self.rows)
        gram = x.t() @ x
        total = self.num_samples + len(x)
        self.hessian = self.hessian * (self.num_samples / total) + (gram + gram.t()) / total
        self.num_samples = total

    observe = update_hessian_with_batch

    def quantize_and_correct_layer(self, blocksize=128):
        """Quantize the layer's kernel, and set its variables."""
        _, kernel = kernel_matrix(self.original_layer, "GPTQ")
        diagonal = self.hessian.diagonal()
        diagonal = torch.where(diagonal == 0, 1.0, diagonal)
        diagonal = diagonal + self.config.hessian_damping * diagonal.mean()
        hessian = self.hessian - torch.diag(self.hessian.diagonal()) + torch.diag(diagonal)
        levels, scale, zero, groups = gptq_quantize_matrix(
            kernel.t(),
            torch.linalg.inv(hessian),
            blocksize=blocksize,
            group_size=self.config.group_size,
            activation_order=self.config.activation_order,
            order_metric=diagonal,
            compute_scale_zero=self.quantizer.find_params,
        )
        levels = levels.to(torch.uint8)
        if self.config.weight_bits == 4:
            levels = pack_int4(levels, axis=0, dtype="uint8")[0]
        layer = self.original_layer
        layer._form.finish(
            layer, {"quantized_kernel": levels, "kernel_scale": scale, "kernel_zero": zero, "g_idx": groups}
        )

    finish = quantize_and_correct_layer

    def free(self):
        """Let go of the Hessian."""
        self.hessian = None

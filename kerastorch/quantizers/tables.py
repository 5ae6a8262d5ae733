"""Tables of embeddings in integers: rows are looked up packed and made floats afterwards."""

import torch

from kerastorch.quantizers.config import QuantizationConfig
from kerastorch.quantizers.functions import unpack_int4
from kerastorch.quantizers.groups import dequantize_with_sz_map
from kerastorch.quantizers.integers import IntegerWeight, assign, block_size_of, multiply
from kerastorch.quantizers.product import Product
from kerastorch.quantizers.quantizer import AbsMaxQuantizer


class IntegerTable:
    """The form of an embedding layer whose table is integers: the modes "int8" and "int4". Each row has its scale."""

    keeps_floats = False

    def __init__(self, layer, mode, shape, config):
        bits = 8 if mode == "int8" else 4
        layer._int4_block_size = block_size_of(layer, config) if bits == 4 else None
        self.weight = IntegerWeight("embeddings", shape, bits, (-1,), block=layer._int4_block_size)
        self.shape = tuple(shape)
        self.weight.add_to(layer, "_embeddings")

    def take(self, layer, floats, config):
        """Set the variables from the weights in floats, by name."""
        assign(layer, self.weight.quantize(floats["embeddings"], config.weight_quantizer))

    def value(self, layer):
        """Return what the layer shows as its embeddings: the integers."""
        return self.weight.integers(layer, "_embeddings")

    def merged(self, layer, update):
        """Return the values of the variables with an update of the table added, by name."""
        return self.weight.quantize(self.weight.floats(layer, "_embeddings") + update)

    def call(self, layer, inputs, training=None):
        """Return the rows."""
        if inputs.dtype is not torch.int64 and inputs.dtype is not torch.int32:
            inputs = inputs.to(torch.int32)
        dtype, rows, scale = layer._torch_dtype, layer._embeddings[inputs], layer.embeddings_scale[inputs]
        if self.weight.bits == 4:
            rows = unpack_int4.fn(rows, self.shape[-1], axis=-1)
        if self.weight.block is None:
            x = rows.to(dtype) / scale.unsqueeze(-1).to(dtype)
        else:
            x = dequantize_with_sz_map.fn(rows.to(dtype), scale, layer.embeddings_zero[inputs], layer.g_idx)
        if layer.lora_enabled:
            update = layer.lora_embeddings_a[inputs] @ layer.lora_embeddings_b
            x = x + (layer.lora_alpha / layer.lora_rank) * update
        return x.to(dtype)


class ReversibleTable(IntegerTable):
    """The same for a table that is multiplied with too, or that has a second one for that."""

    def __init__(self, layer, mode, shape, config):
        super().__init__(layer, mode, shape, config)
        layer.inputs_quantizer = QuantizationConfig.activation_quantizer_or_default(
            config, AbsMaxQuantizer(axis=-1)
        )
        self.reverse = None
        self.product = Product("...x,xy->...y")
        if not layer.tie_weights:
            self.reverse = IntegerWeight(
                "reverse_embeddings",
                shape[::-1],
                self.weight.bits,
                (0,),
                block=layer._int4_block_size,
                packed=0,
                own_index=False,
            )
            self.reverse.add_to(layer, "reverse_embeddings")

    def take(self, layer, floats, config):
        super().take(layer, floats, config)
        if self.reverse is not None:
            assign(layer, self.reverse.quantize(floats["reverse_embeddings"], config.weight_quantizer))

    def call(self, layer, inputs, reverse=False):
        """Return the rows, or the scores of hidden states."""
        if not reverse:
            return super().call(layer, inputs)
        inputs = inputs.to(layer._torch_dtype)
        if self.reverse is not None:
            return layer._capped(multiply(self.product, layer, self.reverse, "reverse_embeddings", inputs))
        x = multiply(self.product, layer, _Transposed(self.weight), "_embeddings", inputs)
        if layer.lora_enabled:
            update = (inputs @ layer.lora_embeddings_b.t()) @ layer.lora_embeddings_a.t()
            x = (x + (layer.lora_alpha / layer.lora_rank) * update).to(layer._torch_dtype)
        return layer._capped(x)


class _Transposed:
    """A weight seen with its axes the other way round."""

    def __init__(self, weight):
        self.weight, self.bits, self.name = weight, weight.bits, weight.name

    def integers(self, layer, attribute):
        return self.weight.integers(layer, attribute).t()

    def floats(self, layer, attribute):
        return self.weight.floats(layer, attribute).t()

"""Calibration: data go through a model block by block, and each layer to be quantized sees its inputs."""

import contextlib
import math
import re

import numpy as np
import torch

from kerastorch.core.edge import to_numpy
from kerastorch.core.settings import default_device
from kerastorch.quantizers.quantized import QuantizedKernel


def should_quantize_layer(layer, filters):
    """Tell whether a layer passes the filters: None, a pattern for its name, a list of patterns, or a function."""
    if filters is None:
        return True
    if callable(filters):
        return filters(layer)
    patterns = [filters] if isinstance(filters, str) else filters
    return any(re.search(pattern, layer.name) for pattern in patterns)


def kernel_matrix(layer, name):
    """Return the shape of a layer's kernel in floats, and the kernel as a matrix (inputs, outputs)."""
    if not isinstance(layer, QuantizedKernel):
        raise TypeError(f"Unsupported layer type for {name}: {type(layer)}")
    kernel = layer._main_variable()
    shape = tuple(kernel.shape)
    form = layer._form
    matrix = layer._product().matrix_shape(shape) if form is None else (form.rows, form.columns)
    return shape, kernel.detach().reshape(matrix)


def get_dataloader(
    tokenizer,
    sequence_length,
    dataset,
    num_samples=128,
    *,
    strategy="strided",
    seed=42,
    stride=None,
    eos_id=None,
):
    """Return token sequences (num_samples, 1, sequence_length) cut out of texts or arrays of tokens.

    Args:
        tokenizer: What makes tokens of texts.
        sequence_length: The length of a sequence.
        dataset: Texts, or arrays of tokens; repeated if there are too few tokens.
        num_samples: How many sequences.
        strategy: Where they begin: "strided", "linspace" (evenly) or "random".
        seed: The seed, for "random" and for the first place of "strided".
        stride: The distance for "strided", by default so that all of the data is covered.
        eos_id: A token put between texts.
    """
    if not hasattr(dataset, "__iter__") or isinstance(dataset, (str, bytes)):
        raise TypeError(
            "The `dataset` argument must be an iterable (e.g., a list of strings, a generator, or a NumPy array). "
            f"Got type: {type(dataset).__name__}. Please pass the loaded dataset directly."
        )
    items = list(dataset)
    if not items:
        raise ValueError("Provided dataset is empty.")
    pieces = []
    for index, item in enumerate(items):
        is_text = isinstance(item, str)
        pieces.append(to_numpy(tokenizer.tokenize(item) if is_text else item).reshape(-1))
        if is_text and eos_id is not None and index < len(items) - 1:
            pieces.append(np.array([eos_id]))
    tokens = np.concatenate(pieces).astype(np.int32)
    required = num_samples * sequence_length
    if tokens.size < required:
        tokens = np.tile(tokens, math.ceil(required / max(1, tokens.size)))
    last = tokens.size - sequence_length
    if last < 0:
        raise ValueError(
            f"Not enough tokens to form one sample of length {sequence_length} (have {tokens.size})."
        )
    if strategy == "random":
        starts = np.random.default_rng(seed).integers(0, last + 1, size=num_samples)
    elif strategy == "linspace":
        starts = np.linspace(0, last, num_samples, dtype=np.int64)
    elif strategy == "strided":
        stride = max(1, (last + 1) // num_samples) if stride is None else stride
        # The hash of a string differs from process to process, so the first place follows from the seed alone.
        starts = (np.random.default_rng(seed).integers(last + 1) + np.arange(num_samples) * stride) % (
            last + 1
        )
    else:
        raise ValueError(f"Unknown strategy: {strategy}. Use 'strided', 'linspace' or 'random'.")
    return np.lib.stride_tricks.sliding_window_view(tokens, sequence_length)[starts][:, None]


def find_layers_in_block(block):
    """Return the layers with a kernel in a block, by path."""
    found = (module for module in block.modules() if isinstance(module, QuantizedKernel))
    return {layer.path: layer for layer in found}


@contextlib.contextmanager
def observing(workers):
    """Context in which layers show their inputs to what will quantize them."""
    saved = {}
    try:
        for worker in workers:
            layer = worker.original_layer
            saved[layer] = layer.__dict__.get("call")
            layer.__dict__["call"] = _observed(worker, layer.call)
        yield
    finally:
        for layer, call in saved.items():
            layer.__dict__.pop("call", None)
            if call is not None:
                layer.__dict__["call"] = call


def _observed(worker, call):
    def observed(inputs, *args, **kwargs):
        worker.observe(inputs.reshape(-1, worker.rows))
        return call(inputs, *args, **kwargs)

    return observed


def calibrate(make_worker, config, structure, filters=None):
    """Quantize the layers of a model, block by block, so that each block sees the errors of those before.

    Args:
        make_worker: Returns what quantizes a layer, for the layer and the config: `GPTQ` or `AWQ`.
        config: The config.
        structure: A dict with the lists "pre_block_layers" and "sequential_blocks".
        filters: Which layers are quantized, as `should_quantize_layer` reads it.
    """
    name = config.mode.upper()
    if config.dataset is None or config.tokenizer is None:
        raise ValueError(
            f"{name} quantization requires a dataset and a tokenizer. Please provide them in the `{name}Config`."
        )
    blocks = structure.get("sequential_blocks", [])
    if not blocks:
        raise ValueError(
            "No sequential blocks found in the provided structure to quantize. The structure is a dict with the lists "
            f"'pre_block_layers' and 'sequential_blocks'. Received: {structure}"
        )
    data = get_dataloader(config.tokenizer, config.sequence_length, config.dataset, config.num_samples)
    with torch.no_grad():
        inputs = [torch.as_tensor(sample, device=default_device()) for sample in data]
        for layer in structure.get("pre_block_layers", []):
            inputs = [layer(x) for x in inputs]
        for block in blocks:
            layers = find_layers_in_block(block).values()
            workers = [make_worker(x, config) for x in layers if should_quantize_layer(x, filters)]
            with observing(workers):
                for x in inputs:
                    block(_batched(x))
            for worker in workers:
                worker.finish()
                worker.free()
            if block is not blocks[-1]:
                outputs = [block(_batched(x)) for x in inputs]
                inputs = [x[0] if isinstance(x, (tuple, list)) else x for x in outputs]


def _batched(x):
    return x[None] if x.ndim == 2 else x

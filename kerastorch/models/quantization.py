"""Quantizing a model: each layer by itself, or block by block with data."""

import warnings

from kerastorch.quantizers.awq import AWQ
from kerastorch.quantizers.calibration import calibrate, should_quantize_layer
from kerastorch.quantizers.config import validate_and_resolve_config
from kerastorch.quantizers.gptq import GPTQ

_WORKERS = {"gptq": GPTQ, "awq": AWQ}


def quantize_model(model, mode=None, config=None, filters=None, type_check=True):
    """Quantize the layers of a model that can be and that pass the filters, with a warning for the others."""
    if filters is not None and not (isinstance(filters, (str, list, tuple)) or callable(filters)):
        raise ValueError(
            "The `filters` argument must be a regex string, a list of regex strings, or a callable. "
            f"Received: {type(filters)}"
        )
    config = validate_and_resolve_config(mode, config)
    mode = config.mode
    structure = None
    if mode in _WORKERS:
        structure = config.quantization_layer_structure or model.get_quantization_layer_structure(mode)
        if structure is None:
            raise ValueError(
                f"For mode='{mode}', a valid quantization structure must be provided either via "
                "`config.quantization_layer_structure` or by overriding "
                "`model.get_quantization_layer_structure(mode)`. "
                "The structure should be a dictionary with keys 'pre_block_layers' and 'sequential_blocks'."
            )
    changed = False
    for layer in model._flatten_layers():
        if not should_quantize_layer(layer, filters) or len(layer._flatten_layers()) > 1:
            continue
        try:
            layer.quantize(mode, type_check=type_check, config=config)
            changed = True
        except NotImplementedError as error:
            if layer.weights:  # otherwise there is nothing that could be quantized
                warnings.warn(str(error), stacklevel=3)
    if structure is not None:
        calibrate(_WORKERS[mode], config, structure, filters)
    if changed:
        model.train_function = model.test_function = model.predict_function = None
        model._refresh_step()

"""How a call of a function of `keras.ops` is written into a model's config, and read from one.

Keras has a class beside each function: `keras.ops.relu` is written as class Relu of module keras.src.ops.nn, what its
constructor takes as the config, and what its call takes as arguments. Here the classes are names.
"""

import functools
import inspect

from kerastorch import ops
from kerastorch.core import registry, settings, tree
from kerastorch.core.keras_tensor import KerasTensor
from kerastorch.core.op import OpCall, Tensor, Tensors

_MODULES = {
    "core": "associative_scan cast cond convert_to_tensor fori_loop map saturate_cast scan scatter scatter_update "
    "slice slice_update stop_gradient switch unstack vectorized_map while_loop",
    "math": "cdist erf erfc erfinv extract_sequences fft fft2 ifft2 in_top_k irfft istft logdet logsumexp rfft rsqrt "
    "segment_max segment_min segment_prod segment_sum stft top_k view_as_complex view_as_real",
    "nn": "adaptive_average_pool adaptive_max_pool average_pool batch_normalization binary_crossentropy "
    "categorical_crossentropy celu conv conv_transpose ctc_decode ctc_loss depth_to_space depthwise_conv "
    "dot_product_attention elu fold gelu glu hard_shrink hard_sigmoid hard_silu hard_tanh layer_normalization "
    "leaky_relu log_sigmoid log_softmax max_pool moments multi_hot normalize one_hot polar psnr relu relu6 "
    "rms_normalization selu separable_conv sigmoid silu soft_shrink softmax softplus softsign space_to_depth "
    "sparse_categorical_crossentropy sparse_plus sparse_sigmoid sparsemax squareplus tanh_shrink threshold unfold",
}
_MODULE_OF = {name: module for module, names in _MODULES.items() for name in names.split()}
_OWN_MODULES = {
    "image": "image",
    "warping": "image",
    "resizing": "image",
    "filtering": "image",
    "linalg": "linalg",
}
_NUMPY = {"cross", "dot", "einsum", "inner", "kron", "matmul", "outer", "slogdet", "tensordot", "vdot"}
_SPELLED = {
    "allclose": "AllClose",
    "batch_normalization": "BatchNorm",
    "cdist": "CDist",
    "ctc_decode": "CTCDecode",
    "ctc_loss": "CTCLoss",
    "fft": "FFT",
    "fft2": "FFT2",
    "ifft2": "IFFT2",
    "in_top_k": "InTopK",
    "irfft": "IRFFT",
    "isin": "IsIn",
    "istft": "ISTFT",
    "jvp": "JVP",
    "layer_normalization": "LayerNorm",
    "psnr": "PSNR",
    "rfft": "RFFT",
    "rms_normalization": "RMSNorm",
    "searchsorted": "SearchSorted",
    "stft": "STFT",
    "svd": "SVD",
}
_CALLED = {  # arguments that are no arrays, but arguments of the call in Keras
    "dot_product_attention": {"scale"},
    "full_like": {"fill_value"},
    "get_item": {"key"},
    "isclose": {"rtol", "atol"},
    "pad": {"constant_values"},
    "select": {"default"},
    "slice": {"start_indices"},
    "slice_update": {"start_indices"},
}
_CONFIGURED = {  # arrays that are arguments of the constructor in Keras
    "bincount": {"weights"},
    "clip": {"x_min", "x_max"},
    "trapezoid": {"x"},
}
_PACKED = {inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD}


def class_of(fn):
    """Return the module and the name of Keras's class for a function of `keras.ops`.

    >>> from kerastorch.models.operation_config import class_of
    >>> class_of(keras.ops.relu), class_of(keras.ops.matmul)
    (('keras.src.ops.nn', 'Relu'), ('keras.src.ops.numpy', 'Matmul'))
    """
    name = fn.__name__.strip("_")
    module = _MODULE_OF.get(name)
    if module is None and name not in _NUMPY:
        module = _OWN_MODULES.get(fn.__module__.split(".")[-1])
    spelled = _SPELLED.get(name) or "".join(part.capitalize() for part in name.split("_"))
    return f"keras.src.ops.{module or 'numpy'}", spelled


def write(operation, node):
    """Return the description of the function, and the arguments and keyword arguments of its call."""
    fn = operation.fn
    if not registry.is_library(fn.__module__):
        raise ValueError(
            f"The model calls `{fn.__name__}` of {fn.__module__} directly, which cannot be written to a file. Put "
            "it into a layer's `call`, or use the function of the same name in `keras.ops`."
        )
    parameters = inspect.signature(fn).parameters
    bound = inspect.signature(fn).bind(*node.args, **node.kwargs, **operation.static).arguments
    config, args, kwargs = {"name": operation.name}, [], {}
    called = _CALLED.get(fn.__name__, ())
    arrays = {name for name, kind in fn.__annotations__.items() if kind in (Tensor, Tensors)}
    arrays -= _CONFIGURED.get(fn.__name__, set())
    for name, value in bound.items():
        if parameters[name].kind is inspect.Parameter.VAR_POSITIONAL:
            args += value
        elif parameters[name].kind is inspect.Parameter.VAR_KEYWORD:
            config.update(value)
        elif name in called or name in arrays or any(isinstance(x, KerasTensor) for x in tree.flatten(value)):
            kwargs[name] = value
        elif name == "data_format" and value is None:
            config[name] = settings.image_data_format()  # stays, whatever the default is later
        else:
            config[name] = value
    for name in list(kwargs):
        if name in called:
            break
        args.append(kwargs.pop(name))
    module, class_name = class_of(fn)
    config = {key: registry.serialize_value(value) for key, value in config.items()}
    description = {
        "module": module,
        "class_name": class_name,
        "config": config,
        "registered_name": class_name,
    }
    return description, args, kwargs


def is_operation(description):
    """Tell whether a description is that of a call of a function."""
    module = description.get("module") or ""
    return module.startswith("keras.src.ops.") or module == "keras.ops"


def read(description):
    """Return the operation of a description."""
    class_name = description.get("class_name")
    fn = _functions().get(_plain(class_name))
    if fn is None:
        raise ValueError(f"The model uses the operation {class_name!r}, which is not one of `keras.ops`.")
    config = dict(description.get("config") or {})
    own_name = config.pop("name", None)
    static = {key: registry.deserialize_nested(value) for key, value in config.items()}
    static = {key: tuple(value) if isinstance(value, list) else value for key, value in static.items()}
    return OpCall(fn, static, name=own_name)


def arranged(operation, args, kwargs):
    """Return the arguments of a call as the function takes them, with what the config holds in its place."""
    if operation.fn is ops.get_item:  # an index is a tuple; JSON has lists only
        args = [tuple(x) if isinstance(x, list) else x for x in args]
        kwargs = {key: tuple(x) if isinstance(x, list) else x for key, x in kwargs.items()}
    parameters = inspect.signature(operation.fn).parameters
    static, names = operation.static, list(parameters)
    if any(parameters[name].kind is inspect.Parameter.VAR_POSITIONAL for name in names):
        leading = [
            static.pop(name)
            for name in names
            if name in static and parameters[name].kind is inspect.Parameter.POSITIONAL_OR_KEYWORD
        ]
        return [*leading, *args], kwargs
    if any(name in static for name in names[: len(args)]):
        free = [name for name in names if name not in static]
        return [], {**dict(zip(free, args)), **kwargs}
    return args, kwargs


def _plain(name):
    return str(name).replace("_", "").lower()


@functools.cache
def _functions():
    found = {_plain(name): fn for name, fn in vars(ops).items() if inspect.isfunction(fn)}
    return {**found, **{_plain(spelled): getattr(ops, name) for name, spelled in _SPELLED.items()}}

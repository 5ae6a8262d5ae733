"""How tensors and variables print: NumPy's own text inside TensorFlow's frame."""

import numpy as np
import torch

_COARSE = (torch.bfloat16, torch.float8_e5m2, torch.float8_e4m3fn)


class _Coarse(float):
    """A number of a type with few digits, which prints as `%g` does."""

    def __repr__(self):
        return "nan" if self != self else format(float(self), "g")

    __str__ = __repr__


def array_text(raw, is_repr):
    """Return the text of a value (torch.Tensor or array of bytes) as NumPy writes it."""
    if isinstance(raw, torch.Tensor):
        raw = raw.detach()
        if raw.dtype in _COARSE:
            return _coarse_text(raw, is_repr)
        array = raw.resolve_conj().resolve_neg().cpu().numpy()
    else:
        array = raw
    if array.ndim == 0:
        return repr(array.item()) if is_repr else str(array[()])
    return repr(array) if is_repr else str(array)


def _coarse_text(raw, is_repr):
    array = raw.double().cpu().numpy()
    if array.ndim == 0:
        return repr(array.item()) if is_repr else repr(_Coarse(array))
    objects = np.empty(array.shape, object)
    objects.ravel()[:] = [_Coarse(v) for v in array.ravel()]
    name = str(raw.dtype).removeprefix("torch.")
    return repr(objects).replace("dtype=object", f"dtype={name}") if is_repr else str(objects)


def _framed(raw, is_repr):
    text = array_text(raw, is_repr)
    return "\n" + text if "\n" in text else text


def tensor_str(tensor):
    """Return the text that `print` shows."""
    raw = tensor._t
    if isinstance(raw, torch.Tensor) and raw.is_meta:
        return f'Tensor("Placeholder:0", shape={tensor.shape}, dtype={tensor.dtype.name})'
    return f"tf.Tensor({_framed(raw, False)}, shape={tensor.shape}, dtype={tensor.dtype.name})"


def tensor_repr(tensor):
    """Return the text that the prompt shows."""
    raw = tensor._t
    if isinstance(raw, torch.Tensor) and raw.is_meta:
        return f"<tf.Tensor 'Placeholder:0' shape={tensor.shape} dtype={tensor.dtype.name}>"
    return f"<tf.Tensor: shape={tensor.shape}, dtype={tensor.dtype.name}, numpy={_framed(raw, True)}>"


def variable_repr(variable, name, raw):
    """Return the text of a variable."""
    shape, dtype = variable.shape, variable.dtype.name
    return f"<tf.Variable {name!r} shape={shape} dtype={dtype}, numpy={_framed(raw, True)}>"

"""TensorFlow's paddings, as what torch is given.

"same" gives ceil(size / stride) outputs; where the zeros needed are odd in number, the extra one comes last.
"""

import torch.nn.functional as F

from kerastorch.core import infer


def same_padding(size, kernel, stride, dilation):
    """Return the zeros before and after an axis.

    >>> from kerastorch.layers.convolution.padding import same_padding
    >>> same_padding(28, 3, 2, 1)
    (0, 1)
    """
    reach = (kernel - 1) * dilation + 1
    total = max((-(-size // stride) - 1) * stride + reach - size, 0)
    return total // 2, total - total // 2


def pad_same(x, kernel, strides, dilation):
    """Return a tensor in torch's layout and the symmetric padding that is left for the convolution to do."""
    pairs = [same_padding(*each) for each in zip(x.shape[2:], kernel, strides, dilation)]
    if all(before == after for before, after in pairs):
        return x, [before for before, _ in pairs]
    return F.pad(x, [n for pair in reversed(pairs) for n in pair]), 0


def explain_empty(error, layer, shape, kernel, strides, dilation, padding):
    """Raise a ValueError instead of torch's error where the window is larger than the input."""
    reaches = [(k - 1) * d + 1 for k, d in zip(kernel, dilation)]
    sizes = shape[1:-1] if layer.data_format == "channels_last" else shape[2:]
    if padding == "valid" and any(size < reach for size, reach in zip(sizes, reaches)):
        raise ValueError(
            "Computed output size would be zero or negative: the input is smaller than the window. "
            f"Received: inputs.shape={infer.known(shape)}, window={tuple(kernel)}, strides={tuple(strides)}, "
            f"dilation_rate={tuple(dilation)}, padding={padding}. Use a larger input, fewer or smaller "
            "windows, "
            'or padding="same".'
        ) from error

"""TensorFlow's paddings, as what torch is given.

"same" gives ceil(size / stride) outputs; where the zeros needed are odd in number, the extra one comes last.
"""

import torch.nn.functional as F


def same_padding(size, kernel, stride, dilation):
    """Return the zeros before and after an axis.

    >>> from kerastorch.ops.padding import same_padding
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


def transposed_size(size, kernel, stride, dilation, padding, output_padding):
    """Return the size of a transposed convolution's output, and the zeros that the convolution had before its input.

    >>> from kerastorch.ops.padding import transposed_size
    >>> transposed_size(5, 3, 2, 1, "same", None)
    (10, 0)
    """
    reach = (kernel - 1) * dilation + 1
    full = (size - 1) * stride + reach
    if output_padding is None:
        output = size * stride + (max(reach - stride, 0) if padding == "valid" else 0)
    else:
        output = full + output_padding - (2 * (reach // 2) if padding == "same" else 0)
    before = max(full - output, 0) // 2 if padding == "same" else 0
    return output, before


def transposed(convolve, x, kernel, bias, strides, dilation, window, padding, output_padding):
    """Return a transposed convolution, in torch's layout.

    Args:
        convolve: Torch's function.
        x, kernel, bias: (batch, in, *sizes), (in, out, *window), (out,) or None.
        strides, dilation, window: Integers for each axis.
        padding: "valid" or "same".
        output_padding: How many more outputs there are on each axis, or None for each.
    """
    before, more, cuts = [], [], []
    each = zip(x.shape[2:], window, strides, dilation, output_padding)
    for axis, (size, k, s, d, extra) in enumerate(each, 2):
        output, first = transposed_size(size, k, s, d, padding, extra)
        missing = output - ((size - 1) * s - 2 * first + (k - 1) * d + 1)  # torch adds zeros at the end
        before.append(first)
        more.append(max(missing, 0))
        if missing < 0:
            cuts.append((axis, output))
    x = convolve(x, kernel, bias, strides, before, more, 1, dilation)
    for axis, output in cuts:
        x = x.narrow(axis, 0, output)
    return x

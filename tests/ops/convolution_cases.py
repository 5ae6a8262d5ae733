"""Every combination of padding, strides and dilation for convolutions and pooling: rows for TensorFlow and for us."""

import itertools

import numpy as np

SIZES = {1: (7,), 2: (6, 5), 3: (5, 4, 4)}
WINDOWS = {1: (3,), 2: (3, 2), 3: (2, 3, 2)}


def numbers(seed, shape):
    """Return numbers whose float32 values are the same in every version of NumPy."""
    count = int(np.prod(shape))
    return (np.sin(np.arange(count) * 1.7 + seed) * 2).astype("float32").reshape(shape)


def _steps(n):
    """Yield (strides, padding, dilation) that TensorFlow takes: not both strides and dilation."""
    for padding in ("valid", "same"):
        for stride in (1, 2, 3):
            yield stride, padding, 1
        yield 1, padding, 2
    if n == 2:
        yield (2, 1), "same", 1
        yield 1, "same", (2, 1)


def _cases():
    for n in (1, 2, 3):
        sizes, window = SIZES[n], WINDOWS[n]
        for s, p, d in _steps(n):
            options = dict(strides=s, padding=p, dilation_rate=d)
            yield "conv", [(1, *sizes, 2), (*window, 2, 3)], options
            if n < 3 and not isinstance(s, tuple):
                yield "depthwise_conv", [(1, *sizes, 2), (*window, 2, 2)], options
                yield "separable_conv", [(1, *sizes, 2), (*window, 2, 1), (*(1,) * n, 2, 3)], options
            if not isinstance(d, tuple):
                yield "conv_transpose", [(1, *sizes, 2), (*window, 3, 2)], options
        yield "conv", [(1, *sizes, 4), (*window, 2, 4)], dict(padding="same")
        for s, p in itertools.product((2, 3), ("valid", "same")):
            yield (
                "conv_transpose",
                [(1, *sizes, 2), (*window, 3, 2)],
                dict(strides=s, padding=p, output_padding=1),
            )
        for name in ("max_pool", "average_pool"):
            for w, s, p in itertools.product((2, 3), (None, 1, 2, 3), ("valid", "same")):
                yield name, [(1, *sizes, 2)], dict(pool_size=w, strides=s, padding=p)


CASES = list(_cases())


def label(case):
    """Return the name of a row, by which its recorded values are found."""
    name, shapes, options = case
    return f"{name} {shapes} {sorted(options.items())}"


def upstream(shape):
    """Return the gradient that comes from above: a different number for each output."""
    return numbers(0.5, shape)

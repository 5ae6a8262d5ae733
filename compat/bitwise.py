"""`tf.bitwise`: operations on the bits of whole numbers."""

import torch

from ._elementwise import INTS
from ._wrap import Same, op


def _bits(name, kernel, function, meaning):
    @op(kernel, allowed=INTS, direct=function)
    def combine(x: Same, y: Same, name=None):
        return function(x, y)

    combine.__name__ = combine.__qualname__ = name
    combine.__doc__ = f"Return {meaning}."
    return combine


bitwise_and = _bits("bitwise_and", "BitwiseAnd", torch.bitwise_and, "the bits that both have")
bitwise_or = _bits("bitwise_or", "BitwiseOr", torch.bitwise_or, "the bits that either has")
bitwise_xor = _bits("bitwise_xor", "BitwiseXor", torch.bitwise_xor, "the bits that one of them has")
left_shift = _bits("left_shift", "LeftShift", torch.bitwise_left_shift, "x * 2**y")
right_shift = _bits("right_shift", "RightShift", torch.bitwise_right_shift, "x // 2**y")


@op("Invert", allowed=INTS, direct=torch.bitwise_not)
def invert(x: Same, name=None):
    """Return the other bits."""
    return torch.bitwise_not(x)

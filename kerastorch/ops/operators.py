"""The Python operators of symbolic tensors."""

from kerastorch.core.keras_tensor import register_operators
from kerastorch.ops.elementwise import (
    absolute,
    add,
    divide,
    floor_divide,
    mod,
    multiply,
    negative,
    power,
    subtract,
)
from kerastorch.ops.logic import (
    greater,
    greater_equal,
    less,
    less_equal,
    logical_and,
    logical_not,
    logical_or,
    logical_xor,
    not_equal,
)
from kerastorch.ops.manipulate import get_item, get_text_item, reshape, squeeze
from kerastorch.ops.math import matmul

register_operators(
    add=add,
    subtract=subtract,
    multiply=multiply,
    true_divide=divide,
    floor_divide=floor_divide,
    mod=mod,
    power=power,
    matmul=matmul,
    logical_and=logical_and,
    logical_or=logical_or,
    logical_xor=logical_xor,
    logical_not=logical_not,
    less=less,
    less_equal=less_equal,
    greater=greater,
    greater_equal=greater_equal,
    not_equal=not_equal,
    negative=negative,
    absolute=absolute,
    getitem=get_item,
    getitem_text=get_text_item,
    reshape=reshape,
    squeeze=squeeze,
)

"""Keras's initializers under the names that TensorFlow has for them at the top."""

from kerastorch.initializers import Constant as constant_initializer
from kerastorch.initializers import Ones as ones_initializer
from kerastorch.initializers import RandomNormal as random_normal_initializer
from kerastorch.initializers import RandomUniform as random_uniform_initializer
from kerastorch.initializers import Zeros as zeros_initializer

__all__ = [
    "constant_initializer",
    "ones_initializer",
    "random_normal_initializer",
    "random_uniform_initializer",
    "zeros_initializer",
]

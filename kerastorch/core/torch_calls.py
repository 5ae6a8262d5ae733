"""Plain torch modules on symbolic tensors.

`torch.nn.Module.__call__` gets a branch for KerasTensors, as `torch.fx` does while it traces: the module then becomes
a layer of the Functional model, so that its parameters are trained and saved. Layers have their own `__call__` and do
not pass here.
"""

import functools
import weakref

import torch

from kerastorch.core.keras_tensor import KerasTensor, any_symbolic

_call = torch.nn.Module.__call__


def wrap_torch_modules(wrapper):
    """Make a plain torch module called on a KerasTensor go through `wrapper(module)`.

    Args:
        wrapper: Function from a module to a layer.
    """
    layers = weakref.WeakValueDictionary()  # by id of the module, while a graph holds the layer

    @functools.wraps(_call)
    def call(self, *args, **kwargs):
        if args and (type(args[0]) is KerasTensor or any_symbolic(args, kwargs)):
            layer = layers.get(id(self))
            if layer is None or layer.module is not self:
                layer = layers[id(self)] = wrapper(self)
            return layer(*args, **kwargs)
        return _call(self, *args, **kwargs)

    torch.nn.Module.__call__ = call

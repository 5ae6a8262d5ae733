"""A scalar Variable together with its value as a Python number."""

import torch

from kerastorch.core.variable import Variable


class Mirror:
    """A scalar Variable in host memory, read as a Python number without touching the tensor at every step.

    Whoever assigns the Variable changes its version, and the next `get` reads it again.

    Args:
        value: The initial value.
        dtype: A torch dtype.
        name: The Variable's name.
        path: Its path.
    """

    def __init__(self, value, dtype, name, path):
        self.variable = Variable._make(torch.tensor(value, dtype=dtype), trainable=False)
        self.variable.name, self.variable.path = name, path
        self.version = None
        self.value = None

    def get(self):
        """Return the value as a Python number."""
        variable = self.variable
        if variable._version != self.version:
            self.value, self.version = variable.item(), variable._version
        return self.value

    def set(self, value):
        """Set the Variable."""
        variable = self.variable
        variable.fill_(value)
        self.value, self.version = value, variable._version

    def __getstate__(self):
        return {"variable": self.variable, "version": None, "value": None}

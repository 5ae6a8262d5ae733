"""CellLayer: an RNN that makes its own cell from its arguments (LSTM, GRU, SimpleRNN)."""

import operator

from kerastorch.core.input_spec import InputSpec
from kerastorch.layers.recurrent.rnn import RNN


def of_cell(name):
    """Return a property that reads an attribute of the layer's cell."""
    return property(operator.attrgetter(f"cell.{name}"), doc=f"The cell's `{name}`.")


class CellLayer(RNN):
    """Base of LSTM, GRU and SimpleRNN: the constructor's arguments are read off the cell."""

    config_exclude = ("cell", "use_cudnn")

    def __init__(self, cell, use_cudnn=None, **kwargs):
        if use_cudnn not in ("auto", True, False, None):
            raise ValueError(
                "Invalid value for argument `use_cudnn`. Expected one of {'auto', True, False}. "
                f"Received: use_cudnn={use_cudnn}"
            )
        super().__init__(cell, **kwargs)
        if use_cudnn is not None:  # SimpleRNN has no such argument
            self.use_cudnn = use_cudnn
        self.input_spec = InputSpec(ndim=3)

    @staticmethod
    def _cell_keywords(kwargs):
        """Return what the cell takes of a layer's further arguments."""
        return {
            "dtype": kwargs.get("dtype"),
            "trainable": kwargs.get("trainable", True),
            "implementation": kwargs.pop("implementation", 2),
        }

    units = of_cell("units")
    activation = of_cell("activation")
    use_bias = of_cell("use_bias")
    kernel_initializer = of_cell("kernel_initializer")
    recurrent_initializer = of_cell("recurrent_initializer")
    bias_initializer = of_cell("bias_initializer")
    kernel_regularizer = of_cell("kernel_regularizer")
    recurrent_regularizer = of_cell("recurrent_regularizer")
    bias_regularizer = of_cell("bias_regularizer")
    kernel_constraint = of_cell("kernel_constraint")
    recurrent_constraint = of_cell("recurrent_constraint")
    bias_constraint = of_cell("bias_constraint")
    dropout = of_cell("dropout")
    recurrent_dropout = of_cell("recurrent_dropout")

    def _config_value(self, name):
        return self.cell.seed if name == "seed" else super()._config_value(name)

    def inner_loop(self, sequences, initial_state, mask, training=False):
        if self.__dict__.get("use_cudnn") is True and self.fused_reason(training) is not None:
            raise ValueError(
                f"Layer '{self.name}' has `use_cudnn=True`, but cannot use a fused kernel: "
                f"{self.fused_reason(training)}. Pass `use_cudnn='auto'` to allow a loop."
            )
        return super().inner_loop(sequences, initial_state, mask, training)

    def _fusing(self):
        return self.__dict__.get("use_cudnn") is not False

    def fused_reason(self, training=True):
        """Return why the layer loops over time in Python, or None when it runs in a fused kernel.

        Args:
            training: Whether to answer for training, where dropout is active.
        """
        return "use_cudnn=False" if not self._fusing() else super().fused_reason(training)

    @classmethod
    def from_config(cls, config):
        return super().from_config(config)

"""TorchModuleWrapper: a torch module as a layer."""

import base64
import io

import torch

from kerastorch.core import registry
from kerastorch.core.keras_tensor import KerasTensor
from kerastorch.core.layer import Layer
from kerastorch.core.torch_calls import wrap_torch_modules


class TorchModuleWrapper(Layer):
    """module(*inputs): its parameters are the layer's weights, trained and saved with it.

    Args:
        module: A `torch.nn.Module`.
        name: The name of the layer.
        output_shape: The output's shape with the batch; found by running the module where it is not given.

    Raises TypeError unless `module` is a torch module, and ValueError when one is loaded in safe mode.

    >>> keras.layers.TorchModuleWrapper(torch.nn.Linear(4, 2))(torch.ones(3, 4)).shape
    torch.Size([3, 2])
    """

    config_exclude = ("module", "output_shape")

    def __init__(self, module, name=None, output_shape=None, **kwargs):
        super().__init__(name=name, **kwargs)
        if not isinstance(module, torch.nn.Module):
            raise TypeError(f"`module` must be a torch.nn.Module. Received: module={module!r}")
        self.module = module
        self._output_shape = output_shape

    def call(self, *args, training=None, **kwargs):
        if self.module.training != bool(training):
            self.module.train(bool(training))
        return self.module(*args, **kwargs)

    def compute_output_spec(self, *args, **kwargs):
        if self._output_shape is None:
            return super().compute_output_spec(*args, **kwargs)
        return KerasTensor(tuple(self._output_shape), self.compute_dtype)

    def get_config(self):
        config = super().get_config()
        buffer = io.BytesIO()
        torch.save(self.module, buffer)
        config["module"] = base64.b64encode(buffer.getvalue()).decode("ascii")
        config["output_shape"] = self._output_shape
        return config

    @classmethod
    def from_config(cls, config, custom_objects=None, safe_mode=None):
        """Return a new layer; the pickled module in the config is loaded only with `safe_mode=False`."""
        config = dict(config)
        if isinstance(config.get("module"), str):
            if registry.in_safe_mode() if safe_mode is None else safe_mode is not False:
                raise ValueError(
                    "Requested the deserialization of a `TorchModuleWrapper`: its torch module is stored "
                    "as a pickle, "
                    "which can run any code, so that is disallowed by default. If you trust the source of "
                    "the file, "
                    "pass `safe_mode=False` to the loading function, or call "
                    "`keras.config.enable_unsafe_deserialization()`."
                )
            buffer = io.BytesIO(base64.b64decode(config["module"]))
            config["module"] = torch.load(buffer, weights_only=False)
        return cls(**config)


wrap_torch_modules(TorchModuleWrapper)

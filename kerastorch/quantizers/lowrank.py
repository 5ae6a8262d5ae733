"""LoRA: a frozen weight and a trained update of low rank."""

import contextlib

import torch

from kerastorch.core.call import context


class LowRank:
    """Gives a layer with one main weight `enable_lora`: from then on weight + alpha / rank * a @ b is used.

    The layer names the weight. Once it has an update, the variable itself is the attribute with an underscore before
    the name, and the name means the sum.

    Hu et al., 2021.
    """

    lora_enabled = False
    lora_rank = lora_alpha = None
    _main = "kernel"  # the name of the weight

    def __init__(self, *args, lora_rank=None, lora_alpha=None, **kwargs):
        super().__init__(*args, **kwargs)
        if lora_rank is not None and (isinstance(lora_rank, bool) or lora_rank <= 0):
            raise ValueError(f"`lora_rank` must be a positive integer. Received: lora_rank={lora_rank}")
        self.lora_rank, self.lora_alpha = lora_rank, lora_rank if lora_alpha is None else lora_alpha

    def _build_lora(self):
        """Act on the constructor's arguments, at the end of `build`."""
        if self.lora_rank:
            self.enable_lora(self.lora_rank, lora_alpha=self.lora_alpha)

    def enable_lora(self, rank, lora_alpha=None, a_initializer="he_uniform", b_initializer="zeros"):
        """Freeze the main weight and train an update of rank `rank` instead.

        Args:
            rank: The rank.
            lora_alpha: The update is scaled by `lora_alpha / rank`; by default it is not scaled.
            a_initializer, b_initializer: What the two factors start from.

        >>> layer = keras.layers.Dense(4)
        >>> layer.build((None, 8))
        >>> layer.enable_lora(2)
        >>> [tuple(w.shape) for w in layer.trainable_weights]
        [(4,), (8, 2), (2, 4)]
        """
        name = self._main
        if getattr(self, f"{name}_constraint", None) is not None:
            raise ValueError(
                f"Lora is incompatible with {name.removesuffix('s')} constraints. To enable lora on layer "
                f"'{self.name}', remove its `{name}_constraint`."
            )
        if not self.built and not self.__dict__.get("_building"):
            raise ValueError(
                f"Cannot enable lora on a layer that isn't yet built: build layer '{self.name}' or call it first."
            )
        if self.lora_enabled:
            raise ValueError(f"lora is already enabled on layer '{self.name}'. It can be enabled only once.")
        if self.quantization_mode in ("gptq", "awq"):
            raise NotImplementedError(
                f"lora is not currently supported with {self.quantization_mode.upper()} quantization. "
                f"Received: layer '{self.name}'"
            )
        shape = self._main_shape()
        regularizer = getattr(self, f"{name}_regularizer")
        parts = (("a", (*shape[:-1], rank), a_initializer), ("b", (rank, shape[-1]), b_initializer))
        with adding_to(self):
            for part, size, initializer in parts:
                self.add_weight(
                    name=f"lora_{name}_{part}",
                    shape=size,
                    initializer=initializer,
                    dtype="float32",
                    regularizer=regularizer,
                )
        weight = self._main_variable()
        weight.trainable = False
        setattr(self, f"_{name}", weight)  # renamed: the name itself now means the sum
        self.lora_enabled = True
        self.lora_rank, self.lora_alpha = rank, rank if lora_alpha is None else lora_alpha
        self._fast = False

    def _main_variable(self):
        """Return the variable that holds the weight."""
        for held in (self._parameters, self._buffers):
            for name in (self._main, f"_{self._main}"):
                if held.get(name) is not None:
                    return held[name]
        return None

    def _main_shape(self):
        return tuple(self._main_variable().shape)

    def _lora_update(self):
        a, b = (getattr(self, f"lora_{self._main}_{part}") for part in "ab")
        return (self.lora_alpha / self.lora_rank) * torch.matmul(a, b)

    def _missing(self, name):
        """Return what the weight's name, or the name with an underscore, means where no variable has it."""
        state = self.__dict__
        if name == self._main:
            if "_" + name in state["_parameters"] or "_" + name in state["_buffers"]:
                return self._main_value()
            if not state.get("built"):
                raise AttributeError(f"You must build the layer before accessing `{name}`.")
        elif name == "_" + self._main and (
            self._main in state["_parameters"] or self._main in state["_buffers"]
        ):
            return getattr(self, self._main)
        return super()._missing(name)

    def _main_value(self):
        value = getattr(self, "_" + self._main)
        return (value + self._lora_update()).to(self._torch_dtype) if self.lora_enabled else value

    # ------------------------------------------------------------------ files
    def _saved_variables(self):
        """Return the variables without the update, which is saved as part of the main weight."""
        return [v for v in super()._saved_variables() if not v.name.startswith("lora_")]

    def _saved_value(self, variable):
        if not self.lora_enabled or variable is not self._main_variable():
            return variable
        with torch.no_grad():
            return self._main_value()

    def _on_load(self):
        """Start the update again from nothing: what was loaded contains the old one."""
        if self.lora_enabled:
            with torch.no_grad():
                getattr(self, f"lora_{self._main}_b").zero_()

    def get_config(self):
        config = super().get_config()
        if self.lora_rank:
            config["lora_rank"], config["lora_alpha"] = self.lora_rank, self.lora_alpha
        return config


@contextlib.contextmanager
def adding_to(layer):
    """Context in which the variables of a built layer get its path."""
    saved, context.names = context.names, tuple(layer.path.split("/"))
    try:
        yield
    finally:
        context.names = saved

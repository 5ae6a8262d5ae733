"""LoRA: a frozen weight and a trained update of low rank."""

import torch

from kerastorch.layers.core.arguments import positive_int


class LowRank:
    """Gives a layer with one main weight `enable_lora`: from then on weight + alpha / rank * a @ b is used.

    Hu et al., 2021.
    """

    lora_enabled = False
    _lora_weight = "kernel"  # the name of the weight

    def _set_lora(self, rank, alpha):
        """Keep the constructor's arguments, for `build` to act on."""
        self.lora_rank = None if rank is None else positive_int("lora_rank", rank)
        self.lora_alpha = rank if alpha is None else alpha

    def _build_lora(self):
        if self.lora_rank is not None:
            self.enable_lora(self.lora_rank, lora_alpha=self.lora_alpha)

    def enable_lora(self, rank, a_initializer="he_uniform", b_initializer="zeros", lora_alpha=None):
        """Freeze the main weight and train an update of rank `rank` instead.

        Args:
            rank: The rank.
            a_initializer, b_initializer: What the two factors start from.
            lora_alpha: The update is scaled by `lora_alpha / rank`; by default it is not scaled.
        """
        name = self._lora_weight
        if getattr(self, f"{name}_constraint", None) is not None:
            raise ValueError(
                f"Lora is incompatible with constraints. To enable lora on layer '{self.name}', remove its "
                f"`{name}_constraint`."
            )
        if not self.built and not self.__dict__.get("_building"):
            raise ValueError(f"Cannot enable lora on layer '{self.name}', which isn't yet built.")
        if self.lora_enabled:
            raise ValueError(f"lora is already enabled on layer '{self.name}'. It can be enabled only once.")
        weight = getattr(self, name)
        self.add_weight(name=f"lora_{name}_a", shape=(*weight.shape[:-1], rank), initializer=a_initializer)
        self.add_weight(name=f"lora_{name}_b", shape=(rank, weight.shape[-1]), initializer=b_initializer)
        weight.trainable = False
        self.lora_enabled = True
        self.lora_rank, self.lora_alpha = rank, rank if lora_alpha is None else lora_alpha

    def _adapted(self):
        """Return the main weight with its update."""
        return getattr(self, self._lora_weight) + self._lora_update()

    def _lora_update(self):
        name = self._lora_weight
        a, b = getattr(self, f"lora_{name}_a"), getattr(self, f"lora_{name}_b")
        return (self.lora_alpha / self.lora_rank) * torch.matmul(a, b)

    def _saved_variables(self):
        """Return the variables without the update, which is saved as part of the main weight."""
        return [v for v in super()._saved_variables() if not v.name.startswith("lora_")]

    def _saved_value(self, variable):
        if not self.lora_enabled or variable is not getattr(self, self._lora_weight):
            return variable
        with torch.no_grad():
            return self._adapted()

    def _on_load(self):
        """Start the update again from nothing: what was loaded contains the old one."""
        if self.lora_enabled:
            with torch.no_grad():
                getattr(self, f"lora_{self._lora_weight}_b").zero_()

    def get_config(self):
        config = super().get_config()
        if self.lora_rank is not None:
            config["lora_rank"], config["lora_alpha"] = self.lora_rank, self.lora_alpha
        return config

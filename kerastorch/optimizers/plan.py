"""Which variables are updated together: the lists that the kernels take, made once and used at every step."""

import operator

import torch

_TENSORS = {torch.Tensor}


class Group:
    """Variables of one dtype on one device, with their state.

    Attributes:
        variables: The variables.
        positions: Their places among the gradients; None when the group has all of them, in order.
        slots: Lists of state, by name.
        decayed: Those variables that weight decay applies to.
        dense: Whether the state is laid out in memory as the variables are, as fused kernels need it.
    """

    def __init__(self, optimizer, indices, positions):
        self.variables = [optimizer._trainable_variables[i] for i in indices]
        self.indices, self.positions = indices, positions
        self.device, self.dtype = self.variables[0].device, self.variables[0].dtype
        self.slots = {name: [slots[i] for i in indices] for name, slots in optimizer._slots.items()}
        self.decayed = []
        if optimizer.weight_decay is not None:
            self.decayed = [v for v in self.variables if optimizer._use_weight_decay(v)]
        self.strides = [v.stride() for v in self.variables]
        slots = self.slots.values()
        self.dense = all([x.stride() for x in slot if x is not None] == self.strides for slot in slots)
        self.fused = self.dense and self.device.type in ("cpu", "cuda") and self.dtype.is_floating_point
        self.extra = {}  # what a rule wants to keep with the group

    def aligned(self, grads):
        """Return the gradients laid out in memory as the variables are: the fused kernels walk both in step."""
        if [g.stride() for g in grads] == self.strides:
            return grads
        return [
            g if g.stride() == v.stride() else torch.empty_like(v).copy_(g)
            for g, v in zip(grads, self.variables)
        ]


class Plan:
    """The groups of some of an optimizer's variables."""

    def __init__(self, optimizer, indices):
        self.indices = indices
        self.variables = [optimizer._trainable_variables[i] for i in indices]
        self.all = list(indices) == list(range(len(optimizer._trainable_variables)))
        self.dtypes = [v.dtype for v in self.variables]
        self.device = self.variables[0].device if self.variables else None
        self.constrained = [v for v in self.variables if getattr(v, "constraint", None) is not None]
        self.clips = any((optimizer.clipnorm, optimizer.clipvalue, optimizer.global_clipnorm))
        self.has_direct = any(
            getattr(v, "overwrite_with_gradient", False) for v in optimizer._trainable_variables
        )
        self.groups = self._groups(optimizer)

    def _groups(self, optimizer):
        places = {}
        for position, variable in enumerate(self.variables):
            places.setdefault((variable.device, variable.dtype), []).append(position)
            self._move_state(optimizer, self.indices[position], variable)
        alone = len(places) == 1
        return [
            Group(optimizer, [self.indices[p] for p in positions], None if alone else positions)
            for positions in places.values()
        ]

    def _move_state(self, optimizer, index, variable):
        """Bring a variable's state to where the variable is now."""
        for slots in (
            *optimizer._slots.values(),
            optimizer._model_variables_moving_average,
            optimizer._accumulated_gradients,
        ):
            state = slots[index] if index < len(slots) else None
            if isinstance(state, torch.Tensor) and state.device != variable.device:
                state.data = state.data.to(variable.device)

    def is_current(self):
        """Tell whether all variables are still where they were."""
        return all(v.device == group.device for group in self.groups for v in group.variables)

    def fits(self, grads, variables):
        """Tell whether the plan can take these gradients, and the variables (None: all) as they are."""
        own = self.variables
        if self.has_direct:
            return False
        if variables is None:
            if not self.all:
                return False
        elif variables is not own and not (
            len(variables) == len(own) and all(map(operator.is_, variables, own))
        ):
            return False
        return (
            len(grads) == len(own)
            and set(map(type, grads)) == _TENSORS
            and [g.dtype for g in grads] == self.dtypes
            and own[0].device == self.device
        )

"""Optimizer: the base on which every optimizer is one update rule over lists of tensors."""

import re
import warnings

import torch

from kerastorch.core import edge, settings
from kerastorch.core.configurable import Configurable
from kerastorch.core.dtypes import to_torch_dtype
from kerastorch.core.naming import auto_name
from kerastorch.optimizers import gradients
from kerastorch.optimizers.mirror import Mirror
from kerastorch.optimizers.plan import Plan
from kerastorch.optimizers.schedules.schedule import LearningRateSchedule
from kerastorch.optimizers.state import HasState


class Optimizer(HasState, Configurable):
    """Changes variables so that a loss falls, given its gradients.

    A user's optimizer overrides `build(var_list)`, to make its state, and
    `update_step(gradient, variable, learning_rate)`. The library's own override `slots`, which names their
    state, and `update`, which changes a whole list of variables at once.

    Args:
        learning_rate: A number, a `LearningRateSchedule`, or a function without arguments.
        weight_decay: The fraction of each variable, times the learning rate, that each step takes off.
        clipnorm: The largest norm of each gradient.
        clipvalue: The largest absolute value in a gradient.
        global_clipnorm: The largest norm of all gradients together.
        use_ema: Whether to keep a moving average of the variables.
        ema_momentum: The weight of the old average at each step.
        ema_overwrite_frequency: How many steps pass until the variables are set to their averages; None: only
            at the end of training.
        loss_scale_factor: What `scale_loss` multiplies the loss by, and `apply` divides the gradients by.
        gradient_accumulation_steps: How many steps' gradients are averaged for one update.
        name: The name, by default made from the class.

    >>> w = keras.Variable([1.0, 2.0])
    >>> optimizer = keras.optimizers.SGD(learning_rate=0.5)
    >>> optimizer.apply([torch.tensor([2.0, 2.0])], [w])
    >>> w.numpy(), int(optimizer.iterations)
    (array([0., 1.], dtype=float32), 1)
    """

    _updates_one_by_one = True  # a user's `update_step` replaces the rule for lists

    def __init__(
        self,
        learning_rate,
        weight_decay=None,
        clipnorm=None,
        clipvalue=None,
        global_clipnorm=None,
        use_ema=False,
        ema_momentum=0.99,
        ema_overwrite_frequency=None,
        loss_scale_factor=None,
        gradient_accumulation_steps=None,
        name=None,
        **kwargs,
    ):
        if kwargs.pop("decay", None) is not None:
            warnings.warn("Argument `decay` is no longer supported and will be ignored.", stacklevel=3)
        if kwargs:
            raise ValueError(f"Argument(s) not recognized: {kwargs}")
        if sum(x is not None for x in (clipnorm, clipvalue, global_clipnorm)) > 1:
            raise ValueError(
                "Only one of `clipnorm`, `clipvalue` and `global_clipnorm` can be set. Received: "
                f"clipnorm={clipnorm}, clipvalue={clipvalue}, global_clipnorm={global_clipnorm}"
            )
        if use_ema and not 0 <= ema_momentum <= 1:
            raise ValueError(
                f"`ema_momentum` must be in the range [0, 1]. Received: ema_momentum={ema_momentum}"
            )
        if ema_overwrite_frequency is not None and (
            not isinstance(ema_overwrite_frequency, int) or ema_overwrite_frequency < 1
        ):
            raise ValueError(
                "`ema_overwrite_frequency` must be an integer >= 1 or None. "
                f"Received: ema_overwrite_frequency={ema_overwrite_frequency}"
            )
        steps = gradient_accumulation_steps
        if steps is not None and (not isinstance(steps, int) or steps < 2):
            raise ValueError(
                "`gradient_accumulation_steps` must be an integer >= 2. Received: "
                f"gradient_accumulation_steps={steps}"
            )
        self.name = auto_name(type(self).__name__) if name is None else name
        self.weight_decay = weight_decay
        self.clipnorm, self.clipvalue, self.global_clipnorm = clipnorm, clipvalue, global_clipnorm
        self.use_ema, self.ema_momentum = use_ema, ema_momentum
        self.ema_overwrite_frequency = ema_overwrite_frequency
        self.loss_scale_factor = loss_scale_factor
        self.gradient_accumulation_steps = gradient_accumulation_steps
        self.built = False
        self._variables, self._trainable_variables = [], []
        self._excluded_variables, self._excluded_names = [], []
        self._slots = {}
        self._model_variables_moving_average, self._accumulated_gradients = [], []
        self._indices, self._plans, self._plan = {}, {}, None
        self._clock = Mirror(0, torch.int64, "iteration", f"{self.name}/iteration")
        self._variables.append(self._clock.variable)
        self._rate = None
        if isinstance(learning_rate, dict):
            learning_rate = LearningRateSchedule._rebuild(learning_rate)
        if isinstance(learning_rate, LearningRateSchedule) or _is_function(learning_rate):
            self._learning_rate = learning_rate
        else:
            dtype = to_torch_dtype(settings.floatx())
            rate = _rate_value(learning_rate)
            self._rate = Mirror(rate, dtype, "learning_rate", f"{self.name}/learning_rate")
            self._learning_rate = self._rate.variable

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        if "update_step" in cls.__dict__ or "update" in cls.__dict__:
            cls._updates_one_by_one = "update" not in cls.__dict__

    # What an optimizer defines

    def slots(self):
        """Return the state that each variable has, as a list of dicts from names to initial values.

        The state of one dict is made variable by variable; that of the next dict follows.
        """
        return []

    def update_step(self, gradient, variable, learning_rate):
        """Change one variable by its gradient. A user's optimizer overrides this.

        Args:
            gradient: A tensor.
            variable: A Variable, which `assign`, `assign_add` and `assign_sub` change.
            learning_rate: A scalar tensor.
        """
        if type(self).update is Optimizer.update:
            raise NotImplementedError(
                f"{type(self).__name__} must define `update_step(self, gradient, variable, learning_rate)`."
            )
        group = self._plan_for([self._get_variable_index(variable)]).groups[0]
        grads = [gradients.cast_like(edge.as_tensor(gradient), variable)]
        with torch.no_grad():
            self.update(group, grads, float(learning_rate), self._update_count(self._clock.get()))

    def update(self, group, grads, learning_rate, step):
        """Change a list of variables, all of one dtype and on one device. The library's optimizers override
        this.

        Args:
            group: A `Group`: `group.variables`, and `group.slots[name]`, a list of the state of that name.
            grads: A list of tensors.
            learning_rate: A number.
            step: Which update this is, starting at 1.
        """
        rate = self._rate_tensor(learning_rate)
        for variable, gradient in zip(group.variables, grads):
            edge.call_user(self.update_step, gradient, variable, rate)

    # State

    def build(self, var_list):
        """Make the state for these variables. Called by the first `apply`."""
        variables = list(var_list)
        self._trainable_variables = variables
        self._indices = {id(variable): i for i, variable in enumerate(variables)}
        self._plans, self._plan = {}, None
        if self.use_ema:
            self._model_variables_moving_average = self.add_optimizer_variables(variables, "average")
        if self.gradient_accumulation_steps:
            self._accumulated_gradients = self.add_optimizer_variables(variables, "gradient_accumulator")
        self.built = True
        self._add_slots(variables)
        for resume in self.__dict__.pop("_when_built", ()):
            resume()

    @property
    def iterations(self):
        """How many updates there were, as a Variable."""
        if self.gradient_accumulation_steps:
            return torch.div(self._iterations, self.gradient_accumulation_steps, rounding_mode="floor")
        return self._iterations

    @property
    def _iterations(self):
        return self._clock.variable

    def _update_count(self, count):
        """Return which update, starting at 1, the step after `count` steps belongs to."""
        return count // (self.gradient_accumulation_steps or 1) + 1

    def _get_variable_index(self, variable):
        return self._indices[id(variable)]

    # The learning rate

    @property
    def learning_rate(self):
        """The learning rate: a Variable, or what a schedule or function gives now."""
        if self._rate is not None:
            return self._learning_rate
        rate = self._rate_tensor(self._current_rate(self._clock.get()))
        return edge.wrap(rate) if edge.border.active else rate

    @learning_rate.setter
    def learning_rate(self, learning_rate):
        if isinstance(learning_rate, LearningRateSchedule) or _is_function(learning_rate):
            if self._rate is not None:
                self._variables = [v for v in self._variables if v is not self._learning_rate]
            self._rate, self._learning_rate = None, learning_rate
        elif self._rate is None:
            raise TypeError(
                "This optimizer was created with a `LearningRateSchedule` object or a function as its "
                "`learning_rate`, hence its learning rate is not settable. If you need it to be settable, "
                "create the "
                "optimizer with a float `learning_rate`."
            )
        else:
            self._learning_rate.assign(_rate_value(learning_rate))

    def _current_rate(self, count):
        """Return the learning rate of the step after `count` steps, as a Python number."""
        if self._rate is not None:
            return self._rate.get()
        if isinstance(self._learning_rate, LearningRateSchedule):
            return self._learning_rate._at(count, self._iterations)
        return float(edge.call_user(self._learning_rate))

    def _rate_tensor(self, rate):
        return torch.tensor(rate, dtype=to_torch_dtype(settings.floatx()))

    # Applying gradients

    def apply_gradients(self, grads_and_vars):
        """Change variables by their gradients, given as (gradient, variable) pairs; return `iterations`."""
        grads_and_vars = list(grads_and_vars)
        if grads_and_vars:
            grads, variables = zip(*grads_and_vars)
            self.apply(grads, variables)
        return self._iterations

    def apply(self, grads, trainable_variables=None):
        """Change variables by their gradients.

        Args:
            grads: A list of tensors; None for a variable on which the loss does not depend.
            trainable_variables: The variables, by default those that the optimizer was built for.
        """
        recorded = torch.is_grad_enabled()
        torch._C._set_grad_enabled(False)
        try:
            plan = self._plan
            if plan is None or not plan.fits(grads, trainable_variables):
                grads = list(grads)
                if not grads:
                    return
                plan, grads = self._prepare(grads, trainable_variables)
            self._apply(plan, grads)
        finally:
            torch._C._set_grad_enabled(recorded)

    def _prepare(self, grads, variables):
        """Return the plan for these variables, and the gradients that it takes."""
        foreign = edge.border.type
        if foreign is not None:
            grads = [edge.border.unwrap(g) if isinstance(g, foreign) else g for g in grads]
            if self._plan is not None and self._plan.fits(grads, variables):
                return self._plan, grads
        if variables is None:
            if not self.built:
                raise ValueError(
                    "When passing `grads` without `variables`, the optimizer must already be built on a list "
                    "of "
                    "variables. Call `optimizer.build(trainable_variables)` first."
                )
            variables = self._trainable_variables
        variables = list(variables)
        if len(grads) != len(variables):
            raise ValueError(
                "There must be one gradient for each variable. "
                f"Received: {len(grads)} gradients and {len(variables)} variables."
            )
        if not self.built:
            self.build(variables)
        for variable in variables:
            if id(variable) not in self._indices:
                raise ValueError(
                    f"Unknown variable: {variable}. This optimizer can only be called for the variables it "
                    "was "
                    "originally built with. When working with a new set of variables, you should recreate a "
                    "new "
                    "optimizer instance."
                )
        grads, variables = gradients.filter_empty(grads, variables)
        direct = [i for i, v in enumerate(variables) if getattr(v, "overwrite_with_gradient", False)]
        if direct:
            for i in direct:
                self._overwrite(variables[i], grads[i])
            variables = [v for i, v in enumerate(variables) if i not in direct]
            grads = [g for i, g in enumerate(grads) if i not in direct]
        plan = self._plan = self._plan_for([self._indices[id(variable)] for variable in variables])
        return plan, [gradients.cast_like(g, v) for g, v in zip(grads, variables)]

    def _overwrite(self, variable, gradient):
        """Set a variable to its "gradient"; when gradients are accumulated, to the largest of them."""
        steps = self.gradient_accumulation_steps
        if steps:
            largest = self._accumulated_gradients[self._indices[id(variable)]]
            gradient = torch.maximum(largest, gradients.cast_like(gradient, variable))
            if (self._clock.get() + 1) % steps:
                largest.copy_(gradient)
                return
            largest.zero_()
        variable.assign(gradient)

    def _plan_for(self, indices):
        plan = self._plans.get(tuple(indices))
        if plan is None or not plan.is_current():
            plan = self._plans[tuple(indices)] = Plan(self, indices)
        return plan

    def _clip_gradients(self, grads):
        return gradients.clip(
            [edge.as_tensor(g) for g in grads], self.clipnorm, self.clipvalue, self.global_clipnorm
        )

    def _apply(self, plan, grads):
        count = self._clock.get()
        if self.loss_scale_factor is not None:
            grads = torch._foreach_div(grads, self.loss_scale_factor)
        if self.gradient_accumulation_steps:
            self._accumulate(plan, grads, count)
        else:
            self._update_all(plan, grads, self._current_rate(count), count + 1)
        if self.use_ema:
            self._average(count)
        for variable in plan.constrained:
            variable.assign(edge.call_user(variable.constraint, variable))
        self._clock.set(count + 1)

    def _update_all(self, plan, grads, learning_rate, step):
        if plan.clips:
            grads = gradients.clip(grads, self.clipnorm, self.clipvalue, self.global_clipnorm)
        for group in plan.groups:
            own = grads if group.positions is None else [grads[i] for i in group.positions]
            if group.decayed:
                self._apply_weight_decay(group, learning_rate)
            if self._updates_one_by_one:
                Optimizer.update(self, group, own, learning_rate, step)
            else:
                self.update(group, own, learning_rate, step)

    def _apply_weight_decay(self, group, learning_rate):
        torch._foreach_mul_(group.decayed, 1 - self.weight_decay * learning_rate)

    def _accumulate(self, plan, grads, count):
        sums = [self._accumulated_gradients[i] for i in plan.indices]
        torch._foreach_add_(sums, grads)
        if (count + 1) % self.gradient_accumulation_steps == 0:
            means = torch._foreach_div(sums, self.gradient_accumulation_steps)
            self._update_all(plan, means, self._current_rate(count), self._update_count(count))
            torch._foreach_zero_(sums)

    def _use_weight_decay(self, variable):
        if any(variable is excluded for excluded in self._excluded_variables):
            return False
        name = str(getattr(variable, "name", None) or "")
        return not any(re.search(pattern, name) for pattern in self._excluded_names)

    def exclude_from_weight_decay(self, var_list=None, var_names=None):
        """Exempt variables from weight decay.

        Args:
            var_list: The variables.
            var_names: Regular expressions that are searched for in the variables' names ("bias").
        """
        self._excluded_variables = list(var_list or [])
        self._excluded_names = [var_names] if isinstance(var_names, str) else list(var_names or [])
        self._plans, self._plan = {}, None

    # Moving averages

    def _average(self, count):
        weight = 1 - self.ema_momentum if self._update_count(count) > 1 else 1.0
        for average, variable in zip(self._model_variables_moving_average, self._trainable_variables):
            average.lerp_(variable.to(average.device), weight)
        frequency = self.ema_overwrite_frequency
        if frequency and self._update_count(count) % frequency == 0:
            self._overwrite_model_variables_with_average_value(self._trainable_variables)

    def _overwrite_model_variables_with_average_value(self, trainable_variables):
        if len(trainable_variables) != len(self._model_variables_moving_average):
            raise ValueError(
                f"The length of model variables ({len(trainable_variables)}) does not match the length of "
                "model "
                f"variables' averages ({len(self._model_variables_moving_average)}). "
                "Please check if the optimizer was called on your model."
            )
        with torch.no_grad():
            for variable, average in zip(trainable_variables, self._model_variables_moving_average):
                variable.copy_(average)

    def finalize_variable_values(self, var_list):
        """Set the variables to their moving averages, if `use_ema`. `fit` calls this at the end of training."""
        if self.use_ema:
            self._overwrite_model_variables_with_average_value(list(var_list))

    # For users' own rules and loops

    def assign(self, variable, value):
        """Set a variable."""
        variable.assign(value)

    def assign_add(self, variable, value):
        """Add to a variable."""
        variable.assign_add(value)

    def assign_sub(self, variable, value):
        """Subtract from a variable."""
        variable.assign_sub(value)

    def scale_loss(self, loss):
        """Return the loss times `loss_scale_factor`, if there is one."""
        return loss if self.loss_scale_factor is None else loss * self.loss_scale_factor

    def _config_value(self, name):
        if name != "learning_rate":
            return super()._config_value(name)
        return self._rate.get() if self._rate is not None else self._learning_rate

    @classmethod
    def from_config(cls, config, custom_objects=None):
        """Return a new optimizer from what `get_config` gave."""
        config = dict(config)
        if isinstance(config.get("learning_rate"), dict):
            config["learning_rate"] = LearningRateSchedule._rebuild(config["learning_rate"], custom_objects)
        return super().from_config(config)


def _is_function(x):
    return callable(x) and not isinstance(x, torch.Tensor) and not hasattr(x, "__array__")


def _rate_value(x):
    value = None if isinstance(x, (str, type)) or x is None else edge.to_numpy(x)
    if value is None or value.dtype.kind not in "fiub" or value.size != 1:
        raise ValueError(
            "Argument `learning_rate` should be float, or an instance of LearningRateSchedule, or a callable (that "
            "takes in the current iteration value and returns the corresponding learning rate value). "
            f"Received instead: learning_rate={x}"
        )
    return float(value.reshape(()))

"""Layer: an `nn.Module` that builds its weights on the first call, from the shape of its input."""

import functools
import sys
import warnings

import numpy as np
import torch

from kerastorch.core import edge, infer, registry, tree
from kerastorch.core.building import as_shape, input_shape_argument, shape_of, spec_from_shape, wrap_build
from kerastorch.core.call import Seen, calling, context, get_mask, naming, set_mask
from kerastorch.core.call_spec import call_signature, is_tensor_like, tensor_arguments
from kerastorch.core.dtypes import get_policy, standardize_dtype, to_torch_dtype
from kerastorch.core.holder import Holder
from kerastorch.core.input_spec import InputSpec, check_inputs
from kerastorch.core.keras_tensor import KerasTensor, Node, any_symbolic
from kerastorch.core.layer_errors import explain
from kerastorch.core.op import Operation
from kerastorch.core.stateless import swapped
from kerastorch.core.text import is_text, is_text_array, to_bytes

__all__ = ["InputSpec", "Layer"]


class Layer(Operation, Holder):
    """A computation with weights.

    A subclass makes its weights in `build(input_shape)`, or in `__init__`, and computes in `call(inputs)`. `call` may
    take `training` and `mask`. Output shapes are inferred by running `call` on the meta device; a subclass may state
    them in `compute_output_shape`.

    Args:
        activity_regularizer: Regularizer of the output.
        trainable: Whether the weights are changed in training.
        dtype: The dtype or `DTypePolicy` of computations and weights.
        autocast: Whether float inputs are cast to the compute dtype.
        name: The name, by default made from the class.

    >>> class Linear(keras.layers.Layer):
    ...     def build(self, input_shape):
    ...         self.w = self.add_weight(shape=(input_shape[-1], 1), initializer="ones")
    ...
    ...     def call(self, x):
    ...         return x @ self.w
    >>> Linear()(np.ones((2, 3))).shape
    torch.Size([2, 1])
    """

    keras_module = "keras"
    reads_text = False  # whether `call` takes arrays of text
    creates_mask = False  # whether `compute_mask` makes a mask where there was none
    _fast = False
    _user_call = False

    def __init__(
        self, *, activity_regularizer=None, trainable=True, dtype=None, autocast=True, name=None, **kwargs
    ):
        if "_parameters" not in self.__dict__:
            torch.nn.Module.__init__(self)
        Operation.__init__(self, name=name)
        self.training = call_signature(type(self).call).trains  # `train()` and `eval()` set it as in torch
        self._trainable = bool(trainable)
        self._added_losses = []
        self._build_shapes = None
        self._seen_shape = None
        self._input_spec = None
        self._supports_masking = type(self).compute_mask is not Layer.compute_mask
        self.autocast = autocast
        self.activity_regularizer = (
            None
            if activity_regularizer is None
            else registry.FAMILIES["regularizer"].get(activity_regularizer)
        )
        self._set_policy(get_policy(dtype))
        self.built = getattr(type(self).build, "_default", False)
        self._input_shape_arg = input_shape_argument(kwargs)
        if self._input_shape_arg is not None and not self._is_model:
            warnings.warn(
                "Do not pass an `input_shape`/`input_dim` argument to a layer. When using Sequential "
                "models, prefer "
                "using an `Input(shape)` object as the first layer in the model instead.",
                stacklevel=_stacklevel(),
            )
        if kwargs:
            raise ValueError(
                f"Unrecognized keyword arguments passed to {type(self).__name__}: {kwargs}."
                f"{registry.suggest(next(iter(kwargs)), _constructor_arguments(type(self)))}"
            )

    _is_model = False
    _call_takes_mask = False

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        own = cls.__dict__
        if "forward" in own and "call" not in own and not registry.is_library(cls.__module__):
            cls.call = own["forward"]  # a PyTorch user's `forward` is what Keras calls `call`
            del cls.forward
        if "build" in own:
            cls.build = wrap_build(own["build"])
        if "compute_mask" in own and "creates_mask" not in own:
            cls.creates_mask = True
        if "call" in cls.__dict__:
            cls._user_call = edge.is_user_function(cls.__dict__["call"])
            cls._call_takes_mask = bool(call_signature(cls.call).masks)

    def call(self, *args, **kwargs):
        """Compute the outputs from tensors."""
        raise NotImplementedError(
            f"Layer {type(self).__name__} does not have a `call()` method implemented. Define `call(self, "
            "inputs)`."
        )

    # ------------------------------------------------------------------ build
    def build(self, input_shape):
        """Create the weights, from the shape of the input. The default has none to create."""
        self.built = True

    build._default = True

    def _build_for(self, arguments):
        """Build from the shapes of the arguments of a first call."""
        tensors = tensor_arguments(arguments)
        if not tensors:
            shapes = {}
        else:
            shapes = {name: tree.map_structure(shape_of, value) for name, value in tensors.items()}
        names = _build_arguments(type(self))
        if len(names) <= 1 or (len(names) == 1 and len(shapes) >= 1):
            first = next(iter(shapes.values()), None)
            self.build(first)
        else:
            self.build(
                **{
                    name: shapes.get(name.removesuffix("_shape"))
                    for name in names
                    if name.removesuffix("_shape") in shapes
                }
            )

    def get_build_config(self):
        """Return what `build` was given, or None."""
        shapes = self._build_shapes
        if not shapes:
            return None
        return {"input_shape": next(iter(shapes.values()))} if len(shapes) == 1 else {"shapes_dict": shapes}

    def build_from_config(self, config):
        """Build with what `get_build_config` gave."""
        if not config or (self.built and not self._can_rebuild()):
            return
        if "input_shape" in config:
            if config["input_shape"] is not None:
                self.build(as_shape(config["input_shape"]))
        elif "shapes_dict" in config:
            self.build(**{name: as_shape(shape) for name, shape in config["shapes_dict"].items()})

    def _can_rebuild(self):
        return False

    # ------------------------------------------------------------------ call
    __call__ = torch.nn.Module.__call__

    def forward(self, *args, **kwargs):
        """What torch calls: `call` with inputs cast, weights built, training and masks filled in."""
        if self._fast and len(args) == 1 and not kwargs:
            x = args[0]
            kind = type(x)
            if kind is torch.Tensor:
                if context.depth:
                    if not Seen.masks or get_mask(x) is None:
                        return self._fast_call(x)
                elif not edge.border.active and not Seen.masks and not Seen.losses:
                    context.training, saved = self.training, context.training
                    context.depth = 1
                    try:
                        return self._fast_call(x)
                    finally:
                        context.training, context.depth = saved, 0
            elif kind is edge.border.type and context.depth and not Seen.masks and edge.border.holds_torch(x):
                return edge.border.wrap(self._fast_call(edge.border.unwrap(x)))
            elif kind is list and context.depth and not Seen.masks and self._is_plain(x):
                return self._fast_call_list(x)
        return self._full_call(args, kwargs)

    def _is_plain(self, tensors):
        dtype = self._torch_dtype
        return all(type(x) is torch.Tensor and x.dtype is dtype for x in tensors)

    def _fast_call(self, x):
        """Call on one tensor, built, without masks, losses or mixed precision."""
        if x.dtype is not self._torch_dtype and x.is_floating_point() and self.autocast:
            x = x.to(self._torch_dtype)
        if x.shape != self._seen_shape:
            self._check(x)
            self._seen_shape = x.shape
        return self._explained_call(x)

    def _fast_call_list(self, tensors):
        """The same for a list of tensors of the compute dtype, as merging layers take it."""
        shapes = [x.shape for x in tensors]
        if shapes != self._seen_shape:
            self._check(tensors)
            self._seen_shape = shapes
        return self._explained_call(tensors)

    def _explained_call(self, x):
        try:
            if self._user_call and edge.border.active:
                return self._run_user((x,), {"training": context.training} if self._takes_training else {})
            if self._takes_training:
                return self.call(x, training=context.training)
            return self.call(x)
        except Exception as error:
            explain(error, self, (x,), {})
            raise

    def _full_call(self, args, kwargs):
        if edge.border.type is not None:
            return self._call_at_border(args, kwargs)
        return self._call_torch(args, kwargs)

    def _call_at_border(self, args, kwargs):
        """Call with whatever kind of tensors, and return the caller's kind."""
        foreign = edge.holds_foreign(args) or edge.holds_foreign(kwargs)
        if foreign:
            args, kwargs = edge.unwrap(args), edge.unwrap(kwargs)
        outermost = edge.border.active and not context.depth and not _any_torch(args, kwargs)
        if not (foreign or outermost) or any_symbolic(args, kwargs):
            return self._call_torch(args, kwargs)
        with torch.set_grad_enabled(edge.is_recording() and torch.is_grad_enabled()):
            return edge.wrap(self._call_torch(args, kwargs))

    def _call_torch(self, args, kwargs):
        args, kwargs = self._convert(args), self._convert(kwargs)
        if any_symbolic(args, kwargs):
            return self.symbolic_call(*args, **kwargs)
        signature = self._signature
        given = None
        if "training" in kwargs and not signature.training and not signature.keywords:
            given = kwargs.pop("training")  # meant for the layers inside
        try:
            arguments = signature.bind(args, kwargs)
        except TypeError as e:
            raise TypeError(f"{type(self).__name__}.call() {e} (layer '{self.name}')") from None
        if not self.built:
            with naming(self.name):
                self._build_for(arguments)
        if signature.first is not None and signature.first in arguments:
            self._check(arguments[signature.first])
        kwargs, previous_mask = self._fill_masks(signature, arguments, kwargs)
        training = arguments.get("training", given)
        asked = training is not None
        if not asked:
            inherits = context.depth and (context.asked or not signature.trains)
            training = context.training if inherits else self.training
        if signature.training:
            arguments_left = len(args) <= signature.names.index("training")
            if arguments_left:
                kwargs["training"] = training
        if Seen.losses and not context.depth:
            self._clear_losses()
        with calling(training, asked):
            outputs = self._run(args, kwargs)
        self._set_masks(arguments.get(signature.first), outputs, previous_mask)
        if self.activity_regularizer is not None:
            for output in tree.flatten(outputs):
                self.add_loss(self.activity_regularizer(output))
        if not self.built:
            self.built = True
        if not self._fast:
            self._called_shapes = [
                tree.map_structure(shape_of, value) for value in tensor_arguments(arguments).values()
            ]
            self._fast = self._is_simple(signature)
        return outputs

    def _run(self, args, kwargs):
        """Run `call` in the layer's dtype, with the tensors that its author works with."""
        saved, context.autocast = context.autocast, self._autocast_dtype
        try:
            if self._user_call and edge.border.active:
                return self._run_user(args, kwargs)
            return self.call(*args, **kwargs)
        except Exception as error:
            explain(error, self, args, kwargs)
            raise
        finally:
            context.autocast = saved

    def _run_user(self, args, kwargs):
        if torch.is_grad_enabled():
            with edge.recording():
                return edge.call_user(self.call, *args, **kwargs)
        return edge.call_user(self.call, *args, **kwargs)

    def _convert(self, values):
        """Return arrays as tensors and float tensors in the compute dtype."""
        if isinstance(values, dict):
            return {key: self._convert_one(x) for key, x in values.items()}
        return tuple(self._convert_one(x) for x in values)

    def _convert_one(self, x):
        if isinstance(x, (list, tuple)) and x and not edge.is_numbers(x):
            if self.reads_text and is_text(x):
                return to_bytes(x)
            parts = [self._convert_one(part) for part in x]
            return type(x)(*parts) if hasattr(x, "_fields") else type(x)(parts)
        if isinstance(x, dict):
            return {key: self._convert_one(part) for key, part in x.items()}
        if isinstance(x, KerasTensor) or x is None or isinstance(x, (bool, int, float, str)):
            return x
        if not isinstance(x, torch.Tensor):
            if not (hasattr(x, "__array__") or isinstance(x, (list, tuple))):
                return x
            if self.reads_text and not isinstance(x, np.ndarray):
                x = np.asarray(x)
            if not self._converts_arrays(x):
                return x
            x = edge.as_tensor(x).to(self.device)
        if self.autocast and x.is_floating_point() and x.dtype is not self._torch_dtype:
            x = _keeping_mask(x, x.to(self._torch_dtype))
        return x

    def _converts_arrays(self, x):
        """Whether an array becomes a tensor; layers that read text leave that as it is."""
        return not (self.reads_text and is_text_array(x))

    def _check(self, inputs):
        if self._input_spec is not None:
            check_inputs(self._input_spec, inputs, self.name)

    def _is_simple(self, signature):
        return (
            self.built
            and signature.single
            and signature.first is not None
            and not signature.trains
            and self.activity_regularizer is None
            and self._autocast_dtype is None
            and not (self.creates_mask and self.supports_masking)
        )

    # ------------------------------------------------------------------ masks
    def compute_mask(self, inputs, previous_mask):
        """Return the mask of the output, by default that of the input."""
        return previous_mask

    def _fill_masks(self, signature, arguments, kwargs):
        """Pass on the masks of the tensors to the arguments that take them."""
        kwargs = dict(kwargs)
        first = arguments.get(signature.first)
        if not Seen.masks:
            return kwargs, kwargs.get("mask")
        previous = tree.map_structure(get_mask, first) if first is not None else None
        tensors = tensor_arguments(arguments)
        for name, value in tensors.items():
            target = "mask" if len(tensors) == 1 else f"{name}_mask"
            if target in signature.masks and arguments.get(target) is None:
                mask = tree.map_structure(get_mask, value)
                if any(m is not None for m in tree.flatten(mask)):
                    kwargs[target] = mask
        if kwargs.get("mask") is not None:
            previous = kwargs["mask"]
        if all(m is None for m in tree.flatten(previous)):
            previous = None
        return kwargs, previous

    def _set_masks(self, inputs, outputs, previous_mask):
        if not self.supports_masking:
            if previous_mask is not None and not self._call_takes_mask:
                warnings.warn(
                    f"Layer '{self.name}' (of type {type(self).__name__}) was passed an input with a mask "
                    "attached to "
                    "it. However, this layer does not support masking and will therefore destroy the mask "
                    "information. Downstream layers will not see the mask.",
                    stacklevel=_stacklevel(),
                )
            return
        if previous_mask is None and not self.creates_mask:
            return
        masks = self.compute_mask(inputs, previous_mask)
        if masks is None:
            return
        for tensor, mask in zip(tree.flatten(outputs), tree.flatten(masks)):
            if mask is not None and is_tensor_like(tensor) and get_mask(tensor) is None:
                set_mask(tensor, mask)

    # ------------------------------------------------------------------ symbolic
    def symbolic_call(self, *args, **kwargs):
        """Return the symbolic outputs for symbolic inputs, and record the call."""
        signature = self._signature
        if not signature.training and not signature.keywords:
            kwargs.pop("training", None)
        arguments = signature.bind(args, kwargs)
        if not self.built:
            with naming(self.name):
                self._build_for(arguments)
        if signature.first in arguments:
            self._check(arguments[signature.first])
        kwargs, previous_mask = self._fill_masks(signature, arguments, kwargs)
        outputs = self.compute_output_spec(*args, **kwargs)
        kwargs = {key: value for key, value in kwargs.items() if not (key == "training" and value is None)}
        if self._is_model and "mask" in signature.names:
            kwargs.setdefault("mask", None)  # as Keras writes the calls of nested models
        if not infer.is_inferring():
            Node(self, args, kwargs, outputs)
        self._set_masks(arguments.get(signature.first), outputs, previous_mask)
        self.built = True
        return outputs

    def compute_output_spec(self, *args, **kwargs):
        """Return the symbolic outputs for symbolic inputs."""
        if type(self).compute_output_shape is not Layer.compute_output_shape:
            arguments = self._signature.bind(args, kwargs)
            shapes = [tree.map_structure(shape_of, value) for value in tensor_arguments(arguments).values()]
            names = _build_arguments(type(self), "compute_output_shape")
            shape = self.compute_output_shape(*shapes[: max(1, len(names))])
            return spec_from_shape(shape, self.compute_dtype)
        if not any_symbolic(args, kwargs):
            args, kwargs = tree.map_structure(_as_symbolic, (args, kwargs))
        return self._infer(args, kwargs)

    def _infer(self, args, kwargs):
        signature = self._signature
        if signature.training and kwargs.get("training") is None and len(args) < len(signature.names):
            kwargs = {**kwargs, "training": False}

        def run(*args, **kwargs):
            with calling(False):
                return self._run(self._convert(args), self._convert(kwargs))

        with naming(self.name):
            return infer.infer(run, args, kwargs)

    def compute_output_shape(self, *args, **kwargs):
        """Return the shape of the output for the shape (or nested shapes) of the input."""
        specs = [spec_from_shape(shape, self.compute_dtype) for shape in (*args, *kwargs.values())]
        if not self.built:
            with naming(self.name):
                self.build(*args, **kwargs)
        outputs = self._infer(tuple(specs), {})
        return tree.map_structure(lambda x: x.shape, outputs)

    # ------------------------------------------------------------------ properties
    @property
    def input_spec(self):
        """The `InputSpec` (or list of them) that inputs must match, or None."""
        return self._input_spec

    @input_spec.setter
    def input_spec(self, value):
        self._input_spec, self._seen_shape = value, None

    @property
    def supports_masking(self):
        """Whether the mask of the input is passed on to the output."""
        return self._supports_masking

    @supports_masking.setter
    def supports_masking(self, value):
        self._supports_masking = value

    @property
    def dtype_policy(self):
        """The `DTypePolicy` of the layer."""
        return self._dtype_policy

    @dtype_policy.setter
    def dtype_policy(self, value):
        self._set_policy(get_policy(value))

    def _set_policy(self, policy):
        self._dtype_policy = policy
        self._torch_dtype = to_torch_dtype(policy.compute_dtype) if policy.compute_dtype != "string" else None
        self._autocast_dtype = self._torch_dtype if policy.compute_dtype != policy.variable_dtype else None
        self._signature = call_signature(type(self).call)
        self._takes_training = self._signature.training
        self._fast = False

    @property
    def dtype(self):
        """The name of the dtype of the weights."""
        return self.variable_dtype

    @property
    def variable_dtype(self):
        """The name of the dtype of the weights."""
        return self._dtype_policy.variable_dtype

    @property
    def compute_dtype(self):
        """The name of the dtype of computations and outputs."""
        return self._dtype_policy.compute_dtype

    @property
    def input_dtype(self):
        """The name of the dtype that float inputs are cast to."""
        return self.compute_dtype

    @property
    def quantization_mode(self):
        """How the weights are quantized, or None."""
        return self._dtype_policy.quantization_mode

    @property
    def path(self):
        """The layer's name, after those of the layers that it was built in."""
        return self.__dict__.get("_path", self.name)

    def _config_value(self, name):
        return self._dtype_policy if name == "dtype" else super()._config_value(name)

    def get_config(self):
        """Return the arguments that rebuild this layer, ready for JSON."""
        config = super().get_config()
        config.pop("autocast", None)
        if config.get(
            "activity_regularizer"
        ) is None and "activity_regularizer" not in _constructor_arguments(type(self)):
            config.pop("activity_regularizer", None)
        return config

    def stateless_call(
        self, trainable_variables, non_trainable_variables, *args, return_losses=False, **kwargs
    ):
        """Call with other values for the variables, and return the outputs and the new non-trainable values.

        Args:
            trainable_variables, non_trainable_variables: Values in the order of the properties of these names.
            return_losses: Whether to return the losses of the call too.
        """
        variables = [*self.trainable_variables, *self.non_trainable_variables]
        values = [*trainable_variables, *non_trainable_variables]
        if len(variables) != len(values):
            raise ValueError(
                "Argument `trainable_variables` and `non_trainable_variables` must be lists of tensors "
                "corresponding "
                f"1:1 to the variables of the layer. Expected {len(variables)} values. Received: "
                f"{len(values)}"
            )
        with swapped(self, variables, values) as current:
            outputs = self(*args, **kwargs)
            losses = self.losses if return_losses else None
            state = [current(v) for v in self.non_trainable_variables]
        return (outputs, state, losses) if return_losses else (outputs, state)

    def __repr__(self):
        return f"<{type(self).__name__} name={self.name}, built={self.built}>"


def _build_arguments(cls, method="build"):
    return list(call_signature(getattr(cls, method)).names)


@functools.cache
def _constructor_arguments(cls):
    return call_signature(cls.__init__).names


def _as_symbolic(x):
    return KerasTensor(tuple(x.shape), standardize_dtype(x.dtype)) if isinstance(x, torch.Tensor) else x


def _any_torch(args, kwargs):
    return any(isinstance(x, torch.Tensor) for x in tree.flatten((args, kwargs)))


def _keeping_mask(before, after):
    if Seen.masks and get_mask(before) is not None:
        set_mask(after, get_mask(before))
    return after


def _stacklevel():
    """Return the stack level of the nearest frame outside the library."""
    level, frame = 2, sys._getframe(2)
    while frame is not None and registry.is_library(frame.f_globals.get("__name__", "")):
        frame, level = frame.f_back, level + 1
    return level

"""Layer: an `nn.Module` that builds its weights on the first call, from the shape of its input."""

import functools
import warnings

import numpy as np
import torch

from kerastorch.core import edge, infer, registry, tree
from kerastorch.core.building import (
    as_shape,
    check_build_arguments,
    input_shape_argument,
    shape_of,
    spec_from_shape,
    wrap_build,
)
from kerastorch.core.call import Seen, calling, context, get_mask, naming, set_mask
from kerastorch.core.call_spec import call_signature, is_tensor_like, tensor_arguments
from kerastorch.core.dtypes import get_policy, standardize_dtype, to_torch_dtype
from kerastorch.core.holder import Holder
from kerastorch.core.input_spec import InputSpec, check_inputs
from kerastorch.core.keras_tensor import KerasTensor, Node, any_symbolic
from kerastorch.core.layer_errors import check_positional, explain
from kerastorch.core.masks import Masks, stacklevel
from kerastorch.core.op import Operation
from kerastorch.core.policies import DTypePolicyMap
from kerastorch.core.remat import get_current_remat_mode
from kerastorch.core.text import is_text, is_text_array, to_bytes
from kerastorch.core.variants import Variants

__all__ = ["InputSpec", "Layer"]


class Layer(Masks, Variants, Operation, Holder):
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
    _is_quantized = False
    _form = None  # what computes with quantized weights

    def __init__(
        self, *, activity_regularizer=None, trainable=True, dtype=None, autocast=True, name=None, **kwargs
    ):
        if "_parameters" not in self.__dict__:
            torch.nn.Module.__init__(self)
        Operation.__init__(self, name=name)
        self.training = call_signature(type(self).call).trains  # `train()` and `eval()` set it as in torch
        if not isinstance(trainable, bool):
            raise ValueError(f"Expected `trainable` argument to be a boolean, but got: {trainable}")
        self._trainable = trainable
        self._added_losses = []
        self._build_shapes = None
        self._seen_shape = None
        self._input_spec = None
        self._supports_masking = type(self).compute_mask is not Layer.compute_mask
        self._remat_mode = get_current_remat_mode()
        self.autocast = autocast
        self.activity_regularizer = (
            None
            if activity_regularizer is None
            else registry.FAMILIES["regularizer"].get(activity_regularizer)
        )
        self._set_policy(get_policy(dtype))
        self.built = getattr(type(self).build, "_default", False) and not self._is_model
        self._input_shape_arg = input_shape_argument(kwargs)
        if self._input_shape_arg is not None and not self._is_model:
            warnings.warn(
                "Do not pass an `input_shape`/`input_dim` argument to a layer. When using Sequential "
                "models, prefer "
                "using an `Input(shape)` object as the first layer in the model instead.",
                stacklevel=stacklevel(),
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
            cls.reads_text = cls.reads_text or cls._user_call  # what a user's layer takes is not known here
            cls._call_takes_mask = bool(call_signature(cls.call).masks)

    def call(self, *args, **kwargs):
        """Compute the outputs from tensors."""
        raise NotImplementedError(
            f"Layer {type(self).__name__} does not have a `call` method implemented. Define `call(self, inputs)`."
        )

    # ------------------------------------------------------------------ build
    def build(self, input_shape):
        """Create the weights, from the shape of the input. The default has none to create."""
        self.built = True

    build._default = True

    def _build_for(self, arguments):
        """Build from the shapes of the arguments of a first call."""
        names = _build_arguments(type(self))
        if len(names) <= 1:
            value = next(iter(tensor_arguments(arguments).values()), None)
            self.build(tree.map_structure(shape_of, value))
            return
        check_build_arguments(self)
        shapes = {}
        for name in names:
            value = arguments.get(name.removesuffix("_shape"))
            if any(is_tensor_like(x) for x in tree.flatten(value)):
                shapes[name] = tree.map_structure(shape_of, value)
        self.build(**shapes)

    def get_build_config(self):
        """Return what `build` was given, or None."""
        shapes = self._build_shapes
        if shapes is None:
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
        if len(args) > 1:
            check_positional(args)
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
                penalty = edge.unwrap(self.activity_regularizer(output))
                self.add_loss(penalty / output.shape[0] if output.ndim and output.shape[0] else penalty)
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
            if self._remat_mode is not None and not infer.is_inferring():
                return self.rematerialized_call(self._run_call, *args, **kwargs)(*args, **kwargs)
            return self._run_call(*args, **kwargs)
        except Exception as error:
            explain(error, self, args, kwargs)
            raise
        finally:
            context.autocast = saved

    def _run_call(self, *args, **kwargs):
        if self._user_call and edge.border.active:
            return self._run_user(args, kwargs)
        return self.call(*args, **kwargs)

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
            and self._remat_mode is None
            and not (self.creates_mask and self.supports_masking)
        )

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
        if type(self).call is Layer.call:
            raise NotImplementedError(
                f"Layer {type(self).__name__} does not have a `compute_output_shape` method implemented."
            )
        specs = [spec_from_shape(shape, self.compute_dtype) for shape in (*args, *kwargs.values())]
        if not self.built:
            with naming(self.name):
                self.build(*args, **kwargs)
        outputs = self._infer(tuple(specs), {})
        return tree.map_structure(lambda x: x.shape, outputs)

    # ------------------------------------------------------------------ quantization
    def quantize(self, mode=None, type_check=True, config=None):
        """Replace the weights by quantized ones. Layers that can define it."""
        raise NotImplementedError(
            f"Layer {type(self).__name__} does not have a `quantize` method implemented."
        )

    def quantized_build(self, input_shape, mode):
        """Make the variables that hold quantized weights. Layers that can define it."""
        raise NotImplementedError(
            f"Layer {type(self).__name__} does not have a `quantized_build` method implemented."
        )

    def quantized_call(self, *args, **kwargs):
        """Compute the outputs with quantized weights. Layers that can define it."""
        if self._form is None:
            raise NotImplementedError(
                f"Layer {type(self).__name__} does not have a `quantized_call` method implemented: its dtype policy "
                f"'{self.dtype_policy.name}' is for layers that can be quantized."
            )
        return self._form.call(self, *args, **kwargs)

    # ------------------------------------------------------------------ properties
    @property
    def input_spec(self):
        """The `InputSpec` (or list of them) that inputs must match, or None."""
        return self._input_spec

    @input_spec.setter
    def input_spec(self, value):
        self._input_spec, self._seen_shape = value, None

    @property
    def dtype_policy(self):
        """The `DTypePolicy` of the layer."""
        return self._dtype_policy

    @dtype_policy.setter
    def dtype_policy(self, value):
        policy = get_policy(value)
        if isinstance(self._dtype_policy, DTypePolicyMap):
            if self.path in self._dtype_policy:
                del self._dtype_policy[self.path]
            self._dtype_policy[self.path] = policy
            policy = self._dtype_policy
        self._set_policy(policy)
        mode = self.quantization_mode
        if mode is not None and self.built and not self._is_quantized:
            if mode in ("gptq", "awq"):
                raise ValueError(
                    f"Implicitly enabling {mode.upper()} quantization by setting `dtype_policy` to '{value}' is not "
                    "supported, since it needs data for a calibration. Use `quantize()` with a config."
                )
            self.quantize(mode)

    def _set_policy(self, policy):
        """Keep a policy, and what follows from it. In a map, the layer's own is found by its path."""
        self._dtype_policy = policy
        policy = self._policy = policy[self.path] if isinstance(policy, DTypePolicyMap) else policy
        self._torch_dtype = to_torch_dtype(policy.compute_dtype) if policy.compute_dtype != "string" else None
        self._autocast_dtype = self._torch_dtype if policy.compute_dtype != policy.variable_dtype else None
        self._signature = call_signature(type(self).call)
        self._takes_training = self._signature.training
        self._fast = False
        if policy.quantization_mode is None:
            self.__dict__.pop("call", None)
        else:  # takes the place of the class's `call`, so that other layers need not ask
            self.__dict__.update(call=self.quantized_call, _user_call=False)

    @property
    def dtype(self):
        """The name of the dtype of the weights."""
        return self.variable_dtype

    @property
    def variable_dtype(self):
        """The name of the dtype of the weights."""
        return self._policy.variable_dtype

    @property
    def compute_dtype(self):
        """The name of the dtype of computations and outputs."""
        return self._policy.compute_dtype

    @property
    def input_dtype(self):
        """The name of the dtype that float inputs are cast to."""
        return self.compute_dtype

    @property
    def quantization_mode(self):
        """How the weights are quantized, or None."""
        return self._policy.quantization_mode

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

"""What a student learns from a teacher: its outputs, or those of a layer inside it."""

from kerastorch import losses
from kerastorch.core import registry, tree
from kerastorch.core.configurable import Configurable


def shapes_of(structure):
    """Return a structure with each tensor's shape in its place, written for an error."""
    return tree.map_structure(lambda x: str(tuple(x.shape)), structure)


def check_shapes(teacher, student, what):
    """Raise ValueError unless two structures of tensors have the same form; an unknown size fits any."""
    teachers, students = tree.flatten(teacher), tree.flatten(student)
    fits = len(teachers) == len(students) and all(
        len(a.shape) == len(b.shape) and all(i == j or None in (i, j) for i, j in zip(a.shape, b.shape))
        for a, b in zip(teachers, students)
    )
    if not fits:
        raise ValueError(
            f"Teacher and student {what} shapes are incompatible. Teacher: {shapes_of(teacher)}, "
            f"Student: {shapes_of(student)}. All dimensions must match."
        )


class DistillationLoss(Configurable):
    """Base of what compares the outputs of a teacher and a student. A subclass defines `compute_loss`.

    >>> class LargestGap(keras.distillation.DistillationLoss):
    ...     def compute_loss(self, teacher_outputs, student_outputs, **kwargs):
    ...         return keras.ops.max(keras.ops.abs(teacher_outputs - student_outputs))
    """

    teacher_layer_name = student_layer_name = (
        None  # layers whose outputs are compared; None is the whole model
    )

    def compute_loss(self, teacher_outputs, student_outputs, **kwargs):
        """Return the loss, a scalar, of the two models' outputs."""
        raise NotImplementedError("Subclasses must implement compute_loss")

    def validate_outputs(self, teacher_outputs, student_outputs):
        """Raise ValueError unless both have the same number of outputs."""
        teachers, students = len(tree.flatten(teacher_outputs)), len(tree.flatten(student_outputs))
        if teachers != students:
            raise ValueError(
                f"Teacher and student must have the same number of outputs. Teacher: {teachers} outputs, "
                f"Student: {students} outputs."
            )

    def validate_model_compatibility(self, teacher, student):
        """Raise ValueError unless the models fit this loss."""


class _ByLoss(DistillationLoss):
    """Compares outputs with Keras losses: one, or one for each output (None leaves an output out)."""

    def _take_loss(self, loss, message):
        self.loss = tree.map_structure(lambda x: losses.get(x) if isinstance(x, (str, dict)) else x, loss)
        self._losses = [losses.as_loss(x) for x in _leaves(self.loss)]
        if not any(loss is not None for loss in self._losses):
            raise ValueError(message)

    def validate_outputs(self, teacher_outputs, student_outputs):
        """Raise ValueError unless both have the same structure of outputs."""
        super().validate_outputs(teacher_outputs, student_outputs)
        try:
            tree.assert_same_structure(teacher_outputs, student_outputs)
        except (TypeError, ValueError) as e:
            raise ValueError(f"Teacher and student must have outputs of the same structure. {e}") from None

    def _compare(self, teacher_outputs, student_outputs):
        teachers, students = tree.flatten(teacher_outputs), tree.flatten(student_outputs)
        if not isinstance(self.loss, (list, tuple, dict)):
            values = [self._losses[0](t, s) for t, s in zip(teachers, students)]
            return sum(values) / len(values)
        if len(self._losses) != len(students):
            raise ValueError(
                f"There must be one loss for each output, or one for all. Received: {len(self._losses)} losses for "
                f"{len(students)} outputs."
            )
        return sum(loss(t, s) for loss, t, s in zip(self._losses, teachers, students) if loss is not None)

    def get_config(self):
        return {**super().get_config(), "loss": tree.map_structure(_written, self.loss)}

    @classmethod
    def from_config(cls, config):
        config = {**config, "loss": _read(config["loss"])}
        return cls(**config)


def _leaves(structure):
    if isinstance(structure, dict):
        return [leaf for key in sorted(structure) for leaf in _leaves(structure[key])]
    return (
        [leaf for x in structure for leaf in _leaves(x)]
        if isinstance(structure, (list, tuple))
        else [structure]
    )


def _written(loss):
    return None if loss is None else registry.serialize_keras_object(loss)


def _read(config):
    if isinstance(config, (list, tuple)):
        return [_read(x) for x in config]
    if isinstance(config, dict) and "class_name" not in config:
        return {key: _read(x) for key, x in config.items()}
    return losses.get(config) if isinstance(config, (str, dict)) else config


class LogitsDistillation(_ByLoss):
    """loss(teacher / temperature, student / temperature), on the models' outputs.

    The loss is applied to the scaled logits as they are, and not scaled back. Hinton et al., 2015.

    Args:
        temperature: A positive number.
        loss: A loss or its name, or a list or dict of them, one for each output; None leaves an output out.

    >>> loss = keras.distillation.LogitsDistillation(temperature=2.0, loss="mse")
    >>> loss.compute_loss(torch.tensor([[1.0, 2.0]]), torch.tensor([[1.0, 0.0]]))
    tensor(0.5000)
    """

    def __init__(self, temperature=3.0, loss="kl_divergence"):
        if isinstance(temperature, bool) or not isinstance(temperature, (int, float)):
            raise ValueError(f"temperature must be a number, got {type(temperature)}")
        if temperature <= 0:
            raise ValueError(f"temperature must be positive. Received: temperature={temperature}")
        self.temperature = temperature
        self._take_loss(loss, "At least one loss must be non-`None`.")

    def compute_loss(self, teacher_outputs, student_outputs, **kwargs):
        """Return the loss of the two models' logits."""
        scale = 1 / self.temperature
        scaled = [tree.map_structure(lambda x: x * scale, x) for x in (teacher_outputs, student_outputs)]
        return self._compare(*scaled)


class FeatureDistillation(_ByLoss):
    """loss(teacher's features, student's features), on the outputs of a layer in each. Romero et al., 2015.

    Args:
        loss: A loss or its name, or a list or dict of them, one for each output; None leaves an output out.
        teacher_layer_name, student_layer_name: The layers; None is the model's own output.

    >>> loss = keras.distillation.FeatureDistillation()
    >>> loss.compute_loss(torch.tensor([[1.0, 2.0]]), torch.tensor([[1.0, 0.0]]))
    tensor(2.)
    """

    def __init__(self, loss="mse", teacher_layer_name=None, student_layer_name=None):
        self.teacher_layer_name = teacher_layer_name
        self.student_layer_name = student_layer_name
        self._take_loss(
            loss, "The `loss` argument in `FeatureDistillation` must contain at least one non-`None` value."
        )

    def validate_model_compatibility(self, teacher, student):
        """Raise ValueError unless both models have the layers."""
        for kind, model, name in (
            ("teacher", teacher, self.teacher_layer_name),
            ("student", student, self.student_layer_name),
        ):
            if name is not None:
                try:
                    model.get_layer(name)
                except ValueError as e:
                    raise ValueError(f"In {kind} model: {e}") from None

    def compute_loss(self, teacher_outputs, student_outputs, **kwargs):
        """Return the loss of the two layers' outputs."""
        return self._compare(teacher_outputs, student_outputs)

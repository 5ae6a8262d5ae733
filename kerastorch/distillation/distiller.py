"""Distiller: trains a student on targets and on what a teacher makes of the inputs."""

import torch

from kerastorch import metrics
from kerastorch.core import registry, tree
from kerastorch.core.edge import for_user
from kerastorch.distillation.losses import check_shapes
from kerastorch.models import Model


class _Outputs:
    """Context that keeps the last output of some layers of a model."""

    def __init__(self, model, names):
        self.layers = {name: model.get_layer(name) for name in names if name is not None}
        self.outputs = {}

    def __enter__(self):
        def keep(name):
            return lambda layer, args, output: self.outputs.__setitem__(name, output)

        self.handles = [layer.register_forward_hook(keep(name)) for name, layer in self.layers.items()]
        return self.outputs

    def __exit__(self, *exc):
        for handle in self.handles:
            handle.remove()


class Distiller(Model):
    """Trains a student with
    student_loss_weight * loss + (1 - student_loss_weight) * sum(weight * distillation loss).

    The teacher is frozen; `call` gives the student's outputs. Hinton et al., 2015.

    Args:
        teacher, student: Models of the same inputs and outputs.
        distillation_losses: One or a list of `DistillationLoss`.
        distillation_loss_weights: A number for each of a list of them, 1 by default.
        student_loss_weight: How much the loss on the targets counts, from 0 to 1.
        name: The name.

    >>> def make(units):
    ...     hidden = keras.layers.Dense(units, activation="relu")
    ...     return keras.Sequential([keras.Input((4,)), hidden, keras.layers.Dense(3)])
    >>> distiller = keras.distillation.Distiller(make(32), make(4), keras.distillation.LogitsDistillation(loss="mse"))
    >>> distiller.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    >>> history = distiller.fit(np.ones((8, 4)), np.ones(8), verbose=0)
    >>> sorted(history.history)
    ['distillation_loss', 'loss', 'student_loss', 'total_loss']
    """

    def __init__(
        self,
        teacher,
        student,
        distillation_losses,
        distillation_loss_weights=None,
        student_loss_weight=0.5,
        name="distiller",
        **kwargs,
    ):
        for kind, model in (("Teacher", teacher), ("Student", student)):
            if not isinstance(model, Model):
                raise ValueError(f"{kind} must be a keras.Model, got {type(model)}")
        if not 0 <= student_loss_weight <= 1:
            raise ValueError(f"student_loss_weight must be between 0.0 and 1.0, got {student_loss_weight}")
        many = isinstance(distillation_losses, (list, tuple))
        found = list(distillation_losses) if many else [distillation_losses]
        # Keras takes the weights only beside a list of losses.
        weights = (
            distillation_loss_weights
            if many and distillation_loss_weights is not None
            else [1.0] * len(found)
        )
        weights = list(weights) if isinstance(weights, (list, tuple)) else [weights]
        if len(weights) != len(found):
            raise ValueError(
                f"Number of distillation_loss_weights ({len(weights)}) must match number of distillation_losses "
                f"({len(found)})"
            )
        if getattr(teacher, "inputs", None) and getattr(student, "inputs", None):
            check_shapes(teacher.inputs, student.inputs, "input")
            check_shapes(teacher.outputs, student.outputs, "output")
        for loss in found:
            loss.validate_model_compatibility(teacher, student)
        super().__init__(name=name, **kwargs)
        teacher.trainable = False
        self.teacher, self.student = teacher, student
        self.distillation_losses, self.distillation_loss_weights = found, weights
        self.student_loss_weight = student_loss_weight
        self.student_loss_tracker = metrics.Mean(name="student_loss")
        self.distillation_loss_tracker = metrics.Mean(name="distillation_loss")
        self.total_loss_tracker = metrics.Mean(name="total_loss")

    def compile(self, optimizer="adam", loss=None, metrics=None, **kwargs):
        """Say how to train; `loss` is the student's on the targets."""
        if loss is None:
            raise ValueError("'loss' cannot be `None`. Pass the student's loss on the targets.")
        super().compile(optimizer=optimizer, loss=loss, metrics=metrics, **kwargs)

    def build(self, input_shape):
        for model in (self.teacher, self.student):
            if not model.built:
                model.build(input_shape)
        self.built = True

    def call(self, inputs, training=None, **kwargs):
        """Return the student's outputs."""
        with _Outputs(self.student, [x.student_layer_name for x in self.distillation_losses]) as features:
            outputs = self.student(inputs, training=training, **kwargs)
        object.__setattr__(self, "_student_features", features)
        return outputs

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        """Return the student's loss and the distillation losses, each with its weight."""
        share = self.student_loss_weight
        zero = torch.zeros((), device=tree.flatten(y_pred)[0].device)
        student_loss = super().compute_loss(x, y, y_pred, sample_weight, training) if share else zero
        distillation = self._distillation_loss(x, y_pred) if share < 1 else zero
        total = share * student_loss + (1 - share) * distillation
        for tracker, value in (
            (self.student_loss_tracker, student_loss),
            (self.distillation_loss_tracker, distillation),
            (self.total_loss_tracker, total),
        ):
            tracker.update_state(value.detach())
        return total

    def _distillation_loss(self, x, y_pred):
        with (
            torch.no_grad(),
            _Outputs(self.teacher, [x.teacher_layer_name for x in self.distillation_losses]) as features,
        ):
            teacher = self.teacher(x, training=False)
        total = 0.0
        for loss, weight in zip(self.distillation_losses, self.distillation_loss_weights):
            of_teacher = features[loss.teacher_layer_name] if loss.teacher_layer_name else teacher
            of_student = (
                self._student_features[loss.student_layer_name] if loss.student_layer_name else y_pred
            )
            loss.validate_outputs(of_teacher, of_student)
            total = total + weight * for_user(loss.compute_loss)(of_teacher, of_student)
        return torch.as_tensor(total, device=tree.flatten(y_pred)[0].device)

    @classmethod
    def from_config(cls, config):
        return cls(**{key: registry.deserialize_nested(value) for key, value in config.items()})

"""Models as scikit-learn estimators: for pipelines, cross validation and searches over parameters."""

import numpy as np

from kerastorch.models import Model, clone_model
from kerastorch.wrappers import bases


class SKLearnEstimator(bases.BaseEstimator):
    """What the three estimators have in common."""

    def __init__(self, model, warm_start=False, model_kwargs=None, fit_kwargs=None):
        bases.take_bases(type(self))
        self.model = model
        self.warm_start = warm_start
        self.model_kwargs = model_kwargs
        self.fit_kwargs = fit_kwargs

    def fit(self, X, y, **kwargs):
        """Train the model.

        Args:
            X: Inputs (samples, features).
            y: Targets (samples,) or (samples, outputs).
            **kwargs: Further arguments of `model.fit`, which win over `fit_kwargs`.
        """
        if y is None:
            raise ValueError(f"{type(self).__name__} requires y to be passed, but the target y is None.")
        X, y = self._checked(X, y)
        y = self._encoded(y)
        model = self._made_model(X, y)
        if not getattr(model, "compiled", False) or model.loss is None:
            raise RuntimeError("Given model needs to be compiled, and have a loss and an optimizer.")
        history = model.fit(X, y, **{**(self.fit_kwargs or {}), **kwargs})
        self.model_, self.history_ = model, history
        return self

    def predict(self, X):
        """Return the model's predictions, in the form of the targets."""
        return self._decoded(self._outputs(X))

    def set_fit_request(self, **kwargs):
        """Say which keyword arguments of `fit` scikit-learn's metadata routing passes on, and under which name.

        Args:
            **kwargs: True, False, None or another name, for each argument ("sample_weight").

        Returns:
            The estimator.
        """
        from sklearn import get_config

        if not get_config().get("enable_metadata_routing", False):
            raise RuntimeError(
                "This method is only available when metadata routing is enabled. You can enable it using "
                "sklearn.set_config(enable_metadata_routing=True)."
            )
        self._metadata_request = requests = self._get_metadata_request()
        for name, alias in kwargs.items():
            requests.fit.add_request(param=name, alias=alias)
        return self

    @property
    def epoch_(self):
        """How many epochs the last `fit` took; 0 before it."""
        return len(self.history_.epoch) if hasattr(self, "history_") else 0

    def _made_model(self, X, y):
        if not isinstance(self.model, Model):
            return self.model(X=X, y=y, **(self.model_kwargs or {}))
        if self.warm_start:
            return getattr(self, "model_", self.model)
        model = clone_model(self.model)
        if self.model.compiled:
            model.compile_from_config(self.model.get_compile_config())
        return model

    def _checked(self, X, y=None):
        from sklearn.utils.validation import validate_data

        if y is None:
            return validate_data(self, X, reset=False)
        return validate_data(self, X, y, multi_output=True, y_numeric=False)

    def _outputs(self, X):
        from sklearn.utils.validation import check_is_fitted

        check_is_fitted(self, "model_")
        return self.model_.predict(self._checked(X), verbose=0)

    def _encoded(self, y):
        from sklearn.utils.multiclass import type_of_target

        type_of_target(y, raise_unknown=True)
        self._flat = y.ndim == 1
        return y.reshape(-1, 1) if self._flat else y

    def _decoded(self, outputs):
        return outputs.reshape(-1) if self._flat and outputs.shape[1:] == (1,) else outputs

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.non_deterministic = True
        return tags


_ARGUMENTS = """

    Args:
        model: A compiled `Model`, or a function `(X, y, **model_kwargs)` that makes one.
        warm_start: Whether `fit` goes on training the given model, instead of a fresh clone of it.
        model_kwargs: Further arguments of the function.
        fit_kwargs: Arguments of `model.fit`.

    The trained model is `model_`, its history `history_`.
"""


class SKLearnClassifier(bases.ClassifierMixin, SKLearnEstimator):
    __doc__ = (
        "A classifier of scikit-learn. The model sees targets as rows of zeros and a one; `classes_` are the labels."
        + _ARGUMENTS
    )

    def decision_function(self, X):
        """Return the model's outputs (samples, classes)."""
        return self._outputs(X)

    def _encoded(self, y):
        from sklearn.utils.multiclass import type_of_target

        kind = type_of_target(y, raise_unknown=True)
        if kind not in ("binary", "multiclass"):
            raise ValueError(f"Only binary and multiclass target types are supported. Target type: {kind}")
        self._flat = y.ndim == 1
        self.classes_, places = np.unique(y.reshape(-1), return_inverse=True)
        if len(self.classes_) == 1:
            raise ValueError("Classifier can't train when only one class is present.")
        return np.eye(len(self.classes_))[places]

    def _decoded(self, outputs):
        labels = self.classes_[outputs.argmax(-1)]
        return labels if self._flat else labels.reshape(-1, 1)


class SKLearnRegressor(bases.RegressorMixin, SKLearnEstimator):
    __doc__ = "A regressor of scikit-learn. Targets of one axis get a second one for the model." + _ARGUMENTS

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.regressor_tags.poor_score = True
        return tags


class SKLearnTransformer(bases.TransformerMixin, SKLearnEstimator):
    __doc__ = "A transformer of scikit-learn: `transform` gives the model's outputs." + _ARGUMENTS

    def transform(self, X):
        """Return the model's outputs."""
        return self._outputs(X)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = []
        return tags

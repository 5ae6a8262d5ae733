"""scikit-learn's base classes, taken when the first estimator is made: an import of the library does not need it."""

import importlib


class Placeholder:
    """Stands among the bases of a class for a class of `sklearn.base` of the same name."""


class BaseEstimator(Placeholder):
    """In the place of `sklearn.base.BaseEstimator`."""


class ClassifierMixin(Placeholder):
    """In the place of `sklearn.base.ClassifierMixin`."""


class RegressorMixin(Placeholder):
    """In the place of `sklearn.base.RegressorMixin`."""


class TransformerMixin(Placeholder):
    """In the place of `sklearn.base.TransformerMixin`."""


def take_bases(cls):
    """Put scikit-learn's classes in the places held for them among the bases of a class, and of its bases."""
    changed = False
    for base in reversed(cls.__mro__):
        if not any(x.__module__ == __name__ for x in base.__bases__) or base.__module__ == __name__:
            continue
        try:
            sklearn = importlib.import_module("sklearn.base")
        except ModuleNotFoundError as e:
            raise ImportError(
                f"{cls.__name__} requires scikit-learn, which is not installed. "
                "Install it with `pip install scikit-learn`."
            ) from e
        base.__bases__ = tuple(
            getattr(sklearn, x.__name__) if x.__module__ == __name__ else x for x in base.__bases__
        )
        changed = True
    if changed:
        cls.__init_subclass__()  # what scikit-learn does to its subclasses where they are defined

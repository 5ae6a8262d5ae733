"""The errors of pipelines: Python's own classes, or those of a package whose tensors the user works with."""

from kerastorch.core import edge

_own = {
    "invalid_argument": lambda message, kernel: ValueError(message),
    "data_loss": lambda message, kernel: ValueError(message),
    "failed_precondition": lambda message, kernel: RuntimeError(message),
    "out_of_range": lambda message, kernel: StopIteration(message),
    "not_found": lambda message, kernel: FileNotFoundError(message),
}


_registered = {}


def register_errors(**classes):
    """Register functions `(message, kernel)` that make the errors of a kind."""
    _registered.update(classes)


def _error(kind, message, kernel=None):
    table = _registered if edge.border.active and kind in _registered else _own
    return table[kind](message, kernel)


def invalid(message, kernel=None):
    """Return the error for an argument or an element that is not as it must be.

    Args:
        message: What is wrong.
        kernel: The name of the operation, where there is one.
    """
    return _error("invalid_argument", message, kernel)


def data_loss(message):
    """Return the error for data that would be lost, or that a file has lost."""
    return _error("data_loss", message)


def failed_precondition(message):
    """Return the error for a dataset that is not what was said of it."""
    return _error("failed_precondition", message)


def out_of_range(message):
    """Return the error for an element after the last."""
    return _error("out_of_range", message)


def not_found(message):
    """Return the error for a file that is not there."""
    return _error("not_found", message)

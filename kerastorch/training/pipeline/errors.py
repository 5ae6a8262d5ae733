"""The errors of pipelines: Python's own classes, until a package registers its own for the same kinds."""

_classes = {
    "invalid_argument": lambda message, kernel: ValueError(message),
    "data_loss": lambda message, kernel: ValueError(message),
    "failed_precondition": lambda message, kernel: RuntimeError(message),
    "out_of_range": lambda message, kernel: StopIteration(message),
    "not_found": lambda message, kernel: FileNotFoundError(message),
}


def register_errors(**classes):
    """Register functions `(message, kernel)` that make the errors of a kind."""
    _classes.update(classes)


def invalid(message, kernel=None):
    """Return the error for an argument or an element that is not as it must be.

    Args:
        message: What is wrong.
        kernel: The name of the operation, where there is one.
    """
    return _classes["invalid_argument"](message, kernel)


def data_loss(message):
    """Return the error for data that would be lost, or that a file has lost."""
    return _classes["data_loss"](message, None)


def failed_precondition(message):
    """Return the error for a dataset that is not what was said of it."""
    return _classes["failed_precondition"](message, None)


def out_of_range(message):
    """Return the error for an element after the last."""
    return _classes["out_of_range"](message, None)


def not_found(message):
    """Return the error for a file that is not there."""
    return _classes["not_found"](message, None)

"""TensorFlow's exceptions, each with its number.

https://www.tensorflow.org/api_docs/python/tf/errors
"""

OK = 0
CANCELLED = 1
UNKNOWN = 2
INVALID_ARGUMENT = 3
DEADLINE_EXCEEDED = 4
NOT_FOUND = 5
ALREADY_EXISTS = 6
PERMISSION_DENIED = 7
RESOURCE_EXHAUSTED = 8
FAILED_PRECONDITION = 9
ABORTED = 10
OUT_OF_RANGE = 11
UNIMPLEMENTED = 12
INTERNAL = 13
UNAVAILABLE = 14
DATA_LOSS = 15
UNAUTHENTICATED = 16


class OperatorNotAllowedInGraphError(TypeError):
    """Raised where a symbolic tensor is used as a Python value."""


class InaccessibleTensorError(ValueError):
    """Raised where a tensor is used outside the graph that it belongs to."""


class OpError(Exception):
    """An error in an operation: `message`, `error_code`, and `op` and `node_def` where they are known."""

    _code = UNKNOWN

    def __init__(self, node_def, op, message, *args):
        error_code = args[0] if args and isinstance(args[0], int) else self._code
        super().__init__(message)
        self._node_def, self._op, self._message, self._error_code = node_def, op, message, error_code

    @property
    def message(self):
        """What went wrong."""
        return self._message

    @property
    def op(self):
        """The operation, or None."""
        return self._op

    @property
    def node_def(self):
        """The description of the operation, or None."""
        return self._node_def

    @property
    def error_code(self):
        """The number of the kind of error."""
        return self._error_code

    @property
    def experimental_payloads(self):
        """What else is known of the error: nothing here."""
        return {}

    def __str__(self):
        return str(self._message)

    def __reduce__(self):
        return _restore, (type(self).__name__, self._node_def, self._op, self._message, self._error_code)


def _restore(name, *arguments):
    return globals()[name](*arguments)


# The name under which tracebacks show it.
OpError.__module__ = "tensorflow.python.framework.errors_impl"


def _error(name, code, meaning):
    return type(name, (OpError,), {"__doc__": meaning, "__module__": OpError.__module__, "_code": code})


CancelledError = _error("CancelledError", CANCELLED, "Raised when an operation is cancelled.")
UnknownError = _error("UnknownError", UNKNOWN, "Raised when nothing better is known of an error.")
InvalidArgumentError = _error(
    "InvalidArgumentError", INVALID_ARGUMENT, "Raised when an argument cannot be right."
)
DeadlineExceededError = _error("DeadlineExceededError", DEADLINE_EXCEEDED, "Raised when the time is over.")
NotFoundError = _error("NotFoundError", NOT_FOUND, "Raised when a file or another thing is not there.")
AlreadyExistsError = _error(
    "AlreadyExistsError", ALREADY_EXISTS, "Raised when what should be made is there already."
)
PermissionDeniedError = _error(
    "PermissionDeniedError", PERMISSION_DENIED, "Raised when the caller may not do this."
)
ResourceExhaustedError = _error(
    "ResourceExhaustedError", RESOURCE_EXHAUSTED, "Raised when memory or space is used up."
)
FailedPreconditionError = _error(
    "FailedPreconditionError", FAILED_PRECONDITION, "Raised when the state forbids it."
)
AbortedError = _error("AbortedError", ABORTED, "Raised when an operation was given up.")
OutOfRangeError = _error("OutOfRangeError", OUT_OF_RANGE, "Raised when the end of a sequence is reached.")
UnimplementedError = _error("UnimplementedError", UNIMPLEMENTED, "Raised when there is no such operation.")
InternalError = _error("InternalError", INTERNAL, "Raised when an invariant is broken.")
UnavailableError = _error("UnavailableError", UNAVAILABLE, "Raised when a service is not there.")
DataLossError = _error("DataLossError", DATA_LOSS, "Raised when data is lost or damaged.")
UnauthenticatedError = _error("UnauthenticatedError", UNAUTHENTICATED, "Raised when the caller is not known.")

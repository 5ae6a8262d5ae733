"""Logs that are computed when somebody reads them."""


class LazyLogs(dict):
    """A dict whose contents are computed on first reading: no step waits for the device to show what nobody
    looks at.

    Args:
        compute: A function without arguments that returns the dict.

    >>> from kerastorch.callbacks.logs import LazyLogs
    >>> logs = LazyLogs(lambda: {"loss": 0.5})
    >>> logs["loss"], {**logs}
    (0.5, {'loss': 0.5})
    """

    __slots__ = ("_compute", "_is_read")

    def __init__(self, compute):
        super().__init__()
        self._compute, self._is_read = compute, False

    def refresh(self):
        """Forget the contents: the next reading computes them afresh."""
        self._is_read = False

    def read(self):
        """Compute the contents, unless that is done."""
        if not self._is_read:
            self._is_read = True
            super().clear()
            super().update(self._compute())

    def __bool__(self):
        return True  # `logs or {}` reads nothing

    def __reduce__(self):
        return dict, (dict(self.items()),)


def _reading(name):
    method = getattr(dict, name)

    def read_first(self, *args, **kwargs):
        self.read()
        return method(self, *args, **kwargs)

    read_first.__name__ = name
    read_first.__doc__ = method.__doc__
    return read_first


for _name in (
    *(
        "__getitem__",
        "__setitem__",
        "__delitem__",
        "__iter__",
        "__len__",
        "__contains__",
        "__repr__",
        "__eq__",
        "__ne__",
    ),
    *(
        "__or__",
        "__ror__",
        "__ior__",
        "__reversed__",
        "get",
        "items",
        "keys",
        "values",
        "copy",
        "pop",
        "popitem",
    ),
    *("setdefault", "update", "clear"),
):
    setattr(LazyLogs, _name, _reading(_name))

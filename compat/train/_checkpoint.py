"""`tf.train.Checkpoint`: the variables of a graph of objects, in TensorFlow's own files.

https://www.tensorflow.org/guide/checkpoint
"""

import os
import weakref

from kerastorch.core.holder import Holder
from kerastorch.core.proto import DecodeError
from kerastorch.optimizers import Optimizer
from kerastorch.saving.tensor_bundle import CheckpointError, TensorBundle, write_bundle

from .._dtypes import int64
from .._module import Module
from .._variable import Variable
from ..errors import DataLossError, NotFoundError
from ._files import path_text, record_checkpoint
from ._graph import (
    GRAPH_KEY,
    Attached,
    ObjectGraph,
    assign,
    children,
    is_leaf,
    is_trackable,
    tensors_of,
    walk,
)

_NOT_FOUND = "Unsuccessful TensorSliceReader constructor: Failed to find any matching files for {0}"
_HINT = (
    f"Error when restoring from checkpoint or SavedModel at {{0}}: {_NOT_FOUND}\nPlease double-check that the path is "
    "correct. You may be missing the checkpoint suffix (e.g. the '-1' in 'path/to/ckpt-1')."
)


def open_bundle(path, message=_NOT_FOUND):
    """Return the tensors of a checkpoint, or raise TensorFlow's errors."""
    try:
        return TensorBundle(path)
    except FileNotFoundError:
        raise NotFoundError(None, None, message.format(path)) from None
    except CheckpointError as error:
        raise DataLossError(None, None, str(error)) from error


class Checkpoint(Attached):
    """A group of objects to save and restore together.

    Variables are found through attributes: of layers, models, optimizers, `tf.Module`s, lists and dicts. What is made
    after `restore` (the weights of a layer that is not built yet, the slots of an optimizer) is restored as it is made.

    Args:
        root: An object whose own children are saved at the top level.
        **kwargs: Objects by name; they become attributes.

    >>> import tempfile
    >>> v = tf.Variable(3.0)
    >>> path = tf.train.Checkpoint(v=v).save(tempfile.mkdtemp() + "/ckpt")
    >>> status = tf.train.Checkpoint(v=v.assign(0.0)).restore(path)
    >>> v
    <tf.Variable 'Variable:0' shape=() dtype=float32, numpy=3.0>
    """

    def __init__(self, root=None, **kwargs):
        self._root = None
        if root is not None:
            self._root = _checked("Checkpoint", root() if isinstance(root, weakref.ref) else root)
        self._save_counter = None
        for name, value in sorted(kwargs.items()):
            setattr(self, name, _checked("Checkpoint", value() if isinstance(value, weakref.ref) else value))

    def __setattr__(self, name, value):
        object.__setattr__(self, name, value)
        _tell(self)

    @property
    def save_counter(self):
        """How many times `save` was called: an int64 variable."""
        if self._save_counter is None:
            object.__setattr__(
                self, "_save_counter", Variable(0, trainable=False, dtype=int64, name="save_counter")
            )
            _tell(self)
        return self._save_counter

    def _owned(self):
        """What a checkpoint holds of this: the children of the root, and the attributes."""
        own = {name: v for name, v in vars(self).items() if not name.startswith("_") and is_trackable(v)}
        base = dict(children(self._root)) if self._root is not None else {}
        counter = {} if self._save_counter is None else {"save_counter": self._save_counter}
        return {**base, **own, **counter}

    def write(self, file_prefix, options=None):
        """Write the values to files that begin with `file_prefix`, and return that path."""
        path = path_text(file_prefix)
        write_bundle(path, tensors_of(self._owned()))
        return path

    def save(self, file_prefix, options=None):
        """Count, write to `file_prefix` and the number, note it as the latest in its folder, and return the path."""
        number = int(self.save_counter.assign_add(1).numpy())
        path = self.write(f"{path_text(file_prefix)}-{number}", options)
        record_checkpoint(os.path.dirname(path), path, [path])
        return path

    def read(self, save_path, options=None):
        """Restore what `write` wrote; see `restore`."""
        return self._load(save_path)

    def restore(self, save_path, options=None):
        """Restore the values of a checkpoint, now or when the objects get their variables.

        Args:
            save_path: The path that `save` or `write` returned; None restores nothing.

        Returns:
            A status whose `assert_consumed()` and the like say whether everything had its place.

        Raises:
            tf.errors.NotFoundError: if there is no such checkpoint.
            ValueError: if a variable has another shape.
        """
        if save_path is None:
            return InitializationOnlyStatus(self)
        self.save_counter  # noqa: B018 - it is restored like the others
        return self._load(save_path)

    def _load(self, save_path):
        path = path_text(save_path)
        if os.path.isdir(path):
            raise NotFoundError(None, None, _HINT.format(path))
        return CheckpointLoadStatus(self, open_bundle(path, _HINT), path)

    def sync(self):
        """Wait for what is being written: everything is written at once here."""


class CheckpointLoadStatus:
    """What came of `restore`."""

    def __init__(self, root, bundle, path):
        self._root, self._bundle, self._path = root, bundle, path
        if GRAPH_KEY not in bundle:
            raise ValueError(
                f"{path!r} is not a checkpoint of objects. Read its tensors with tf.train.load_checkpoint."
            )
        try:
            self._nodes = ObjectGraph.FromString(self._read(GRAPH_KEY)[()]).nodes
        except DecodeError as error:
            raise DataLossError(None, None, f"The objects of {path!r} cannot be read: {error}") from error
        self._matched = {}
        self._match(root, 0)

    def _match(self, value, number):
        """Restore an object from a node, and what it owns; wait for what is not there yet."""
        if not 0 <= number < len(self._nodes):
            raise DataLossError(
                None, None, f"{self._path!r} names an object ({number}) that it does not hold."
            )
        if number in self._matched and not isinstance(value, (list, tuple, dict)):
            return  # a list may have grown since
        self._matched[number] = value
        self._descend(value, number)

    def _descend(self, value, number):
        node = self._nodes[number]
        if is_leaf(value):
            for attribute in node.attributes:
                key = attribute.checkpoint_key
                if key in self._bundle:
                    assign(value, self._bundle.dtype(key), self._read(key))
            return
        names = {child.local_name: child.node_id for child in node.children}
        owned = value._owned() if isinstance(value, Checkpoint) else dict(children(value))
        for name, child in owned.items():
            if name in names:
                self._match(child, names[name])
        if names and _may_grow(value):
            value.__dict__.setdefault("_when_built", []).append(lambda: self._descend(value, number))

    def _read(self, key):
        try:
            return self._bundle.read(key)
        except CheckpointError as error:
            raise DataLossError(None, None, str(error)) from error

    def assert_consumed(self):
        """Raise AssertionError unless every value found its variable, and every variable its value."""
        for number, node in enumerate(self._nodes):
            if number not in self._matched and node.attributes:
                keys = ", ".join(attribute.checkpoint_key for attribute in node.attributes)
                raise AssertionError(f"Unresolved object in checkpoint {self._path}: {keys}")
        return self.assert_existing_objects_matched()

    def assert_existing_objects_matched(self):
        """Raise AssertionError unless every variable that exists found its value."""
        found = {id(value) for value in self._matched.values()}
        missing = [n for n in walk(self._root._owned()) if is_leaf(n.value) and id(n.value) not in found]
        if missing:
            shown = ", ".join(node.key for node in missing[:10])
            raise AssertionError(
                f"Found {len(missing)} Python objects that were not bound to checkpointed values, likely due to "
                f"changes in the Python program. Showing {min(10, len(missing))} of {len(missing)} unmatched "
                f"objects: [{shown}]"
            )
        return self

    def assert_nontrivial_match(self):
        """Raise AssertionError unless something besides the root was restored."""
        if not any(number and is_leaf(value) for number, value in self._matched.items()):
            raise AssertionError(
                "Nothing except the root object matched a checkpointed value. Typically this means that the checkpoint "
                "does not match the Python program."
            )
        return self

    def expect_partial(self):
        """Say that values without a place are fine; nothing warns of them here."""
        return self

    def initialize_or_restore(self, session=None):
        """Sessions are gone from TensorFlow 2: everything was restored already."""


class InitializationOnlyStatus:
    """What comes of restoring nothing."""

    def __init__(self, root):
        self._root = root

    def assert_consumed(self):
        """Raise AssertionError: nothing was restored."""
        raise AssertionError("No checkpoint specified (save_path=None); nothing is being restored.")

    assert_existing_objects_matched = assert_nontrivial_match = assert_consumed

    def expect_partial(self):
        """Nothing was expected."""
        return self

    def initialize_or_restore(self, session=None):
        """Variables have their first values already."""


def _checked(name, value):
    if is_trackable(value) or isinstance(value, (list, dict, Attached)) or hasattr(value, "__dict__"):
        return value
    raise ValueError(
        f"`{name}` was expecting a to be a trackable object (an object derived from `Trackable`), got {value}. If you "
        "believe this object should be trackable (i.e. it is part of the TensorFlow Python API and manages state), "
        "please open an issue."
    )


def _may_grow(value):
    """Whether an object tells when it has got what it did not have."""
    if isinstance(value, (Holder, Optimizer)):
        return not value.built
    return isinstance(value, (Module, Checkpoint))


def _tell(value):
    """Go on with what waits for an object to grow."""
    for resume in value.__dict__.pop("_when_built", ()):
        resume()

"""Elements in groups by a key, as sequences of similar lengths."""

import numpy as np

from .element import spec_of
from .functions import Map
from .node import UNKNOWN, Node
from .sources import Listed


class GroupByWindow(Map):
    """The elements of the datasets that a function makes of windows of elements with one key.

    Args:
        node: The input.
        key_func: A `UserFunction` from an element to an integer.
        reduce_func: A `UserFunction` from a key and a window to a dataset.
        window_size: A function from a key to the size of its windows.
    """

    tf_name = "_GroupByWindowDataset"
    method = "group_by_window"

    def __init__(self, node, key_func, reduce_func, window_size):
        super().__init__(node, key_func)
        self.reduce_func, self.window_size = reduce_func, window_size

    def elements(self):
        windows, sizes = {}, {}
        for position, element in enumerate(self.inputs[0].elements()):
            raw = self.one(position, element)
            key = int(raw)
            if key not in sizes:
                sizes[key] = self.window_size(raw)
                if sizes[key] <= 0:
                    raise ValueError(f"Window size must be greater than zero, but got {sizes[key]}.")
            window = windows.setdefault(key, [])
            window.append(element)
            if len(window) == sizes[key]:
                yield from self._reduced(raw, windows.pop(key))
        for key in list(windows):
            yield from self._reduced(raw.new_tensor(key), windows.pop(key))

    def _reduced(self, key, window):
        listed = Listed(window, self.inputs[0].spec())
        listed.at_home = self.at_home
        node = self.reduce_func.with_state(key, listed, self.device)
        if not isinstance(node, Node):
            raise TypeError(
                "Invalid `reduce_func`. `reduce_func` must return a single `tf.data.Dataset` object. "
                f"Received: {spec_of(node)}"
            )
        return node.elements()

    def cardinality(self):
        return UNKNOWN

    def infer_spec(self):
        first = self.inputs[0].first()
        if first is None:
            raise ValueError("The element_spec of an empty dataset cannot be inferred.")
        key = self.function(first, self.device)
        listed = Listed([first], self.inputs[0].spec())
        return self.reduce_func.with_state(key, listed, self.device).spec()


class Resampled(Map):
    """Pairs of a class and an element, dropped at random such that classes are distributed as wanted.

    Args:
        node: The input.
        class_func: A `UserFunction` from an element to its class.
        target: The wanted probabilities.
        initial: Those of the input, or None to count.
        seeds: A `PassSeeds`.
    """

    tf_name = "_FilterDataset"
    method = "rejection_resample"

    def __init__(self, node, class_func, target, initial, seeds):
        super().__init__(node, class_func)
        self.target, self.initial, self.seeds = target, initial, seeds

    def elements(self):
        counts = np.zeros_like(self.target)
        generator = np.random.default_rng(self.seeds.next())
        for position, element in enumerate(self.inputs[0].elements()):
            raw = self.one(position, element)
            found = int(raw)
            counts[found] += 1
            initial = counts / counts.sum() if self.initial is None else self.initial
            with np.errstate(divide="ignore", invalid="ignore"):
                ratio = np.where(initial > 0, self.target / initial, 0)
            if generator.random() * ratio.max() < ratio[found]:
                yield raw, element

    def cardinality(self):
        return UNKNOWN

    def infer_spec(self):
        return super().infer_spec(), self.inputs[0].spec()

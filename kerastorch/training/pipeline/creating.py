"""The methods of `Dataset` that make one from something else."""

import numpy as np
import torch

from kerastorch.core import tree

from . import lines, sources
from .arguments import integer, path
from .disk import Loaded
from .element import to_numpy, to_raw
from .node import Node
from .order import Shuffle, Zip
from .seeds import PassSeeds, words
from .spec import Spec
from .stateful import Chosen, Random


class Creating:
    """Functions of the class that return a dataset."""

    @classmethod
    def from_tensor_slices(cls, tensors, name=None):
        """Return a dataset of the slices of tensors along their first axis.

        Args:
            tensors: A tensor or array, or a nested tuple or dict of them, all with the same first dimension.
            name: Not used.
        """
        return cls._of(sources.TensorSlices(tensors, cls._face))

    @classmethod
    def from_tensors(cls, tensors, name=None):
        """Return a dataset of one element: `tensors`."""
        return cls._of(sources.Tensors(tensors, cls._face))

    @classmethod
    def from_generator(
        cls, generator, output_types=None, output_shapes=None, args=None, output_signature=None, name=None
    ):
        """Return a dataset of what a Python generator yields.

        Args:
            generator: A function that returns an iterable; every pass calls it.
            output_types: A structure of dtypes, if there is no `output_signature`.
            output_shapes: A structure of shapes, for `output_types`.
            args: Tensors whose values are passed to `generator`.
            output_signature: A structure of specs (with `shape` and `dtype`), which every element must fit.
            name: Not used.
        """
        if not callable(generator):
            raise TypeError("`generator` must be a Python callable.")
        face = cls._face
        if output_signature is not None:
            if output_types is not None or output_shapes is not None:
                which = "output_types" if output_types is not None else "output_shapes"
                raise TypeError(
                    f"The `{which}` argument can not be used together with the `output_signature` argument."
                )
            if isinstance(output_signature, list):
                output_signature = tuple(output_signature)
            signature = tree.map_structure(face.own_spec, output_signature)
        elif output_types is None:
            raise TypeError(
                "To specify the output signature you need to provide either the `output_signature` argument or "
                "the `output_types` argument."
            )
        else:
            signature = _signature(face, output_types, output_shapes)
        arrays = tuple(tree.map_structure(to_numpy, to_raw(arg, face, False)) for arg in args or ())
        return cls._of(sources.Generator(generator, signature, arrays, face))

    @classmethod
    def range(cls, *args, output_type=torch.int64, name=None):
        """Return a dataset of numbers: `range(stop)`, `range(start, stop)` or `range(start, stop, step)`."""
        if not 1 <= len(args) <= 3:
            raise ValueError(
                f"Invalid `args`. The length of `args` should be between 1 and 3 but was {len(args)}."
            )
        sizes = [integer(arg, "args") for arg in args]
        start, stop = (0, sizes[0]) if len(sizes) == 1 else sizes[:2]
        step = sizes[2] if len(sizes) == 3 else 1
        return cls._of(sources.Range(start, stop, step, cls._face.own_dtype(output_type)))

    @classmethod
    def counter(cls, start=0, step=1, dtype=torch.int64, name=None):
        """Return a dataset that counts without end."""
        node = sources.Range(integer(start, "start"), None, integer(step, "step"), cls._face.own_dtype(dtype))
        return cls._of(node)

    @classmethod
    def random(cls, seed=None, rerandomize_each_iteration=None, name=None):
        """Return a dataset of random integers from 0 to 2**32 - 1, without end.

        Args:
            seed: A number, for the same integers in every process.
            rerandomize_each_iteration: Whether every pass has integers of its own.
            name: Not used.
        """
        seeds = PassSeeds(cls._seeds(seed), bool(rerandomize_each_iteration))
        return cls._of(Random(seeds, _integers, Spec((), torch.int64)))

    @classmethod
    def zip(cls, *args, datasets=None, name=None):
        """Return a dataset of one element of each dataset at a time, until the first of them ends.

        Args:
            args: Datasets, or one nested tuple or dict of them.
            datasets: The same, as a keyword.
            name: Not used.
        """
        if not args and datasets is None:
            raise TypeError("Must pass at least one dataset to `zip`.")
        if args and datasets is not None:
            raise TypeError("Both `*args` and `datasets` cannot be set.")
        structure = datasets if datasets is not None else args[0] if len(args) == 1 else args
        return cls._of(Zip(_nodes(structure)))

    @classmethod
    def list_files(cls, file_pattern, shuffle=None, seed=None, name=None):
        """Return a dataset of the names of the files that match a pattern.

        Args:
            file_pattern: A pattern with `*`, `?` and `[]`, or a list of them.
            shuffle: Whether the names come in random order, by default True; otherwise they are sorted.
            seed: A number, for the same order in every process.
            name: Not used.
        """
        patterns = np.ravel(to_numpy(cls._face.raw(file_pattern)))
        found = lines.matching([path(pattern) for pattern in patterns])
        node = sources.TensorSlices(found, cls._face)
        if shuffle is None or shuffle:
            node = Shuffle(node, len(found), cls._seeds(seed), True)
        return cls._of(node)

    @classmethod
    def choose_from_datasets(cls, datasets, choice_dataset, stop_on_empty_dataset=True):
        """Return a dataset of the next element of that dataset which `choice_dataset` names at a time.

        Args:
            datasets: A list of datasets with elements of one kind.
            choice_dataset: A dataset of int64 numbers below `len(datasets)`.
            stop_on_empty_dataset: Whether all ends with the first dataset that ends; otherwise it is passed over.
        """
        if not datasets:
            raise ValueError("Invalid `datasets`. `datasets` should not be empty.")
        if choice_dataset._node.spec() != Spec((), torch.int64):
            raise TypeError(
                "Invalid `choice_dataset`. Elements of `choice_dataset` must be scalar `tf.int64` tensors but are "
                f"{choice_dataset.element_spec}."
            )
        nodes = [node_of(dataset) for dataset in datasets]
        return cls._of(Chosen(choice_dataset._node, nodes, stop_on_empty_dataset))

    @classmethod
    def sample_from_datasets(
        cls, datasets, weights=None, seed=None, stop_on_empty_dataset=False, rerandomize_each_iteration=None
    ):
        """Return a dataset of the next element of a dataset that is drawn at random each time.

        Args:
            datasets: A list of datasets with elements of one kind.
            weights: A list of probabilities, or a dataset of such lists; by default all are equal.
            seed: A number, for the same choices in every process.
            stop_on_empty_dataset: Whether all ends with the first dataset that ends; otherwise it is passed over.
            rerandomize_each_iteration: Whether every pass has choices of its own.
        """
        if not datasets:
            raise ValueError("Invalid `datasets`. `datasets` should not be empty.")
        nodes = [node_of(dataset) for dataset in datasets]
        if weights is None:
            weights = [1 / len(nodes)] * len(nodes)
        if not isinstance(weights, Creating):
            weights = to_numpy(cls._face.raw(weights)).astype("float64")
            if weights.shape != (len(nodes),):
                raise ValueError(
                    "Invalid `weights`. `weights` should have the same length as `datasets` but got "
                    f"`len(weights)={weights.size}` vs. `len(datasets)={len(nodes)}`."
                )
            if len(nodes) == 1:
                return cls._of(nodes[0])
            used = np.flatnonzero(weights)
            nodes, weights = [nodes[i] for i in used], weights[used]
        seeds = PassSeeds(cls._seeds(seed), rerandomize_each_iteration is not False)
        choice = Random(seeds, lambda pair: _choices(pair, weights), Spec((), torch.int64))
        return cls._of(Chosen(choice, nodes, stop_on_empty_dataset))

    @classmethod
    def load(cls, path, element_spec=None, compression=None, reader_func=None, wait=False):
        """Return a dataset of the elements that `save` wrote.

        Args:
            path: The folder.
            element_spec, compression, wait: Not used: the files say what they hold.
            reader_func: A function from a dataset of datasets, one for each file, to a dataset.
        """
        node = Loaded(saved_file(path))
        if reader_func is None:
            return cls._of(node)
        return reader_func(cls._of(sources.Listed([node], node.type_spec())))


def saved_file(folder):
    """Return the file in a folder that holds the elements of a saved dataset."""
    return f"{path(folder)}/elements.data"


def node_of(dataset):
    """Return the node of a dataset."""
    node = getattr(dataset, "_node", None)
    if not isinstance(node, Node):
        raise TypeError(f"A `tf.data.Dataset` is needed here. Received: {dataset!r} of type {type(dataset)}")
    return node


def _nodes(structure):
    """The structure of the nodes of a structure of datasets."""

    def node(leaf):
        if isinstance(getattr(leaf, "_node", None), Node):
            return leaf._node
        raise TypeError(
            "Invalid input to `zip`. Inputs are expected to be (nested) structures of `tf.data.Dataset` objects but "
            f"encountered object of type {type(leaf)}."
        )

    if isinstance(structure, list):
        raise TypeError(
            "Invalid input to `zip`. Inputs are expected to be (nested) structures of `tf.data.Dataset` objects. "
            "Python `list` is not supported and you should use `tuple` instead."
        )
    return tree.map_structure(node, structure)


def _signature(face, types, shapes):
    if shapes is None:
        return tree.map_structure(lambda dtype: Spec(None, face.own_dtype(dtype)), types)

    def leaf(dtype, shape):
        if hasattr(shape, "as_list"):
            shape = None if shape.rank is None else shape.as_list()
        return Spec(shape, face.own_dtype(dtype))

    return tree.map_structure_up_to(types, leaf, types, shapes)


def _integers(seeds):
    for block in words(seeds):
        yield from torch.from_numpy(block.astype("int64")).unbind(0)


def _choices(seeds, weights):
    generator = np.random.default_rng(seeds)
    if isinstance(weights, Creating):
        for element in weights._node.elements():
            chances = element.double().numpy()
            yield int(generator.choice(len(chances), p=chances / chances.sum()))
        return
    edges = np.cumsum(weights / weights.sum())
    while True:
        yield from np.minimum(np.searchsorted(edges, generator.random(256), "right"), len(edges) - 1).tolist()

"""Outputs and targets of any structure: which target, weight and name belongs to which output."""

import collections

from kerastorch.core import tree


def resolve(path, structure):
    """Return what stands at a path (a tuple of keys and indices) of a nested structure."""
    for key in path:
        structure = structure[key]
    return structure


def stars(structure):
    """Return a structure as text, with a star for each leaf."""
    return tree.map_structure(lambda _: "*", structure)


def same_structure(a, b):
    """Tell whether two structures have the same containers."""
    if not tree.is_nested(a) or not tree.is_nested(b):
        return tree.is_nested(a) == tree.is_nested(b)
    try:
        tree.assert_same_structure(a, b)
    except ValueError:
        return False
    return True


def flat_outputs(structure, names):
    """Return the outputs (or what was given for each) in the order of their names.

    Args:
        structure: A nested structure; a flat dict whose keys are the names is read in their order.
        names: The names of the outputs, or None.
    """
    if isinstance(structure, dict) and names is not None and set(structure) == set(names):
        return [structure[name] for name in names]
    return tree.flatten(structure)


def aligned(targets, outputs, names, losses):
    """Return the targets in the structure of the outputs.

    Args:
        targets: What the data gave.
        outputs: What the model gave.
        names: The names of the outputs, or None.
        losses: The losses as the user gave them: where some are None, targets may be left out for these.
    """
    if same_structure(targets, outputs):
        return targets
    if isinstance(targets, dict) and isinstance(outputs, (list, tuple)) and set(targets) == set(names or ()):
        targets = [targets[name] for name in names]
    flat = tree.flatten(targets)
    if len(flat) == len(tree.flatten(outputs)):
        return tree.pack_sequence_as(outputs, flat)
    given = tree.flatten(losses)
    if tree.is_nested(losses) and len(flat) == sum(loss is not None for loss in given):
        left = iter(flat)
        return tree.pack_sequence_as(losses, [None if loss is None else next(left) for loss in given])
    raise ValueError(
        "y_true and y_pred have different structures.\n"
        f"y_true: {stars(targets)}\ny_pred: {stars(outputs)}\n"
        "Pass one target for each output of the model, in its structure."
    )


def dict_names(outputs, names):
    """Return the names of the outputs of a flat dict in their order: the model's own, if they are its keys."""
    if names and set(outputs) == set(names):
        return list(names)
    return list(outputs) if isinstance(outputs, collections.OrderedDict) else sorted(outputs)

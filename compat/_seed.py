"""The seeds of random operations: the global one of `tf.random.set_seed`, and those that follow from it.

https://www.tensorflow.org/api_docs/python/tf/random/set_seed
"""

import random

_DEFAULT_GRAPH_SEED = 87654321
_INT32_MAX = 2**31 - 1


class _Global:
    """The global seed, and the generator of the seeds of operations that have none of their own."""

    seed = None
    operations = random.Random()


def set_global_seed(seed):
    """Set the global seed, or remove it with None, and start the operations' seeds anew."""
    _Global.seed = None if seed is None else int(seed)
    _Global.operations = random.Random(_Global.seed)


def global_seed():
    """Return the global seed, or None."""
    return _Global.seed


def get_seed(op_seed):
    """Return the two seeds of an operation, or (None, None) if neither it nor the process has a seed."""
    if _Global.seed is None and op_seed is None:
        return None, None
    if _Global.seed is None:
        seeds = _DEFAULT_GRAPH_SEED, int(op_seed)
    else:
        seeds = _Global.seed, _Global.operations.randint(0, _INT32_MAX) if op_seed is None else int(op_seed)
    seeds = tuple(seed % _INT32_MAX for seed in seeds)
    return (0, _INT32_MAX) if seeds == (0, 0) else seeds

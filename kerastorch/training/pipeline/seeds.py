"""The orders in which `shuffle` hands out elements: TensorFlow's own, for the same seeds.

A pass over a shuffled dataset has two seeds, drawn from those of the dataset. The elements pass through a ring of
`buffer_size` places; word `i` of the Philox stream of the pass's seeds picks the place of output `i`.
"""

import contextlib
import itertools
import random
import threading

import numpy as np
import torch

from kerastorch.core.philox import _rounds
from kerastorch.random import draw_seed

_MASK = 0xFFFFFFFF
_WORDS = 1 << 14  # drawn at a time


class _State(threading.local):
    peeking = False


_state = _State()


@contextlib.contextmanager
def peeking():
    """Context of a look at some elements that leaves no trace: random generators and passes stay where they are."""
    states = random.getstate(), np.random.get_state(), torch.get_rng_state()
    previous, _state.peeking = _state.peeking, True
    try:
        yield
    finally:
        _state.peeking = previous
        random.setstate(states[0])
        np.random.set_state(states[1])
        torch.set_rng_state(states[2])


def is_peeking():
    """Tell whether elements are only looked at."""
    return _state.peeking


def words(seeds):
    """Yield lists of random words of 32 bits, without end."""
    (low, high), groups = seeds, _WORDS // 4
    for first in itertools.count(0, groups):
        counter = torch.arange(first, first + groups)
        fixed = (torch.full_like(counter, word) for word in (high & _MASK, high >> 32))
        drawn = _rounds((counter & _MASK, counter >> 32, *fixed), (low & _MASK, low >> 32))
        yield torch.stack(drawn, -1).reshape(-1).numpy()


class PassSeeds:
    """The seeds of one pass after the other: always the same ones unless `reshuffle`."""

    def __init__(self, seeds, reshuffle):
        self.given = seeds[0] is not None
        self._seeds = seeds if self.given else draw_seed(None)
        self._reshuffle = reshuffle
        self._words, self._lock = (
            map(int, itertools.chain.from_iterable(words(self._seeds))),
            threading.Lock(),
        )

    def next(self):
        """Return the two seeds of a new pass."""
        if not self._reshuffle or _state.peeking:
            return self._seeds
        with self._lock:
            return next(self._words), next(self._words)


def permutation(count, seeds, exact):
    """Return the order of `count` elements that all fit into the buffer, as an int64 array.

    Unless it must be TensorFlow's `exact` one, for seeds that the user gave, a faster generator makes it.
    """
    if not exact:
        return np.random.default_rng(seeds).permutation(count)
    order, at = list(range(count)), 0
    for block in words(seeds):
        if at >= count:
            break
        places = np.arange(at, min(count, at + len(block)))
        places += block[: len(places)] % (count - places)
        for i, place in enumerate(places.tolist(), at):
            order[i], order[place] = order[place], order[i]
        at += len(places)
    return np.array(order, dtype=np.int64)


def through_ring(items, size, seeds):
    """Yield items in the order in which a buffer of `size` places hands them out; None holds them all."""
    items = iter(items)
    ring = list(itertools.islice(items, size))
    size = len(ring)
    if not size:
        return
    drawn = words(seeds)
    start = 0
    while True:
        block = next(drawn)
        slots = np.arange(start, start + len(block)) % size
        moves = zip(((slots + block % size) % size).tolist(), slots.tolist(), block.tolist())
        for place, slot, word in moves:  # noqa: B007 (a word that is left over is used below)
            try:
                item = next(items)
            except StopIteration:
                break
            yield ring[place]
            ring[place] = ring[slot]
            ring[slot] = item
            start += 1
        else:
            continue
        break
    rest = itertools.chain(
        [word], (word for _, _, word in moves), map(int, itertools.chain.from_iterable(drawn))
    )
    for left in range(size, 0, -1):
        place, slot = (start + next(rest) % left) % size, start % size
        yield ring[place]
        ring[place] = ring[slot]
        start += 1

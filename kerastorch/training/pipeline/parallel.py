"""Work in background threads: functions called for several elements at once, elements made ahead."""

import collections
import concurrent.futures
import os
import queue
import threading
import time

import torch

from .functions import Map
from .node import Passing
from .seeds import is_peeking

AUTOTUNE = -1
_WORTH_A_THREAD = 2e-4  # seconds that a call must take, so that handing it to another thread gains anything
_TRIALS = 3  # calls after the first that are timed
_READY = 2  # elements that `prefetch(AUTOTUNE)` keeps ready


class ParallelMap(Map):
    """What a function gives for every element, called by several threads.

    At most twice as many elements as threads are under way. The first calls are made by the thread that asks, and
    timed: a function that is quick stays there, since threads of Python would only take turns.

    Args:
        node: The input.
        function: The `UserFunction`.
        threads: The number of threads, or AUTOTUNE.
        ordered: Whether elements come in the order of the input.
    """

    tf_name = "_ParallelMapDataset"

    def __init__(self, node, function, threads, ordered=True):
        super().__init__(node, function)
        self.threads = (os.cpu_count() or 1) if threads == AUTOTUNE else threads
        self.ordered = ordered

    def elements(self):
        source, quickest = enumerate(self.inputs[0].elements()), None
        for position, element in source:
            started = time.perf_counter()
            result = self.one(position, element)
            passed = time.perf_counter() - started
            yield result
            if position:  # the first call also sets things up
                quickest = passed if quickest is None else min(quickest, passed)
            if position == _TRIALS:
                break
        if quickest is None or quickest < _WORTH_A_THREAD or self.threads < 2 or is_peeking():
            for position, element in source:
                yield self.one(position, element)
            return
        with concurrent.futures.ThreadPoolExecutor(self.threads, "pipeline") as pool:
            _one_core_each(pool, self.threads)
            pending = collections.deque()
            try:
                for position, element in source:
                    pending.append(pool.submit(self.one, position, element))
                    if len(pending) >= 2 * self.threads:
                        yield self._next(pending)
                while pending:
                    yield self._next(pending)
            finally:
                for future in pending:
                    future.cancel()

    def _next(self, pending):
        if not self.ordered:
            done, _ = concurrent.futures.wait(pending, return_when=concurrent.futures.FIRST_COMPLETED)
            future = next(future for future in pending if future in done)
            pending.remove(future)
            return future.result()
        return pending.popleft().result()


def _one_core_each(pool, threads):
    """Let torch use one core in each thread of a pool: they work side by side already.

    What torch is told in a thread also holds for threads that start later, so that it is told again here.
    """
    before, all_there = torch.get_num_threads(), threading.Barrier(threads)

    def settle():
        torch.set_num_threads(1)
        all_there.wait()

    concurrent.futures.wait([pool.submit(settle) for _ in range(threads)])
    torch.set_num_threads(before)


class Prefetch(Passing):
    """The elements of a node, made ahead by a thread where making them is work.

    The thread ends with the pass: when the elements are used up, and when its iterator is closed or dropped.
    """

    def __init__(self, node, buffer_size):
        super().__init__("_PrefetchDataset", node)
        self.buffer_size = _READY if buffer_size == AUTOTUNE else buffer_size

    def elements(self):
        if self.inputs[0].works and self.buffer_size and not is_peeking():
            return ahead(self.inputs[0].elements, self.buffer_size)
        return self.inputs[0].elements()


def ahead(start, size):
    """Yield the items of `start()`, which a thread makes: at most `size` wait in memory."""
    ready, stop = queue.Queue(size), threading.Event()
    thread = threading.Thread(target=_fill, args=(start, ready, stop), name="prefetch", daemon=True)
    thread.start()
    try:
        while True:
            kind, item = ready.get()
            if kind is _ERROR:
                raise item
            if kind is _END:
                return
            yield item
    finally:
        stop.set()
        while thread.is_alive():  # it may wait for a place in the queue
            _drain(ready)
            thread.join(0.01)


_ITEM, _ERROR, _END = object(), object(), object()


def _fill(start, ready, stop):
    try:
        items = iter(start())
        for item in items:
            if stop.is_set():
                getattr(items, "close", lambda: None)()
                return
            ready.put((_ITEM, item))
            if stop.is_set():
                getattr(items, "close", lambda: None)()
                return
    except BaseException as error:
        ready.put((_ERROR, error))
    else:
        ready.put((_END, None))


def _drain(ready):
    try:
        while True:
            ready.get_nowait()
    except queue.Empty:
        return

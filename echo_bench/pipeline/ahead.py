"""Decoding beside the nets: a thread works ahead of whoever uses the frames, by a bounded number of steps.

Decoders and nets let go of the interpreter while they work, so one thread is enough; frames are handed over, never copied. What comes out,
and in which order, is what the source gives.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


def ahead(steps: Iterator[T], depth: int) -> Iterator[T]:
    """The items of `steps`, made by a thread that is at most `depth` of them ahead.

    Parameters
    ----------
    steps : iterator
        Runs in the thread. None is not an item: it ends the iteration.
    depth : int
        At least 1; what is held at most.

    Raises
    ------
    Exception
        Whatever `steps` raises, in its place.

    Examples
    --------
    >>> list(ahead(iter("abc"), 2))
    ['a', 'b', 'c']
    """
    with ThreadPoolExecutor(1, "decode") as thread:
        coming = deque(thread.submit(next, steps, None) for _ in range(depth))
        try:
            while (step := coming.popleft().result()) is not None:
                coming.append(thread.submit(next, steps, None))
                yield step
        finally:
            thread.shutdown(cancel_futures=True)

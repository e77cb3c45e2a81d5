"""Nets in fixed batches: equal bytes for equal frames, whatever else is computed beside them.

The last bits of a convolution depend on the size of its batch. A batch here holds inputs of one clip, in order, always `size` of
them: the tail is padded with zeros whose rows are dropped. So cache, workers and shards cannot change a feature.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray


class Batches:
    """The inputs of one stream on their way through a net.

    Parameters
    ----------
    net : callable
        Takes ``(size, ...)`` in the inputs' dtype, returns one float32 row or array per input.
    size : int
        Inputs per call.

    Examples
    --------
    >>> batches = Batches(lambda x: x.astype(np.float32).sum(axis=1), 4)
    >>> for k in range(6):
    ...     batches.add(np.full(3, k, np.uint8))
    >>> batches.finish().tolist()
    [0.0, 3.0, 6.0, 9.0, 12.0, 15.0]
    """

    def __init__(self, net: Callable[[NDArray[Any]], NDArray[np.float32]], size: int) -> None:
        self._net = net
        self._size = size
        self._waiting: list[NDArray[Any]] = []
        self._done: list[NDArray[np.float32]] = []

    def add(self, item: NDArray[Any]) -> None:
        """Queue one input; all of a stream have one shape and dtype."""
        self._waiting.append(item)
        if len(self._waiting) == self._size:
            self._flush()

    def finish(self) -> NDArray[np.float32]:
        """The rows of all inputs, in order; ``(0,)`` when there was none."""
        if self._waiting:
            self._flush()
        return np.concatenate(self._done) if self._done else np.empty(0, np.float32)

    def _flush(self) -> None:
        filled = len(self._waiting)
        batch = np.zeros((self._size, *self._waiting[0].shape), self._waiting[0].dtype)
        batch[:filled] = self._waiting
        self._done.append(np.asarray(self._net(batch)[:filled], np.float32))
        self._waiting.clear()

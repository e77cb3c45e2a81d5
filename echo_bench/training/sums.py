"""Metrics whose states are sums, and the one that is a mean over clips."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal

import numpy as np
import torch
from echo_metrics.errors import MetricInputError
from numpy.typing import NDArray
from torch import Tensor
from torchmetrics import Metric

Batch = Tensor | Sequence[Tensor]
Doubles = NDArray[np.float64]


class Sums(Metric):
    """A metric whose states are float64 tensors that add up."""

    full_state_update = False

    def add_sums(self, **shapes: tuple[int, ...]) -> None:
        """Declare states of these shapes, all zero."""
        for name, shape in shapes.items():
            self.add_state(name, default=torch.zeros(shape, dtype=torch.float64), dist_reduce_fx="sum")

    def add(self, **amounts: float | Doubles) -> None:
        """Add to states by name."""
        for name, amount in amounts.items():
            state = getattr(self, name)
            setattr(self, name, state + torch.as_tensor(amount, dtype=torch.float64, device=state.device))

    def array(self, name: str) -> Doubles:
        """A state as an array."""
        values: Doubles = getattr(self, name).cpu().numpy()
        return values

    def finished(self, value: float) -> Tensor:
        """A result where the states are."""
        return torch.tensor(value, dtype=torch.float64, device=self.device)

    def seen(self, name: str) -> float:
        """A counter, once it is above 0.

        Raises
        ------
        MetricInputError
            When nothing was given yet.
        """
        count = float(getattr(self, name))
        if count == 0:
            raise MetricInputError(f"{type(self).__name__} has seen nothing yet: call update before compute")
        return count


def arrays(batch: Batch) -> list[NDArray[Any]]:
    """The clips of a batch, a tensor (clips, ...) or a list with one tensor per clip, as arrays."""
    return [torch.as_tensor(clip).detach().cpu().numpy() for clip in batch]


class ClipMean(Sums):
    """Mean over clips, or over frames, of any metric that :mod:`echo_metrics` computes for a single clip.

    Parameters
    ----------
    function : callable
        Takes one list with one clip per argument, such as :func:`echo_metrics.motion.mean_squared_error`, and gives a number. It travels
        with the metric when that is pickled: give a function of a module, not a lambda.
    over : {"clips", "frames"}
        ``"frames"`` weighs each clip by its frames, for metrics that pool the frames of all clips.
    lost : int, default 0
        Frames of each clip that do not count: the order of the differences (speed 1, jerk 3).
    **options
        Further arguments of the function.

    Examples
    --------
    >>> from echo_metrics.motion import mean_squared_error
    >>> metric = ClipMean(mean_squared_error)
    >>> metric.update(torch.zeros(2, 50, 6), torch.ones(2, 50, 6))
    >>> metric.compute()
    tensor(1., dtype=torch.float64)
    """

    total: Tensor
    weight: Tensor

    def __init__(
        self, function: Callable[..., float], over: Literal["clips", "frames"] = "clips", lost: int = 0, **options: Any
    ) -> None:
        super().__init__()
        self.function, self.over, self.lost, self.options = function, over, lost, options
        self.add_sums(total=(), weight=())

    def update(self, *sides: Batch) -> None:
        """Add clips: for each argument of the function a tensor (clips, ...), or a list with one tensor per clip.

        Raises
        ------
        MetricInputError
            When the sides differ in clips, or the function refuses a clip.
        """
        batches = [arrays(side) for side in sides]
        if len({len(batch) for batch in batches}) != 1:
            raise MetricInputError(
                f"the sides hold {[len(batch) for batch in batches]} clips: is a prediction missing?"
            )
        for clip in zip(*batches, strict=True):
            weight = 1.0 if self.over == "clips" else float(len(clip[0]) - self.lost)
            self.add(total=weight * self.function(*([side] for side in clip), **self.options), weight=weight)

    def compute(self) -> Tensor:
        """The mean so far."""
        return self.finished(float(self.total) / self.seen("weight"))

"""Where nets run, and with which arithmetic: float32, never TF32, the same bytes every time.

The fast policy (bfloat16 and TF32) is there to look at many variants of a method in little time. Its features have keys of their own, and
its metrics ids of their own (:mod:`echo_bench.metrics.fast`), which no board takes.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from echo_bench.errors import UnavailableError

if TYPE_CHECKING:
    import torch

VARIABLE = "ECHO_BENCH_DEVICE"
BATCH_MEMORY = 4 * 2**30
"""Bytes of a device that are free for each batch of the reported size; no net here takes as much (I3D comes nearest)."""

LARGEST = 16
"""How many of those batches the fast policy takes as one at most: beyond that, no device is better used."""

_fast: ContextVar[bool] = ContextVar("fast", default=False)


def policy() -> str:
    """The arithmetic and the class of device, as they stand in a feature's key; costs no import of torch.

    Examples
    --------
    >>> policy()
    'fp32 cpu'
    >>> with arithmetic(fast=True):
    ...     policy()
    'fast bf16 cpu'
    """
    return f"{'fast bf16' if is_fast() else 'fp32'} {_name().partition(':')[0]}"


@contextmanager
def arithmetic(*, fast: bool) -> Iterator[None]:
    """Nets that are made inside compute by the fast policy, or by the one that is reported."""
    before = _fast.set(fast)
    try:
        yield
    finally:
        _fast.reset(before)


def is_fast() -> bool:
    """Whether nets that are made here compute by the fast policy."""
    return _fast.get()


def device() -> torch.device:
    """The device that `ECHO_BENCH_DEVICE` names (default ``cpu``), with TF32 and benchmarked kernels off.

    Raises
    ------
    UnavailableError
        When torch does not know or does not have it.
    """
    import torch

    name = _name()
    try:
        chosen = torch.device(name)
        torch.empty(0, device=chosen)
    except (RuntimeError, AssertionError) as error:  # a torch without CUDA asserts
        reason = str(error).splitlines()[0]
        raise UnavailableError(f"{name!r} cannot be used: {reason}", where=VARIABLE, fix="set cpu or cuda") from error
    _allow_tf32(False)
    # A kernel picked by timing may differ from run to run, and with it the last bits.
    torch.backends.cudnn.benchmark = False
    torch.backends.cudnn.deterministic = True
    return chosen


def batch_size(reported: int) -> int:
    """Inputs per forward pass of a net that is made here.

    The reported policy has one size for all machines, since the last bits depend on it. The fast one takes on CUDA as many of these
    batches at once as the device's free memory suggests; the size stands in the keys of its features.

    Parameters
    ----------
    reported : int
        The size of the reported policy.

    Examples
    --------
    >>> batch_size(16)
    16
    """
    if not is_fast() or (on := device()).type != "cuda":
        return reported
    import torch

    return reported * batches_at_once(torch.cuda.mem_get_info(on)[0])


def batches_at_once(free: int) -> int:
    """The power of two of reported batches that so many free bytes hold, 1 to :data:`LARGEST`.

    Examples
    --------
    >>> [batches_at_once(gib * 2**30) for gib in (2, 8, 24, 140)]
    [1, 2, 4, 16]
    """
    return 1 << (min(max(free // BATCH_MEMORY, 1), LARGEST).bit_length() - 1)


def upload(batch: NDArray[Any], to: torch.device) -> torch.Tensor:
    """An array as a tensor on a device; through pinned memory, so that the copy runs beside the kernels."""
    import torch

    tensor = torch.from_numpy(batch)
    return tensor.pin_memory().to(to, non_blocking=True) if to.type == "cuda" else tensor.to(to)


@contextmanager
def reduced(to: torch.device) -> Iterator[None]:
    """The fast policy while a net runs: what autocast knows to be safe in bfloat16, the rest in float32 with TF32."""
    import torch

    with torch.autocast(to.type, torch.bfloat16), _tf32() if to.type == "cuda" else nullcontext():
        yield


@contextmanager
def _tf32() -> Iterator[None]:
    _allow_tf32(True)
    try:
        yield
    finally:
        _allow_tf32(False)


@contextmanager
def inference() -> Iterator[None]:
    """No gradients, and one thread of the CPU.

    Some kernels round differently with another number of threads (bilinear resizing, some of oneDNN's convolutions), and a feature must
    not depend on how many workers share the machine. What is worked on in parallel are clips.
    """
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with torch.inference_mode():
            yield
    finally:
        torch.set_num_threads(threads)


def _allow_tf32(allowed: bool) -> None:
    import torch

    torch.backends.cuda.matmul.allow_tf32 = allowed
    torch.backends.cudnn.allow_tf32 = allowed


def _name() -> str:
    return os.environ.get(VARIABLE) or "cpu"

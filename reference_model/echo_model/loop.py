"""The training loop of autoencoder and model: Muon and AdamW, warm-up and cosine decay, moving average of the weights, exact resume.

Step ``k`` draws its data and its chance from (seed, k, rank) alone. So a run that is killed and resumed takes the same steps as one
that is not, and ends, on the CPU of one machine, in the same bytes. Under ``torchrun`` every rank draws its own part of the batch.
"""

from __future__ import annotations

import csv
import hashlib
import math
import os
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.distributed import get_rank, get_world_size, is_initialized
from torch.distributed.checkpoint.state_dict import (
    StateDictOptions,
    get_optimizer_state_dict,
    set_model_state_dict,
    set_optimizer_state_dict,
)
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import fully_shard
from torch.distributed.tensor import DTensor

from echo_model.muon import Muon, matrices


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a module is trained.

    Attributes
    ----------
    steps, batch : int
        `batch` is that of all ranks together.
    rate : float
        Highest learning rate of AdamW, reached after `warmup` steps and lowered to zero along a cosine.
    turn : float
        That of Muon, for the matrices inside the nets.
    warmup : int
    decay : float
        Weight decay of AdamW.
    average : float
        Decay of the exponential moving average, reached as steps go by (1 - 10 / (10 + step) at most).
    clip : float
        Largest norm of the gradient.
    settled : float
        Share of the rates at which numbers go on that an earlier stage trained.
    save_every : int
        Steps between two states to resume from and rows of the log.
    """

    steps: int
    batch: int
    rate: float
    turn: float = 5e-3
    warmup: int = 100
    decay: float = 0.01
    average: float = 0.998
    clip: float = 1.0
    settled: float = 1.0
    save_every: int = 100

    @property
    def part(self) -> int:
        """A rank's part of the batch.

        Raises
        ------
        ValueError
            When ranks cannot have equal parts.
        """
        ranks = get_world_size() if is_initialized() else 1
        if self.batch % ranks:
            raise ValueError(
                f"{ranks} processes cannot have equal parts of a batch of {self.batch}: train with a multiple of {ranks}"
            )
        return self.batch // ranks

    def share(self, step: int) -> float:
        """How much of the highest learning rates a step takes, from 0.

        Examples
        --------
        >>> recipe = Recipe(steps=200, batch=1, warmup=100, rate=1.0)
        >>> recipe.share(49), recipe.share(100), round(recipe.share(150), 3)
        (0.5, 1.0, 0.5)
        """
        if step < self.warmup:
            return (step + 1) / self.warmup
        through = (step - self.warmup) / max(1, self.steps - self.warmup)
        return 0.5 * (1.0 + math.cos(math.pi * through))


class Loop:
    """Trains one module; everything of a run lies in `folder`.

    Parameters
    ----------
    module : nn.Module
        Its call takes a ``numpy.random.Generator`` and returns the terms of the loss. What needs no gradient is not trained.
    recipe : Recipe
    seed : int
    folder : Path
        Holds ``state.pt`` to resume from, ``log.csv``, and the events of TensorBoard where that is installed.
    device : str
    settled : collection of str
        Names of the parameters that an earlier stage trained.
    shards : sequence of nn.Module
        Parts of the module that are gathered one at a time: with them, and under ``torchrun``, every rank keeps its share of numbers,
        average and optimiser (FSDP). Without them every rank keeps all (DDP).

    Notes
    -----
    On CUDA, and on processors that multiply bfloat16 by themselves, the forward pass runs in bfloat16.
    """

    def __init__(
        self,
        module: nn.Module,
        recipe: Recipe,
        seed: int,
        folder: Path,
        device: str = "cpu",
        settled: Collection[str] = (),
        shards: Sequence[nn.Module] = (),
    ) -> None:
        self.began = digest(module)
        self.module = module.to(device).train()
        self.sharded = bool(shards) and is_initialized()
        if self.sharded:
            mesh = init_device_mesh(torch.device(device).type, (get_world_size(),))
            for part in (*shards, module):
                fully_shard(part, mesh=mesh)
        self.average = {name: value.detach().clone() for name, value in module.state_dict().items()}
        self.trained = [value for value in module.parameters() if value.requires_grad]
        turned = matrices(module)
        known = {id(value) for value in turned}
        old = {id(value) for name, value in module.named_parameters() if name in settled}
        rest = [value for value in self.trained if id(value) not in known]
        self.optimisers = (
            Muon(grouped(turned, old), recipe.turn),
            torch.optim.AdamW(grouped(rest, old), lr=recipe.rate, weight_decay=recipe.decay, betas=(0.9, 0.98)),
        )
        self.recipe, self.seed, self.folder, self.device = recipe, seed, folder, device
        self.step, self.seconds = 0, 0.0
        self.curve: list[dict[str, float]] = []
        self.recent: list[dict[str, float]] = []
        self.call = module
        if is_initialized() and not self.sharded:  # a part that is switched off has numbers that no gradient reaches
            self.call = nn.parallel.DistributedDataParallel(module, find_unused_parameters=True)

    def run(self) -> None:
        """Train to the last step, from the saved state if there is one; then the module has the averaged weights.

        Raises
        ------
        ValueError
            When the folder holds a run of another recipe or seed, one that began from other numbers, for an earlier stage has gone on
            since, or one that has gone further. With more steps than it had, a run goes on.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        if (self.folder / "state.pt").is_file():
            self._restore()
        started = time.perf_counter() - self.seconds
        while self.step < self.recipe.steps:
            self.recent.append(self._advance())
            self.step += 1
            if self.step % self.recipe.save_every == 0 or self.step == self.recipe.steps:
                self.seconds = time.perf_counter() - started
                self._note()
        self.module.load_state_dict(self.average)
        self.module.eval()

    def whole(self) -> dict[str, Tensor]:
        """The module's state, gathered from all ranks."""
        return gathered(self.module.state_dict())

    def _advance(self) -> dict[str, float]:
        share = self.recipe.share(self.step)
        for optimiser, rate in zip(self.optimisers, (self.recipe.turn, self.recipe.rate), strict=True):
            for group in optimiser.param_groups:
                group["lr"] = share * rate * (self.recipe.settled if group["settled"] else 1.0)
        rng = np.random.default_rng([self.seed, self.step, get_rank() if is_initialized() else 0])
        torch.manual_seed(int(rng.integers(2**62)))
        with torch.autocast(torch.device(self.device).type, torch.bfloat16, enabled=halves(self.device)):
            terms: dict[str, Tensor] = self.call(rng)
        self.module.zero_grad(set_to_none=True)
        torch.stack(list(terms.values())).sum().backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self.trained, self.recipe.clip)
        for optimiser in self.optimisers:
            optimiser.step()
        self._follow(min(self.recipe.average, 1.0 - 10.0 / (10.0 + self.step)))
        return {name: float(value.detach()) for name, value in terms.items()}

    @torch.no_grad()
    def _follow(self, keep: float) -> None:
        """Move the average towards the module."""
        for name, latest in self.module.state_dict().items():
            if latest.is_floating_point():
                self.average[name].lerp_(latest, 1.0 - keep)

    def _note(self) -> None:
        """Log the mean terms since the last note, and save the state."""
        means = {name: float(np.mean([terms[name] for terms in self.recent])) for name in self.recent[0]}
        self.curve.append({"step": float(self.step), "seconds": round(self.seconds, 1)} | means)
        self.recent.clear()
        state = self._state()
        if is_initialized() and get_rank():
            return
        part = self.folder / f".state.{os.getpid()}.part"
        torch.save(state, part)
        os.replace(part, self.folder / "state.pt")
        if find_spec("tensorboard"):
            from torch.utils.tensorboard import SummaryWriter  # optional

            with SummaryWriter(self.folder) as board:
                for name, mean in means.items():
                    board.add_scalar(name, mean, self.step)
        with (self.folder / "log.csv").open("w", newline="") as file:
            rows = csv.DictWriter(file, list(self.curve[-1]), lineterminator="\n")
            rows.writeheader()
            rows.writerows(self.curve)

    def _state(self) -> dict[str, Any]:
        """What a run goes on from; the same file whether sharded or not."""
        return {
            "step": self.step,
            "seconds": self.seconds,
            "curve": self.curve,
            "recipe": self._same,
            "began": self.began,
            "module": self.whole(),
            "average": gathered(self.average),
            "optimisers": get_optimizer_state_dict(self.module, self.optimisers, options=self._options),
        }

    @property
    def _same(self) -> str:
        """What a run that goes on has in common with the one before; it may be longer."""
        return repr((replace(self.recipe, steps=0), self.seed))

    @property
    def _options(self) -> StateDictOptions:
        # Not strict: numbers that no gradient reached have no state in the optimiser.
        return StateDictOptions(full_state_dict=self.sharded, cpu_offload=self.sharded, strict=False)

    def _restore(self) -> None:
        path = self.folder / "state.pt"
        state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
        if state["recipe"] != self._same:
            raise ValueError(f"{path} holds a run of another recipe or seed: train into another folder, or delete it")
        if state["began"] != self.began:
            raise ValueError(
                f"{path} holds a run that began from other numbers: a stage before it has gone on since, or data have changed. Train into "
                "another folder, or delete it"
            )
        if state["step"] > self.recipe.steps:
            raise ValueError(
                f"{path} holds a run that has taken {state['step']} steps, more than {self.recipe.steps}: ask for no fewer, train into "
                "another folder, or delete it"
            )
        set_model_state_dict(self.module, state["average"], options=self._options)
        self.average = {name: value.detach().clone() for name, value in self.module.state_dict().items()}
        set_model_state_dict(self.module, state["module"], options=self._options)
        set_optimizer_state_dict(self.module, self.optimisers, state["optimisers"], options=self._options)
        self.step, self.seconds, self.curve = state["step"], state["seconds"], state["curve"]


def grouped(values: Sequence[Tensor], settled: Collection[int]) -> list[dict[str, Any]]:
    """Groups of an optimiser: what an earlier stage trained (by ``id``), and what is new, where there is any."""
    groups = ([value for value in values if (id(value) in settled) == old] for old in (True, False))
    return [{"params": group, "settled": old} for group, old in zip(groups, (True, False), strict=True) if group]


def digest(module: nn.Module) -> str:
    """SHA-256 of the parameters of a module, wherever they are.

    Buffers are left out: they hold means over data, which other processors round otherwise.

    Examples
    --------
    >>> digest(nn.Linear(1, 1)) == digest(nn.Linear(1, 1))
    False
    """
    found = hashlib.sha256()
    for value in module.parameters():
        found.update(value.detach().cpu().contiguous().numpy().tobytes())
    return found.hexdigest()


def gathered(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """A state with the shares of all ranks put together."""
    return {name: value.full_tensor().cpu() if isinstance(value, DTensor) else value for name, value in state.items()}


def halves(device: str) -> bool:
    """Whether a device multiplies bfloat16 by itself."""
    return device != "cpu" or torch.cpu._is_avx512_bf16_supported()

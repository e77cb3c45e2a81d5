"""The one training loop of all learned methods: AdamW, warm-up and cosine decay, moving average of the weights, resume.

Step ``k`` draws its windows and its chance from (seed, k) alone. So a run that is killed and resumed takes the same steps as one
that is not, and ends, on the CPU of one machine, in the same bytes.
"""

from __future__ import annotations

import copy
import csv
import math
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from echo_bench.errors import MethodError
from echo_bench.methods.learned.augment import Augment
from echo_bench.methods.learned.corpus import Example, draw
from echo_bench.methods.learned.network import Network

Progress = Callable[[int, int, float], None]
"""Called with (steps done, steps in all, loss)."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a network is trained.

    Attributes
    ----------
    steps, batch : int
    window : int
        Frames per training window.
    rate : float
        Highest learning rate, reached after `warmup` steps and lowered to zero along a cosine.
    warmup : int
    decay : float
        Weight decay.
    average : float
        Decay of the exponential moving average, reached as steps go by (1 - 10 / (10 + step) at most).
    clip : float
        Largest norm of the gradient.
    check_every : int
        Steps between two looks at the val split, which also save the state to resume from.
    """

    steps: int
    batch: int = 16
    window: int = 128
    rate: float = 1e-3
    warmup: int = 100
    decay: float = 0.01
    average: float = 0.995
    clip: float = 1.0
    check_every: int = 250

    def rate_at(self, step: int) -> float:
        """Learning rate of a step, from 0.

        Examples
        --------
        >>> recipe = Recipe(steps=200, warmup=100, rate=1.0)
        >>> recipe.rate_at(49), recipe.rate_at(100), round(recipe.rate_at(150), 3)
        (0.5, 1.0, 0.5)
        """
        if step < self.warmup:
            return self.rate * (step + 1) / self.warmup
        through = (step - self.warmup) / max(1, self.steps - self.warmup)
        return self.rate * 0.5 * (1.0 + math.cos(math.pi * through))


@dataclass(slots=True)
class Trained:
    """What training leaves.

    Attributes
    ----------
    network : Network
        With the averaged weights, on the CPU.
    curve : list of (step, train loss, val loss or None)
    seconds : float
        Of this and all earlier parts of the run.
    """

    network: Network
    curve: list[tuple[int, float, float | None]]
    seconds: float


class Trainer:
    """Trains one network; everything of a run lies in `folder`.

    Parameters
    ----------
    network : Network
        As it is built by its seed; its scales are fitted here.
    train, val : sequence of Example
        `val` may be empty.
    recipe : Recipe
    seed : int
    folder : Path
        Holds ``state.pt`` to resume from and ``log.csv``.
    device : str
    """

    def __init__(
        self, network: Network, train: Sequence[Example], val: Sequence[Example], recipe: Recipe, seed: int,
        folder: Path, device: str = "cpu",
    ) -> None:  # fmt: skip
        network.fit_scales(train)
        self.network = network.to(device)
        self.average = copy.deepcopy(self.network).eval().requires_grad_(False)
        self.optimiser = torch.optim.AdamW(network.parameters(), lr=recipe.rate, weight_decay=recipe.decay)
        self.train_set, self.val_set, self.augment = train, val, Augment(train)
        self.recipe, self.seed, self.folder, self.device = recipe, seed, folder, device
        self.step, self.seconds = 0, 0.0
        self.curve: list[tuple[int, float, float | None]] = []
        self.losses: list[float] = []

    def run(self, progress: Progress | None = None) -> Trained:
        """Train to the last step, from the saved state if there is one."""
        self.folder.mkdir(parents=True, exist_ok=True)
        if (self.folder / "state.pt").is_file():
            self._restore()
        started = time.perf_counter() - self.seconds
        while self.step < self.recipe.steps:
            self.losses.append(self._advance())
            self.step += 1
            if progress:
                progress(self.step, self.recipe.steps, self.losses[-1])
            if self.step % self.recipe.check_every == 0 or self.step == self.recipe.steps:
                self.seconds = time.perf_counter() - started
                self._check()
        return Trained(self.average.cpu(), self.curve, self.seconds)

    def _advance(self) -> float:
        recipe = self.recipe
        for group in self.optimiser.param_groups:
            group["lr"] = recipe.rate_at(self.step)
        loss = self._loss(self.network.train(), self.train_set, self.step)
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), recipe.clip)
        self.optimiser.step()
        self._follow(min(recipe.average, 1.0 - 10.0 / (10.0 + self.step)))
        return float(loss.detach())

    def _loss(self, network: Network, examples: Sequence[Example], step: int) -> Tensor:
        """Loss of the windows, and with the chance, of one step."""
        rng = np.random.default_rng([self.seed, step + 4])  # steps of the val split are -4 to -1
        chance = torch.manual_seed(int(rng.integers(2**62)))
        batch = draw(examples, self.recipe.batch, self.recipe.window, rng)
        if network.training:
            batch = self.augment(batch, chance)
        batch = batch.to(self.device)
        with torch.autocast(self.device, torch.bfloat16, enabled=self.device != "cpu"):
            return torch.stack(list(network.terms(network.standardised(batch)).values())).sum()

    @torch.no_grad()
    def _follow(self, keep: float) -> None:
        """Move the average towards the network; what is counted and not trained is copied."""
        for weight, newest in zip(self.average.parameters(), self.network.parameters(), strict=True):
            weight.lerp_(newest, 1.0 - keep)
        for count, latest in zip(self.average.buffers(), self.network.buffers(), strict=True):
            count.copy_(latest)

    def _check(self) -> None:
        """Look at the val split with windows that are always the same, note it, and save the state."""
        val = None
        if self.val_set:
            with torch.no_grad():
                val = float(np.mean([float(self._loss(self.average, self.val_set, k - 4)) for k in range(4)]))
        self.curve.append((self.step, float(np.mean(self.losses)), val))
        self.losses.clear()
        self._save()
        with (self.folder / "log.csv").open("w", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows([("step", "train", "val"), *self.curve])

    def _save(self) -> None:
        state = {
            "step": self.step,
            "seconds": self.seconds,
            "curve": self.curve,
            "recipe": repr((self.recipe, self.seed)),
            "network": self.network.state_dict(),
            "average": self.average.state_dict(),
            "optimiser": self.optimiser.state_dict(),
        }
        part = self.folder / f".state.{os.getpid()}.part"
        torch.save(state, part)
        os.replace(part, self.folder / "state.pt")

    def _restore(self) -> None:
        path = self.folder / "state.pt"
        state: dict[str, Any] = torch.load(path, map_location=self.device, weights_only=True)
        if state["recipe"] != repr((self.recipe, self.seed)):
            raise MethodError(
                "holds a run of another recipe or seed", where=path, fix="train into another folder, or delete this one"
            )
        self.network.load_state_dict(state["network"])
        self.average.load_state_dict(state["average"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.step, self.seconds, self.curve = state["step"], state["seconds"], [tuple(row) for row in state["curve"]]

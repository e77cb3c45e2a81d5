"""`ditto-dit`: diffusion in motion space with controls (Ditto, arXiv 2411.19509) in ``rig61``.

Mechanism: a diffusion transformer makes chunks of 80 frames of explicit motion from the avatar's sound, with emotion, blink and
gaze as inputs of their own that can be set from outside; chunks overlap by 10 frames and are cross-faded.

Ours: flow matching. Blink and gaze left alone are drawn with the motion; one that is set replaces its columns in what is
integrated, so that it is met exactly and the rest fits to it. The emotion is a label per frame that is withheld half of the time in
training, and unknown when a benchmark generates.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from echo_bench.method import Capabilities
from echo_bench.methods.learned.blocks import Block, CausalConv, Moment, distance_bias
from echo_bench.methods.learned.corpus import EMOTIONS, UNKNOWN, Batch
from echo_bench.methods.learned.expectation import DepartingNetwork
from echo_bench.methods.learned.features import AUDIO, MOTION
from echo_bench.methods.learned.flow import flow_loss, integrate
from echo_bench.methods.learned.method import Learned
from echo_bench.methods.learned.network import noise
from echo_bench.methods.learned.trainer import Recipe
from echo_bench.methods.learned.windows import windows

WIDTH, HEADS, LAYERS = 80, 4, 2
CHUNK, OVERLAP, STEPS = 80, 10, 10
CONTROLS: Mapping[str, tuple[int, ...]] = {"blink": (8, 9), "gaze": (58, 59)}


class DittoNetwork(DepartingNetwork):
    """The velocity of motion, given the avatar's sound."""

    liveliness = 2.0
    temperature = 0.25
    streams = ("avatar_audio",)
    piece = CHUNK

    def __init__(self) -> None:
        super().__init__()
        self.hear = nn.Sequential(CausalConv(AUDIO, WIDTH, 9, causal=False), nn.GELU(), nn.Linear(WIDTH, WIDTH))
        self.feel = nn.Embedding(len(EMOTIONS) + 1, WIDTH)  # the first is the unknown one
        self.enter = nn.Linear(MOTION, WIDTH)
        self.moment = Moment(WIDTH)
        self.blocks = nn.ModuleList(Block(WIDTH, HEADS, condition=WIDTH) for _ in range(LAYERS))
        self.leave = nn.Linear(WIDTH, MOTION)

    def given(self, voice: Tensor, emotion: Tensor) -> Tensor:
        """What conditions each frame, (B, L, width): the voice (B, L, 52) and an index of EMOTIONS or UNKNOWN (B, L)."""
        rows: Tensor = self.hear(voice) + self.feel(emotion - UNKNOWN)
        return rows

    def velocity(self, x: Tensor, times: Tensor, heard: Tensor) -> Tensor:
        """Velocity (B, L, 61) under what is `given`."""
        rows = self.enter(x) + heard
        bias = distance_bias(HEADS, x.shape[1], x.shape[1], causal=False).to(x.device)
        condition = heard + self.moment(times)
        for block in self.blocks:
            rows = block(rows, bias, condition=condition)
        moved: Tensor = self.leave(rows)
        return moved

    def loss(self, batch: Batch) -> dict[str, Tensor]:
        """Flow matching of chunks."""
        withheld = torch.rand(len(batch.emotion), 1, device=batch.emotion.device) < 0.5
        heard = self.given(batch.avatar_audio, batch.emotion.masked_fill(withheld, UNKNOWN))
        return {"flow": flow_loss(lambda x, t: self.velocity(x, t, heard), batch.target)}

    def sample(
        self, batch: Batch, rng: torch.Generator, controls: Mapping[str, Tensor] | None = None, emotion: int = UNKNOWN
    ) -> Tensor:
        """Chunks with cross-fades; `controls` sets columns by name, (B, T, columns) standardised; `emotion` is an index of EMOTIONS."""
        frames = batch.avatar_audio.shape[1]
        felt = torch.full(batch.avatar_audio.shape[:2], emotion, device=batch.avatar_audio.device)
        motion = batch.avatar_audio.new_zeros(len(batch.avatar_audio), frames, MOTION)
        for start, known, end in windows(frames, CHUNK, OVERLAP):
            set_here = {name: rows[:, start:end] for name, rows in (controls or {}).items()}
            given = self.given(batch.avatar_audio[:, start:end], felt[:, start:end])
            chunk = self._chunk(given, set_here, rng)
            fade = torch.ones(end - start, device=chunk.device)
            fade[: known - start] = torch.linspace(0, 1, known - start + 2)[1:-1]
            motion[:, start:end] = torch.lerp(motion[:, start:end], chunk, fade[:, None])
        return motion

    def _chunk(self, given: Tensor, controls: Mapping[str, Tensor], rng: torch.Generator) -> Tensor:
        start = noise((*given.shape[:2], MOTION), rng, given)

        def velocity(x: Tensor, times: Tensor) -> Tensor:
            moved = self.velocity(x, times, given)
            for name, rows in controls.items():
                moved[..., CONTROLS[name]] = rows - start[..., CONTROLS[name]]
            return moved

        return integrate(velocity, start, STEPS)


class DittoDit(Learned):
    """The method."""

    name = "ditto-dit"
    version = "3"  # 2 drew all of the motion, 3 draws what departs from the expected one
    capabilities = Capabilities(output="motion", stochastic=True, causal=True, lookahead=CHUNK / 25)
    network = DittoNetwork
    recipe = Recipe(steps=400, batch=10, window=2 * CHUNK, rate=2e-3)

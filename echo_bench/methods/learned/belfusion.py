"""`belfusion`: latent diffusion of behaviour (BeLFusion, arXiv 2211.14304, as used in REACT) in ``rig61``.

Mechanism: a variational autoencoder turns a window of the listener's motion into one behaviour latent, which its decoder joins to
the frames that went before; a diffusion model in that latent space, conditioned on the speaker, draws a behaviour for each window.
K draws are K reactions.

Ours: flow matching instead of denoising diffusion; autoencoder and flow are trained together, the flow on latents that it cannot move;
the auxiliary decoder that strips a latent of posture is left out, since the decoder is given the posture anyway; the speaker is
followed from the beginning and not from the window's.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from echo_bench.method import Capabilities
from echo_bench.methods.learned.blocks import Moment
from echo_bench.methods.learned.corpus import Batch
from echo_bench.methods.learned.expectation import DepartingNetwork
from echo_bench.methods.learned.features import AUDIO, MOTION
from echo_bench.methods.learned.flow import flow_loss, integrate
from echo_bench.methods.learned.losses import gaussian_kl, motion_loss
from echo_bench.methods.learned.method import Learned
from echo_bench.methods.learned.network import noise
from echo_bench.methods.learned.trainer import Recipe
from echo_bench.methods.learned.windows import roll

WIDTH, LATENT = 104, 48
WINDOW, BEFORE, STEPS = 50, 10, 10  # frames of a behaviour, overlap included; Euler steps
PAST = 110  # frames of the speaker before the behaviour, in training
FIRST = 8  # one window in so many is trained as the first of a clip, before which nothing was shown
DIVERGENCE = 0.05


class BelfusionNetwork(DepartingNetwork):
    """Behaviour autoencoder and the flow of its latents."""

    liveliness = 1.5
    temperature = 0.22

    def __init__(self) -> None:
        super().__init__()
        self.encode = nn.GRU(MOTION, WIDTH, batch_first=True)
        self.parameters_of = nn.Linear(WIDTH, 2 * LATENT)
        self.before = nn.GRU(MOTION, WIDTH, batch_first=True)
        self.decode = nn.GRU(LATENT + AUDIO, WIDTH, batch_first=True)
        self.leave = nn.Linear(WIDTH, MOTION)
        self.hear = nn.GRU(MOTION + 2 * AUDIO, WIDTH, batch_first=True)
        self.moment = Moment(WIDTH)
        self.flow = nn.Sequential(
            nn.Linear(LATENT + 3 * WIDTH, WIDTH),
            nn.SiLU(),
            nn.Linear(WIDTH, WIDTH),
            nn.SiLU(),
            nn.Linear(WIDTH, LATENT),
        )

    def heard(self, batch: Batch) -> Tensor:
        """The speaker up to each frame, (B, T, width)."""
        rows: Tensor = self.hear(torch.cat([batch.user_motion, batch.user_audio, batch.avatar_audio], dim=-1))[0]
        return rows

    def decoded(self, latent: Tensor, own: Tensor, state: Tensor) -> Tensor:
        """Motion (B, L, 61) of a behaviour, with the own sound (B, L, 52) for the lips, going on from `state`."""
        rows, _ = self.decode(torch.cat([latent[:, None].expand(-1, own.shape[1], -1), own], dim=-1), state)
        moved: Tensor = self.leave(rows)
        return moved

    def velocity(self, x: Tensor, times: Tensor, heard: Tensor, state: Tensor) -> Tensor:
        """Velocity (B, 1, latent) at x (B, 1, latent)."""
        rows = [x, self.moment(times), heard[:, None], state.transpose(0, 1)]
        moved: Tensor = self.flow(torch.cat(rows, dim=-1))
        return moved

    def loss(self, batch: Batch) -> dict[str, Tensor]:
        """Autoencoding of the frames after the given ones, and the flow of their latent."""
        start = batch.target.shape[1] - WINDOW + BEFORE
        fresh, before = batch.target[:, start:], batch.target[:, start - BEFORE : start].clone()
        before[::FIRST] = 0.0
        mean, log_variance = self.parameters_of(self.encode(fresh)[1][0]).chunk(2, dim=-1)
        latent = mean + torch.randn_like(mean) * (0.5 * log_variance.clamp(-8, 4)).exp()
        heard, state = self.heard(batch)[:, start:].mean(1), self.before(before)[1]
        made = self.decoded(latent, batch.avatar_audio[:, start:], state)
        goal, given = mean.detach()[:, None], (heard, state.detach())
        return motion_loss(made, fresh) | {
            "divergence": DIVERGENCE * gaussian_kl(mean, log_variance),
            "flow": flow_loss(lambda x, t: self.velocity(x, t, *given), goal),
        }

    def sample(self, batch: Batch, rng: torch.Generator) -> Tensor:
        """A behaviour per window."""
        speaker = self.heard(batch)

        def make(known: int, end: int, before: Tensor | None) -> Tensor:
            given = speaker.new_zeros(len(speaker), BEFORE, MOTION) if before is None else before
            heard, state = speaker[:, known:end].mean(1), self.before(given)[1]
            start_at = noise((len(heard), 1, LATENT), rng, heard)
            latent = integrate(lambda x, t: self.velocity(x, t, heard, state), start_at, STEPS)
            return self.decoded(latent[:, 0], batch.avatar_audio[:, known:end], state)

        return roll(batch.user_audio.shape[1], WINDOW, BEFORE, make)


class Belfusion(Learned):
    """The method."""

    name = "belfusion"
    version = "3"  # 2 drew all of the motion, 3 draws what departs from the expected one
    capabilities = Capabilities(output="motion", stochastic=True, causal=True, lookahead=WINDOW / 25)
    network = BelfusionNetwork
    recipe = Recipe(steps=450, batch=16, window=PAST + WINDOW - BEFORE, rate=2e-3)

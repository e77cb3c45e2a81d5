"""Where flows start: noise around the reference image that departs from it as faces of the train split do.

Departures are alike from frame to frame, and neighbouring cells move together: on dyad-mini 128 of 2,048 directions hold 88 % of their
variance, up to 190 times as much as noise that is white over cells has there, and two latent frames agree by .9. Such noise would say
nothing of them: how a head turns would be settled before the first step of the flow, by its mean.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from echo_model.config import EchoConfig

DIRECTIONS = 128
LOOKED_AT = 4096  # frames from which directions are found


class Departures(nn.Module):
    """Noise with the covariance of departures, from white noise: main directions and the rest, each slow in its own measure.

    Before it is fitted it leaves noise white.

    Parameters
    ----------
    config : EchoConfig
    """

    basis: Tensor
    """Main directions (K, C * h * w), orthonormal."""
    size: Tensor
    """Standard deviation along each of them, and of all others (K + 1)."""
    stay: Tensor
    """Correlation of neighbouring latent frames in the same (K + 1)."""

    def __init__(self, config: EchoConfig) -> None:
        super().__init__()
        numbers = config.vae.channels * config.vae.grid**2
        count = min(DIRECTIONS, numbers // 2)
        self.register_buffer("basis", torch.zeros(count, numbers))
        self.register_buffer("size", torch.ones(count + 1))
        self.register_buffer("stay", torch.zeros(count + 1))

    def fit(self, rows: Sequence[Tensor]) -> None:
        """Take all from departures (T, C, h, w) of people, in units in which each channel has variance 1."""
        flat = [each.flatten(1) for each in rows]
        some = torch.cat(flat)
        some = some[:: 1 + len(some) // LOOKED_AT]
        count = min(len(self.basis), len(some) // 2)
        _, _, found = torch.svd_lowrank(some, min(2 * count, *some.shape), niter=4)
        self.basis.zero_()[:count] = found[:, :count].T
        power, lagged = torch.zeros(2, len(self.size))
        for each in flat:
            along = each @ self.basis.T
            rest = each - along @ self.basis
            power += torch.cat([along.square().sum(0), rest.square().sum()[None]])
            lagged += torch.cat([(along[1:] * along[:-1]).sum(0), (rest[1:] * rest[:-1]).sum()[None]])
        numbers = torch.ones_like(power)
        numbers[-1] = self.basis.shape[1] - count
        self.size.copy_((power / (numbers * sum(map(len, flat)))).sqrt())
        self.stay.copy_((lagged / power.clamp_min(1e-9)).clamp(0, 0.99))

    def forward(self, noise: Tensor) -> Tensor:
        """Noise (B, T, C, h, w) like departures, from white noise of that shape."""
        white = noise.flatten(2)
        along = white @ self.basis.T
        rest = white - along @ self.basis
        made = self._slow(along, self.size[:-1], self.stay[:-1]) @ self.basis
        made = made + self._slow(rest, self.size[-1:], self.stay[-1:])
        return made.view_as(noise)

    @staticmethod
    def _slow(white: Tensor, size: Tensor, stay: Tensor) -> Tensor:
        """White noise (B, T, N) with the standard deviation `size`, and with the correlation `stay` from frame to frame."""
        rows = [white[:, 0]]
        for each in white[:, 1:].unbind(1):
            rows.append(stay * rows[-1] + (1 - stay.square()).sqrt() * each)
        return size * torch.stack(rows, dim=1)

"""Vector quantisation with a codebook that follows the data, in one level or several.

The codebook is the moving average of what is assigned to it (van den Oord et al., arXiv 1711.00937, appendix A.1); codes that die
are set on rows of the batch (Dhariwal et al., arXiv 2005.00341, section 3). Gradients pass straight through.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class Codebook(nn.Module):
    """`codes` vectors of `width`.

    Parameters
    ----------
    codes, width : int
    keep : float
        Decay of the moving averages.
    least : float
        Average assignments per batch below which a code is dead.
    """

    vectors: Tensor
    counts: Tensor
    sums: Tensor

    def __init__(self, codes: int, width: int, keep: float = 0.98, least: float = 0.1) -> None:
        super().__init__()
        self.keep, self.least = keep, least
        self.register_buffer("vectors", torch.randn(codes, width))
        # Nothing is assigned yet, so all codes are dead, and the first batch sets them on its rows.
        self.register_buffer("counts", torch.zeros(codes))
        self.register_buffer("sums", torch.zeros(codes, width))

    def nearest(self, rows: Tensor) -> Tensor:
        """Index of the nearest code of rows (..., width): (...)."""
        return torch.cdist(rows.reshape(-1, rows.shape[-1]).float(), self.vectors).argmin(-1).view(rows.shape[:-1])

    def look_up(self, indices: Tensor) -> Tensor:
        """Vectors (..., width) of indices (...)."""
        return F.embedding(indices, self.vectors)

    def forward(self, rows: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Quantised rows with straight-through gradients, their indices, and the commitment loss."""
        indices = self.nearest(rows)
        if self.training:
            self._follow(rows.detach().reshape(-1, rows.shape[-1]).float(), indices.reshape(-1))
        vectors = self.look_up(indices)
        return rows + (vectors - rows).detach(), indices, F.mse_loss(rows, vectors)

    @torch.no_grad()
    def _follow(self, rows: Tensor, indices: Tensor) -> None:
        chosen = F.one_hot(indices, len(self.vectors)).to(rows)
        self.counts.lerp_(chosen.sum(0), 1 - self.keep)
        self.sums.lerp_(chosen.T @ rows, 1 - self.keep)
        dead = self.counts < self.least
        if dead.any():
            fresh = rows[torch.randint(len(rows), (int(dead.sum()),), device=rows.device)]
            self.counts[dead], self.sums[dead] = 1.0, fresh
        self.vectors.copy_(self.sums / self.counts[:, None])


class ResidualCodebooks(nn.Module):
    """Several codebooks, each of what the ones before leave over (SoundStream, arXiv 2107.03312)."""

    def __init__(self, levels: int, codes: int, width: int) -> None:
        super().__init__()
        self.levels = nn.ModuleList(Codebook(codes, width) for _ in range(levels))

    def forward(self, rows: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Quantised rows, indices (..., levels), and the mean commitment loss."""
        left, found, losses = rows, [], []
        for book in self.levels:
            quantised, indices, loss = book(left)
            left = left - quantised.detach()
            found.append(indices)
            losses.append(loss)
        total = rows - left
        return rows + (total - rows).detach(), torch.stack(found, -1), torch.stack(losses).mean()

    def level(self, number: int, indices: Tensor) -> Tensor:
        """Vectors (..., width) of indices (...) in one codebook."""
        book = self.levels[number]
        assert isinstance(book, Codebook)
        return book.look_up(indices)

    def look_up(self, indices: Tensor) -> Tensor:
        """Vectors (..., width) of indices (..., levels)."""
        return torch.stack([self.level(i, indices[..., i]) for i in range(len(self.levels))]).sum(0)

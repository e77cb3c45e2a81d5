"""The course that the affect takes which a face shows, window by window: from what is heard, and from what is told of each window.

What is told of a window by itself (:class:`echo_model.lcu.Reaction`) lacks what comes between: a feeling fades when one has spoken, and
rises when a message lands. Two small recurrent nets learn that from what faces show in the train split:

* ``alone`` hears the avatar's own voice, and what c_emo tells. It moves the mouth, so no user reaches the lips;
* ``whole`` hears both voices, what S_usr tells of the user's affect, and what both paths tell of the avatar's. It moves the rest.

Most of a right reaction is when it changes, not where it stands. So they are to agree with the course of each stretch in which the avatar
listens (:mod:`echo_model.train_course`).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from echo_model.feeling import AFFECT

WIDTH = 32
SHOWN = 2  # valence and arousal
USUAL, SIZES = (0.0, 0.1), (0.26, 0.13)  # mean and deviation of what faces of the train split show
FELT = (0.3, 0.15, 0.12)  # deviations of what people feel
DROPPED = 0.25


class Teller(nn.Module):
    """A recurrent net that tells valence and arousal (B, K, 2) at the ends of windows from what it is given (B, K, inputs)."""

    usual: Tensor
    sizes: Tensor

    def __init__(self, inputs: int) -> None:
        super().__init__()
        self.take = nn.Linear(inputs, WIDTH)
        self.go = nn.GRU(WIDTH, WIDTH, batch_first=True)
        self.drop, self.tell = nn.Dropout(DROPPED), nn.Linear(WIDTH, SHOWN)
        nn.init.zeros_(self.tell.weight)  # until it is trained, faces show what is usual
        nn.init.zeros_(self.tell.bias)
        for name, values in (("usual", USUAL), ("sizes", SIZES)):
            self.register_buffer(name, torch.tensor(values), persistent=False)

    def forward(self, given: Tensor, before: Tensor) -> tuple[Tensor, Tensor]:
        """What is told, and the state (B, WIDTH) after the last window; `before` is that before the first."""
        states, last = self.go(torch.relu(self.take(given)), before[None].contiguous())
        return self.usual + self.sizes * self.tell(self.drop(states)), last[0]


class Course(nn.Module):
    """Both nets.

    Parameters
    ----------
    audio : int
        Numbers in a row of sound.
    """

    felt: Tensor

    def __init__(self, audio: int) -> None:
        super().__init__()
        self.alone, self.whole = Teller(2 * audio + AFFECT), Teller(4 * audio + 2 * AFFECT)
        self.register_buffer("felt", torch.tensor(FELT), persistent=False)

    def forward(self, user: Tensor, own: Tensor, read: Tensor, before: Tensor | None) -> tuple[Tensor, Tensor]:
        """What is to be shown at the ends of windows.

        Parameters
        ----------
        user, own : Tensor of shape (B, K, frames, audio)
            The user's voice and the avatar's, as :meth:`echo_model.model.Echo.heard` gives them.
        read : Tensor of shape (B, K, 3, 3)
            What the user is read to feel, and the avatar by both paths, and by c_emo.
        before : Tensor of shape (B, 2, WIDTH) or None
            State after the windows before.

        Returns
        -------
        Tensor of shape (B, K, 2, 2)
            Valence and arousal: of both nets, ``whole`` first.
        Tensor of shape (B, 2, WIDTH)
            The state after the last window.
        """
        state = user.new_zeros(len(user), 2, WIDTH) if before is None else before
        heard = [torch.cat([voice.mean(2), voice.std(2)], dim=-1) for voice in (user, own)]
        read = read / self.felt
        whole, one = self.whole(torch.cat([*read[:, :, :2].unbind(2), *heard], dim=-1), state[:, 0])
        alone, other = self.alone(torch.cat([read[:, :, 2], heard[1]], dim=-1), state[:, 1])
        return torch.stack([whole, alone], dim=2), torch.stack([one, other], dim=1)

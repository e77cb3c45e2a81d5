"""Training of the course that affect takes (:mod:`echo_model.course`): from sound and from what faces show, without pictures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from echo_model.config import TIME
from echo_model.corpus import Entry
from echo_model.course import SIZES, USUAL, Course
from echo_model.lcu import ACTS
from echo_model.loop import Recipe
from echo_model.model import Echo

RECIPE = Recipe(steps=1200, batch=16, rate=3e-3, turn=3e-3, warmup=20, decay=0.05, average=0.98)
SLOPES = ((0.75, 0.3, 0.35), (0.5, 0.3, 0.3), (0.22, 0.15, 0.15))
ERRORS = ((0.15, 0.1, 0.09), (0.14, 0.075, 0.07), (0.09, 0.05, 0.04))
"""How what is told follows the truth on people not seen, and what is left: of the user, of the avatar by both paths, and by c_emo."""
LASTS = 0.7  # correlation of these errors in neighbouring windows
BLURRED = 0.5  # noise on what is heard, in deviations: few voices are known
AGREE = 4.0  # weight of the concordance
RATE = 4  # moments of a window that are compared
SHORTEST = 10  # moments of the shortest stretch that counts: 2 s


@dataclass(frozen=True, slots=True)
class Lesson:
    """A conversation of K windows.

    Attributes
    ----------
    user_voice, voice : Tensor of shape (K, 4 * current, audio)
        As :meth:`echo_model.model.Echo.heard` gives them.
    felt : Tensor of shape (K, 2, 3)
        What user and avatar feel.
    shown : Tensor of shape (4 * K, 2)
        Valence and arousal that the avatar's face shows.
    stretches : tuple of slice
        Where the avatar listens, of these moments.
    """

    user_voice: Tensor
    voice: Tensor
    felt: Tensor
    shown: Tensor
    stretches: tuple[slice, ...]


class CourseTraining(nn.Module):
    """The loss of a course; a call draws a batch from the generator that it is given.

    Parameters
    ----------
    course : Course
    lessons : sequence of Lesson
    batch : int
        Conversations.
    """

    def __init__(self, course: Course, lessons: Sequence[Lesson], batch: int) -> None:
        super().__init__()
        self.course, self.lessons, self.batch = course.requires_grad_(True), lessons, batch

    def forward(self, rng: np.random.Generator) -> dict[str, Tensor]:
        """How far what is told departs from what is shown, and how little it goes with it."""
        drawn = [self.lessons[k] for k in rng.choice(len(self.lessons), self.batch)]
        longest = max(len(each.voice) for each in drawn)
        device = self.course.felt.device

        def padded(name: str) -> Tensor:
            rows = [getattr(each, name) for each in drawn]
            return nn.utils.rnn.pad_sequence(rows, batch_first=True)[:, :longest].to(device)

        # The same noise in all frames of a window: means and deviations of it are what is heard.
        user, own = (x + BLURRED * torch.randn_like(x[:, :, :1]) for x in (padded("user_voice"), padded("voice")))
        told, _ = self.course(user, own, misread(padded("felt")[:, :, [0, 1, 1]]), None)
        terms = [agreement(rows, lesson) for rows, lesson in zip(told, drawn, strict=True)]
        away, agreed = (torch.stack(term).mean() for term in zip(*terms, strict=True))
        return {"away": away, "apart": AGREE * (1 - agreed)}


def misread(felt: Tensor) -> Tensor:
    """What is felt (B, K, 3, 3), with errors like those of what is told of people not seen."""
    errors: list[Tensor] = []
    noise = felt.new_tensor(ERRORS) * torch.randn_like(felt)
    for each in noise.unbind(1):
        errors.append(each if not errors else LASTS * errors[-1] + (1 - LASTS**2) ** 0.5 * each)
    return felt * felt.new_tensor(SLOPES) + torch.stack(errors, dim=1)


def agreement(told: Tensor, lesson: Lesson) -> tuple[Tensor, Tensor]:
    """Squared error in sizes, and concordance, of what both nets tell (K, 2, 2), where the avatar listens."""
    curve = between(told[: len(lesson.voice)])
    shown = lesson.shown.to(curve)[:, None]
    sizes = curve.new_tensor(SIZES)
    parts = [(curve[each], shown[each]) for each in lesson.stretches]
    away = torch.stack([((a - b) / sizes).square().mean() for a, b in parts]).mean()
    return away, torch.stack([concordance(a, b).mean() for a, b in parts]).mean()


def between(told: Tensor) -> Tensor:
    """What is shown at four moments of each window (4 * K, ...), evenly from what is told (K, ...) at the end of one to that of the next.

    Examples
    --------
    >>> between(torch.tensor([[1.0, 1.0], [2.0, 1.0]]))[:, 0]
    tensor([0.1250, 0.3750, 0.6250, 0.8750, 1.1250, 1.3750, 1.6250, 1.8750])
    """
    usual = told.new_tensor(USUAL).expand_as(told[:1])
    first = torch.cat([usual, told[:-1]])[:, None]
    part = (torch.arange(RATE).to(told) + 0.5).reshape(1, RATE, *([1] * (told.dim() - 1))) / RATE
    return (first + part * (told[:, None] - first)).flatten(0, 1)


def concordance(a: Tensor, b: Tensor) -> Tensor:
    """Lin's coefficient over the first dimension of both.

    Examples
    --------
    >>> rows = torch.tensor([0.0, 1.0, 2.0])
    >>> round(float(concordance(rows, rows)), 3), round(float(concordance(rows, -rows)), 3)
    (1.0, -0.25)
    """
    means = a.mean(0), b.mean(0)
    shared = ((a - means[0]) * (b - means[1])).mean(0)
    return 2 * shared / (a.var(0, False) + b.var(0, False) + (means[0] - means[1]).square() + 1e-4)


def lessons_of(entries: Sequence[Entry], model: Echo) -> Iterator[Lesson]:
    """Conversations of a corpus whose faces and feelings are known, and whose avatar listens for 2 s, as lessons for a model."""
    partners = {entry.stem: entry for entry in entries}
    frames = TIME * model.config.current
    for entry in entries:
        own, user = entry.person, partners[entry.partner].person
        count = min(len(own.voice), len(user.voice)) // frames

        def windows(rows: NDArray[np.float32], count: int = count, parts: int = 1) -> Tensor:
            return torch.from_numpy(rows[: count * frames]).reshape(count * parts, frames // parts, -1)

        speaks = windows(own.acts[:, ACTS.index("speaking")], parts=RATE).mean((1, 2)) > 0.5
        runs = stretches(~speaks.numpy())
        if runs and all(np.isfinite(rows).all() for rows in (own.shown, own.affect, user.affect)):
            yield Lesson(
                model.heard(windows(user.voice)),
                model.heard(windows(own.voice)),
                torch.stack([windows(person.affect).mean(1) for person in (user, own)], dim=1),
                windows(own.shown, parts=RATE).mean(1),
                runs,
            )


def stretches(listens: NDArray[np.bool_]) -> tuple[slice, ...]:
    """Runs of 2 s or longer.

    Examples
    --------
    >>> stretches(np.arange(30) >= 12)
    (slice(12, 30, None),)
    """
    edges = np.flatnonzero(np.diff(np.pad(listens, 1).astype(int))).reshape(-1, 2)
    return tuple(slice(int(a), int(b)) for a, b in edges if b - a >= SHORTEST)

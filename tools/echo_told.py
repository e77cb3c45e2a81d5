"""What the reference model and its variants understand: what they read of the user and tell of the avatar, beside what both feel.

    python -m tools.echo_told --weights FOLDER --out runs/echo-told --page runs/echo-eval

`--weights` holds ``NAME.safetensors``; people of dyad-mini's val and test splits are written to `--out` as for training, once. Each model
is given whole conversations; in windows of 0.8 s its affect is compared with the mean of the true one: Pearson's r over all windows. It
is kept in `--page`, where `tools.evaluate_echo` makes a page of it.
"""

from __future__ import annotations

import argparse
import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from echo_model.config import config
from echo_model.corpus import Entry, read_corpus
from echo_model.export import load
from echo_model.feeling import AFFECT
from echo_model.latents import write_latents
from echo_model.lcu import UserWindow
from echo_model.model import Echo
from echo_model.talks import Stretch, talk_of
from echo_model.understanding import shown
from numpy.typing import NDArray

from echo_bench.datasets.base import DatasetOptions
from echo_bench.datasets.dyad_mini import DyadMini
from echo_bench.errors import WeightsMissingError
from echo_bench.methods.echo.corpus import write_clip
from tools.echo_eval.findings import Told, ToldOf
from tools.echo_eval.pages import TOLD
from tools.echo_eval.runs import ECHO, Place
from tools.echo_eval.tables import told_table

SPLITS = ("val", "test")
COLUMNS = ("valence", "arousal", "dominance")
Rows = NDArray[np.float64]


@torch.inference_mode()
def windows(model: Echo, avatar: Entry, user: Entry) -> dict[str, tuple[Rows, Rows]]:
    """What a model says and what is true (K, 3) in the windows of a conversation: of the user, of the avatar, and that by c_emo alone."""
    room = min(avatar.length, user.length)
    talk = talk_of([Stretch(avatar, user, 0, room, room // model.config.current)], model.config)
    latents, voice = talk.latents.flatten(1, 2), model.heard(talk.voice).flatten(1, 2)
    heard, read, _ = model.lcu(UserWindow(latents, voice, talk.mask, *shown(talk)), None)
    told, felt = model.lcu.reaction.told(heard[0], model.lcu.feeling(talk.words, talk.sides, talk.lengths))
    own = talk.reaction[0, :, -AFFECT:]
    found = {"avatar": (told[:, -AFFECT:], own), "by c_emo": (felt[:, -AFFECT:], own)}
    if model.config.switches.hbcu:
        found["user"] = (model.lcu.hbcu.told(read)[1][0], talk.affect[0])
    return {name: (said.double().numpy(), true.double().numpy()) for name, (said, true) in found.items()}


def correlations(pairs: Sequence[tuple[Rows, Rows]]) -> list[float | None]:
    """Pearson's r of each column over all rows; None where what is said does not vary.

    Examples
    --------
    >>> rows = np.array([[0.0, 1.0], [1.0, 1.0]])
    >>> first, second = correlations([(rows, rows)])
    >>> round(first, 6), second
    (1.0, None)
    """
    said, true = (np.concatenate(side) for side in zip(*pairs, strict=True))
    varies = np.ptp(said, axis=0) > 1e-6
    return [float(np.corrcoef(said[:, k], true[:, k])[0, 1]) if varies[k] else None for k in range(said.shape[1])]


def conversations(model: Echo, folder: Path) -> list[tuple[Entry, Entry]]:
    """Avatar and user of each conversation in a folder, with the user's latents by the autoencoder of a model."""
    entries = {entry.stem: entry for entry in read_corpus(folder)}
    pairs = [(entry, entries[entry.partner]) for stem, entry in entries.items() if stem.name.endswith(".avatar")]
    numbers = b"".join(value.numpy().tobytes() for value in model.vae.state_dict().values())
    write_latents(model.vae, [user for _, user in pairs], hashlib.sha256(numbers).hexdigest(), "cpu")
    return pairs


def rows(name: str, model: Echo, folder: Path) -> Iterator[ToldOf]:
    """A row for each of what a model tells of the conversations in a folder."""
    found = [windows(model, *pair) for pair in conversations(model, folder)]
    for what in found[0]:
        numbers = correlations([each[what] for each in found])
        yield ToldOf(model=name, split=folder.name, whose=what, r=dict(zip(COLUMNS, numbers, strict=True)))


def main() -> None:
    """Read the command line, write the people, keep and print what is found."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weights", type=Path, required=True, help="folder of the checkpoints")
    parser.add_argument("--out", type=Path, default=Path("runs/echo-told"), help="folder of the people")
    parser.add_argument("--page", type=Path, default=Path("runs/echo-eval"), help="folder of the evaluation")
    parser.add_argument("--workers", type=int, default=1, help="processes that draw videos")
    given = parser.parse_args()
    present = Place(given.weights, given.out).present()
    if not present:
        raise WeightsMissingError("holds no model", where=given.weights, fix=f"`echo-bench train {ECHO} --out DIR`")
    data = DyadMini(DatasetOptions(workers=given.workers))
    for split in SPLITS:
        for clip in data.clips(split):
            write_clip(clip, given.out / split, config(ECHO), data.truth)
    models = {name: load(given.weights / f"{name}.safetensors").eval() for name in present}
    found = [row for name, model in models.items() for split in SPLITS for row in rows(name, model, given.out / split)]
    Told(rows=tuple(found)).write(given.page / TOLD)
    print(told_table(found), end="")


if __name__ == "__main__":
    main()

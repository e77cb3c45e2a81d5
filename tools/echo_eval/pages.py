"""What is committed of an evaluation: one page with its tables, and the files that it is made from."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

from echo_bench.pipeline.store import write_atomic
from tools.echo_eval.differences import Paired
from tools.echo_eval.findings import Findings, Told, read_findings
from tools.echo_eval.paper import changes_table, paper_table
from tools.echo_eval.parts import SHEET
from tools.echo_eval.runs import METRICS_OF_PICTURES, RIVALS
from tools.echo_eval.tables import (
    checkpoints_table,
    diversity_table,
    flickers_table,
    leaks_table,
    paired_table,
    table,
    told_table,
    values_table,
)
from tools.echo_eval.verdicts import verdicts_table

ABLATIONS, FULL, TOLD, PAGE, CURVES = "ablations.json", "full.json", "told.json", "README.md", "curves.png"
FOLDER = Path("leaderboards/echo-tiny")
HEADING = """# echo-tiny, evaluated

The reference model and its variants on dyad-mini's test split. Every number is measured from pictures, of the truth and of all rows by the
same nets. Intervals are 95 % over dyads; a difference is bold where its interval leaves out zero.
"""
WHERE = """## Variants on {count} clips

Of each conversation the last {seconds:g} s are judged. A variant gets all of it from its beginning, draws one reaction, and what is shown
before those seconds is not looked at. In half of the clips the user brings back, within those seconds, a turn of the first five.
"""
VOICES = """### Own voice and other voices

LSE with the avatar's own voice (A) and with the speech of every other clip in its place wherever the avatar speaks (B; mean over the other
clips). Lips follow the voice where LSE-D is lower and LSE-C higher with their own.
"""
LEAKS = """### Does the user reach the lips?

Each clip made again with a user who is silent and sits as in the first picture, all else equal: how far landmarks of the 68 move (mean over
frames, points and clips). The tracker fits one mesh to a face, so where brows rise its lips move, too: "lips that are the same" are
those of the face without the user, pasted to the face with the user, and still they are found elsewhere. What the user does to lips is
told the other way round: "lips alone" are those with the user on the face without.
"""
FLICKERS = """### Flicker

Root mean square change of fine detail (luma minus its blur of 2 pixels) from frame to frame: what a codec does where a picture is still,
more than the truth's where a face flickers.
"""
TOLD_OF = """## What is understood

How far what models tell follows the truth, in windows of 0.8 s of whole conversations (Pearson's r): of the user's affect by S_usr, of the
avatar's by f_pu and c_emo ("avatar") and by c_emo alone. `python -m tools.echo_told`.
"""
DIVERSE = """### Diversity

{samples} reactions to each of {count} clips. The right reactions are those that the dataset knows beside the recorded one, drawn and
measured in the same way.
"""
PAPER = """## The paper's ablations

As published (RealTalk, by the paper's nets):

"""
CHANGES = """
What changes when a component is taken away. Data, size, nets and scales are others, so signs compare and sizes do not. Ours are rPCC, SID
and Var of the expression that `rignet` reads, LSE by `syncnet-eb`, CSIM by `facenet-eb` against the truth's frame, and for FID the distance
of `imagenet-eb`; FVD has no counterpart here:

"""


def write_page(out: Path) -> Path:
    """Write the page of what was found in `out`."""
    parts = [HEADING]
    if (found := read_findings(out / ABLATIONS)) is not None:
        parts += _ablations(found, [name for name in (SHEET, CURVES) if (out / name).is_file()])
    if (whole := read_findings(out / FULL)) is not None:
        parts += _full(whole)
    if (out / TOLD).is_file():
        parts += [TOLD_OF, told_table(Told.model_validate_json((out / TOLD).read_bytes()).rows)]
    page = out / PAGE
    write_atomic(page, "\n".join(parts).encode())
    return page


def publish(out: Path, folder: Path = FOLDER) -> None:
    """Copy page, findings and sheet to `folder`, and the result files of all runs that were used to ``results/PART``."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in (PAGE, ABLATIONS, FULL, TOLD, SHEET, CURVES):
        if (out / name).is_file():
            shutil.copy2(out / name, folder / name)
    for found in (read_findings(out / name) for name in (ABLATIONS, FULL)):
        for run in found.runs if found else ():
            shutil.copytree(out / run / "results", folder / "results" / Path(run).parts[0], dirs_exist_ok=True)


def _ablations(found: Findings, pictures: Sequence[str]) -> Iterator[str]:
    yield WHERE.format(count=len(found.clips), seconds=found.seconds)
    if found.missing:
        yield f"Not trained yet, so absent: {', '.join(found.missing)}.\n"
    yield values_table(found.values, METRICS_OF_PICTURES)
    if found.variants:
        yield "### Is each ablation worse on what its component is for?\n"
        yield verdicts_table(found)
        yield "### Against its variants, on all clips\n"
        yield paired_table(found.variants)
    yield f"### Where the past decides\n\nOn the {_linked(found.linked)} clips whose past decides:\n"
    yield paired_table(found.linked)
    yield "### Against rivals\n"
    yield paired_table(found.rivals)
    yield VOICES
    yield paired_table(found.voices)
    yield LEAKS
    yield leaks_table(found.leaks)
    if found.leak is not None:
        yield paired_table([found.leak])
    if found.flickers:
        yield FLICKERS
        yield flickers_table(found.flickers)
    if found.diversity is not None:
        yield DIVERSE.format(samples=found.diversity.samples, count=len(found.diversity.clips))
        yield diversity_table(found.diversity)
    if SHEET in pictures:
        yield f"### Six clips over time, the truth above, the model below\n\n![six clips]({SHEET})\n"
    yield PAPER + paper_table() + CHANGES + changes_table(found)
    yield "## Checkpoints\n"
    yield checkpoints_table(found.checkpoints)
    if CURVES in pictures:
        yield f"![error of the flow over training]({CURVES})\n"


def _full(found: Findings) -> Iterator[str]:
    length = "whole" if found.seconds is None else f"their first {found.seconds:g} s"
    yield f"## echo-tiny on all {len(found.clips)} conversations of the split, {length}\n"
    yield "Values of the first sampling seed.\n"
    yield values_table(found.values, METRICS_OF_PICTURES)
    yield f"### Against {', '.join(RIVALS)}\n\nThe model's value of a clip is the mean over {len(found.seeds)} sampling seeds.\n"
    yield paired_table(found.rivals)
    if found.linked:
        yield "On the clips whose past decides, of those above:\n"
        yield paired_table(found.linked)
    yield "### Sampling seeds\n"
    names = list(found.seeds[0])
    rows = [
        [str(seed), *("–" if each[n] is None else f"{each[n]:.3f}" for n in names)]
        for seed, each in zip(found.drawn, found.seeds, strict=True)
    ]
    yield table(["seed", *names], rows)


def _linked(found: Sequence[Paired]) -> int:
    return max((each.clips for each in found), default=0)

"""The two parts of the evaluation: the variants on twelve stretches, and the model on the whole split."""

from __future__ import annotations

from collections.abc import Sequence

from echo_bench.clip import DyadicClip
from echo_bench.datasets.base import Dataset
from echo_bench.methods import METHODS
from tools.echo_eval.clips import LINKED, SEVERAL, SPLIT, Conversations
from tools.echo_eval.differences import against, share_interval
from tools.echo_eval.findings import Diversity, Findings, checkpoints_of, values_of
from tools.echo_eval.flickers import flickers, true_flickers
from tools.echo_eval.leak import leakage, less_than
from tools.echo_eval.rows import RightReactions
from tools.echo_eval.runs import (
    APPROPRIATE,
    ECHO,
    FRCORR,
    FRDIV,
    FRVAR,
    LSE_C,
    LSE_D,
    METRICS_OF_PICTURES,
    RIVALS,
    VARIANTS,
    Place,
    Scored,
    judged_end,
    made_whole,
    opened,
    over_seeds,
    scored,
)
from tools.echo_eval.sheet import write_sheet
from tools.echo_eval.sync import strange_voices

TRUTH, NO_SDCM = "ground-truth", "echo-tiny-no-sdcm"
LEAKERS = (ECHO, NO_SDCM)
TOLD = (APPROPRIATE, FRCORR)
SIMPLE, JUDGED, SHEET = "simple", "judged", "samples.avif"


def ablations(place: Place, conversations: Conversations, samples: int) -> Findings:
    """Every variant that has been trained, beside truth and rivals, on the last seconds of the conversations."""
    whole = conversations.whole()
    clips, present = conversations.judged(whole), place.present()
    rows = [METHODS.get(name)() for name in (TRUTH, *RIVALS)]
    session = opened(place, conversations, clips, rows, place.out / SIMPLE, METRICS_OF_PICTURES)
    found = scored(session)
    voices = strange_voices(session, TRUTH, found)
    leaks, shaken = {}, {TRUTH: true_flickers(clips)}
    for name in present:
        made = made_whole(place, conversations, whole, name, place.own("made", name))
        session, own = judged_end(place, made, clips, place.own(JUDGED, name), METRICS_OF_PICTURES)
        found += own
        voices += strange_voices(session, name, own)
        shaken[name] = flickers(session)
        if name == ECHO:
            write_sheet(session, place.out / SHEET)
        if name in LEAKERS:
            leaks[name] = leakage(place, name, whole, conversations.seconds)
    return Findings(
        clips=conversations.ids,
        seconds=conversations.seconds,
        checkpoints=checkpoints_of(place, present),
        missing=tuple(name for name in VARIANTS if name not in present),
        values=values_of(found),
        rivals=tuple(against(found, ECHO, RIVALS, TOLD)),
        variants=tuple(against(found, ECHO, VARIANTS[1:], (*TOLD, LSE_D, LSE_C))),
        linked=tuple(against(found.of(LINKED), ECHO, (*VARIANTS[1:], *RIVALS), (APPROPRIATE,))),
        voices=tuple(voices),
        leaks=leaks,
        leak=less_than(ECHO, leaks[ECHO], NO_SDCM, leaks.get(NO_SDCM, {}), clips),
        flickers=shaken,
        diversity=diversity(place, conversations, whole, samples),
        runs=(SIMPLE, *(str(place.own(JUDGED, name).relative_to(place.out)) for name in present)),
    )


def full(place: Place, dataset: Dataset, seconds: float | None, seeds: Sequence[int]) -> Findings:
    """The model beside truth and rivals on every conversation of the split, one reaction per sampling seed."""
    clips = dataset.clips(SPLIT)
    rows = [METHODS.get(name)() for name in (TRUTH, *RIVALS)]
    folders = [place.own(f"{dataset.name}-seed-{seed}", ECHO) for seed in seeds]
    drawn = [
        scored(opened(place, dataset, clips, [METHODS.get(ECHO)()], folder, METRICS_OF_PICTURES, seed=seed))
        for seed, folder in zip(seeds, folders, strict=True)
    ]
    simple = scored(opened(place, dataset, clips, rows, place.out / dataset.name, METRICS_OF_PICTURES))
    together = simple + over_seeds(drawn)
    return Findings(
        clips=tuple(clip.id for clip in clips),
        seconds=seconds,
        checkpoints=checkpoints_of(place, [ECHO]),
        values=values_of(simple + drawn[0]),
        rivals=tuple(against(together, ECHO, RIVALS, TOLD)),
        linked=tuple(against(together.of(LINKED), ECHO, RIVALS, (APPROPRIATE,))),
        drawn=tuple(seeds),
        seeds=tuple({metric: each.value(ECHO, metric) for metric in METRICS_OF_PICTURES} for each in drawn),
        runs=(dataset.name, *(str(folder.relative_to(place.out)) for folder in folders)),
    )


def diversity(place: Place, conversations: Conversations, whole: Sequence[DyadicClip], samples: int) -> Diversity:
    """Variance over time and among reactions, of the model's and of the right ones, drawn and measured alike."""
    some = [clip for clip in whole if clip.id in SEVERAL]
    clips, metrics = conversations.judged(some), (FRVAR, FRDIV, *TOLD)
    made = made_whole(place, conversations, some, ECHO, place.own(f"made-{samples}", ECHO), samples)
    _, model = judged_end(place, made, clips, place.own(f"judged-{samples}", ECHO), metrics)
    rows = [RightReactions(clips)]
    right = scored(opened(place, conversations, clips, rows, place.out / "right", metrics, samples=samples))
    values = [
        {metric: value for metric in metrics if (value := found.value(name, metric)) is not None}
        for found, name in ((model, ECHO), (right, RightReactions.name))
    ]
    return Diversity(
        samples=samples, clips=tuple(clip.id for clip in clips), model=values[0], right=values[1],
        shares={metric: shared(model, right, metric) for metric in (FRVAR, FRDIV)},
    )  # fmt: skip


def shared(model: Scored, right: Scored, metric: str) -> tuple[float, float] | None:
    """Interval of the model's share of the right reactions', over the clips that both have; None where they are too few."""
    own, other = (
        found.rows[(found.rows["metric"] == metric) & found.rows["value"].notna()].set_index("clip")
        for found in (model, right)
    )
    both = own.join(other["value"].rename("right"), how="inner")
    return share_interval(list(both["value"]), list(both["right"]), list(both["cluster"])) if len(both) else None

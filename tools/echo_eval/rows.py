"""Rows that only this evaluation has: the end of what a model made, and the other reactions that are right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from echo_bench.clip import DyadicClip, MethodView, MotionRef
from echo_bench.errors import MethodError, NotApplicable
from echo_bench.method import Artefact, Capabilities, Method
from echo_bench.methods.base import Lent
from echo_bench.metrics.alternatives import right
from echo_bench.pipeline.artefacts import Outcome


class EndOf(Lent):
    """The end of what a method made of whole conversations, under its name.

    Parameters
    ----------
    method : Method
        Not set up.
    made : mapping of str to Outcome
        By clip.
    starts : mapping of str to float
        Second of each conversation at which the clip begins.
    """

    def __init__(self, method: Method, made: Mapping[str, Outcome], starts: Mapping[str, float]) -> None:
        self.name, self.version, self.capabilities = method.name, method.version, method.capabilities
        self._made, self._starts = made, starts

    def generate(self, view: MethodView, *, seed: int, samples: int) -> list[Artefact]:
        """The same videos, of which the clip's part is meant.

        Raises
        ------
        NotApplicable, MethodError
            When the method made nothing of this conversation.
        """
        outcome = self._made[view.clip_id]
        if outcome.status == "skipped":
            raise NotApplicable(outcome.reason)
        if outcome.status == "failed":
            raise MethodError(outcome.reason)
        start = self._starts[view.clip_id]
        return [
            replace(each, video=replace(each.video, start=start, duration=view.duration), audio=view.avatar_audio)
            for each in outcome.artefacts[:samples]
            if each.video is not None
        ]


class RightReactions(Lent):
    """`right-reactions`: of the other reactions that are right in a clip the first K, as a model that draws K would answer.

    Parameters
    ----------
    clips : sequence of DyadicClip
    """

    name = "right-reactions"
    version = "1"
    capabilities = Capabilities(output="motion", uses_truth=True, stochastic=True)

    def __init__(self, clips: Sequence[DyadicClip]) -> None:
        self._right: dict[str, tuple[MotionRef, ...]] = {clip.id: right(clip) for clip in clips}

    def generate(self, view: MethodView, *, seed: int, samples: int) -> list[Artefact]:
        """Their motion."""
        self.context.workdir(view.clip_id)  # pictures are drawn into it
        return [
            Artefact(view.clip_id, self.name, k, seed, None, view.avatar_audio, ref)
            for k, ref in enumerate(self._right[view.clip_id][:samples])
        ]

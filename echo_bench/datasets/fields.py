"""Names of fields for datasets whose layout nobody published: defaults of ours, which `--layout fields:OURS=THEIRS,...` changes."""

from __future__ import annotations

from collections.abc import Mapping

from echo_bench.errors import DatasetError


def field_names(layout: str | None, defaults: Mapping[str, str]) -> dict[str, str]:
    """Our name -> the name in the files.

    Raises
    ------
    DatasetError
        When the layout is no list of fields, or names one that there is not.

    Examples
    --------
    >>> field_names("fields:text=utterance", {"text": "text", "speaker": "speaker"})
    {'text': 'utterance', 'speaker': 'speaker'}
    """
    if layout is None:
        return dict(defaults)
    kind, _, pairs = layout.partition(":")
    given = dict(pair.partition("=")[::2] for pair in pairs.split(",")) if pairs else {}
    if kind != "fields" or not given or set(given) - set(defaults) or not all(given.values()):
        raise DatasetError(
            f"unknown layout {layout!r}", where="--layout", fix=f"use fields:OURS=THEIRS,... with {', '.join(defaults)}"
        )
    return dict(defaults) | given

"""What the page's player is told of a clip: sources, speech, traces in one byte per sample, values."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from echo_bench.leaderboard.text import number, one_line
from echo_bench.report.channels import Channel, channels_of, curve, extent
from echo_bench.report.inputs import ReportClip, ReportInputs, Trace
from echo_bench.report.media import FPS, Kind, Seat, Tile

GAP = 255
"""The byte of a sample that was not measured; values take 0 to 254 between the clip's extremes of the channel."""


def clip_payload(inputs: ReportInputs, clip: ReportClip, tiles: Mapping[Seat, Tile]) -> dict[str, Any]:
    """Everything the player needs of one clip, ready for JSON; names are text, never markup."""
    methods = [name for row in inputs.board.rows if (name := row.method.name) not in inputs.halves]
    seats: list[tuple[Kind, str]] = [("user", "")]
    seats += [("truth", "")] if clip.truth is not None else []
    seats += [("method", name) for name in methods]
    spans = [{"who": span.who, "start": span.start, "end": span.end, "emotion": span.emotion} for span in clip.spans]
    scales = {channel: _scale(clip, channel) for channel in channels_of(clip.traces.values())}
    return {
        "id": one_line(clip.id),
        "duration": clip.duration,
        "fps": FPS,
        "spans": spans,
        "channels": [
            {"title": c.title, "unit": c.unit, "key": c.key, "low": low, "high": high}
            for c, (low, high) in scales.items()
        ],
        "seats": [_seat(inputs, clip, kind, name, tiles, scales) for kind, name in seats],
        "values": _values(inputs, clip, methods),
    }


def _seat(
    inputs: ReportInputs,
    clip: ReportClip,
    kind: Kind,
    name: str,
    tiles: Mapping[Seat, Tile],
    scales: Mapping[Channel, tuple[float, float]],
) -> dict[str, Any]:
    tile = tiles.get((clip.id, kind, name)) or Tile(reason=_why_nothing(inputs, clip.id, name))
    trace = clip.traces.get(name if kind == "method" else kind)
    return {
        "kind": kind,
        "label": one_line(name) if kind == "method" else kind,
        "video": f"media/{tile.video.name}" if tile.video else None,
        "poster": f"media/{tile.poster.name}" if tile.poster else None,
        "sound": tile.sound,
        "reason": one_line(tile.reason),
        "face": tile.motion_only and trace is not None,
        "trace": _packed(trace, scales) if trace is not None else None,
    }


def _why_nothing(inputs: ReportInputs, clip: str, method: str) -> str:
    """Why a method has no output for a clip, in the words of its rows; those that were scored had one."""
    rows = inputs.rows
    ended = rows[(rows["clip"] == clip) & (rows["method"] == method)]
    if (ended["status"] == "ok").any():
        return "was scored, and its output is no longer here or of another version: run `echo-bench run` again"
    if len(ended):
        first = ended.iloc[0]
        return f"{str(first['status']).upper()}: {first['reason']}"
    return "no output to show for this clip"


def _values(inputs: ReportInputs, clip: ReportClip, methods: Sequence[str]) -> list[dict[str, Any]]:
    """Per metric of the boards: the methods' values for this clip, as text."""
    table = []
    for column in (column for board in inputs.boards for column in board.columns):
        cells = [clip.values.get(name, {}).get(column.metric) for name in methods]
        if any(cell is not None for cell in cells):
            table.append({"metric": one_line(column.metric), "cells": [number(cell) for cell in cells]})
    return table


def _scale(clip: ReportClip, channel: Channel) -> tuple[float, float]:
    low, high = extent([curve(trace, channel) for trace in clip.traces.values()], channel)
    return round(low, 4), round(high, 4)


def _packed(trace: Trace, scales: Mapping[Channel, tuple[float, float]]) -> list[str]:
    """Each channel as base64 of one byte per frame."""
    return [_bytes(curve(trace, c), *scale) for c, scale in scales.items()]


def _bytes(values: NDArray[np.float64], low: float, high: float) -> str:
    known = np.isfinite(values)
    share = (np.where(known, values, low) - low) / (high - low)
    levels = np.where(known, np.clip(np.rint(share * (GAP - 1)), 0, GAP - 1), GAP).astype(np.uint8)
    return base64.b64encode(levels.tobytes()).decode("ascii")

"""Whatever stands in an index file, a dataset opens or refuses by name."""

from __future__ import annotations

import json
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from echo_bench.datasets.cped import COLUMNS
from echo_bench.errors import EchoBenchError
from tests.unit.datasets.trees import opened

CELLS = st.text(st.characters(codec="utf-8"), max_size=12)
VALUES = st.recursive(
    st.none() | st.floats() | CELLS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(CELLS, inner, max_size=3),
)
INDEX = {
    "vico": ("RLD_data.csv", "attitude,audio,listener,speaker,listener_id,speaker_id,data_split"),
    "react": ("val.csv", ",speaker_path,listener_path"),
    "cped": ("data/CPED/test_split.csv", ",".join(COLUMNS)),
    "bah": ("test.txt", "Videos/1/Visite_1/1.mp4,0,No."),
    "beat2": ("train_test_split.csv", "id,type"),
    "mead-tts": ("manifest.csv", "utt_id,wav,text,emotion,level,actor,style_prompt,face_image"),
}
JSON = {"m3c": "test.json", "speechcraft": "a.json", "ncssd": "R-EN/1/metadata.json"}
FEW = settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])


def look(name, root):
    with suppress(EchoBenchError):
        dataset = opened(name, root)
        for split in dataset.splits():
            dataset.defects(split)
            dataset.clips(split)


@pytest.mark.parametrize("name", INDEX)
@FEW
@given(
    rows=st.lists(
        st.lists(CELLS | st.sampled_from(["train", "test", "a/b/c/1", "neutral"]), min_size=1, max_size=9), max_size=4
    )
)
def test_tables(name, rows, tmp_path):
    file, head = INDEX[name]
    (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / file).write_text("\n".join([head, *(",".join(row) for row in rows)]), "utf-8")
    look(name, tmp_path)


@pytest.mark.parametrize("name", JSON)
@FEW
@given(value=VALUES, key=st.sampled_from(["utterents", "turns", "utt_id", "id"]))
def test_json(name, value, key, tmp_path):
    (tmp_path / JSON[name]).parent.mkdir(parents=True, exist_ok=True)
    for content in (value, [value], {key: value}, [{key: value}]):
        (tmp_path / JSON[name]).write_text(json.dumps(content), "utf-8")
        look(name, tmp_path)

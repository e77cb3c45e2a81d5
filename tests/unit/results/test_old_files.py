"""Result files of earlier schema versions keep loading."""

from __future__ import annotations

import json

from echo_bench.results.schema import read_result
from tests.byhand import result, score


def test_a_file_of_schema_1_0_has_no_replicates(tmp_path):
    data = json.loads(result("a", score("psnr", 30.0, 1.0)).text())
    data["result"]["schema_version"] = "1.0"
    for each in data["result"]["scores"]:
        del each["replicates"]
    path = tmp_path / "old.json"
    path.write_text(json.dumps(data))
    assert read_result(path).result.scores[0].replicates == ()

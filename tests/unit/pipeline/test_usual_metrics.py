"""What is scored where no metric is named depends on the dataset, and on nothing else."""

from __future__ import annotations

from echo_bench.datasets.base import DatasetOptions
from echo_bench.datasets.dyad_mini import DyadMini
from echo_bench.datasets.folder import Folder
from echo_bench.metrics import DEFAULT, EMBEDDED, METRICS, ON_REQUEST
from echo_bench.pipeline.run import usual_metrics
from tests.footage import left_right_clips


def test_simulated_people_are_scored_by_the_nets_that_know_them(tmp_path):
    footage = Folder(DatasetOptions(left_right_clips(tmp_path, ("a",), 0.4), "left-right"))
    assert usual_metrics(footage) == DEFAULT
    assert usual_metrics(DyadMini()) == (*DEFAULT, *EMBEDDED)


def test_every_id_is_in_one_list():
    assert sorted([*DEFAULT, *EMBEDDED, *ON_REQUEST]) == sorted(METRICS)

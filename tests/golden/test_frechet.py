"""FD and P-FD of motion as the official code prints them."""

import numpy as np
import pytest
from echo_metrics.frechet import Moments, frechet_distance, paired_frechet

from tests.golden.inputs import motion
from tests.golden.vectors import VECTORS

PARTS = {"pose": slice(0, 6), "exp": slice(6, 56), "joint": slice(0, 56)}


@pytest.fixture(scope="module")
def clips():
    return motion(**VECTORS["inputs"]["motion"])


@pytest.mark.parametrize("part", PARTS)
def test_fd_per_clip(clips, part):
    """Boese0601/Dyadic-Interaction-Modeling 9fc92f7, code/metrics/eval_utils.py, mean over clips; never moved since."""
    gt, _, pred = clips
    mean = np.mean([frechet_distance(g[:, PARTS[part]], p[:, PARTS[part]]) for g, p in zip(gt, pred, strict=True)])
    assert mean == pytest.approx(VECTORS["dim"]["fd"][part], rel=1e-7)


@pytest.mark.parametrize("part", PARTS)
def test_pfd_per_clip(clips, part):
    """The same file, `pfid`, partner first; never moved since."""
    columns = PARTS[part]
    values = [paired_frechet(g[:, columns], p[:, columns], x[:, columns]) for g, x, p in zip(*clips, strict=True)]
    assert np.mean(values) == pytest.approx(VECTORS["dim"]["pfd"][part], rel=1e-7)


@pytest.mark.parametrize("part", ["pose", "exp"])
def test_fd_of_pooled_frames_by_merging_clips(clips, part):
    """Official formula on all frames at once (not the DIM protocol), rebuilt here from merged moments of single clips."""
    gt, _, pred = clips
    pooled = []
    for side in (gt, pred):
        moments = Moments.empty(len(range(56)[PARTS[part]]))
        for clip in side:
            moments = moments.merge(Moments.from_features(clip[:, PARTS[part]]))
        pooled.append(moments)
    assert frechet_distance(*pooled) == pytest.approx(VECTORS["dim"]["fd_pooled"][part], rel=1e-7)


@pytest.mark.parametrize(("part", "columns"), [("exp", slice(0, 50)), ("jaw", slice(50, 53)), ("pose", slice(53, 56))])
def test_dualtalk_parts(clips, part, columns):
    """ZiqiaoPeng/DualTalk metric/metric.py on clip 1 ("pose" is its word for head rotation); printed with six decimals."""
    gt, partner, pred = (side[1][:, columns] for side in clips)
    golden = VECTORS["dualtalk_clip1"]
    assert frechet_distance(gt, pred) == pytest.approx(golden[f"fid_{part}"], abs=1e-6)
    assert paired_frechet(gt, pred, partner) == pytest.approx(golden[f"p_fid_{part}"], abs=1e-6)

"""What a result is made again from, and what counts as the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from echo_bench.errors import MethodError, UnknownNameError
from echo_bench.leaderboard.reproduce import compare_results, config_of
from echo_bench.results.cite import cite
from tests.byhand import result, score


def part(*scores, **given):
    return result("mine", *scores, **given).result


def test_a_result_names_its_run():
    config = config_of(part(score("psnr", 1.0), score("fid", None)), Path("out"))
    assert (config.dataset, config.split, config.always) == ("toy", "test", False)
    assert config.methods == ("ground-truth", "mine"), "targets come from the truth's own row"
    assert config.metrics == ("psnr", "fid")


def test_outputs_in_a_folder_have_to_be_named():
    wanted = part(score("psnr", 1.0))
    assert config_of(wanted, Path("out"), ["folder:mine=/x"]).methods == ("ground-truth", "folder:mine=/x")
    with pytest.raises(MethodError, match="give mine or folder:mine=DIR"):
        config_of(wanted, Path("out"), ["folder:other=/x"])


def test_the_same_numbers_within_rounding():
    then = part(score("psnr", 30.0), score("fid", None))
    assert (
        compare_results(then, part(score("psnr", 30.0 * (1 + 1e-7)), score("fid", None)), identical=False).exit_code
        == 0
    )


def test_two_zeros_that_differ_by_rounding_are_the_same():
    """A Fréchet distance of the truth to itself: 4.7e-17 on one processor, 5.8e-16 on another."""
    then = part(score("fd_pose", 4.7e-17))
    assert compare_results(then, part(score("fd_pose", 5.8e-16)), identical=False).exit_code == 0
    assert compare_results(then, part(score("fd_pose", 1e-6)), identical=False).exit_code == 1


@pytest.mark.parametrize(
    ("now", "why"),
    [
        (score("psnr", 30.01), "differs by 0.01"),
        (score("psnr", 30.0, n=5), "was of 6 clips, is of 5"),
        (score("psnr", None), "was ok, is skipped"),
        (score("ssim", 30.0), "was ok, is absent"),
    ],
)
def test_other_numbers_are_told(now, why):
    found = compare_results(part(score("psnr", 30.0)), part(now), identical=False)
    assert (found.exit_code, found.scores[0].same) == (1, False)
    assert why in found.scores[0].why


def test_another_environment_explains_other_numbers_only():
    then = part(score("psnr", 30.0))
    versions = {"provenance": {"echo-bench": "0.2.0"}}
    assert compare_results(then, part(score("psnr", 31.0), **versions), identical=False).exit_code == 3
    again = compare_results(then, part(score("psnr", 30.0), **versions), identical=False)
    assert (again.exit_code, again.other) == (0, ("echo-bench was 0.1.0, is 0.2.0",))


def test_a_citation_has_value_interval_n_and_signatures():
    text = cite(result("mine", score("psnr", 30.0, 1.5), score("ssim", 0.5), score("fid", None)))
    first, second, _, long, *_ = text.split("\n")
    assert first == "psnr = 30 dB  [28.5, 31.5] (95 % cluster-t), n = 6 clips of 6 dyads  psnr|v:1"
    assert "no interval" in second
    assert long == f"method:mine|v:1|seed:0|K:1|data:toy-1/test|clips:6|manifest:{'ab' * 6}|echo-bench:0.1.0"
    with pytest.raises(UnknownNameError, match="no value of 'fid'"):
        cite(result("mine", score("psnr", 30.0), score("fid", None)), ["fid"])

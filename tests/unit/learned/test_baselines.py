"""What the tool that trains the baselines says of them: tables of wins, limits in the cards, and the board itself."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from echo_bench.methods.learned.belfusion import BelfusionNetwork
from echo_bench.methods.learned.checkpoint import FOLDER, read_card, restore, write
from echo_bench.methods.learned.rlhg_lstm import RlhgNetwork
from tools.baselines.board import DIVERSITY, RIVALS, TOLD
from tools.baselines.limits import FEW, SHORT, write_limits
from tools.baselines.pages import against_table, seeds_table, shares_table


def differences(name: str, *lost: str) -> list[dict[str, object]]:
    """Of one method, which does not beat the rivals `lost` on the first metric."""
    return [
        {
            "metric": metric, "method": name, "rival": rival, "value": 0.3, "of_rival": 0.2, "difference": 0.1,
            "low": -0.05 if (won := metric == TOLD[0] and rival in lost) else 0.05, "high": 0.2, "wins": not won,
        }
        for metric in TOLD
        for rival in RIVALS
    ]  # fmt: skip


def test_only_wins_are_bold():
    table = against_table(differences("rlhg-lstm", "mirror"))
    assert table.count("**+0.100 [0.050, 0.200]**") == 2 * len(RIVALS) - 1
    assert table.count("+0.100 [-0.050, 0.200]") == 1
    few = [each | {"low": None, "high": None, "wins": False} for each in differences("rlhg-lstm")]
    assert against_table(few).count("| +0.100 [no interval] ") == 2 * len(RIVALS)


def test_one_reaction_has_no_diversity_among_reactions():
    assert "| rlhg-lstm | 0.70 | one reaction |" in shares_table({"rlhg-lstm": {"frvar@react24-nan-aware-native": 0.7}})


def test_the_card_says_whom_a_method_does_not_beat(tmp_path):
    network = RlhgNetwork()
    card = restore(network, FOLDER / "rlhg-lstm.safetensors")
    path = write(network, card, tmp_path)
    write_limits(tmp_path, differences("rlhg-lstm", "mirror", "random"), {})
    said = read_card(path).limits
    lost = "(+0.100 [-0.050, 0.200])"
    assert said == f"On dyad-mini@1/test it does not beat random {lost}, mirror {lost} on {TOLD[0]}. {FEW}"
    behind = [each | {"difference": -0.02, "low": -0.09} for each in differences("rlhg-lstm", "mirror")]
    write_limits(tmp_path, behind, {})
    assert read_card(path).limits.endswith(SHORT.format(seconds=card.seconds))
    write_limits(tmp_path, differences("rlhg-lstm"), {"rlhg-lstm": {"frvar@react24-nan-aware-native": 0.1}})
    assert read_card(path).limits == ""


def test_the_card_says_what_of_the_diversity_is_off(tmp_path):
    card = restore(network := BelfusionNetwork(), FOLDER / "belfusion.safetensors")
    path = write(network, card, tmp_path)
    write_limits(tmp_path, [], {"belfusion": dict(zip(DIVERSITY, (0.4, 1.2), strict=True))})
    assert read_card(path).limits.startswith(
        f"Its {DIVERSITY[0]} is 0.40 of the truth's other reactions'. It was trained"
    )


def test_seeds_are_told_with_their_deviation():
    over = {"dim": {metric: {"mean": 0.26, "deviation": 0.021, "seeds": 3} for metric in TOLD}}
    assert "| dim | 3 | 0.260 ± 0.021 | 0.260 ± 0.021 |" in seeds_table(over)


@pytest.mark.slow
def test_one_command_makes_the_board_from_nothing(tmp_path):
    """Two seeds of two methods, three steps each, on two clips: trained, scored, written, as with the full budget."""
    options = ["--methods", "dualtalk", "belfusion", "--seeds", "0", "1", "--steps", "3", "--rehearsals", "0"]
    options += ["--limit", "2", "--samples", "2", "--out", str(tmp_path / "runs"), "--board", str(tmp_path / "board")]
    root = Path(__file__).resolve().parents[3]
    subprocess.run([sys.executable, "-m", "tools.train_baselines", *options], cwd=root, check=True, capture_output=True)
    seeds = json.loads((tmp_path / "board/seeds.json").read_text())["seeds"]
    for seed in ("0", "1"):
        for name in ("dualtalk", "belfusion"):
            card = read_card(tmp_path / "runs" / f"seed-{seed}" / name / f"{name}.safetensors")
            assert seeds[seed][name]["sha256"] == card.sha256
            assert f"--seed {seed} --out {tmp_path}/runs/seed-{seed}/{name} --steps 3 #" in card.command
            assert set(TOLD) <= set(seeds[seed][name]["values"])
    assert seeds["0"]["dualtalk"]["sha256"] != seeds["1"]["dualtalk"]["sha256"]
    results = {path.stem: json.loads(path.read_text()) for path in (tmp_path / "board/results").iterdir()}
    assert results.keys() >= {"dualtalk", "belfusion", *RIVALS}
    assert results["belfusion"]["result"]["unranked"] == "partial run: the first 2 clips"
    assert results["belfusion"]["run"]["latency"]["rtf"] > 0
    for page in ("against.md", "latency.md", "leaderboard-native.md", "samples.jpg", "bars-appropriateness.png"):
        assert (tmp_path / "board" / page).stat().st_size > 200, page

"""What the tool that trains the baselines says of them: tables of wins, and limits in the cards."""

from __future__ import annotations

from echo_bench.methods.learned.checkpoint import FOLDER, read_card, restore, write
from echo_bench.methods.learned.rlhg_lstm import RlhgNetwork
from tools.baselines.board import RIVALS, TOLD
from tools.baselines.limits import write_limits
from tools.baselines.pages import against_table, shares_table


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


def test_one_reaction_has_no_diversity_among_reactions():
    assert "| rlhg-lstm | 0.70 | one reaction |" in shares_table({"rlhg-lstm": {"frvar@react24-nan-aware-native": 0.7}})


def test_the_card_says_whom_a_method_does_not_beat(tmp_path):
    network = RlhgNetwork()
    card = restore(network, FOLDER / "rlhg-lstm.safetensors")
    path = write(network, card, tmp_path)
    write_limits(tmp_path, differences("rlhg-lstm", "mirror", "random"), {})
    said = read_card(path).limits
    assert said.startswith(f"On dyad-mini@1/test it does not beat random, mirror on {TOLD[0]}. ")
    assert TOLD[1] not in said
    write_limits(tmp_path, differences("rlhg-lstm"), {})
    assert read_card(path).limits == ""

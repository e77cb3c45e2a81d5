"""What models tell, beside the truth: of whole conversations, in the windows in which the model itself makes them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from echo_model.config import Switches
from echo_model.feeling import AFFECT
from echo_model.lcu import UserWindow
from echo_model.understanding import shown

from echo_bench.errors import WeightsMissingError
from tests.unit.echo_model import corpora
from tests.unit.echo_model.small import CONFIG, model
from tools.echo_eval.findings import ToldOf
from tools.echo_eval.tables import told_table
from tools.echo_told import COLUMNS, conversations, correlations, main, rows, windows


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return corpora.write(tmp_path_factory.mktemp("told"), latents=False)


def test_what_is_told_is_what_leads_the_windows_one_after_the_other(folder, monkeypatch):
    """The same as with the memory handed on from window to window; the truth is its mean there."""
    net, seen = model(), []
    monkeypatch.setattr("tools.echo_told.shown", lambda talk: seen.append(talk) or shown(talk))
    (avatar, user), *_ = conversations(net, folder)
    told, true = windows(net, avatar, user)["avatar"]
    (talk,), memory, span = seen, None, 4 * CONFIG.current
    pictures, first = shown(talk)
    for k in range(len(told)):
        now = slice(k * CONFIG.current, (k + 1) * CONFIG.current)
        window = UserWindow(talk.latents[:, k], net.heard(talk.voice[:, k]), talk.mask, pictures[:, now], first)
        with torch.inference_mode():
            heard, _, memory = net.lcu(window, memory)
            feeling = net.lcu.feeling(talk.words, talk.sides, talk.lengths[:, k])
            own = net.lcu.reaction.told(heard[:, 0], feeling)[0][0, -AFFECT:]
        assert np.allclose(told[k], own, atol=1e-5)
        assert np.allclose(true[k], avatar.person.affect[k * span : (k + 1) * span].mean(0), atol=1e-6)
    assert len(told) == 4


def test_correlations_are_over_the_windows_of_all_conversations():
    """Of two conversations that each follow backwards, about means that follow, r is that of all rows."""
    one, two = np.array([[1.0], [0.0]]), np.array([[6.0], [5.0]])
    both = [(one, one[::-1]), (two, two[::-1])]
    said, true = (np.concatenate(side)[:, 0] for side in zip(*both, strict=True))
    covariance = ((said - said.mean()) * (true - true.mean())).mean()
    assert correlations(both) == [pytest.approx(covariance / (said.std() * true.std()))]
    assert correlations(both)[0] > 0.9
    assert correlations([(0 * one, one)]) == [None]


def test_what_is_switched_off_has_no_row(folder):
    found = {
        switch: {row.whose for row in rows("x", model(replace(CONFIG, switches=Switches(**{switch: False}))), folder)}
        for switch in ("hbcu", "lau")
    }
    assert found["hbcu"] == {"avatar", "by c_emo"}
    assert found["lau"] == {"avatar", "by c_emo", "user"}
    without = [
        row
        for row in rows("x", model(replace(CONFIG, switches=Switches(lau=False))), folder)
        if row.whose == "by c_emo"
    ]
    assert without == [ToldOf(model="x", split=folder.name, whose="by c_emo", r=dict.fromkeys(COLUMNS))]
    assert told_table(without).splitlines()[-1] == f"| x | {folder.name} | by c_emo | – | – | – |"


def test_a_folder_without_models_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("sys.argv", ["echo_told", "--weights", str(tmp_path), "--out", str(tmp_path / "out")])
    with pytest.raises(WeightsMissingError, match="holds no model"):
        main()
    assert not (tmp_path / "out").exists()

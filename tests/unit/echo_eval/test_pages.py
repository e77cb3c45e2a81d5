"""The page of an evaluation, from findings that are published."""

import re
import shutil
from pathlib import Path

import pytest

from tools.echo_eval.pages import FOLDER, write_page

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("name", [".", "variants"])
def test_no_table_is_empty(tmp_path, name):
    for path in (ROOT / FOLDER / name).glob("*.json"):
        shutil.copy(path, tmp_path)
    page = write_page(tmp_path).read_text("utf-8")
    heads = re.findall(r"^(\|.*)\n\|---.*\n(.*)$", page, re.MULTILINE)
    assert len(heads) > 5
    assert [head for head, row in heads if not row.startswith("|")] == []

"""Packs are found through entry points of what is installed."""

import pytest

from peritus.catalogue.errors import PackNotSound, UnknownPack
from peritus.catalogue.registry import GROUP, pack_named, pack_names

BROKEN = """
from dataclasses import replace
from peritus.packs.kpo_quiz import PACK as QUIZ
PACK = replace(QUIZ, name="broken", questions=())
"""


@pytest.fixture
def broken_pack(tmp_path, monkeypatch):
    """Install, on the path only, a distribution whose pack contradicts itself."""
    info = tmp_path / "broken_pack-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: broken-pack\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[{GROUP}]\nbroken = broken_pack_of_a_test:PACK\n")
    (tmp_path / "broken_pack_of_a_test.py").write_text(BROKEN)
    monkeypatch.syspath_prepend(str(tmp_path))


def test_pack_names_lists_the_installed_packs_in_order():
    assert pack_names() == ["kpo_quiz", "licence_compliance"]


@pytest.mark.parametrize("name", ["kpo_quiz", "licence_compliance"])
def test_pack_named_loads_the_pack_that_calls_itself_so(name):
    assert pack_named(name).name == name


def test_pack_named_lists_the_installed_packs_when_the_name_is_unknown():
    with pytest.raises(UnknownPack, match=r"are kpo_quiz, licence_compliance; 'x-ray' was asked"):
        pack_named("x-ray")


@pytest.mark.usefixtures("broken_pack")
def test_pack_named_refuses_a_pack_that_contradicts_itself():
    with pytest.raises(PackNotSound, match="Question codes must be unique and at least one"):
        pack_named("broken")

import csv

import click
import pytest

from peritus.accounts.models import Role
from peritus.cli.importing import import_items_of
from peritus.engagements.models import Item
from tests.factories import engagements as make
from tests.factories.accounts import member

pytestmark = pytest.mark.django_db

HEAD = "key,lot,topic,text,a,b,c,d\n"
GOOD = "q1,first,Skill,What is bought?,Hours,Expertise,Volume,Seats\n"
BAD = "q2,first,Skill,Nothing to choose from,Same,Same,Same,Same\n"


@pytest.fixture
def manager():
    return member(Role.MANAGER)


@pytest.fixture
def lot(manager):
    engagement = make.engagement(manager=manager, code="matter")
    return make.lot(engagement=engagement, code="first")


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "items.csv"
    path.write_text(HEAD + GOOD + BAD, encoding="utf-8")
    return path


def test_import_takes_good_rows_and_writes_the_others_with_their_reason(manager, lot, file, capsys):
    left = import_items_of("matter", file, email=manager.email, lot=None)

    rejects = list(csv.DictReader((file.parent / "items.csv.rejects.csv").read_text().splitlines()))
    assert left == 1
    assert [item.key for item in Item.objects.all()] == ["q1"]
    assert [(row["key"], "must differ" in row["reason"]) for row in rejects] == [("q2", True)]
    assert "1 in, 0 unchanged, 1 rejected." in capsys.readouterr().out


def test_import_of_the_same_file_again_changes_nothing(manager, lot, file):
    for _ in range(2):
        import_items_of("matter", file, email=manager.email, lot="first")

    assert Item.objects.count() == 1


def test_import_finds_no_engagement_of_another_manager(lot, file):
    other = member(Role.MANAGER)

    with pytest.raises(click.ClickException, match="sees no engagement 'matter'"):
        import_items_of("matter", file, email=other.email, lot=None)

    assert not Item.objects.exists()


def test_import_names_who_cannot_sign_in(lot, file):
    with pytest.raises(click.ClickException, match=r"Nobody signs in with x@y\.test"):
        import_items_of("matter", file, email="x@y.test", lot=None)


def test_import_says_what_an_empty_file_lacks(manager, lot, file):
    file.write_text("")

    with pytest.raises(click.ClickException, match="empty"):
        import_items_of("matter", file, email=manager.email, lot=None)

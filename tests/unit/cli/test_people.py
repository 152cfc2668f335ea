"""Ending the keeping of people at the command line: listed, erased when asked, held ones kept."""

from datetime import UTC, datetime, timedelta

import click
import pytest

from peritus.accounts.verbs import grant_role, register_person
from peritus.cli.people import end_retention, reset_factor_of
from peritus.journal.clock import now
from peritus.journal.models import Event
from tests.factories import accounts, bench
from tests.factories.privacy import hold
from tests.factories.sign_in import protected

pytestmark = pytest.mark.django_db
LATER = datetime(2031, 1, 1, tzinfo=UTC)


@pytest.fixture
def manager():
    return accounts.member("manager")


@pytest.fixture
def judge(manager):
    return register_person("p-1", name="Ada Quill", email="a@quill.example", by=manager, key="p")


def test_who_did_nothing_for_long_is_listed_and_then_erased(judge, manager, capsys):
    source = bench.expert(kind="source")

    end_retention(LATER, erase=False)
    listed = capsys.readouterr().out
    assert f"due     {judge.uid}  Ada Quill" in listed
    assert str(source.user.uid) not in listed

    end_retention(LATER, erase=True)
    assert f"erased  {judge.uid}" in capsys.readouterr().out
    judge.refresh_from_db()
    assert judge.erased_at is not None
    assert Event.objects.filter(kind="person.erased").latest("id").data["ground"] == "retention"
    end_retention(LATER, erase=True)
    assert str(judge.uid) not in capsys.readouterr().out


def test_who_is_held_is_kept_and_said_to_be(judge, manager, capsys):
    hold(person=judge)

    end_retention(LATER, erase=True)

    assert f"kept    {judge.uid}  Legal hold on Ada Quill since" in capsys.readouterr().out
    judge.refresh_from_db()
    assert judge.erased_at is None


def test_who_acted_since_is_not_due(judge, manager, capsys):
    since = now() - timedelta(days=1)
    grant_role(judge.pk, accounts.provider().pk, "quality", by=manager, key="role")

    end_retention(since, erase=True)

    out = capsys.readouterr().out
    assert str(manager.uid) not in out
    assert str(judge.uid) not in out


def test_the_operator_resets_a_second_factor(judge, capsys):
    protected(judge)

    reset_factor_of("A@quill.example", "lost")

    assert "signs in by password alone" in capsys.readouterr().out
    assert Event.objects.filter(kind="second_factor.reset").get().data == {"because": "lost"}


@pytest.mark.parametrize(
    ("email", "because", "words"),
    [("no@one.example", "lost", "Nobody signs in"), ("a@quill.example", "whim", "A reason is one")],
)
def test_a_reset_that_cannot_be_says_why(judge, email, because, words):
    protected(judge)

    with pytest.raises(click.ClickException, match=words):
        reset_factor_of(email, because)

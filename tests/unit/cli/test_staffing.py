"""Staffing at the command line, as the operator sees it."""

import pytest
from click import ClickException
from click.testing import CliRunner

from peritus.accounts.queries import engine
from peritus.cli.main import main
from peritus.cli.staffing import draft, explain, print_judges, publish
from peritus.work.models import Slot
from peritus.work.staffing import Terms
from tests.factories import bench, engagements
from tests.factories.rows import rows_of_all
from tests.factories.walk import Walk

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@pytest.fixture
def walk():
    walk = Walk(first_judges=0)
    question = walk.engagement.guideline_versions.get().questions.get().code
    for handle, share in (("ada", 0.9), ("bob", 0.7)):
        expert = bench.expert(handle=handle, name=handle.title())
        bench.skill(expert=expert, pack="kpo_quiz", question=question, share=share)
    return walk


def test_print_judges_says_who_can_and_what_keeps_others_away(walk, capsys):
    engagements.wall(engagement=walk.engagement, expert=bench.expert(handle="cid"))

    print_judges("matter", "first")

    printed = capsys.readouterr().out
    assert [handle in printed for handle in ("ada", "bob", "cid")] == [True] * 3
    assert "wall" in printed


def test_a_lot_is_drafted_explained_and_published(walk, capsys):
    draft("matter", "first", Terms(each=1, most=4), ())
    explain("matter", "first", 1, "bob", "q000")
    publish("matter", "first", 1)

    printed = capsys.readouterr().out
    assert "Draft 1 of First lot: 6 judgments; optimal." in printed
    assert "right       5.0 expected" in printed
    assert "Bob" in printed
    assert "6 slots are open." in printed
    assert Slot.objects.count() == 6


def test_draft_says_why_it_cannot_be(walk):
    with pytest.raises(ClickException, match="only 1 is allowed"):
        draft("matter", "first", Terms(each=2), ("bob",))


def test_explain_and_publish_say_what_there_is_not(walk):
    draft("matter", "first", Terms(each=1), ())

    with pytest.raises(ClickException, match="The lot has 1 drafts; there is no 2"):
        publish("matter", "first", 2)
    with pytest.raises(ClickException, match="knows no 'eve'"):
        explain("matter", "first", 1, "eve", "q000")
    with pytest.raises(ClickException, match="no lot 'last' in an engagement 'matter'"):
        publish("matter", "last", 1)


def test_the_command_takes_terms(walk):
    asked = ["staff", "draft", "matter", "first", "--each", "1", "--pin", "bob", "q001"]

    ran = CliRunner().invoke(main, [*asked, "--apart", "ada", "q002", "--aim", "max_min"])
    dear = CliRunner().invoke(main, [*asked, "--worth", "dear", "EUR"])
    unpaid = CliRunner().invoke(main, [*asked, "--worth", "10", "EUR", "--done-by", "2099-01-01"])

    assert ran.exit_code == 0, ran.output
    assert "1 judgment of each item; 1 pairs pinned; 1 pairs kept apart" in ran.output
    assert "An amount is such as 10.50; 'dear' came." in dear.output
    assert "No pay in EUR is agreed with Ada, Bob" in unpaid.output


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--floor", "nan"], "0 or more; nan came"),
        (["--floor", "inf"], "0 or more; inf came"),
        (["--worth", "NaN", "EUR"], "What a right answer is worth is 0.01 to"),
        (["--worth", "inf", "EUR"], "What a right answer is worth is 0.01 to"),
        (["--worth", "1e-400", "EUR"], "What a right answer is worth is 0.01 to"),
        (["--most", "9" * 30], "counted to at most 1,000,000"),
        (["--pin", "eve", "q000"], "Nobody on the bench is called eve."),
        (["--apart", "ada", "q999"], "The lot has no item q999."),
    ],
    ids=str,
)
def test_the_command_writes_nothing_of_what_cannot_be(walk, options, says):
    engine()  # who acts for a command, made when it is first asked for
    before = rows_of_all()

    ran = CliRunner().invoke(main, ["staff", "draft", "matter", "first", "--each", "1", *options])

    assert ran.exit_code == 1
    assert says in ran.output
    assert rows_of_all() == before

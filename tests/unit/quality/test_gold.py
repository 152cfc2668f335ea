import pytest

from peritus.engagements.models import Item
from peritus.journal.errors import KeyUsedDifferently, NotAllowed
from peritus.journal.models import Event
from peritus.journal.pump import pump
from peritus.quality.errors import GoldRefused
from peritus.quality.models import Gold
from peritus.quality.queries import current_gold
from peritus.quality.verbs import add_gold, retire_gold, revise_gold
from tests.factories import quality
from tests.factories.walk import Walk

SOURCE = "Statement a is quoted from the protocol, section 3."


def add(walk, **changes):
    given = {"source": SOURCE, "weighs": True, "by": walk.lead, "key": "add"} | changes
    answer = given.pop("answer", "a")
    return add_gold(walk.items[0].pk, given.pop("question", "answer"), answer, **given)


def revise(walk, gold, **changes):
    given = {"source": SOURCE, "because": "It was misread.", "by": walk.lead, "key": "new"}
    return revise_gold(gold.pk, changes.pop("answer", "b"), **given | changes)


def kinds(prefix="gold"):
    found = Event.objects.filter(kind__startswith=prefix).order_by("pk")
    return list(found.values_list("kind", flat=True))


# add_gold


def test_add_gold_puts_an_answer_on_record_once_when_repeated(walk):
    first, again = add(walk), add(walk)

    assert first == again
    assert (first.version, first.answer, first.set_by) == (1, "a", walk.lead)
    assert kinds() == ["gold.published"]


def test_add_gold_keeps_the_answer_itself_out_of_the_journal(walk):
    gold = add(walk)

    assert set(Event.objects.get(about_uid=gold.uid).data) == {
        "digest", "item", "question", "version",
    }  # fmt: skip


def test_add_gold_refuses_the_same_key_for_another_answer(walk):
    add(walk)

    with pytest.raises(KeyUsedDifferently):
        add(walk, answer="b")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"answer": "x"}, "The answer must be one of"),
        ({"question": "other"}, "There is no question 'other'."),
        ({"source": " "}, "A known answer needs its source"),
    ],
)
def test_add_gold_refuses_what_nobody_could_be_scored_against(walk, changes, reason):
    with pytest.raises(GoldRefused, match=reason):
        add(walk, **changes)
    assert Gold.objects.count() == 0


def test_add_gold_refuses_what_is_known_already(walk):
    add(walk)

    with pytest.raises(GoldRefused, match=r"known as 'a' \(version 1\)"):
        add(walk, key="another")


def test_add_gold_is_refused_to_the_client(walk):
    with pytest.raises(NotAllowed, match="known answers"):
        add(walk, by=walk.client)


def test_add_gold_does_not_find_another_clients_item(walk):
    other = Walk()
    add(other)

    with pytest.raises(Item.DoesNotExist):
        add(other, by=walk.lead, key="another")


# revise_gold


def test_revise_gold_publishes_a_version_and_keeps_the_old_one(walk):
    old = add(walk)

    new, again = revise(walk, old), revise(walk, old)

    assert new == again
    assert (new.version, new.answer, new.because) == (2, "b", "It was misread.")
    assert list(current_gold()) == [new]
    old.refresh_from_db()
    assert old.answer == "a"
    assert kinds() == ["gold.published", "gold.published"]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"answer": "a"}, "Version 1 says 'a' already."),
        ({"answer": "x"}, "The answer must be one of"),
        ({"because": ""}, "Write why"),
        ({"source": ""}, "needs its source"),
    ],
)
def test_revise_gold_refuses_what_is_no_correction(walk, changes, reason):
    old = add(walk)

    with pytest.raises(GoldRefused, match=reason):
        revise(walk, old, **changes)


def test_revise_gold_refuses_a_version_that_was_replaced(walk):
    old = add(walk)
    revise(walk, old)

    with pytest.raises(GoldRefused, match="Version 1 is not in use"):
        revise(walk, old, answer="c", key="another")


def test_revise_gold_is_refused_to_the_client_and_not_found_elsewhere(walk):
    old = add(walk)

    with pytest.raises(NotAllowed):
        revise(walk, old, by=walk.client)
    with pytest.raises(Gold.DoesNotExist):
        revise(walk, old, by=Walk().lead)


# retire_gold


def test_retire_gold_takes_it_out_of_use_once_when_repeated(walk):
    gold = add(walk)

    first = retire_gold(gold.pk, because="Quoted in a newsletter.", by=walk.lead, key="r")
    again = retire_gold(gold.pk, because="Quoted in a newsletter.", by=walk.lead, key="r")

    assert first == again
    assert list(current_gold()) == []
    assert kinds() == ["gold.published", "gold.retired"]


def test_retire_gold_refuses_what_is_retired_or_without_a_reason(walk):
    gold = add(walk)
    with pytest.raises(GoldRefused, match="Write why"):
        retire_gold(gold.pk, because=" ", by=walk.lead, key="a")
    retire_gold(gold.pk, because="Leaked.", by=walk.lead, key="b")

    with pytest.raises(GoldRefused, match="not in use"):
        retire_gold(gold.pk, because="Leaked.", by=walk.lead, key="c")


def test_retire_gold_is_refused_to_the_client_and_not_found_elsewhere(walk):
    gold = add(walk)

    with pytest.raises(NotAllowed):
        retire_gold(gold.pk, because="Leaked.", by=walk.client, key="a")
    with pytest.raises(Gold.DoesNotExist):
        retire_gold(gold.pk, because="Leaked.", by=Walk().manager, key="b")


def test_gold_that_was_retired_can_be_known_again(walk):
    retire_gold(add(walk).pk, because="Leaked.", by=walk.lead, key="r")

    assert add(walk, key="another").version == 2


# skills follow


def test_skills_follow_gold_through_its_versions(walk):
    walk.judge(contested={"q000": "a"})
    judge = walk.judges[1]  # said "b" on q000
    gold = add(walk, answer="b")
    pump(until_idle=True)
    before, skill_of_other_before = judge.skills.get(), walk.judges[0].skills.get().share

    revise(walk, gold, answer="a")
    pump(until_idle=True)

    after = judge.skills.get()
    assert (before.right, before.measured) == (1, 1)
    assert (after.right, after.measured) == (0, 1)
    assert after.share < walk.judges[0].skills.get().share
    assert before.share > skill_of_other_before
    assert after.low < after.share < after.high


def test_skills_are_taken_away_with_what_they_were_measured_by(walk):
    walk.judge()
    gold = add(walk)
    pump(until_idle=True)
    assert walk.judges[0].skills.get().right == 1

    retire_gold(gold.pk, because="Leaked.", by=walk.lead, key="r")
    pump(until_idle=True)

    assert not walk.judges[0].skills.exists()


def test_gold_that_does_not_weigh_counts_for_nobody(walk):
    walk.judge()
    quality.gold(item=walk.items[0], question="answer", answer="b")
    add_gold(
        walk.items[1].pk, "answer", "b", source=SOURCE, weighs=False, by=walk.lead, key="shown"
    )
    pump(until_idle=True)

    assert not walk.judges[0].skills.exists()

import json
from hashlib import sha256

import pytest

from peritus.bench.models import Credential
from peritus.blobs.models import Blob
from peritus.blobs.store import BlobDamaged
from peritus.journal.clock import now
from peritus.journal.models import Event
from peritus.quality.annexes import annexes_of, shown_name
from peritus.quality.annexes.agreement import agreement
from peritus.quality.models import Decision, Freeze
from peritus.quality.verbs.evidence import document_faults
from tests.factories.bench import credential, qualification


@pytest.fixture
def frozen(judged):
    """A lot that was frozen, its judges with credentials of every kind."""
    one, other = judged.judges
    credential(expert=one, title="Held", state=Credential.State.VERIFIED)
    credential(expert=one, title="Ended", state="verified", expires="2026-03-09")
    credential(expert=one, title="Claimed")
    credential(expert=other, title="Revoked", state=Credential.State.REVOKED)
    credential(title="Another's", state=Credential.State.VERIFIED)
    qualification(expert=other, name="Quiz")
    qualification(expert=other, name="Failed", passed=False)
    qualification(expert=other, name="Lapsed", expires_at="2026-03-01T00:00:00+00:00")
    return judged.freeze()


def told(freeze, name):
    return json.loads(annexes_of(freeze)[name])


def test_annexes_are_kept_under_the_digests_that_the_event_names(frozen):
    kept = annexes_of(frozen)

    digests = {name: sha256(document).hexdigest() for name, document in kept.items()}
    assert sorted(digests) == ["agreement", "credentials", "skills"]
    assert digests == frozen.annexes == Event.objects.get(kind="lot.frozen").data["annexes"]
    assert document_faults(frozen) == []


def test_a_freeze_from_before_annexes_has_none(frozen):
    frozen.annexes = {}

    assert annexes_of(frozen) == {}


def test_document_faults_tell_of_annexes_that_the_journal_does_not_name(frozen):
    Freeze.objects.update(annexes={**frozen.annexes, "skills": frozen.annexes["agreement"]})

    [fault] = document_faults(Freeze.objects.get())

    assert fault == "The freeze differs from what the journal recorded; it was altered."


def test_document_faults_read_the_annexes(frozen):
    Blob.objects.filter(sha256=frozen.annexes["skills"]).update(content=b"{}")

    with pytest.raises(BlobDamaged):
        document_faults(frozen)


def test_credentials_list_what_was_verified_and_held_and_nothing_else(frozen, judged):
    experts = {each["expert"]: each for each in told(frozen, "credentials")["experts"]}

    one, other = (experts[str(each.uid)] for each in judged.judges)
    assert [each["title"] for each in one["credentials"]] == ["Held"]
    assert (other["credentials"], one["qualifications"]) == ([], [])
    assert [each["name"] for each in other["qualifications"]] == ["Quiz"]
    assert set(experts) == {
        str(each.uid) for each in (*judged.judges, judged.adjudicator, judged.auditor)
    }
    assert experts[str(judged.auditor.uid)]["since"] is None


@pytest.mark.parametrize(
    ("title", "shown"),
    [
        ("Bar of Example, No. 123 456/7", "Bar of Example, No. …"),
        ("Licence 2019-03-14", "Licence …"),
        ("ISO 17100 translator", "ISO 17100 translator"),
    ],
)
def test_credentials_show_no_number_of_a_document(judged, title, shown):
    credential(expert=judged.judges[0], title=title, state=Credential.State.VERIFIED)

    experts = told(judged.freeze(), "credentials")["experts"]

    assert [row["title"] for each in experts for row in each["credentials"]] == [shown]


def test_people_stand_under_one_pseudonym_and_sources_under_their_name(frozen, judged):
    names = [each["name"] for each in told(frozen, "credentials")["experts"]]

    person, source = judged.judges[0], judged.auditor
    assert shown_name(judged.engagement, person) in names
    assert person.name not in names
    assert shown_name(judged.engagement, source) == source.name


def test_agreement_where_all_answers_are_the_same_has_no_alpha(frozen):
    [found] = told(frozen, "agreement")["questions"]

    figures = [found[name] for name in ("alpha", "low", "high", "same")]
    assert figures == [None, None, None, 1.0]
    assert (found["items"], found["judgments"], found["judges"]) == (6, 12, 2)


def test_agreement_where_nothing_was_judged_twice_has_no_figures(walk):
    walk.open_first_slots()
    for slot in walk.slots("first"):
        if slot.number == 1:
            walk.answer(slot, "a")

    [found] = agreement(walk.lot, 1, now())["questions"]

    assert [found[name] for name in ("alpha", "low", "high", "same")] == [None] * 4
    assert (found["items"], found["judgments"], found["judges"]) == (0, 0, 1)


def test_skills_count_what_is_known_by_its_cause(walk):
    walk.judge({"q000": "b", "q001": "a"})
    freeze = walk.freeze()

    found = told(freeze, "skills")

    people = {each["expert"]: each for each in found["skills"]}
    one, other = (people[str(each.uid)] for each in walk.judges)
    assert [(each["answered"], each["known"], each["right"]) for each in (one, other)] == [
        (6, 2, 1),
        (6, 2, 1),
    ]
    assert one["by"]["adjudication"] == {"known": 2, "right": 1}
    assert one["by"]["gold"] == {"known": 0, "right": 0}
    assert (one["low"], one["high"]) == (0.012579, 0.987421)  # Clopper-Pearson, by R's binom.test
    assert len(found["answers"]) == 4


def test_the_next_freeze_tells_what_the_audits_of_the_one_before_showed(walk):
    first = walk.drawn()
    walk.audit(first, differing=[1])
    Decision.objects.filter(item__key="q000").update(answer="b")  # something must have moved
    second = walk.freeze()

    before, after = told(first, "skills"), told(second, "skills")

    assert [each["known"] for each in before["skills"]] == [0, 0]
    judges = {str(each.uid) for each in walk.judges}
    people = [each for each in after["skills"] if each["expert"] in judges]
    assert {each["by"]["audit"]["known"] for each in people} == {6}
    assert {each["by"]["audit"]["right"] for each in people} == {5}

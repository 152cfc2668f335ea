"""What was known of the judges: in the pack as frozen, and refused where it was told otherwise."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from peritus.bench.models import Credential
from peritus.bench.verbs import revoke_credential
from peritus.delivery.queries import file_bytes
from peritus.delivery.verbs import write_evidence_pack
from peritus.journal.clock import SteadyClock, clock_set_to
from peritus.quality.models import Gold
from peritus.quality.verbs import retire_gold
from tests.factories.packs import (
    change,
    members_of,
    rechain,
    repacked,
    retell,
    verdicts,
)
from tests.unit.delivery import scene as scenes

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
ANNEXES = ("agreement.json", "credentials.json", "skills.json")


def told(packs, name: str) -> dict:
    return json.loads(members_of(packs.certified)[name])


def names_of(packs) -> dict[str, str]:
    return {each["uid"]: each["name"] for each in told(packs, "engagement.json")["experts"]}


def test_skills_tell_each_judges_answers_and_what_they_were_held_against(packs):
    found = told(packs, "skills.json")

    people = [each for each in found["skills"] if each["name"].startswith("Expert ")]
    counted = sorted((each["answered"], each["known"], each["right"]) for each in people)
    by_cause = [each["by"] for each in people]
    assert counted == [(12, 4, 2), (12, 4, 3)]  # on three golden items, and on the adjudicated one
    assert [each["gold"] for each in by_cause] == [{"known": 3, "right": 2}] * 2
    assert sorted(each["adjudication"]["right"] for each in by_cause) == [0, 1]
    assert {each["cause"] for each in found["answers"]} == {"gold", "adjudication"}


def test_agreement_is_that_of_the_first_judges(packs):
    [found] = told(packs, "agreement.json")["questions"]

    assert (found["judges"], found["items"], found["judgments"]) == (2, 12, 24)
    assert found["same"] == pytest.approx(10 / 12, abs=1e-6)
    # Two of 24 answers differ from the rest: 1 - 23 * 4 / (2 * 2 * 22), by hand.
    assert found["alpha"] == pytest.approx(1 - 23 * 4 / (2 * 2 * 22), abs=1e-6)
    assert found["low"] <= found["alpha"] <= found["high"]


def test_credentials_tell_what_was_checked_and_name_no_person(packs):
    raw = members_of(packs.certified)["credentials.json"].decode()
    experts = json.loads(raw)["experts"]

    held = [row for each in experts for row in each["credentials"]]
    tests = [row for each in experts for row in each["qualifications"]]
    assert [(row["title"], row["issuer"], row["issued_in"]) for row in held] == [
        (scenes.CREDENTIAL, scenes.ISSUER, scenes.ISSUED.year)
    ]
    assert [(row["name"], row["right"], row["asked"]) for row in tests] == [("Quiz", 9, 10)]
    assert held[0]["checked_at"] < tests[0]["passed_at"]
    assert sorted(names_of(packs).values()) == sorted(each["name"] for each in experts)
    for secret in ("Jo Secret", "Kim Hidden", scenes.ISSUED.isoformat()):
        assert secret not in raw


def test_annexes_stay_as_they_were_when_more_is_known_later(certified):
    before = members_of(_written(certified))
    with clock_set_to(SteadyClock(scenes.START + timedelta(days=2))):
        held = Credential.objects.get(expert=certified.cast.judges[0])
        revoke_credential(
            held.pk, reason="Struck off.", by=certified.cast.manager, key=scenes.key()
        )
        for gold in Gold.objects.filter(engagement=certified.engagement):
            retire_gold(gold.pk, because="Wrong.", by=certified.cast.lead, key=scenes.key())
        after = members_of(_written(certified))

    assert after["events.jsonl"] != before["events.jsonl"]
    assert [after[name] for name in ANNEXES] == [before[name] for name in ANNEXES]


def _written(scene: scenes.Scene) -> bytes:
    pack = write_evidence_pack(scene.freeze.pk, by=scene.cast.manager, key=scenes.key())
    return file_bytes(pack)


def drop_answer(found) -> None:
    """Leave out the answer that the adjudicator overturned, and count it nowhere."""
    gone = next(each for each in found["answers"] if not each["right"])
    found["answers"].remove(gone)
    for each in found["skills"]:
        if each["expert"] == gone["expert"]:
            each["known"] -= 1
            each["by"][gone["cause"]]["known"] -= 1


def praise(found) -> None:
    """Count a wrong answer as right, everywhere."""
    wrong = next(each for each in found["answers"] if not each["right"])
    wrong["right"] = True
    for each in found["skills"]:
        if each["expert"] == wrong["expert"]:
            each["right"] += 1
            each["by"][wrong["cause"]]["right"] += 1


def widen(found) -> None:
    found["skills"][-1]["low"] += 0.01


def know_otherwise(found) -> None:
    """Say that the published gold was what the judge answered."""
    wrong = next(each for each in found["answers"] if each["cause"] == "gold" and not each["right"])
    wrong["known"], wrong["right"] = scenes.ANSWER, True


@pytest.mark.parametrize(
    ("name", "edit", "ours", "foreign"),
    [
        ("skills", praise, True, True),
        ("skills", lambda found: found["answers"].pop(), True, True),
        ("skills", lambda found: found["skills"].pop(), True, True),
        ("skills", lambda found: found["skills"][0].update(answered=99), True, False),
        ("skills", lambda found: found["skills"][0].update(name="Jo Secret"), True, True),
        ("skills", drop_answer, True, False),
        ("skills", widen, True, False),
        ("skills", know_otherwise, True, True),
        ("skills", lambda found: found.update(confidence=0.5), True, False),
        ("agreement", lambda found: found["questions"][0].update(alpha=0.9), True, False),
        ("agreement", lambda found: found["questions"][0].update(low=None), True, False),
        ("agreement", lambda found: found["questions"][0].update(high=5.0), True, False),
        ("agreement", lambda found: found["questions"][0].update(judges=3), True, False),
        ("agreement", lambda found: found["questions"].clear(), True, False),
        ("agreement", lambda found: found.update(method="Cohen's kappa"), True, False),
        ("agreement", lambda found: found["calibration"].append({}), True, False),
        ("credentials", lambda found: found["experts"].pop(), True, False),
        ("credentials", lambda found: found.update(at="2027-01-01T00:00:00+00:00"), True, False),
        ("credentials", lambda found: found["experts"][0].update(since=None), True, False),
        ("credentials", lambda found: found["experts"][0].update(name="Jo Secret"), True, False),
    ],
)
def test_verifiers_refuse_an_annex_that_was_told_otherwise(
    packs, tmp_path, name, edit, ours, foreign
):
    members = members_of(packs.certified)
    retell(members, name, edit)
    (tmp_path / "pack.zip").write_bytes(repacked(members))

    found = verdicts(tmp_path / "pack.zip")

    assert (name in found.ours) == ours
    assert ("judges" in found.foreign) == foreign
    assert "freeze" not in {*found.ours, *found.foreign}


@pytest.mark.parametrize(
    "late",
    [
        {"checked_at": "2027-01-01T00:00:00+00:00"},
        {"issued_in": 2027},
        {"valid_until": "2025-01-01"},
    ],
)
def test_verify_refuses_a_credential_that_was_not_held_then(packs, tmp_path, late):
    members = members_of(packs.certified)

    def edit(found):
        [each] = [row for expert in found["experts"] for row in expert["credentials"]]
        each.update(late)

    retell(members, "credentials", edit)
    (tmp_path / "pack.zip").write_bytes(repacked(members))

    assert "credentials" in verdicts(tmp_path / "pack.zip").ours


@pytest.mark.parametrize(
    "late",
    [
        {"passed_at": "2027-01-01T00:00:00+00:00"},
        {"right": 11},
        {"valid_until": "2025-01-01T00:00:00+00:00"},
    ],
)
def test_verify_refuses_a_test_that_was_not_passed_then(packs, tmp_path, late):
    members = members_of(packs.certified)

    def edit(found):
        [each] = [row for expert in found["experts"] for row in expert["qualifications"]]
        each.update(late)

    retell(members, "credentials", edit)
    (tmp_path / "pack.zip").write_bytes(repacked(members))

    assert "credentials" in verdicts(tmp_path / "pack.zip").ours


@pytest.mark.parametrize("name", ANNEXES)
def test_both_verifiers_refuse_an_annex_that_the_freeze_does_not_name(packs, tmp_path, name):
    members = members_of(packs.certified)
    change(members, name, freeze=2)
    (tmp_path / "pack.zip").write_bytes(repacked(members))

    found = verdicts(tmp_path / "pack.zip")

    assert "freeze" in found.ours
    assert "freeze" in found.foreign


def test_both_verifiers_refuse_a_person_under_their_name(packs, tmp_path):
    members = members_of(packs.certified)
    experts = told(packs, "engagement.json")["experts"]
    person = next(each for each in experts if each["kind"] == "person")
    person["name"] = "Jo Secret"
    change(members, "engagement.json", experts=experts)
    (tmp_path / "pack.zip").write_bytes(repacked(members))

    found = verdicts(tmp_path / "pack.zip")

    assert "names" in found.ours
    assert "judges" in found.foreign


def test_both_verifiers_accept_a_freeze_from_before_annexes(packs, tmp_path):
    members = members_of(packs.certified)
    for name in ANNEXES:
        del members[name]
    rechain(members, lambda event: event["data"].pop("annexes", None))
    (tmp_path / "pack.zip").write_bytes(repacked(members))

    found = verdicts(tmp_path / "pack.zip")

    assert (found.ours, found.foreign) == ((), ())

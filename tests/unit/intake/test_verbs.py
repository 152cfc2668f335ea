import csv
import json
from io import StringIO

import pytest

from peritus.accounts.models import Role
from peritus.catalogue.registry import pack_named
from peritus.engagements.models import Engagement, Item
from peritus.intake import verbs
from peritus.intake.errors import FileRefused
from peritus.intake.models import ImportRun
from peritus.intake.queries import import_runs_seen_by, reject_file
from peritus.intake.verbs import import_items
from peritus.journal.errors import KeyUsedDifferently, NotAllowed
from peritus.journal.models import Event
from tests.factories.accounts import membership
from tests.factories.engagements import engagement, item, lot

COLUMNS = ("key", "lot", "topic", "text", "a", "b", "c", "d")


def row(key, lot="one", **changes):
    cells = {"topic": "t", "text": f"Question {key}?", "a": "1", "b": "2", "c": "3", "d": "4"}
    return {"key": key, "lot": lot, **cells} | changes


def as_csv(*rows):
    file = StringIO(newline="")
    writer = csv.DictWriter(file, COLUMNS)
    writer.writeheader()
    writer.writerows(rows)
    return file.getvalue().encode()


@pytest.fixture
def scene(at):
    there = engagement()
    lot(engagement=there, code="one")
    lot(engagement=there, code="two")
    return there


def bring(scene, content, *, file_name="items.csv", key="k", **more):
    return import_items(scene.pk, content, file_name=file_name, by=scene.manager, key=key, **more)


def counts(run):
    return (run.accepted, run.unchanged, run.rejected)


def test_import_items_adds_sound_rows_and_keeps_the_others(scene, at):
    run = bring(scene, as_csv(row("1"), row("2", "two"), row("3", "three"), row("4", a="2")))

    assert counts(run) == (2, 0, 2)
    assert [(number, reason) for number, reason, _ in run.rejects] == [
        (4, "There is no lot 'three' here; open it first. Lots: one, two."),
        (5, "The four statements must differ; two of them are the same."),
    ]
    found = Item.objects.order_by("key").values_list("key", "lot__code", "title")
    assert list(found) == [("1", "one", "Question 1?"), ("2", "two", "Question 2?")]
    assert (run.engagement, run.organisation) == (scene, scene.organisation)
    assert (run.file_name, run.lot_code, run.note, run.imported_at) == ("items.csv", "", "", at)


def test_import_items_records_one_event_of_the_file_after_those_of_its_chunks(scene):
    run = bring(scene, as_csv(row("1"), row("2", "two"), row("")))

    kinds = list(Event.objects.order_by("pk").values_list("kind", flat=True))
    assert kinds == ["items.added", "items.added", "items.imported"]
    assert json.loads(Event.objects.latest("pk").body)["data"] == {
        "sha256": run.sha256,
        "accepted": 2,
        "unchanged": 0,
        "rejected": 1,
    }


def test_import_items_returns_the_first_run_when_repeated(scene):
    content = as_csv(row("1"), row("1"))

    first, again = bring(scene, content), bring(scene, content)

    assert first == again
    assert ImportRun.objects.count() == 1
    assert Event.objects.count() == 2


def test_import_items_changes_nothing_when_the_file_comes_again_under_a_new_key(scene):
    content = as_csv(row("1"), row("2"), row(""))
    bring(scene, content)

    again = bring(scene, content, key="another")

    assert counts(again) == (0, 2, 1)
    assert Item.objects.count() == 2


def test_import_items_refuses_the_same_key_for_another_file(scene):
    bring(scene, as_csv(row("1")))

    with pytest.raises(KeyUsedDifferently, match=r"stands for the import of items\.csv"):
        bring(scene, as_csv(row("2")))

    assert Item.objects.count() == 1


def test_import_items_refuses_the_same_key_for_another_lot(scene):
    bring(scene, as_csv(row("1")))

    with pytest.raises(KeyUsedDifferently):
        bring(scene, as_csv(row("1")), lot_code="one")


class Killed(Exception):
    pass


@pytest.mark.parametrize("chunks_before", [0, 1, 2])
def test_import_items_goes_on_where_it_was_broken_off(scene, monkeypatch, chunks_before):
    content = as_csv(*(row(str(n), "one" if n < 3 else "two") for n in range(5)), row(""))
    monkeypatch.setattr(verbs, "CHUNK_ROWS", 2)
    whole = verbs.add_items
    calls = []

    def break_off(*args, **options):
        if len(calls) == chunks_before:
            raise Killed
        calls.append(whole(*args, **options))

    monkeypatch.setattr(verbs, "add_items", break_off)
    with pytest.raises(Killed):
        bring(scene, content)
    monkeypatch.setattr(verbs, "add_items", whole)

    run = bring(scene, content)

    assert counts(run) == (5, 0, 1)
    assert Item.objects.count() == 5
    assert list(Event.objects.order_by("pk").values_list("kind", flat=True)) == [
        *["items.added"] * 3,
        "items.imported",
    ]


def test_import_items_does_not_count_what_a_broken_off_run_found_standing(scene, monkeypatch):
    bring(scene, as_csv(row("0")), key="before")
    content = as_csv(row("0"), row("1"), row("2"))
    finish = verbs.record_import

    def break_off(*_args, **_options):
        raise Killed

    monkeypatch.setattr(verbs, "record_import", break_off)
    with pytest.raises(Killed):
        bring(scene, content)
    monkeypatch.setattr(verbs, "record_import", finish)

    assert counts(bring(scene, content)) == (2, 1, 0)


def test_import_items_rejects_a_known_key_with_other_content(scene):
    bring(scene, as_csv(row("1")))

    run = bring(scene, as_csv(row("1", text="Another?"), row("2")), key="another")

    assert counts(run) == (1, 0, 1)
    assert run.rejects[0][1] == "Item '1' stands with other content (text); use a new key."


def test_import_items_puts_all_rows_into_the_lot_that_is_named(scene):
    run = bring(scene, as_csv(row("1", ""), row("2", "one")), lot_code="two")

    assert (counts(run), run.lot_code) == ((1, 0, 1), "two")
    assert Item.objects.get().lot.code == "two"


def test_import_items_refuses_a_file_for_a_lot_that_is_not_there(scene):
    with pytest.raises(FileRefused, match=r"There is no lot 'three' in .*; lots are: one, two\."):
        bring(scene, as_csv(row("1")), lot_code="three")


def test_import_items_reads_json_lines_that_are_cut_off(scene):
    lines = "\n".join(json.dumps(row(str(n))) for n in range(3))

    run = bring(scene, lines.encode()[:-10], file_name="items.jsonl")

    assert counts(run) == (2, 0, 1)
    assert run.rejects[0][0] == 3
    assert run.rejects[0][1].startswith("It is not whole JSON")


def test_import_items_notes_another_encoding(scene):
    content = as_csv(row("1", text="Schön?")).decode().encode("cp1252")

    run = bring(scene, content)

    assert "Windows-1252" in run.note
    assert Item.objects.get().title == "Schön?"


@pytest.mark.parametrize("content", [b"", b"key,lot\n", b"text,lot\nt,one\n"])
def test_import_items_refuses_an_unusable_file_without_a_trace(scene, content):
    with pytest.raises(FileRefused):
        bring(scene, content)

    assert (ImportRun.objects.count(), Event.objects.count()) == (0, 0)


def test_import_items_keeps_only_what_a_database_takes_of_a_refused_row(scene):
    content = json.dumps([{"key": "1", "x\u0000": "\ud800" + "y" * 2000}]).encode()

    run = bring(scene, content, file_name="items.json")
    run.refresh_from_db()

    assert run.rejects[0][2] == {"key": "1", "x\ufffd": "?" + "y" * 999 + "…"}


def test_import_items_keeps_the_file_name_without_its_folders(scene):
    assert bring(scene, as_csv(row("1")), file_name="C:\\a\\b/items.csv").file_name == "items.csv"


def test_import_items_rejects_an_unknown_licence(at):
    there = engagement(pack="licence_compliance")
    lot(engagement=there, code="one")
    lines = json.dumps({"key": "1", "lot": "one", "inbound": "GPL-2", "outbound": "MIT"})

    run = bring(there, lines.encode(), file_name="pairs.jsonl")

    assert counts(run) == (0, 0, 1)
    assert run.rejects[0][1].startswith("The inbound licence 'GPL-2' is not known; write an SPDX")


def test_import_items_is_refused_to_the_quality_lead(scene):
    with pytest.raises(NotAllowed, match="Only the engagement's manager"):
        import_items(scene.pk, as_csv(row("1")), file_name="a.csv", by=scene.quality_lead, key="k")

    assert Item.objects.count() == 0


def test_import_items_does_not_find_the_engagement_of_another_client(scene):
    bring(scene, as_csv(row("1")))
    other = engagement()

    with pytest.raises(Engagement.DoesNotExist):
        import_items(scene.pk, as_csv(row("2")), file_name="a.csv", by=other.manager, key="k")

    assert list(import_runs_seen_by(other.manager)) == []


def test_import_runs_seen_by_the_client_are_its_own_last_first(scene):
    first, second = bring(scene, as_csv(row("1")), key="1"), bring(scene, as_csv(row("2")), key="2")
    other = engagement()
    lot(engagement=other, code="one")
    bring(other, as_csv(row("1")))
    client = membership(organisation=scene.organisation, role=Role.CLIENT).user

    assert list(import_runs_seen_by(client)) == [second, first]


def test_reject_file_can_be_mended_and_holds_no_formula(scene):
    run = bring(scene, as_csv(row("", a="=1+1", b="@x", text="-2?"), row("1", "no")))

    text = reject_file(run).decode("utf-8-sig")

    rows = list(csv.DictReader(StringIO(text, newline="")))
    assert [(found["row"], found["reason"][:18]) for found in rows] == [
        ("2", "The key is missing"),
        ("3", "There is no lot 'n"),
    ]
    assert (rows[0]["a"], rows[0]["b"], rows[0]["text"]) == ("'=1+1", "'@x", "'-2?")
    assert {name: rows[1][name] for name in COLUMNS} == row("1", "no")


def test_reject_file_that_is_rejected_again_names_its_columns_once(scene):
    first = reject_file(bring(scene, as_csv(row("", a="=1+1", b=";=2"))))

    again = bring(scene, first, file_name="items.csv.rejects.csv", key="again")

    rows = list(csv.DictReader(StringIO(reject_file(again).decode("utf-8-sig"), newline="")))
    assert list(rows[0]) == ["row", "reason", *COLUMNS]
    assert again.rejects[0][2] | {"row": "2"} == row("", a="=1+1", b=";=2") | {
        "row": "2",
        "reason": "The key is missing; every row needs one that no other row has.",
    }


def test_reject_file_of_a_clean_import_is_its_header(scene):
    run = bring(scene, as_csv(row("1")))

    assert reject_file(run).decode("utf-8-sig") == '"row","reason"\r\n'


def test_import_items_takes_the_quiz_as_it_ships(scene):
    lot(engagement=scene, code="onboarding")
    rows = pack_named("kpo_quiz").item_rows()

    run = bring(scene, json.dumps(rows).encode(), file_name="quiz.json")

    assert counts(run) == (12, 0, 0)


def test_import_items_compares_with_items_of_this_engagement_only(scene):
    item(key="1")  # another client's

    assert counts(bring(scene, as_csv(row("1")))) == (1, 0, 0)

import json
import zipfile
from hashlib import sha256 as plain_sha256

import pytest
from scipy.stats import hypergeom

from peritus.algorithms.certification import ErrorSequence, Verdict
from peritus.file_audits.audits import Settings, begin_audit, places_of, read_audit
from peritus.file_audits.errors import AuditRefused
from peritus.file_audits.record import read_record
from peritus.journal.canonical import sha256
from tests.unit.file_audits.scene import AT, begun, rows_of_sheet, save_again, small_file

pytestmark = pytest.mark.slow  # a workbook or a certificate takes longer than 0.1 s


def filled(started, upto, *, wrong=(), **options):
    """Let the auditor answer the first items as decided, but for those in ``wrong``."""
    record = started.record
    other = {"yes": "no", "no": "yes"}
    answers = {
        item: other[record.decisions[item]] if place in wrong else record.decisions[item]
        for place, item in enumerate(record.sample[:upto], start=1)
    }
    save_again(started.folder / "audit.xlsx", answers=answers, **options)
    return started.folder


def read(folder, at=AT):
    return read_audit(folder, folder / "audit.xlsx", at=at)


# The first run


def test_begin_audit_writes_its_files_and_leaves_the_source_as_it_was(tmp_path):
    file = small_file(tmp_path)
    before = file.read_bytes()

    started = begun(file)

    assert sorted(path.name for path in started.folder.iterdir()) == [
        "audit.xlsx", "decisions.json", "findings.xlsx", "plan.json",
    ]  # fmt: skip
    assert file.read_bytes() == before
    assert started.record.decisions_document["source"]["sha256"] == sha256(before)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["answers-audit", "answers.csv"]


def test_begin_audit_draws_as_anybody_can_who_has_the_two_documents(tmp_path):
    folder = begun(small_file(tmp_path), nonce="the client's").folder

    decisions = (folder / "decisions.json").read_bytes()
    plan = json.loads((folder / "plan.json").read_bytes())
    seed = plain_sha256(plain_sha256(decisions).digest() + b"the client's").digest()
    items = [item for item, _ in json.loads(decisions)["decisions"]]
    order = sorted(items, key=lambda item: plain_sha256(seed + item.encode()).digest())
    assert plan["seed"] == seed.hex()
    assert plan["sample"] == order[: plan["plan"]["looks"][-1]]


def test_the_workbook_shows_items_in_draw_order_and_no_decision(tmp_path):
    file = tmp_path / "answers.csv"
    rows = "".join(f"d{n},{e},verdict-{'AB'[n % 2]},note {n}\n" for n in range(60) for e in "abc")
    file.write_text(f"item,expert,answer,text\n{rows}", encoding="utf-8")

    started = begun(file)

    sheet = rows_of_sheet(started.folder / "audit.xlsx", "Audit")
    assert sheet[0] == ["No.", "Item", "text", "Answer", "Notes"]
    assert [row[1] for row in sheet[1:]] == list(started.record.sample)
    assert all(row[2] == f"note {row[1][1:]}" for row in sheet[1:])
    assert all(row[3:] == ["", ""] for row in sheet[1:])
    with zipfile.ZipFile(started.folder / "audit.xlsx") as parts:
        by_name = {name: parts.read(name).decode() for name in parts.namelist()}
    audit = by_name["xl/worksheets/sheet1.xml"]
    assert '<dataValidation type="list"' in audit
    assert "<formula1>Choices!$A$1:$A$3</formula1>" in audit
    assert 'state="frozen"' in audit
    assert rows_of_sheet(started.folder / "audit.xlsx", "Choices") == [
        ["verdict-A"], ["verdict-B"], ["none of these"],
    ]  # fmt: skip


def test_begin_audit_leaves_no_folder_when_it_is_refused(tmp_path):
    with pytest.raises(AuditRefused):
        begun(small_file(tmp_path), at_most=3)

    assert [path.name for path in tmp_path.iterdir()] == ["answers.csv"]


def test_begin_audit_refuses_a_folder_that_holds_something_else(tmp_path):
    (tmp_path / "answers-audit").mkdir()
    (tmp_path / "answers-audit" / "mine.txt").write_text("x")

    with pytest.raises(AuditRefused, match="exists and holds no audit"):
        begun(small_file(tmp_path))


# The second run


def test_read_audit_certifies_at_the_first_look_that_allows_it(tmp_path):
    started = begun(small_file(tmp_path))
    look = started.record.plan.looks[0]

    back = read(filled(started, look, auditor="Dr Noether"))

    document = json.loads((started.folder / "certificate.json").read_bytes())
    plan = started.record.plan
    assert back.outcome.verdict is Verdict.CERTIFIED
    assert (
        document["claim"]
        == "At most 12 of 60 decisions differ from the auditor's (95 % confidence)."
    )
    assert (document["audited"], document["differing"], document["auditor"]) == (
        look,
        0,
        "Dr Noether",
    )
    assert hypergeom.cdf(plan.max_errors[0], 60, 13, look) <= 0.05
    assert (started.folder / "certificate.pdf").read_bytes().startswith(b"%PDF")


def test_read_audit_again_changes_no_byte(tmp_path):
    folder = filled(begun(small_file(tmp_path)), 60)
    read(folder)
    first = {path.name: path.read_bytes() for path in folder.iterdir()}

    read(folder, at=AT.replace(year=2027))

    assert {path.name: path.read_bytes() for path in folder.iterdir()} == first


def test_read_audit_goes_on_without_telling_which_answers_differ(tmp_path):
    started = begun(small_file(tmp_path))
    looks = started.record.plan.looks
    folder = filled(started, looks[0], wrong={1, 2, 3})

    back = read(folder)

    document = json.loads((folder / "report.json").read_bytes())
    sequence = ErrorSequence(60)
    sequence.update([True] * 3 + [False] * (looks[0] - 3))
    assert back.outcome.verdict is Verdict.CONTINUE
    assert back.outcome.next_look == looks[1]
    assert document["sequence_upper_errors"] == round(sequence.upper * 60)
    assert document["audits"] == []
    assert not (folder / "certificate.json").exists()


def test_read_audit_certifies_later_and_takes_the_earlier_report_away(tmp_path):
    started = begun(small_file(tmp_path))
    looks = started.record.plan.looks
    read(filled(started, looks[0], wrong={1}))

    back = read(filled(started, looks[-1], wrong={1}))

    assert back.outcome.verdict is Verdict.CERTIFIED
    assert next(each.sampled for each in back.outcome.looks) == looks[0]
    assert not (started.folder / "report.json").exists()


def test_read_audit_is_spent_when_no_look_can_certify_any_more(tmp_path):
    started = begun(small_file(tmp_path))
    look = started.record.plan.looks[0]

    back = read(filled(started, look, wrong=set(range(1, look + 1))))

    document = json.loads((started.folder / "report.json").read_bytes())
    assert back.outcome.verdict is Verdict.SPENT
    assert document["claim"].startswith(f"Between {look} and ")
    assert len(document["audits"]) == look


def test_read_audit_waits_for_the_first_look(tmp_path):
    started = begun(small_file(tmp_path))

    back = read(filled(started, 3))

    assert back.files == ()
    assert back.outcome.answered == 3
    assert not (started.folder / "looks.json").exists()


def test_read_audit_tells_of_answers_below_an_empty_one(tmp_path):
    started = begun(small_file(tmp_path))
    folder = filled(started, 10)

    def empty_third(rows):
        rows[3][2] = ""

    save_again(folder / "audit.xlsx", edit=empty_third)

    back = read(folder)

    assert back.outcome.answered == 2
    assert back.gap.startswith("7 answers stand below No. 3 (")


def test_read_audit_reads_answers_beyond_the_look_only_to_tell_of_them(tmp_path):
    started = begun(small_file(tmp_path))
    look = started.record.plan.looks[0]

    read(filled(started, look + 2, wrong={look + 1}))

    document = json.loads((started.folder / "certificate.json").read_bytes())
    assert (document["audited"], document["answers_beyond_the_look"]) == (look, 2)
    assert document["answers_beyond_the_look_differing"] == 1
    assert any("2 further answers" in line for line in document["not_checked"])


def test_rows_may_be_sorted_and_answers_typed_in_any_case(tmp_path):
    started = begun(small_file(tmp_path))

    def sort_and_shout(rows):
        for row in rows[1:]:
            row[2] = row[2].upper()
        return [rows[0], *reversed(rows[1:])]

    folder = filled(started, 60, edit=sort_and_shout)

    assert read(folder).outcome.verdict is Verdict.CERTIFIED


def test_none_of_these_is_a_difference(tmp_path):
    started = begun(small_file(tmp_path))
    first = started.record.sample[0]
    folder = filled(started, started.record.plan.looks[-1])
    save_again(folder / "audit.xlsx", answers={first: "none of these"})

    read(folder)

    audits = json.loads((folder / "certificate.json").read_bytes())["audits"]
    assert [each["item"] for each in audits if each["differs"]] == [first]


# What was altered


def set_cell(row, column, text):
    def edit(rows):
        rows[row][column] = text

    return edit


@pytest.mark.parametrize(
    ("edit", "told"),
    [
        (set_cell(2, 2, "maybe"), "Cell C3 holds 'maybe', which is none of the choices: "),
        (set_cell(2, 1, "doc x"), "Row 3 .* has No. 2, item 'doc x'; drawn as No. 2 was"),
        (set_cell(2, 0, "99"), "Row 3 of sheet 'Audit' has No. 99, item"),
        (lambda rows: rows[:3] + rows[4:], r"The row of No. 3 \("),
        (lambda rows: [*rows, rows[1]], r"No. 1 \('.*'\) is there twice"),
        (set_cell(0, 1, "Document"), "Row 1 of sheet 'Audit' must name No., Item and Answer"),
    ],
)  # fmt: skip
def test_an_altered_workbook_is_refused_naming_the_part(tmp_path, edit, told):
    folder = filled(begun(small_file(tmp_path)), 60, edit=edit)

    with pytest.raises(AuditRefused, match=told):
        read(folder)

    assert not (folder / "certificate.json").exists()


def test_the_workbook_of_another_audit_is_refused(tmp_path):
    other = begun(small_file(tmp_path), folder=tmp_path / "other", nonce="again")
    started = begun(small_file(tmp_path))
    filled(other, 60)

    with pytest.raises(AuditRefused, match="The workbook cites another record"):
        read_audit(started.folder, other.folder / "audit.xlsx", at=AT)


def in_file(name, old, new):
    def alter(folder):
        path = folder / name
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new, 1))

    return alter


def in_plan(old, new):
    return in_file("plan.json", old, new)


@pytest.mark.parametrize(
    ("alter", "told"),
    [
        (in_file("decisions.json", '"yes"]', '"no"]'), r"decisions.json \(its SHA-256\)"),
        (in_plan('"max_errors":[', '"max_errors":[9,'), r"plan.json \(the limits of its plan\)"),
        (in_plan('"seed":"', '"seed":"0'), r"plan.json \(the seed of its draw\)"),
        (in_plan('"sample":["', '"sample":["doc x","'), r"plan.json \(the order of its draw\)"),
        (in_plan('"plan_sha256":"', '"plan_sha256":"0'), r"plan.json \(the digest of its plan\)"),
        (in_plan('"nonce":"n"', '"nonce":"m"'), r"plan.json \(the seed of its draw\)"),
        (in_plan('"tolerance":0.2', '"tolerance":0.3'), r"plan.json \(the limits of its plan\)"),
        (in_plan("2026-01-05", "2026-01-06"), "The workbook cites another record"),
        (lambda at: (at / "plan.json").write_text("{"), "plan.json .* as it was recorded"),
        (lambda at: (at / "decisions.json").unlink(), "decisions.json is missing"),
    ],
)  # fmt: skip
def test_an_altered_record_is_refused_naming_the_part(tmp_path, alter, told):
    folder = filled(begun(small_file(tmp_path)), 60)
    alter(folder)

    with pytest.raises(AuditRefused, match=told):
        read(folder)


def test_an_answer_that_a_look_has_read_cannot_be_changed(tmp_path):
    started = begun(small_file(tmp_path))
    look = started.record.plan.looks[0]
    folder = filled(started, look, wrong={1, 2})
    read(folder)
    save_again(
        folder / "audit.xlsx",
        edit=set_cell(1, 2, started.record.decisions[started.record.sample[0]]),
    )

    with pytest.raises(AuditRefused, match=rf"after the look at {look} had .* is cell C2"):
        read(folder)


# Which run it is


def test_places_of_a_file_tell_the_first_run_from_the_second(tmp_path):
    file = small_file(tmp_path)
    folder = tmp_path / "answers-audit"

    assert places_of(file, None, given=True) == (folder, None)
    begun(file)
    assert places_of(file, None, given=False) == (folder, folder / "audit.xlsx")
    assert places_of(folder / "audit.xlsx", None, given=False) == (folder, folder / "audit.xlsx")
    renamed = folder / "audit (2).xlsx"
    assert places_of(renamed, None, given=False) == (folder, renamed)
    with pytest.raises(AuditRefused, match="was drawn; its plan cannot change"):
        places_of(file, None, given=True)


def test_a_file_that_changed_after_its_decisions_were_frozen_is_refused(tmp_path):
    file = small_file(tmp_path)
    begun(file)
    small_file(tmp_path, wrong={1})

    with pytest.raises(
        AuditRefused, match=r"answers.csv is not the file whose decisions were frozen"
    ):
        places_of(file, None, given=False)


def test_read_record_gives_back_what_was_written(tmp_path):
    started = begun(small_file(tmp_path))

    again = read_record(started.folder)

    assert again.digest == started.record.digest
    assert (again.plan, again.sample) == (started.record.plan, started.record.sample)


def test_each_stage_of_a_begun_audit_is_told_as_it_begins(tmp_path):
    told = []

    begin_audit(
        small_file(tmp_path),
        tmp_path / "out",
        Settings(promise=0.2),
        nonce="n",
        nonce_given=True,
        at=AT,
        tell=told.append,
    )

    assert told == [
        "Reading answers.csv",
        "Deciding 60 items from 180 judgments",
        "Planning and drawing the audit",
        "Writing findings and workbook",
    ]

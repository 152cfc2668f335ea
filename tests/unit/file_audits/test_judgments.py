import json
import re
import time
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peritus.file_audits.columns import Wanted
from peritus.file_audits.errors import AuditRefused
from peritus.file_audits.judgments import ReadingRules, judgments_of, known_answers, plain_label
from peritus.journal.errors import Blocked
from tests.unit.file_audits.scene import SETS, as_xlsx


def read(text, name="answers.csv", **rules):
    content = text if isinstance(text, bytes) else text.encode()
    return judgments_of(content, name, ReadingRules(**rules))


def triples(judgments):
    """Return the judgments as names, in their order."""
    codes = zip(judgments.item, judgments.expert, judgments.label, strict=True)
    return [
        (judgments.items[item], judgments.experts[expert], judgments.labels[label])
        for item, expert, label in codes
    ]


WANTED = [("d1", "Ann", "yes"), ("d1", "Bob", "no"), ("d2", "Ann", "yes")]


@pytest.mark.parametrize(
    "header",
    [
        "item,expert,answer", "Doc ID,Reviewer,Coding", "DOCID,coded_by,Decision",
        "taskId,annotator,label", "Unit ID,Rater,Rating", "id,user,choice",
    ],
)  # fmt: skip
def test_judgments_of_a_row_each_are_found_under_usual_names(header):
    judgments = read(f"{header}\nd1,Ann,yes\nd1,Bob,no\nd2,Ann,yes\n")

    assert triples(judgments) == WANTED


OBJECTS = [{"item": item, "expert": who, "answer": given} for item, who, given in WANTED]
THORNS = "\n".join("\x14".join(f"þ{cell}þ" for cell in row) for row in WANTED)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.jsonl", "\n".join(map(json.dumps, OBJECTS))),
        ("a.json", json.dumps(OBJECTS)),
        ("a.tsv", "item\texpert\tanswer\n" + "\n".join("\t".join(row) for row in WANTED)),
        ("a.xlsx", as_xlsx([("item", "expert", "answer"), *WANTED])),
        ("a.dat", "þDOCIDþ\x14þREVIEWERþ\x14þCODINGþ\n" + THORNS),
    ],
)
def test_judgments_of_every_kind_of_file_are_the_same(name, content):
    assert triples(read(content, name)) == WANTED


def test_judgments_of_named_columns_are_read_from_these():
    text = "a,b,item,answer\nd1,Ann,x,1\n"

    judgments = read(text, wanted=Wanted(item="a", experts=("b",), answer="answer"))

    assert triples(judgments) == [("d1", "Ann", "1")]
    with pytest.raises(AuditRefused, match="A column 'c' was named; the file has 'a', 'b', "):
        read(text, wanted=Wanted(item="c"))
    with pytest.raises(AuditRefused, match="One column was named for two things"):
        read(text, wanted=Wanted(item="a", experts=("a",), answer="answer"))


@pytest.mark.parametrize(
    ("header", "rules"),
    [
        ("Doc ID,Reviewer 1,Reviewer 2,comment", {}),
        ("doc,Ann,Bob,comment", {}),
        ("doc,Ann,Bob,comment", {"wanted": Wanted(wide=True)}),
        ("doc,Ann,Bob,comment", {"wanted": Wanted(experts=("Ann", "Bob"))}),
    ],
)
def test_judgments_of_a_column_for_each_expert_are_found(header, rules):
    first, second = header.split(",")[1:3]

    judgments = read(f"{header}\nd1,yes,no,x\nd2,,yes,\nd3,no,,y\n", **rules)

    assert triples(judgments) == [
        ("d1", first, "yes"), ("d1", second, "no"), ("d2", second, "yes"), ("d3", first, "no"),
    ]  # fmt: skip
    assert judgments.counts.empty == 2
    assert judgments.counts.entries == 6


def test_judgments_of_unknown_columns_say_what_to_name():
    with pytest.raises(AuditRefused) as refused:
        read("colour,size\nred,1\nred,2\n")

    assert str(refused.value) == (
        "It cannot be told which column holds the item and the expert and the answer; the file has "
        "'colour', 'size'. Name it: --item COLUMN --expert COLUMN --answer COLUMN; if each expert "
        "has a column: --wide, or several --expert COLUMN."
    )


def test_judgments_of_bad_rows_are_rejected_with_their_numbers():
    judgments = read(
        "item,expert,answer\nd1,Ann,yes\n,Ann,no\nd2,,no\nd3,Bob,\nd4,Bob\nd5,Bob,no\n"
    )

    assert [(each.row, each.reason) for each in judgments.rejected] == [
        (3, "It has no item."),
        (4, "It has no expert."),
        (5, "It has no answer."),
        (6, "It has 2 cells where the header names 3 columns."),
    ]
    assert (judgments.counts.rows, judgments.counts.used, judgments.counts.rejected) == (6, 2, 4)


def test_judgments_of_an_expert_twice_on_an_item_are_refused_until_the_last_is_taken():
    text = "item,expert,answer\nd1,Ann,yes\nd1,Bob,yes\nd1,Ann,no\n"

    with pytest.raises(AuditRefused, match=r"rows 2 and 4 \(item 'd1', expert 'Ann'\)"):
        read(text)

    judgments = read(text, take_last=True)
    assert triples(judgments) == [("d1", "Ann", "no"), ("d1", "Bob", "yes")]
    assert judgments.counts.replaced == 1


def test_numbers_are_one_answer_however_a_program_wrote_them():
    judgments = read("item,expert,answer\nd1,Ann,1\nd1,Bob,1.0\nd2,Ann, 1 \nd2,Bob,10\nd3,Ann,2\n")

    assert judgments.labels == ("1", "2", "10")
    assert [plain_label(text) for text in ("-3.00", "007", "1.10", "1.0.0")] == [
        "-3", "007", "1.10", "1.0.0",
    ]  # fmt: skip


def test_answers_that_differ_in_capitals_stay_apart_until_told():
    text = "item,expert,answer\nd1,Ann,Yes\nd1,Bob,yes\nd2,Ann,Yes\n"

    apart, one = read(text), read(text, ignore_case=True)

    assert apart.labels == ("Yes", "yes")
    assert "begin anew with --ignore-case" in apart.notes[0]
    assert one.labels == ("Yes",)


def test_a_column_of_free_text_is_no_column_of_answers():
    rows = "".join(f"d{n},Ann,remark {n}\n" for n in range(101))

    with pytest.raises(AuditRefused, match="There are 101 different answers in 101 judgments"):
        read(f"item,expert,answer\n{rows}")


def test_known_answers_are_taken_from_the_file_and_must_not_contradict():
    text = "item,expert,answer,gold\nd1,Ann,yes,yes\nd1,Bob,no,yes\nd2,Ann,no,\n"

    judgments = read(text)

    assert judgments.gold == {0: judgments.labels.index("yes")}
    with pytest.raises(AuditRefused, match="Row 3: item 'd1' has the known answer 'no'"):
        read(text.replace("Bob,no,yes", "Bob,no,no"))
    assert known_answers(b"id,answer\nd1,1.0\n", "gold.csv") == {"d1": "1"}


# Label Studio


def annotation(who, answer, **more):
    result = (
        [{"from_name": "call", "type": "choices", "value": {"choices": [answer]}}] if answer else []
    )
    return {"completed_by": who, "result": result, "was_cancelled": False, **more}


def test_judgments_of_a_label_studio_export_are_its_annotations():
    tasks = [
        {"id": 7, "data": {"text": "a memo"}, "annotations": [
            annotation({"id": 1, "email": "ann@firm.test"}, "yes"), annotation(2, "no"),
            annotation(3, ""), annotation(4, "no", was_cancelled=True),
            annotation(5, "yes", ground_truth=True),
        ]},
        {"id": 8, "data": {"text": "a letter"}, "annotations": [annotation(2, "yes")]},
    ]  # fmt: skip

    judgments = read(json.dumps(tasks), "export.json")

    assert triples(judgments) == [
        ("7", "ann@firm.test", "yes"), ("7", "2", "no"), ("8", "2", "yes"),
    ]  # fmt: skip
    assert [each.reason for each in judgments.rejected] == [
        "It holds no choice, rating, number or text.",
        "The annotator skipped it.",
    ]
    assert judgments.gold == {0: judgments.labels.index("yes")}
    assert judgments.shown["7"] == ("a memo",)


def test_a_label_studio_export_with_two_controls_asks_which_one():
    both = [
        {"from_name": name, "value": {"choices": [choice]}}
        for name, choice in (("call", "yes"), ("tone", "angry"))
    ]
    tasks = [
        {"id": n, "annotations": [{"completed_by": who, "result": both} for who in (1, 2)]}
        for n in range(3)
    ]

    with pytest.raises(AuditRefused, match=r"which column holds the answer; .*'call', 'tone'"):
        read(json.dumps(tasks), "export.json")

    judgments = read(json.dumps(tasks), "export.json", wanted=Wanted(answer="tone"))
    assert judgments.labels == ("angry",)


def export_of(result, *others):
    task = {"id": 1, "annotations": [{"completed_by": 1, "result": result}]}
    return json.dumps([task, *others])


@pytest.mark.parametrize("depth", [500, 600, 900])
def test_an_answer_of_an_export_that_is_nested_too_deeply_is_refused(depth):
    deep = "[" * depth + '"x"' + "]" * depth
    text = export_of([{"from_name": "a", "value": {"choices": "here"}}]).replace('"here"', deep)

    with pytest.raises(AuditRefused):
        read(text, "export.json")


@pytest.mark.parametrize("result", [5, True, "abc", {"a": 1}, None])
def test_an_annotation_whose_result_is_no_list_holds_no_answer(result):
    with pytest.raises(AuditRefused, match="It holds no choice, rating, number or text"):
        read(export_of(result), "export.json")


def test_an_entry_that_is_no_task_is_found_in_a_long_export_at_once():
    tasks = [{"id": n, "annotations": []} for n in range(30_000)]
    began = time.perf_counter()

    with pytest.raises(AuditRefused, match="Entry 30001 of the export is no task"):
        read(json.dumps([*tasks, 3]), "export.json")

    assert time.perf_counter() - began < 2


def test_label_studios_own_test_exports_are_read_or_refused_with_reasons():
    archive = SETS.parent / "oracles" / "annotation-exports.zip"
    if not archive.exists():
        pytest.skip("the shared annotation exports are not here")

    outcomes = set()
    with zipfile.ZipFile(archive) as exports:
        names = [
            n for n in exports.namelist() if n.startswith("label-studio/") and n.endswith("json")
        ]
        for name in names:
            try:
                read(exports.read(name), "export.json")
            except AuditRefused as no:
                outcomes.add(re.sub(r"\d+", "n", str(no))[:28])
    assert len(names) > 5
    assert outcomes == {"It cannot be told which colu", "No row of n holds a judgment"}


# Any input


@given(st.binary(max_size=300))
def test_any_bytes_are_judgments_or_a_refusal(content):
    for name in ("a.csv", "a.json", "a.xlsx", "a.dat"):
        try:
            judgments = read(b"item,expert,answer\n" + content, name)
        except Blocked:
            continue
        counts = judgments.counts
        assert counts.entries == counts.used + counts.replaced + counts.empty + counts.rejected

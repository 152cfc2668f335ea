"""Find out which columns of a file hold item, expert and answer.

Long: a judgment a row. Wide: an item a row, and a column for each expert.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from peritus.file_audits.errors import AuditRefused

Rows = Sequence[Mapping[str, str]]
MOST_LABELS = 100
# The first name that a file has wins, so the plainest words stand last.
_ITEM = (
    "item", "item_id", "itemid", "unit_id", "unit", "doc_id", "docid", "document_id", "document",
    "control_number", "begdoc", "beg_doc", "begbates", "bates", "task_id", "task", "example_id",
    "sample_id", "record_id", "record", "case_id", "case", "question_id", "study_id", "inner_id",
    "id", "key",
)  # fmt: skip
_EXPERT = (
    "expert", "expert_id", "worker", "worker_id", "workerid", "annotator", "annotator_id",
    "completed_by", "reviewer", "reviewer_id", "reviewer_name", "reviewed_by", "coded_by", "coder",
    "rater", "rater_id", "judge", "judge_id", "assessor", "labeler", "labeller", "reader",
    "user_id", "username", "user", "email", "created_by",
)  # fmt: skip
_ANSWER = (
    "answer", "label", "judgment", "judgement", "response", "choice", "rating", "decision",
    "coding", "code", "category", "class", "annotation", "verdict", "value", "tag", "score",
)  # fmt: skip
_GOLD = ("gold", "gold_label", "gold_answer", "ground_truth", "truth", "correct_answer")
_SHOWN = (
    "text", "title", "question", "prompt", "sentence", "content", "subject", "name", "url", "link",
    "image", "file", "file_name", "filename", "path", "document_name",
)  # fmt: skip
_PASSED_OVER = frozenset((
    "annotation_id", "lead_time", "created_at", "updated_at", "submitted_at", "timestamp", "time",
    "date", "agreement", "duration", "comment", "comments", "note", "notes", "row", "no",
))  # fmt: skip
_EXPERT_WORD = re.compile(
    r"^(expert|worker|annotator|reviewer|rater|coder|judge|assessor|labell?er|reader|user|human"
    r"|model|person|first_level|second_level|level)(_?[a-z0-9]{1,3})?$"
)


@dataclass(frozen=True)
class Wanted:
    """The columns that somebody named; what is empty is found out."""

    item: str = ""
    experts: tuple[str, ...] = ()
    answer: str = ""
    shown: tuple[str, ...] = ()
    wide: bool = False


@dataclass(frozen=True)
class Columns:
    """The columns that are read; ``answer`` is "" where each expert has a column."""

    item: str
    experts: tuple[str, ...]
    answer: str = ""
    gold: str = ""
    shown: tuple[str, ...] = ()

    @property
    def wide(self) -> bool:
        """Say whether a row is an item and not a judgment."""
        return not self.answer

    @property
    def sentence(self) -> str:
        """Say what was read from where."""
        if self.wide:
            experts = f"{len(self.experts)} columns of experts ({_listed(self.experts)})"
            said = f"A row is an item ({self.item!r}), with {experts}"
        else:
            named = f"item {self.item!r}, expert {self.experts[0]!r}, answer {self.answer!r}"
            said = f"A row is a judgment: {named}"
        gold = f"; known answers from {self.gold!r}" if self.gold else ""
        shown = f"; shown to the auditor: {_listed(self.shown)}" if self.shown else ""
        return f"{said}{gold}{shown}."


def columns_of(rows: Rows, wanted: Wanted) -> Columns:
    """Settle the columns of a file by what was named and what they are called.

    Raises AuditRefused when a named column is not there, or when it cannot be
    told which one holds the item, the expert or the answer.
    """
    names = list(dict.fromkeys(name for row in rows for name in row))
    _refuse_unknown(names, wanted)
    wide = wanted.wide or len(wanted.experts) > 1
    expert = wanted.experts[0] if wanted.experts else _first_named(names, _EXPERT)
    answer = wanted.answer or _first_named(names, _ANSWER)
    item = wanted.item or _first_named(names, _ITEM, without=(expert, answer))
    gold = _first_named(names, _GOLD, without=(answer, *wanted.experts))
    shown = wanted.shown or tuple(
        name for name in names if _plain(name) in _SHOWN and name not in (item, expert, answer)
    )
    if wide or not (expert or answer):
        return _wide_columns(rows, names, wanted, Columns(item, (), "", gold, shown))
    answer = answer or _only_answer(rows, names, Columns(item, (expert,), "", gold, shown))
    blockers = _missing(names, item=item, expert=expert, answer=answer)
    if blockers:
        raise AuditRefused(*blockers)
    return Columns(item, (expert,), answer, gold, shown)


def known_answer_columns(rows: Rows) -> tuple[str, str]:
    """Return the columns of the item and of its known answer. Raises AuditRefused."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    item = _first_named(names, _ITEM)
    answer = _first_named(names, (*_GOLD, *_ANSWER), without=(item,))
    if not item or not answer:
        raise AuditRefused(
            f"Known answers want columns 'item' and 'answer'; the file has {_listed(names)}."
        )
    return item, answer


def _refuse_unknown(names: Sequence[str], wanted: Wanted) -> None:
    named = (wanted.item, *wanted.experts, wanted.answer, *wanted.shown)
    if absent := [name for name in named if name and name not in names]:
        raise AuditRefused(
            *[f"A column {name!r} was named; the file has {_listed(names)}." for name in absent]
        )
    if len({*wanted.experts, wanted.item, wanted.answer} - {""}) < sum(
        map(bool, (wanted.item, *wanted.experts, wanted.answer))
    ):
        raise AuditRefused("One column was named for two things; item, expert, answer differ.")


def _wide_columns(rows: Rows, names: Sequence[str], wanted: Wanted, found: Columns) -> Columns:
    item = found.item or _identifying(rows, names)
    taken = {item, found.gold, *found.shown}
    rest = [name for name in names if name not in taken and _plain(name) not in _PASSED_OVER]
    experts = wanted.experts
    if not experts and wanted.wide:
        experts = tuple(rest)
    elif not experts:
        called = tuple(name for name in rest if _EXPERT_WORD.match(_plain(name)))
        experts = called if len(called) > 1 else _alike(rows, rest)
    if not item or len(experts) < 2:
        raise AuditRefused(*_missing(names, item=item, expert="", answer=""))
    return Columns(item, experts, "", found.gold, found.shown)


def _identifying(rows: Rows, names: Sequence[str]) -> str:
    """Return the first column if it names every row apart."""
    first = names[0] if names else ""
    values = [row.get(first, "").strip() for row in rows]
    return first if all(values) and len(set(values)) == len(values) else ""


def _alike(rows: Rows, names: Iterable[str]) -> tuple[str, ...]:
    """Return the columns that draw on one small set of answers, or none."""
    found = {name: {row.get(name, "").strip() for row in rows} - {""} for name in names}
    classes = {name: seen for name, seen in found.items() if 0 < len(seen) <= MOST_LABELS}
    if len(classes) < 2 or len(classes) < len(found):
        return ()
    common = set.intersection(*classes.values())
    all_seen = set.union(*classes.values())
    return tuple(classes) if 2 * len(common) >= len(all_seen) else ()


def _only_answer(rows: Rows, names: Sequence[str], found: Columns) -> str:
    """Return the one column that differs within an item, where no name told it."""
    if not found.item or not found.experts[0]:
        return ""
    taken = {found.item, *found.experts, found.gold, *found.shown}
    left = [name for name in names if name not in taken and _plain(name) not in _PASSED_OVER]
    telling = [name for name in left if _differs_within(rows, found.item, name)]
    return telling[0] if len(telling) == 1 else ""


def _differs_within(rows: Rows, item: str, name: str) -> bool:
    seen: dict[str, str] = {}
    values = {row.get(name, "") for row in rows}
    if len(values) > MOST_LABELS:
        return False
    return any(
        seen.setdefault(row.get(item, ""), row.get(name, "")) != row.get(name, "") for row in rows
    )


def _missing(names: Sequence[str], **found: str) -> list[str]:
    missing = [what for what, name in found.items() if not name]
    if not missing:
        return []
    named = " ".join(f"--{what} COLUMN" for what in missing)
    return [
        (
            f"It cannot be told which column holds the {' and the '.join(missing)}; the file has "
            f"{_listed(names)}. Name it: {named}; if each expert has a column: --wide, or several "
            "--expert COLUMN."
        )
    ]


def _first_named(names: Sequence[str], usual: Sequence[str], without: Sequence[str] = ()) -> str:
    by_plain = {_plain(name): name for name in reversed(names) if name not in without}
    return next((by_plain[name] for name in usual if name in by_plain), "")


def _plain(name: str) -> str:
    """Return a column's name as the lists above write it: "Doc ID" is doc_id."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name.strip())
    return re.sub(r"[^a-z0-9]+", "_", spaced.lower()).strip("_")


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(repr(name[:40]) for name in names[:12])
    return f"{shown} and {len(names) - 12} more" if len(names) > 12 else shown

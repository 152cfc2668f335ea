"""What a pack declares: questions, guideline, plan, items, writers, sample."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from peritus.catalogue.kinds import Option, kind_named
from peritus.catalogue.plans import UNANIMOUS, PlanTerms, terms_blockers
from peritus.catalogue.qualifications import QualificationSpec, qualification_blockers

MOST_OPTIONS = 20  # digits 1 to 0, then the same with Shift


@dataclass(frozen=True)
class QuestionSpec:
    """One question; ``code`` stays the same across guideline versions."""

    code: str
    kind: str
    text: str
    options: tuple[Option, ...]
    section: str  # heading of the guideline section that rules it


@dataclass(frozen=True)
class GuidelineSpec:
    """A guideline text in Markdown; ``## headings`` are its sections."""

    title: str
    text: str


@dataclass(frozen=True)
class Attachment:
    """A text that a person needs beside the item, such as a licence."""

    title: str
    text: str


@dataclass(frozen=True)
class ItemContent:
    """What stands on the workbench: a heading, named facts, longer texts."""

    title: str
    facts: tuple[tuple[str, str], ...]
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True)
class ItemShape:
    """How rows of an item file are checked and become content.

    A row is a mapping of column to text. ``blockers(row)`` says why a row
    cannot become an item; ``content(row)`` is called on sound rows only.
    """

    columns: tuple[str, ...]
    blockers: Callable[[Mapping[str, str]], list[str]]
    content: Callable[[Mapping[str, str]], ItemContent]


@dataclass(frozen=True)
class PlanSpec:
    """The quality plan a pack proposes; rates are shares of the lot."""

    promise: float
    confidence: float
    looks: tuple[int, ...]
    rule: str = UNANIMOUS
    measure: str = "differs from the auditor"
    terms: PlanTerms = field(default_factory=PlanTerms)


@dataclass(frozen=True)
class TermsSpec:
    """What a unit of work is charged and costs, all per piece."""

    currency: str
    price_per_item: Decimal
    cost_per_judgment: Decimal
    cost_per_adjudication: Decimal
    cost_per_audit: Decimal
    credit_share: Decimal  # share of a lot's price credited if not certified
    in_house_per_item: Decimal
    in_house_spread: Decimal  # one standard deviation of the assumption
    assumed: bool = True


@dataclass(frozen=True)
class FrozenAnswer:
    """One decision of a freeze, as a writer sees it."""

    item_key: str
    item_id: str
    title: str
    fields: Mapping[str, str]
    question: str
    answer: str
    rule: str
    judgments: tuple[tuple[str, str, str], ...]  # (expert, answer, reason)
    audited: str  # "agrees", "differs" or "" when not drawn


@dataclass(frozen=True)
class FreezeView:
    """A read-only freeze: all that a pack's writer may look at."""

    engagement: str
    lot_code: str
    lot_title: str
    number: int
    digest: str
    claim: str
    answers: tuple[FrozenAnswer, ...]
    honesty: tuple[str, ...]


@dataclass(frozen=True)
class Writer:
    """Turns a freeze into one file that the client expects to receive."""

    file_name: str
    media_type: str
    write: Callable[[FreezeView], bytes]


@dataclass(frozen=True)
class SampleExpert:
    """An expert of a sample: a published source, with where it came from."""

    handle: str
    name: str
    work: str  # "judge", "adjudicator" or "auditor"
    origin: str  # package, version and date of the published data
    licence: str
    derivation: str  # who derived the table, where known


@dataclass(frozen=True)
class RecordedAnswer:
    """An answer that stands in a published source; None means no answer."""

    item_key: str
    question: str
    answer: str | None
    reason: str = ""


@dataclass(frozen=True)
class GoldAnswer:
    """A known answer, with the path or passage that proves it."""

    item_key: str
    question: str
    answer: str
    source: str
    direct: bool


@dataclass(frozen=True)
class ProposalSpec:
    """A guideline change: its text, cause, and which items it touches.

    ``touches(row, answer)`` gets an item's row and its decided answer (None
    while open). ``what_if`` is a sentence marked as such on every page.
    """

    title: str
    text: str
    cause: str
    touches: Callable[[Mapping[str, str], str | None], bool]
    what_if: Callable[[Sequence[tuple[Mapping[str, str], str | None, str | None]]], str]


@dataclass(frozen=True)
class Sample:
    """A real engagement that a pack can run from published data.

    ``items()`` gives rows of the pack's columns plus ``key`` and ``lot``;
    ``answers(handle)`` what that expert has published; ``facts()`` lines that
    the summary prints beside the flow's own figures.
    """

    title: str
    client: str
    provider: str
    lots: tuple[tuple[str, str], ...]  # (code, title)
    experts: tuple[SampleExpert, ...]
    items: Callable[[], list[dict[str, str]]]
    answers: Callable[[str], list[RecordedAnswer]]
    gold: Callable[[], list[GoldAnswer]]
    terms: TermsSpec
    screening: Mapping[str, int]
    honesty: tuple[str, ...]
    facts: Callable[[], list[str]]
    proposal: ProposalSpec | None = None
    practice: Callable[[], list[dict[str, str]]] | None = None  # items left to a person


@dataclass(frozen=True)
class Pack:
    """What an activity brings; a pack declares, it does not program the core."""

    name: str
    title: str
    activity: str
    questions: tuple[QuestionSpec, ...]
    guideline: GuidelineSpec
    items: ItemShape
    plan: PlanSpec
    writers: tuple[Writer, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    requires_qualification: str = ""  # what a person must have passed to judge
    sample: Sample | None = None
    qualification: QualificationSpec | None = None
    item_rows: Callable[[], list[dict[str, str]]] | None = None  # items that ship with it


def pack_blockers(pack: Pack) -> list[str]:
    """Say why a pack cannot be used, one sentence a reason."""
    reasons = []
    codes = [question.code for question in pack.questions]
    if len(set(codes)) != len(codes) or not codes:
        reasons.append(f"Question codes must be unique and at least one, got {codes}.")
    for question in pack.questions:
        reasons += _question_blockers(question, pack.guideline)
    if not 0 < pack.plan.promise < 1:
        reasons.append(f"The promise must be a share in (0, 1), got {pack.plan.promise}.")
    if pack.qualification is not None:
        reasons += qualification_blockers(pack.qualification)
    return reasons + terms_blockers(pack.plan.rule, pack.plan.terms)


def _question_blockers(question: QuestionSpec, guideline: GuidelineSpec) -> list[str]:
    kind_named(question.kind)
    reasons = []
    options = [option.code for option in question.options]
    if len(set(options)) != len(options):
        reasons.append(f"Options of {question.code} must be unique, got {options}.")
    if not 2 <= len(options) <= MOST_OPTIONS:
        reasons.append(
            f"{question.code} needs 2 to {MOST_OPTIONS} options, one key each; got {len(options)}."
        )
    if f"## {question.section}" not in guideline.text:
        reasons.append(f"The guideline has no section {question.section!r} for {question.code}.")
    return reasons

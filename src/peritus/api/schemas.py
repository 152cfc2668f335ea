"""What the API says and takes: shares are 0 to 1, money is text, times carry a zone."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from ninja import Field, Schema

MOST_KEY = 100
MOST_REASON = 10_000
MOST_SECONDS = 24 * 3600
PAGE_ROWS, MOST_ROWS, MOST_PAGES = 100, 500, 1_000_000


class Refusal(Schema):
    """Why nothing was done: a rule, or everything that stands in the way."""

    error: str
    rule: str | None = Field(None, description="The rule that refuses; with 403 only.")
    blockers: list[str] | None = Field(None, description="Every reason; with 400, 409, 422.")
    reference: str = Field(description="Quote it when you ask about this refusal.")


class EngagementOut(Schema):
    """Work agreed with one client."""

    uid: UUID
    code: str
    title: str
    client: str
    pack: str
    specimen: bool
    honesty: list[str]
    opened_at: datetime


class Counts(Schema):
    """A lot's items by what stands for them; ``judgments`` counts first ones."""

    items: int
    judgments: int
    contested: int
    adjudicated: int
    decided: int
    open: int
    pending: int


class StandingOut(Schema):
    """What the audits of the latest freeze prove so far."""

    verdict: str
    audited: int
    differing: int
    next_look: int | None
    claimed_errors: int
    bound: float
    sequence_upper: float


class FreezeOut(Schema):
    """An immutable version of a lot's decisions."""

    uid: UUID
    number: int
    digest: str
    population: int
    open_items: int
    frozen_at: datetime


class LotOut(Schema):
    """A lot, counted, and how far it is."""

    uid: UUID
    code: str
    title: str
    engagement: UUID
    stage: str
    counts: Counts
    freeze: FreezeOut | None
    standing: StandingOut
    certificate: str | None
    accepted_at: datetime | None


class DecisionOut(Schema):
    """One decision as it was frozen; ``differs`` is null where nothing was audited."""

    item: UUID
    key: str
    title: str
    question: str
    answer: str
    rule: str
    judgments: list[UUID]
    differs: bool | None


class PageIn(Schema):
    """Which page is wanted."""

    page: int = Field(1, ge=1, le=MOST_PAGES)
    size: int = Field(PAGE_ROWS, ge=1, le=MOST_ROWS)


class DecisionsPage(Schema):
    """A page of a freeze's decisions, by item key and question."""

    freeze: UUID
    digest: str
    total: int
    page: int
    size: int
    decisions: list[DecisionOut]


class CertificateOut(Schema):
    """What is claimed about a freeze, how it was found, and who signed."""

    number: str
    engagement: UUID
    lot: UUID
    freeze: UUID
    digest: str
    population: int
    measure: str
    method: str
    claimed_errors: int
    bound: float
    confidence: float
    level: float
    census: int
    audited: int
    differing: int
    plan_digest: str
    drawer: str
    checker_error: str
    not_checked: str
    signed_by: str
    signed_at: datetime
    honesty: list[str]


class InvoiceLineOut(Schema):
    """Items of one freeze at one price, or the credit for them."""

    place: int
    kind: str
    text: str
    lot: UUID
    freeze: UUID
    quantity: int
    unit_price: Decimal
    amount: Decimal
    assumed: bool


class InvoiceOut(Schema):
    """What a client is asked to pay."""

    number: str
    engagement: UUID
    currency: str
    total: Decimal
    specimen: bool
    issued_at: datetime
    lines: list[InvoiceLineOut]
    honesty: list[str]


class Fact(Schema):
    """A short fact of an item."""

    name: str
    value: str


class LongText(Schema):
    """A text to be read with an item."""

    title: str
    text: str


class OptionOut(Schema):
    """One answer that may be given."""

    code: str
    label: str


class QuestionOut(Schema):
    """One thing asked, and the guideline section that rules it."""

    code: str
    kind: str
    text: str
    section: str
    options: list[OptionOut]


class FirstAnswer(Schema):
    """A first judge's answers without a name; shown to who adjudicates."""

    answers: dict[str, str]
    reason: str


class AssignmentOut(Schema):
    """A leased slot with all that its holder may see, and nothing beyond."""

    uid: UUID
    fence: int
    expires_at: datetime
    title: str
    facts: list[Fact]
    texts: list[LongText]
    questions: list[QuestionOut]
    guideline: str
    guideline_digest: str
    first_answers: list[FirstAnswer]


class LeaseIn(Schema, extra="forbid"):
    """A call for the next slot; ``key`` is new for each call, the same for a repeat."""

    key: str = Field(min_length=1, max_length=MOST_KEY)


class JudgmentIn(Schema, extra="forbid"):
    """Answers by question code; ``fence`` is the lease's."""

    answers: dict[str, str]
    fence: int = Field(ge=1)
    reason: str = Field("", max_length=MOST_REASON)
    confidence: int | None = Field(None, ge=1, le=5)
    seconds: int | None = Field(None, ge=0, le=MOST_SECONDS)
    key: str = Field(min_length=1, max_length=MOST_KEY)


class JudgmentOut(Schema):
    """A judgment as it stands."""

    uid: UUID
    assignment: UUID
    answers: dict[str, str]
    reason: str
    confidence: int | None
    seconds: int | None
    submitted_at: datetime

"""What a calibration round shows: who agrees with whom, and where they do not."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from math import isnan
from uuid import UUID

import numpy as np
from django.db.models import Exists, OuterRef, Q, QuerySet

from peritus.accounts.models import User
from peritus.algorithms.agreement import (
    Agreement,
    Pairwise,
    krippendorff_alpha,
    pairwise_agreement,
)
from peritus.bench.models import Expert
from peritus.catalogue.plans import ALPHA
from peritus.engagements.models import Item, Lot, Question
from peritus.engagements.queries import engagements_seen_by, options_of, questions_of
from peritus.quality.models import CalibrationRound, RoundWaiver, Settlement
from peritus.work.models import Judgment, PanelSeat, ProductionHold, Slot, Staffing
from peritus.work.queries import WAITING

SEATS = 100  # most judges of a round: the number of a slot tells round and place
RESAMPLES = 1000


def seed_of(lot_uid: UUID, number: int) -> bytes:
    """Return the seed of a round's draw: SHA-256("calibration" ‖ lot's uid ‖ number)."""
    return hashlib.sha256(b"calibration" + lot_uid.bytes + number.to_bytes(2)).digest()


def round_slots(found: CalibrationRound) -> QuerySet[Slot]:
    """Return the slots of a round."""
    first = found.number * SEATS
    return Slot.objects.filter(
        lot=found.lot_id,
        purpose=Slot.Purpose.CALIBRATION,
        number__range=(first, first + SEATS - 1),
    )


def waiting_slots(found: CalibrationRound) -> QuerySet[Slot]:
    """Return the slots of a round that nobody has answered yet."""
    return round_slots(found).filter(state__in=WAITING)


def round_of(slot: Slot) -> CalibrationRound:
    """Return the round that a slot of purpose calibration belongs to."""
    return CalibrationRound.objects.get(lot=slot.lot_id, number=slot.number // SEATS)


def rounds_seen_by(user: User) -> QuerySet[CalibrationRound]:
    """Return the rounds of the engagements that the user sees, and those they judge in."""
    mine = Slot.objects.filter(
        lot=OuterRef("lot"),
        purpose=Slot.Purpose.CALIBRATION,
        reserved_for__user=user,
        number__gte=OuterRef("number") * SEATS,
        number__lt=OuterRef("number") * SEATS + SEATS,
    )
    return CalibrationRound.objects.filter(
        Q(engagement__in=engagements_seen_by(user)) | Exists(mine)
    )


def may_compare(user: User, found: CalibrationRound) -> bool:
    """Say whether the user sees the round's answers.

    Everybody who sees the round does once it is judged; before that only
    manager and quality lead, unless they judge in it themselves.
    """
    if found.state != CalibrationRound.State.JUDGING:
        return True
    leads = user.pk in {found.engagement.manager_id, found.engagement.quality_lead_id}
    return leads and not round_slots(found).filter(reserved_for__user=user).exists()


def experts_of_lot(lot: Lot) -> QuerySet[Expert]:
    """Return whoever is to judge a lot: its panel, and its last staffing draft."""
    last = Staffing.objects.filter(lot=lot).order_by("-id").first()
    handles = {handle for handle, _ in last.pairs} if last else set()
    seated = PanelSeat.objects.filter(lot=lot).values("expert")
    return Expert.objects.filter(Q(handle__in=handles) | Q(pk__in=seated)).order_by("handle")


def judges_of(found: CalibrationRound) -> list[Expert]:
    """Return who judges in a round, the client's lead last, in the order of their places."""
    judging = Expert.objects.filter(slots__in=round_slots(found)).distinct()
    return sorted(judging, key=lambda each: (each.pk == found.lead_id, each.handle))


def round_items(found: CalibrationRound) -> list[Item]:
    """Return the items of a round, by key."""
    return list(Item.objects.filter(slots__in=round_slots(found)).distinct().order_by("key"))


def round_judgments(found: CalibrationRound) -> QuerySet[Judgment]:
    """Return what was answered in a round."""
    given = Judgment.objects.filter(slot__in=round_slots(found), successor=None, taken_back=None)
    return given.select_related("item", "expert").order_by("item__key", "expert__handle")


@dataclass(frozen=True)
class QuestionAgreement:
    """How far the judges of a round agree on one question.

    ``judges`` names the rows of ``pairs``; both measures are None until two
    people have answered one item.
    """

    question: Question
    judges: tuple[Expert, ...]
    pairs: Pairwise | None
    alpha: Agreement | None

    def value(self, measure: str) -> float | None:
        """Return what is held against the threshold.

        Where all answers are the same there is no disagreement to count out
        chance from: alpha is not defined, and they agree entirely.
        """
        if self.pairs is None or self.alpha is None:
            return None
        if measure == ALPHA and not isnan(self.alpha.value):
            return self.alpha.value
        return self.pairs.value


@dataclass(frozen=True)
class Disagreement:
    """An item on which a round's judges do not say the same to one question."""

    item: Item
    question: Question
    answers: tuple[tuple[Expert, str, str], ...]  # (who, answer, reason)
    settlement: Settlement | None


@dataclass(frozen=True)
class Comparison:
    """A round's answers side by side, as far as they are in."""

    agreements: tuple[QuestionAgreement, ...]
    disagreements: tuple[Disagreement, ...]
    judgments: int

    def reached(self, found: CalibrationRound) -> bool:
        """Say whether every question reaches what was agreed."""
        values = [each.value(found.measure) for each in self.agreements]
        return all(value is not None and value >= found.threshold for value in values)

    @property
    def unsettled(self) -> int:
        """Disagreements that nobody has settled yet."""
        return sum(each.settlement is None for each in self.disagreements)


def comparison_of(found: CalibrationRound) -> Comparison:
    """Compare what is answered in a round so far; in a fixed number of queries."""
    judgments, judges = list(round_judgments(found)), judges_of(found)
    questions = questions_of(found.guideline_version)
    agreements = tuple(_agreement(found, each, judges, judgments) for each in questions)
    settled = {
        (each.item_id, each.question): each
        for each in found.settlements.select_related("settled_by")
    }
    apart = tuple(
        each for question in questions for each in _disagreements(question, judgments, settled)
    )
    return Comparison(agreements, apart, len(judgments))


def _agreement(
    found: CalibrationRound, question: Question, judges: list[Expert], judgments: list[Judgment]
) -> QuestionAgreement:
    place = {expert.pk: row for row, expert in enumerate(judges)}
    code = {option.code: row for row, option in enumerate(options_of(question))}
    rows = [
        (each.item_id, place[each.expert_id], code[each.answers[question.code]])
        for each in judgments
        if each.answers.get(question.code) in code
    ]
    keys = {item: row for row, item in enumerate(sorted({item for item, _, _ in rows}))}
    if len(rows) == len(keys):  # nobody has answered what somebody else did
        return QuestionAgreement(question, tuple(judges), None, None)
    item, worker, value = np.array([[keys[i], w, v] for i, w, v in rows], dtype=np.int64).T
    seed = hashlib.sha256(found.uid.bytes + question.code.encode()).digest()
    alpha = krippendorff_alpha(
        item,
        worker,
        value,
        resamples=RESAMPLES,
        generator=np.random.default_rng(int.from_bytes(seed)),
    )
    pairs = pairwise_agreement(item, worker, value, n_workers=len(judges))
    return QuestionAgreement(question, tuple(judges), pairs, alpha)


def _disagreements(
    question: Question, judgments: list[Judgment], settled: Mapping[tuple[int, str], Settlement]
) -> list[Disagreement]:
    given: dict[int, list[Judgment]] = defaultdict(list)
    for each in judgments:
        given[each.item_id].append(each)
    return [
        Disagreement(
            item=said[0].item,
            question=question,
            answers=tuple((j.expert, j.answers[question.code], j.reason) for j in said),
            settlement=settled.get((item, question.code)),
        )
        for item, said in given.items()
        if len({j.answers[question.code] for j in said}) > 1
    ]


@dataclass(frozen=True)
class LotCalibration:
    """Where a lot stands: what holds its production, its rounds, what let it go."""

    hold: ProductionHold | None
    rounds: tuple[CalibrationRound, ...]
    waiver: RoundWaiver | None
    released: bool


def lot_calibration(lot: Lot) -> LotCalibration:
    """Return where a lot's calibration stands."""
    release = getattr(lot, "production_release", None)
    rounds = lot.calibration_rounds.select_related("opened_by", "closed_by").order_by("-number")
    return LotCalibration(
        hold=ProductionHold.objects.filter(engagement=lot.engagement_id).first(),
        rounds=tuple(rounds),
        waiver=RoundWaiver.objects.filter(lot=lot).select_related("waived_by").first(),
        released=release is not None,
    )

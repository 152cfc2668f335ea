"""A small engagement, walked through its verbs to a frozen and audited lot.

Twelve items: ten unanimous, one adjudicated, one left open by the adjudicator.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from itertools import count

from peritus.accounts.models import Role, User
from peritus.bench.models import Expert
from peritus.bench.verbs import claim_credential, record_qualification, verify_credential
from peritus.billing.models import Invoice
from peritus.billing.verbs import agree_statement, issue_invoice, propose_statement
from peritus.catalogue.packs import GoldAnswer
from peritus.catalogue.registry import pack_named
from peritus.engagements.models import Engagement, Item, Lot
from peritus.engagements.verbs import add_items, open_engagement, open_lot, publish_pack_guideline
from peritus.journal.clock import SteadyClock, clock_set_to
from peritus.journal.pump import pump
from peritus.quality.models import Certificate, Freeze
from peritus.quality.verbs import (
    accept_lot,
    add_gold,
    certify_lot,
    commit_nonce,
    draw_audits,
    freeze_lot,
    record_gold,
    record_plan,
    reveal_nonce,
    set_quality_plan,
)
from peritus.work.models import Slot
from peritus.work.verbs import SlotWanted, lease_slot, open_slots, skip_slot, submit_judgment
from tests.factories import accounts as people
from tests.factories import bench
from tests.factories.billing import terms_spec

START = datetime(2026, 1, 5, 9, tzinfo=UTC)
NONCE = "0f" * 16
ANSWER, OTHER = "a", "b"
HOSTILE = '#panic("x") $ * _ ` \\ @me <a> "quoted" \'single\' // /* 中 \u202e'
_keys = count(1)


def key() -> str:
    """Return a replay key that nothing used before."""
    return f"scene-{next(_keys)}"


@dataclass(frozen=True)
class Cast:
    """Who acts in the scene."""

    client: User
    manager: User
    lead: User
    finance: User
    judges: tuple[Expert, Expert]
    adjudicator: Expert
    auditor: Expert


@dataclass(frozen=True)
class Scene:
    """A lot that was frozen, drawn and audited to the end."""

    cast: Cast
    engagement: Engagement
    lot: Lot
    freeze: Freeze
    certificate: Certificate | None


CREDENTIAL, ISSUER, ISSUED = "Admitted to the bar", "Bar of Example", date(2019, 3, 14)


def cast() -> Cast:
    house = people.provider()
    who = Cast(
        client=people.member(Role.CLIENT, organisation=people.organisation()),
        manager=people.member(Role.MANAGER, organisation=house),
        lead=people.member(Role.QUALITY, organisation=house, name="Ada Quist"),
        finance=people.member(Role.FINANCE, organisation=house),
        judges=(bench.expert(name="Jo Secret"), bench.expert(name="Kim Hidden")),
        adjudicator=bench.expert(kind=Expert.Kind.SOURCE, name="Table of adjudication"),
        auditor=bench.expert(kind=Expert.Kind.SOURCE, name="Table of audit"),
    )
    _entitle(who)
    return who


def _entitle(who: Cast) -> None:
    """Give the first judge a checked credential and a passed test, and the second one claimed."""
    one, other = who.judges
    claims = [
        claim_credential(
            each.pk, title=CREDENTIAL, issuer=ISSUER, issued=ISSUED, by=each.user, key=key()
        )
        for each in (one, other)
    ]
    verify_credential(claims[0].pk, by=who.manager, key=key())
    until = START + timedelta(days=365)
    record_qualification(
        one.pk,
        name="Quiz",
        right=9,
        asked=10,
        passed=True,
        valid_until=until,
        by=who.manager,
        key=key(),
    )


def played(
    *,
    auditor_says: str = ANSWER,
    client_draws: bool = True,
    audits: int = 8,
    plan: bool = True,
    sign: bool = True,
) -> Scene:
    """Walk a lot from its items to the end of its audit; sign if it may be signed."""
    with clock_set_to(SteadyClock(START)):
        who = cast()
        engagement, lot = _opened(who)
        _know(who, lot)
        _judge(who, lot)
        if client_draws:
            commitment = sha256(bytes.fromhex(NONCE)).hexdigest()
            commit_nonce(lot.pk, commitment, by=who.client, key=key())
        freeze = freeze_lot(lot.pk, by=who.lead, key=key())
        if not plan:
            pump(until_idle=True)
            return Scene(who, engagement, lot, freeze, None)
        record_plan(freeze.pk, by=who.lead, key=key())
        if client_draws:
            reveal_nonce(freeze.pk, NONCE, by=who.client, key=key())
        else:
            draw_audits(freeze.pk, NONCE, by=who.lead, key=key())
        pump(until_idle=True)
        _audit(who, freeze, auditor_says, audits)
        certificate = None
        if sign and auditor_says == ANSWER and audits == 8:
            certificate = certify_lot(freeze.pk, by=who.lead, key=key())
        pump(until_idle=True)
    return Scene(who, engagement, lot, freeze, certificate)


def _opened(who: Cast) -> tuple[Engagement, Lot]:
    engagement = open_engagement(
        who.client.memberships.get().organisation_id,
        f"matter-{next(_keys)}",
        title=f"Matter of {HOSTILE}",
        pack="kpo_quiz",
        manager_id=who.manager.pk,
        quality_lead_id=who.lead.pk,
        honesty=["The bodies are sources.", f"Honest {HOSTILE}"],
        specimen=True,
        by=who.manager,
        key=key(),
    )
    publish_pack_guideline(engagement.pk, by=who.manager, key=key())
    set_quality_plan(
        engagement.pk,
        promise=0.3,
        confidence=0.95,
        looks=[4, 8],
        rule="unanimous_else_adjudicate",
        measure="differs from the auditor",
        adjudicator_id=who.adjudicator.pk,
        auditor_id=who.auditor.pk,
        by=who.manager,
        key=key(),
    )
    statement = propose_statement(
        engagement.pk,
        text=f"Terms {HOSTILE}",
        terms=terms_spec(assumed=True),
        by=who.manager,
        key=key(),
    )
    agree_statement(statement.pk, by=who.client, key=key())
    lot = open_lot(engagement.pk, "first", title="First lot", by=who.manager, key=key())
    rows = pack_named("kpo_quiz").item_rows()
    rows[0]["text"] = HOSTILE
    add_items(lot.pk, rows[:7], by=who.manager, key=key())
    add_items(lot.pk, rows[7:], by=who.manager, key=key())
    return engagement, lot


def _know(who: Cast, lot: Lot) -> None:
    """Put known answers on record: two at once, and one by itself."""
    first, second, third = lot.items.order_by("id")[:3]
    known = [
        GoldAnswer(each.key, "answer", ANSWER, "Table 1", direct=True) for each in (first, second)
    ]
    record_gold(lot.engagement_id, known, weighs=True, by=who.manager, key=key())
    add_gold(third.pk, "answer", OTHER, source="Table 2", weighs=True, by=who.lead, key=key())


def _judge(who: Cast, lot: Lot) -> None:
    items = list(lot.items.order_by("id"))
    wanted = [
        SlotWanted(item.pk, Slot.Purpose.FIRST, number, judge.pk)
        for item in items
        for number, judge in enumerate(who.judges, start=1)
    ]
    open_slots(lot.pk, wanted, by=who.manager, key=key())
    for slot in Slot.objects.filter(lot=lot).order_by("id"):
        contested = slot.item in items[-2:] and slot.number == 2
        _submit(slot, OTHER if contested else ANSWER)
    pump(until_idle=True)
    _submit(_adjudication(items[-2]), ANSWER)
    silent = _adjudication(items[-1])
    lease = lease_slot(silent.pk, by=silent.reserved_for.user, key=key())
    skip_slot(
        lease.pk, lease.fence, "guideline_silent", note="Check.", by=lease.expert.user, key=key()
    )
    pump(until_idle=True)


def _adjudication(item: Item) -> Slot:
    return Slot.objects.get(item=item, purpose=Slot.Purpose.ADJUDICATION)


def _submit(slot: Slot, answer: str) -> None:
    lease = lease_slot(slot.pk, by=slot.reserved_for.user, key=key())
    submit_judgment(
        lease.pk,
        lease.fence,
        {"answer": answer},
        reason=f"Because {answer}.",
        by=lease.expert.user,
        key=key(),
    )


def _audit(who: Cast, freeze: Freeze, says: str, most: int) -> None:
    done = 0
    while done < most:
        open_now = Slot.objects.filter(purpose="audit", state="open", lot=freeze.lot_id)
        slot = open_now.order_by("audits__place").first()
        if slot is None:
            break
        _submit(slot, says)
        pump(until_idle=True)
        done += 1


def billed(scene: Scene) -> Invoice:
    """Bill the scene's lot, with a credit where it is not certified."""
    with clock_set_to(SteadyClock(START + timedelta(days=1))):
        if scene.certificate is not None:
            accept_lot(scene.freeze.pk, by=scene.cast.client, key=key())
        invoice = issue_invoice(scene.engagement.pk, by=scene.cast.finance, key=key())
        pump(until_idle=True)
    return invoice

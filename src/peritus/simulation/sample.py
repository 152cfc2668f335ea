"""Run a pack's sample engagement from screening to saving, through verbs only.

Every act has a fixed replay key, so a killed run that is started again goes on
where it stopped and ends with the same result.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from peritus.accounts.models import Organisation, User
from peritus.accounts.queries import engine
from peritus.accounts.verbs import register_organisation, register_person
from peritus.bench.models import Expert
from peritus.bench.verbs import register_expert
from peritus.billing.verbs import (
    agree_statement,
    freeze_baseline,
    issue_invoice,
    propose_change_order,
    propose_statement,
    state_payouts,
)
from peritus.catalogue.packs import Pack, Sample
from peritus.catalogue.registry import pack_named
from peritus.delivery.verbs import deliver_invoice, deliver_lot, write_evidence_pack
from peritus.engagements.models import Engagement, Lot
from peritus.engagements.verbs import (
    name_party,
    open_engagement,
    open_lot,
    publish_pack_guideline,
)
from peritus.journal.canonical import sha256
from peritus.journal.clock import SteadyClock, clock_set_to, now
from peritus.journal.pump import pump
from peritus.model_experts.answering import answer_waiting_slots
from peritus.model_experts.queries import availability
from peritus.quality.queries import latest_freezes, standing_of
from peritus.quality.verbs import (
    accept_lot,
    certify_lot,
    commit_nonce,
    freeze_lot,
    propose_guideline,
    record_gold,
    record_plan,
    reveal_nonce,
    set_quality_plan,
)
from peritus.screening.verbs import screen_process
from peritus.simulation.people import register_people
from peritus.simulation.progress import Progress
from peritus.simulation.published import import_rows, record_published
from peritus.simulation.training import open_training
from peritus.work.queries import slots_open_to
from peritus.work.verbs import draft_staffing, publish_staffing

START = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)
STAGE_SECONDS = 4 * 3600


@dataclass(frozen=True)
class Cast:
    """Who takes part in a sample: organisations, people, experts by handle."""

    client: Organisation
    provider: Organisation
    people: dict[str, User]
    experts: dict[str, Expert]


class SampleRun:
    """One run of a pack's sample, stage by stage.

    ``stages`` are the flow of the design in its order; each may be repeated.
    """

    def __init__(self, pack_name: str, code: str, progress: Progress) -> None:
        self.pack: Pack = pack_named(pack_name)
        if self.pack.sample is None:
            raise ValueError(f"Pack {pack_name!r} has no sample to run.")
        self.sample: Sample = self.pack.sample
        self.code, self.progress = code, progress
        self.clock = SteadyClock(START)
        self.cast: Cast
        self.engagement: Engagement

    @property
    def stages(self) -> tuple[tuple[str, Callable[[], None]], ...]:
        """The stages with the name that a progress bar shows."""
        return (
            ("Read published data", self.read),
            ("Set up people and bench", self.set_up),
            ("Screen", self.screen),
            ("Scope: guideline, plan, terms, items", self.scope),
            ("Staff the lots", self.staff),
            ("Judge", self.judge),
            ("Adjudicate", self.adjudicate),
            ("Freeze and draw", self.freeze),
            ("Audit blind", self.audit),
            ("Certify and accept", self.certify),
            ("Propose a better guideline", self.propose),
            ("Invoice", self.invoice),
            ("Deliver with evidence", self.deliver),
        )

    def run(self) -> Engagement:
        """Run every stage to its end and return the engagement."""
        with clock_set_to(self.clock):
            for place, (name, stage) in enumerate(self.stages):
                self.clock.move_to(START + timedelta(seconds=place * STAGE_SECONDS))
                self.progress.stage(name, 1)
                stage()
                self.progress.step()
        return self.engagement

    def key(self, *parts: object) -> str:
        """Return the fixed replay key of an act of this run."""
        return ":".join(["sample", self.code, *map(str, parts)])

    def read(self) -> None:
        """Read the items once: downloads and digests fail here, before anything is written."""
        self.sample.items()
        for expert in self.sample.experts:
            self.sample.answers(expert.handle)
        self.sample.gold()

    def set_up(self) -> None:
        """Register organisations, people, the bench, and the provider's training."""
        by = engine()
        client = register_organisation(
            "client", self.sample.client, kind="client", by=by, key="demo:client"
        )
        provider = register_organisation(
            "provider", self.sample.provider, kind="provider", by=by, key="demo:provider"
        )
        people = register_people(client, provider)
        experts = {each.handle: self._source(each.handle) for each in self.sample.experts}
        experts |= {e.handle: e for e in Expert.objects.filter(kind=Expert.Kind.PERSON)}
        self.cast = Cast(client, provider, people, experts)
        open_training(provider, people)

    def _source(self, handle: str) -> Expert:
        spec = next(each for each in self.sample.experts if each.handle == handle)
        slug = handle.replace("_", "-")
        user = register_person(
            f"source-{slug}",
            name=spec.name,
            email=f"{slug}@source.invalid",
            by=engine(),
            key=f"demo:source:{slug}",
        )
        return register_expert(
            slug,
            user_id=user.pk,
            name=spec.name,
            kind=Expert.Kind.SOURCE,
            origin=spec.origin,
            derivation=spec.derivation,
            licence=spec.licence,
            by=engine(),
            key=f"demo:source:{slug}:expert",
        )

    def screen(self) -> None:
        """Ask whether this work should go out at all."""
        screen_process(
            self.cast.client.pk,
            self.sample.title,
            dict(self.sample.screening),
            by=self.cast.people["manager"],
            key=self.key("screen"),
        )

    def scope(self) -> None:
        """Open the engagement: guideline, lots, items, gold, quality plan, terms."""
        manager = self.cast.people["manager"]
        self.engagement = open_engagement(
            self.cast.client.pk,
            self.code,
            title=self.sample.title,
            pack=self.pack.name,
            manager_id=manager.pk,
            quality_lead_id=self.cast.people["quality"].pk,
            honesty=list(self.sample.honesty),
            specimen=True,
            by=manager,
            key=self.key("open"),
        )
        name_party(self.engagement.pk, self.sample.client, by=manager, key=self.key("party"))
        publish_pack_guideline(self.engagement.pk, by=manager, key=self.key("guideline"))
        self._agree_terms(manager)
        for code, title in self.sample.lots:
            open_lot(self.engagement.pk, code, title=title, by=manager, key=self.key("lot", code))
        items = self.sample.items()
        key = self.key("items")
        import_rows(self.engagement, items, name="items", by=manager, key=key)
        self._set_plan(manager)
        self._record_gold(manager)

    def _agree_terms(self, manager: User) -> None:
        terms = self.sample.terms
        statement = propose_statement(
            self.engagement.pk,
            text=f"{self.sample.title}: {self.pack.title}",
            terms=terms,
            by=manager,
            key=self.key("statement"),
        )
        agree_statement(statement.pk, by=self.cast.people["client"], key=self.key("agree"))
        freeze_baseline(
            self.engagement.pk,
            unit_cost=terms.in_house_per_item,
            spread=terms.in_house_spread,
            currency=terms.currency,
            assumed=terms.assumed,
            by=manager,
            key=self.key("baseline"),
        )

    def _set_plan(self, manager: User) -> None:
        plan = self.pack.plan
        set_quality_plan(
            self.engagement.pk,
            promise=plan.promise,
            confidence=plan.confidence,
            looks=list(plan.looks),
            rule=plan.rule,
            measure=plan.measure,
            adjudicator_id=self._expert_who("adjudicator").pk,
            auditor_id=self._expert_who("auditor").pk,
            by=manager,
            key=self.key("plan"),
        )

    def _record_gold(self, manager: User) -> None:
        record_gold(
            self.engagement.pk, self.sample.gold(), weighs=False, by=manager, key=self.key("gold")
        )

    def _expert_who(self, work: str) -> Expert:
        return self._experts_who(work)[0]

    def _experts_who(self, work: str) -> list[Expert]:
        return [self.cast.experts[e.handle] for e in self.sample.experts if e.work == work]

    @property
    def lots(self) -> list[Lot]:
        """The engagement's lots in their order."""
        return list(self.engagement.lots.order_by("place"))

    def staff(self) -> None:
        """Take in what is published; draft and publish who judges what."""
        manager = self.cast.people["manager"]
        for spec in self.sample.experts:
            record_published(
                self.engagement,
                self.cast.experts[spec.handle],
                self.sample,
                handle=spec.handle,
                by=manager,
                key=self.key("answers", spec.handle),
            )
        judges = {each.handle for each in self._experts_who("judge")}
        for lot in self.lots:
            able = {h: keys for h, keys in availability(lot).items() if h in judges}
            draft = draft_staffing(lot.pk, able, by=manager, key=self.key("draft", lot.code))
            publish_staffing(draft.pk, by=manager, key=self.key("publish", lot.code))

    def judge(self) -> None:
        """Let the first judges answer, and decide what they agree on."""
        self._work_off(self._experts_who("judge"))

    def adjudicate(self) -> None:
        """Let the adjudicator answer where the first judges disagree."""
        self._work_off(self._experts_who("adjudicator"))

    def audit(self) -> None:
        """Let the auditor answer look by look, until the plan is satisfied."""
        self._work_off(self._experts_who("auditor"))

    def _work_off(self, experts: list[Expert]) -> None:
        pump(until_idle=True)
        while waiting := sum(
            slots_open_to(each, now()).filter(reserved_for=each).count() for each in experts
        ):
            self.progress.stage("", waiting)
            for each in experts:
                answer_waiting_slots(each, after_each=self.progress.step)
            pump(until_idle=True)

    def freeze(self) -> None:
        """Commit the client's nonce, freeze, plan, and reveal it: nobody steers the draw."""
        lead, client = self.cast.people["quality"], self.cast.people["client"]
        for lot in self.lots:
            nonce = hashlib.sha256(f"nonce of {self.code} {lot.code}".encode()).digest()[:16]
            commit_nonce(lot.pk, sha256(nonce), by=client, key=self.key("nonce", lot.code))
            freeze = freeze_lot(lot.pk, by=lead, key=self.key("freeze", lot.code))
            record_plan(freeze.pk, by=lead, key=self.key("audit-plan", lot.code))
            reveal_nonce(freeze.pk, nonce.hex(), by=client, key=self.key("reveal", lot.code))
        pump(until_idle=True)

    def certify(self) -> None:
        """Sign what the plan proves, and let the client accept it."""
        for freeze in latest_freezes(self.engagement):
            if standing_of(freeze).verdict == "certified":
                lead, client = self.cast.people["quality"], self.cast.people["client"]
                certify_lot(freeze.pk, by=lead, key=self.key("certify", freeze.lot.code))
                accept_lot(freeze.pk, by=client, key=self.key("accept", freeze.lot.code))
        pump(until_idle=True)

    def propose(self) -> None:
        """Propose the next guideline, with what it touches and its price."""
        spec = self.sample.proposal
        if spec is None:
            return
        rows = self._decided_rows()
        touched = [row["key"] for row, answer, _ in rows if spec.touches(row, answer)]
        proposal = propose_guideline(
            self.engagement.pk,
            spec.text,
            title=spec.title,
            cause=spec.cause,
            touched_keys=touched,
            what_if=spec.what_if(rows),
            by=self.cast.people["quality"],
            key=self.key("propose"),
        )
        propose_change_order(
            proposal.pk, by=self.cast.people["manager"], key=self.key("change-order")
        )

    def _decided_rows(self) -> list[tuple[dict[str, str], str | None, str | None]]:
        """Return each item's row with its live answer and the auditor's recorded one."""
        auditor = {
            each.item_key: each.answer
            for spec in self.sample.experts
            if spec.work == "auditor"
            for each in self.sample.answers(spec.handle)
        }
        items = self.engagement.items.prefetch_related("decisions").order_by("key")
        return [
            (item.fields, item.decisions.all()[0].answer or None, auditor.get(item.key))
            for item in items
        ]

    def invoice(self) -> None:
        """Bill what was accepted, credit what was not certified, state the payouts."""
        finance = self.cast.people["finance"]
        invoice = issue_invoice(self.engagement.pk, by=finance, key=self.key("invoice"))
        deliver_invoice(invoice.pk, by=finance, key=self.key("invoice-files"))
        state_payouts(self.engagement.pk, by=finance, key=self.key("payouts"))
        pump(until_idle=True)

    def deliver(self) -> None:
        """Write each lot's files and its evidence pack."""
        manager = self.cast.people["manager"]
        for freeze in latest_freezes(self.engagement):
            deliver_lot(freeze.pk, by=manager, key=self.key("deliver", freeze.lot.code))
        for freeze in latest_freezes(self.engagement):
            pump(until_idle=True)  # an evidence pack holds sealed events only
            write_evidence_pack(freeze.pk, by=manager, key=self.key("evidence", freeze.lot.code))
        pump(until_idle=True)

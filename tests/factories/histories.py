"""Random histories of leasing beside a second account of who may hold what, kept by hand.

A history acts through verbs only. The account knows nothing of the database: it
says of each request whether it must be granted, and to whom a slot may go.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import count

from peritus.accounts.models import Role
from peritus.bench.verbs import describe_expert, revoke_credential
from peritus.engagements.verbs import (
    end_restriction,
    raise_wall,
    require_credentials,
    restrict_engagement,
)
from peritus.journal.clock import clock_set_to
from peritus.journal.errors import PeritusError
from peritus.work.leasing import leases_against_bars
from peritus.work.models import Assignment, Judgment, Slot
from peritus.work.queries import judgments_behind_walls
from peritus.work.verbs import (
    SlotWanted,
    extend_lease,
    lease_next_slot,
    lease_slot,
    open_slots,
    pause_expert,
    resume_expert,
    skip_slot,
    submit_judgment,
    take_back_judgment,
)
from tests.factories import accounts, bench, engagements

REQUIRED = "Bar exam"
EXPERTS, ITEMS = 3, 3
TEAMS = ["Blue", "Green"]
LICENCE = {"any": [{"licence": "Bar admission"}, {"degree": "", "field": "Law"}]}
LEASE = timedelta(minutes=30)
START = datetime(2026, 3, 10, 9, tzinfo=UTC)


@dataclass
class Held:
    """A lease as the account knows it."""

    lease: Assignment
    expert: int
    slot: int
    expires: datetime
    active: bool = True


@dataclass
class Account:
    """Who may hold what, by what has happened."""

    item_of: dict[int, int] = field(default_factory=dict)
    reserved: dict[int, int | None] = field(default_factory=dict)
    closed: set[int] = field(default_factory=set)
    walls: set[tuple[int, int | None]] = field(default_factory=set)
    paused: set[int] = field(default_factory=set)
    teams: dict[int, str] = field(default_factory=dict)
    let_in: frozenset[str] | None = None
    licence_wanted: bool = False
    licensed_through: dict[int, date] = field(default_factory=dict)
    at_once: dict[int, int | None] = field(default_factory=dict)
    qualified_until: dict[int, datetime] = field(default_factory=dict)
    judged: dict[tuple[int, int], int] = field(default_factory=dict)
    skipped: set[tuple[int, int]] = field(default_factory=set)
    held: list[Held] = field(default_factory=list)

    def walled(self, expert: int, slot: int) -> bool:
        return bool({(expert, None), (expert, self.item_of[slot])} & self.walls)

    def hidden(self, expert: int, slot: int) -> bool:
        """Say whether a wall or a restriction to teams hides a slot's item."""
        outside = self.let_in is not None and self.teams.get(expert, "") not in self.let_in
        return outside or self.walled(expert, slot)

    def barred(self, expert: int, slot: int, at: datetime) -> bool:
        """Say whether an expert may not have work that was theirs once."""
        unlicensed = self.licence_wanted and self.licensed_through.get(expert, date.min) < at.date()
        return (
            self.hidden(expert, slot)
            or expert in self.paused
            or unlicensed
            or self.qualified_until.get(expert, START) <= at
        )

    def full(self, expert: int, at: datetime) -> bool:
        """Say whether an expert holds as much as they take on."""
        most = self.at_once.get(expert)
        mine = sum(e.active and e.expert == expert and e.expires > at for e in self.held)
        return most is not None and mine >= most

    def holder(self, slot: int) -> Held | None:
        return next((each for each in self.held if each.active and each.slot == slot), None)

    def may(self, expert: int, slot: int, at: datetime) -> bool:
        """Say whether a slot may be leased to an expert now."""
        holder, item = self.holder(slot), self.item_of[slot]
        elsewhere = (
            each.active and each.expert == expert and each.slot != slot
            and self.item_of[each.slot] == item
            for each in self.held
        )  # fmt: skip
        return (
            slot not in self.closed
            and (holder is None or holder.expires <= at)
            and self.reserved[slot] in {None, expert}
            and not self.barred(expert, slot, at)
            and not self.full(expert, at)
            and (expert, item) not in self.judged
            and (expert, slot) not in self.skipped
            and not any(elsewhere)
        )


class History:
    """One engagement of three items and three people; acts at random, each held to the account."""

    def __init__(self) -> None:
        self.at = START
        self.keys = count()
        self.account = Account()
        self.manager = accounts.member(Role.MANAGER)
        self.course = engagements.engagement(manager=self.manager, required_qualification=REQUIRED)
        version = engagements.guideline_version(engagement=self.course)
        engagements.question(guideline_version=version, code="holds")
        self.lot = engagements.lot(engagement=self.course)
        self.items = [engagements.item(lot=self.lot) for _ in range(ITEMS)]
        self.experts = [bench.expert() for _ in range(EXPERTS)]
        self.slots: list[Slot] = []
        self.refusals = self.grants = 0

    def act(self, do: Act, chance: random.Random) -> None:
        """Do one act, as the clock stands; fail where it differs from the account."""
        with clock_set_to(lambda: self.at):
            do(self, chance)

    def key(self) -> str:
        return f"h{next(self.keys)}"

    def open(self, chance: random.Random) -> None:
        item = chance.randrange(ITEMS)
        reserved = chance.choice([None, None, *range(EXPERTS)])
        number = sum(self.account.item_of[slot.pk] == item for slot in self.slots) + 1
        to = None if reserved is None else self.experts[reserved].pk
        wanted = SlotWanted(self.items[item].pk, Slot.Purpose.FIRST, number, to)
        open_slots(self.lot.pk, [wanted], by=self.manager, key=self.key())
        slot = Slot.objects.latest("pk")
        self.slots.append(slot)
        self.account.item_of[slot.pk] = item
        self.account.reserved[slot.pk] = reserved

    def lease_next(self, chance: random.Random) -> None:
        expert = chance.randrange(EXPERTS)
        own = [
            each for each in self.account.held
            if each.active and each.expert == expert and each.expires > self.at
            and not self.account.hidden(expert, each.slot)
        ]  # fmt: skip
        may = {slot.pk for slot in self.slots if self.account.may(expert, slot.pk, self.at)}
        lease = self._tried(
            lambda: lease_next_slot(
                lot_id=self.lot.pk, by=self.experts[expert].user, key=self.key()
            )
        )
        if own:
            assert lease.pk in {each.lease.pk for each in own}, "a held lease comes first"
        elif lease is None:
            assert not may, f"slots {may} are open to expert {expert}, and none was given"
        else:
            assert lease.slot_id in may, f"slot {lease.slot_id} is not open to expert {expert}"
            self._note(lease, expert)

    def lease_one(self, chance: random.Random) -> None:
        if not self.slots:
            return
        expert, slot = chance.randrange(EXPERTS), chance.choice(self.slots).pk
        may = self.account.may(expert, slot, self.at)
        lease = self._tried(lambda: lease_slot(slot, by=self.experts[expert].user, key=self.key()))
        assert (lease is not None) == may, f"expert {expert}, slot {slot}: account says {may}"
        if lease:
            self._note(lease, expert)

    def _note(self, lease: Assignment, expert: int) -> None:
        if before := self.account.holder(lease.slot_id):
            before.active = False
        self.account.held.append(Held(lease, expert, lease.slot_id, self.at + LEASE))

    def _tried(self, act):
        try:
            done = act()
        except PeritusError:
            self.refusals += 1
            return None
        self.grants += 1
        return done

    def _one_of(self, chance: random.Random) -> Held | None:
        return chance.choice(self.account.held) if self.account.held else None

    def submit(self, chance: random.Random) -> None:
        if not (mine := self._one_of(chance)):
            return
        may = mine.active and not self.account.hidden(mine.expert, mine.slot)
        given = self._tried(
            lambda: submit_judgment(
                mine.lease.pk, mine.lease.fence, {"holds": "yes"},
                by=self.experts[mine.expert].user, key=self.key(),
            )
        )  # fmt: skip
        assert (given is not None) == may
        if given:
            mine.active = False
            self.account.closed.add(mine.slot)
            self.account.judged[mine.expert, self.account.item_of[mine.slot]] = given.pk

    def take_back(self, chance: random.Random) -> None:
        if not self.account.judged:
            return
        (expert, item), judgment = chance.choice(list(self.account.judged.items()))
        slot = Judgment.objects.get(pk=judgment).slot_id
        may = not self.account.barred(expert, slot, self.at)
        lease = self._tried(
            lambda: take_back_judgment(judgment, by=self.experts[expert].user, key=self.key())
        )
        assert (lease is not None) == may, f"expert {expert} took back: account says {may}"
        if lease:
            del self.account.judged[expert, item]
            self.account.closed.discard(lease.slot_id)
            self._note(lease, expert)

    def skip(self, chance: random.Random) -> None:
        if not (mine := self._one_of(chance)):
            return
        reason = chance.choice(["conflict", "later", "unreadable"])
        skipped = self._tried(
            lambda: skip_slot(
                mine.lease.pk, mine.lease.fence, reason,
                by=self.experts[mine.expert].user, key=self.key(),
            )
        )  # fmt: skip
        assert (skipped is not None) == mine.active
        if not skipped:
            return
        mine.active = False
        if reason == "conflict":
            self.account.walls.add((mine.expert, self.account.item_of[mine.slot]))
        if reason != "later":
            self.account.skipped.add((mine.expert, mine.slot))
            if self.account.reserved[mine.slot] is not None:
                self.account.closed.add(mine.slot)

    def extend(self, chance: random.Random) -> None:
        if not (mine := self._one_of(chance)):
            return
        user, key = self.experts[mine.expert].user, self.key()
        held = self._tried(lambda: extend_lease(mine.lease.pk, by=user, key=key))
        barred = self.account.barred(mine.expert, mine.slot, self.at)
        assert (held is not None) == (mine.active and not barred)
        if held:
            mine.expires = self.at + LEASE

    def wall(self, chance: random.Random) -> None:
        expert, item = chance.randrange(EXPERTS), chance.choice([None, *range(ITEMS)])
        raise_wall(
            self.course.pk, self.experts[expert].pk, reason="Acted for the other side.",
            item_id=None if item is None else self.items[item].pk,
            by=self.manager, key=self.key(),
        )  # fmt: skip
        self.account.walls.add((expert, item))

    def pause(self, chance: random.Random) -> None:
        expert = chance.randrange(EXPERTS)
        if expert in self.account.paused:
            return
        pause_expert(
            self.course.pk, self.experts[expert].pk, reason="Three wrong in a row.",
            by=self.manager, key=self.key(),
        )  # fmt: skip
        self.account.paused.add(expert)

    def resume(self, chance: random.Random) -> None:
        if not self.account.paused:
            return
        expert = chance.choice(sorted(self.account.paused))
        pause = self.experts[expert].pauses.get(resumed_at=None)
        resume_expert(pause.pk, reason="It was gold that erred.", by=self.manager, key=self.key())
        self.account.paused.discard(expert)

    def qualify(self, chance: random.Random) -> None:
        expert = chance.randrange(EXPERTS)
        until = self.at + timedelta(minutes=chance.choice([20, 60, 240]))
        bench.qualification(
            expert=self.experts[expert], name=REQUIRED, passed=True,
            granted_at=self.at, expires_at=until,
        )  # fmt: skip
        before = self.account.qualified_until.get(expert, START)
        self.account.qualified_until[expert] = max(before, until)

    def describe(self, chance: random.Random) -> None:
        expert = chance.randrange(EXPERTS)
        team, most = chance.choice(["", *TEAMS]), chance.choice([None, 1, 2])
        who = self.experts[expert].pk
        describe_expert(who, team=team, at_once=most, by=self.manager, key=self.key())
        self.account.teams[expert], self.account.at_once[expert] = team, most

    def restrict(self, chance: random.Random) -> None:
        if self.account.let_in is not None and chance.random() < 0.6:
            end_restriction(self.course.pk, "team", by=self.manager, key=self.key())
            self.account.let_in = None
            return
        only = chance.choice([TEAMS, TEAMS[:1], TEAMS[1:]])
        restrict_engagement(
            self.course.pk, "team", only, reason="Two sides.", by=self.manager, key=self.key()
        )
        self.account.let_in = frozenset(only)

    def ask_licence(self, chance: random.Random) -> None:
        self.account.licence_wanted = chance.random() < 0.4
        wanted = LICENCE if self.account.licence_wanted else None
        require_credentials(self.course.pk, wanted, by=self.manager, key=self.key())

    def license(self, chance: random.Random) -> None:
        expert = chance.randrange(EXPERTS)
        held = self.experts[expert].credentials.filter(revoked_at=None).first()
        if held is not None:
            revoke_credential(held.pk, reason="Struck off.", by=self.manager, key=self.key())
            self.account.licensed_through.pop(expert, None)
            return
        through = self.at.date() + timedelta(days=chance.choice([0, 1, 400]))
        bench.credential(
            expert=self.experts[expert], kind="licence", title="bar admission",
            jurisdiction="DE", expires=through, state="verified", verified_at=self.at,
        )  # fmt: skip
        self.account.licensed_through[expert] = through

    def wait(self, chance: random.Random) -> None:
        self.at += timedelta(minutes=chance.choice([1, 10, 31, 500]))


Act = Callable[[History, random.Random], None]
ACTS: tuple[Act, ...] = (
    *[History.lease_next, History.lease_one, History.submit] * 4, *[History.qualify] * 2,
    *[History.wait, History.open] * 2,
    History.skip, History.take_back, History.extend,
    History.wall, History.pause, History.resume,
    History.describe, History.restrict, History.ask_licence, *[History.license] * 2,
)  # fmt: skip


def played(seed: int, steps: int) -> History:
    """Play one history of a seed."""
    chance, history = random.Random(seed), History()
    for do in (*[History.open] * 3, *[History.qualify] * 3):
        history.act(do, chance)
    for _ in range(steps):
        history.act(chance.choice(ACTS), chance)
    return history


def broken_by_now() -> list[str]:
    """Return what ``peritus check`` would say of a history's leases and judgments."""
    leases = [name for name, rows in leases_against_bars().items() if rows.exists()]
    return leases + ["judged behind a wall"] * judgments_behind_walls().count()

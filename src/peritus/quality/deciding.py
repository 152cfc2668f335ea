"""Derive a decision from judgments: pure, so that it can be derived again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields

from peritus.quality.models import Decision
from peritus.work.models import Slot
from peritus.work.queries import FIRST, WAITING

UNANIMOUS, ADJUDICATED, APPEALED = "unanimous", "adjudicated", "appealed"
AGGREGATED, SILENT = "aggregated", "no answer"
CENSUS = "census"
BY_ADJUDICATION = (ADJUDICATED, APPEALED)


@dataclass(frozen=True)
class Given:
    """One standing answer to a question, by the judgment's uid."""

    judgment: str
    answer: str


@dataclass(frozen=True)
class Derived:
    """What follows for one question of an item.

    ``method``, ``posterior`` (chance of each answer) and ``error`` (chance that
    the answer is wrong) stand only where judgments were aggregated.
    """

    state: str
    answer: str = ""
    rule: str = ""
    contested: bool = False
    judgments: tuple[str, ...] = ()
    method: str = ""
    posterior: Mapping[str, float] = field(default_factory=dict)
    error: float | None = None

    @property
    def kept(self) -> dict[str, object]:
        """The fields of the decision that keeps this."""
        said = {each.name: getattr(self, each.name) for each in fields(self)}
        return said | {"judgments": list(self.judgments), "posterior": dict(self.posterior)}


def derive(
    first: Sequence[Given],
    *,
    wanted: int,
    adjudication: Given | None,
    adjudicator_silent: bool,
    on_appeal: Given | None = None,
) -> Derived:
    """Decide a question: unanimous first judges decide, else the adjudicator.

    ``wanted`` counts the first judgments still expected; until none is, the
    question stays pending. A silent adjudicator leaves it open. A second
    adjudicator's answer, ``on_appeal``, stands above both.
    """
    sources = tuple(each.judgment for each in first)
    if wanted or not first:
        return Derived(Decision.State.PENDING, judgments=sources)
    answers = {each.answer for each in first}
    if on_appeal is not None:
        sources = (*sources, on_appeal.judgment)
        contested = len(answers) > 1
        return Derived(Decision.State.DECIDED, on_appeal.answer, APPEALED, contested, sources)
    if len(answers) == 1:
        return Derived(Decision.State.DECIDED, answers.pop(), UNANIMOUS, False, sources)
    if adjudication is not None:
        sources = (*sources, adjudication.judgment)
        return Derived(Decision.State.DECIDED, adjudication.answer, ADJUDICATED, True, sources)
    if adjudicator_silent:
        return Derived(Decision.State.OPEN, "", SILENT, True, sources)
    return Derived(Decision.State.CONTESTED, "", "", True, sources)


@dataclass
class ItemFacts:
    """What an item's decisions follow from: judgments and slots, in their order.

    ``judgments`` are (purpose, uid, answers), ``slots`` (purpose, state); those
    of one purpose stand by the numbers of their slots. ``appeals`` are the uids
    of adjudications on appeal: those after the first.
    """

    judgments: list[tuple[str, str, Mapping[str, str]]] = field(default_factory=list)
    slots: list[tuple[str, str]] = field(default_factory=list)
    appeals: set[str] = field(default_factory=set)

    def derived(self, question: str) -> Derived:
        """Return what follows for a question of the item."""
        given = [(purpose, Given(uid, said[question])) for purpose, uid, said in self.judgments]
        adjudication = Slot.Purpose.ADJUDICATION
        return derive(
            [each for purpose, each in given if purpose != adjudication],
            wanted=sum(purpose in FIRST and state in WAITING for purpose, state in self.slots),
            adjudication=next((each for purpose, each in given if purpose == adjudication), None),
            on_appeal=next(
                (each for _, each in reversed(given) if each.judgment in self.appeals), None
            ),
            adjudicator_silent=(adjudication, Slot.State.WITHDRAWN) in self.slots,
        )

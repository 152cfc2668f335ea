"""What the judgments of a file show before anybody audits them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from peritus.algorithms.aggregation import Consensus, aggregate
from peritus.algorithms.agreement import Agreement, gwet_ac1, krippendorff_alpha
from peritus.file_audits.experts import ExpertFound, experts_of
from peritus.file_audits.judgments import Judgments

RESAMPLES = 1_000
# Not a choice of the user's, so that the same file always shows the same interval.
SEED = 0
RELIABLE, TENTATIVE = 0.8, 0.667


@dataclass(frozen=True)
class AgreementFound:
    """Two coefficients with 95 % intervals, or why there are none."""

    alpha: Agreement | None
    ac1: Agreement | None
    reading: str


@dataclass(frozen=True)
class Contested:
    """An item on which experts differ; ``votes`` counts each label's, in label order."""

    item: str
    votes: tuple[tuple[str, int], ...]
    decision: str
    belief: float


@dataclass(frozen=True, eq=False)
class Findings:
    """Agreement, decisions, the items that experts differ on, and how often each expert does.

    The most contested items and the experts most at risk come first; ``shares``
    is each label's share of the judgments.
    """

    agreement: AgreementFound
    shares: tuple[tuple[str, float], ...]
    consensus: Consensus
    contested: tuple[Contested, ...]
    experts: tuple[ExpertFound, ...]
    judged_once: int

    @property
    def method_sentence(self) -> str:
        """Say how the decisions were made."""
        if not self.consensus.weights:
            return _METHODS[self.consensus.method]
        shares = sorted(self.consensus.weights.items(), key=lambda each: -each[1])
        said = ", ".join(
            f"{100 * share:.0f} % {_METHODS[method].partition(':')[0]}" for method, share in shares
        )
        return f"several methods, weighed by how often each is right on gold: {said}"


_METHODS = {
    "majority": "majority vote: ties to the first label",
    "weighted_vote": "weighted vote: votes weighed by agreement with the outcome",
    "dawid_skene": "Dawid-Skene: votes weighed by each expert's estimated errors",
    "dawid_skene_shrunk": (
        "Dawid-Skene, shrunk: votes weighed by each expert's estimated errors, drawn towards "
        "everybody's"
    ),
}


def findings_of(judgments: Judgments) -> Findings:
    """Decide every item and find where and how far experts differ."""
    items = np.array(sorted(judgments.gold), dtype=np.int64)
    gold = (items, np.array([judgments.gold[item] for item in items], dtype=np.int64))
    consensus = aggregate(
        judgments.item,
        judgments.expert,
        judgments.label,
        gold=gold if len(items) else None,
        n_items=len(judgments.items),
        n_workers=len(judgments.experts),
        n_labels=len(judgments.labels),
    )
    votes = _votes(judgments)
    counts = np.bincount(judgments.label, minlength=len(judgments.labels))
    shares = counts / counts.sum()
    return Findings(
        agreement=_agreement(judgments),
        shares=tuple(zip(judgments.labels, map(float, shares), strict=True)),
        consensus=consensus,
        contested=tuple(_contested(judgments, votes, consensus)),
        experts=experts_of(judgments),
        judged_once=int((votes.sum(axis=1) == 1).sum()),
    )


def _votes(judgments: Judgments) -> NDArray[np.int64]:
    """Count votes, shape (items, labels)."""
    labels = len(judgments.labels)
    cell = judgments.item * labels + judgments.label
    counts = np.bincount(cell, minlength=len(judgments.items) * labels)
    return counts.reshape(-1, labels).astype(np.int64)


def _agreement(judgments: Judgments) -> AgreementFound:
    arrays = (judgments.item, judgments.expert, judgments.label)
    if np.bincount(judgments.item).max() < 2:
        reading = "No item was judged twice, so agreement cannot be known."
        return AgreementFound(None, None, reading)
    alpha = krippendorff_alpha(*arrays, resamples=RESAMPLES, generator=np.random.default_rng(SEED))
    ac1 = gwet_ac1(
        *arrays,
        n_labels=len(judgments.labels),
        resamples=RESAMPLES,
        generator=np.random.default_rng(SEED),
    )
    return AgreementFound(alpha, ac1, _reading(alpha))


def _reading(alpha: Agreement) -> str:
    """Say in one line what alpha allows (limits: Krippendorff 2004, section 11.4)."""
    if math.isnan(alpha.value):
        return "Everybody gave one and the same answer, so agreement beyond chance is unknown."
    if alpha.value >= RELIABLE:
        return "Experts agree well: an answer seldom depends on who gave it."
    if alpha.value >= TENTATIVE:
        return "Experts agree fairly: conclusions from single answers are tentative."
    return (
        "Experts differ often: an answer depends on who gave it. Judge the decisions by the "
        "audit, not by this number."
    )


def _contested(
    judgments: Judgments, votes: NDArray[np.int64], consensus: Consensus
) -> list[Contested]:
    totals = votes.sum(axis=1)
    top = votes.max(axis=1)
    differing = np.flatnonzero(top < totals)
    share = top[differing] / totals[differing]
    order = differing[np.lexsort((differing, -totals[differing], share))]
    return [_contested_item(judgments, votes[at], int(at), consensus) for at in order]


def _contested_item(
    judgments: Judgments, votes: Sequence[int] | NDArray[np.int64], at: int, consensus: Consensus
) -> Contested:
    given = [
        (label, int(count)) for label, count in zip(judgments.labels, votes, strict=True) if count
    ]
    code = int(consensus.labels[at])
    belief = float(consensus.posterior[at, code])
    return Contested(judgments.items[at], tuple(given), judgments.labels[code], belief)

"""How far the judges agreed, measured again from the judgments."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from math import isnan

import numpy as np

from peritus.algorithms.agreement import krippendorff_alpha, pairwise_agreement
from peritus.delivery.verification.chain import Chain
from peritus.delivery.verification.decisions import standing_at_freeze
from peritus.delivery.verification.records import PackRecords
from peritus.delivery.verification.records.annexes import (
    Agreements,
    AgreementShown,
    RoundShown,
)
from peritus.delivery.verification.records.lots import Judgment
from peritus.delivery.verification.records.shapes import shaped
from peritus.delivery.verification.report import demand, demand_equal
from peritus.delivery.verification.skills import NO_ANNEX

METHOD = "Krippendorff's alpha, nominal; percentile bootstrap over items"
CONFIDENCE, RESAMPLES = 0.95, 1000
ROUNDING = 2e-6
MONTE_CARLO = 0.15
"""Share of its width by which an end may lie elsewhere: another NumPy may draw other resamples."""
Figures = dict[str, float | None]


def check_agreement(pack: PackRecords, chain: Chain) -> str:
    """Measure the agreement on each question again; hold rounds against their events."""
    if pack.agreement is None:
        return NO_ANNEX
    told = {name: value for name, value in vars(pack.agreement).items()
            if name not in {"questions", "calibration"}}  # fmt: skip
    lot = pack.engagement.lot["uid"]
    terms = {"confidence": CONFIDENCE, "method": METHOD, "resamples": RESAMPLES}
    demand_equal("agreement.json", told, {**terms, "freeze": pack.freeze.number, "lot": lot})
    shown = [shaped(AgreementShown, row, "agreement.json") for row in pack.agreement.questions]
    asked = {each["code"]: [code for code, _ in each["options"]]
             for each in pack.engagement.questions}  # fmt: skip
    demand_equal("agreement.json: questions", [each.question for each in shown], list(asked))
    first = [each for found in standing_at_freeze(pack, chain).values() for each in found.first]
    experts = {e.about: e.data["expert"] for e in chain.of_kind("judgment.submitted")}
    for each in shown:
        _check_question(pack, each, asked[each.question], first, experts)
    _check_rounds(pack, pack.agreement, chain)
    alphas = ", ".join("undefined" if each.alpha is None else f"{each.alpha:.3f}" for each in shown)
    return f"Alpha {alphas}; {len(pack.agreement.calibration)} calibration rounds."


def _check_question(
    pack: PackRecords,
    shown: AgreementShown,
    options: Sequence[str],
    first: Sequence[Judgment],
    experts: dict[str, str],
) -> None:
    part = f"agreement.json: {shown.question}"
    given = sorted(
        (each.item, experts[each.uid], options.index(each.answers[shown.question]))
        for each in first
        if each.answers.get(shown.question) in options
    )
    items = {uid: n for n, uid in enumerate(sorted({each[0] for each in given}))}
    judges = {uid: n for n, uid in enumerate(sorted({each[1] for each in given}))}
    demand_equal(f"{part}: judges", shown.judges, len(judges))
    if len(given) == len(items):
        figures = [shown.alpha, shown.high, shown.low, shown.same, shown.items, shown.judgments]
        demand_equal(f"{part}: nothing was judged twice", figures, [None] * 4 + [0, 0])
        return
    arrays = np.array([[items[i], judges[j], value] for i, j, value in given], np.int64).T
    seed = f"agreement/{pack.engagement.lot['uid']}/{pack.freeze.number}/{shown.question}"
    generator = np.random.default_rng(int.from_bytes(hashlib.sha256(seed.encode()).digest()))
    found = krippendorff_alpha(*arrays, resamples=RESAMPLES, generator=generator)
    counts = (found.items, found.judgments)
    demand_equal(f"{part}: counts", (shown.items, shown.judgments), counts)
    width = (found.high or 0) - (found.low or 0)
    _near(f"{part}: alpha", shown.alpha, found.value, ROUNDING)
    _near(f"{part}: same", shown.same, pairwise_agreement(*arrays).value, ROUNDING)
    _near(f"{part}: low", shown.low, found.low, ROUNDING + MONTE_CARLO * width)
    _near(f"{part}: high", shown.high, found.high, ROUNDING + MONTE_CARLO * width)


def _near(part: str, shown: float | None, follows: float | None, within: float) -> None:
    defined = follows is not None and not isnan(follows)
    demand_equal(f"{part} is defined", shown is not None, defined)
    if shown is not None and follows is not None:
        demand(abs(shown - follows) <= within, f"{part}: {follows:.6f} follows, not {shown}.")


def _check_rounds(pack: PackRecords, agreement: Agreements, chain: Chain) -> None:
    """Check that every round closed before the freeze is there, as its events say."""
    frozen = chain.only("lot.frozen", digest=pack.freeze_digest)
    lot = pack.engagement.lot["uid"]
    opened = {event.about: event for event in chain.of_kind("calibration.opened")}
    closed = [
        event
        for event in chain.of_kind("calibration.closed")
        if event.subject == lot and event.order < frozen.order
    ]
    shown = [shaped(RoundShown, row, "agreement.json: calibration") for row in
             agreement.calibration]  # fmt: skip
    demand_equal("agreement.json: rounds", [each.uid for each in shown], [e.about for e in closed])
    for each, event in zip(shown, closed, strict=True):
        part, began = f"agreement.json: round {each.number}", opened[each.uid].data
        terms = {"measure": each.measure, "number": each.number, "threshold": each.threshold}
        demand_equal(part, terms, {name: began[name] for name in terms})
        demand_equal(part, (each.agreement, each.reached),
                     (event.data["agreement"], event.data["reached"]))  # fmt: skip
        demand(each.closed_at <= event.at, f"{part}: closed only after its event.")

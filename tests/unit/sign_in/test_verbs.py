"""Setting up, using, renewing, turning off and resetting a second factor."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import override_settings

from peritus.accounts.models import Role
from peritus.accounts.queries import engine
from peritus.journal.clock import SteadyClock, clock_set_to
from peritus.journal.errors import NotAllowed
from peritus.journal.models import Event
from peritus.sign_in.codes import code_at, recovery_digest
from peritus.sign_in.errors import CodeRefused, PasswordRefused, SecondFactorRefused
from peritus.sign_in.models import RecoveryCode, SecondFactor
from peritus.sign_in.proving import prove, require_password
from peritus.sign_in.queries import codes_left, has_second_factor
from peritus.sign_in.sealing import seal, unsealed
from peritus.sign_in.verbs import (
    renew_recovery_codes,
    reset_second_factor,
    turn_off_second_factor,
    turn_on_second_factor,
    use_recovery_code,
)
from tests.factories import accounts
from tests.factories.sign_in import RECOVERY, SECRET, code, protected, second_factor

pytestmark = pytest.mark.django_db
HERE = "192.0.2.7"
START = datetime(2026, 3, 10, 9, tzinfo=UTC)
DIGESTS = [recovery_digest(f"code {n}") for n in range(10)]


@pytest.fixture(autouse=True)
def clock():
    """The time stands still until a test moves it."""
    with clock_set_to(SteadyClock(START, step=timedelta(0))) as _:
        yield


def at(seconds):
    return clock_set_to(lambda: START + timedelta(seconds=seconds))


@pytest.fixture
def ada():
    return accounts.member(Role.EXPERT)


def turned_on(person, **changes):
    given = {"sealed": seal(SECRET), "code": code(), "digests": DIGESTS, "by": person, "key": "on"}
    return turn_on_second_factor(person.pk, **given | changes)


def kinds():
    return list(Event.objects.order_by("pk").values_list("kind", flat=True))


def test_turn_on_second_factor_turns_it_on_once_when_repeated(ada):
    sealed = seal(SECRET)

    assert turned_on(ada, sealed=sealed) == turned_on(ada, sealed=sealed) == ada

    assert has_second_factor(ada)
    assert codes_left(ada) == 10
    assert kinds() == ["second_factor.set_up"]


def test_turn_on_second_factor_keeps_no_secret_that_can_be_read(ada):
    turned_on(ada)

    rows = [*SecondFactor.objects.values(), *RecoveryCode.objects.values(), *Event.objects.values()]
    said = " ".join(map(str, rows))
    assert unsealed(ada.second_factor.sealed) == SECRET
    assert SECRET.decode() not in said
    assert "code 3" not in said


def test_turn_on_second_factor_refuses_a_code_that_does_not_fit(ada):
    with pytest.raises(CodeRefused, match="does not count"):
        turned_on(ada, code="000000")

    assert not has_second_factor(ada)


def test_turn_on_second_factor_refuses_where_one_is_on(ada):
    protected(ada)

    with pytest.raises(SecondFactorRefused, match="already"):
        turned_on(ada)


def test_nobody_changes_anothers_second_factor(ada):
    eve = accounts.member(Role.MANAGER)
    with pytest.raises(NotAllowed, match="own sign-in"):
        turned_on(ada, by=eve)
    protected(ada)

    for act in (
        lambda: turn_off_second_factor(ada.pk, code(), by=eve, key="k"),
        lambda: renew_recovery_codes(ada.pk, code(), DIGESTS, by=eve, key="k"),
        lambda: use_recovery_code(ada.pk, recovery_digest(RECOVERY), by=eve, key="k"),
    ):
        with pytest.raises(NotAllowed, match="own sign-in"):
            act()
    assert codes_left(ada) == 1
    assert kinds() == []


def test_the_code_that_turned_it_on_is_spent(ada):
    turned_on(ada)

    with pytest.raises(CodeRefused):
        prove(ada, code(), HERE)
    with at(30):
        prove(ada, code(), HERE)


def test_prove_takes_a_code_once_and_none_before_it(ada):
    protected(ada)

    prove(ada, f"{code()[:3]} {code()[3:]}", HERE)
    for again in (code(), code(steps=-1)):
        with pytest.raises(CodeRefused):
            prove(ada, again, HERE)
    prove(ada, code(steps=1), HERE)

    assert kinds() == []  # a sign-in is no act


def test_prove_takes_no_code_of_two_steps_away(ada):
    protected(ada)

    for away in (-2, 2):
        with pytest.raises(CodeRefused):
            prove(ada, code(steps=away), HERE)


def test_prove_takes_no_code_of_somebody_else(ada):
    protected(ada)
    other = b"another secret of 20"
    second_factor(sealed=seal(other), recovery=("wxyz-wxyz-wxyz-wxyz",))

    for text in (code_at(other, int(START.timestamp()) // 30), "wxyz-wxyz-wxyz-wxyz"):
        with pytest.raises(CodeRefused):
            prove(ada, text, HERE)


def test_prove_takes_a_recovery_code_once_and_says_so_in_the_journal(ada):
    second_factor(user=ada, recovery=(RECOVERY, "wxyz-wxyz-wxyz-wxyz"))

    prove(ada, RECOVERY.upper(), HERE)
    with pytest.raises(CodeRefused):
        prove(ada, RECOVERY, HERE)

    [event] = Event.objects.all()
    assert (event.kind, event.about_uid, event.data) == ("recovery_code.used", ada.uid, {"left": 1})
    assert RECOVERY not in event.body
    assert recovery_digest(RECOVERY) not in event.body


def test_use_recovery_code_repeats_its_first_result(ada):
    protected(ada)

    for _ in range(2):
        use_recovery_code(ada.pk, recovery_digest(RECOVERY), by=ada, key="k")

    assert kinds() == ["recovery_code.used"]


def test_recovery_codes_outlive_the_key_that_sealed_the_secret(ada):
    with override_settings(SECRET_KEY="o" * 50):
        protected(ada)

    with pytest.raises(CodeRefused):
        prove(ada, code(), HERE)
    prove(ada, RECOVERY, HERE)


def test_a_secret_comes_under_the_newest_key_by_being_used(ada):
    with override_settings(SECRET_KEY="o" * 50):
        protected(ada)

    with override_settings(SECRET_KEY="n" * 50, SECRET_KEY_FALLBACKS=["o" * 50]):
        prove(ada, code(), HERE)
    ada.second_factor.refresh_from_db()

    with override_settings(SECRET_KEY="n" * 50):
        assert unsealed(ada.second_factor.sealed) == SECRET


def test_renew_recovery_codes_lets_the_old_ones_count_no_more(ada):
    protected(ada)

    for _ in range(2):
        renew_recovery_codes(ada.pk, RECOVERY, DIGESTS, by=ada, key="k")

    assert set(ada.second_factor.recovery_codes.values_list("digest", flat=True)) == set(DIGESTS)
    assert kinds() == ["recovery_codes.renewed"]
    with pytest.raises(CodeRefused):
        renew_recovery_codes(ada.pk, RECOVERY, DIGESTS, by=ada, key="k2")


def test_renew_recovery_codes_refuses_where_none_is_on(ada):
    with pytest.raises(SecondFactorRefused, match="No second factor"):
        renew_recovery_codes(ada.pk, code(), DIGESTS, by=ada, key="k")


def test_turn_off_second_factor_leaves_nothing(ada):
    protected(ada)
    with pytest.raises(CodeRefused):
        turn_off_second_factor(ada.pk, "000000", by=ada, key="k")
    assert has_second_factor(ada)

    for _ in range(2):
        turn_off_second_factor(ada.pk, code(), by=ada, key="k")

    assert SecondFactor.objects.count() + RecoveryCode.objects.count() == 0
    assert kinds() == ["second_factor.turned_off"]


def test_reset_second_factor_is_recorded_with_its_reason(ada):
    manager = accounts.member(Role.MANAGER)
    protected(ada)

    for _ in range(2):
        reset_second_factor(ada.pk, "lost", by=manager, key="k")

    assert not has_second_factor(ada)
    [event] = Event.objects.all()
    assert (event.kind, event.actor, event.about_uid, event.data) == (
        "second_factor.reset", manager.uid, ada.uid, {"because": "lost"}
    )  # fmt: skip


def test_reset_second_factor_wants_a_reason_and_something_to_reset(ada):
    with pytest.raises(SecondFactorRefused) as refused:
        reset_second_factor(ada.pk, "whim", by=engine(), key="k")

    assert refused.value.blockers == [
        "A reason is one of lost, copied, mistake; 'whim' came.",
        "No second factor is set up.",
    ]


@pytest.mark.parametrize("role", [Role.CLIENT, Role.EXPERT, Role.QUALITY, Role.FINANCE])
def test_reset_second_factor_is_not_allowed_to_others_than_managers(ada, role):
    protected(ada)

    with pytest.raises(NotAllowed, match="manager"):
        reset_second_factor(ada.pk, "lost", by=accounts.member(role), key="k")

    assert has_second_factor(ada)


def test_reset_second_factor_is_not_allowed_to_oneself():
    manager = protected(accounts.member(Role.MANAGER))

    with pytest.raises(NotAllowed, match="of others only"):
        reset_second_factor(manager.pk, "lost", by=manager, key="k")


def test_require_password_takes_the_persons_own_only(ada):
    ada.set_password("a long enough password")

    require_password(ada, "a long enough password", HERE)
    with pytest.raises(PasswordRefused):
        require_password(ada, "guess", HERE)

"""Who guesses is slowed down; nobody is locked out by somebody elsewhere."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from hypothesis import given
from hypothesis.strategies import integers, sampled_from

from peritus.journal.clock import clock_set_to, wall_clock
from peritus.sign_in.codes import recovery_digest
from peritus.sign_in.errors import CodeRefused, TooManyTries
from peritus.sign_in.limits import (
    ADDRESS,
    CODES,
    DIGITS_OF_ACCOUNT,
    FIRST_WAIT,
    PASSWORDS,
    network_of,
    try_code,
    try_password,
)
from peritus.sign_in.models import RecoveryCode, WrongTries
from peritus.sign_in.proving import prove
from tests.factories import accounts
from tests.factories.sign_in import RECOVERY, code, protected

pytestmark = pytest.mark.django_db
START = datetime(2026, 3, 10, 9, tzinfo=UTC)
HERE, THERE = "192.0.2.7", "198.51.100.9"
ADA = "ada@quill.example"


class Time:
    def __init__(self):
        self.seconds = 0

    def __call__(self):
        return START + timedelta(seconds=self.seconds)


@pytest.fixture(autouse=True)
def time():
    """The time stands still until a test moves it."""
    clock = Time()
    with clock_set_to(clock):
        yield clock


def wait_for(attempt):
    """Return how many seconds are to be waited, 0 where the try is free."""
    try:
        attempt()
    except TooManyTries as refused:
        return refused.seconds
    return 0


def password(email=ADA, address=HERE):
    return try_password(email, address)


@given(sampled_from([PASSWORDS, CODES, ADDRESS, DIGITS_OF_ACCOUNT]), integers(0, 10_000))
def test_the_wait_never_shrinks_and_never_passes_the_longest(limit, count):
    none = timedelta(0)
    now, then = limit.wait_after(count) or none, limit.wait_after(count + 1) or none

    assert now <= then <= limit.longest
    assert (now > none) is (count >= limit.free)


def test_five_passwords_are_free_then_the_wait_doubles(time):
    waits = []
    for _ in range(5):
        assert wait_for(password) == 0
    for _ in range(7):
        waits.append(wait_for(password))
        time.seconds += waits[-1]
        password()

    assert waits == [30, 60, 120, 240, 480, 900, 900]


def test_while_one_waits_nothing_more_is_counted(time):
    for _ in range(5):
        password()
    for _ in range(20):
        assert wait_for(password) == 30

    time.seconds += 29
    assert wait_for(password) == 1
    time.seconds += 1
    assert wait_for(password) == 0


def test_wrong_tries_are_forgotten_after_their_window(time):
    for _ in range(4):
        password()
    time.seconds += 3600

    for _ in range(4):
        assert wait_for(password) == 0


def test_somebody_elsewhere_locks_nobody_out():
    for _ in range(40):
        wait_for(lambda: password(address=THERE))

    assert wait_for(password) == 0


def test_another_account_from_here_is_free_until_the_address_is_full():
    for n in range(ADDRESS.free):
        assert wait_for(lambda n=n: password(f"person-{n}@quill.example")) == 0

    assert wait_for(lambda: password("somebody@else.example")) == FIRST_WAIT.total_seconds()
    assert wait_for(lambda: password("somebody@else.example", THERE)) == 0


def test_success_clears_the_account_and_takes_its_own_try_from_the_address():
    for _ in range(4):
        password()
    password().succeeded()

    for _ in range(4):
        assert wait_for(password) == 0
    counts = {each.count for each in WrongTries.objects.all()}
    assert counts == {4, 8}


def test_letter_case_makes_no_new_account():
    for each in ("Ada@quill.example", "ada@QUILL.example ", ADA, ADA, ADA):
        password(each)

    assert wait_for(password) == 30


def test_success_with_ones_own_account_does_not_free_the_address_for_guessing():
    for n in range(ADDRESS.free - 1):
        password(f"person-{n}@quill.example")
        password("own@quill.example").succeeded()

    password("last@quill.example")
    assert wait_for(lambda: password("more@quill.example")) == 30


def test_nothing_in_the_table_says_who_was_tried_or_from_where():
    password()

    said = " ".join(str(row) for row in WrongTries.objects.values())
    assert "quill" not in said
    assert HERE not in said


def test_counts_are_not_kept_longer_than_a_day(time):
    password()
    time.seconds += 86_401
    password("other@quill.example", THERE)

    assert WrongTries.objects.filter(began_at=START).count() == 0


def test_digits_of_one_account_are_limited_from_everywhere_and_recovery_codes_are_not():
    ada = protected(accounts.user())
    for n in range(DIGITS_OF_ACCOUNT.free):
        with pytest.raises(CodeRefused):
            prove(ada, "000000", f"203.0.113.{n}")

    with pytest.raises(TooManyTries, match="Wait 30 seconds"):
        prove(ada, code(), HERE)
    prove(ada, RECOVERY, HERE)


def test_a_right_code_clears_the_wrong_ones(time):
    ada = protected(accounts.user())
    for _ in range(3):
        with suppress(CodeRefused):
            prove(ada, "000000", HERE)

    prove(ada, code(), HERE)

    assert sorted(each.count for each in WrongTries.objects.all()) == [0, 0, 3]  # the address's


def test_too_many_tries_spend_no_code():
    ada = protected(accounts.user())
    for _ in range(5):
        try_code(ada, HERE, digits=False)

    with pytest.raises(TooManyTries):
        prove(ada, RECOVERY, HERE)

    assert RecoveryCode.objects.get(digest=recovery_digest(RECOVERY)).used_at is None


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
        ("", "unknown"),
        ("somewhere", "unknown"),
    ],
)
def test_network_of_is_what_one_household_has(address, network):
    assert network_of(address) == network


@pytest.mark.parametrize(
    ("seconds", "words"), [(30, "30 seconds"), (90, "90 seconds"), (121, "3 minutes")]
)
def test_too_many_tries_says_how_long_to_wait(seconds, words):
    assert str(TooManyTries(seconds)) == f"Too many wrong tries. Wait {words}, then try again."


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_however_many_ask_at_once_no_more_than_the_free_tries_are_looked_at():
    def attempt(_):
        try:
            return wait_for(password) == 0
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as threads:
        looked_at = list(threads.map(attempt, range(24)))

    assert looked_at.count(True) == PASSWORDS.free


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_however_many_ask_at_once_a_code_counts_once():
    ada = protected(accounts.user())
    with clock_set_to(wall_clock):  # which threads read
        shown = code()

    def attempt(n):
        try:
            prove(ada, shown, f"203.0.113.{n}")
        except CodeRefused:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(4) as threads:
        counted = list(threads.map(attempt, range(8)))

    assert counted.count(True) == 1

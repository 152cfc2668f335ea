"""Slow down whoever guesses, without locking anybody out for good.

A try is counted before it is looked at, in a transaction of its own, so that
however many processes are asked at once, none looks at more than is free. What
succeeds is taken out again. Tries are counted under a keyed hash: nobody can read
from the table who was tried, not even a password typed into the wrong field.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address, ip_network
from math import ceil
from typing import Final

from django.utils.crypto import salted_hmac

from peritus.accounts.models import User
from peritus.journal.acts import in_transaction
from peritus.journal.clock import now
from peritus.sign_in.errors import TooManyTries
from peritus.sign_in.models import WrongTries

log = logging.getLogger("peritus.sign_in")

FIRST_WAIT: Final = timedelta(seconds=30)
KEPT: Final = timedelta(days=1)


@dataclass(frozen=True)
class Limit:
    """So many tries are free in a window; each more doubles the wait, up to the longest."""

    name: str
    free: int
    window: timedelta
    longest: timedelta

    def wait_after(self, count: int) -> timedelta | None:
        """Return how long to wait after so many tries."""
        if count < self.free:
            return None
        doublings = min(count - self.free, 16)  # far past the longest
        return min(FIRST_WAIT * 2**doublings, self.longest)


HOUR, QUARTER = timedelta(hours=1), timedelta(minutes=15)
PASSWORDS: Final = Limit("password of an account from an address", 5, HOUR, QUARTER)
CODES: Final = Limit("code of an account from an address", 5, HOUR, QUARTER)
ADDRESS: Final = Limit("anything from an address", 50, QUARTER, QUARTER)
# Six digits can be guessed from many addresses; a recovery code cannot, and stays open.
DIGITS_OF_ACCOUNT: Final = Limit("digits of an account", 10, timedelta(days=1), HOUR)


@dataclass(frozen=True)
class Counter:
    """What is counted under a limit: somebody, somewhere, or both."""

    limit: Limit
    digest: str


def counter(limit: Limit, *what: str) -> Counter:
    """Return the counter of a limit for somebody or somewhere."""
    said = "\n".join((limit.name, *what))
    return Counter(
        limit, salted_hmac("peritus.sign_in.limits", said, algorithm="sha256").hexdigest()
    )


def network_of(address: str) -> str:
    """Return what one household or machine has: an IPv4 address, 64 bits of an IPv6 one."""
    try:
        found = ip_address(address)
    except ValueError:
        return "unknown"
    if isinstance(found, IPv6Address) and found.ipv4_mapped is None:
        return str(ip_network((found, 64), strict=False))
    return str(getattr(found, "ipv4_mapped", None) or found)


@dataclass(frozen=True)
class Try:
    """One try that was counted; ``succeeded`` takes it out again."""

    cleared: tuple[Counter, ...]
    lowered: tuple[Counter, ...]

    def succeeded(self) -> None:
        """Forget the wrong tries of this person from here; others' from here stay counted."""
        in_transaction(self._take_out)

    def _take_out(self) -> None:
        cleared = WrongTries.objects.filter(digest__in=[each.digest for each in self.cleared])
        cleared.update(count=0, until=None)  # not deleted: somebody may be about to count in it
        digests = [each.digest for each in self.lowered]
        for row in WrongTries.objects.select_for_update().filter(digest__in=digests):
            row.count, row.until = max(row.count - 1, 0), None
            row.save(update_fields=["count", "until"])


def try_password(email: str, address: str) -> Try:
    """Count a try of a password, of an account that there is or is not. Raises TooManyTries."""
    here = network_of(address)
    cleared = (counter(PASSWORDS, email.strip().lower(), here),)
    return _counted(Try(cleared, (counter(ADDRESS, here),)), here)


def try_code(user: User, address: str, *, digits: bool) -> Try:
    """Count a try of a code; ``digits`` are of a telephone. Raises TooManyTries."""
    here, whose = network_of(address), str(user.uid)
    cleared = [counter(CODES, whose, here)]
    if digits:
        cleared.append(counter(DIGITS_OF_ACCOUNT, whose))
    return _counted(Try(tuple(cleared), (counter(ADDRESS, here),)), here)


def _counted(tried: Try, here: str) -> Try:
    at, counters = now(), sorted((*tried.cleared, *tried.lowered), key=lambda each: each.digest)
    if wait := in_transaction(lambda: _count(counters, at)):
        log.warning("too many wrong tries from %s: held for %d s", here, wait)
        raise TooManyTries(wait)
    return tried


def _count(counters: Iterable[Counter], at: datetime) -> int:
    """Count a try everywhere, or return the seconds to wait and count it nowhere."""
    WrongTries.objects.filter(began_at__lt=at - KEPT).delete()
    rows = [(each.limit, _row(each, at)) for each in counters]  # in one order: no deadlock
    if waits := [row.until - at for _, row in rows if row.until and row.until > at]:
        return ceil(max(waits).total_seconds())
    for limit, row in rows:
        if row.began_at + limit.window <= at:
            row.count, row.began_at = 0, at
        row.count += 1
        wait = limit.wait_after(row.count)
        row.until = at + wait if wait else None
        row.save()
    return 0


def _row(each: Counter, at: datetime) -> WrongTries:
    locked = WrongTries.objects.select_for_update()
    return locked.get_or_create(digest=each.digest, defaults={"began_at": at})[0]

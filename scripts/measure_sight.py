"""Measure what row-level security costs, on a PostgreSQL that holds a demo.

usage, as the role that serves: DATABASE_URL=postgresql://… python scripts/measure_sight.py
"""

import os
import statistics
import time

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "peritus.settings")

import django

django.setup()

from django.db import connection, transaction  # noqa: E402 - needs loaded apps

from peritus.accounts.models import User  # noqa: E402 - needs loaded apps
from peritus.journal.clock import now  # noqa: E402 - needs loaded apps
from peritus.journal.sight import has_policies, seeing  # noqa: E402 - needs loaded apps
from peritus.work.queries import slots_open_to  # noqa: E402 - needs loaded apps
from peritus.work.sight import sight_of  # noqa: E402 - needs loaded apps

TIMES = 300
ROWS = 1_000_000
COUNT = (
    "SELECT count(*) FROM (SELECT g %% 5 AS organisation_id FROM generate_series(1, %s) g) rows "
    "WHERE {}"
)
CONDITIONS = (
    "organisation_id = ANY('{1,2}'::bigint[])",
    "organisation_id = ANY(NULLIF(current_setting('peritus.organisations', true), '')::bigint[])",
)


def milliseconds(work):
    """Return the median time of a piece of work."""
    taken = []
    for _ in range(TIMES):
        began = time.perf_counter()
        work()
        taken.append((time.perf_counter() - began) * 1e3)
    return statistics.median(taken)


def a_look():
    User.objects.filter(pk=1).exists()


def print_telling():
    """Print what a transaction of one statement takes, not told and told."""
    untold = milliseconds(transaction.atomic(a_look))
    with seeing([1]):
        told = milliseconds(transaction.atomic(a_look))
        alone = milliseconds(a_look)
    print(f"transaction of one statement: {untold:.2f} ms, told {told:.2f} ms")
    print(f"statement outside of one: {milliseconds(a_look):.2f} ms, told {alone:.2f} ms")


def print_sights():
    """Print what it takes to know what to tell, for each kind of person."""
    for handle in ("manager", "client", "expert"):
        user = User.objects.get(email=f"{handle}@demo.invalid")
        print(f"what a {handle} sees: {milliseconds(lambda: sight_of(user)):.2f} ms")  # noqa: B023


def print_condition():
    """Print what a row costs where no index serves, beside a plain condition."""
    with transaction.atomic(), seeing([1, 2]), connection.cursor() as cursor:
        for condition in CONDITIONS:
            began = time.perf_counter()
            cursor.execute(COUNT.replace("{}", condition), [ROWS])
            print(f"{(time.perf_counter() - began) / ROWS * 1e6:.2f} µs a row: {condition}")


def print_next_item():
    """Print the plan of an expert's next item, with and without the policy."""
    user = User.objects.get(email="expert@demo.invalid")
    with transaction.atomic(), seeing(sight_of(user)):
        print(slots_open_to(user.expert, now())[:1].explain(analyze=True))


if __name__ == "__main__":
    if not has_policies():
        raise SystemExit("Name a PostgreSQL in DATABASE_URL: SQLite has no policies to measure.")
    for part in (print_telling, print_sights, print_condition, print_next_item):
        part()

"""Random histories: nobody holds or judges what a second account of the rules forbids.

More of them: ``PERITUS_HISTORIES=5000 pytest tests/unit/work/test_histories.py``, 0.15 s each;
``PERITUS_HISTORIES_FROM`` goes on where an earlier run ended.
"""

import os

import pytest
from django.db import transaction

from tests.factories.histories import broken_by_now, played

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
HISTORIES, STEPS = int(os.environ.get("PERITUS_HISTORIES", "40")), 25
FIRST = int(os.environ.get("PERITUS_HISTORIES_FROM", "0"))
EACH = 20  # as often the condition of leasing is asked again of all that was leased


def test_no_history_leases_or_refuses_what_the_account_does_not(figure):
    granted = refused = 0

    for seed in range(FIRST, FIRST + HISTORIES):
        with transaction.atomic():
            history = played(seed, STEPS)
            assert seed % EACH or broken_by_now() == [], seed
            transaction.set_rollback(True)
        granted, refused = granted + history.grants, refused + history.refusals

    assert granted > HISTORIES * 2
    assert refused > HISTORIES * 3
    figure(f"leasing: {HISTORIES} histories, {granted} grants and {refused} refusals as accounted")

"""Whose rows the database shows a person at all; pages and verbs ask more narrowly."""

from __future__ import annotations

from typing import Any, Final

from django.db import connection

from peritus.accounts.models import Membership, Organisation, Role, User
from peritus.bench.models import Expert
from peritus.journal.clock import now
from peritus.journal.sight import EVERYTHING, Sight, seeing_everything

PROVIDER: Final = Organisation.Kind.PROVIDER
STAFF: Final = (Role.MANAGER, Role.QUALITY, Role.FINANCE)

# By hand, since each request asks: as querysets they take five times as long to write down.
_OWN: Final = """
SELECT organisation_id FROM accounts_membership WHERE user_id = %(user)s
UNION SELECT organisation_id FROM engagements_engagement
    WHERE manager_id = %(user)s OR quality_lead_id = %(user)s
"""
_JUDGED: Final = """
UNION SELECT o.id FROM accounts_organisation o
WHERE o.kind = 'provider'
    OR EXISTS (SELECT 1 FROM work_panelseat p
        WHERE p.organisation_id = o.id AND p.expert_id = %(expert)s)
    OR EXISTS (SELECT 1 FROM work_assignment a
        WHERE a.organisation_id = o.id AND a.expert_id = %(expert)s)
    OR EXISTS (SELECT 1 FROM engagements_rosterentry r WHERE r.organisation_id = o.id
        AND r.expert_id = %(expert)s AND r.left_at IS NULL)
    OR EXISTS (SELECT 1 FROM work_slot s WHERE s.organisation_id = o.id
        AND s.state IN ('open', 'leased') AND s.reserved_for_id = %(expert)s)
UNION SELECT organisation_id FROM engagements_engagement WHERE supervisor_id = %(expert)s
UNION SELECT e.organisation_id FROM engagements_engagement e
WHERE EXISTS (SELECT 1 FROM work_slot s WHERE s.organisation_id = e.organisation_id
        AND s.engagement_id = e.id AND s.state IN ('open', 'leased') AND s.reserved_for_id IS NULL)
    AND NOT EXISTS (SELECT 1 FROM engagements_wall w
        WHERE w.engagement_id = e.id AND w.expert_id = %(expert)s AND w.item_id IS NULL)
    AND (%(admitted)s OR e.required_qualification = ''
        OR EXISTS (SELECT 1 FROM bench_qualification q WHERE q.expert_id = %(expert)s
            AND q.name = e.required_qualification AND q.passed AND q.expires_at > %(now)s))
"""


def sight_of(user: User) -> Sight:
    """Return whose rows a user may see at all.

    The provider's staff see every client's. Everybody else sees their own
    organisation's and those of engagements that they manage or lead; experts
    too where they sit on a panel or stand on a roster, hold or held a lease, are asked to judge or
    might be next, and the provider's own, whose tests they take.
    """
    staff = Membership.objects.filter(user=user, role__in=STAFF, organisation__kind=PROVIDER)
    if user.is_engine or staff.exists():
        return EVERYTHING
    expert = Expert.objects.filter(user=user).values_list("pk", "kind", "on_trial").first()
    asked: dict[str, Any] = {"user": user.pk}
    if expert:
        _, kind, on_trial = expert  # as ``work.queries.lease_predicate`` has it
        admitted = kind != Expert.Kind.PERSON and not on_trial
        asked |= {"expert": expert[0], "admitted": admitted, "now": now()}
    with seeing_everything(), connection.cursor() as cursor:
        cursor.execute(_OWN + _JUDGED if expert else _OWN, asked)
        return frozenset(row[0] for row in cursor.fetchall())

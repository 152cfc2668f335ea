"""Keep measured skills at what the known answers say."""

from __future__ import annotations

from peritus.accounts.models import User
from peritus.bench.verbs import record_skills
from peritus.journal.acts import verb
from peritus.quality.rules import DERIVE
from peritus.quality.skills import measured_skills


@verb
def derive_skills(pack: str, *, by: User, key: str) -> int:
    """Derive the skills of a pack from the facts; deriving again changes nothing."""
    DERIVE.require(by)
    return record_skills(pack, measured_skills(pack), by=by, key=key)

"""Acts that shape an engagement: its scope, and who may work in it."""

from peritus.engagements.verbs.regions import allow_region, end_region
from peritus.engagements.verbs.roster import end_entry, enter_expert, keep_roster, record_step
from peritus.engagements.verbs.scope import (
    MOST_ROWS,
    add_items,
    keep_content,
    open_engagement,
    open_lot,
    publish_guideline,
    publish_pack_guideline,
    set_due,
)
from peritus.engagements.verbs.supervision import name_supervisor, supervisor_blockers
from peritus.engagements.verbs.walls import (
    end_restriction,
    name_party,
    raise_wall,
    require_credentials,
    restrict_engagement,
)

__all__ = [
    "MOST_ROWS",
    "add_items",
    "allow_region",
    "end_entry",
    "end_region",
    "end_restriction",
    "enter_expert",
    "keep_content",
    "keep_roster",
    "name_party",
    "name_supervisor",
    "open_engagement",
    "open_lot",
    "publish_guideline",
    "publish_pack_guideline",
    "raise_wall",
    "record_step",
    "require_credentials",
    "restrict_engagement",
    "set_due",
    "supervisor_blockers",
]

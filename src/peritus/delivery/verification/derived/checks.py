"""Files that follow from the pack's other files: made again, and compared."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from peritus.delivery.verification.derived.provenance import PROV, provenance
from peritus.delivery.verification.records import PackRecords
from peritus.delivery.verification.records.journal import ManifestSaid
from peritus.delivery.verification.records.shapes import parsed
from peritus.delivery.verification.report import demand, demand_equal
from peritus.journal.canonical import sha256


def check_provenance(pack: PackRecords, members: Mapping[str, bytes]) -> str:
    """Tell again how the pack came about; every file's hash must be that of the file."""
    told: dict[str, Any] = json.loads(members[PROV])
    entities, steps = told.get("entity", {}), told.get("activity", {})
    for name in sorted(set(members) - {PROV}):
        stated = entities.get(f"file:{name}", {}).get("peritus:sha256")
        demand_equal(f"{PROV}: {name}", stated, sha256(members[name]))
    key = parsed(ManifestSaid, pack.signature.body, "signature.json").key
    again = provenance(members, key) == members[PROV]
    demand(again, f"{PROV}: not what the other files of the pack tell.")
    return f"{len(steps)} steps, every file by its SHA-256."

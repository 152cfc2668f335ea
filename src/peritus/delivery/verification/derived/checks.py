"""Files that follow from the pack's other files: made again, and compared."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from peritus.delivery.verification.derived.provenance import PROV, provenance
from peritus.delivery.verification.derived.report import REPORT, report, rests_on
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
    again = provenance(members, _key(pack))
    demand(again == members[PROV], f"{PROV}: not what the other files of the pack tell.")
    return f"{len(steps)} steps, every file by its SHA-256."


def _key(pack: PackRecords) -> str:
    """Return the fingerprint of the key that signed the pack."""
    return parsed(ManifestSaid, pack.signature.body, "signature.json").key


def check_report(pack: PackRecords, members: Mapping[str, bytes]) -> str:
    """Set the report again; only the same release of Typst gives the same bytes."""
    given, others = members[REPORT], {n: members[n] for n in members if n not in {PROV, REPORT}}
    for words in rests_on(others):
        demand(words.encode() in given, f"{REPORT}: it is not about {words}.")
    again = report(others, _key(pack))
    if given == again:
        return "Every figure follows from the other files."
    told, ours = _typesetter(given), _typesetter(again)
    demand(told != ours, f"{REPORT}: not what the other files of the pack tell.")
    return f"Set by {told}, and here is {ours}: not compared; it names freeze and claim."


def _typesetter(pdf: bytes) -> str:
    found = re.search(rb"<xmp:CreatorTool>([^<]{1,40})</xmp:CreatorTool>", pdf)
    return found[1].decode("ascii", "replace") if found else "nobody knows what"

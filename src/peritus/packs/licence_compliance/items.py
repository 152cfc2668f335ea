"""How a row becomes a pair of licences with both texts."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from functools import cache

from peritus.catalogue.packs import Attachment, ItemContent, ItemShape
from peritus.packs.licence_compliance.lock import FOLDER, member_text
from peritus.packs.licence_compliance.sources import Pair

COLUMNS = ("inbound", "outbound")
SITUATION = "The component is unmodified; the product is distributed in binary form."


@cache
def known_licences() -> frozenset[str]:
    """Return the SPDX ids whose full text the pack can show."""
    return frozenset((FOLDER / "licences.txt").read_text(encoding="utf-8").split())


@cache
def licence_text(spdx: str) -> str:
    """Return the full text of a licence.

    An "-or-later" text may begin with the notice that gives the choice of
    version. Raises PublishedDataMissing when the texts cannot be had.
    """
    return member_text("texts", spdx=spdx).strip()


def row_of(pair: Pair, *, lot: str) -> dict[str, str]:
    """Return a pair as a row of an item file."""
    return {"key": pair.key, "lot": lot, "inbound": pair.inbound, "outbound": pair.outbound}


def pair_of(row: Mapping[str, str]) -> Pair:
    """Return the pair that a row names."""
    return Pair(row["outbound"], row["inbound"])


def row_blockers(row: Mapping[str, str]) -> list[str]:
    """Say why a row is no pair of two known licences."""
    reasons = [reason for column in COLUMNS if (reason := _licence_blocker(row, column))]
    if not reasons and row["inbound"] == row["outbound"]:
        reasons.append(f"Inbound and outbound must be two licences; both are {row['inbound']}.")
    return reasons


def _licence_blocker(row: Mapping[str, str], column: str) -> str:
    given = row.get(column) or ""
    if given in known_licences():
        return ""
    if not given.strip():
        return f"The {column} licence is missing; an SPDX identifier is wanted."
    return f"The {column} licence {given[:80]!r} is not known; {_advice(given)}"


def _advice(given: str) -> str:
    """Name the identifiers that may have been meant, in any case or short form."""
    known = {name.lower(): name for name in sorted(known_licences())}
    wanted = given.strip().lower()
    forms = [known[name] for end in ("", "-only", "-or-later") if (name := wanted + end) in known]
    near = forms or [known[name] for name in get_close_matches(wanted, known, cutoff=0.8)]
    if not near:
        return "write an SPDX identifier such as GPL-2.0-only."
    return f"write an SPDX identifier, perhaps {' or '.join(near)}."


def pair_content(row: Mapping[str, str]) -> ItemContent:
    """Return what stands on the workbench for a pair: facts and both texts."""
    inbound, outbound = row["inbound"], row["outbound"]
    return ItemContent(
        title=f"{inbound} into {outbound}",
        facts=(
            ("Inbound licence (component)", inbound),
            ("Outbound licence (product)", outbound),
            ("Situation", SITUATION),
        ),
        attachments=(
            Attachment(f"Inbound licence: {inbound}", licence_text(inbound)),
            Attachment(f"Outbound licence: {outbound}", licence_text(outbound)),
        ),
    )


ITEMS = ItemShape(columns=COLUMNS, blockers=row_blockers, content=pair_content)

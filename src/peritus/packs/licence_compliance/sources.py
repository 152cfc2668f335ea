"""What the published tables answer, in one shape: (outbound, inbound)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import NamedTuple

from peritus.packs.licence_compliance.lock import member_text

JUDGES = ("hermine", "oslc", "reclicense")
ADJUDICATOR = "osadl"
AUDITOR = "double_open"
HANDLES = (*JUDGES, ADJUDICATOR, AUDITOR)

# RecLicense: 0 not compatible; 1, 2 or both: one of its two ways is open.
RECLICENSE_ANSWERS = {"0": "no", "1": "yes", "2": "yes", "1,2": "yes"}


class Pair(NamedTuple):
    """An ordered pair of SPDX ids: what the product has, what goes into it."""

    outbound: str
    inbound: str

    @property
    def key(self) -> str:
        """Return the item key, inbound>outbound: "GPL-2.0-only>MIT"."""
        return f"{self.inbound}>{self.outbound}"


class Reading(NamedTuple):
    """What a table says about a pair; the answer is None when it is no answer."""

    answer: str | None
    reason: str


@cache
def table(handle: str) -> Mapping[Pair, Reading]:
    """Return what one source answers, pair by pair.

    Raises PublishedDataMissing when its file cannot be had.
    """
    raw = json.loads(member_text(handle))["licenses"]
    return _osadl(raw) if handle == ADJUDICATOR else _nested(handle, raw)


def answer_of(handle: str, pair: Pair) -> str | None:
    """Return a source's yes or no on a pair, None when it gives neither."""
    reading = table(handle).get(pair)
    return reading.answer if reading else None


def first_answers(pair: Pair) -> dict[str, str]:
    """Return the first judges' answers to a pair, by handle."""
    given = {handle: answer_of(handle, pair) for handle in JUDGES}
    return {handle: answer for handle, answer in given.items() if answer is not None}


def _osadl(raw: list[dict]) -> dict[Pair, Reading]:
    """Read OSADL's list; each entry's name is the outbound licence."""
    return {
        Pair(outbound["name"], inbound["name"]): _explained(
            inbound["compatibility"], inbound["explanation"]
        )
        for outbound in raw
        for inbound in outbound["compatibilities"]
    }


def _explained(said: str, explanation: str) -> Reading:
    answer = _yes_or_no(said)
    return Reading(answer, explanation if answer else f"{said}: {explanation}")


def _nested(handle: str, raw: dict[str, dict]) -> dict[Pair, Reading]:
    """Read a table whose first key is the outbound licence."""
    read = {"reclicense": _coded, "double_open": _commented}.get(handle, _plain)
    return {
        Pair(outbound, inbound): read(entry)
        for outbound, row in raw.items()
        for inbound, entry in row.items()
    }


def _plain(entry: str) -> Reading:
    answer = _yes_or_no(entry)
    return Reading(answer, "" if answer else entry)


def _commented(entry: dict) -> Reading:
    said, comments = entry["compatibility"], " ".join(entry["comment"])
    answer = _yes_or_no(said)
    return Reading(answer, comments if answer else f"{said}: {comments}")


def _coded(entry: object) -> Reading:
    code = str(entry).replace(" ", "")
    return Reading(RECLICENSE_ANSWERS.get(code), "")


def _yes_or_no(said: str) -> str | None:
    """Read yes or no in any case; Unknown, Check dependency, Same are neither."""
    word = said.strip().lower()
    return word if word in {"yes", "no"} else None

"""Known answers: stated paths of two published charts, and their closure."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Mapping, Sequence
from functools import cache

from peritus.catalogue.packs import GoldAnswer
from peritus.packs.licence_compliance.lock import member_text
from peritus.packs.licence_compliance.scope import scope
from peritus.packs.licence_compliance.sources import Pair

CHARTS = {"gnuguide": "GNU licence guide", "dwheeler": "Wheeler's chart"}
Path = tuple[str, ...]


@cache
def known_paths(chart: str) -> Mapping[Pair, Path]:
    """Return the shortest path from inbound to outbound that a chart states.

    Each chart is closed for itself: an arrow of one and an arrow of the other
    make no path, since their authors mean different uses. No path is no "no".
    """
    raw = json.loads(member_text(chart))["licenses"]
    arrows = {inbound: sorted(entry["allowed"]) for inbound, entry in raw.items()}
    return {
        Pair(path[-1], inbound): path
        for inbound in sorted(arrows)
        for path in shortest_paths(arrows, inbound)
    }


def shortest_paths(arrows: Mapping[str, Sequence[str]], start: str) -> list[Path]:
    """Return a shortest path to all that can be reached, breadth first."""
    found: dict[str, Path] = {start: (start,)}
    queue = deque([start])
    while queue:
        here = queue.popleft()
        for there in arrows.get(here, ()):
            if there not in found:
                found[there] = (*found[here], there)
                queue.append(there)
    return [path for end, path in found.items() if end != start]


def gold_answers(question: str) -> list[GoldAnswer]:
    """Return the known answers inside the scope, all of them yes.

    They are shown; they weigh nothing and fail nobody.
    """
    return [answer for pair in scope() if (answer := _gold_answer(pair, question))]


def _gold_answer(pair: Pair, question: str) -> GoldAnswer | None:
    stated = [
        (len(path), name, path)
        for chart, name in CHARTS.items()
        if (path := known_paths(chart).get(pair))
    ]
    if not stated:
        return None
    steps, name, path = min(stated)
    return GoldAnswer(
        item_key=pair.key,
        question=question,
        answer="yes",
        source=f"{name}: {' → '.join(path)}",
        direct=steps == 2,
    )

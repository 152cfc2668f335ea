"""Find installed packs by their entry points."""

from __future__ import annotations

from functools import cache
from importlib.metadata import entry_points

from peritus.catalogue.errors import PackNotSound, UnknownPack
from peritus.catalogue.packs import Pack, pack_blockers

GROUP = "peritus.packs"


def pack_names() -> list[str]:
    """Return the names of the installed packs, in order."""
    return sorted(point.name for point in entry_points(group=GROUP))


@cache
def pack_named(name: str) -> Pack:
    """Load the pack of that name.

    Raises UnknownPack, or PackNotSound with every reason.
    """
    found = [point for point in entry_points(group=GROUP) if point.name == name]
    if not found:
        raise UnknownPack(f"Installed packs are {', '.join(pack_names())}; {name!r} was asked for.")
    pack: Pack = found[0].load()
    if reasons := pack_blockers(pack):
        raise PackNotSound(" ".join(reasons))
    return pack

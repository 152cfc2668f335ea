"""Merkle trees over a chain's events: roots, and proofs that somebody else can check.

Hashing, proofs and their check are those of RFC 6962, sections 2.1.1 to 2.1.3
(the check as in RFC 9162, sections 2.1.3.2 and 2.1.4.2), with SHA-256.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

HASH_BYTES = 32
EMPTY_ROOT = hashlib.sha256(b"").digest()


def leaf_hash(leaf: bytes) -> bytes:
    """Return the hash of a leaf: SHA-256(0x00 ‖ leaf)."""
    return hashlib.sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of a node: SHA-256(0x01 ‖ left ‖ right)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def root_of(leaves: Sequence[bytes]) -> bytes:
    """Return the root over leaf hashes, in their order; of none, SHA-256 of nothing."""
    return levels_of(leaves)[-1][0] if leaves else EMPTY_ROOT


class Frontier:
    """A tree that grows by one leaf at a time: the roots of its complete subtrees, largest first.

    Their sizes are the powers of two that sum to ``size``, so a new leaf costs
    one hash on average, and the root as many as there are subtrees.
    """

    def __init__(self, size: int = 0, roots: Sequence[bytes] = ()) -> None:
        """Go on from ``size`` leaves with these roots; raises ValueError if they do not fit."""
        if size.bit_count() != len(roots):
            raise ValueError(f"{size} leaves have {size.bit_count()} subtrees; got {len(roots)}")
        self.size, self.roots = size, list(roots)

    def add(self, leaf: bytes) -> None:
        """Append a leaf's hash."""
        carried, node = self.size, leaf
        while carried & 1:
            carried, node = carried >> 1, node_hash(self.roots.pop(), node)
        self.roots.append(node)
        self.size += 1

    @property
    def root(self) -> bytes:
        """The root over all leaves so far."""
        if not self.roots:
            return EMPTY_ROOT
        node = self.roots[-1]
        for left in reversed(self.roots[:-1]):
            node = node_hash(left, node)
        return node


def levels_of(leaves: Sequence[bytes]) -> list[list[bytes]]:
    """Return a tree's hashes, level by level, from which any number of proofs is read.

    A last hash without a sibling goes up as it is. That gives the tree of RFC
    6962, whose left part is the largest power of two.
    """
    levels = [list(leaves)]
    while len(levels[-1]) > 1:
        below = levels[-1]
        above = [node_hash(below[n], below[n + 1]) for n in range(0, len(below) - 1, 2)]
        levels.append(above + below[len(above) * 2 :])
    return levels


def inclusion_proof(levels: Sequence[Sequence[bytes]], place: int) -> list[bytes]:
    """Return the hashes that lead from the leaf at a place (from 0) to the root.

    ``levels`` are those of `levels_of`. Raises ValueError for a place outside of
    the leaves.
    """
    size = len(levels[0])
    if not 0 <= place < size:
        raise ValueError(f"a place from 0 to {size - 1} is wanted; got {place}")
    proof = []
    for level in levels:
        sibling = place ^ 1
        if sibling < len(level):
            proof.append(level[sibling])
        place //= 2
    return proof


def consistency_proof(levels: Sequence[Sequence[bytes]], earlier: int) -> list[bytes]:
    """Return the hashes that show that the first ``earlier`` leaves are still the first.

    ``levels`` are those of `levels_of`. Nothing where all leaves or none are
    meant. Raises ValueError for a size beyond the leaves.
    """
    size = len(levels[0])
    if not 0 <= earlier <= size:
        raise ValueError(f"a size from 0 to {size} is wanted; got {earlier}")
    if earlier in {0, size}:
        return []
    place, height = earlier - 1, 0
    while place % 2:  # up to the largest complete tree that ends where the earlier one does
        place, height = place // 2, height + 1
    proof = [levels[height][place]] if place else []
    for level in levels[height:]:
        sibling = place ^ 1
        if sibling < len(level):
            proof.append(level[sibling])
        place //= 2
    return proof


def is_included(leaf: bytes, place: int, *, size: int, root: bytes, proof: Sequence[bytes]) -> bool:
    """Say whether a proof shows that a leaf's hash stands at a place of a tree."""
    if not 0 <= place < size or len(leaf) != HASH_BYTES:
        return False
    sides = _sides(place, size - 1)
    if len(sides) != len(proof):
        return False
    found = leaf
    for on_the_left, step in zip(sides, proof, strict=True):
        found = node_hash(step, found) if on_the_left else node_hash(found, step)
    return found == root


def is_consistent(
    earlier: tuple[int, bytes], later: tuple[int, bytes], proof: Sequence[bytes]
) -> bool:
    """Say whether a proof shows that a tree, (size, root), grew into a later one.

    An empty tree grows into any: that shows nothing, and is refused.
    """
    (size1, root1), (size2, root2) = earlier, later
    if not 0 < size1 <= size2:
        return False
    if size1 == size2:
        return not proof and root1 == root2
    steps = list(proof)
    if size1 & (size1 - 1) == 0:  # a complete tree: its root is the first step, and is left out
        steps.insert(0, root1)
    left, last = size1 - 1, size2 - 1
    while left % 2:
        left, last = left // 2, last // 2
    sides = _sides(left, last)
    if len(sides) + 1 != len(steps):
        return False
    first = second = steps[0]
    for on_the_left, step in zip(sides, steps[1:], strict=True):
        first = node_hash(step, first) if on_the_left else first
        second = node_hash(step, second) if on_the_left else node_hash(second, step)
    return (first, second) == (root1, root2)


def _sides(place: int, last: int) -> list[bool]:
    """Say of each sibling on the way up from a place whether it stands on the left.

    ``last`` is the last place of the same level; where nothing stands beside, the
    way goes up without a step.
    """
    sides = []
    while last:
        if place % 2:
            sides.append(True)
        elif place < last:
            sides.append(False)
        place, last = place // 2, last // 2
    return sides

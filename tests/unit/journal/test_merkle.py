import base64
import hashlib
import json
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peritus.journal.merkle import (
    Frontier,
    consistency_proof,
    inclusion_proof,
    is_consistent,
    is_included,
    leaf_hash,
    levels_of,
    node_hash,
    root_of,
)

SIZES = st.integers(1, 70)


def leaves_of(size):
    return [leaf_hash(str(number).encode()) for number in range(size)]


def vectors(shared_data, folder):
    """Return the test vectors of transparency-dev/merkle, v0.0.2, by name."""
    with zipfile.ZipFile(shared_data / "oracles" / "merkle-rfc6962.zip") as archive:
        names = [name for name in archive.namelist() if name.startswith(f"{folder}/")]
        return {name: json.loads(archive.read(name)) for name in names if name.endswith(".json")}


def raw(words):
    return base64.b64decode(words or "")


def test_the_root_of_nothing_one_and_three_is_that_of_the_rfc():
    one, two, three = leaves_of(3)

    assert root_of([]) == hashlib.sha256(b"").digest()
    assert root_of([one]) == one == hashlib.sha256(b"\x000").digest()
    assert root_of([one, two, three]) == node_hash(node_hash(one, two), three)


def test_inclusion_is_judged_as_by_every_published_vector(shared_data):
    cases = vectors(shared_data, "inclusion")

    wrong = [
        name
        for name, case in cases.items()
        if is_included(
            raw(case["leafHash"]), case["leafIdx"], size=case["treeSize"], root=raw(case["root"]),
            proof=[raw(step) for step in case["proof"] or ()],
        ) is case["wantErr"]
    ]  # fmt: skip

    assert len(cases) > 90
    assert wrong == []


def test_consistency_is_judged_as_by_every_published_vector(shared_data):
    cases = vectors(shared_data, "consistency")

    wrong = [
        name
        for name, case in cases.items()
        if is_consistent(
            (case["size1"], raw(case["root1"])), (case["size2"], raw(case["root2"])),
            [raw(step) for step in case["proof"] or ()],
        ) is case["wantErr"]
    ]  # fmt: skip

    assert len(cases) > 90
    assert wrong == []


@given(SIZES, st.data())
def test_every_leaf_proves_itself_and_nothing_else(size, data):
    leaves = leaves_of(size)
    place = data.draw(st.integers(0, size - 1))
    proof, root = inclusion_proof(levels_of(leaves), place), root_of(leaves)

    assert is_included(leaves[place], place, size=size, root=root, proof=proof)
    other = data.draw(st.integers(0, size).filter(lambda n: n != place))
    assert not is_included(leaves[place], other, size=size, root=root, proof=proof)
    assert not is_included(leaf_hash(b"x"), place, size=size, root=root, proof=proof)
    assert not is_included(leaves[place], place, size=size, root=root, proof=[*proof, root])


@given(SIZES, st.data())
def test_every_earlier_tree_is_shown_to_have_grown(size, data):
    leaves = leaves_of(size)
    earlier = data.draw(st.integers(1, size))
    before, after = (earlier, root_of(leaves[:earlier])), (size, root_of(leaves))
    proof = consistency_proof(levels_of(leaves), earlier)

    assert is_consistent(before, after, proof)
    if earlier < size:
        assert not is_consistent((earlier, leaf_hash(b"x")), after, proof)
        assert not is_consistent(before, (size, leaf_hash(b"x")), proof)
        assert not is_consistent(before, after, [*proof, before[1]])


@given(SIZES, st.data())
def test_an_altered_leaf_is_no_growth(size, data):
    leaves = leaves_of(size)
    place = data.draw(st.integers(0, size - 1))
    altered = [*leaves[:place], leaf_hash(b"altered"), *leaves[place + 1 :], leaf_hash(b"new")]

    before, after = (size, root_of(leaves)), (size + 1, root_of(altered))

    assert not is_consistent(before, after, consistency_proof(levels_of(altered), size))


def test_no_proof_is_given_beyond_the_leaves():
    with pytest.raises(ValueError, match="a place from 0 to 2 is wanted; got 3"):
        inclusion_proof(levels_of(leaves_of(3)), 3)
    with pytest.raises(ValueError, match="a size from 0 to 3 is wanted; got 4"):
        consistency_proof(levels_of(leaves_of(3)), 4)
    assert consistency_proof(levels_of(leaves_of(3)), 0) == []


@given(st.integers(0, 70), st.data())
def test_a_tree_that_grows_leaf_by_leaf_has_the_root_of_all(size, data):
    leaves = leaves_of(size)
    tree = Frontier()
    for leaf in leaves:
        tree.add(leaf)
    later = data.draw(st.integers(0, 20))

    resumed = Frontier(tree.size, tree.roots)
    for leaf in leaves_of(size + later)[size:]:
        resumed.add(leaf)

    assert (tree.size, tree.root) == (size, root_of(leaves))
    assert (resumed.size, resumed.root) == (size + later, root_of(leaves_of(size + later)))


def test_a_tree_does_not_go_on_from_subtrees_that_do_not_fit():
    with pytest.raises(ValueError, match="3 leaves have 2 subtrees; got 1"):
        Frontier(3, leaves_of(1))

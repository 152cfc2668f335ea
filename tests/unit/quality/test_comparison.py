import numpy as np
import pytest

from peritus.algorithms.aggregation import dawid_skene
from peritus.quality.comparison import compare_methods, judgment_arrays
from tests.factories.bench import expert
from tests.factories.engagements import item, lot
from tests.factories.quality import decision
from tests.factories.work import judgment, slot

SAID = {"ada": "yyyn", "bob": "yyyy", "eve": "nynn"}


@pytest.fixture
def judged(db):
    """Four items that three experts answered; all but the last decided "yes"."""
    parent = lot()
    items = [item(lot=parent, key=f"q{number}") for number in range(4)]
    for handle, said in SAID.items():
        somebody = expert(handle=handle)
        for thing, letter in zip(items, said, strict=True):
            answer = {"y": "yes", "n": "no"}[letter]
            judgment(slot=slot(item=thing), expert=somebody, answers={"holds": answer})
    for thing in items[:3]:
        decision(item=thing, question="holds", answer="yes")
    return parent


def test_judgment_arrays_code_items_experts_and_labels_in_order(judged):
    judgment(slot=slot(item=judged.items.first(), purpose="audit"), answers={"holds": "no"})

    arrays = judgment_arrays(judged, "holds")

    assert (arrays.items, arrays.experts, arrays.labels) == (
        ("q0", "q1", "q2", "q3"),
        ("ada", "bob", "eve"),
        ("no", "yes"),
    )
    assert arrays.item.tolist() == np.repeat(range(4), 3).tolist()
    assert arrays.label.tolist() == [1, 1, 0, 1, 1, 1, 1, 1, 0, 0, 1, 0]


def test_compare_methods_says_whom_dawid_skene_follows(judged):
    arrays = judgment_arrays(judged, "holds")
    labels = dawid_skene(arrays.item, arrays.expert, arrays.label).labels
    follows = {
        handle: np.mean([labels[place] == (letter == "y") for place, letter in enumerate(said)])
        for handle, said in SAID.items()
    }

    found = compare_methods(judged, "holds")

    assert (found.decided, found.same) == (3, int(labels[:3].sum()))
    assert found.follows_share == max(follows.values()) == follows[found.follows]


def test_compare_methods_has_nothing_to_compare_without_disagreement(db):
    parent = lot()
    judgment(slot=slot(item=item(lot=parent)), answers={"holds": "yes"})

    assert compare_methods(parent, "holds") is None
    assert compare_methods(lot(), "holds") is None

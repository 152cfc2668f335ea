import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from peritus.algorithms.similarity import similarity

WORDS = st.sampled_from(["lease", "Rent", "tenant", "patent", "claim", "a", "Ärzte", "x1"])
TEXT = st.lists(WORDS, max_size=8).map(" ".join)


@settings(deadline=None)  # the first import takes its time
@given(st.lists(TEXT, max_size=4), st.lists(TEXT, min_size=1, max_size=6))
def test_similarity_is_that_of_scikit_learn(profiles, texts):
    text = pytest.importorskip("sklearn.feature_extraction.text", reason="scikit-learn is missing")
    found = similarity(profiles, texts)

    assert found.shape == (len(profiles), len(texts))
    if not profiles or not any(len(word) > 1 for each in texts for word in each.split()):
        assert not found.any()
        return
    other = text.TfidfVectorizer(sublinear_tf=True)
    known = other.fit_transform(texts)
    assert found == pytest.approx((other.transform(profiles) @ known.T).toarray())


def test_similarity_tells_what_somebody_worked_on():
    found = similarity(
        ["rent of a lease, rent again", "claims of a patent", ""],
        ["The tenant pays rent under the lease.", "The patent has ten claims.", ""],
    )

    assert found.argmax(axis=1).tolist() == [0, 1, 0]
    assert found[0, 0] > 0.3 > found[0, 1]
    assert (found[2] == 0).all()
    assert (found[:, 2] == 0).all()


def test_similarity_of_nothing_is_nothing():
    assert similarity([], ["a text"]).shape == (0, 1)
    assert similarity(["a text"], []).shape == (1, 0)


def test_a_text_is_wholly_like_itself():
    texts = ["one two three", "two two four"]

    assert np.diag(similarity(texts, texts)) == pytest.approx(1.0)

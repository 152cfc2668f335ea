"""How alike texts are in their words: cosines of TF-IDF."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

WORD = re.compile(r"(?u)\b\w\w+\b")


def similarity(profiles: Sequence[str], texts: Sequence[str]) -> NDArray[np.float64]:
    """Return how alike each profile is to each text.

    Parameters
    ----------
    profiles, texts : sequences of str
        What somebody worked on, and what is to be worked on. Words have two
        letters or more; case does not count. A profile's words that no text
        has do not count either.

    Returns
    -------
    float64 (profiles, texts)
        Cosine of the TF-IDF vectors, 0 to 1; 0 where either has no word.

    Notes
    -----
    Weights are 1 + log(count), times log((1 + n) / (1 + texts with the word)) + 1
    over the n texts. O(words of both + common words).
    Source: Salton & Buckley (1988), Information Processing & Management 24(5), 513-523.
    """
    counted = [_words(text) for text in texts]
    column = {word: n for n, word in enumerate(sorted(set().union(*counted)))}
    known = _matrix(counted, column)
    spread = np.bincount(known.indices, minlength=len(column))
    weight = np.log((1 + len(texts)) / (1 + spread)) + 1
    theirs = _matrix([_words(profile) for profile in profiles], column)
    found = _unit(theirs, weight) @ _unit(known, weight).T
    return np.asarray(np.clip(found.toarray(), 0.0, 1.0), dtype=float)


def _words(text: str) -> Counter[str]:
    return Counter(WORD.findall(text.lower()))


def _matrix(counted: Sequence[Counter[str]], column: Mapping[str, int]) -> sparse.csr_array:
    """Return 1 + log(count) of each known word, (texts, words)."""
    rows = [(n, column[w], c) for n, words in enumerate(counted) for w, c in words.items()
            if w in column]  # fmt: skip
    at = np.array(rows, dtype=float).reshape(-1, 3)
    place = (at[:, 0].astype(np.int64), at[:, 1].astype(np.int64))
    values = 1 + np.log(at[:, 2])
    return sparse.csr_array((values, place), shape=(len(counted), len(column)))


def _unit(counts: sparse.csr_array, weight: NDArray[np.float64]) -> sparse.csr_array:
    """Weigh words, and bring each row to length 1; an empty one stays empty."""
    weighed = sparse.csr_array(counts.multiply(weight[None, :]))
    length = np.sqrt(np.asarray(weighed.multiply(weighed).sum(axis=1)).ravel())
    scale = np.divide(1.0, length, out=np.zeros_like(length), where=length > 0)
    return sparse.csr_array(weighed.multiply(scale[:, None]))

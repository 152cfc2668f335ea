"""Whatever is changed in a pack, both verifiers refuse it."""

from __future__ import annotations

import os
from collections import Counter
from hashlib import sha256
from itertools import islice

import pytest

from tests.factories.packs import public_of, right_key, verdicts
from tests.unit.delivery.mutations import mutations

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
SAMPLE, SEED = int(os.environ.get("PERITUS_MUTATIONS", "150")), 20261128


@pytest.fixture
def four(packs) -> list[bytes]:
    return [packs.certified, packs.spent, packs.provider_drawn, packs.running]


def key_name() -> str:
    return sha256(bytes.fromhex(public_of(right_key()))).hexdigest()


def test_both_verifiers_refuse_every_mutation_and_name_a_part(four, tmp_path, figure):
    path, accepted, kinds = tmp_path / "pack.zip", [], Counter()

    for each in islice(mutations(four, seed=SEED), SAMPLE):
        path.write_bytes(each.pack)
        found = verdicts(path, key_name())
        kinds[each.kind] += 1
        if not found.ours or not found.foreign:
            accepted.append((each.kind, each.part, found))

    assert accepted == []
    assert len(kinds) > 15
    figure(
        f"evidence: {SAMPLE} mutated packs of {len(kinds)} kinds, each refused by both verifiers"
    )

"""Change evidence packs at random; both verifiers must refuse each change and name a part.

    python -m scripts.mutate_packs --key-file KEY.pem --count 10000 PACK PACK...

Without ``--signed`` the forger has no key, and nothing may pass. With it, the
forger is whoever has the key: what passes then follows from nothing else in a pack.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections import Counter
from itertools import islice
from pathlib import Path

from peritus.journal.signatures import fingerprint_of
from tests.factories.packs import public_of, right_key, verdicts
from tests.unit.delivery.mutations import mutations


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("packs", nargs="+", type=Path, help="two or more, of one installation")
    options.add_argument("--key-file", type=Path, required=True, help="its private key")
    options.add_argument("--count", type=int, default=10_000)
    options.add_argument("--seed", type=int, default=20261128)
    options.add_argument("--signed", action="store_true")
    given = options.parse_args()
    os.environ["PERITUS_SIGNING_KEY"] = given.key_file.read_text()
    key, start = right_key(), time.perf_counter()
    packs = [path.read_bytes() for path in given.packs]
    found = mutations(packs, seed=given.seed, key=key if given.signed else None)
    name = fingerprint_of(bytes.fromhex(public_of(key)))
    passed: Counter[tuple[str, str, str]] = Counter()
    by_signature = 0
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "pack.zip"
        for each in islice(found, given.count):
            path.write_bytes(each.pack)
            said = verdicts(path, name)
            by_signature += said.ours == said.foreign == ("signature",)
            accepts = [who for who in ("ours", "foreign") if not getattr(said, who)]
            if accepts:
                passed[each.kind, each.part, " and ".join(accepts)] += 1
    print(f"{given.count} mutations, seed {given.seed}, {time.perf_counter() - start:.0f} s")
    print(f"{by_signature} refused by the signature alone, {passed.total()} accepted by a verifier")
    for (kind, part, who), count in sorted(passed.items()):
        print(f"{count:5}  {kind}: {part} (accepted by {who})")
    return 1 if passed and not given.signed else 0


if __name__ == "__main__":
    raise SystemExit(main())

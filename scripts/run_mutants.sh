#!/usr/bin/env bash
# Mutate each package of peritus.algorithms that is named, run its own unit tests on every mutant,
# and print the share that they notice. Takes minutes; no part of `make test`.
set -euo pipefail
cd "$(dirname "$0")/.."
unset DATABASE_URL
export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1

for package in "$@"; do
    rm -rf mutants
    mkdir mutants
    # The tests of a package carry its name: test_<package>*.py.
    export PYTEST_ADDOPTS="-k test_$package -p no:cacheprovider"
    .venv/bin/mutmut run "peritus.algorithms.$package.*" >mutants/run.log 2>&1 ||
        { tail -30 mutants/run.log; exit 1; }
    .venv/bin/mutmut export-cicd-stats >/dev/null
    .venv/bin/python - "$package" <<'PYTHON'
import json
import sys

kept = json.load(open("mutants/mutmut-cicd-stats.json"))
noticed = kept["killed"] + kept["timeout"] + kept["segfault"]
tried = noticed + kept["survived"] + kept["suspicious"] + kept["no_tests"]
print(f"{sys.argv[1]}: {noticed} of {tried} mutants noticed, {noticed / max(tried, 1):.1%}")
PYTHON
done
echo "Survivors: .venv/bin/mutmut results; one of them: .venv/bin/mutmut show NAME"

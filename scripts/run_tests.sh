#!/usr/bin/env bash
# Run the whole suite on SQLite, then the journeys, and what several writers do at once, on
# PostgreSQL where one can be reached.
# A file's tests stay on one process, which has its own database. Ends on pytest's closing line.
set -euo pipefail
cd "$(dirname "$0")/.."
unset DATABASE_URL
spread=(-n auto --dist loadfile)
reason=$(mktemp)
trap 'rm -f "$reason"' EXIT

if chromium=$(scripts/find_chromium.sh 2>"$reason"); then
    export PERITUS_CHROMIUM=$chromium
    echo "Browser tests: run in $chromium"
else
    echo "Browser tests: SKIPPED, $(tail -1 "$reason")"
fi

postgresql=
if [ -z "$(find tests/journeys -name 'test_*.py' 2>/dev/null)" ]; then
    echo "PostgreSQL:    SKIPPED, tests/journeys holds no test"
elif postgresql=$(.venv/bin/python scripts/find_postgresql.py 2>"$reason"); then
    echo "PostgreSQL:    the journeys run on it after the suite"
else
    echo "PostgreSQL:    SKIPPED, $(tail -1 "$reason")"
fi

echo "SQLite:        the whole suite"
.venv/bin/python -m pytest "${spread[@]}" -q -ra "$@"

if [ -n "$postgresql" ]; then
    echo "PostgreSQL:    the journeys and the races"
    DATABASE_URL=$postgresql .venv/bin/python -m pytest "${spread[@]}" -q -ra --migrations tests/journeys \
        tests/unit/work/test_race.py tests/unit/work/test_leasing.py tests/unit/work/test_histories.py
fi

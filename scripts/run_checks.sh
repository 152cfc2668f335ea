#!/usr/bin/env bash
# Run every check, say which passed, and fail at the end if any failed.
set -uo pipefail
cd "$(dirname "$0")/.."
unset DATABASE_URL
bin=.venv/bin
output=$(mktemp)
trap 'rm -f "$output"' EXIT
failed=0

check() {
    local name=$1 start=$SECONDS
    shift
    if "$@" >"$output" 2>&1 </dev/null; then
        printf 'ok      %-12s %3d s\n' "$name" $((SECONDS - start))
    else
        printf 'FAILED  %-12s %3d s\n' "$name" $((SECONDS - start))
        sed 's/^/        /' "$output"
        failed=1
    fi
}

check format $bin/ruff format --check .
check lint $bin/ruff check .
check types $bin/mypy
check imports $bin/lint-imports
check dead-code $bin/python scripts/check_dead_code.py
check dependencies $bin/deptry src
check migrations $bin/python -m django makemigrations --check --dry-run --settings peritus.settings
check locks $bin/python scripts/check_locks.py
exit $failed

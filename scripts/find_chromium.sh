#!/usr/bin/env bash
# Print the path of a Chromium for the browser tests, installing one if there is none.
# Exits 1 and says why when there is none to be had.
set -uo pipefail
cd "$(dirname "$0")/.."

on_path() { command -v chromium || command -v chromium-browser || command -v google-chrome; }

install_from_debian() {
    [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || return 1
    echo "Installing Chromium with apt-get" >&2
    {
        apt-get update -qq
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium
    } </dev/null >/dev/null 2>&1
    on_path
}

install_with_playwright() {
    echo "Installing Chromium with Playwright" >&2
    .venv/bin/python -m playwright install chromium </dev/null >/dev/null 2>&1 || return 1
    .venv/bin/python - <<'PYTHON'
from playwright.sync_api import sync_playwright

with sync_playwright() as playwright:
    print(playwright.chromium.executable_path)
PYTHON
}

if [ -n "${PERITUS_CHROMIUM:-}" ]; then
    [ -x "$PERITUS_CHROMIUM" ] && echo "$PERITUS_CHROMIUM" && exit
    echo "PERITUS_CHROMIUM names $PERITUS_CHROMIUM, which cannot be run" >&2
    exit 1
fi
on_path || install_from_debian || install_with_playwright || {
    echo "no Chromium on PATH, and neither apt-get (as root) nor Playwright could install one" >&2
    exit 1
}

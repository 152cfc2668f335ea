#!/usr/bin/env bash
# Install one lock file and the project itself into .venv, made here if it is not there.
# usage: scripts/install.sh LOCK_FILE
# PYTHON=… picks the interpreter. uv installs where it can be had, pip otherwise.
set -euo pipefail
cd "$(dirname "$0")/.."
lock=$1
python=.venv/bin/python

is_new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }

find_python() {
    local candidate
    for candidate in ${PYTHON:-python3.13 python3.12 python3.11 python3}; do
        if is_new_enough "$candidate"; then
            echo "$candidate"
            return
        fi
    done
    echo "Python 3.11 or newer is wanted; tried: ${PYTHON:-python3.13 python3.12 python3.11 python3}." >&2
    echo "Install one, or name it: make PYTHON=/path/to/python3 …" >&2
    return 1
}

create_venv() {
    local found
    found=$(find_python)
    echo "Creating .venv with $("$found" --version)"
    if ! "$found" -m venv .venv; then
        rm -rf .venv
        echo "$found has no working venv module; on Debian: apt-get install python3-venv" >&2
        return 1
    fi
}

has_uv() {
    [ -x .venv/bin/uv ] || $python -m pip install -qq --require-hashes -r requirements-uv.lock 2>/dev/null
}

install_with_uv() {
    .venv/bin/uv pip install --quiet --python $python --require-hashes -r "$lock" &&
        .venv/bin/uv pip install --quiet --python $python --no-deps --no-build-isolation -e .
}

install_with_pip() {
    $python -m pip install -qq --require-hashes -r "$lock" &&
        $python -m pip install -qq --no-deps --no-build-isolation -e .
}

[ -x $python ] || create_venv
if has_uv; then
    echo "Installing $lock with uv"
    install_with_uv && exit
    echo "uv could not install; trying pip" >&2
else
    echo "uv cannot be had; installing $lock with pip, which takes a few minutes"
fi
install_with_pip

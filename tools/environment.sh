#!/bin/sh
# Make .venv where it is missing and install the given locks in it, each again only when it has changed.
set -eu

works() { command -v "$1" >/dev/null 2>&1 && "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }

choose_python() {
    unfit=
    for candidate in ${PYTHON:-python3.14 python3.13 python3.12 python3.11 python3}; do
        works "$candidate" || continue
        if "$candidate" -c 'import ensurepip, venv' 2>/dev/null; then
            echo "$candidate"
            return
        fi
        unfit=${unfit:-$candidate}
    done
    if [ -n "$unfit" ]; then
        package=$("$unfit" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')
        echo "This Python cannot make virtual environments: install the package $package (on Debian: apt-get install $package) and call make again." >&2
    else
        echo "The portal needs Python 3.11 or newer: install it, or name it with make PYTHON=…, and call make again." >&2
    fi
    exit 1
}

if [ "$(cat .venv/made 2>/dev/null)" != "$PWD" ] || ! .venv/bin/python -c 'import pip' 2>/dev/null; then
    python=$(choose_python)
    echo "Making a virtual environment with $python …"
    "$python" -m venv --clear .venv
    pwd >.venv/made
fi

for lock in "$@"; do
    if ! cmp -s "$lock" ".venv/$lock"; then
        echo "Installing $lock …"
        .venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r "$lock"
        cp "$lock" ".venv/$lock"
    fi
done

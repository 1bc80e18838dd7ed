#!/bin/sh
# See to what the tests need from the system: Chromium, and the binaries of PostgreSQL.
set -eu

has() { command -v "$1" >/dev/null; }

install() { DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$1" >/dev/null 2>&1; }

# The Chromium without windows takes a third of the time; where there is none, the usual one does the same.
if ! has chromium-headless-shell && [ "$(id -u)" = 0 ] && has apt-get; then
    echo "Installing Chromium …"
    apt-get update -qq || true # an old list may do
    install chromium-headless-shell || has chromium || install chromium || true
fi
if ! has chromium-headless-shell && ! has chromium; then
    echo "The tests drive Chromium: install it (on Debian: sudo apt-get install -y chromium-headless-shell) and call make again." >&2
    exit 1
fi

set -- /usr/lib/postgresql/*/bin/initdb
if [ ! -x "$1" ]; then
    exec tools/environment.sh requirements-postgres.txt
fi

#!/bin/sh
# See to what the tests need from the system: Chromium, and the binaries of PostgreSQL.
set -eu

if ! command -v chromium >/dev/null; then
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        echo "Installing Chromium …"
        apt-get update -qq || true # an old list may do
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium >/dev/null
    else
        echo "The tests drive Chromium: install it (on Debian: sudo apt-get install -y chromium) and call make again." >&2
        exit 1
    fi
fi

set -- /usr/lib/postgresql/*/bin/initdb
if [ ! -x "$1" ]; then
    exec tools/environment.sh requirements-postgres.txt
fi

#!/bin/sh
# Migrate a new database in a folder of its own and compare it with the models.
set -eu

PORTAL_INSTANCE=$(mktemp -d)
export PORTAL_INSTANCE
trap 'rm -rf "$PORTAL_INSTANCE"' EXIT
unset PORTAL_DATABASE_URL PORTAL_ENV

"${BIN:-.venv/bin}/flask" --app wsgi db upgrade
"${BIN:-.venv/bin}/flask" --app wsgi db check

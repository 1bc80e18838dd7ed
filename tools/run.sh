#!/bin/sh
# Bring the database up to date, load the demo shop where it is empty, serve until Ctrl-C.
set -eu

.venv/bin/flask --app wsgi db upgrade
.venv/bin/flask --app wsgi demo load --if-empty
exec .venv/bin/flask --app wsgi serve

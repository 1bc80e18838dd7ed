#!/bin/sh
# Make the locks again from their .in files; with UPGRADE=1 from the newest versions that these allow.
set -eu

.venv/bin/python -c 'import uv' 2>/dev/null || .venv/bin/python -m pip install --quiet --disable-pip-version-check uv

for source in requirements.in requirements-dev.in requirements-postgres.in; do
    .venv/bin/uv pip compile --quiet ${UPGRADE:+--upgrade} \
        --generate-hashes --universal --python-version 3.11 --no-emit-index-url --no-annotate --no-header \
        --output-file "${source%.in}.txt" "$source"
done

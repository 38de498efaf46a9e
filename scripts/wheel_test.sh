#!/usr/bin/env bash
# Proves an installed wheel: it holds every file of the sources, starts, and settles an example byte for byte as the
# sources do.
#
#   scripts/wheel_test.sh WHEEL_ENVIRONMENT SOURCE_ENVIRONMENT WHEEL
set -euo pipefail
cd "$(dirname "$0")/.."
installed=$PWD/$1 sources=$PWD/$2 wheel=$3 example=$PWD/examples/mall-cart.json

"$installed/bin/python" - "$wheel" <<'PYTHON'
import sys
import zipfile
from pathlib import Path

shipped = {name for name in zipfile.ZipFile(sys.argv[1]).namelist() if ".dist-info/" not in name}
wanted = {
    path.relative_to("src").as_posix()
    for path in Path("src").rglob("*")
    if path.is_file() and path.suffix != ".pyc"
}
if shipped != wanted:
    sys.exit(f"the wheel lacks {sorted(wanted - shipped)} and adds {sorted(shipped - wanted)}")
print(f"{sys.argv[1]}: {len(shipped)} files")
PYTHON

elsewhere=$(mktemp -d) # away from the sources, so that only the wheel can be imported
trap 'rm -rf "$elsewhere"' EXIT
cd "$elsewhere"
"$installed/bin/settlement" --version
for format in json text; do
    "$installed/bin/settlement" settle "$example" --format "$format" >"wheel.$format"
    "$sources/bin/settlement" settle "$example" --format "$format" >"sources.$format"
    test -s "wheel.$format"
    cmp "wheel.$format" "sources.$format"
done
echo "mall-cart.json: the wheel and the sources agree"

#!/bin/sh
# Prints the newest usable Python of 3.11 and later; with arguments, looks for those versions only, in their order:
#
#   scripts/python.sh         the newest supported one, else whatever `python3` is, if it is new enough
#   scripts/python.sh 3.12    that version or nothing (exit 1)
#
# Usable means: it starts, and it can make a virtual environment. A shim that starts nothing is passed over.

usable() { # usable INTERPRETER [VERSION]
    "$1" -c '
import sys, venv, ensurepip
wanted = sys.argv[1:]
ok = sys.version_info >= (3, 11) and wanted in ([], ["%d.%d" % sys.version_info[:2]])
print(sys.executable)
raise SystemExit(not ok)' ${2:+"$2"} 2>/dev/null
}

find_version() {
    for candidate in "python$1" "${PYENV_ROOT:-$HOME/.pyenv}/versions/$1".*/bin/python "/usr/local/bin/python$1" "/usr/bin/python$1"; do
        usable "$candidate" "$1" && return
    done
    return 1
}

if [ $# -gt 0 ]; then
    for version in "$@"; do
        found=$(find_version "$version") && echo "$found" && exit
    done
    exit 1
fi
for version in 3.13 3.12 3.11; do
    found=$(find_version "$version") && echo "$found" && exit
done
found=$(usable python3) && echo "$found"

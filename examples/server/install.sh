#!/bin/sh
# What the Containerfile runs, and what a machine without containers may run: the server in an environment of its own.
#
#   sh install.sh FOLDER    needs Python 3.11 or later, and beside it requirements.txt and the wheel
set -eu
cd "$(dirname "$0")"
folder=$1

python3 -m venv "$folder"
"$folder/bin/python" -m pip install --quiet --disable-pip-version-check --no-cache-dir --require-hashes --only-binary :all: --requirement requirements.txt
"$folder/bin/python" -m pip install --quiet --disable-pip-version-check --no-cache-dir --no-index --no-deps settlement-*.whl
"$folder/bin/python" -m pip check
"$folder/bin/settlement" serve --help >/dev/null

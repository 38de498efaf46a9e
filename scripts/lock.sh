#!/usr/bin/env bash
# Writes requirements/*.txt: every package that an environment gets, with its hashes, for Python 3.11 and later on
# every platform. The files name no index and no host: where packages come from is the installing machine's affair.
#
#   scripts/lock.sh             keeps the versions that are locked, adds what is missing
#   scripts/lock.sh --upgrade   takes the newest of everything
set -euo pipefail
cd "$(dirname "$0")/.."

tools=$(mktemp -d)
trap 'rm -rf "$tools"' EXIT
"${PYTHON:-python3}" -m venv "$tools"
"$tools/bin/python" -m pip install --quiet --disable-pip-version-check 'uv>=0.9'

lock() { # lock FILE ARGUMENTS…
    local file=$1
    shift
    "$tools/bin/uv" pip compile --quiet --universal --python-version "${lowest:-3.11}" --fork-strategy fewest \
        --generate-hashes --no-header --no-emit-package pip --custom-compile-command scripts/lock.sh \
        --output-file "requirements/$file" "$@" >/dev/null
}

# The widest first; the others then hold the same versions.
lock ci.txt pyproject.toml --group build --group test --group lint --group docs "$@"
narrow() { lock "$@" --constraint requirements/ci.txt; }
narrow test.txt pyproject.toml --group build --group test "$@"
narrow gateways.txt pyproject.toml --extra wechatpay --extra alipay --extra stripe --extra crypto --group build --group gateways "$@"
narrow web.txt pyproject.toml --extra fastapi --group build --group web "$@"
narrow playground.txt pyproject.toml --group build --group playground "$@"
narrow salesman.txt pyproject.toml --extra salesman --group build --group salesman "$@"
narrow oscar.txt pyproject.toml --extra oscar --group build --group oscar "$@"
lowest=3.12 narrow oscar-newest.txt pyproject.toml --extra oscar --group build --group oscar-newest "$@"
narrow django.txt pyproject.toml --extra django --extra drf --extra sql --group build --group django "$@"
lowest=3.12 narrow django-newest.txt pyproject.toml --extra django --extra drf --extra sql --group build --group django-newest "$@"
narrow agents.txt pyproject.toml --extra ucp --extra mcp --group build --group agents "$@"
narrow charts.txt pyproject.toml --extra charts --group build --group charts "$@"
lock spark.txt pyproject.toml --extra spark --group build --group spark --constraint requirements/charts.txt "$@" # its pandas is another than ci.txt holds
narrow archive.txt pyproject.toml --extra arrow --group build --group archive "$@"
narrow serve.txt pyproject.toml --extra serve --group build --group serve "$@"
narrow server.txt pyproject.toml --extra serve --constraint requirements/serve.txt "$@"
narrow typing.txt pyproject.toml --extra testing --extra ucp --group build --group typing "$@"
narrow store.txt pyproject.toml --extra sql --extra crypto --group build --group store "$@"
narrow shop.txt pyproject.toml --extra fastapi --extra sql --group shop "$@"
narrow shop-test.txt pyproject.toml --extra fastapi --extra sql --group shop-test "$@"
narrow runtime.txt pyproject.toml "$@"
narrow build.txt --group pyproject.toml:build "$@"
# The lowest of what pyproject.toml allows the library, for `make lowest`.
lock lowest.txt pyproject.toml --resolution lowest-direct "$@"

if grep -nE '://|^ *-(-index|-extra|-find|f |i )| @ |file:' requirements/*.txt; then
    echo 'lock.sh: a lock names where a package comes from; see the lines above' >&2
    exit 1
fi

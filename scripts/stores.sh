#!/usr/bin/env bash
# Runs a command beside a PostgreSQL and a MariaDB of its own, with their URLs in SETTLEMENT_STORES; both are ended and
# removed after it. Nothing is flushed to the disk: clients are killed here, never a server. As root: a PostgreSQL server refuses to be root, so it runs as the user postgres that it came with.
#
#   scripts/stores.sh COMMAND…
set -euo pipefail
: "${PG_PORT:=55433}" "${MY_PORT:=53307}"

bin=$(dirname "$(command -v initdb || ls -d /usr/lib/postgresql/*/bin/initdb | sort -V | tail -1)")
here=$(mktemp -d)
chmod 755 "$here"
mkdir "$here/pg" "$here/my"
chown postgres "$here/pg"
chown mysql "$here/my"
as_postgres() { (cd / && setpriv --reuid=postgres --regid=postgres --init-groups "$@"); }
end() {
    as_postgres "$bin/pg_ctl" -D "$here/pg/data" -m immediate -w stop >/dev/null 2>&1 || true
    [[ ! -f $here/my/pid ]] || { kill "$(cat "$here/my/pid")" && while [[ -f $here/my/pid ]]; do sleep 0.2; done; } || true
    rm -rf "$here"
}
trap end EXIT

as_postgres "$bin/initdb" -D "$here/pg/data" -A trust -E UTF8 --locale=C.UTF-8 >/dev/null
as_postgres "$bin/pg_ctl" -D "$here/pg/data" -l "$here/pg/log" -w \
    -o "-p $PG_PORT -k $here/pg -c listen_addresses=127.0.0.1 -c max_connections=120 -c fsync=off -c full_page_writes=off" start >/dev/null
as_postgres psql -q -h "$here/pg" -p "$PG_PORT" -c 'CREATE DATABASE store'

mariadb-install-db --no-defaults --user=mysql --datadir="$here/my/data" --auth-root-authentication-method=normal >/dev/null
mariadbd --no-defaults --user=mysql --datadir="$here/my/data" --pid-file="$here/my/pid" --socket="$here/my/socket" \
    --bind-address=127.0.0.1 --port="$MY_PORT" --innodb-flush-log-at-trx-commit=0 --sync-binlog=0 >"$here/my/log" 2>&1 &
for _ in $(seq 60); do
    mariadb --no-defaults -S "$here/my/socket" -uroot -e 'SELECT 1' >/dev/null 2>&1 && break
    sleep 0.5
done
mariadb --no-defaults -S "$here/my/socket" -uroot -e "CREATE DATABASE store; GRANT ALL ON store.* TO store@'127.0.0.1' IDENTIFIED BY 'store'; GRANT ALL ON store.* TO store@localhost IDENTIFIED BY 'store'"

export SETTLEMENT_STORES="postgresql+psycopg://postgres@127.0.0.1:$PG_PORT/store mysql+pymysql://store:store@127.0.0.1:$MY_PORT/store"
"$@"

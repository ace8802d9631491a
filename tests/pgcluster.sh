#!/bin/sh
# SPDX-License-Identifier: AGPL-3.0-or-later
# A throwaway PostgreSQL 15 cluster for the tests, on a Unix socket in its own folder.
#
#   tests/pgcluster.sh start DIR [--fast]   makes it once, starts it, prints its URL
#   tests/pgcluster.sh stop DIR
#
# --fast: without fsync. Keep DIR short: a socket's path has at most 107 bytes.
set -eu
bin=${PG_BIN:-/usr/lib/postgresql/15/bin}
port=5432 # names the socket in DIR; the server listens nowhere else

die() {
    echo "pgcluster: $*" >&2
    exit 1
}
usage() { die "usage: $0 start DIR [--fast] | stop DIR"; }

# The server refuses to run as root.
as_owner() {
    if [ "$(id -u)" -ne 0 ]; then
        "$@"
    elif command -v runuser >/dev/null; then
        runuser -u postgres -- "$@"
    else
        su postgres -s /bin/sh -c 'exec "$@"' -- sh "$@"
    fi
}

is_running() { as_owner "$bin/pg_ctl" -D "$dir/data" status >/dev/null 2>&1; }

make_cluster() {
    [ ! -f "$dir/data/PG_VERSION" ] || return 0
    chmod 700 "$dir" # whoever reaches the socket is trusted
    if [ "$(id -u)" -eq 0 ]; then
        chown postgres "$dir"
    fi
    as_owner "$bin/initdb" -D "$dir/data" -U postgres --auth=trust --encoding=UTF8 \
        --locale=C.UTF-8 --no-sync >"$dir/initdb.log" 2>&1 || die "initdb failed: $dir/initdb.log"
}

start() {
    mkdir -p "$dir"
    dir=$(cd "$dir" && pwd)
    cd / # a folder that the owner of the server may enter
    make_cluster
    options="-c listen_addresses= -c port=$port -c max_connections=200 -c shared_buffers=64MB"
    [ "$fast" = no ] || for name in fsync synchronous_commit full_page_writes; do
        options="$options -c $name=off"
    done
    is_running || as_owner "$bin/pg_ctl" -D "$dir/data" -l "$dir/server.log" -w -t 60 \
        -o "$options -k '$dir'" start >/dev/null || die "the server does not start: $dir/server.log"
    as_owner "$bin/psql" -X -q -h "$dir" -p $port -U postgres -d postgres >/dev/null 2>&1 <<'END' || :
CREATE ROLE entracte LOGIN CREATEDB IN ROLE pg_signal_backend;
CREATE DATABASE entracte OWNER entracte TEMPLATE template0 ENCODING 'UTF8';
END
    echo "postgresql://entracte@/entracte?host=$dir&port=$port" # a plain role: row-level security binds it
}

stop() {
    [ -d "$dir/data" ] || die "no cluster in $dir"
    dir=$(cd "$dir" && pwd)
    cd /
    ! is_running || as_owner "$bin/pg_ctl" -D "$dir/data" -m fast -w stop >/dev/null
}

command=${1:-} dir='' fast=no
[ $# -eq 0 ] || shift
for arg; do
    case $arg in
    --fast) fast=yes ;;
    -*) usage ;;
    *)
        [ -z "$dir" ] || usage
        dir=$arg
        ;;
    esac
done
[ -n "$dir" ] || usage
[ -x "$bin/pg_ctl" ] || die "no PostgreSQL in $bin; set PG_BIN"
case $command in
start) start ;;
stop) stop ;;
*) usage ;;
esac

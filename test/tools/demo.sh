#!/bin/bash
# demo.sh (make demo): the report on a throwaway server that holds a small web
# shop with real mistakes, test/fixtures/shop.*.
set -euo pipefail
# shellcheck source=test/tools/server.sh
. "$(dirname "$0")/server.sh"

prepare
echo "demo: building, and starting a throwaway server" >&2
build
install_extension
start_server test/fixtures/shop.conf test/fixtures/shop.hba

sql() {
	"$bin/psql" -X -q -v ON_ERROR_STOP=1 -P pager=off "$@" </dev/null
}
sql -c 'CREATE DATABASE shop'
sql -d shop -f test/fixtures/shop.sql
sql -d shop -c 'CREATE EXTENSION rds_guard'
sql -d shop -f sql/psql/report.sql

cat <<'END'
1. Install it on your own server:  make && sudo make install      (PG_CONFIG=... chooses the server)
2. Create it in a database:        psql -d DATABASE -c 'CREATE EXTENSION rds_guard'
3. Read the report there:          psql -d DATABASE -x -c 'SELECT * FROM rds_guard.report()'
END

#!/bin/bash
# readme.sh [--check]: writes the table of checks in README.md from the
# registry. With --check, only says whether it is up to date. Works on the
# server that PGHOST and PGPORT name if the extension is in its PGDATABASE,
# otherwise on a throwaway one.
set -euo pipefail
tools=$(cd "$(dirname "$0")" && pwd)

table() {
	psql -X -q -At -f "$tools/../fixtures/checks.psql"
}

if [ -z "${PGHOST:-}" ]; then
	# shellcheck source=test/tools/server.sh
	. "$tools/server.sh"
	prepare
	build
	install_extension
	start_server test/fixtures/regress.conf
	"$bin/psql" -X -q -c 'CREATE EXTENSION rds_guard'
	readme=$top/README.md
else
	readme=$tools/../../README.md
fi

new=$(mktemp)
{
	sed -n '1,/^<!-- checks: /p' "$readme"
	table
	sed -n '/^<!-- \/checks -->/,$p' "$readme"
} >"$new"

status=0
if [ "${1:-}" = --check ]; then
	diff -u "$readme" "$new" || status=1
else
	cat "$new" >"$readme"
fi
rm -f "$new"
exit "$status"

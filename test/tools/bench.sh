#!/bin/bash
# bench.sh (make bench): the time of a warm report on a stock database, beside
# that of one pass over the catalogs it reads, taken in turns in one session.
set -euo pipefail
# shellcheck source=test/tools/server.sh
. "$(dirname "$0")/server.sh"

warm_ups=5
runs=21
promised=60

prepare
build
install_extension
start_server /dev/null
"$bin/psql" -X -q -c 'CREATE EXTENSION rds_guard' </dev/null

# Each file is one statement, hence one line "Time: 12.345 ms" (and, above a
# second, the same in minutes in brackets).
{
	printf '%s\n' '\timing on'
	for ((i = 0; i < warm_ups + runs; i++)); do
		cat test/bench/report.sql test/bench/catalogs.sql
	done
} | "$bin/psql" -X -q -v ON_ERROR_STOP=1 | awk '/^Time:/ { print $2 }' >"$scratch/times"

# median FIRST: of every second time from line FIRST on, after the warm-ups
median() {
	awk -v first="$1" -v skip="$((2 * warm_ups))" 'NR > skip && NR % 2 == first % 2' "$scratch/times" |
		sort -n | awk '{ time[NR] = $1 } END { print time[int((NR + 1) / 2)] }'
}

"$PG_CONFIG" --version
awk -v report="$(median 1)" -v catalogs="$(median 2)" -v promised="$promised" -v runs="$runs" 'BEGIN {
	printf "report()                           %8.1f ms   median of %d warm runs\n", report, runs
	printf "one pass over the catalogs it reads %7.1f ms   in the same session\n", catalogs
	printf "ratio                              %8.1f\n", report / catalogs
	printf "promised: at most %d ms            %s\n", promised, report <= promised ? "met" : "NOT MET"
	exit report > promised
}'

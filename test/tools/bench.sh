#!/bin/bash
# bench.sh (make bench): what was promised about speed, measured side by side:
# the statements of a comparison run in turns in one session, and what counts is
# the median of each. Ends with the number of promises that were not kept.
set -euo pipefail
# shellcheck source=test/tools/server.sh
. "$(dirname "$0")/server.sh"

broken=0

run() {
	"$bin/psql" -X -q -v ON_ERROR_STOP=1 "$@"
}

# measure DATABASE WARM_UPS RUNS PREPARATION FILE...: the median of each file,
# in milliseconds. Each holds one statement, hence one line "Time: 12.345 ms"
# (and, above a second, the same in minutes in brackets).
measure() {
	local database=$1 warm_ups=$2 runs=$3 preparation=$4 i
	shift 4
	{
		cat "$preparation"
		printf '%s\n' '\timing on'
		for ((i = 0; i < warm_ups + runs; i++)); do
			cat "$@"
		done
	} | run -d "$database" | awk '/^Time:/ { print $2 }' >"$scratch/times"
	for ((i = 1; i <= $#; i++)); do
		awk -v nth="$i" -v files="$#" -v skip="$((warm_ups * $#))" 'NR > skip && (NR - nth) % files == 0' "$scratch/times" |
			sort -n | awk '{ time[NR] = $1 } END { print time[int((NR + 1) / 2)] }'
	done
}

# promise TEXT VALUE RELATION LIMIT: a line of the table
promise() {
	local verdict
	verdict=$(awk -v value="$2" -v limit="$4" -v at_least="$([ "$3" = 'at least' ] && echo 1 || echo 0)" \
		'BEGIN { print (at_least ? value >= limit : value <= limit) ? "met" : "NOT MET" }')
	[ "$verdict" = met ] || broken=$((broken + 1))
	printf '  %-66s %9.2f  %-8s %5s  %s\n' "$1" "$2" "$3" "$4" "$verdict"
}

times() {
	awk -v a="$1" -v b="$2" 'BEGIN { print a / b }'
}

# shown TEXT MILLISECONDS: a line without a promise
shown() {
	printf '  %-66s %9.1f  ms\n' "$1" "$2"
}

# make_cluster DATABASE ROLES TABLES SCHEMAS: with edition c, and a copy of it
# with the edition without library
make_cluster() {
	run -c "CREATE DATABASE $1"
	run -d "$1" -v roles="$2" -v tables="$3" -v schemas="$4" -f test/bench/privileges/cluster.sql >/dev/null
	run -c "CREATE DATABASE ${1}_sql TEMPLATE $1"
	run -d "$1" -c 'CREATE EXTENSION rds_guard'
	run -d "${1}_sql" -f dist/rds_guard_plain.sql
}

drop_cluster() {
	run -c "DROP DATABASE $1" -c "DROP DATABASE ${1}_sql"
	run -At -c "SELECT format('DROP ROLE %I;', rolname) FROM pg_roles WHERE rolname ~ '^(team|person)_'" | run
}

bench_report() {
	local report catalogs
	run -c 'CREATE EXTENSION rds_guard'
	{
		read -r report
		read -r catalogs
	} < <(measure postgres 5 21 /dev/null test/bench/report.sql test/bench/catalogs.sql)
	echo "report() on a stock database, median of 21 warm runs"
	shown "report()" "$report"
	run -At -f test/bench/checks.sql
	shown "one pass over the catalogs that it reads" "$catalogs"
	promise "report(), milliseconds" "$report" 'at most' 60
}

# The small database: everything. The large one: how the summary grows.
bench_privileges() {
	local effective cross_join series summary cross_join_count catalogs plain large_summary large_catalogs
	local files=test/bench/privileges

	make_cluster small 263 2000 20
	{
		read -r effective
		read -r series
	} < <(measure small 1 5 $files/series_row.sql $files/effective.sql $files/series.sql)
	{
		read -r summary
		read -r catalogs
	} < <(measure small 3 15 /dev/null $files/summary.sql $files/catalogs.sql)
	{
		read -r cross_join
		read -r cross_join_count
	} < <(measure small 0 3 /dev/null $files/cross_join.sql $files/cross_join_count.sql)
	plain=$(measure small_sql 0 3 /dev/null $files/effective.sql)
	drop_cluster small

	make_cluster large 2000 20000 200
	{
		read -r large_summary
		read -r large_catalogs
	} < <(measure large 3 15 /dev/null $files/summary.sql $files/catalogs.sql)
	drop_cluster large

	echo "privileges of 263 roles on 2,000 tables in 20 schemas"
	shown "effective_privileges() of all tables, every row" "$effective"
	shown "a materialized generate_series of the same rows" "$series"
	shown "the same by edition sql" "$plain"
	shown "cross join of has_table_privilege" "$cross_join"
	shown "privilege_summary()" "$summary"
	shown "one pass over the catalogs and their ACLs" "$catalogs"
	shown "cross join that counts the same" "$cross_join_count"
	echo "privileges of 2,000 roles on 20,000 tables in 200 schemas"
	shown "privilege_summary()" "$large_summary"
	shown "one pass over the catalogs and their ACLs" "$large_catalogs"
	echo "promises"
	promise "effective_privileges(): faster than the cross join, times" "$(times "$cross_join" "$effective")" 'at least' 10
	promise "effective_privileges(): faster than edition sql, times" "$(times "$plain" "$effective")" 'at least' 4
	promise "effective_privileges(): times as long as the series" "$(times "$effective" "$series")" 'at most' 2
	promise "privilege_summary(): faster than the cross join, times" "$(times "$cross_join_count" "$summary")" 'at least' 50
	promise "privilege_summary(): times as long as the pass, small database" "$(times "$summary" "$catalogs")" 'at most' 4
	promise "privilege_summary(): times as long as the pass, large database" "$(times "$large_summary" "$large_catalogs")" 'at most' 4
	promise "growth of privilege_summary(), times that of the pass" \
		"$(times "$(times "$large_summary" "$summary")" "$(times "$large_catalogs" "$catalogs")")" 'at most' 2
}

# Another pg_hba.conf, read by the server; the one before comes back afterwards.
bench_hba() {
	local files=test/bench/hba file access unreachable open_lines
	file=$(run -At -c 'SHOW hba_file')
	run -v roles=1000 -v databases=50 -f $files/roles.sql >/dev/null
	as_user cp "$file" "$scratch/hba"
	run -At -v roles=1000 -v databases=50 -v lines=1000 -f $files/file.sql | as_user tee "$file" >/dev/null
	reload_hba 1000
	{
		read -r access
		read -r unreachable
		read -r open_lines
	} < <(measure postgres 1 5 /dev/null $files/access.sql $files/unreachable.sql $files/open_lines.sql)
	as_user cp "$scratch/hba" "$file"
	reload_hba 0
	run -At -c "SELECT format('DROP DATABASE %I;', datname) FROM pg_database WHERE datname ~ '^base_'" | run
	run -At -c "SELECT format('DROP ROLE %I;', rolname) FROM pg_roles WHERE rolname ~ '^(team|person)_'" | run

	echo "1,000 lines of pg_hba.conf, 1,000 roles, 50 databases, median of 5 warm runs"
	shown "hba_unreachable()" "$unreachable"
	shown "hba_open_lines(), which the checks ask" "$open_lines"
	promise "hba_access(), milliseconds" "$access" 'at most' 1000
}

# reload_hba LINES: until the server has read the file, which has at least so
# many lines, none of them wrong
reload_hba() {
	# the time of a file counts in whole seconds with some file systems
	sleep 1.1
	run -At -c 'SELECT pg_reload_conf()' >/dev/null
	sleep 1
	[ "$(run -At -c 'SELECT count(*) FROM rds_guard.hba_lines()')" -ge "$1" ]
}

# A call of weak_passwords() and a bare loop of OpenSSL's function over as many
# guesses, in turns. The same compiler and the same libcrypto as the server's.
# What counts is the time of the processor, which others on it do not take: the
# promise is about a core.
bench_passwords() {
	local files=test/bench/passwords runs=7 i guesses
	run -v roles=2 -f $files/roles.sql
	as_user gcc -O2 -o "$scratch/pbkdf2" $files/pbkdf2.c -lcrypto
	guesses=$(run -At -f $files/guess.sql)
	for ((i = 0; i < runs; i++)); do
		PGOPTIONS='-c log_statement_stats=on -c client_min_messages=log' run -f $files/guess.sql 2>&1 >/dev/null |
			awk '/s user, .* elapsed/ { print ($2 + $5) * 1000; exit }' >>"$scratch/guessing"
		"$scratch/pbkdf2" "$guesses" 4096 >>"$scratch/bare"
	done
	run -At -c "SELECT format('DROP ROLE %I;', rolname) FROM pg_roles WHERE rolname ~ '^guessed_'" | run

	local guessing bare
	# what disturbs only ever adds to the time of a processor
	guessing=$(sort -n "$scratch/guessing" | head -n 1)
	bare=$(sort -n "$scratch/bare" | head -n 1)
	echo "$guesses guesses of SCRAM passwords with 4096 iterations, time of the processor, best of $runs runs in turns"
	shown "weak_passwords()" "$guessing"
	shown "a bare loop of PKCS5_PBKDF2_HMAC" "$bare"
	promise "weak_passwords(): guesses per second and core, times the loop's" "$(times "$bare" "$guessing")" 'at least' 0.9
}

prepare
build
install_extension
start_server /dev/null
"$PG_CONFIG" --version
bench_report
bench_privileges
bench_hba
bench_passwords
[ "$broken" = 0 ] || echo "$broken not met"
exit "$((broken > 0))"

#!/bin/bash
# test.sh [lint] [regress] [tap] [fuzz] (make test): builds the tree with all
# warnings as errors and runs these parts, all four by default. TESTS="name ..."
# takes only these scripts of test/sql and test/t and targets of test/fuzz. The
# last line counts.
#
# test.sh plain: only the scripts of test/t that need no library, and nothing is
# built. SERVER=FOLDER runs them on the server whose programs lie there.
set -euo pipefail
# shellcheck source=test/tools/server.sh
. "$(dirname "$0")/server.sh"

for part; do
	case $part in
		lint | regress | tap | fuzz | plain) ;;
		*)
			echo "usage: test.sh [lint] [regress] [tap] [fuzz] | plain" >&2
			exit 2
			;;
	esac
done
parts=" ${*:-lint regress tap fuzz} "
passed=0
failed=0

pass() {
	passed=$((passed + 1))
	echo "ok      $*"
}

fail() {
	failed=$((failed + 1))
	echo "FAILED  $*"
}

finish() {
	echo "$passed passed, $failed failed"
	[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
	exit
}

# The base names of the files that exist, or those of them that TESTS names.
selected() {
	local file name
	for file; do
		name=$(basename "${file%.*}")
		if [ -e "$file" ] && [[ -z "${TESTS:-}" || " $TESTS " = *" $name "* ]]; then
			echo "$name"
		fi
	done
}

# Nobody waits longer than this for a test that hangs. With $addresses it has a
# network of its own.
check() {
	local as=(as_user)
	[ -z "${addresses:-}" ] || as=(with_addresses "$addresses")
	"${as[@]}" timeout --kill-after=30 "$1" make -s PG_CONFIG="$PG_CONFIG" ${SERVER:+"bindir=$SERVER"} "${@:2}" installcheck </dev/null 2>&1
}

# count_lines COMMAND...: shows the lines of a script of ours and counts them.
count_lines() {
	local line
	while IFS= read -r line; do
		case $line in
			ok*) passed=$((passed + 1)) ;;
			FAILED*) failed=$((failed + 1)) ;;
		esac
		echo "$line"
	done < <("$@" || true)
}

build_strictly() {
	# what core's own headers and module magic do not comply with is left out
	export COPT="-Wall -Wextra -Werror -Wno-unused-parameter -Wno-sign-compare \
-Wno-missing-field-initializers -DUSE_ASSERT_CHECKING"
	local strangers
	if build >"$scratch/build.log" 2>&1; then
		pass "build without warnings"
	else
		fail "build without warnings"
		cat "$scratch/build.log"
		finish
	fi
	# before 16 each of these is a name in the whole server process
	strangers=$(nm -D --defined-only rds_guard.so |
		awk '$3 !~ /^(rg_|pg_finfo_rg_|Pg_magic_func$|_init$|_fini$)/ { print $3 }')
	if [ -z "$strangers" ]; then
		pass "exported names begin with rg_"
	else
		fail "exported names begin with rg_"
		echo "$strangers"
	fi
	install_extension
}

# pg_regress says "test NAME ... ok" up to 15 and "ok 1 - NAME" from 16 on.
regress() {
	local names name hba='' failed_before=$failed
	mapfile -t names < <(selected test/sql/*.sql)
	[ ${#names[@]} -gt 0 ] || return 0
	[ ! -e test/fixtures/regress.hba ] || hba=test/fixtures/regress.hba
	start_server test/fixtures/regress.conf "$hba"
	check 900 TAP_TESTS= REGRESS="${names[*]}" >"$scratch/regress.log" || true
	for name in "${names[@]}"; do
		if grep -Eq "^(test $name +\.\.\. ok|ok [0-9]+ +[-+] $name) " "$scratch/regress.log"; then
			pass "regress $name"
		else
			fail "regress $name"
		fi
	done
	if [ -z "${TESTS:-}" ]; then
		readme_is_current
	fi
	if [ -s regression.diffs ]; then
		head -n 400 regression.diffs
	elif [ "$failed" -gt "$failed_before" ]; then
		tail -n 40 "$scratch/regress.log" "$scratch/server.log"
	fi
}

# pg_regress leaves its database, with the extension, behind.
readme_is_current() {
	if as_user env PATH="$bin:$PATH" PGDATABASE=contrib_regression test/tools/readme.sh --check; then
		pass "README.md has the checks of the registry"
	else
		fail "README.md has the checks of the registry"
	fi
}

# tap FILE...: each file on its own, so that one that hangs does not take the others along.
# Only points of the file itself count, not those of its subtests. A line
# "# Addresses: 10.0.0.1/8" in the file asks for a network with these.
tap() {
	local name log=$scratch/tap.log status good bad addresses
	for name in $(selected "$@"); do
		status=0
		addresses=$(sed -n 's/^# Addresses: //p' "test/t/$name.pl")
		check 600 REGRESS= PROVE_TESTS="test/t/$name.pl" PROVE_FLAGS=--verbose >"$log" || status=$?
		good=$(grep '^ok ' "$log" | grep -civ '# skip' || true)
		bad=$(grep '^not ok ' "$log" | grep -civ '# todo' || true)
		passed=$((passed + good))
		if [ "$status" -ne 0 ] || [ "$bad" -gt 0 ]; then
			failed=$((failed + (bad > 0 ? bad : 1)))
			echo "FAILED  tap $name ($good passed, $bad failed, exit status $status)"
			tail -n 40 "$log" "tmp_check/log/regress_log_$name" || true
			grep -A 12 '#   Failed test' "tmp_check/log/regress_log_$name" | head -n 100 || true
			stop_servers tmp_check
		elif [ "$good" -eq 0 ]; then
			echo "skipped tap $name: $(sed -n "s|.*skipped: ||p" "$log")"
		else
			echo "ok      tap $name ($good)"
		fi
	done
}

targets=()
[[ $parts != *" fuzz "* ]] || mapfile -t targets < <(selected "$top"/test/fuzz/*.c)
needs=${targets:+fuzz} prepare
[[ $parts != *" lint "* ]] || count_lines test/tools/lint.sh
if [[ $parts = *" regress "* || $parts = *" tap "* ]]; then
	build_strictly
	[[ $parts != *" regress "* ]] || regress
	[[ $parts != *" tap "* ]] || tap test/t/*.pl
fi
if [[ $parts = *" plain "* ]]; then
	as_user make -s PG_CONFIG="$PG_CONFIG" plain tle </dev/null
	# what that server lacks, psql for one, is that of this machine
	export PATH="$bin:$PATH"
	mapfile -t files < <(grep -l '^# Needs no library$' test/t/*.pl)
	tap "${files[@]}"
fi
[ ${#targets[@]} = 0 ] || count_lines as_user test/tools/fuzz.sh "${targets[@]}"
finish

#!/bin/bash
# lint.sh: what can be said of the tree without building it, one line a rule,
# "ok" or "FAILED" and then the places. Works on the tree that it lies in.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit

status=0

# rule NAME PLACES: the places that break the rule, none if all is well
rule() {
	if [ -z "$2" ]; then
		echo "ok      lint $1"
	else
		echo "FAILED  lint $1"
		printf '%s\n' "$2" | sed 's/^/        /'
		status=1
	fi
}

# all files of ours, as far as git would see them
mapfile -t files < <(tar --exclude=./.git --exclude-vcs-ignores -cf - . | tar -tf - | sed -n 's|^\./\(.*[^/]\)$|\1|p')
mapfile -t scripts < <(grep -lE '^#!/bin/bash|^# shellcheck shell=bash' "${files[@]}")

bash_parses() {
	local script
	for script in "${scripts[@]}"; do
		bash -n "$script"
	done
}

meta_version() {
	perl -MJSON::PP -0777 -e '
		my $meta = decode_json(<STDIN>);
		print "META.json: version $meta->{version}, provides $meta->{provides}{rds_guard}{version},",
			" but the control file says $ARGV[0]\n"
			if $meta->{version} ne $ARGV[0] or $meta->{provides}{rds_guard}{version} ne $ARGV[0];
	' "$(sed -n "s/^default_version = '\(.*\)'/\1/p" rds_guard.control)" <META.json
}

files_too_long() {
	find src test/fuzz -name '*.[ch]' -exec wc -l {} + | awk '$2 != "total" && $1 > 600'
}

version_tests() {
	grep -rn PG_VERSION_NUM src | grep -v '^src/compat\.h:'
}

# as a clause of ours, not in a comment or in a text
security_definer() {
	grep -rniE "^[^'-]*security[[:space:]]+definer" sql
}

# pg_tle refuses them, and the registration is quoted with one of them
reserved_tags() {
	# shellcheck disable=SC2016
	grep -rnE '\$_pgtle_[io]_\$' sql
}

# A loose sql/NAME.sql would run in place of test/sql/NAME.sql, and pg_regress
# of 13 and 14 converts whatever lies in test/input and test/output.
names_of_pg_regress() {
	find sql -maxdepth 1 -name '*.sql'
	find test -maxdepth 1 \( -name input -o -name output \)
}

# NAME.out, or NAME_1.out and so on for another answer that is right as well
answers_and_scripts() {
	local file name
	for file in test/sql/*.sql; do
		name=$(basename "$file" .sql)
		if [ -e "$file" ] && [ ! -e "expected/$name.out" ]; then
			echo "$file has no expected/$name.out"
		fi
	done
	for file in expected/*.out; do
		name=$(basename "$file" .out)
		if [ -e "$file" ] && [ ! -e "test/sql/$name.sql" ] && [ ! -e "test/sql/${name%_[0-9]}.sql" ]; then
			echo "$file has no test/sql/$name.sql"
		fi
	done
}

machine_paths() {
	grep -nE '(^|[^[:alnum:]._-])/(work|root|home)(/|$|[^[:alnum:]_/])' "${files[@]}"
	grep -noE 'https?://[[:alnum:].-]*(debian|mirror|proxy|artifact)[[:alnum:].-]*' "${files[@]}" |
		grep -vE '//(deb|www|wiki|packages)\.debian\.org$'
}

# psql leaves blanks at the ends of lines, so answers are exempt, and the inputs
# for the fuzzers are as they are
trailing_blanks() {
	printf '%s\n' "${files[@]}" | grep -v -e '^expected/' -e '^test/fuzz/corpus/' | xargs -d '\n' grep -nIE '[[:blank:]]+$'
}

# pgindent comes with the development package from 17 on. It wants to be told
# the types that PostgreSQL does not use: our own, "typedef ... NAME;" or the
# last line of a struct, "} NAME;", and some of OpenSSL's.
indentation() {
	local types
	types=$(sed -nE 's/^(typedef .*|\})[[:blank:]]+\*?([[:alnum:]_]+);$/\2/p' src/*.[ch] test/fuzz/*.c | paste -s -d ' ')
	"$bindir/pgindent" --diff --check --indent="$bindir/pg_bsd_indent" \
		--typedefs="$sharedir/typedefs.list" --list-of-typedefs="ASN1_INTEGER ASN1_TIME EC_KEY X509_ALGOR $types" src/*.[ch] test/fuzz/*.c
}

rule "scripts parse" "$(bash_parses 2>&1)"
rule "shellcheck" "$(shellcheck -x "${scripts[@]}" 2>&1)"
rule "META.json has the version of the control file" "$(meta_version 2>&1)"
rule "no C file over 600 lines" "$(files_too_long 2>&1)"
rule "PG_VERSION_NUM only in compat.h" "$(version_tests 2>&1)"
rule "no SECURITY DEFINER" "$(security_definer 2>&1)"
rule "no tag that pg_tle reserves" "$(reserved_tags 2>&1)"
rule "no name that pg_regress takes for its own" "$(names_of_pg_regress 2>&1)"
rule "each script has its answer, each answer its script" "$(answers_and_scripts 2>&1)"
rule "nothing of one machine" "$(machine_paths 2>&1)"
rule "no blanks at the end of a line" "$(trailing_blanks 2>&1)"

bindir=$("${PG_CONFIG:-pg_config}" --bindir 2>/dev/null)
sharedir=$("${PG_CONFIG:-pg_config}" --sharedir 2>/dev/null)
if [ -x "$bindir/pgindent" ]; then
	rule "pgindent" "$(indentation 2>&1)"
else
	echo "skipped lint pgindent: comes with the development package of 17 or later"
fi
exit "$status"

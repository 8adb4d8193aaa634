#!/bin/bash
# fuzz.sh [TARGET...]: runs these programs of test/fuzz, or all, under libFuzzer
# for FUZZ_SECONDS (30) each, all at the same time. One line each: "ok",
# "FAILED" and the input that did it, or one "skipped" without a clang that can.
#
# A target is test/fuzz/TARGET.c with the function LLVMFuzzerTestOneInput(),
# which hands its input to a pure parser and abort()s where the answer cannot be
# right, best by comparing with another way to find it. Its header comment says
#     Sources: src/a_parse.c src/b.c    what to compile along
#     Longest input: 2000               in bytes, unless 4096 will do
# each on a line of its own. Nothing of PostgreSQL is at hand: no header, no
# function. OpenSSL is. The first inputs are the files of
# test/fuzz/corpus/TARGET/, small ones of each kind; words worth trying are in
# test/fuzz/TARGET.dict, if there. What the fuzzer finds stays out of the tree;
# the input of a bug that was mended goes into the corpus, by hand.
#
# Failed means: a crash, what AddressSanitizer and UndefinedBehaviorSanitizer
# report, an abort(), more than 512 MB, or more than 5 s for one input.
set -euo pipefail
cd "$(dirname "$0")/../.."

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
flags=(-g -O1 -fno-omit-frame-pointer '-fsanitize=fuzzer,address,undefined' -fno-sanitize-recover=all)

# a clang with the libraries that it needs for this, the newest
find_clang() {
	local candidate
	echo 'int LLVMFuzzerTestOneInput(const char *s, unsigned long n) { return s == 0 && n > 0; }' >"$scratch/none.c"
	for candidate in ${CLANG:-clang $(printf '%s\n' /usr/bin/clang-[0-9]* | sort -Vr)}; do
		if "$candidate" "${flags[@]}" -o "$scratch/none" "$scratch/none.c" 2>/dev/null; then
			echo "$candidate"
			return
		fi
	done
	return 1
}

# header TARGET WORD: what the header comment says after "WORD:"
header() {
	sed -n "s/^ \*[[:blank:]]*$2:[[:blank:]]*//p" "test/fuzz/$1.c" | head -n 1
}

compile() {
	local sources
	read -ra sources <<<"$(header "$1" Sources)"
	"$clang" "${flags[@]}" -Wall -Wextra -Werror -Isrc -o "$scratch/$1/fuzz" "test/fuzz/$1.c" "${sources[@]}" -lssl -lcrypto
}

# Where the run ends is in the log: the number of inputs, or the bug.
run() {
	local length options=()
	length=$(header "$1" 'Longest input')
	[ ! -e "test/fuzz/$1.dict" ] || options+=("-dict=test/fuzz/$1.dict")
	"$scratch/$1/fuzz" -max_total_time="${FUZZ_SECONDS:-30}" -max_len="${length:-4096}" -timeout=5 \
		-rss_limit_mb=512 -print_final_stats=1 -artifact_prefix="$scratch/$1/bug-" \
		"${options[@]}" "$scratch/$1/corpus" </dev/null
}

fuzz() {
	mkdir -p "$scratch/$1/corpus" "test/fuzz/corpus/$1"
	find "test/fuzz/corpus/$1" -type f -exec cp -t "$scratch/$1/corpus" {} +
	compile "$1" && run "$1"
}

# Both to read and to make it again.
show_input() {
	echo "        the input, $(stat -c %s "$1") bytes:"
	od -A x -t x1z "$1" | head -n 32 | sed 's/^/        /'
	echo "        echo $(base64 -w 0 "$1") | base64 -d"
}

# result TARGET STATUS
result() {
	local runs bug log=$scratch/$1/log
	runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
	if [ "$2" = 0 ] && [ "${runs:-0}" -gt 0 ]; then
		echo "ok      fuzz $1 ($runs runs)"
		return
	fi
	failed=yes
	echo "FAILED  fuzz $1 (exit status $2)"
	sed -e '/^Shadow bytes around/,/ABORTING$/d' -e '/^#[0-9]*[[:blank:]]*[A-Z]/d' -e '/^INFO:/d' -e '/^stat::/d' -e 's/^/        /' "$log" | tail -n 40
	for bug in "$scratch/$1"/bug-*; do
		[ ! -e "$bug" ] || show_input "$bug"
	done
}

if [ $# = 0 ]; then
	mapfile -t targets < <(basename -a -s .c test/fuzz/*.c)
	set -- "${targets[@]}"
fi
for target; do
	[ -e "test/fuzz/$target.c" ] || { echo "fuzz.sh: there is no test/fuzz/$target.c" >&2; exit 2; }
done

if ! clang=$(find_clang); then
	echo "skipped fuzz $*: no clang with libFuzzer (Debian: clang, libclang-rt-dev)"
	exit 0
fi

# Debian hides what puts names of functions into the report of a bug
symbolizer=$("$clang" -print-prog-name=llvm-symbolizer)
[ ! -x "$symbolizer" ] || export ASAN_SYMBOLIZER_PATH="$symbolizer" UBSAN_OPTIONS=print_stacktrace=1

failed=
pids=()
for target; do
	mkdir "$scratch/$target"
	fuzz "$target" >"$scratch/$target/log" 2>&1 &
	pids+=($!)
done
for target; do
	status=0
	wait "${pids[0]}" || status=$?
	pids=("${pids[@]:1}")
	result "$target" "$status"
done
[ -z "$failed" ]

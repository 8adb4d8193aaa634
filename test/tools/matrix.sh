#!/bin/bash
# matrix.sh (make matrix): lint, pg_regress and TAP tests on each PostgreSQL that
# Debian has, in the chroots that chroot.sh keeps, two at a time, for each often
# waits. 14 and 16, which Debian has not, come from a package without headers, into
# the chroot of 17: on these the edition without a library is tested. MAJORS="13 17"
# takes only these. As root. What each run printed stays beside the chroots. Without
# fuzzing: what is fuzzed knows nothing of a version.
set -euo pipefail

top=$(cd "$(dirname "$0")/../.." && pwd)
cache=${RDS_GUARD_CACHE:-/var/cache/rds_guard}
passed=0
failed=0

if [ "$(id -u)" != 0 ]; then
	echo "matrix: only root can make chroots" >&2
	exit 1
fi
if ! command -v debootstrap >/dev/null; then
	echo "matrix: installing debootstrap" >&2
	{ apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y debootstrap; } >/dev/null
fi

# Processes and mounts of its own, which go when the command ends, and nothing
# of our environment. The network is shared: servers look for a free port.
in_chroot() {
	local root=$1
	shift
	# shellcheck disable=SC2016 # expanded by the inner shell
	unshare --mount --ipc --pid --fork --kill-child --mount-proc="$root/proc" \
		bash -c 'mount --rbind /dev "$0/dev" && exec chroot "$0" "$@"' "$root" \
		env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin TESTS="${TESTS:-}" SERVER="${server:-}" "$@"
}

# test_on MAJOR: says in its last line what came out
test_on() {
	local major=$1 home=$1 server='' parts='lint regress tap' root status=0 tree log=$cache/pg$1-test.log result
	case $major in
		14 | 16)
			home=17
			server=/opt/embedded$major/bin
			parts=plain
			;;
	esac
	root=$("$top/test/tools/chroot.sh" "$home") || status=$?
	if [ "$status" = 0 ] && [ -n "$server" ]; then
		"$top/test/tools/embedded.sh" "$major" "$root${server%/bin}" || status=$?
	fi
	if [ "$status" = 75 ] && [ "$major" = 19 ]; then
		echo "matrix: ATTENTION: PostgreSQL 19 IS NOT TESTED, its release candidate cannot be had" >&2
		echo "PostgreSQL 19: not tested"
		return
	elif [ "$status" != 0 ]; then
		echo "PostgreSQL $major: cannot be had, counts as failed"
		return
	fi

	tree=$(mktemp -d "$root/tmp/tree.XXXXXX")
	tar -C "$top" --exclude=./.git --exclude-vcs-ignores -cf - . | tar -C "$tree" -xf - --no-same-owner
	# shellcheck disable=SC2086 # words
	in_chroot "$root" "${tree#"$root"}/test/tools/test.sh" $parts >"$log" 2>&1 </dev/null || status=$?
	rm -rf "$tree"

	result=$(tail -n 1 "$log")
	if ! [[ $result =~ ^[0-9]+\ passed,\ ([0-9]+)\ failed$ ]] || [ "$status" != "$((BASH_REMATCH[1] > 0))" ]; then
		result="broke off with exit status $status"
	fi
	[ "$status" = 0 ] || cat "$log"
	echo "PostgreSQL $major: $result"
}

# count MAJOR: shows what its run said, and counts it
count() {
	local result
	cat "$said/$1"
	result=$(tail -n 1 "$said/$1")
	if [[ $result =~ ([0-9]+)\ passed,\ ([0-9]+)\ failed$ ]]; then
		passed=$((passed + BASH_REMATCH[1]))
		failed=$((failed + BASH_REMATCH[2]))
	elif [ "$result" != "PostgreSQL 19: not tested" ]; then
		failed=$((failed + 1))
	fi
}

said=$(mktemp -d)
trap 'rm -rf "$said"' EXIT
read -ra majors <<<"${MAJORS:-13 14 15 16 17 18 19}"
# two that begin at once must not make one chroot together
case " ${majors[*]} " in
	*' 14 '* | *' 16 '*) "$top/test/tools/chroot.sh" 17 >/dev/null || true ;;
esac
for major in "${majors[@]}"; do
	while [ "$(jobs -pr | wc -l)" -ge 2 ]; do
		wait -n || true
	done
	echo "matrix: PostgreSQL $major" >&2
	test_on "$major" >"$said/$major" &
done
wait
for major in "${majors[@]}"; do
	count "$major"
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]

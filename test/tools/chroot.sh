#!/bin/bash
# chroot.sh MAJOR: makes sure that a Debian chroot with PostgreSQL MAJOR, its
# headers and pgaudit exists, and prints its path.  Run as root.
#
# Chroots live outside the tree, in $RDS_GUARD_CACHE (default
# /var/cache/rds_guard), and are kept: making one takes one to two minutes.
# Exit 75 means that the package archive does not have that server.
set -euo pipefail

major=${1:?usage: chroot.sh MAJOR}
cache=${RDS_GUARD_CACHE:-/var/cache/rds_guard}
root=$cache/pg$major

# 14 and 16 are in no Debian suite.  19 is a release candidate in
# experimental, which is an addition to sid and no suite of its own.
case $major in
	13) suite=bullseye ;;
	15) suite=bookworm ;;
	17) suite=trixie ;;
	18 | 19) suite=sid ;;
	*)
		echo "chroot.sh: no Debian suite carries PostgreSQL $major" >&2
		exit 75
		;;
esac

if [ -e "$root/.complete" ]; then
	echo "$root"
	exit 0
fi

# the mirror that this machine itself uses for Debian's main archive
# shellcheck disable=SC2016 # apt-get expands it
mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Origin: Debian' |
	grep -m 1 '/debian/$' || true)
mirror=${mirror:-http://deb.debian.org/debian/}

# Maintainer scripts want /proc; the mount dies with its namespace.
in_chroot() {
	unshare --mount --pid --fork --mount-proc="$root/proc" \
		chroot "$root" env DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8 "$@"
}

make_chroot() {
	debootstrap --variant=minbase --include=ca-certificates "$suite" "$root" "$mirror"

	# The clock of a build machine may be ahead of a suite's Release file.
	# Recommended packages are not wanted, nor is a cluster of the package's.
	{
		echo 'Acquire::Check-Valid-Until "false";'
		echo 'APT::Install-Recommends "false";'
		echo 'Dpkg::Use-Pty "false";'
	} >"$root/etc/apt/apt.conf.d/99rds_guard"
	mkdir -p "$root/etc/postgresql-common"
	echo 'create_main_cluster = false' >"$root/etc/postgresql-common/createcluster.conf"
	printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
	chmod +x "$root/usr/sbin/policy-rc.d"

	# Only PostgreSQL itself comes from experimental.
	if [ "$major" = 19 ]; then
		echo "deb $mirror experimental main" >"$root/etc/apt/sources.list.d/experimental.list"
		{
			echo 'Package: postgresql-*19* libpq5 libpq-dev libpgtypes3 libecpg*'
			echo 'Pin: release a=experimental'
			echo 'Pin-Priority: 990'
		} >"$root/etc/apt/preferences.d/experimental"
	fi

	in_chroot apt-get update
	in_chroot apt-get install -y "postgresql-$major" "postgresql-server-dev-$major" \
		"postgresql-$major-pgaudit" gcc git make libc6-dev libssl-dev libkrb5-dev \
		iproute2 libipc-run-perl openssl perl shellcheck
	in_chroot apt-get clean
	touch "$root/.complete"
}

mkdir -p "$cache"
rm -rf --one-file-system "$root"

# "set -e" is off in whatever stands before "||", but not in a subshell that
# is waited for.
make_chroot >"$cache/pg$major.log" 2>&1 &
wait $! || {
	tail -n 5 "$cache/pg$major.log" >&2
	echo "chroot.sh: cannot make the chroot for PostgreSQL $major, see $cache/pg$major.log" >&2
	exit 75
}
echo "$root"

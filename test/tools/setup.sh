#!/bin/bash
# setup.sh [fuzz]: makes sure that this machine can build and test rds_guard,
# and prints the pg_config to use, alone on stdout. With "fuzz" it also installs,
# where it can, what fuzz.sh needs and does without otherwise.
#
# The server is that of $PG_CONFIG, else the newest one that is installed with
# its headers, else the one that Debian's package "postgresql" stands for. As
# root, what is missing is installed by apt-get; otherwise it is only listed.
# No cluster is made, started or touched.
set -euo pipefail

say() {
	echo "setup: $*" >&2
}

# pg_config of a server that extensions can be built for and that can be run. The
# makefiles alone say little: Debian ships them with the client programs.
usable() {
	[ -e "$("$1" --pgxs 2>/dev/null)" ] && [ -e "$("$1" --includedir-server)/postgres.h" ] &&
		[ -x "$("$1" --bindir)/initdb" ]
}

find_server() {
	local candidate
	for candidate in ${PG_CONFIG:-pg_config $(printf '%s\n' /usr/lib/postgresql/*/bin/pg_config | sort -Vr)}; do
		if usable "$candidate"; then
			pg_config=$(command -v "$candidate")
			return 0
		fi
	done
	return 1
}

# The major version of the server to install.
wanted_major() {
	if [ -n "${PG_CONFIG:-}" ]; then
		"$PG_CONFIG" --version | sed 's/[^0-9]*\([0-9]*\).*/\1/'
	else
		apt-cache depends postgresql | sed -n 's/.*Depends: postgresql-\([0-9]*\)$/\1/p'
	fi
}

has_header() {
	echo "#include <$1>" | gcc -fsyntax-only -x c - 2>/dev/null
}

# Debian's names of what is missing, apart from the server. The tests of the
# server's own Perl modules want a whole Perl, not only Debian's perl-base.
missing_tools() {
	command -v gcc >/dev/null || echo gcc
	command -v make >/dev/null || echo make
	command -v openssl >/dev/null || echo openssl
	command -v prove >/dev/null || echo perl
	command -v shellcheck >/dev/null || echo shellcheck
	command -v ip >/dev/null || [ -x /sbin/ip ] || echo iproute2
	perl -MIPC::Run -e 1 2>/dev/null || echo libipc-run-perl
	has_header stdio.h || echo libc6-dev
	has_header openssl/ssl.h || echo libssl-dev
	has_header gssapi/gssapi.h || echo libkrb5-dev
}

# Other extensions are tested where the archive has them for a server of
# Debian's: the package, and its library.
missing_extensions() {
	local server=/usr/lib/postgresql/$1 name
	[ -e "$server/bin/initdb" ] || return 0
	for name in pgaudit:pgaudit pgauditlogtofile:pgauditlogtofile set-user:set_user credcheck:credcheck cron:pg_cron; do
		[ -e "$server/lib/${name#*:}.so" ] || echo "postgresql-$1-${name%:*}"
	done
}

has_fuzzer() {
	compgen -G '/usr/lib/llvm-*/lib/clang/*/lib/*/libclang_rt.fuzzer*' >/dev/null
}

# The newest clang that is there, since it comes with the headers of the server,
# or else the one that Debian's package "clang" stands for. libFuzzer is in a
# package of its own from clang 14 on.
fuzzing_packages() {
	local clang
	clang=$(printf '%s\n' /usr/bin/clang-[0-9]* | sort -V | sed -n 's|^/usr/bin/clang-\([0-9]*\)$|\1|p' | tail -n 1)
	clang=${clang:-$(apt-cache depends clang | sed -n 's/.*Depends: clang-\([0-9]*\)$/\1/p')}
	echo "clang-$clang"
	if apt-cache show "libclang-rt-$clang-dev" >/dev/null 2>&1; then
		echo "libclang-rt-$clang-dev"
	fi
}

apt() {
	DEBIAN_FRONTEND=noninteractive apt-get -q -o Dpkg::Use-Pty=0 "$@" >>"$log" 2>&1 </dev/null
}

install_packages() {
	say "installing $*"
	apt install -y --no-install-recommends --no-upgrade "$@" || {
		tail -n 20 "$log" >&2
		say "apt-get could not install $*"
		exit 1
	}
}

update_lists() {
	[ -z "${updated:-}" ] || return 0
	updated=yes
	apt update || say "apt-get update failed, going on with the package lists as they are"
}

if [ -n "${PG_CONFIG:-}" ] && ! command -v "$PG_CONFIG" >/dev/null; then
	say "PG_CONFIG=$PG_CONFIG is no program"
	exit 1
fi

mapfile -t missing < <(missing_tools)
find_server || server_missing=yes

if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
	if [ -n "${server_missing:-}" ]; then
		missing+=("a PostgreSQL server with its development files (postgresql, postgresql-server-dev-N)")
	fi
	if [ ${#missing[@]} -gt 0 ]; then
		say "this is missing; run once as root on Debian, or install it (names of Debian packages):"
		printf '  %s\n' "${missing[@]}" >&2
		exit 1
	fi
	echo "$pg_config"
	exit 0
fi

log=$(mktemp)
no_cluster=/etc/postgresql-common/createcluster.d/rds_guard.conf
trap 'rm -f "$log" "$no_cluster"' EXIT

if [ ${#missing[@]} -gt 0 ]; then
	update_lists
	install_packages "${missing[@]}"
fi

if [ -n "${server_missing:-}" ]; then
	update_lists
	major=$(wanted_major)
	[ -n "$major" ] || { say "the package archive has no PostgreSQL"; exit 1; }
	# postgresql-common first: it owns the switch that keeps the server
	# package from making and starting a cluster
	install_packages postgresql-common
	mkdir -p "${no_cluster%/*}"
	echo 'create_main_cluster = false' >"$no_cluster"
	install_packages "postgresql-$major" "postgresql-server-dev-$major"
	find_server || { say "${PG_CONFIG:-PostgreSQL $major} is still not usable"; exit 1; }
fi

major=$("$pg_config" --version | sed 's/[^0-9]*\([0-9]*\).*/\1/')
for package in $(missing_extensions "$major"); do
	update_lists
	if apt-cache show "$package" >/dev/null 2>&1; then
		install_packages "$package"
	else
		say "the package archive has no $package: tests with it will be skipped"
	fi
done

if [ "${1:-}" = fuzz ] && ! has_fuzzer; then
	update_lists
	mapfile -t missing < <(fuzzing_packages)
	install_packages "${missing[@]}"
fi

echo "$pg_config"

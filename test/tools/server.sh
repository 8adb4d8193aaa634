# shellcheck shell=bash
# server.sh, to be sourced: a scratch folder with a copy of the tree, the
# extension built and installed from it, and throwaway servers in it. All of it
# goes away when the script ends, except the installed extension.
#
# Sets: top (the checkout), scratch, PG_CONFIG, bin (the server's programs).

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)

# PostgreSQL refuses to run as root.
as_user() {
	if [ "$(id -u)" = 0 ]; then
		runuser -u postgres -- "$@"
	else
		"$@"
	fi
}

# with_addresses ADDRESSES COMMAND...: as as_user(), in a network of its own in
# which the loopback has these addresses as well. Where that cannot be, as for
# others than root inside a chroot, the command runs without them.
with_addresses() {
	local addresses=$1 user
	# shellcheck disable=SC2016 # the inner shell expands it
	local add='ip link set lo up && for a in $0; do ip addr add "$a" dev lo || exit; done && exec "$@"'
	shift
	if [ "$(id -u)" = 0 ]; then
		if unshare --net sh -c "$add" "$addresses" true 2>/dev/null; then
			unshare --net sh -c "$add" "$addresses" runuser -u postgres -- "$@"
			return
		fi
	else
		user="--map-user=$(id -u) --map-group=$(id -g)"
		# shellcheck disable=SC2086 # two words
		if unshare --map-root-user --net sh -c "$add" "$addresses" unshare $user true 2>/dev/null; then
			unshare --map-root-user --net sh -c "$add" "$addresses" unshare $user "$@"
			return
		fi
	fi
	as_user "$@"
}

# stop_servers FOLDER: stops what still runs below it, found by its data
# folder: our own servers and those that an interrupted test left.
stop_servers() {
	local pidfile
	while IFS= read -r pidfile; do
		as_user "$bin/pg_ctl" stop -s -m immediate -D "${pidfile%/*}" || true
	done < <(find "$1" -name postmaster.pid)
}

cleanup() {
	stop_servers "$scratch"
	cd /
	rm -rf "$scratch"
}

# What the caller's shell has set for other servers and for another make must
# not reach ours.
forget_environment() {
	local name
	for name in "${!PG@}"; do
		[ "$name" = PG_CONFIG ] || unset "$name"
	done
	unset MAKEFLAGS MFLAGS MAKELEVEL
	export LC_ALL=C.UTF-8 PGCLIENTENCODING=UTF8
}

# Without what .gitignore names, so that nothing built for another server
# comes along. Needs no git.
copy_tree() {
	mkdir "$1"
	tar -C "$top" --exclude=./.git --exclude-vcs-ignores -cf - . | tar -C "$1" -xf - --no-same-owner
}

# The scratch folder lies in /tmp itself: the path of a socket must be short,
# and the user postgres must be able to get there. With needs=fuzz it makes sure
# of what fuzzing needs as well.
prepare() {
	forget_environment
	PG_CONFIG=$("$top/test/tools/setup.sh" "${needs:-}")
	bin=$("$PG_CONFIG" --bindir)
	scratch=$(mktemp -d /tmp/rds_guard.XXXXXX)
	trap cleanup EXIT
	copy_tree "$scratch/tree"
	mkdir "$scratch/socket"
	[ "$(id -u)" != 0 ] || chown -R postgres "$scratch"
	export PG_CONFIG HOME="$scratch" TMPDIR="$scratch"
	cd "$scratch/tree" || exit
}

# As the unprivileged user; shows only what is wrong.
build() {
	as_user make -s PG_CONFIG="$PG_CONFIG" all plain tle </dev/null
}

# As whoever we are. From PostgreSQL 13 to 17 an extension can lie only in the
# folders of the server.
install_extension() {
	local folder
	for folder in "$("$PG_CONFIG" --pkglibdir)" "$("$PG_CONFIG" --sharedir)/extension"; do
		if [ ! -w "$folder" ]; then
			echo "cannot write to $folder: run this as root" >&2
			return 1
		fi
	done
	make -s PG_CONFIG="$PG_CONFIG" install </dev/null >/dev/null
}

port_is_taken() {
	(: </dev/tcp/127.0.0.1/"$1") 2>/dev/null
}

# start_server CONF [HBA]: makes and starts a cluster whose configuration
# ends with the file CONF. HBA replaces pg_hba.conf; without it nobody gets in
# but through the socket, in a folder that is closed to others. Later psql and
# make installcheck find the server by PGHOST and PGPORT.
start_server() {
	local conf=$1 hba=${2:-} data=$scratch/data
	as_user "$bin/initdb" -D "$data" -U postgres --auth-local=trust --auth-host=reject \
		--encoding=UTF8 --locale=C --no-sync >"$scratch/initdb.log" ||
		{ cat "$scratch/initdb.log" >&2; return 1; }

	PGPORT=$((56300 + RANDOM % 100))
	while port_is_taken "$PGPORT"; do
		PGPORT=$((PGPORT + 1))
	done
	export PGPORT PGHOST=$scratch/socket PGUSER=postgres PGDATABASE=postgres

	{
		echo "port = $PGPORT"
		echo "unix_socket_directories = '$scratch/socket'"
		echo "fsync = off"
		cat "$conf"
	} | as_user tee -a "$data/postgresql.conf" >/dev/null
	[ -z "$hba" ] || as_user tee "$data/pg_hba.conf" <"$hba" >/dev/null

	as_user "$bin/pg_ctl" start -s -w -D "$data" -l "$scratch/server.log" </dev/null ||
		{ tail -n 20 "$scratch/server.log" >&2; return 1; }
}

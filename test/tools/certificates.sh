#!/bin/bash
# certificates.sh FOLDER: makes certificates of every kind that a server may
# have, good, weak, wrong and hostile, with the openssl command of any version
# from 1.1.1 on. NAME.crt is a chain as ssl_cert_file wants it, KEY.key what it
# was made for. FOLDER/openssl.cnf, as OPENSSL_CONF, makes a server load weak ones.
set -euo pipefail

folder=${1:?usage: certificates.sh FOLDER}
mkdir -p "$folder"
cd "$folder"
export OPENSSL_CONF=$PWD/openssl.cnf

cat >openssl.cnf <<'END'
openssl_conf = init
[init]
ssl_conf = ssl
[ssl]
system_default = weak
[weak]
CipherString = DEFAULT:@SECLEVEL=0
[req]
distinguished_name = name
string_mask = utf8only
[name]
[ca]
default_ca = any
[any]
database = ./index.txt
rand_serial = yes
unique_subject = no
email_in_dn = no
copy_extensions = none
policy = anything
[anything]
countryName = optional
organizationName = optional
commonName = optional
END

quiet() {
	"$@" >>log 2>&1 || {
		tail -n 20 log >&2
		echo "certificates: failed: $*" >&2
		exit 1
	}
}

# key NAME ARGUMENTS OF GENPKEY
key() {
	local name=$1
	shift
	quiet openssl genpkey -out "$name.key" "$@"
	chmod 600 "$name.key"
}

when() {
	date -u -d "$1" +%Y%m%d%H%M%SZ
}

# issue NAME KEY ISSUER FROM TO DIGEST SUBJECT EXTENSION...: NAME.crt, one
# certificate; an ISSUER of - lets it sign itself
issue() {
	local name=$1 key=$2 issuer=$3 from=$4 to=$5 digest=$6 subject=$7
	local signer=(-cert "$issuer.one" -keyfile "$issuer.key")
	shift 7
	[ "$issuer" != - ] || signer=(-selfsign -keyfile "$key.key")
	printf '%s\n' '[extensions]' "$@" >extensions
	: >index.txt
	quiet openssl req -new -utf8 -key "$key.key" -subj "$subject" -out request -config openssl.cnf
	quiet openssl ca -batch -notext -utf8 -preserveDN -config openssl.cnf -extfile extensions -extensions extensions \
		-in request -out "$name.one" -outdir . -startdate "$from" -enddate "$to" -md "$digest" "${signer[@]}"
	cp "$name.one" "$name.crt"
}

# Signs a certificate again after Perl has changed what is signed, whose length
# must stay: resign NAME KEY EXPRESSION
resign() {
	quiet openssl x509 -in "$1.one" -outform DER -out whole.der
	quiet openssl asn1parse -inform DER -in whole.der -strparse 4 -noout -out signed.der
	perl -0777 -i -pe "BEGIN { binmode STDIN } $3" signed.der
	quiet openssl dgst -sha256 -sign "$2.key" -out signature signed.der
	perl -MMIME::Base64 -0777 -e '
		sub der { my ($tag, $s) = @_; my $n = length $s;
			return chr($tag) . ($n < 128 ? chr $n : $n < 256 ? "\x81" . chr $n : "\x82" . pack "n", $n) . $s }
		my ($signed, $signature) = map { open my $in, "<:raw", $_ or die; <$in> } qw(signed.der signature);
		# sha256WithRSAEncryption
		my $algorithm = "\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b\x05\x00";
		my $text = encode_base64(der(0x30, $signed . $algorithm . der(0x03, "\0$signature")));
		print "-----BEGIN CERTIFICATE-----\n$text-----END CERTIFICATE-----\n"' >"$1.one"
	cp "$1.one" "$1.crt"
}

yesterday=$(when '-1 day')
later=$(when '+400 days')
server='subjectAltName = DNS:db.example.org, IP:127.0.0.1'
authority='basicConstraints = critical, CA:TRUE'

key rsa -algorithm RSA -pkeyopt rsa_keygen_bits:2048
key root -algorithm RSA -pkeyopt rsa_keygen_bits:2048
key middle -algorithm RSA -pkeyopt rsa_keygen_bits:2048
key rsa1024 -algorithm RSA -pkeyopt rsa_keygen_bits:1024
key ec -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -pkeyopt ec_param_enc:named_curve
key ec224 -algorithm EC -pkeyopt ec_paramgen_curve:P-224 -pkeyopt ec_param_enc:named_curve
key ed25519 -algorithm ED25519

# the authorities
issue root root - "$yesterday" "$(when '+4000 days')" sha256 '/O=Test/CN=root' "$authority"
issue sha1_root root - "$yesterday" "$(when '+4000 days')" sha1 '/O=Test/CN=root' "$authority"
issue middle middle root "$yesterday" "$(when '+2000 days')" sha256 '/O=Test/CN=middle' "$authority"

# A chain that is too long for any client takes as long to make as all others
# together. One request will do: each link gets its name and key from the same.
make_links() {
	local links=200 i key=root.key
	mkdir links
	cp openssl.cnf root.one root.key rsa.key ec.key links
	cd links
	mv root.one l0.one
	quiet openssl req -new -key ec.key -subj /CN=link -out link_request -config openssl.cnf
	printf '%s\n' '[extensions]' "$authority" >extensions
	for i in $(seq 1 $links); do
		: >index.txt
		quiet openssl ca -batch -notext -utf8 -preserveDN -config openssl.cnf -extfile extensions -extensions extensions \
			-in link_request -subj "/CN=link $i" -out "l$i.one" -outdir . -startdate "$yesterday" -enddate "$later" -md sha256 \
			-cert "l$((i - 1)).one" -keyfile $key
		key=ec.key
	done
	cp ec.key "l$links.key"
	issue links rsa "l$links" "$yesterday" "$later" sha256 /CN=db.example.org "$server"
	for i in $(seq $links -1 0); do
		cat "l$i.one"
	done >>links.crt
	mv links.crt ..
}
(make_links) &
links=$!

# good ones
issue good rsa root "$yesterday" "$later" sha256 /CN=db.example.org "$server" \
	'keyUsage = digitalSignature, keyEncipherment' 'extendedKeyUsage = serverAuth, 1.2.3.4'
cp good.one alone.crt
cat root.one >>good.crt
issue chained rsa middle "$yesterday" "$later" sha256 /CN=db.example.org "$server"
cat middle.one >>chained.crt
issue ec ec root "$yesterday" "$later" sha256 /CN=db.example.org "$server"
issue ed25519 ed25519 root "$yesterday" "$later" sha256 /CN=db.example.org "$server"
issue other rsa root "$yesterday" "$later" sha256 /CN=other.example.org 'subjectAltName = DNS:other.example.org, DNS:*.wild.example.org'
sed 's/$/\r/' good.crt >crlf.crt
{ printf 'words before\n'; cat good.crt; printf 'and after\n'; } >words.crt
cat rsa.key good.crt >with_key.crt
{ openssl x509 -in good.one -trustout; cat root.one; } >trusted.crt

# not of these days
issue expired rsa root "$(when '-30 days')" "$(when '-10 days')" sha256 /CN=db.example.org "$server"
issue future rsa root "$(when '+10 days')" "$later" sha256 /CN=db.example.org "$server"
issue five_days rsa root "$yesterday" "$(when '+5 days 1 hour')" sha256 /CN=db.example.org "$server"
issue sixty_days rsa root "$yesterday" "$(when '+60 days 1 hour')" sha256 /CN=db.example.org "$server"
issue eternal rsa root 19000101000000Z 99991231235959Z sha256 /CN=db.example.org "$server"

# weak ones
issue rsa1024 rsa1024 root "$yesterday" "$later" sha256 /CN=db.example.org "$server"
issue ec224 ec224 root "$yesterday" "$later" sha256 /CN=db.example.org "$server"
issue md5 rsa root "$yesterday" "$later" md5 /CN=db.example.org "$server"
issue sha1 rsa root "$yesterday" "$later" sha1 /CN=db.example.org "$server"
issue self_signed rsa - "$yesterday" "$later" sha1 /CN=db.example.org "$server"
issue self_signed_ca rsa - "$yesterday" "$later" sha256 /CN=db.example.org "$server" "$authority"
issue ca_leaf rsa root "$yesterday" "$later" sha256 /CN=db.example.org "$server" "$authority"
issue no_names rsa root "$yesterday" "$later" sha256 /CN=db.example.org
issue client_only rsa root "$yesterday" "$later" sha256 /CN=db.example.org "$server" 'extendedKeyUsage = clientAuth'

# chains that lead nowhere
cat chained.one root.one >broken.crt
key broken_middle -algorithm RSA -pkeyopt rsa_keygen_bits:2048
issue false_middle broken_middle root "$yesterday" "$later" sha256 '/O=Test/CN=middle' "$authority"
cat chained.one false_middle.one root.one >false.crt
# hostile ones
issue nul rsa root "$yesterday" "$later" sha256 '/CN=db.example.org~evil' \
	'subjectAltName = DNS:db.example.org~evil, DNS:a\\b, email:x@y, URI:http://u/, RID:1.2.3, otherName:1.2.3.4;UTF8:o, dirName:dn, IP:::1' \
	'1.2.3.4 = ASN1:UTF8String:unknown' 'extendedKeyUsage = serverAuth' '[dn]' 'CN = d'
resign nul root 's/org~evil/org\0evil/g'
issue escapes rsa root "$yesterday" "$later" sha256 "/O=$(printf '\e[31m\xc2\x9b')/CN=$(printf 'a\nb')" \
	"subjectAltName = DNS:$(printf 'x\e[31m')"
issue bad_utf8 rsa root "$yesterday" "$later" sha256 '/O=bad~~/CN=db' "$server"
resign bad_utf8 root 's/bad~~/bad\xff\xfe/g'
issue negative rsa root "$yesterday" "$later" sha256 /CN=db "$server"
# shellcheck disable=SC2016 # expanded by Perl
resign negative root 's/(\x02\x14)./$1\x81/s or s/(\x02\x13)./$1\x81/s or die "no serial number"'
issue unknown_key ed25519 root "$yesterday" "$later" sha256 /CN=db "$server"
resign unknown_key root 's/\x06\x03\x2b\x65\x70/\x06\x03\x2b\x65\x7f/'
issue twice rsa root "$yesterday" "$later" sha256 /CN=db "$server" 'issuerAltName = DNS:second'
resign twice root 's/\x55\x1d\x12/\x55\x1d\x11/'
issue bad_date rsa root "$yesterday" 20600101000000Z sha256 /CN=db "$server"
resign bad_date root 's/20600101000000Z/20601301000000Z/'

# not even certificates
: >empty.crt
openssl x509 -in good.one -outform DER -out der.crt
sed '3s/./!/' good.one >garbage.crt
sed '$d' good.one >no_end.crt
{ cat good.one; printf -- '-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n'; } >no_certificate.crt
{ cat good.one; head -c 1100000 /dev/zero | tr '\0' x; } >huge.crt
for _ in $(seq 1001); do
	cat ed25519.one
done >many.crt
for _ in $(seq 900); do
	cat ed25519.one
done >nine_hundred.crt
wait $links
rm -rf links
rm -f ./*.pem ./index.txt* extensions request signature ./*.der log

# The server's certificates: each kind is loaded by a real server, and what
# server_certificates() says of it is what a handshake shows.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../perl";

use Digest::SHA qw(sha256_hex);
use IPC::Run;
use Math::BigInt;
use MIME::Base64;
use POSIX qw(mkfifo);
use PostgreSQL::Test::Utils;
use RdsGuard;
use Test::More;

my $folder = PostgreSQL::Test::Utils::tempdir();
PostgreSQL::Test::Utils::system_or_bail("$tree/test/tools/certificates.sh", $folder);

# What a distribution demands of keys must keep nothing from the server.
$ENV{OPENSSL_CONF} = "$folder/openssl.cnf";
delete $ENV{TZ};

my $node = server(
	'certificates',
	listen => "127.0.0.1,$nowhere",
	hba => "local all all trust\nhost all all 127.0.0.1/32 trust",
	conf => <<"END");
ssl = on
ssl_cert_file = '$folder/good.crt'
ssl_key_file = '$folder/rsa.key'
timezone = UTC
END
my $major = major($node);
sql($node, <<'END');
CREATE EXTENSION rds_guard;
CREATE ROLE plain LOGIN;
CREATE ROLE watcher LOGIN IN ROLE pg_monitor;
CREATE ROLE reader LOGIN IN ROLE pg_read_server_files;
END
my @tls = (host => '127.0.0.1', sslmode => 'require');

sub slurp
{
	my ($file) = @_;
	open my $in, '<:raw', $file or die "$file: $!";
	local $/;
	return <$in>;
}

sub spew
{
	my ($file, $bytes) = @_;
	open my $out, '>:raw', $file or die "$file: $!";
	print $out $bytes;
	close $out or die "$file: $!";
	return;
}

# The certificates in a text, as DER.
sub blocks
{
	my ($text) = @_;
	return map { decode_base64($_) } $text =~ /-----BEGIN CERTIFICATE-----(.*?)-----END/gs;
}

# The certificates that a client is shown.
sub shown
{
	my ($out, $err) = ('', '');
	IPC::Run::run [ 'openssl', 's_client', '-starttls', 'postgres', '-showcerts', '-connect', '127.0.0.1:' . $node->port, @_ ],
	  '<', \'', '>', \$out, '2>', \$err;
	return [ map { sha256_hex($_) } blocks($out) ];
}

# load(NAME, KEY): NAME.crt as ssl_cert_file, and a reload
sub load
{
	my ($name, $key) = @_;
	configure($node, ssl_cert_file => "$folder/$name.crt", ssl_key_file => "$folder/$key.key");
	return;
}

# The rows in words: some columns, joined.
sub rows_of
{
	my ($columns, %to) = @_;
	return [
		map { join '|', map { !defined $_ ? '' : ref $_ ? '{' . join(',', @$_) . '}' : $_ } @$_{@$columns} } @{
			rows($node, q{SELECT c.*, c.serial::text AS serial, c.not_before::text, c.not_after::text FROM rds_guard.server_certificates() AS c}, %to)
		}
	];
}

sub failure
{
	my (%to) = @_;
	my ($status, $out, $err) = psql_error('SELECT * FROM rds_guard.server_certificates()', %to);
	return $err;
}

# The error of a statement with its SQLSTATE
sub psql_error
{
	my ($statement, %to) = @_;
	my ($status, $out, $err) = try_sql($node, "\\set VERBOSITY verbose\n$statement", %to);
	$err =~ s/\n?LOCATION:.*//s;
	$err =~ s/^psql:[^ ]* //;
	$err =~ s/\Q$folder\E\///g;
	return ($status, $out, $err);
}

# What openssl says of each certificate of a file
sub by_openssl
{
	my ($name) = @_;
	my @rows;
	foreach my $der (blocks(slurp("$folder/$name.crt") =~ s/TRUSTED //gr))
	{
		spew("$folder/one.der", $der);
		my @file = ('-noout', '-inform', 'DER', '-in', "$folder/one.der");
		my ($negative, $hex) = openssl('x509', @file, '-serial') =~ /=(-?)([0-9A-F]+)/;
		my ($from) = openssl('x509', @file, '-startdate') =~ /=(.*)/;
		my ($to) = openssl('x509', @file, '-enddate') =~ /=(.*)/;
		my ($print) = openssl('x509', @file, '-fingerprint', '-sha256') =~ /=(.*)/;
		push @rows,
		  join '|', $negative . Math::BigInt->from_hex("0x$hex")->bstr,
		  value($node, "timestamptz '$from'::text"), value($node, "timestamptz '$to'::text"), lc($print =~ s/://gr);
	}
	return \@rows;
}

#
# What each certificate is
#
my @summary = qw(position role key_type key_bits curve signature_algorithm signature_digest self_signed is_ca chain private_key loaded);
my $rsa = 'RSA|2048||sha256WithRSAEncryption|SHA256';
my $root = "2|root|$rsa|1|1|||yes";
my $bits25519 = openssl('version') =~ /^OpenSSL 1/ ? 253 : 256;
my $purpose = qr/unsu(?:pported|itable) certificate purpose/;

foreach my $case (
	[ 'good', 'rsa', "1|leaf|$rsa|0|0|complete|matches|yes", $root ],
	[ 'alone', 'rsa', "1|leaf|$rsa|0|0|open|matches|yes" ],
	[ 'crlf', 'rsa', "1|leaf|$rsa|0|0|complete|matches|yes", $root ],
	[ 'words', 'rsa', "1|leaf|$rsa|0|0|complete|matches|yes", $root ],
	[ 'with_key', 'rsa', "1|leaf|$rsa|0|0|complete|matches|yes", $root ],
	[ 'chained', 'rsa', "1|leaf|$rsa|0|0|open|matches|yes", "2|intermediate|$rsa|0|1|||yes" ],
	[ 'ec', 'ec', '1|leaf|EC|256|prime256v1|sha256WithRSAEncryption|SHA256|0|0|open|matches|yes' ],
	[ 'ed25519', 'ed25519', "1|leaf|Ed25519|$bits25519||sha256WithRSAEncryption|SHA256|0|0|open|matches|yes" ],
	[ 'rsa1024', 'rsa1024', '1|leaf|RSA|1024||sha256WithRSAEncryption|SHA256|0|0|open|matches|yes' ],
	[ 'md5', 'rsa', '1|leaf|RSA|2048||md5WithRSAEncryption|MD5|0|0|open|matches|yes' ],
	[ 'sha1', 'rsa', '1|leaf|RSA|2048||sha1WithRSAEncryption|SHA1|0|0|open|matches|yes' ],
	[ 'self_signed', 'rsa', '1|leaf|RSA|2048||sha1WithRSAEncryption|SHA1|1|0|complete|matches|yes' ],
	[ 'self_signed_ca', 'rsa', "1|leaf|$rsa|1|1|complete|matches|yes" ],
	[ 'ca_leaf', 'rsa', "1|leaf|$rsa|0|1|open|matches|yes" ],
	[ 'no_names', 'rsa', "1|leaf|$rsa|0|0|open|matches|yes" ],
	[ 'client_only', 'rsa', "1|leaf|$rsa|0|0|PURPOSE|matches|yes" ],
	[ 'expired', 'rsa', "1|leaf|$rsa|0|0|certificate has expired|matches|yes" ],
	[ 'future', 'rsa', "1|leaf|$rsa|0|0|certificate is not yet valid|matches|yes" ],
	[ 'eternal', 'rsa', "1|leaf|$rsa|0|0|open|matches|yes" ],
	[ 'broken', 'rsa', "1|leaf|$rsa|0|0|the certificates of the file do not lead from one to the next|matches|yes", "2|unused|$rsa|1|1|||yes" ],
	[ 'nul', 'rsa', "1|leaf|$rsa|0|0|open|matches|yes" ],
	[ 'escapes', 'rsa', "1|leaf|$rsa|0|0|open|matches|yes" ],
	[ 'negative', 'rsa', "1|leaf|$rsa|0|0|open|matches|yes" ])
{
	my ($name, $key, @expected) = @$case;
	load($name, $key);
	my $rows = rows_of(\@summary, @tls);
	s/$purpose/PURPOSE/ foreach @$rows;
	is_deeply($rows, \@expected, "$name: what it is");
	is_deeply(rows_of([qw(serial not_before not_after fingerprint)], @tls), by_openssl($name), "$name: number, dates and fingerprint are as openssl says")
	  unless $name eq 'crlf';
	is_deeply([ map { s/.*\|//r } @{ rows_of([qw(loaded fingerprint)], @tls) } ], shown(), "$name: these are the certificates that a client gets");
	is_deeply(rows_of([qw(position private_key loaded)]), [ map { /^(\d+)/; "$1|" . ($1 == 1 ? 'unknown' : '') . '|presumed' } @expected ],
		"$name: a session without TLS does not know what is loaded");
}

# on some systems signatures other than this one cannot be verified at all
load('false', 'rsa');
like(rows_of(['chain'], @tls)->[0], qr/signature failure|do not lead from one to the next/, 'a forged intermediate certificate does not verify');
load('trusted', 'rsa');
is_deeply(rows_of([qw(role chain loaded)], @tls), [ 'leaf|complete|yes', 'root||yes' ], 'the form with remarks is read as the server reads it');

# OpenSSL sends no more certificates than a client takes
load('links', 'rsa');
my $links = rows_of([qw(role chain loaded)], @tls);
is($links->[0], 'leaf|certificate chain too long|yes', '200 links: too long for any client');
is_deeply([ @$links[ 1 .. $#$links ] ], [ ('intermediate||yes') x 200, 'root||yes' ], '200 links: all in their order');
# these no client takes
load('nine_hundred', 'ed25519');
is(scalar @{ rows_of(['role']) }, 900, '900 certificates are so many rows');
load('ec224', 'ec224');
is_deeply(rows_of(\@summary), ['1|leaf|EC|224|secp224r1|sha256WithRSAEncryption|SHA256|0|0|open|unknown|presumed'], 'ec224: what it is');

#
# Names and extensions
#
my @words = qw(subject issuer names key_usage extended_key_usage unseen);
load('good', 'rsa');
is_deeply(
	rows_of(\@words),
	[
		'CN=db.example.org|CN=root,O=Test|{DNS:db.example.org,IP:127.0.0.1}|{digitalSignature,keyEncipherment}|{serverAuth,1.2.3.4}|{}',
		'CN=root,O=Test|CN=root,O=Test|{}|||{}'
	],
	'names and extensions');
load('nul', 'rsa');
is_deeply(
	rows_of(\@words),
	[
		'CN=db.example.org\\00evil|CN=root,O=Test|{DNS:db.example.org\\00evil,DNS:a\\5Cb,email:x@y,URI:http://u/,RID:1.2.3,othername:1.2.3.4,dirname,IP:::1}||{serverAuth}|{}'
	],
	'a zero byte ends no name, and each kind of name is told');
load('escapes', 'rsa');
is_deeply(rows_of(\@words), ['CN=a\\0Ab,O=\\1B[31m\\C2\\9B|CN=root,O=Test|{DNS:x\\1B[31m}|||{}'], 'what a terminal would obey is escaped');
load('twice', 'rsa');
is_deeply(rows_of(\@words), ['CN=db|CN=root,O=Test||||{names}'], 'an extension that is there twice is not seen');
load('negative', 'rsa');
like(rows_of(['serial'])->[0], qr/^-\d{30,}$/, 'a negative serial number');
load('eternal', 'rsa');
is_deeply(rows_of([qw(not_before not_after)]), ['1900-01-01 00:00:00+00|9999-12-31 23:59:59+00'], 'dates far away');

# in a database with another encoding names are ASCII
sql($node, q{CREATE DATABASE latin ENCODING 'LATIN1' TEMPLATE template0});
sql($node, 'CREATE EXTENSION rds_guard', dbname => 'latin');
load('escapes', 'rsa');
is(sql($node, 'SELECT subject FROM rds_guard.server_certificates()', dbname => 'latin'), 'CN=a\\0Ab,O=\\1B[31m\\C2\\9B', 'names in a database that is not UTF8');

#
# Files that the server refuses: it keeps the old one, and so says the fact.
#
load('good', 'rsa');
my $good = rows_of([qw(position fingerprint)]);
foreach my $case (
	[ 'unknown_key', undef ],
	[ 'missing', '58P01: could not read certificate file "missing.crt": No such file or directory' ],
	[ 'empty', 'F0000: there is no certificate in PEM form in file "empty.crt"' ],
	[ 'der', 'F0000: there is no certificate in PEM form in file "der.crt"' ],
	[ 'garbage', 'F0000: could not read certificate 1 in file "garbage.crt"' ],
	[ 'no_end', 'F0000: could not read certificate 1 in file "no_end.crt"' ],
	[ 'no_certificate', 'F0000: could not read certificate 2 in file "no_certificate.crt"' ],
	[ 'bad_utf8', 'F0000: could not read certificate 1 in file "bad_utf8.crt"' ],
	[ 'bad_date', 'F0000: could not read certificate 1 in file "bad_date.crt"' ],
	[ 'huge', '54000: certificate file "huge.crt" is larger than 1048576 bytes' ],
	[ 'many', '54000: more than 1000 certificates in file "many.crt"' ],
	[ 'folder', '42809: "folder.crt" is not a regular file' ],
	[ 'device', '42809: "device.crt" is not a regular file' ],
	[ 'rsa1024', undef ])
{
	my ($name, $error) = @$case;
	mkdir "$folder/folder.crt";
	symlink '/dev/null', "$folder/device.crt";
	load('good', 'rsa') unless defined $error;
	load($name, 'rsa');
	if (defined $error)
	{
		is((split /\n/, failure())[0], "ERROR:  $error", "$name: a clear error");
		is(verdict($node, 'tls_cert_expiry'), 'unknown', "$name: tls_cert_expiry cannot tell");
		is(verdict($node, 'tls_cert_weak'), 'fail: ssl_cert_file', "$name: tls_cert_weak says that it cannot be read");
		next;
	}
	is_deeply(rows_of([qw(position private_key loaded)]), ['1|unknown|presumed'], "$name: a session without TLS cannot know that it was refused");
	is_deeply([ map { s/\|[0-9a-f]{64}$//r } @{ rows_of([qw(position file loaded fingerprint)], @tls) } ],
		[ "1|$folder/$name.crt|no", '1||yes', '2||yes' ], "$name: a session with TLS knows, and what is loaded in its place");
	is_deeply([ grep { s/^\|// } @{ rows_of([qw(file position fingerprint)], @tls) } ], $good, "$name: the old ones");
	is(verdict($node, 'tls_cert_weak', @tls), "fail: $folder/$name.crt certificate 1", "$name: tls_cert_weak says so");
}
# the server itself would wait for a writer, so it never gets to see this one
load('good', 'rsa');
{
	mkfifo("$folder/fifo.crt", 0600) or die $!;
	my $session = session($node, @tls);
	# only the session reads the file, for the setting comes from its own file
	rename "$folder/good.crt", "$folder/kept.crt" or die $!;
	rename "$folder/fifo.crt", "$folder/good.crt" or die $!;
	my (undef, $err) = $session->query(q{SET statement_timeout = '10s'; SELECT * FROM rds_guard.server_certificates()});
	like($err, qr/is not a regular file/, 'a pipe keeps nobody waiting');
	rename "$folder/kept.crt", "$folder/good.crt" or die $!;
	$session->quit;
}

#
# Irregular forms: the server decides
#
{
	my $pem = slurp("$folder/alone.crt");
	my ($begin, @lines) = split /\n/, $pem;
	my $end = pop @lines;
	my $text = join '', @lines;
	my $in_lines = sub { join "\n", $begin, @_, $end, '' };
	my @taken;
	my %forms = (
		'an empty line first' => $in_lines->('', @lines),
		'one long line' => $in_lines->($text),
		'lines of 70' => $in_lines->($text =~ /.{1,70}/g),
		'lines of 254' => $in_lines->($text =~ /.{1,254}/g),
		'lines of any length' => $in_lines->($text =~ /(.)(..)(.{200})(.*)/),
		'blanks within' => $in_lines->(map { s/(.{10})/$1 \t/r } @lines),
		'control characters at the end of lines' => $in_lines->(map { "$_\f\x01 " } @lines),
		'words behind a hyphen' => $in_lines->(@lines, '-- that was it'),
		'a zero byte and words' => $in_lines->(map { "$_\0words" } @lines),
		'blanks behind the marks' => join("\n", "$begin  ", @lines, "$end \t", ''),
		'no newline at the end' => $pem =~ s/\n\z//r,
		'a byte order mark' => "\xEF\xBB\xBF$pem",
		'a long line in front' => ('x' x 254) . $pem,
		'a long line before the mark' => ('x' x 253) . $pem,
		'an empty line in the middle' => $in_lines->($lines[0], '', @lines[ 1 .. $#lines ]),
		'an empty line at the end' => $in_lines->(@lines, ''),
		'two empty lines' => $in_lines->('', '', @lines),
		'long lines after an empty one' => $in_lines->('', $text =~ /.{1,70}/g),
		'uneven lines after an empty one' => $in_lines->('', $text =~ /.{1,60}/g),
		'a header' => $in_lines->('Proc-Type: 4,ENCRYPTED', 'DEK-Info: AES-256-CBC,00', '', @lines),
		'a colon' => $in_lines->(@lines, '- a: b'),
		'padding too much' => $in_lines->(@lines, '===='),
		'more after padding' => $in_lines->(@lines, 'AA==', 'AAAA'),
		'half a group' => $in_lines->(@lines, 'AA'),
		'a control character within' => $in_lines->(map { s/(.{10})/$1\f/r } @lines),
		'another label at the end' => $in_lines->(@lines) =~ s/END CERT/END X509 CERT/r,
		'words behind the end' => $pem =~ s/\n\z/ words\n/r,
		'two labels' => $pem . "-----BEGIN CERTIFICATE-----\n");
	load('other', 'rsa');
	my ($other) = @{ shown() };
	my ($good) = map { sha256_hex($_) } blocks($pem);
	foreach my $name (sort keys %forms)
	{
		spew("$folder/form.crt", $forms{$name});
		configure($node, ssl_cert_file => "$folder/form.crt");
		my $loaded = shown()->[0] eq $good;
		my ($status, $seen) = try_sql($node, 'SELECT fingerprint FROM rds_guard.server_certificates()');
		my $same = $loaded ? $status == 0 && $seen =~ /^\Q$good\E$/ : $status != 0;
		ok($same, "$name: the server " . ($loaded ? 'loads' : 'refuses') . ' it, and so says the fact')
		  # which OpenSSL 1.1.1 does not know, and looks for another beginning
		  unless $name eq 'a byte order mark' && openssl('version') =~ /^OpenSSL 1/;
		push @taken, $name if $loaded;
		configure($node, ssl_cert_file => "$folder/other.crt") if $loaded;
	}
	cmp_ok(scalar @taken, '>=', 11, 'most are loaded: ' . join(', ', @taken));
	cmp_ok(scalar @taken, '<=', 14, 'but not all');
}

#
# A file that is replaced and not loaded yet
#
load('good', 'rsa');
my $kept = slurp("$folder/good.crt");
spew("$folder/good.crt", slurp("$folder/expired.crt"));
is_deeply(rows_of([qw(position private_key loaded)]), ['1|unknown|newer'], 'replaced: without TLS only its age tells');
is_deeply(
	[ map { s/^\Q$folder\E\///r } @{ rows_of([qw(file position private_key loaded)], @tls) } ],
	[ 'good.crt|1|unknown|no', '|1|matches|yes', '|2||yes' ],
	'replaced: with TLS both are seen');
is(verdict($node, 'tls_cert_expiry', @tls), 'pass', 'replaced: the checks judge what is loaded');
is(verdict($node, 'tls_cert_weak', @tls), 'pass', 'replaced: which was not refused');
like(report($node, 'tls_cert_expiry')->[0]{detail}, qr/expired at .*; the file was changed after the server last read its configuration/,
	'replaced: where that cannot be told, the file is judged with a remark');
my $old = session($node, @tls);
is($old->query(q{SELECT string_agg(loaded, ',') FROM rds_guard.server_certificates()}), 'no,yes,yes', 'a session with TLS before a reload');
reload($node);
is($old->query(q{SELECT string_agg(loaded, ',') FROM rds_guard.server_certificates()}), 'presumed', 'a session that is older than the last reload does not know what came with it');
$old->quit;
is_deeply(rows_of([qw(private_key loaded)], @tls), ['matches|yes'], 'reloaded: it is loaded');
is(verdict($node, 'tls_cert_expiry', @tls), "fail: $folder/good.crt certificate 1", 'reloaded: now it is judged');
spew("$folder/good.crt", $kept);

# a file with its old date, and a link that leads elsewhere, are new as well
reload($node);
spew("$folder/copy.crt", $kept);
utime 1, 1, "$folder/copy.crt";
rename "$folder/copy.crt", "$folder/good.crt" or die $!;
is_deeply(rows_of(['loaded']), [ 'newer', 'newer' ], 'a file with an old date that was put there is new');
symlink "$folder/good.crt", "$folder/link.crt" or die $!;
load('link', 'rsa');
is_deeply(rows_of(['loaded']), [ 'presumed', 'presumed' ], 'a link');
unlink "$folder/link.crt";
symlink "$folder/expired.crt", "$folder/link.crt" or die $!;
is_deeply(rows_of(['loaded']), ['newer'], 'a link that leads elsewhere');

#
# ssl_ca_file
#
spew("$folder/ca.crt", slurp("$folder/middle.crt") . slurp("$folder/root.crt"));
configure($node, ssl_ca_file => "$folder/ca.crt");
load('chained', 'rsa');
my @chain = qw(setting position role self_signed chain loaded);
is_deeply(
	rows_of(\@chain, @tls),
	[
		'ssl_cert_file|1|leaf|0|complete|yes', 'ssl_cert_file|2|intermediate|0||yes',
		'ssl_ca_file|1|client CA|0|complete|yes', 'ssl_ca_file|2|client CA|1|complete|yes'
	],
	'ssl_ca_file has the root of the chain, and its own certificates lead to it');
spew("$folder/chained_alone.crt", slurp("$folder/chained.one"));
load('chained_alone', 'rsa');
is(rows_of(\@chain, @tls)->[0], 'ssl_cert_file|1|leaf|0|complete|yes', 'a leaf alone is completed from ssl_ca_file');
is(scalar @{ shown() }, 3, 'and so OpenSSL sends it');
spew("$folder/ca.crt", slurp("$folder/middle.crt"));
configure($node, ssl_ca_file => "$folder/ca.crt");
like(rows_of(\@chain, @tls)->[1], qr/^ssl_ca_file\|1\|client CA\|0\|unable to get .*issuer certificate\|yes$/, 'an intermediate in ssl_ca_file without its root verifies no client');
spew("$folder/ca.crt", slurp("$folder/expired.crt"));
load('good', 'rsa');
is(verdict($node, 'tls_cert_expiry', @tls), "fail: $folder/ca.crt client CA 1", 'an authority for clients that has expired');
configure($node, ssl_ca_file => "$folder/missing.crt");
is((split /\n/, failure())[0], 'ERROR:  58P01: could not read certificate file "missing.crt": No such file or directory', 'ssl_ca_file is missing');
configure($node, ssl_ca_file => undef);

#
# The checks
#
foreach my $case (
	[ 'good', 'rsa', 'pass', 'pass' ],
	[ 'chained', 'rsa', 'pass', 'pass' ],
	[ 'ec', 'ec', 'pass', 'pass' ],
	[ 'ed25519', 'ed25519', 'pass', 'pass' ],
	[ 'expired', 'rsa', 'critical: certificate 1 (leaf, CN=db.example.org) expired at DATE', 'pass' ],
	[ 'future', 'rsa', 'critical: certificate 1 (leaf, CN=db.example.org) is not valid before DATE', 'pass' ],
	[ 'five_days', 'rsa', 'high: certificate 1 (leaf, CN=db.example.org) expires in 5 days, at DATE', 'pass' ],
	[ 'sixty_days', 'rsa', 'medium: certificate 1 (leaf, CN=db.example.org) expires in 60 days, at DATE', 'pass' ],
	[ 'rsa1024', 'rsa1024', 'pass', 'medium: its key has only 1024 bits (RSA)' ],
	[ 'ec224', 'ec224', 'pass', 'medium: its key has only 224 bits (EC)' ],
	[ 'md5', 'rsa', 'pass', 'medium: it is signed with MD5' ],
	[ 'sha1', 'rsa', 'pass', 'medium: it is signed with SHA1' ],
	# what a root says of itself nobody verifies
	[ 'self_signed', 'rsa', 'pass', 'info: it is self-signed: only clients that were given this very certificate can verify it' ],
	[ 'self_signed_ca', 'rsa', 'pass', 'info: it is self-signed: only clients that were given this very certificate can verify it' ],
	[ 'ca_leaf', 'rsa', 'pass', 'low: it is allowed to issue certificates, so whoever takes the server\'s key can make them for any host' ],
	[ 'no_names', 'rsa', 'pass', 'low: it names no host as subjectAltName, and many clients look at nothing else' ],
	[ 'client_only', 'rsa', 'pass', 'medium: its chain does not verify: PURPOSE' ],
	[ 'links', 'rsa', 'pass', 'medium: its chain does not verify: certificate chain too long' ])
{
	my ($name, $key, @expected) = @$case;
	load($name, $key);
	# psql does not take that key: what is loaded a new start tells
	$node->restart if $name eq 'ec224';
	foreach my $check (qw(tls_cert_expiry tls_cert_weak))
	{
		my @findings = map { $_->{status} eq 'fail' ? "$_->{severity}: $_->{detail}" : $_->{status} }
		  @{ report($node, $check, $name eq 'ec224' ? () : @tls) };
		foreach (@findings)
		{
			s/\Q$folder\E\/$name\.crt //g;
			s/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\+00/DATE/;
			s/certificate 1 \(leaf, CN=db\.example\.org\): // if $check eq 'tls_cert_weak';
			s/$purpose/PURPOSE/;
		}
		is_deeply(\@findings, [ shift @expected ], "$check: $name");
	}
}
load('broken', 'rsa');
is_deeply(
	[ map { "$_->{severity} $_->{object}" } @{ report($node, 'tls_cert_weak', @tls) } ],
	[ "medium $folder/broken.crt certificate 1", "low $folder/broken.crt certificate 2" ],
	'tls_cert_weak: a chain with a gap');
load('sixty_days', 'rsa');
sql($node, q{UPDATE rds_guard.policy SET value = '20' WHERE name = 'certificate_days_medium'});
is(verdict($node, 'tls_cert_expiry', @tls), 'pass', 'the policy decides what is soon');
sql($node, q{UPDATE rds_guard.policy SET value = '61' WHERE name = 'certificate_days_high'});
is(report($node, 'tls_cert_expiry', @tls)->[0]{severity}, 'high', 'and how bad that is');
sql($node, 'UPDATE rds_guard.policy SET value = DEFAULT');

#
# Who may see it
#
load('good', 'rsa');
foreach my $role (qw(plain watcher))
{
	is_deeply(
		[ (split /\n/, failure(user => $role))[ 0, 1 ] ],
		[
			'ERROR:  42501: permission denied to read certificate files',
			"HINT:  GRANT pg_read_server_files TO $role; -- also allows to read any other file of the server, better ask a superuser to run this"
		],
		"$role: not without the right");
}
is(scalar @{ rows_of(['role'], user => 'reader') }, 2, 'pg_read_server_files may');
is_deeply([ map { @$_{qw(status fix)} } @{ report($node, 'tls_cert_weak', user => 'watcher') } ],
	[ 'unknown', 'GRANT pg_read_server_files TO watcher; -- also allows to read any other file of the server, better ask a superuser to run this' ],
	'a monitor is told which right would decide');
is(sql($node, q{SET transaction_read_only = on; SELECT count(*) FROM rds_guard.server_certificates()}), 2, 'in a read-only transaction');

# Nothing of OpenSSL's stays behind, neither after rows nor after errors.
sub resident
{
	my ($pid) = @_;
	my ($kilobytes) = slurp("/proc/$pid/status") =~ /VmRSS:\s+(\d+)/;
	return $kilobytes;
}

SKIP:
{
	skip 'this system has no /proc', 2 unless -e "/proc/$$/status";
	my $session = session($node, @tls);
	my $pid = $session->query('SELECT pg_backend_pid()');
	my $many = sub {
		my ($times) = @_;
		$session->query("DO \$\$ BEGIN FOR i IN 1..$times LOOP PERFORM count(*) FROM rds_guard.server_certificates(); END LOOP; END \$\$");
		return;
	};
	my $fail = sub {
		my ($times) = @_;
		$session->query(
			"DO \$\$ BEGIN FOR i IN 1..$times LOOP BEGIN PERFORM count(*) FROM rds_guard.server_certificates(); EXCEPTION WHEN config_file_error THEN END; END LOOP; END \$\$");
		return;
	};
	$many->(300);
	my $before = resident($pid);
	$many->(2000);
	cmp_ok(resident($pid) - $before, '<', 1024, '2,000 calls take no memory');
	# a good one, and then an error: 201 certificates are there when it comes
	spew("$folder/good.crt", slurp("$folder/links.crt") . "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n");
	$fail->(100);
	$before = resident($pid);
	$fail->(300);
	cmp_ok(resident($pid) - $before, '<', 1024, '300 errors with 200 certificates take no memory');
	spew("$folder/good.crt", $kept);
	$session->quit;
}
load('nine_hundred', 'ed25519');
like((psql_error(q{SET statement_timeout = '20ms'; SELECT count(*) FROM rds_guard.server_certificates(), rds_guard.server_certificates() AS b}))[2], qr/57014/, 'it can be cancelled');
load('good', 'rsa');

#
# Where there is nothing to see
#
install_plain($node, dbname => do { sql($node, 'CREATE DATABASE without'); 'without' });
like(failure(dbname => 'without'), qr/^ERROR:  0A000: without its library rds_guard cannot read certificates\nDETAIL:  To see what the server shows, run: openssl s_client -starttls postgres -showcerts -connect HOST:\d+, or/,
	'without the library: what to do instead');
foreach my $check (qw(tls_cert_expiry tls_cert_weak tls_sni_hosts))
{
	is(verdict($node, $check, dbname => 'without'), 'not_applicable', "without the library: $check does not pass");
}
configure($node, ssl => 'off');
is(failure(), 'ERROR:  0A000: ssl is off: the server uses no certificate', 'ssl = off');
is(failure(user => 'plain'), 'ERROR:  0A000: ssl is off: the server uses no certificate', 'ssl = off, which is no secret');
is_deeply(verdicts($node, [qw(tls_cert_expiry tls_cert_weak tls_sni_hosts)]), { map { $_ => 'not_applicable' } qw(tls_cert_expiry tls_cert_weak tls_sni_hosts) }, 'ssl = off: no check applies');
configure($node, ssl => undef);

#
# A certificate for each host (19)
#
SKIP:
{
	skip 'this server has no hosts_file', 17 unless $major >= 19;
	is(verdict($node, 'tls_sni_hosts'), 'not_applicable', 'ssl_sni is off');
	my $hosts = sub {
		my ($text) = @_;
		spew($node->data_dir . '/pg_hosts.conf', $text);
		configure($node, ssl_sni => 'on');
		return;
	};
	my @host = qw(setting hosts file position role chain loaded);
	my $seen = sub { return [ map { s/\Q$folder\E\///gr } @{ rows_of(\@host, @_) } ] };

	$hosts->("# no line\n");
	is_deeply($seen->(@tls), [ 'ssl_cert_file||good.crt|1|leaf|complete|yes', 'ssl_cert_file||good.crt|2|root||yes' ], 'no line: ssl_cert_file');
	is(verdict($node, 'tls_sni_hosts', @tls), 'pass', 'no line: nothing to say');

	$hosts->("db.example.org $folder/alone.crt $folder/rsa.key $folder/root.crt\n"
		  . "other.example.org,a.wild.example.org $folder/other.crt $folder/rsa.key\n"
		  . "* $folder/expired.crt $folder/rsa.key\n");
	my $all = [
		'hosts_file|{db.example.org}|alone.crt|1|leaf|complete|presumed',
		'hosts_file|{db.example.org}|root.crt|1|client CA|complete|presumed',
		'hosts_file|{other.example.org,a.wild.example.org}|other.crt|1|leaf|open|presumed',
		'hosts_file|{*}|expired.crt|1|leaf|certificate has expired|presumed'
	];
	is_deeply($seen->(), $all, 'each line of hosts_file');
	$all->[3] =~ s/presumed/yes/;
	is_deeply($seen->(@tls), $all, 'a session knows of the one that it got');
	is_deeply(shown('-servername', 'other.example.org'), [ map { s/.*\|//r } rows_of([qw(hosts fingerprint)])->[2] ], 'a client that asks for a name gets its certificate');
	is(verdict($node, 'tls_sni_hosts', @tls), 'pass', 'each name has its certificate');
	is(verdict($node, 'tls_cert_expiry', @tls), "fail: $folder/expired.crt certificate 1", 'one of the certificates has expired');
	$hosts->("/no_sni/ $folder/expired.crt $folder/rsa.key\n* $folder/expired.crt $folder/rsa.key\n");
	is(verdict($node, 'tls_cert_expiry', @tls), "fail: $folder/expired.crt certificate 1", 'a file that two lines name is one finding');

	$hosts->("db.example.org $folder/good.crt $folder/rsa.key\nwrong.example.org,x.y.wild.example.org $folder/other.crt $folder/rsa.key\n");
	is_deeply([ map { "$_->{severity} $_->{object}" } @{ report($node, 'tls_sni_hosts') } ],
		[ 'low hosts_file host wrong.example.org', 'low hosts_file host x.y.wild.example.org', 'info hosts_file' ],
		'names without certificate, and none for the others');
	isnt((try_sql($node, 'SELECT', @tls))[0], 0, 'who asks for none of them is refused');
	$hosts->("/no_sni/ $folder/good.crt $folder/rsa.key\ndb.example.org $folder/good.crt $folder/rsa.key\n");
	like(report($node, 'tls_sni_hosts')->[0]{detail}, qr/no line for \*: /, 'a line for those that ask for no name is none for all');

	my $named = value($node, 'SHOW ssl_cert_file');
	configure($node, ssl_cert_file => 'missing.crt');
	is((try_sql($node, 'SELECT', @tls, sslmode => 'require'))[0], 0, 'the server needs no ssl_cert_file');
	unlike(verdict($node, 'tls_server_disabled'), qr/fail/, 'and none is missed');
	configure($node, ssl_cert_file => $named);

	$hosts->("db.example.org\n");
	like(failure(), qr/^ERROR:  F0000: could not load file/, 'a line that is none');
	is(verdict($node, 'tls_sni_hosts'), 'unknown', 'and no verdict of it');
	$hosts->("db.example.org $folder/missing.crt $folder/rsa.key\n");
	like(failure(), qr/^ERROR:  58P01: .*missing/, 'a file that is missing');
	configure($node, ssl_sni => undef);
}

configure($node, listen_addresses => undef);
$node->stop;
$node->append_conf('postgresql.conf', "listen_addresses = ''");
$node->start;
is_deeply(verdicts($node, [qw(tls_cert_expiry tls_cert_weak)]), { map { $_ => 'not_applicable' } qw(tls_cert_expiry tls_cert_weak) }, 'Unix sockets only: no check applies');
is(scalar @{ rows_of(['role']) }, 2, 'but the fact is there');

done_testing();

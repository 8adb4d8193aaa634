# Random strings as passwords: what the server takes for a verifier, and stores
# as it stands, beside what password_verifiers() makes of it, in both editions.
# They differ only where we are stricter, each time for a reason that is named
# here.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../perl";

use MIME::Base64;
use PostgreSQL::Test::Utils;
use RdsGuard;
use Test::More;

my $node = server('verifiers');
sql($node, 'CREATE EXTENSION rds_guard');
sql($node, 'CREATE DATABASE plain');
install_plain($node, dbname => 'plain');

my $roles = 250;
my $rounds = 12;

# How the server keeps a password: "as is", or hashed, or not at all. With md5 a
# password that is none of ours costs nothing.
sql($node, <<'END');
CREATE FUNCTION keep(role name, string text) RETURNS text LANGUAGE plpgsql
	SET password_encryption = 'md5' SET client_min_messages = error
AS $$
BEGIN
	EXECUTE format('ALTER ROLE %I PASSWORD NULL', role);
	EXECUTE format('ALTER ROLE %I PASSWORD %L', role, string);
	RETURN CASE (SELECT a.rolpassword FROM pg_authid AS a WHERE a.rolname = role) WHEN string THEN 'as is' ELSE 'hashed' END;
EXCEPTION WHEN program_limit_exceeded OR invalid_parameter_value THEN
	RETURN 'refused';
END $$;
END
sql($node, "SELECT format('CREATE ROLE r%s', n) FROM generate_series(1, $roles) AS n \\gexec");

#
# Strings: verifiers with something wrong in them, mostly
#
srand 4711;

sub one_of
{
	return $_[ int rand @_ ];
}

sub random_base64
{
	my ($bytes) = @_;
	return encode_base64(join('', map { chr int rand 256 } 1 .. $bytes), '');
}

sub iterations
{
	return one_of(1, 7, int rand 100, 2147483648, 4294967297, "9223372036854775807", '9223372036854775808',
		0, -5, '+7', ' 8', "\t9", '10 ', '0x10', '007', '', '1e3', '99999999999999999999');
}

sub damaged
{
	my ($base64) = @_;
	return one_of(
		$base64, $base64, $base64, '', substr($base64, 1), "$base64=", $base64 =~ s/=+$//r, "=$base64",
		# bits that no byte has
		$base64 =~ s/[A-Za-z0-9+\/](=+)$/one_of('B', 'x', '9') . $1/er,
		substr($base64, 0, 4) . '====' . substr($base64, 4), substr($base64, 0, 2) . '==' . substr($base64, 4),
		$base64 =~ tr{+/}{-_}r, " $base64", $base64 . one_of(' ', "\n", ':', '$', 'A', 'AAAA'));
}

sub verifier
{
	my $sound = int rand 5;
	my @parts = (
		$sound != 0 ? 'SCRAM-SHA-256' : one_of('SCRAM-SHA-256', 'scram-sha-256', 'SCRAM-SHA-1', 'SCRAM-SHA-256-PLUS', '$SCRAM-SHA-256', ''),
		$sound != 1 ? 1 + int rand 9 : iterations(),
		map { my ($place, $bytes) = @$_; $sound != $place ? random_base64($bytes) : damaged(random_base64($bytes)) } [ 2, one_of(16, 16, 1, 2, 3, 100, 600) ], [ 3, 32 ], [ 4, one_of((32) x 9, 31) ]);
	my @between = ('$', ':', '$', ':');
	$between[ int rand 4 ] = one_of('$$', '::', '$:', '', ' ', ':', '$') if rand() < 0.2;
	return join '', map { $parts[$_] . ($between[$_] // '') } 0 .. $#parts;
}

# ALTER ROLE tries the empty password against each verifier, and before 16 no
# cancel ends that: no string with many iterations, as the server reads them.
sub string
{
	for (;;)
	{
		my $string = any_string();
		my @numbers = map { my ($sign, $n) = /^([+-]?)(\d+)$/; length $n > 18 ? 0 : ($sign eq '-' ? 2**32 - $n % 2**32 : $n % 2**32) }
		  $string =~ /[\$:]\s*([+-]?\d+)(?=:)/g;
		return $string unless grep { $_ > 500 && $_ < 2**31 } @numbers;
	}
}

sub any_string
{
	my $what = rand;
	return one_of('md5', 'MD5', 'md5 ', '') . join '', map { one_of(0 .. 9, 'a' .. 'f') } 1 .. one_of(32, 32, 32, 31, 33, 0) if $what < 0.1;
	return 'md5' . join '', map { one_of(0 .. 9, 'a' .. 'f', 'A', 'g') } 1 .. 32 if $what < 0.15;
	return join '', map { one_of('SCRAM-SHA-256', '$', ':', '=', '9', random_base64(32), 'md5', chr 32 + int rand 95) } 1 .. int rand 12 if $what < 0.25;
	my $string = verifier();
	# one character more, less or other
	substr($string, int rand 1 + length $string, int rand 2) = chr 33 + int rand 94 if $what < 0.5;
	return $string;
}

# Why we do not take what the server takes for a SCRAM verifier; the server cuts
# by strtok(), which skips any number of delimiters, reads a number by strtol()
# into an int, and decodes base64 without looking at what is left over.
sub reason
{
	my ($string) = @_;
	return 'longer than any' if length $string > 1024;
	return 'repeated delimiter' unless $string =~ /^SCRAM-SHA-256\$([^\$:][^:]*):([^\$]+)\$([^:]+):(.+)$/s && "$2$3$4" !~ /[\$:]/;
	my ($iterations, @base64) = ($1, $2, $3, $4);
	return 'sign or blank' if $iterations =~ /^[\s+-]/;
	return 'number of iterations' if $iterations =~ /^\d+$/ && ($iterations == 0 || $iterations > 2147483647);
	return 'base64' if grep { encode_base64(decode_base64($_), '') ne $_ } @base64;
	return "no reason: $string";
}

my (%kept, %reasons, @looser, @unexplained, @different);
for my $round (1 .. $rounds)
{
	my @strings = map { string() } 1 .. $roles;
	my $values = join ',', map { "($_, E'" . $strings[ $_ - 1 ] =~ s/(['\\])/\\$1/gr . "')" } 1 .. $roles;
	my $kept = rows($node, "SELECT v.n, keep(('r' || v.n)::name, v.string) AS how FROM (VALUES $values) AS v (n, string) ORDER BY v.n");
	my $ask = q{SELECT substr(role, 2)::integer AS n, kind, iterations FROM rds_guard.password_verifiers() WHERE role ~ '^r\d+$' ORDER BY 1};
	my ($c, $plain) = (rows($node, $ask), rows($node, $ask, dbname => 'plain'));
	push @different, grep { "$c->[$_]{kind} " . ($c->[$_]{iterations} // '') ne "$plain->[$_]{kind} " . ($plain->[$_]{iterations} // '') } 0 .. $#$c;
	foreach my $n (0 .. $#strings)
	{
		my ($string, $how, $kind) = ($strings[$n], $kept->[$n]{how}, $c->[$n]{kind});
		$kept{$how}++;
		next if $how ne 'as is';
		if ($kind eq 'unrecognised')
		{
			my $reason = reason($string);
			$reasons{$reason}++;
			push @unexplained, $string if $reason =~ /^no reason/;
		}
		else
		{
			my $expected = $kind eq 'md5' ? qr/^md5/ : qr/^SCRAM-SHA-256\$0*$c->[$n]{iterations}:/;
			$reasons{$kind}++;
			push @looser, "$kind: $string" if $string !~ $expected || ($kind ne 'md5' && reason($string) !~ /^no reason/);
		}
	}
	# what the server hashed is a verifier now, but no SCRAM one
	push @looser, map { "hashed, but $c->[$_]{kind}: $strings[$_]" } grep { $kept->[$_]{how} eq 'hashed' && $strings[$_] ne '' && $c->[$_]{kind} ne 'md5' } 0 .. $#strings;
}
note(join ', ', map { "$_: $kept{$_}" } sort keys %kept);
note(join ', ', map { "$_: $reasons{$_}" } sort keys %reasons);

is_deeply(\@unexplained, [], 'each string that the server takes for a verifier is one for us, or there is a reason');
is_deeply(\@looser, [], 'and nothing is one for us that we mean to refuse');
is(scalar(@different), 0, 'both editions read them in the same way');
cmp_ok($kept{hashed} // 0, '>', 500, 'many strings were no verifiers');
cmp_ok($reasons{$_} // 0, '>', 3, "there were strings of this kind: $_")
  foreach 'scram-sha-256', 'md5', 'repeated delimiter', 'sign or blank', 'number of iterations', 'base64';

#
# The other way: what we take for a verifier the server takes for one. It would
# hash it otherwise, so these are strings that we are asked about directly.
#
my $random = join ',', map { "E'" . string() =~ s/(['\\])/\\$1/gr . "'" } 1 .. 1500;
is(sql($node, <<"EOT"), 't|t', 'what is a verifier for us is one for the server');
BEGIN;
SET LOCAL allow_system_table_mods = on;
SET LOCAL client_min_messages = error;
CREATE TABLE tried (string text, kind text);
DO \$do\$
DECLARE
	s text;
BEGIN
	FOREACH s IN ARRAY ARRAY[$random] LOOP
		CONTINUE WHEN s = '' OR length(s) > 512;
		UPDATE pg_authid SET rolpassword = s WHERE rolname = 'r1';
		INSERT INTO tried SELECT s, v.kind FROM rds_guard.password_verifiers() AS v WHERE v.role = 'r1';
	END LOOP;
END
\$do\$;
SELECT bool_and(t.kind = 'unrecognised' OR keep('r2', t.string) = 'as is'), count(*) FILTER (WHERE t.kind <> 'unrecognised') > 100 FROM tried AS t;
ROLLBACK;
EOT

$node->stop;
done_testing();

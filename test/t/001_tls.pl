# Real handshakes: whatever way a client comes in, connection() says exactly
# what happened, and the checks about TLS judge what is really so.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../perl";

use Math::BigInt;
use PostgreSQL::Test::Utils;
use RdsGuard;
use Test::More;

my $certificates = PostgreSQL::Test::Utils::tempdir();
my $own = own_address();
my $serial = '0x7fedcba987654321fedcba987654321fedcba987';

# Escaped as openssl's -subj wants it; O holds a terminal's escape character,
# and DEL and C1 controls, which terminals obey as well.
my $hostile_subject =
  q{/C=DE/O=} . "\e[31m\x7f\xc2\x9b" . q{/OU=über/CN=O'Brien, "x" <a>\\+b;\\\\c#d\\/e};
my $hostile_rfc2253 =
  q{CN=O'Brien\\, \\"x\\" \\<a\\>\\+b\\;\\\\c#d/e,OU=über,O=\\1B[31m\\7F\\C2\\9B,C=DE};

sub client_certificate
{
	my ($name, $subject, @more) = @_;
	openssl('req', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-utf8', '-subj', $subject,
		'-keyout', "$certificates/$name.key", '-out', "$certificates/$name.csr");
	openssl('x509', '-req', '-sha256', '-days', '20', '-in', "$certificates/$name.csr",
		'-CA', "$certificates/client_ca.crt", '-CAkey', "$certificates/client_ca.key",
		'-out', "$certificates/$name.crt", @more);
	chmod 0600, "$certificates/$name.key" or die $!;
	return (sslcert => "$certificates/$name.crt", sslkey => "$certificates/$name.key");
}

make_certificates($certificates);
openssl('req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-sha256', '-days', '30',
	'-subj', '/O=Clients & Co/CN=client CA', '-keyout', "$certificates/client_ca.key", '-out', "$certificates/client_ca.crt");
my @hostile = client_certificate('hostile', $hostile_subject, '-set_serial', $serial);
my @named = client_certificate('named', '/CN=cert_user', '-set_serial', '77');

my $hba = <<"END";
local   all all peer
hostssl all cert_user  127.0.0.1/32 cert
host    all scram_user 127.0.0.1/32 scram-sha-256
host    all all        127.0.0.1/32 trust
END
$hba .= "host all all $own/32 trust\n" if $own;

my $node = server(
	'tls',
	listen => join(',', '127.0.0.1', $nowhere, $own // ()),
	hba => $hba,
	conf => <<"END");
ssl = on
ssl_cert_file = '$certificates/server.crt'
ssl_key_file = '$certificates/server.key'
ssl_ca_file = '$certificates/client_ca.crt'
END
my $major = major($node);
sql($node, <<'END');
CREATE EXTENSION rds_guard;
CREATE ROLE cert_user LOGIN;
SET password_encryption = 'scram-sha-256';
CREATE ROLE scram_user LOGIN PASSWORD 'correct horse';
CREATE ROLE trusted LOGIN;
CREATE ROLE shadow SUPERUSER NOLOGIN;
CREATE ROLE climber LOGIN NOINHERIT IN ROLE shadow;
END

# connection() of a session beside what pg_stat_ssl says of it
sub observed
{
	my (%to) = @_;
	return rows(
		$node,
		q{SELECT c.*, c.certificate_serial::text AS certificate_serial, host(c.client_address) AS client_address,
			c.pid = pg_backend_pid() AS own_pid, s.ssl AS stat_ssl, s.version AS stat_version, s.cipher AS stat_cipher, s.bits AS stat_bits
		FROM rds_guard.connection() AS c JOIN pg_stat_ssl AS s ON s.pid = c.pid},
		%to)->[0];
}

my %unseen = (
	auth_method => $major >= 16 ? [] : ['auth_method'],
	auth_identity => $major >= 14 ? [] : ['auth_identity']);
my @unseen = (@{ $unseen{auth_method} }, @{ $unseen{auth_identity} });

# is_observed(NAME, CONNECTION, EXPECTED): all columns, NULL where not given
sub is_observed
{
	my ($name, $to, %expected) = @_;
	my $observed = observed(%$to);
	my %stat = map { $_ => delete $observed->{$_} } grep { /^stat_/ } keys %$observed;

	$expected{auth_method} = undef if $major < 16;
	$expected{auth_identity} = undef if $major < 14;
	if ($expected{encryption} eq 'tls')
	{
		is_deeply([ @stat{qw(stat_ssl stat_version stat_cipher stat_bits)} ],
			[ 1, @$observed{qw(protocol cipher bits)} ],
			"$name: protocol, cipher and bits are those of pg_stat_ssl");
		delete $observed->{cipher};
		delete $observed->{bits};
	}
	else
	{
		is($stat{stat_ssl}, 0, "$name: pg_stat_ssl knows of no TLS");
		$expected{cipher} = $expected{bits} = undef;
	}
	delete $observed->{pid};
	is_deeply(
		$observed,
		{
			own_pid => 1, session_role => $to->{user} // $superuser, client_address => $to->{host},
			protocol => undef, client_certificate => 0, certificate_verified => 0,
			(map { ("certificate_$_" => undef) } qw(subject issuer serial not_before not_after)),
			gss_principal => undef, auth_identity => undef, unseen => \@unseen,
			%expected
		},
		"$name: connection() says exactly this");
	return;
}

# certificate_columns(NAME, SUBJECT): the columns of a client certificate,
# number and dates as openssl tells them
sub certificate_columns
{
	my ($name, $subject) = @_;
	my @file = ('-noout', '-in', "$certificates/$name.crt");
	my ($hex) = openssl('x509', @file, '-serial') =~ /=([0-9A-F]+)/;
	my ($from) = openssl('x509', @file, '-startdate') =~ /=(.*)/;
	my ($to) = openssl('x509', @file, '-enddate') =~ /=(.*)/;
	return (
		client_certificate => 1,
		certificate_verified => 1,
		certificate_subject => $subject,
		certificate_issuer => 'CN=client CA,O=Clients & Co',
		certificate_serial => Math::BigInt->from_hex("0x$hex")->bstr,
		certificate_not_before => value($node, "timestamptz '$from'"),
		certificate_not_after => value($node, "timestamptz '$to'"));
}

my @tls = (host => '127.0.0.1', sslmode => 'verify-ca', sslrootcert => "$certificates/server_ca.crt");
my @tls12 = (@tls, ssl_max_protocol_version => 'TLSv1.2');
my @tls13 = (@tls, ssl_min_protocol_version => 'TLSv1.3');

#
# One session of each kind
#
is_observed('Unix socket', {}, encryption => 'none', auth_method => 'peer', auth_identity => $superuser);
is_observed('plaintext TCP', { host => '127.0.0.1', sslmode => 'disable', user => 'trusted' },
	encryption => 'none', auth_method => 'trust');
is_observed('TLS 1.2', { @tls12, user => 'trusted' },
	encryption => 'tls', protocol => 'TLSv1.2', auth_method => 'trust');
is_observed('TLS 1.3', { @tls13, user => 'trusted' },
	encryption => 'tls', protocol => 'TLSv1.3', auth_method => 'trust');
is_observed('password over plaintext TCP', { host => '127.0.0.1', sslmode => 'disable', user => 'scram_user', password => 'correct horse' },
	encryption => 'none', auth_method => 'scram-sha-256', auth_identity => 'scram_user');
is_observed('password over TLS', { @tls13, user => 'scram_user', password => 'correct horse' },
	encryption => 'tls', protocol => 'TLSv1.3', auth_method => 'scram-sha-256', auth_identity => 'scram_user');
foreach my $version ([ '1.2', \@tls12 ], [ '1.3', \@tls13 ])
{
	my ($number, $to) = @$version;
	is_observed("client certificate over TLS $number", { @$to, @named, user => 'cert_user' },
		encryption => 'tls', protocol => "TLSv$number", auth_method => 'cert', auth_identity => 'CN=cert_user',
		certificate_columns('named', 'CN=cert_user'));
}
is_observed('certificate with a hostile subject, not used to authenticate', { @tls13, @hostile, user => 'trusted' },
	encryption => 'tls', protocol => 'TLSv1.3', auth_method => 'trust',
	certificate_columns('hostile', $hostile_rfc2253));
is(sql($node, 'SET ROLE scram_user; SELECT session_role FROM rds_guard.connection()'),
	$superuser, 'session_role does not follow SET ROLE');

#
# The edition without library sees the same, apart from the dates, which it
# says, and from the form of the names, which is that of pg_stat_ssl.
#
sql($node, 'CREATE DATABASE plain');
install_plain($node, dbname => 'plain');
foreach my $case (
	[ 'Unix socket', {} ],
	[ 'plaintext TCP', { host => '127.0.0.1', sslmode => 'disable', user => 'trusted' } ],
	[ 'TLS 1.2', { @tls12, user => 'trusted' } ],
	[ 'password over TLS', { @tls13, user => 'scram_user', password => 'correct horse' } ],
	[ 'client certificate', { @tls13, @named, user => 'cert_user' } ],
	[ 'hostile client certificate', { @tls13, @hostile, user => 'trusted' } ])
{
	my ($name, $to) = @$case;
	my ($with, $without) = map { observed(%$to, dbname => $_) } 'postgres', 'plain';
	my $dates = $with->{client_certificate} ? [qw(certificate_not_before certificate_not_after)] : [];
	delete @{$_}{qw(pid certificate_subject certificate_issuer)} foreach $with, $without;
	# before 16 the server tells auth_identity to a library only
	my @vaguer = (@$dates, $major >= 14 && $major < 16 ? 'auth_identity' : ());
	# from 18 on OAuth can leave no identity either, by a setting hidden from most
	push @vaguer, 'auth_method' if $major >= 18 && ($to->{user} // '') eq 'trusted';
	$with->{$_} = undef foreach @vaguer;
	$_->{unseen} = [ sort @{ $_->{unseen} } ] foreach $with, $without;
	$with->{unseen} = [ sort @{ $with->{unseen} }, @vaguer ];
	is_deeply($without, $with, "$name: the edition without library says the same, and what it cannot see");
}

#
# The sessions of others
#
my %held = (
	trusted => session($node, @tls12, user => 'trusted'),
	cert_user => session($node, @tls13, @named, user => 'cert_user'),
	scram_user => session($node, host => '127.0.0.1', sslmode => 'disable', user => 'scram_user', password => 'correct horse'));
is_deeply(
	rows($node, q{SELECT c.role, host(c.client_address) AS address, c.backend_type, c.encryption, c.protocol,
			(c.cipher, c.bits) IS NOT DISTINCT FROM (s.cipher, s.bits) AS as_pg_stat_ssl
		FROM rds_guard.client_connections() AS c JOIN pg_stat_ssl AS s ON s.pid = c.pid
		ORDER BY (c.role = session_user), c.role COLLATE "C"}),
	[
		map { my %row; @row{qw(role address backend_type encryption protocol as_pg_stat_ssl)} = @$_; \%row }
		  [ 'cert_user', '127.0.0.1', 'client backend', 'tls', 'TLSv1.3', 1 ],
		[ 'scram_user', '127.0.0.1', 'client backend', 'none', undef, 1 ],
		[ 'trusted', '127.0.0.1', 'client backend', 'tls', 'TLSv1.2', 1 ],
		[ $superuser, undef, 'client backend', 'none', undef, 1 ]
	],
	'client_connections() shows each session with its encryption');
is(verdict($node, 'tls_cleartext_sessions'), 'pass', 'a plaintext session over the loopback interface crosses no network');
is(verdict($node, 'tls_legacy_protocol_sessions'), 'pass', 'TLS 1.2 with an ephemeral key exchange and TLS 1.3 are no legacy');
$_->quit foreach values %held;

# Sessions that ended take a moment to go.
sub nobody_else
{
	$node->poll_query_until('postgres',
		q{SELECT count(*) = 1 FROM pg_stat_activity WHERE backend_type = 'client backend'})
	  or die 'sessions do not end';
	return;
}

#
# This session
#
nobody_else();
is(verdict($node, 'tls_current_session'), 'not_applicable', 'tls_current_session: a Unix socket crosses no network');
is(verdict($node, 'tls_current_session', host => '127.0.0.1', sslmode => 'disable'),
	'pass', 'tls_current_session: plaintext over the loopback interface');
is(verdict($node, 'tls_current_session', @tls13), 'pass', 'tls_current_session: TLS over the loopback interface');

#
# From beyond the loopback interface
#
SKIP:
{
	skip 'this machine has no address besides that of the loopback interface', 9 unless $own;
	my @remote = (host => $own, sslmode => 'disable');
	my @remote_tls = (@tls13, host => $own);
	my @checks = qw(tls_current_session tls_cleartext_sessions superuser_session_remote);

	is_deeply(verdicts($node, \@checks, @remote),
		{ map { $_ => "fail: $superuser" } @checks }, 'a superuser in plaintext from the network fails three checks');
	nobody_else();
	is_deeply(
		verdicts($node, \@checks, @remote_tls),
		{ tls_current_session => 'pass', tls_cleartext_sessions => 'pass', superuser_session_remote => "fail: $superuser" },
		'with TLS only its being a superuser remains');
	nobody_else();

	my @sessions = map { session($node, @remote, user => $_) } qw(trusted trusted climber);
	is_deeply([ map { [ @$_{qw(status object detail fix)} ] } @{ report($node, 'tls_cleartext_sessions') } ],
		[
			[ 'fail', 'climber', "1 unencrypted session(s) of role climber from $own", 'hostnossl all,replication "climber" all reject' ],
			[ 'fail', 'trusted', "2 unencrypted session(s) of role trusted from $own", 'hostnossl all,replication "trusted" all reject' ]
		],
		'tls_cleartext_sessions names each role, with number and address');
	is_deeply([ map { [ @$_{qw(status object detail fix)} ] } @{ report($node, 'superuser_session_remote') } ],
		[ [ 'fail', 'climber', "1 session(s) of role climber, which is or can become an administrator, from $own", 'host all,replication "climber" all reject' ] ],
		'superuser_session_remote names a role that can become superuser, and no plain one');
	$_->quit foreach @sessions;
	nobody_else();

	@sessions = map { session($node, @remote_tls, user => $_) } qw(trusted climber);
	is(verdict($node, 'tls_cleartext_sessions'), 'pass', 'tls_cleartext_sessions passes once they use TLS');
	is(verdict($node, 'superuser_session_remote'), 'fail: climber', 'superuser_session_remote does not care about TLS');
	$_->quit foreach @sessions;
	nobody_else();
	is(verdict($node, 'superuser_session_remote'), 'pass', 'superuser_session_remote passes once they are gone');

	# the line of the report, put above the others, does what it promises
	set_hba($node, qq{hostnossl all,replication "trusted" all reject\n$hba});
	is((try_sql($node, 'SELECT', @remote, user => 'trusted'))[0], 2, 'the fix of tls_cleartext_sessions keeps the role out in plaintext');
	is((try_sql($node, 'SELECT', @remote_tls, user => 'trusted'))[0], 0, 'and lets it in with TLS');
	set_hba($node, $hba);
}

#
# Weak sessions
#
foreach my $case ([ 'AES256-GCM-SHA384', 256 ], [ 'AES128-SHA', 128 ])
{
	my ($cipher, $bits) = @$case;
	configure($node, ssl_ciphers => $cipher);
	my $old = session($node, @tls12, user => 'trusted');
	is_deeply([ map { [ @$_{qw(status object detail fix)} ] } @{ report($node, 'tls_legacy_protocol_sessions') } ],
		[ [ 'fail', 'trusted', "1 session(s) of role trusted use TLSv1.2 $cipher $bits bits", undef ] ],
		"tls_legacy_protocol_sessions: $cipher has no ephemeral key exchange");
	$old->quit;
	nobody_else();

	my $new = session($node, @tls13, user => 'trusted');
	is(verdict($node, 'tls_legacy_protocol_sessions'), 'pass', "tls_legacy_protocol_sessions: TLS 1.3 on the server with $cipher");
	$new->quit;
	nobody_else();
}
configure($node, ssl_ciphers => undef);

#
# What the server offers
#
foreach my $case ([ 'TLSv1', 'fail: ssl_min_protocol_version' ], [ 'TLSv1.1', 'fail: ssl_min_protocol_version' ],
	[ 'TLSv1.2', 'pass' ], [ 'TLSv1.3', 'pass' ])
{
	configure($node, ssl_min_protocol_version => $case->[0]);
	is(verdict($node, 'tls_min_protocol', @tls), $case->[1], "tls_min_protocol: $case->[0]");
}
configure($node, ssl_min_protocol_version => undef);
is(verdict($node, 'tls_min_protocol', @tls), 'pass', 'tls_min_protocol: the default');
is(verdict($node, 'tls_server_disabled', @tls), 'pass', 'tls_server_disabled: ssl is on');

configure($node, ssl => 'off');
is_deeply(
	[ map { [ @$_{qw(severity status object detail fix)} ] } @{ report($node, 'tls_server_disabled') } ],
	[ [ 'critical', 'fail', 'ssl', 'ssl is off and the server listens on ' . join(', ', $nowhere, $own // ()), "ALTER SYSTEM SET ssl = 'on'; SELECT pg_reload_conf();" ] ],
	'tls_server_disabled: ssl is off on the network');
is(verdict($node, 'tls_min_protocol'), 'not_applicable', 'tls_min_protocol: ssl is off');
is((try_sql($node, 'SELECT', @tls13, user => 'trusted'))[0], 2, 'nobody gets TLS then');

sql($node, q{ALTER SYSTEM SET listen_addresses = '127.0.0.1'});
$node->restart;
is(verdict($node, 'tls_server_disabled'), 'not_applicable', 'tls_server_disabled: ssl is off, but nobody on the network is listened to');

$node->stop;
done_testing();

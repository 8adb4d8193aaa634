# What pg_hba.conf really lets happen: one table of files, the verdicts of the
# three checks that read it, and beside each the server's own behaviour, asked
# by connecting as three roles in three ways.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../perl";

use PostgreSQL::Test::Utils;
use RdsGuard;
use Test::More;

my @checks = qw(tls_not_enforced superuser_password_auth login_without_password);
my $certificates = PostgreSQL::Test::Utils::tempdir();
make_certificates($certificates);

# The observer is a superuser without a password whom the first line of each
# file lets in by the socket: no check has anything to say about it.
my $observer = "local all observer peer map=tap\n";
my @observer = (user => 'observer');

my $node = server(
	'hba',
	listen => "127.0.0.1,$nowhere",
	start => 0,
	conf => <<"END");
ssl = on
ssl_cert_file = '$certificates/server.crt'
ssl_key_file = '$certificates/server.key'
ssl_ca_file = '$certificates/server_ca.crt'
END
$node->append_conf('pg_ident.conf', "tap $superuser observer");
$node->start;
my $major = major($node);
sql($node, <<"END");
CREATE EXTENSION rds_guard;
CREATE DATABASE shop;
CREATE ROLE observer SUPERUSER LOGIN;
SET password_encryption = 'scram-sha-256';
ALTER ROLE "$superuser" PASSWORD 'x';
CREATE ROLE app LOGIN PASSWORD 'x';
CREATE ROLE plain LOGIN;
CREATE ROLE dbas;
CREATE ROLE all_dbas;
GRANT all_dbas TO dbas;
END

# What the server does with a role that brings neither password nor ticket.
my %transport = (
	local => [],
	plain => [ host => '127.0.0.1', sslmode => 'disable' ],
	tls => [ host => '127.0.0.1', sslmode => 'require' ]);

sub server_does
{
	my ($role, $transport, $database) = @_;
	my ($status, undef, $err) = try_sql($node, 'SELECT',
		user => $role, dbname => $database, gssencmode => 'disable', @{ $transport{$transport} });
	return
	    $status == 0 ? 'lets in'
	  : $err =~ /no password supplied/ ? 'asks for a password'
	  : $err =~ /Peer authentication failed/ ? 'asks the operating system'
	  : $err =~ /GSSAPI/ ? 'asks for a ticket'
	  : $err =~ /pg_hba.conf rejects connection|no pg_hba.conf entry/ ? 'turns away'
	  : $err;
}

# What hba_access() says that it does.
my %does = (
	'trust' => 'lets in',
	'peer' => 'asks the operating system',
	'gss' => 'asks for a ticket',
	map { $_ => 'asks for a password' } qw(scram-sha-256 md5 password ldap radius));

sub hba_access_says
{
	my ($database, @roles) = @_;
	my $names = join ',', map { qq{"$_"} } @roles;
	my %says;
	foreach my $row (@{ rows($node, <<"END", @observer) })
SELECT r.role, t.transport, (
	SELECT h.auth_method
	FROM rds_guard.hba_access(r.role) AS h
	WHERE t.transport = ANY (h.transports) AND h.databases && '{all,$database}'
		AND CASE WHEN h.type = 'local' OR h.address IN ('all', 'samehost', 'samenet', 'localhost') THEN true
			WHEN h.address ~ '^[0-9a-f.:/]+\$' THEN inet '127.0.0.1' <<= h.address::inet ELSE false END
	ORDER BY h.place
	LIMIT 1) AS method
FROM unnest('{$names}'::name[]) AS r (role) CROSS JOIN unnest('{local,plain,tls}'::text[]) AS t (transport)
END
	{
		my ($role, $method) = @$row{qw(role method)};
		$says{"$role $row->{transport}"} =
		    !defined $method ? 'turns away'
		  # the operating system knows the superuser by that name
		  : $method eq 'peer' && $role eq $superuser ? 'lets in'
		  : $does{$method};
	}
	return \%says;
}

# case(NAME, FILE, [tls_not_enforced, superuser_password_auth, login_without_password])
# with => SQL and then => SQL around it, database => to connect to
sub case
{
	my ($name, $file, $expected, %how) = @_;
	my $database = $how{database} // 'postgres';

	sql($node, $how{with}, @observer) if $how{with};
	set_hba($node, $observer . $file, @observer);
	my %expected;
	@expected{@checks} = @$expected;
	is_deeply(verdicts($node, \@checks, @observer), \%expected, "$name: the verdicts");

	my @roles = ($superuser, 'app', 'plain', @{ $how{roles} // [] });
	my %server;
	foreach my $role (@roles)
	{
		$server{"$role $_"} = server_does($role, $_, $database) foreach sort keys %transport;
	}
	is_deeply(hba_access_says($database, @roles), \%server, "$name: the server does what hba_access() says");
	sql($node, $how{then}, @observer) if $how{then};
	return;
}

my $su = "fail: $superuser";

#
# Encryption
#
case('host line for the network', 'host all all 0.0.0.0/0 scram-sha-256',
	[ 'fail: host all all 0.0.0.0/0 scram-sha-256', $su, 'pass' ]);
case('address and mask in two columns', 'host all all 10.0.0.0 255.0.0.0 scram-sha-256',
	[ 'fail: host all all 10.0.0.0/8 scram-sha-256', $su, 'pass' ]);
case('hostssl only', 'hostssl all all all scram-sha-256', [ 'pass', $su, 'pass' ]);
case('hostnossl and hostnogssenc lines', "hostnossl all app all scram-sha-256\nhostnogssenc all plain all scram-sha-256",
	[ 'fail: hostnogssenc all plain all scram-sha-256 | hostnossl all app all scram-sha-256', 'pass', 'pass' ]);
case('hostgssenc only', 'hostgssenc all all all gss', [ 'pass', 'pass', 'pass' ]);
case('behind hostnossl reject for all', "hostnossl all all all reject\nhost all all all scram-sha-256",
	[ 'pass', $su, 'pass' ]);
case('behind hostnossl reject for all of IPv4', "hostnossl all all 0.0.0.0/0 reject\nhost all all 0.0.0.0/0 scram-sha-256",
	[ 'pass', $su, 'pass' ]);
case('harmless twin: hostnossl reject for one network only', "hostnossl all all 10.0.0.0/8 reject\nhost all all all scram-sha-256",
	[ 'fail: host all all all scram-sha-256', $su, 'pass' ]);
case('harmless twin: hostnossl reject for one role only', "hostnossl all app all reject\nhost all all all scram-sha-256",
	[ 'fail: host all all all scram-sha-256', $su, 'pass' ]);
case('harmless twin: hostnossl reject for one database only', "hostnossl shop all all reject\nhost all all all scram-sha-256",
	[ 'fail: host all all all scram-sha-256', $su, 'pass' ]);
case('harmless twin: the reject comes too late', "host all all all scram-sha-256\nhostnossl all all all reject",
	[ 'fail: host all all all scram-sha-256', $su, 'pass' ]);
case('behind two rejects that together take all addresses', "hostnossl all all 0.0.0.0/0 reject\nhostnossl all all ::/0 reject\nhost all all all scram-sha-256",
	[ 'pass', $su, 'pass' ]);
case('harmless twin: a reject for IPv6 alone', "hostnossl all all ::/0 reject\nhost all all all scram-sha-256",
	[ 'fail: host all all all scram-sha-256', $su, 'pass' ]);
case('behind a reject for all', "host all all all reject\nhost all all all scram-sha-256", [ 'pass', 'pass', 'pass' ]);
case('loopback only', "host all all 127.0.0.1/32 scram-sha-256\nhost all all ::1/128 scram-sha-256\nhost all all localhost md5",
	[ 'pass', $su, 'pass' ]);
case('samehost', 'host all all samehost scram-sha-256', [ 'pass', $su, 'pass' ]);
case('samenet', 'host all all samenet scram-sha-256', [ 'fail: host all all samenet scram-sha-256', $su, 'pass' ]);
case('names of hosts', 'host all all .example.com scram-sha-256', [ 'fail: host all all .example.com scram-sha-256', $su, 'pass' ]);
case('"all" does not reject replication', "hostnossl all all all reject\nhost replication all all scram-sha-256",
	[ 'fail: host replication all all scram-sha-256', $su, 'pass' ]);

# A database that only a pattern names need not exist to be asked for: who it
# is comes first. Before 16 it is a name.
set_hba($node, $observer . 'host /^nosuch all all password', @observer);
is(verdict($node, 'tls_not_enforced', @observer), 'fail: host "/^nosuch" all all password', 'a pattern for databases that there are not: the verdict');
my (undef, undef, $refused) = try_sql($node, 'SELECT', user => 'app', password => 'x', dbname => 'nosuch1', host => '127.0.0.1', sslmode => 'disable', gssencmode => 'disable');
like($refused, $major >= 16 ? qr/database "nosuch1" does not exist/ : qr/no pg_hba.conf entry/, 'a pattern for databases that there are not: the server asks first');

#
# Superusers and passwords: first match
#
case('peer before a password', "local all all peer\nlocal all all scram-sha-256", [ 'pass', 'pass', 'pass' ]);
case('peer for the superuser before a password for all', "local all $superuser peer\nlocal all all scram-sha-256",
	[ 'pass', 'pass', 'pass' ]);
case('a password for all before peer', "local all all scram-sha-256\nlocal all $superuser peer", [ 'pass', $su, 'pass' ]);
case('reject for the superuser before all', "host all $superuser all reject\nhostssl all all all scram-sha-256",
	[ 'pass', 'pass', 'pass' ]);
case('harmless twin: reject for the superuser in plaintext only', "hostnossl all $superuser all reject\nhostssl all all all scram-sha-256",
	[ 'pass', $su, 'pass' ]);
case('harmless twin: reject for the superuser after all', "hostssl all all all scram-sha-256\nhost all $superuser all reject",
	[ 'pass', $su, 'pass' ]);
case('a list of roles without the superuser', 'hostssl all app,plain all scram-sha-256', [ 'pass', 'pass', 'pass' ]);
case('a list of roles with the superuser', "hostssl all app,$superuser all scram-sha-256", [ 'pass', $su, 'pass' ]);
case('one database is enough', 'hostssl shop all all scram-sha-256', [ 'pass', $su, 'pass' ], database => 'shop');
case('reject in one database, password in the others', "hostssl shop $superuser all reject\nhostssl all all all scram-sha-256",
	[ 'pass', $su, 'pass' ]);
case('a superuser is not in every group', 'hostssl all +dbas all scram-sha-256', [ 'pass', 'pass', 'pass' ]);
case('a member of the group', 'hostssl all +dbas all scram-sha-256', [ 'pass', $su, 'pass' ],
	with => qq{GRANT dbas TO "$superuser"}, then => qq{REVOKE dbas FROM "$superuser"});
case('a member of a member of the group', 'hostssl all +all_dbas all scram-sha-256', [ 'pass', $su, 'pass' ],
	with => qq{GRANT dbas TO "$superuser"}, then => qq{REVOKE dbas FROM "$superuser"});
case('the group itself', 'hostssl all +dba all scram-sha-256', [ 'pass', 'fail: dba', 'pass' ], roles => ['dba'],
	with => q{SET password_encryption = 'scram-sha-256'; CREATE ROLE dba SUPERUSER LOGIN PASSWORD 'x'}, then => 'DROP ROLE dba');
case('a member that does not inherit', 'hostssl all +all_dbas all scram-sha-256', [ 'pass', 'fail: dba', 'pass' ], roles => ['dba'],
	with => q{SET password_encryption = 'scram-sha-256'; CREATE ROLE dba SUPERUSER NOINHERIT LOGIN PASSWORD 'x' IN ROLE dbas},
	then => 'DROP ROLE dba');
case('an expired password is no way in', 'hostssl all all all scram-sha-256', [ 'pass', 'pass', 'pass' ],
	with => qq{ALTER ROLE "$superuser" VALID UNTIL '2020-01-01'}, then => qq{ALTER ROLE "$superuser" VALID UNTIL 'infinity'});
case('no password is no way in', 'hostssl all all all scram-sha-256', [ 'pass', 'pass', 'pass' ],
	with => qq{ALTER ROLE "$superuser" PASSWORD NULL},
	then => qq{SET password_encryption = 'scram-sha-256'; ALTER ROLE "$superuser" PASSWORD 'x'});

my $regex = qq{hostssl all "/^($superuser|dba)\$" all reject\nhostssl all all all scram-sha-256};
case('a regular expression for roles', $regex, [ 'pass', $major >= 16 ? 'pass' : $su, 'pass' ]);
case('a regular expression that does not match', qq{hostssl all /^x$superuser all reject\nhostssl all all all scram-sha-256},
	[ 'pass', $su, 'pass' ]);

# The password itself decides as well, so that it is tried.
sub with_password
{
	my ($role) = @_;
	return (try_sql($node, 'SELECT', user => $role, password => 'x', host => '127.0.0.1', sslmode => 'require'))[0] == 0 ? 'in' : 'out';
}
my $md5 = q{SET password_encryption = 'md5'; CREATE ROLE old SUPERUSER LOGIN PASSWORD 'x'};
sql($node, $md5, @observer);
set_hba($node, $observer . "hostssl all all all scram-sha-256", @observer);
is(verdict($node, 'superuser_password_auth', @observer), $su, 'an MD5 hash is no way in where SCRAM is asked for');
is(with_password('old'), 'out', 'as the server says');
set_hba($node, $observer . "hostssl all all all md5", @observer);
is(verdict($node, 'superuser_password_auth', @observer), "fail: old | $superuser", 'md5 takes MD5 hashes and SCRAM verifiers');
is(with_password('old') . with_password($superuser), 'inin', 'as the server says');
sql($node, 'DROP ROLE old', @observer);

# superuser_password_auth in full; the fix is only for those who get in otherwise
sub finding_of_superuser
{
	my ($finding) = @{ report($node, 'superuser_password_auth', @observer) };
	return [ @$finding{qw(severity detail fix evidence)} ];
}
my $detail = "superuser $superuser has a scram-sha-256 password, and pg_hba.conf asks for it, also over the network: line 2 (hostssl md5 from all)";
my $evidence = {
	kind => 'scram-sha-256', remote => 1, valid_until => 'infinity',
	lines => [ { line => 2, type => 'hostssl', address => 'all', method => 'md5' } ]
};
is_deeply(finding_of_superuser(), [ 'critical', $detail, undef, $evidence ],
	'superuser_password_auth: the password is the only way in, no fix takes it away');
set_hba($node, $observer . "hostssl all all all md5\nlocal all all peer", @observer);
is_deeply(finding_of_superuser(), [ 'critical', $detail, "ALTER ROLE $superuser PASSWORD NULL;", $evidence ],
	'superuser_password_auth: there is another way in, the fix takes the password away');
sql($node, finding_of_superuser()->[2], @observer);
is(verdict($node, 'superuser_password_auth', @observer), 'pass', 'superuser_password_auth: the fix works');
is(with_password($superuser), 'out', 'as the server says');
is((try_sql($node, 'SELECT'))[0], 0, 'and the superuser gets in by peer');
sql($node, qq{SET password_encryption = 'scram-sha-256'; ALTER ROLE "$superuser" PASSWORD 'x'}, @observer);

# Passwords that are not stored here: who has none stored is asked all the same,
# and no statement of ours takes them away.
sub asks_elsewhere
{
	my ($method, $options) = @_;
	my $line = "$method $options";
	case("$method, no stored password", "hostssl all $superuser all $line", [ 'pass', $su, 'pass' ],
		with => qq{ALTER ROLE "$superuser" PASSWORD NULL});
	my ($finding) = @{ report($node, 'superuser_password_auth', @observer) };
	is_deeply([ @$finding{qw(detail fix)} ],
		[ "superuser $superuser has a password by $method, and pg_hba.conf asks for it, also over the network: line 2 (hostssl $method from all)", undef ],
		"$method: the finding");
	case("$method behind a reject", "host all $superuser all reject\nhostssl all $superuser all $line", [ 'pass', 'pass', 'pass' ]);
	case("$method for another role", "hostssl all app all $line", [ 'pass', 'pass', 'pass' ],
		then => qq{SET password_encryption = 'scram-sha-256'; ALTER ROLE "$superuser" PASSWORD 'x'});
	case("$method, and a stored password", "hostssl all $superuser all $line", [ 'pass', $su, 'pass' ]);
	return;
}
asks_elsewhere('ldap', 'ldapserver=127.0.0.1 ldapprefix="cn="');
asks_elsewhere('radius', 'radiusservers="127.0.0.1" radiussecrets="hidden"') if $major < 19;
# what pam does depends on the machine
set_hba($node, $observer . "local all $superuser pam", @observer);
is_deeply([ map { $_->{detail} } @{ report($node, 'superuser_password_auth', @observer) } ],
	[ "superuser $superuser has a password by pam, and pg_hba.conf asks for it on this machine only: line 2 (local pam from this machine)" ],
	'pam: the finding');
# no server on Linux has bsd, nor has 19 radius: it goes on with what it loaded before
foreach my $method ('bsd', $major < 19 ? () : 'radius radiusservers="127.0.0.1" radiussecrets="hidden"')
{
	set_hba($node, $observer . "hostssl all $superuser all $method", @observer);
	is(verdict($node, 'superuser_password_auth', @observer), 'unknown', "$method: a broken file");
}
set_hba($node, $observer, @observer);

#
# trust
#
# without a password, and administrators with one as well
my $trusted = join ' | ', sort 'plain', $superuser;
case('trust over the loopback interface', 'host all all 127.0.0.1/32 trust', [ 'pass', 'pass', 'fail: ' . join(' | ', sort 'observer', 'plain', $superuser) ]);
case('trust over the socket', 'local all all trust', [ 'pass', 'pass', "fail: $trusted" ]);
case('trust behind a reject', "local all plain reject\nlocal all all trust", [ 'pass', 'pass', $su ]);
case('trust for plain roles only', "local all $superuser peer\nlocal all all trust", [ 'pass', 'pass', 'fail: plain' ]);
case('trust behind a password', "local all all scram-sha-256\nlocal all all trust", [ 'pass', $su, 'pass' ]);
case('trust for those who have a password', 'local all app trust', [ 'pass', 'pass', 'pass' ]);
case('trust for a group', 'local all +dbas trust', [ 'pass', 'pass', 'fail: plain' ],
	with => 'GRANT dbas TO plain', then => 'REVOKE dbas FROM plain');
set_hba($node, $observer . "local shop plain trust\nhostssl all plain 10.0.0.0/8 trust", @observer);
is_deeply([ map { [ @$_{qw(object detail fix)} ] } @{ report($node, 'login_without_password', @observer) } ],
	[
		[
			'plain',
			'plain has no password, and pg_hba.conf lets it in unasked: line 2 (local from this machine), line 3 (hostssl from 10.0.0.0/8)',
			"local shop \"plain\" peer\nhostssl all \"plain\" 10.0.0.0/8 scram-sha-256"
		]
	],
	'login_without_password: the lines and what to put in front of them');

set_hba($node, $observer . 'hostssl all plain all trust clientcert=verify-full', @observer);
is(verdict($node, 'login_without_password', @observer), 'pass', 'trust with a certificate that names the role');
unlike(server_does('plain', 'tls', 'postgres'), qr/lets in/, 'as the server says');
set_hba($node, $observer . 'hostssl all plain all trust clientcert=verify-ca', @observer);
is(verdict($node, 'login_without_password', @observer), 'fail: plain', 'trust with any certificate');
is(value($node, q{SELECT fix FROM rds_guard.report('{login_without_password}')}, @observer), 'hostssl all "plain" all scram-sha-256 clientcert=verify-ca',
	'login_without_password: the fix asks for no less than the line');

#
# What the file would say differently from the view
#
set_hba($node, $observer . 'host all app 10.0.0.0/8 gss', @observer);
is(value($node, q{SELECT fix FROM rds_guard.report('{tls_not_enforced}')}, @observer), 'hostssl all app 10.0.0.0/8 gss include_realm=1',
	'tls_not_enforced: the fix leaves the realm where it is') unless value($node, q{SELECT rds_guard.hba_problems() IS NOT NULL}, @observer);
set_hba($node, $observer . 'host all app 10.0.0.0/8 ldap ldapserver=ldap.example.com ldaptls=1 ldapprefix=uid=', @observer);
is(value($node, q{SELECT fix FROM rds_guard.report('{tls_not_enforced}')}, @observer), 'hostssl all app 10.0.0.0/8 ldap ldapserver=ldap.example.com ldaptls=1 ldapprefix=uid=',
	'tls_not_enforced: the fix is a line that the server takes');

#
# Files that are broken, and files in files
#
set_hba($node, $observer . "hostssl all all all scram-sha-256\nhost all all all nonsense", @observer);
is_deeply(verdicts($node, \@checks, @observer), { map { $_ => 'unknown' } @checks },
	'a broken file is not what the server uses: unknown, never pass');
set_hba($node, $observer, @observer);
is_deeply(verdicts($node, \@checks, @observer), { map { $_ => 'pass' } @checks }, 'mended, it is');

SKIP:
{
	skip 'pg_hba.conf includes other files from PostgreSQL 16 on', 2 if $major < 16;
	$node->append_conf('first.conf', "hostnossl all all all reject");
	case('an included file counts where it is included', "include first.conf\nhost all all all scram-sha-256", [ 'pass', $su, 'pass' ]);
}

#
# Whom the server listens to
#
set_hba($node, $observer . 'host all all all scram-sha-256', @observer);
sql($node, "ALTER SYSTEM SET listen_addresses = '127.0.0.1'", @observer);
$node->restart;
is_deeply(verdicts($node, \@checks, @observer),
	{ tls_not_enforced => 'not_applicable', superuser_password_auth => $su, login_without_password => 'pass' },
	'a server that nobody on the network reaches needs no encryption, but superusers keep their passwords');
unlike(value($node, q{SELECT detail FROM rds_guard.report('{superuser_password_auth}')}, @observer), qr/over the network/, 'and are not said to get in from there');
sql($node, 'ALTER SYSTEM RESET listen_addresses', @observer);
sql($node, 'ALTER SYSTEM SET ssl = off', @observer);
$node->restart;
is_deeply([ map { [ @$_{qw(object fix)} ] } @{ report($node, 'tls_not_enforced', @observer) } ], [ [ 'host all all all scram-sha-256', undef ] ],
	'without TLS no fix makes a hostssl line, which would let nobody in');
sql($node, 'ALTER SYSTEM RESET ssl', @observer);
$node->restart;

#
# Who may not see: unknown, and the GRANTs that are proposed are the right ones
#
my $hba_grants =
  'GRANT SELECT ON pg_catalog.pg_hba_file_rules TO "the monitor"; GRANT EXECUTE ON FUNCTION pg_catalog.pg_hba_file_rules() TO "the monitor";';
my $authid_grant =
  'GRANT SELECT ON pg_catalog.pg_authid TO "the monitor"; -- also shows the password hashes, better ask a superuser to run this';
my @monitor = (user => 'the monitor');
set_hba($node, $observer . "local all \"the monitor\" trust\nhost all all all scram-sha-256", @observer);
foreach my $case (
	[ 'tls_not_enforced', 'fail: host all all all scram-sha-256', $hba_grants ],
	[ 'superuser_password_auth', $su, $authid_grant, $hba_grants ],
	[ 'login_without_password', 'fail: the monitor', $hba_grants, $authid_grant ])
{
	my ($check, $expected, @grants) = @$case;
	my @proposed;
	sql($node, 'CREATE ROLE "the monitor" LOGIN IN ROLE pg_monitor', @observer);
	while (1)
	{
		my ($finding) = @{ report($node, $check, @monitor) };
		last if $finding->{status} ne 'unknown' || !defined $finding->{fix} || @proposed > 3;
		push @proposed, $finding->{fix};
		sql($node, $finding->{fix}, @observer);
	}
	is_deeply(\@proposed, \@grants, "$check: a monitor is told exactly the GRANTs that it needs");
	$expected =~ s/the monitor/"the monitor"/;
	is(verdict($node, $check, @monitor), $expected, "$check: with them it sees the same as a superuser");
	sql($node, 'DROP OWNED BY "the monitor"; DROP ROLE "the monitor"', @observer);
}

$node->stop;
done_testing();

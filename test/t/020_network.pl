# The checks of category network: for a table of files what each check says and
# how grave it finds it, in both editions alike; what the fix does to the file;
# and where a check says that somebody gets in, a client that does.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../perl";

use PostgreSQL::Test::Utils;
use RdsGuard;
use Test::More;
use Time::HiRes qw(usleep);

my $certificates = PostgreSQL::Test::Utils::tempdir();
make_certificates($certificates);

# What comes from this address is no loopback traffic, though it never leaves.
my $own = own_address();
my $listen = join ',', '127.0.0.1', $nowhere, $own // ();
my $first = qq{local all "$superuser" peer\n};

my $node = server(
	'network',
	listen => $listen,
	hba => $first,
	start => 0,
	conf => <<"END");
ssl = on
ssl_cert_file = '$certificates/server.crt'
ssl_key_file = '$certificates/server.key'
ssl_ca_file = '$certificates/server_ca.crt'
END
$node->start;
my $major = major($node);
sql($node, <<"END");
CREATE EXTENSION rds_guard;
CREATE DATABASE plain;
CREATE DATABASE shop;
SET password_encryption = 'scram-sha-256';
CREATE ROLE app LOGIN PASSWORD 'x';
CREATE ROLE other LOGIN PASSWORD 'x';
CREATE ROLE dbas SUPERUSER;
CREATE ROLE between NOINHERIT;
GRANT dbas TO between;
CREATE ROLE climber LOGIN NOINHERIT PASSWORD 'x';
GRANT between TO climber;
CREATE ROLE copier LOGIN REPLICATION PASSWORD 'x';
CREATE ROLE clients;
GRANT clients TO app;
CREATE ROLE watcher LOGIN IN ROLE pg_monitor;
END
install_plain($node, dbname => 'plain');
my $pg = $superuser;

# The verdict of each check in a word: "pass", or "severity object | ...".
sub told
{
	my ($report) = @_;
	my %told;
	foreach my $row (@$report)
	{
		push @{ $told{ $row->{check_id} } },
		  $row->{status} eq 'fail' ? "$row->{severity} $row->{object}" : $row->{status};
	}
	return { map { $_ => join ' | ', sort @{ $told{$_} } } keys %told };
}

# The file with what a fix puts in the place of its line, or above all others.
sub mended
{
	my ($file, $finding) = @_;
	my @lines = split /\n/, $file;
	if ($finding->{check_id} eq 'hba_superuser_remote')
	{
		unshift @lines, $finding->{fix};
	}
	else
	{
		$lines[ $finding->{evidence}{line} - 1 ] = $finding->{fix};
	}
	return join "\n", @lines;
}

# case(NAME, FILE, { CHECK => VERDICT }, in => [[CONNECTION], ...], out => ...):
# Checks that are not named are not looked at, but in both editions the same.
sub case
{
	my ($name, $file, $expected, %how) = @_;
	my $whole = $first . $file;
	set_hba($node, $whole);
	my $report = report($node, 'network');
	my $told = told($report);
	is_deeply({ map { $_ => $told->{$_} } keys %$expected }, $expected, "$name: the verdicts");
	no_errors($report, "$name: nothing breaks");
	# of owners and modes only the library knows
	my ($with, $without) = map { [ grep { $_->{check_id} ne 'hba_file_perms' } @$_ ] } $report, report($node, 'network', dbname => 'plain');
	is_deeply($without, $with, "$name: the same without the library");

	foreach my $way (qw(in out))
	{
		foreach my $client (@{ $how{$way} // [] })
		{
			my %client = (sslmode => 'disable', gssencmode => 'disable', @$client);
			next if !defined($client{host} // 'socket');
			my $did = (try_sql($node, 'SELECT', %client))[0] == 0 ? 'in' : 'out';
			is($did, $way, "$name: $client{user} is $way, the server says");
		}
	}

	# a file that names another is mended there
	unless ($how{no_fix})
	{
		foreach my $finding (grep { ($_->{fix} // '') ne '' && $_->{fix} !~ /^ALTER|^SELECT/ && $expected->{ $_->{check_id} } } @$report)
		{
			set_hba($node, mended($whole, $finding));
			my @left = grep { $_->{status} ne 'pass' && ($_->{object} // '') eq $finding->{object} && $_->{severity} eq $finding->{severity} } @{ report($node, $finding->{check_id}) };
			is_deeply(\@left, [], "$name: $finding->{fix} ends it");
			is(value($node, q{SELECT string_agg(problem, ', ') FROM rds_guard.hba_problems()}), undef, "$name: the server takes the fix");
		}
	}
	return;
}

my %from_network = (host => $own);
my %from_here = (host => '127.0.0.1');

#
# hba_trust
#
case('trust from anywhere', 'host all all 0.0.0.0/0 trust', { hba_trust => 'critical host all all 0.0.0.0/0 trust', hba_superuser_remote => "critical climber | critical $pg" },
	in => [ [ %from_network, user => 'app' ], [ %from_network, user => $superuser ], [ %from_here, user => $superuser ] ]);
case('trust on the loopback interface', 'host all all 127.0.0.1/32 trust', { hba_trust => 'high host all all 127.0.0.1/32 trust', hba_superuser_remote => 'pass', hba_wide_cidr => 'pass', hba_all_databases_all_users => 'pass' },
	in => [ [ %from_here, user => $superuser ] ], out => [ [ %from_network, user => $superuser ] ]);
case('trust on the whole loopback network', 'host all all 127.0.0.0/8 trust', { hba_trust => 'high host all all 127.0.0.0/8 trust', hba_wide_cidr => 'pass' });
case('trust for what this machine is called', "host all all samehost trust", { hba_trust => 'high host all all samehost trust' });
case('trust on the socket', 'local all all trust', { hba_trust => 'high local all all trust', unix_socket_permissions => 'low unix_socket_permissions' }, in => [ [ user => 'app' ] ]);
case('harmless twin: peer', 'local all all peer', { hba_trust => 'pass', unix_socket_permissions => 'pass' }, out => [ [ user => 'app' ] ]);
case('trust among others of a list', 'host shop,all app,all 0.0.0.0/0 trust', { hba_trust => 'critical host shop,all app,all 0.0.0.0/0 trust', hba_all_databases_all_users => 'low host shop,all app,all 0.0.0.0/0 trust' },
	in => [ [ %from_network, user => 'other' ] ]);
case('trust for a group', 'host all +clients 0.0.0.0/0 trust', { hba_trust => 'critical host all +clients 0.0.0.0/0 trust', hba_superuser_remote => 'pass', hba_all_databases_all_users => 'pass' },
	in => [ [ %from_network, user => 'app' ] ], out => [ [ %from_network, user => 'other' ] ]);
case('trust for nobody', "host all nobody all trust\nhost nowhere all all trust\nhost all +nogroup all trust",
	{ hba_trust => 'low host all +nogroup all trust | low host all nobody all trust | low host nowhere all all trust' }, out => [ [ %from_network, user => 'app' ] ]);
case('trust for nobody, but behind reject', "host all all 10.0.0.0/8 reject\nhost all +dbas,+nogroup 10.1.0.0/16 trust\nhost all +nogroup 10.1.0.0/16 trust", { hba_trust => 'pass' });
case('trust behind reject', "host all all all reject\nhost all all 10.0.0.0/8 trust",
	{ hba_trust => 'pass', hba_shadowed_rule => 'low host all all 10.0.0.0/8 trust' });
case('trust behind two rejects that take it together', "host all all 0.0.0.0/1 reject\nhost all all 128.0.0.0/1 reject\nhost all all 0.0.0.0/0 trust",
	{ hba_trust => 'pass', hba_shadowed_rule => 'low host all all 0.0.0.0/0 trust', hba_wide_cidr => 'pass' }, out => [ [ %from_network, user => 'app' ] ]);
case('harmless twin: they leave a part', "host all all 0.0.0.0/1 reject\nhost all all 128.0.0.0/2 reject\nhost all all 0.0.0.0/0 trust",
	{ hba_trust => 'critical host all all 0.0.0.0/0 trust', hba_shadowed_rule => 'pass', hba_wide_cidr => 'high host all all 0.0.0.0/0 trust' });
case('trust of which only the loopback interface is left', "host all all 127.0.0.1/32 trust\nhost all all 0.0.0.0/0 reject", { hba_trust => 'high host all all 127.0.0.1/32 trust' });
case('trust behind a reject for somebody called all', qq{host all "all" 0.0.0.0/0 reject\nhost all all 0.0.0.0/0 trust},
	{ hba_trust => 'critical host all all 0.0.0.0/0 trust', hba_superuser_remote => "critical climber | critical $pg", hba_shadowed_rule => 'pass' },
	in => [ [ %from_network, user => 'app' ] ], no_fix => 1);
write_file($node, 'dbs.txt', 'all');
case('trust for somebody called all', 'host all "all" 127.0.0.1/32 trust', { hba_trust => 'high host all all 127.0.0.1/32 trust' }, out => [ [ %from_here, user => 'app' ] ]);
is(value($node, q{SELECT fix FROM rds_guard.report('{hba_trust}')}), undef, 'trust for somebody called all: no fix lets in all');
case('the same, and databases from another file', qq{host \@dbs.txt "all" 0.0.0.0/0 reject\nhost all all 0.0.0.0/0 trust},
	{ hba_trust => 'critical host all all 0.0.0.0/0 trust', hba_superuser_remote => "critical climber | critical $pg", hba_shadowed_rule => 'pass' },
	in => [ [ %from_network, user => 'app' ] ], no_fix => 1);
case('trust with a certificate that names the role', 'hostssl all app all trust clientcert=verify-full', { hba_trust => 'pass', hba_clientcert_incomplete => 'pass' },
	out => [ [ %from_here, user => 'app', sslmode => 'require' ] ]);
case('trust with any certificate', 'hostssl all app all trust clientcert=verify-ca',
	{ hba_trust => 'critical hostssl all app all trust clientcert=verify-ca', hba_clientcert_incomplete => 'high hostssl all app all trust clientcert=verify-ca' });

#
# hba_cleartext_password_method
#
case('password without encryption', 'host all app 10.0.0.0/16 password', { hba_cleartext_password_method => 'high host all app 10.0.0.0/16 password' });
case('password over TLS', 'hostssl all app 10.0.0.0/16 password', { hba_cleartext_password_method => 'low hostssl all app 10.0.0.0/16 password' });
case('password on this machine', "local all app password\nhost all app 127.0.0.1/32 password",
	{ hba_cleartext_password_method => 'low host all app 127.0.0.1/32 password | low local all app password' }, in => [ [ %from_here, user => 'app', password => 'x' ] ]);
case('others that send it', "host all app 10.0.0.0/16 ldap ldapserver=ldap.example.com ldaptls=1 ldapprefix=uid=\nhostnossl all other 10.0.0.0/16 pam pamservice=pg",
	{ hba_cleartext_password_method => 'high host all app 10.0.0.0/16 ldap ldapserver=ldap.example.com ldaptls=1 ldapprefix=uid= | high hostnossl all other 10.0.0.0/16 pam pamservice=pg' });
case('harmless twin: these over TLS', "hostssl all app 10.0.0.0/16 ldap ldapserver=ldap.example.com ldaptls=1 ldapprefix=uid=\nhostssl all other 10.0.0.0/16 pam",
	{ hba_cleartext_password_method => 'pass', hba_ldap_insecure => 'pass' });
case('password without encryption, rejected before', "hostnossl all all all reject\nhost all app 10.0.0.0/16 password", { hba_cleartext_password_method => 'low host all app 10.0.0.0/16 password' });
case('harmless twin: scram', 'host all app 10.0.0.0/16 scram-sha-256', { hba_cleartext_password_method => 'pass', hba_md5_method => 'pass' });

#
# hba_ident_method
#
case('ident from the network', 'host all app 10.0.0.0/16 ident', { hba_ident_method => 'high host all app 10.0.0.0/16 ident' });
case('ident on this machine', 'host all app ::1/128 ident map=x', { hba_ident_method => 'medium host all app ::1/128 ident map=x' });
case('harmless twin: ident on the socket is peer', 'local all app ident', { hba_ident_method => 'pass' });

#
# hba_superuser_remote
#
set_hba($node, "${first}hostssl all all 10.1.0.0/16 scram-sha-256");
is(value($node, q{SELECT fix FROM rds_guard.report('{hba_clientcert_incomplete}')}), undef, 'a line for everybody: no fix shuts out who has no certificate');
case('a line for a superuser', qq{hostssl all "$pg" 10.1.0.0/16 scram-sha-256}, { hba_clientcert_incomplete => "medium hostssl all $pg 10.1.0.0/16 scram-sha-256" });
case('a superuser by all', 'hostssl all all 10.1.0.0/16 scram-sha-256', { hba_superuser_remote => "high climber | high $pg", hba_clientcert_incomplete => 'medium hostssl all all 10.1.0.0/16 scram-sha-256' });
case('whoever gets to be one', 'hostssl shop other,climber 10.1.0.0/16 scram-sha-256', { hba_superuser_remote => 'high climber', hba_clientcert_incomplete => 'medium hostssl shop other,climber 10.1.0.0/16 scram-sha-256' });
case('by a group, without INHERIT', 'hostssl shop +dbas 10.1.0.0/16 scram-sha-256', { hba_superuser_remote => 'high climber' });
case('by a certificate', 'hostssl all all 10.1.0.0/16 cert', { hba_superuser_remote => "medium climber | medium $pg", hba_clientcert_incomplete => 'pass' });
case('harmless twin: reject first', "host all $superuser,+dbas all reject\nhostssl all all 10.1.0.0/16 scram-sha-256", { hba_superuser_remote => 'pass', hba_clientcert_incomplete => 'pass' });
case('harmless twin: reject in one database', "host shop $superuser,+dbas all reject\nhostssl all all 10.1.0.0/16 scram-sha-256", { hba_superuser_remote => "high climber | high $pg" });
case('harmless twin: others only', 'hostssl all app 10.1.0.0/16 scram-sha-256', { hba_superuser_remote => 'pass', hba_clientcert_incomplete => 'pass' });
case('with any certificate and a password', 'hostssl all climber 10.1.0.0/16 scram-sha-256 clientcert=verify-ca',
	{ hba_clientcert_incomplete => 'medium hostssl all climber 10.1.0.0/16 scram-sha-256 clientcert=verify-ca' });

#
# hba_replication_open
#
case('replication from anywhere', 'hostssl replication copier all scram-sha-256', { hba_replication_open => 'high hostssl replication copier all scram-sha-256' });
case('replication from all at a narrow address by md5', 'hostssl all,replication copier 10.1.2.3/32 md5', { hba_replication_open => 'high hostssl all,replication copier 10.1.2.3/32 md5' });
case('replication on this machine by trust', 'local replication all trust', { hba_replication_open => 'medium local replication all trust' });
case('replication for whom may not', 'hostssl replication app all scram-sha-256', { hba_replication_open => 'low hostssl replication app all scram-sha-256' });
case('harmless twin: all is not replication', 'hostssl all copier all scram-sha-256', { hba_replication_open => 'pass' });
case('harmless twin: the standby', 'hostssl replication copier 10.1.2.3/32 scram-sha-256', { hba_replication_open => 'pass' });

#
# hba_ldap_insecure: before 15 the view does not tell ldaps from ldap
#
case('LDAP without TLS', 'hostssl all app 10.0.0.0/16 ldap ldapserver=ldap.example.com ldapprefix=uid= ldapsuffix=@x',
	{ hba_ldap_insecure => $major < 15 ? 'unknown' : 'high hostssl all app 10.0.0.0/16 ldap ldapserver=ldap.example.com ldapprefix=uid= ldapsuffix=@x' });
my $commas = 'ldap ldapserver=x.example.org ldapprefix=uid= "ldapsuffix=,dc=example,dc=org"';
case('LDAP with commas', 'host all app 10.0.0.0/16 ldap ldapserver=x.example.org ldapprefix="uid=" ldapsuffix=",dc=example,dc=org"',
	{ hba_ldap_insecure => $major < 15 ? 'unknown' : "high host all app 10.0.0.0/16 $commas", hba_cleartext_password_method => "high host all app 10.0.0.0/16 $commas" });
case('what begins no comment', qq{host all other 10.0.0.0/16 ident "map=a#b"}, { hba_ident_method => 'high host all other 10.0.0.0/16 ident "map=a#b"' });
set_hba($node, $first . 'host all app 10.0.0.0/16 gss krb_realm="A#B" include_realm=0');
like(value($node, q{SELECT fix FROM rds_guard.report('{tls_not_enforced}')}) // '', qr/^hostssl all app 10.0.0.0\/16 gss "krb_realm=A#B" include_realm=0$/, 'what begins no comment: the realm')
  unless value($node, q{SELECT rds_guard.hba_problems() IS NOT NULL});
case('LDAP by an URL', 'hostssl all app 10.0.0.0/16 ldap ldapurl="ldap://ldap.example.com/dc=x?uid?sub"',
	{ hba_ldap_insecure => $major < 15 ? 'unknown' : 'high hostssl all app 10.0.0.0/16 ldap ldapserver=ldap.example.com ldapport=389 ldapscheme=ldap ldapbasedn=dc=x ldapsearchattribute=uid' });
case('harmless twin: ldaps', 'hostssl all app 10.0.0.0/16 ldap ldapurl="ldaps://ldap.example.com/dc=x?uid?sub"', { hba_ldap_insecure => $major < 15 ? 'unknown' : 'pass' });
case('harmless twin: a directory on this machine', 'hostssl all app 10.0.0.0/16 ldap ldapserver=localhost ldapprefix=uid=', { hba_ldap_insecure => 'pass' });
case('a bind password', 'hostssl all app 10.0.0.0/16 ldap ldapserver=ldap.example.com ldaptls=1 ldapbasedn=dc=x ldapbinddn=cn=pg ldapbindpasswd=geheim',
	{ hba_ldap_insecure => 'medium hostssl all app 10.0.0.0/16 ldap ldapserver=ldap.example.com ldaptls=1 ldapbasedn=dc=x ldapbinddn=cn=pg ldapbindpasswd=<redacted>' });
unlike(sql($node, q{SELECT f.* FROM rds_guard.report('{network}') AS f}), qr/geheim/, 'no row tells the bind password');

#
# hba_md5_method
#
case('md5 without MD5 hashes', 'hostssl all app 10.0.0.0/16 md5', { hba_md5_method => 'low hostssl all app 10.0.0.0/16 md5' });
sql($node, q{SET password_encryption = 'md5'; CREATE ROLE old LOGIN PASSWORD 'x'});
case('md5 with an MD5 hash', "hostssl all app 10.0.0.0/16 md5\nlocal all app md5", { hba_md5_method => 'low local all app md5 | medium hostssl all app 10.0.0.0/16 md5' });
is_deeply([ map { $_->{fix} } @{ report($node, 'hba_md5_method') } ], [ undef, undef ], 'md5 with an MD5 hash: no fix shuts the role out');
case('password with an MD5 hash', "hostssl all app 10.1.0.0/16 password\nhostssl replication all 10.1.0.0/24 password", { hba_cleartext_password_method => 'low hostssl all app 10.1.0.0/16 password | low hostssl replication all 10.1.0.0/24 password' });
is_deeply([ map { $_->{fix} } @{ report($node, 'hba_cleartext_password_method') } ], [ undef, undef ], 'password with an MD5 hash: no fix shuts the role out');
sql($node, 'DROP ROLE old');

#
# hba_wide_cidr
#
my $wide = 'scram-sha-256';
case('all, samenet, both families', "hostssl all app all $wide\nhostssl all other samenet $wide",
	{ hba_wide_cidr => "high hostssl all app all $wide | medium hostssl all other samenet $wide" });
case('halves', "hostssl all app 0.0.0.0/1 $wide\nhostssl all app 128.0.0.0/1 $wide", { hba_wide_cidr => "high hostssl all app 0.0.0.0/1 $wide | high hostssl all app 128.0.0.0/1 $wide" });
case('neighbours', "hostssl all app 10.8.0.0/16 $wide\nhostssl all other 10.9.0.0/16 $wide", { hba_wide_cidr => 'medium pg_hba.conf: 10.8.0.0/15' });
case('public neighbours', "hostssl all app 198.18.0.0/17 $wide\nhostssl all other 198.18.128.0/17 $wide\nhostssl all app 198.19.0.0/16 $wide", { hba_wide_cidr => 'high pg_hba.conf: 198.18.0.0/15' });
case('harmless twin: no neighbours', "hostssl all app 10.9.0.0/16 $wide\nhostssl all other 10.10.0.0/16 $wide\nhostssl all other 2001:db8::/64 $wide", { hba_wide_cidr => 'pass' });
case('private and wide', "hostssl all app 10.0.0.0/8 $wide\nhostssl all app fd00::/16 $wide\nhostssl all app 2001:db8::/48 $wide",
	{ hba_wide_cidr => "high hostssl all app 2001:db8::/48 $wide | medium hostssl all app 10.0.0.0/8 $wide | medium hostssl all app fd00::/16 $wide" });
case('a mask in a column of its own, and one with gaps', "hostssl all app 10.0.0.0 255.0.0.0 $wide\nhostssl all other 10.0.0.1 255.0.0.255 $wide",
	{ hba_wide_cidr => "medium hostssl all app 10.0.0.0/8 $wide | medium hostssl all other 10.0.0.1 255.0.0.255 $wide", hba_dns_name_rule => 'pass' });
case('wide, but with a certificate', "hostssl all app all cert", { hba_wide_cidr => 'low hostssl all app all cert clientcert=verify-full' });
case('wide, of which little is left', "host all all 10.0.0.0/9 reject\nhost all all 10.128.0.0/10 reject\nhost all all 10.192.0.0/11 reject\nhost all all 10.224.0.0/12 reject\n"
	  . "host all all 10.240.0.0/13 reject\nhost all all 10.248.0.0/14 reject\nhost all all 10.252.0.0/15 reject\nhost all all 10.254.0.0/16 reject\nhostssl all app 10.0.0.0/8 $wide",
	{ hba_wide_cidr => 'pass' });
sql($node, q{UPDATE rds_guard.policy SET value = '24' WHERE name = 'widest_ipv4'}, dbname => $_) foreach qw(postgres plain);
case('by the policy', "hostssl all app 10.9.0.0/23 $wide\nhostssl all app 10.10.0.0/24 $wide", { hba_wide_cidr => "medium hostssl all app 10.9.0.0/23 $wide" });
sql($node, q{UPDATE rds_guard.policy SET value = DEFAULT WHERE name = 'widest_ipv4'}, dbname => $_) foreach qw(postgres plain);

#
# hba_all_databases_all_users, hba_dns_name_rule, hba_shadowed_rule
#
case('one line for everybody', "hostssl all all 10.1.0.0/16 $wide", { hba_all_databases_all_users => "low hostssl all all 10.1.0.0/16 $wide" });
case('harmless twins: one of the two', "hostssl all app 10.1.0.0/16 $wide\nhostssl shop all 10.1.0.0/16 $wide\nhost all all 10.2.0.0/16 reject\nlocal all all peer", { hba_all_databases_all_users => 'pass' });
case('names of hosts', "host all app db.example.com $wide\nhost all other .example.com trust\nhost all app localhost $wide",
	{ hba_dns_name_rule => "low host all app db.example.com $wide | medium host all other .example.com trust" });
case('a reject that is too late', "host all all 10.1.0.0/16 trust\nhost all app 10.1.2.0/24 reject", { hba_shadowed_rule => 'high host all app 10.1.2.0/24 reject' });
case('SCRAM that nobody is asked for', "host all all 10.1.0.0/16 md5\nhost all app 10.1.2.0/24 scram-sha-256", { hba_shadowed_rule => 'medium host all app 10.1.2.0/24 scram-sha-256' });
case('harmless twin: in the right order', "host all app 10.1.2.0/24 reject\nhost all all 10.1.0.0/16 scram-sha-256", { hba_shadowed_rule => 'pass' });
case('harmless twin: for another group', "host all +clients 10.1.0.0/16 trust\nhost all all 10.1.0.0/16 reject", { hba_shadowed_rule => 'pass' });

#
# hba_gss_realm_stripped
#
case('the realm is cut off', "hostgssenc all app 10.1.0.0/16 gss include_realm=0\nhostgssenc all other 10.1.0.0/16 gss include_realm=0 map=x",
	{ hba_gss_realm_stripped => 'medium hostgssenc all app 10.1.0.0/16 gss include_realm=0 | medium hostgssenc all other 10.1.0.0/16 gss map=x include_realm=0' });
case('harmless twins: it is not, or there is only one', "hostgssenc all app 10.1.0.0/16 gss\nhostgssenc all other 10.1.0.0/16 gss include_realm=0 krb_realm=HOME", { hba_gss_realm_stripped => 'pass' });
configure($node, krb_caseins_users => 'on');
case('capitals do not count', 'hostgssenc all app 10.1.0.0/16 gss', { hba_gss_realm_stripped => 'low krb_caseins_users' });
configure($node, krb_caseins_users => undef);

#
# What a version has
#
if ($major < 19)
{
	case('RADIUS', "hostssl all app 10.1.0.0/16 radius radiusservers=127.0.0.1 radiussecrets=geheim\nhost all all all reject\nhost all other all radius radiusservers=127.0.0.1 radiussecrets=geheim",
		{ hba_radius_removed => 'medium host all other all radius radiusservers=127.0.0.1 radiussecrets=<redacted> | medium hostssl all app 10.1.0.0/16 radius radiusservers=127.0.0.1 radiussecrets=<redacted>' });
	unlike(sql($node, q{SELECT f.* FROM rds_guard.report('{network}') AS f}), qr/geheim/, 'no row tells the secret');
}
else
{
	is(verdict($node, 'hba_radius_removed'), 'not_applicable', 'no RADIUS from 19 on');
}
if ($major >= 18)
{
	configure($node, oauth_validator_libraries => 'v');
	case('OAuth without TLS', 'host all app 10.1.0.0/16 oauth issuer="https://x.example" scope="db"', { hba_oauth_weak => 'high host all app 10.1.0.0/16 oauth issuer=https://x.example scope=db validator=v' });
	case('OAuth that leaves it to the validator', 'hostssl all app 10.1.0.0/16 oauth issuer="https://x.example" scope="" delegate_ident_mapping=1',
		{ hba_oauth_weak => 'medium hostssl all app 10.1.0.0/16 oauth issuer=https://x.example scope= validator=v delegate_ident_mapping=1' });
	case('harmless twin: OAuth', 'hostssl all app 10.1.0.0/16 oauth issuer="https://x.example" scope="db"', { hba_oauth_weak => 'pass' });
	set_hba($node, $first);
	configure($node, oauth_validator_libraries => undef);
}
else
{
	is(verdict($node, 'hba_oauth_weak'), 'not_applicable', 'no OAuth before 18');
}
if ($major >= 16)
{
	case('regular expressions', qq{hostssl "/.*" "/" 10.1.0.0/16 $wide\nhost all "/^ap" all trust},
		{ hba_all_databases_all_users => qq{low hostssl "/.*" "/" 10.1.0.0/16 $wide}, hba_trust => 'critical host all "/^ap" all trust', hba_superuser_remote => "high climber | high $pg" },
		in => [ [ %from_network, user => 'app' ] ], out => [ [ %from_network, user => 'other' ] ], no_fix => 1);
	case('a regular expression that no role fits yet', "host all app all $wide\nhost all /^newcomer all trust",
		{ hba_trust => 'low host all "/^newcomer" all trust', hba_shadowed_rule => 'pass' }, no_fix => 1);
	sql($node, 'CREATE ROLE newcomer LOGIN');
	case('and when one does', "host all app all $wide\nhost all /^newcomer all trust", { hba_trust => 'critical host all "/^newcomer" all trust', hba_shadowed_rule => 'pass' },
		in => [ [ %from_network, user => 'newcomer' ] ], no_fix => 1);
	case('and has a line of its own before', "host all newcomer all $wide\nhost all /^newcomer all trust", { hba_trust => 'critical host all "/^newcomer" all trust', hba_shadowed_rule => 'pass' },
		out => [ [ %from_network, user => 'newcomer' ] ], no_fix => 1);
	sql($node, 'DROP ROLE newcomer');
	$node->append_conf('more.conf', "host all app 0.0.0.0/0 trust\n");
	case('a line of an included file', "include more.conf\nhost all app 10.0.0.0/8 reject",
		{ hba_trust => 'critical host all app 0.0.0.0/0 trust', hba_shadowed_rule => 'high host all app 10.0.0.0/8 reject' }, in => [ [ %from_network, user => 'app' ] ], no_fix => 1);
	# line 2 of two files
	$node->append_conf('second.conf', "# nothing\nhost all other 10.0.0.0/8 trust\n");
	case('lines of the same number', "host all app 10.1.0.0/16 scram-sha-256\ninclude second.conf\nhost all app 10.1.2.0/24 scram-sha-256",
		{ hba_shadowed_rule => 'low host all app 10.1.2.0/24 scram-sha-256' }, no_fix => 1);
}
if ($major < 17)
{
	my @me = (user => "$superuser\@");
	set_hba($node, $first);
	is(verdict($node, 'db_user_namespace'), 'pass', 'names are names');
	sql($node, 'ALTER SYSTEM SET db_user_namespace = on');
	$node->reload;
	my $patience = 1000;
	usleep(10_000) while $patience-- > 0 && (try_sql($node, 'SELECT', @me))[0] != 0;
	is(verdict($node, 'db_user_namespace', @me), 'fail: db_user_namespace', 'names with databases in them');
	sql($node, 'ALTER SYSTEM RESET db_user_namespace', @me);
	$node->restart;
}
else
{
	is(verdict($node, 'db_user_namespace'), 'not_applicable', 'no db_user_namespace from 17 on');
}

#
# hba_ident_map_wildcard: the operating system knows us as the superuser's name
#
sql($node, q{CREATE ROLE dba SUPERUSER LOGIN; CREATE ROLE dba_other LOGIN; CREATE ROLE admins; GRANT admins TO dba});
my $part = substr $superuser, 1, 3;
my $by_peer = sub { (try_sql($node, 'SELECT', user => shift))[0] == 0 ? 'in' : 'out' };

sub map_case
{
	my ($name, $ident, $hba, $expected, %client) = @_;
	write_ident($node, $ident);
	set_hba($node, $first . $hba);
	my $report = report($node, 'hba_ident_map_wildcard');
	is(told($report)->{hba_ident_map_wildcard}, $expected, "maps, $name: the verdict");
	is_deeply(report($node, 'hba_ident_map_wildcard', dbname => 'plain'), $report, "maps, $name: the same without the library");
	is($by_peer->($_), $client{$_}, "maps, $name: $_ is $client{$_}, the server says") foreach sort keys %client;
	return;
}
my $peer = 'local all dba,dba_other,app peer map=m';
map_case('a part of a name is enough', "m /$part dba", $peer, "high m /$part,dba", dba => 'in', dba_other => 'out');
map_case('anchored, but many', "m /^.*\$ dba", $peer, qq{high m "/^.*\$",dba}, dba => 'in');
map_case('harmless twin: exactly one', "m /^$superuser\$ dba", $peer, 'pass', dba => 'in');
map_case('harmless twin: no pattern', "m $superuser dba", $peer, 'pass', dba => 'in');
map_case('harmless twin: no superuser', "m /$part dba_other", $peer, 'pass', dba => 'out', dba_other => 'in');
map_case('harmless twin: a map that nobody uses', "n /$part dba", $peer, 'pass', dba => 'out');
map_case('harmless twin: a map for lines that no superuser gets to', "m /$part dba", "local all dba reject\nlocal all app,dba_other peer map=m", 'pass', dba => 'out');
map_case('the same name', "m /^(.*)\$ \\1", 'local all dba peer map=m', qq{low m "/^(.*)\$","\\1"});
map_case('the same name, of one realm', "m /^(.*)\@home\\.org\$ \\1", 'local all dba peer map=m', qq{low m "/^(.*)\@home\\.org\$","\\1"});
# what the pattern drops anybody may have in their name
map_case('the beginning of a name', "m /^(db.).*\$ \\1", 'local all dba peer map=m', qq{high m "/^(db.).*\$","\\1"});
map_case('any realm', "m /^(.*)\@.*\$ \\1", 'local all dba peer map=m', qq{high m "/^(.*)\@.*\$","\\1"});
map_case('a realm with a dot that is none', "m /^(.*)\@home.org\$ \\1", 'local all dba peer map=m', qq{high m "/^(.*)\@home.org\$","\\1"});
map_case('the end of a name', "m /^.*-(.*)\$ \\1", 'local all dba peer map=m', qq{high m "/^.*-(.*)\$","\\1"});
map_case('more than the name', "m /^(.*)\$ d\\1", 'local all dba peer map=m', qq{high m "/^(.*)\$","d\\1"});
map_case('the beginning of our name', "m /^.*(" . substr($superuser, -1) . ")\$ dba", 'local all dba peer map=m', qq{high m "/^.*(} . substr($superuser, -1) . qq{)\$",dba}, dba => 'in');
# Kerberos may be told to take letters of either case, and then does so here
map_case('harmless twin: another case', "m /.*\@home dBA", 'host all dba 127.0.0.1/32 gss map=m', 'pass');
configure($node, krb_caseins_users => 'on');
map_case('either case', "m /.*\@home dBA", 'host all dba 127.0.0.1/32 gss map=m', qq{high m "/.*\@home",dBA});
map_case('either case, copied', "m /^(.*)\@.*\$ D\\1", 'host all dba 127.0.0.1/32 gss map=m', qq{high m "/^(.*)\@.*\$","D\\1"});
map_case('harmless twin: either case, but not of the operating system', "m /.*\@home dBA", 'local all dba peer map=m', 'pass');
configure($node, krb_caseins_users => undef);
if ($major >= 16)
{
	map_case('one user for all roles', "m $superuser all", $peer, "medium m $superuser,all", dba => 'in', dba_other => 'in');
	map_case('a pattern for roles', "m $superuser /^db", $peer, qq{medium m $superuser,"/^db"}, dba => 'in', app => 'out');
	map_case('a group', "m /$part +admins", $peer, "high m /$part,+admins", dba => 'in', dba_other => 'out');
	map_case('harmless twin: a group without superusers', "m /$part +clients", $peer, 'pass', dba => 'out', app => 'in');
}

#
# hba_parse_error_stale: what the server does not use
#
my @by_hba = qw(hba_trust hba_cleartext_password_method hba_ident_method hba_superuser_remote hba_replication_open hba_ldap_insecure hba_md5_method hba_wide_cidr
  hba_shadowed_rule hba_all_databases_all_users hba_ident_map_wildcard hba_clientcert_incomplete hba_dns_name_rule hba_gss_realm_stripped unix_socket_permissions);
push @by_hba, 'hba_radius_removed' if $major < 19;
push @by_hba, 'hba_oauth_weak' if $major >= 18;

write_ident($node, "m $superuser dba");
set_hba($node, $first);
is_deeply(verdicts($node, [ @by_hba, 'hba_parse_error_stale' ]), { map { $_ => 'pass' } @by_hba, 'hba_parse_error_stale' }, 'a quiet file: nothing to say');
set_hba($node, "${first}host all all all trust\nhost all all 10.0.0.0/99 scram-sha-256");
is(told(report($node, 'hba_parse_error_stale'))->{hba_parse_error_stale}, 'high pg_hba.conf line 3', 'a broken line');
is_deeply(verdicts($node, \@by_hba), { map { $_ => 'unknown' } @by_hba }, 'a broken line: all that depends on the file is unknown');
is_deeply(verdicts($node, \@by_hba, dbname => 'plain'), { map { $_ => 'unknown' } @by_hba }, 'a broken line: without the library as well');
is((try_sql($node, 'SELECT', %from_here, user => 'app'))[0] == 0 ? 'in' : 'out', 'out', 'a broken line: the old file is in force');
set_hba($node, $first);
# the server tells whole seconds only
usleep(1_100_000);
write_hba($node, "${first}host all all all trust");
is(told(report($node, 'hba_parse_error_stale'))->{hba_parse_error_stale}, 'high pg_hba.conf', 'a file that was not loaded');
is(verdict($node, 'hba_trust'), 'unknown', 'a file that was not loaded: whom it lets in is unknown');
is(value($node, q{SELECT fix FROM rds_guard.report('{hba_parse_error_stale}')}), 'SELECT pg_reload_conf();', 'a file that was not loaded: how to load it');
set_hba($node, $first);
is(verdict($node, 'hba_parse_error_stale'), 'pass', 'a file that is in force');
write_ident($node, "m $superuser dba\nm broken");
reload($node);
is(told(report($node, 'hba_parse_error_stale'))->{hba_parse_error_stale}, 'high pg_ident.conf line 2', 'a broken line in pg_ident.conf');
is(told(report($node, 'hba_parse_error_stale', dbname => 'plain'))->{hba_parse_error_stale}, 'high pg_ident.conf line 2', 'a broken line in pg_ident.conf, without the library');
set_hba($node, "${first}local all dba peer map=m");
is(verdict($node, 'hba_ident_map_wildcard'), 'unknown', 'a broken line in pg_ident.conf: which maps are in force is unknown');
is(verdict($node, 'hba_ident_map_wildcard', dbname => 'plain'), 'unknown', 'a broken line in pg_ident.conf: without the library as well');
write_ident($node, "m $superuser dba");
reload($node);
is_deeply(verdicts($node, [qw(hba_parse_error_stale hba_ident_map_wildcard)]), { hba_parse_error_stale => 'pass', hba_ident_map_wildcard => 'pass' }, 'pg_ident.conf is in force');
usleep(1_100_000);
write_ident($node, "m /. dba");
is_deeply([ map { "$_->{status} $_->{object}: $_->{fix}" } @{ report($node, 'hba_parse_error_stale') } ], ['fail pg_ident.conf: SELECT pg_reload_conf();'], 'pg_ident.conf was not loaded');
is(verdict($node, 'hba_ident_map_wildcard'), 'unknown', 'pg_ident.conf was not loaded: which maps are in force is unknown');
reload($node);
is(told(report($node, 'hba_ident_map_wildcard'))->{hba_ident_map_wildcard}, 'high m /.,dba', 'pg_ident.conf was loaded: now they are known');
# names in another encoding than the database's
write_ident($node, "m $superuser dba\nm \xe9t\xe9 dba");
reload($node);
no_errors(report($node, [qw(hba_parse_error_stale hba_ident_map_wildcard)]), 'a name in Latin 1 in pg_ident.conf: nothing breaks');
# what is left of a secret after a blank, or after a comma
set_hba($node, "${first}hostssl all all all ldap ldapserver=x ldapbinddn=cn=pg ldapbindpasswd= geheim");
unlike(sql($node, q{SELECT f.* FROM rds_guard.report('{network}') AS f}), qr/geheim/, 'not even what follows a blank is told');
unlike(sql($node, q{SELECT p.* FROM rds_guard.hba_problems() AS p}), qr/geheim/, 'nor by hba_problems()');
unlike((try_sql($node, 'SELECT * FROM rds_guard.hba_rules()'))[2], qr/geheim/, 'nor by an error of hba_rules()');
foreach my $line ('10.0.0.0/8 ldapbindpasswd=hunter2 ldap', 'all ldap ldapserver=x ldapbinddn=y ldapbindpasswd=a hunter=2', 'all ldap ldapserver=x ldapbindpasswd=a "hunter "" ldap"',
	'hunter2/8 md5', 'all "ldap"" hunter ""md5"', 'all ldap ldapserver=x ldapport=hunter', 'all ldap ldapserver=x ldapbindpasswd= @hunter')
{
	set_hba($node, "${first}host all all $line");
	is(told(report($node, 'hba_parse_error_stale'))->{hba_parse_error_stale}, 'high pg_hba.conf line 2', "a broken line: $line");
	unlike(sql($node, q{SELECT f.* FROM rds_guard.report('{network}') AS f; SELECT p.* FROM rds_guard.hba_problems() AS p}) . (try_sql($node, 'SELECT * FROM rds_guard.hba_rules()'))[2],
		qr/hunter/, "a broken line tells nothing of itself: $line");
}
set_hba($node, "${first}host all all all md5 ldapserver=x");
like(value($node, q{SELECT detail FROM rds_guard.hba_problems() WHERE line_number = 2}), qr/^authentication option "ldapserver" is only valid for/, 'nothing but names of methods and options is told');
write_ident($node, "m $superuser watcher");
if ($major < 19)
{
	set_hba($node, "${first}hostssl all all all radius radiusservers=127.0.0.1 radiussecrets=\"\"\"geheim\"");
	unlike(sql($node, q{SELECT f.* FROM rds_guard.report('{network}') AS f}), qr/geheim/, 'not even a broken secret is told');
	unlike((try_sql($node, 'SELECT * FROM rds_guard.hba_rules()'))[2], qr/geheim/, 'nor by an error of hba_rules()');
	# of this the view says nothing
	is(told(report($node, 'hba_parse_error_stale'))->{hba_parse_error_stale}, 'high pg_hba.conf line 2', 'a line of which the server does not say what is wrong');
	is(verdict($node, 'hba_trust'), 'unknown', 'a line of which the server does not say what is wrong: the file is not in force');
}

#
# A role that may not see
#
my @watcher = (user => 'watcher');
my $seen = "${first}local all watcher peer map=m\nhost all all 0.0.0.0/0 trust";
set_hba($node, $seen);
my $report = report($node, [ @by_hba, 'hba_parse_error_stale' ], @watcher);
is_deeply(decided($report), { map { $_ => 'unknown' } @by_hba, 'hba_parse_error_stale' }, 'who may not see: all unknown');
my %grants = map { $_ => 1 } map { $_->{fix} // 'none' } grep { $_->{check_id} ne 'hba_parse_error_stale' } @$report;
is_deeply([ keys %grants ], ['GRANT SELECT ON pg_catalog.pg_hba_file_rules TO watcher; GRANT EXECUTE ON FUNCTION pg_catalog.pg_hba_file_rules() TO watcher;'], 'who may not see: both GRANTs');
sql($node, join ' ', keys %grants);
sql($node, 'GRANT SELECT ON pg_catalog.pg_hba_file_rules TO watcher; GRANT EXECUTE ON FUNCTION pg_catalog.pg_hba_file_rules() TO watcher', dbname => 'plain');
my %not_ident = map { $_ => 1 } grep { !/ident_map|stale/ } @by_hba;
# a file that the server may not have read proves nothing
my $all_seen = verdicts($node, [ keys %not_ident ]);
is_deeply(verdicts($node, [ keys %not_ident ], @watcher), { map { $_ => $all_seen->{$_} eq 'pass' ? 'unknown' : $all_seen->{$_} } keys %$all_seen },
	'with them: what the superuser sees, but what passes is unknown');
is_deeply(
	[ map { "$_->{status} $_->{object}" } @{ report($node, 'hba_parse_error_stale', @watcher) } ], [ 'unknown pg_hba.conf', 'unknown pg_ident.conf' ],
	'with them: pg_ident.conf is not seen yet');
if ($major >= 15)
{
	my ($grant) = grep { defined } map { $_->{fix} } @{ report($node, 'hba_parse_error_stale', @watcher) };
	is($grant, 'GRANT SELECT ON pg_catalog.pg_ident_file_mappings TO watcher; GRANT EXECUTE ON FUNCTION pg_catalog.pg_ident_file_mappings() TO watcher;', 'what shows that');
	sql($node, $grant);
	is_deeply(
		[ map { "$_->{status} $_->{object}: $_->{detail}" } @{ report($node, 'hba_parse_error_stale', @watcher) } ],
		['unknown pg_hba.conf: whether the server has read pg_hba.conf and pg_ident.conf since they were changed cannot be seen'],
		'and then it is; whether the files were loaded is not');
	sql($node, 'GRANT pg_read_server_files, pg_read_all_settings TO watcher; GRANT EXECUTE ON FUNCTION pg_stat_file(text, boolean) TO watcher');
	is(verdict($node, 'hba_parse_error_stale', @watcher), 'unknown', 'nor is it known which files they take in');
	sql($node, 'GRANT EXECUTE ON FUNCTION pg_read_binary_file(text) TO watcher');
	is(verdict($node, 'hba_parse_error_stale', @watcher), 'pass', 'unless one may look at files');
	is_deeply(verdicts($node, [ keys %not_ident ], @watcher), $all_seen, 'and then all is as the superuser sees it');
	sql($node, 'REVOKE pg_read_server_files, pg_read_all_settings FROM watcher; REVOKE EXECUTE ON FUNCTION pg_stat_file(text, boolean), pg_read_binary_file(text) FROM watcher');
}
is(verdict($node, 'hba_parse_error_stale', @watcher, dbname => 'plain'), 'unknown', 'in another database it takes other GRANTs') if $major >= 15;

#
# Where the server listens
#
is(told(report($node, 'listen_all_interfaces'))->{listen_all_interfaces}, 'pass', 'a list of addresses');
set_hba($node, "${first}hostssl all app 10.1.0.0/16 scram-sha-256");
sql($node, q{ALTER SYSTEM SET listen_addresses = '0'});
$node->restart;
is(told(report($node, 'listen_all_interfaces'))->{listen_all_interfaces}, 'low listen_addresses', 'all addresses, behind a narrow pg_hba.conf');
set_hba($node, "${first}hostssl all app all scram-sha-256\nlocal all watcher peer map=m");
is(told(report($node, 'listen_all_interfaces'))->{listen_all_interfaces}, 'medium listen_addresses', 'all addresses, and all clients');
is(verdict($node, 'listen_all_interfaces', @watcher), 'fail: listen_addresses', 'which everybody may know');
is(verdict($node, 'default_port'), 'pass', 'another port than the default one');
sql($node, q{ALTER SYSTEM SET listen_addresses = '127.0.0.1, LocalHost, ip6-localhost, 0:0:0:0:0:0:0:1'});
$node->restart;
my $elsewhere = "host all app 10.0.0.0/8 trust\nhost all other 0.0.0.0/0 trust\nhost all app 192.0.2.0/24 password";
case('the server listens on this machine only', $elsewhere,
	{
		hba_trust => 'high host all other 0.0.0.0/0 trust | low host all app 10.0.0.0/8 trust',
		hba_cleartext_password_method => 'low host all app 192.0.2.0/24 password',
		hba_wide_cidr => 'low host all app 10.0.0.0/8 trust | low host all other 0.0.0.0/0 trust',
		hba_superuser_remote => 'not_applicable',
		default_port => 'not_applicable',
		listen_all_interfaces => 'pass'
	},
	in => [ [ %from_here, user => 'other' ] ]);
sql($node, q{ALTER SYSTEM SET listen_addresses = ''});
sql($node, q{ALTER SYSTEM SET unix_socket_permissions = '0770'});
$node->restart;
case('the server listens on its socket only', "$elsewhere\nlocal all app trust",
	{ hba_trust => 'high local all app trust | low host all app 10.0.0.0/8 trust | low host all other 0.0.0.0/0 trust', unix_socket_permissions => 'pass' });

$node->stop;
done_testing();

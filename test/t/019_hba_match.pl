# hba_match() says what the server then really does: files of rules, connections
# from addresses of 127.0.0.0/8, from ::1 and through the socket, with and
# without TLS, and for random files the same, point by point, of hba_access()
# in both editions.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../perl";

use File::Basename;
use IO::Select;
use IO::Socket::INET;
use PostgreSQL::Test::Utils;
use RdsGuard;
use Test::More;
use Time::HiRes qw(usleep);

my $certificates = PostgreSQL::Test::Utils::tempdir();
make_certificates($certificates);
my $has_ipv6 = eval { require IO::Socket::IP; IO::Socket::IP->new(LocalHost => '::1', Listen => 1) } ? 1 : 0;

# The observer gets in by the first line of each file.
my $observer = "local all observer trust\n";
my @observer = (user => 'observer');

my $node = server(
	'hba_match',
	listen => $has_ipv6 ? '127.0.0.1,::1' : '127.0.0.1',
	hba => "local all all trust",
	conf => <<"END");
ssl = on
ssl_cert_file = '$certificates/server.crt'
ssl_key_file = '$certificates/server.key'
ssl_ca_file = '$certificates/server_ca.crt'
END
my $major = major($node);
sql($node, <<'END');
CREATE EXTENSION rds_guard;
CREATE ROLE observer SUPERUSER LOGIN;
CREATE ROLE outer_group;
CREATE ROLE inner_group NOINHERIT IN ROLE outer_group;
CREATE ROLE app LOGIN NOINHERIT REPLICATION IN ROLE inner_group;
CREATE ROLE app_reader LOGIN;
CREATE ROLE boss SUPERUSER LOGIN;
CREATE ROLE "two words" LOGIN;
END
sql($node, "CREATE DATABASE $_") foreach qw(shop app outer_group plain);
install_plain($node, dbname => 'plain');

#
# Different client addresses without being root: a relay that connects from an
# address of its own, one process each.
#
my %relays;
my @children;

sub shuttle
{
	my ($client, $from) = @_;
	my $server = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $node->port, LocalAddr => $from, Proto => 'tcp') or return;
	my $select = IO::Select->new($client, $server);
	while (my @ready = $select->can_read)
	{
		foreach my $in (@ready)
		{
			return unless sysread $in, my $bytes, 65536;
			syswrite $in == $client ? $server : $client, $bytes;
		}
	}
	return;
}

sub relay
{
	my ($from) = @_;
	return $relays{$from} if $relays{$from};
	my $listener = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 5, Proto => 'tcp') or die "relay: $!";
	my $child = fork // die "fork: $!";
	if ($child == 0)
	{
		while (my $client = $listener->accept)
		{
			shuttle($client, $from);
			close $client;
		}
		require POSIX;
		POSIX::_exit(0);
	}
	push @children, $child;
	return $relays{$from} = $listener->sockport;
}

my $parent = $$;

END
{
	my $status = $?;
	kill 'KILL', @children if $$ == $parent;
	$? = $status;
}

#
# What the server does, and what is said about it. A password that is wrong has
# the server log which line asked for it.
#
sub where_to
{
	my ($address, $tls) = @_;
	return () if !defined $address;
	my @tls = (sslmode => $tls ? 'require' : 'disable', gssencmode => 'disable');
	return (host => '::1', @tls) if $address eq '::1';
	return (host => '127.0.0.1', port => relay($address), @tls);
}

sub server_says
{
	my ($role, $database, $address, $tls) = @_;
	my $offset = log_size($node);
	my ($status, undef, $err) = try_sql($node, 'SELECT',
		user => $role,
		password => 'wrong',
		($database eq 'replication' ? (replication => 'true') : $database =~ /^logical (.*)/ ? (replication => 'database', dbname => $1) : (dbname => $database)),
		where_to($address, $tls));
	return 'trust' if $status == 0;
	return 'reject' if $err =~ /pg_hba.conf rejects/;
	return 'none' if $err =~ /no pg_hba.conf entry/;
	return 'certificate' if $err =~ /valid client certificate/;
	return 'peer' if $err =~ /Peer authentication failed/;
	if ($err =~ /password authentication failed/)
	{
		my $log = log_since($node, $offset);
		return 'password ' . basename($1) . ":$2" if $log =~ /Connection matched file "(.*)" line (\d+)/;
		return "password pg_hba.conf:$1" if $log =~ /Connection matched pg_hba.conf line (\d+)/;
	}
	return 'trust' if $err =~ /does not exist|not permitted to log in|replication role|WAL sender|syntax error/;
	return $err;
}

sub quoted
{
	my ($value) = @_;
	return 'NULL' unless defined $value;
	$value =~ s/'/''/g;
	return "'$value'";
}

# All rows, those that are uncertain with a question mark.
sub match_says
{
	my ($role, $database, $address, $tls, @edition) = @_;
	$database =~ s/^logical //;
	my $arguments = join ', ', quoted($role), quoted($database), quoted($address) . '::inet', defined $tls ? ($tls ? 'true' : 'false') : 'NULL';
	return map {
		my $method = $_->{auth_method};
		my $asks = join '+', @{ $_->{asks} // [] };
		my $says =
		    $method eq 'reject' ? (defined $_->{line_number} ? 'reject' : 'none')
		  : $asks eq 'password' ? 'password ' . basename($_->{file_name} // 'pg_hba.conf') . ":$_->{line_number}"
		  : $asks =~ /certificate/ ? 'certificate'
		  : $asks eq '' ? 'trust'
		  : $asks;
		$_->{certain} ? $says : "$says ?"
	} @{ rows($node, "SELECT * FROM rds_guard.hba_match($arguments)", @observer, @edition) };
}

# try_file(NAME, FILE, [role, database, address, tls, expected], ...)
sub try_file
{
	my ($name, $file, @connections) = @_;
	set_hba($node, $observer . $file, @observer);
	foreach my $connection (@connections)
	{
		my ($role, $database, $address, $tls, $expected) = @$connection;
	  SKIP:
		{
			skip 'no IPv6 here', 1 if ($address // '') eq '::1' && !$has_ipv6;
			my $about = "$name: $role to $database from " . ($address // 'the socket') . ($tls ? ' by TLS' : '');
			my $server = server_says($role, $database, $address, $tls);
			my @says = match_says($role, $database, $address, $tls);
			my @possible = map { s/ \?$//r } @says;
			if (@says > 1)
			{
				is(join(', ', @says), $expected, "$about: hba_match() is not sure");
				ok((grep { $_ eq $server } @possible), "$about: but what the server does is one of these: $server");
			}
			else
			{
				is("@says", $server, "$about: hba_match() says what the server does");
				is($server, $expected, "$about: $expected");
			}
		}
	}
	return;
}

# the observer's is line 1
try_file('lines that begin alike', <<'END',
host all all 127.0.0.0/8 reject
local shop app md5
local all boss reject
local all all trust
END
	[ 'app', 'shop', undef, undef, 'password pg_hba.conf:3' ],
	[ 'app', 'app', undef, undef, 'trust' ],
	[ 'boss', 'shop', undef, undef, 'reject' ],
	[ 'app', 'shop', '127.0.0.1', 0, 'reject' ],
	[ 'app', 'shop', '::1', 0, 'none' ],
	[ 'ghost', 'app', undef, undef, 'trust' ],
	[ 'app', 'replication', undef, undef, 'none' ]);
try_file('networks in networks', <<'END',
host all all 127.1.2.3/32 trust
host all all 127.1.2.0/24 reject
host all all 127.1.0.0 255.255.0.0 md5
host all all 127.128.0.0/9 scram-sha-256
host all all ::1/128 password
END
	[ 'app', 'shop', '127.1.2.3', 0, 'trust' ],
	[ 'app', 'shop', '127.1.2.4', 0, 'reject' ],
	[ 'app', 'shop', '127.1.3.4', 0, 'password pg_hba.conf:4' ],
	[ 'app', 'shop', '127.127.255.255', 0, 'none' ],
	[ 'app', 'shop', '127.128.0.1', 0, 'password pg_hba.conf:5' ],
	[ 'app', 'shop', '127.255.255.254', 1, 'password pg_hba.conf:5' ],
	[ 'app', 'shop', '::1', 0, 'password pg_hba.conf:6' ]);
try_file('bits beyond the mask, and prefixes of IPv6', <<'END',
host shop all 127.9.9.9/16 md5
host shop all 1::/64 trust
host shop all ::/127 scram-sha-256
host app all ::2/128 trust
host app all ::/0 reject
host app all 0.0.0.0/0 trust
END
	[ 'app', 'shop', '127.9.1.1', 0, 'password pg_hba.conf:2' ],
	[ 'app', 'shop', '127.8.9.9', 0, 'none' ],
	[ 'app', 'shop', '::1', 0, 'password pg_hba.conf:4' ],
	[ 'app', 'app', '::1', 1, 'reject' ],
	[ 'app', 'app', '127.0.0.1', 1, 'trust' ]);
try_file('with and without TLS', <<'END',
hostnossl shop all all reject
hostssl shop all all md5
hostgssenc app all all reject
hostnogssenc app all all scram-sha-256
hostssl outer_group all all trust clientcert=verify-ca
hostssl plain all all cert
host plain all all md5
END
	[ 'app', 'shop', '127.0.0.1', 0, 'reject' ],
	[ 'app', 'shop', '127.0.0.1', 1, 'password pg_hba.conf:3' ],
	[ 'app', 'app', '127.0.0.1', 0, 'password pg_hba.conf:5' ],
	[ 'app', 'app', '127.0.0.1', 1, 'password pg_hba.conf:5' ],
	[ 'app', 'outer_group', '127.0.0.1', 1, 'certificate' ],
	[ 'app', 'outer_group', '127.0.0.1', 0, 'none' ],
	[ 'app', 'plain', '127.0.0.1', 1, 'certificate' ],
	[ 'app', 'plain', '127.0.0.1', 0, 'password pg_hba.conf:8' ],
	[ 'app', 'postgres', '127.0.0.1', 1, 'none' ]);
try_file('groups', <<'END',
local shop +outer_group md5
local app +inner_group trust
local all +boss reject
local all +ghost trust
local all +pg_database_owner trust
local plain "two words",app_reader scram-sha-256
END
	[ 'app', 'shop', undef, undef, 'password pg_hba.conf:2' ],
	[ 'inner_group', 'shop', undef, undef, 'password pg_hba.conf:2' ],
	[ 'outer_group', 'app', undef, undef, 'none' ],
	[ 'app', 'app', undef, undef, 'trust' ],
	[ 'boss', 'shop', undef, undef, 'reject' ],
	[ $superuser, 'shop', undef, undef, 'none' ],
	[ 'app_reader', 'shop', undef, undef, 'none' ],
	[ 'ghost', 'shop', undef, undef, 'none' ],
	[ 'two words', 'plain', undef, undef, 'password pg_hba.conf:7' ],
	[ 'app_reader', 'plain', undef, undef, 'password pg_hba.conf:7' ]);
try_file('databases by role', <<'END',
local sameuser all md5
local samerole all trust
local replication app scram-sha-256
local all all reject
END
	[ 'app', 'app', undef, undef, 'password pg_hba.conf:2' ],
	[ 'app', 'outer_group', undef, undef, 'trust' ],
	[ 'boss', 'outer_group', undef, undef, 'reject' ],
	[ 'app', 'shop', undef, undef, 'reject' ],
	[ 'app', 'replication', undef, undef, 'password pg_hba.conf:4' ],
	[ 'boss', 'replication', undef, undef, 'none' ],
	[ 'app', 'logical app', undef, undef, 'password pg_hba.conf:2' ],
	[ 'app', 'logical shop', undef, undef, 'reject' ],
	[ 'ghost', 'ghost', undef, undef, 'password pg_hba.conf:2' ]);
try_file('what is in quotes is a name', <<'END',
local all "all" md5
local all "+outer_group" trust
local "replication" app trust
local "shop","app" "app",boss scram-sha-256
END
	[ 'app', 'shop', undef, undef, 'password pg_hba.conf:2 ?, trust ?, password pg_hba.conf:5' ],
	[ 'app_reader', 'shop', undef, undef, 'password pg_hba.conf:2 ?, none' ],
	[ 'app', 'replication', undef, undef, 'trust ?, none' ],
	[ 'boss', 'app', undef, undef, 'password pg_hba.conf:2 ?, password pg_hba.conf:5' ]);
write_file($node, 'dbs.txt', 'all');
write_file($node, 'roles.txt', "ghost\n\"all\"");
write_file($node, 'more.txt', '@roles.txt');
my $reject_before = sub { "host $_[0] 0.0.0.0/0 reject\nhost all all 0.0.0.0/0 trust" };
foreach my $case (
	[ '@dbs.txt "all"', 'reject ?, trust' ],
	[ 'all @roles.txt', 'reject ?, trust' ],
	[ 'all @more.txt', 'reject ?, trust' ],
	[ '@dbs.txt all', 'reject' ],
	[ '@dbs.txt "app"', 'reject' ],
	$major >= 14 ? [ qq{all "al\\\nl"}, 'reject ?, trust' ] : ())
{
	my ($who, $expected) = @$case;
	try_file("names in other files and in quotes, $who", $reject_before->($who), [ 'app', 'shop', '127.0.0.1', 0, $expected ]);
	my @says = match_says('app', 'shop', '127.0.0.1', 0, dbname => 'plain');
	is(join(', ', @says), $expected, "names in other files and in quotes, $who: the same without the library");
	like(verdict($node, 'hba_trust', @observer), $expected eq 'reject' ? qr/^fail: local all observer trust$/ : qr/^fail: host all all 0.0.0.0\/0 trust \|/,
		"names in other files and in quotes, $who: what is let in is told") if $who ne '@dbs.txt "app"';
}

# Who cannot read the file cannot tell names in quotes from keywords.
sql($node, 'CREATE ROLE reader LOGIN IN ROLE pg_monitor', @observer);
sql($node, 'GRANT SELECT ON pg_hba_file_rules TO reader; GRANT EXECUTE ON FUNCTION pg_hba_file_rules() TO reader', @observer, dbname => $_) foreach qw(postgres plain);
my @reader = (user => 'reader');
set_hba($node, "${observer}local all reader trust\n" . $reject_before->('all "all"'), @observer);
is(server_says('app', 'shop', '127.0.0.1', 0), 'trust', 'a reject for nobody');
foreach my $database (qw(postgres plain))
{
	is(join(', ', match_says('app', 'shop', '127.0.0.1', 0, @reader, dbname => $database)), 'reject ?, trust ?, none', "database $database: is it a keyword?");
	is_deeply(rows($node, q{SELECT DISTINCT certain FROM rds_guard.hba_access('observer')}, @reader, dbname => $database), [ { certain => 0 } ],
		"database $database: hba_access() is not certain");
	is_deeply([ map { "$_->{line_number} $_->{certain}" } @{ rows($node, q{SELECT * FROM rds_guard.hba_unreachable()}, @reader, dbname => $database) } ], ['4 0'],
		"database $database: nor is hba_unreachable()");
	is(verdict($node, 'hba_shadowed_rule', @reader, dbname => $database), 'unknown', "database $database: nor the check of that");
	is(value($node, q{SELECT count(*) FROM rds_guard.hba_rules() WHERE uncertain ~ 'may stand in quotes'}, @reader, dbname => $database), 4, "database $database: hba_rules() says why");
}
is(join(', ', match_says('app', 'shop', '127.0.0.1', 0)), 'reject ?, trust', 'who can, does');
is(value($node, 'SELECT count(*) FROM rds_guard.hba_unreachable()', @observer), 0, 'and knows that nothing is unreachable');

# whatever a session takes a backslash for
my $facts = q{SELECT m.* FROM rds_guard.hba_match('app', 'shop', '127.0.0.1', false) AS m; SELECT r.* FROM rds_guard.hba_rules() AS r; SELECT p.* FROM rds_guard.hba_problems() AS p;
SELECT u.* FROM rds_guard.hba_unreachable() AS u; SELECT a.* FROM rds_guard.hba_access() AS a; SELECT q.* FROM rds_guard.hba_quoting(current_setting('hba_file')) AS q; SELECT rds_guard.hba_error('x "y" z')};
set_hba($node, "$observer" . $reject_before->("\tall\t\@more.txt,\"t r\"") . "\r\n\tlocal\t\"all\"\tapp \\\n md5", @observer) if $major >= 14;
# 19 does not have this setting off any more
foreach my $database ($major < 19 ? qw(postgres plain) : ())
{
	is((try_sql($node, $facts, @observer, dbname => $database, options => '-c standard_conforming_strings=off -c escape_string_warning=off'))[1],
		sql($node, $facts, @observer, dbname => $database), "database $database: the same without standard_conforming_strings");
}

try_file('what only the server knows', <<'END',
host shop all samehost md5
host app all samenet trust
host plain all .example.com scram-sha-256
host postgres all 127.0.0.0 255.0.255.0 trust
host all all all reject
END
	[ 'app', 'shop', '127.0.0.1', 0, 'password pg_hba.conf:2 ?, reject' ],
	[ 'app', 'app', '127.0.0.1', 0, 'trust ?, reject' ],
	[ 'app', 'plain', '127.3.0.1', 0, 'password pg_hba.conf:4 ?, reject' ],
	[ 'app', 'postgres', '127.3.0.1', 0, 'trust ?, reject' ],
	[ 'app', 'outer_group', '127.3.0.1', 1, 'reject' ]);

# Before 16 these are names.
my $pattern = $major >= 16;
try_file('regular expressions', <<'END',
local shop /^app md5
local "/^sh" /boss$ trust
local "/p$" all scram-sha-256
local all "/two w" trust
local all app md5
END
	[ 'app', 'shop', undef, undef, $pattern ? 'password pg_hba.conf:2' : 'password pg_hba.conf:6' ],
	[ 'app_reader', 'shop', undef, undef, $pattern ? 'password pg_hba.conf:2' : 'none' ],
	[ 'boss', 'shop', undef, undef, $pattern ? 'trust' : 'none' ],
	[ 'boss', 'app', undef, undef, $pattern ? 'password pg_hba.conf:4' : 'none' ],
	[ 'two words', 'app', undef, undef, $pattern ? 'password pg_hba.conf:4' : 'none' ],
	[ 'two words', 'plain', undef, undef, $pattern ? 'trust' : 'none' ],
	[ 'app', 'plain', undef, undef, 'password pg_hba.conf:6' ]);
SKIP:
{
	skip 'pg_hba.conf includes other files from PostgreSQL 16 on', 6 if $major < 16;
	$node->append_conf('first.conf', "local shop app trust\nlocal app app md5\n");
	try_file('files in files', "local app boss reject\ninclude first.conf\nlocal all all scram-sha-256",
		[ 'app', 'shop', undef, undef, 'trust' ],
		[ 'app', 'app', undef, undef, 'password first.conf:2' ],
		[ 'app', 'plain', undef, undef, 'password pg_hba.conf:4' ]);
}
SKIP:
{
	skip 'lines can be continued from PostgreSQL 14 on', 4 if $major < 14;
	try_file('continued lines', "local shop \\\n  app \\\n  trust\nlocal all \\\n \"all\" md5\nlocal all app scram-sha-256",
		[ 'app', 'shop', undef, undef, 'trust' ],
		[ 'app', 'app', undef, undef, 'password pg_hba.conf:5 ?, password pg_hba.conf:7' ]);
}

#
# Random files: the server, hba_match(), and hba_access() of both editions.
#
my @addresses = qw(127.0.0.1 127.0.0.2 127.0.1.1 127.64.0.1 127.128.3.4);
my @databases = qw(shop app outer_group replication);
my @roles = qw(app app_reader boss);

sub pick
{
	return $_[ int rand @_ ];
}

sub random_line
{
	my $type = pick(qw(local host host host hostssl hostnossl hostnogssenc));
	my $database = pick(qw(all all shop app shop,app sameuser samerole replication all,replication), $pattern ? ('/^[sa]', '/^nosuch') : 'shop');
	my $role = pick(qw(all all app boss app_reader,boss +outer_group +inner_group ghost), $pattern ? ('/^app', '/^none') : 'app');
	my $address = pick(qw(all 0.0.0.0/0 ::/0 ::1/128 127.0.0.0/8 127.0.0.0/16 127.0.0.0/24 127.0.0.1/32 127.64.0.0/10 127.128.0.0/9 126.0.0.0/7 10.0.0.0/8 127.0.0.2/31 ::/1),
		'127.0.0.0 255.255.0.0');
	return join ' ', $type, $database, $role, $type eq 'local' ? () : $address, pick(qw(trust reject md5 scram-sha-256));
}

# Each point that hba_access() speaks of, and hba_match() of the same.
my $points = <<'END';
SELECT r.role, d.database, a.address, a.transport, m.place AS match, x.place AS access
FROM unnest('{app,app_reader,boss}'::name[]) AS r (role)
CROSS JOIN unnest('{shop,app,outer_group,replication}'::name[]) AS d (database)
CROSS JOIN (VALUES (NULL::inet, 'local'), ('127.0.0.1', 'plain'), ('127.0.0.1', 'tls'), ('127.0.0.3', 'plain'), ('127.0.1.1', 'tls'), ('127.64.0.1', 'plain'),
                   ('127.127.255.255', 'plain'), ('127.128.0.0', 'tls'), ('128.0.0.0', 'plain'), ('10.255.255.255', 'tls'), ('::1', 'plain'), ('8000::', 'tls'),
                   ('0.0.0.0', 'plain'), ('255.255.255.255', 'tls'), ('ffff::ffff', 'plain')) AS a (address, transport)
CROSS JOIN LATERAL (SELECT min(h.place) FILTER (WHERE h.certain AND h.auth_method <> 'reject') AS place
                    FROM rds_guard.hba_match(r.role, d.database, a.address, a.transport = 'tls') AS h) AS m
CROSS JOIN LATERAL (SELECT string_agg(h.place::text, ',') AS place
                    FROM rows AS h
                    WHERE h.role = r.role AND d.database = ANY (h.reached) AND a.transport = ANY (h.transports)
                          AND (a.address IS NULL OR EXISTS (SELECT FROM unnest(h.networks) AS n (network) WHERE a.address <<= n.network))) AS x
WHERE m.place::text IS DISTINCT FROM x.place
END
my $everything = q{SELECT coalesce(string_agg(h::text, E'\n' ORDER BY h::text COLLATE "C"), '') FROM rds_guard.%s AS h};

my $seed = $ENV{RDS_GUARD_SEED} // time;
note("the random seed is $seed: set RDS_GUARD_SEED to have the same again");
my ($connections, @wrong) = (0);
foreach my $round (1 .. 12)
{
	# the first half is always the same
	srand($round <= 6 ? $round : $seed + $round);
	my $file = join "\n", map { random_line() } 1 .. 4 + int rand 9;
	set_hba($node, $observer . $file, @observer);
	foreach (1 .. 14)
	{
		my ($role, $database) = (pick(@roles, 'ghost'), pick(@databases, 'logical shop'));
		my ($address, $tls) = rand() < 0.2 ? () : (pick(@addresses, $has_ipv6 ? '::1' : ()), int rand 2);
		my $server = server_says($role, $database, $address, $tls);
		my @says = match_says($role, $database, $address, $tls);
		$connections++;
		push @wrong, "$role to $database from " . ($address // 'socket') . " tls " . ($tls // '') . ": @says, server: $server\n$file" if "@says" ne $server;
	}
	foreach my $database (qw(postgres plain))
	{
		my @to = (dbname => $database, @observer);
		my $rows = $points =~ s/FROM rows AS h/FROM access AS h/r;
		is_deeply(rows($node, "WITH access AS MATERIALIZED (SELECT * FROM rds_guard.hba_access()) $rows", @to), [],
			"file $round, database $database: hba_access() and hba_match() agree") or diag($file);
	}
	foreach my $fact ('hba_access()', 'hba_access(\'app\')', 'hba_reach()', 'hba_unreachable()', 'hba_rules()')
	{
		is(sql($node, sprintf($everything, $fact), dbname => 'plain', @observer), sql($node, sprintf($everything, $fact), @observer),
			"file $round: $fact is the same in both editions") or diag($file);
	}
}
is_deeply(\@wrong, [], "hba_match() was right about $connections connections by random files");

#
# Lines that nothing reaches
#
sub unreachable
{
	my ($file, @to) = @_;
	set_hba($node, $observer . $file, @observer);
	return join ' ', map { "$_->{line_number}<" . join(',', @{ $_->{covered_by} }) } @{ rows($node, 'SELECT * FROM rds_guard.hba_unreachable()', @observer, @to) };
}
foreach my $case (
	[ 'a whole line after all', "host all all all md5\nhost shop app 127.0.0.0/8 trust", '3<2' ],
	[ 'two halves', "host all all 10.0.0.0/9 md5\nhost all all 10.128.0.0/9 md5\nhost all all 10.0.0.0/8 trust", '4<2,3' ],
	[ 'harmless twin: all but one address', "host all all 10.0.0.0/9 md5\nhost all all 10.128.0.0/10 md5\nhost all all 10.0.0.0/8 trust", '' ],
	[ 'one address in networks that others cover', "host all all 10.0.0.0/8 md5\nhost all all 10.1.1.1/32 trust\nhost all all 11.0.0.0/8 md5", '3<2' ],
	[ 'both families', "host all all 0.0.0.0/0 md5\nhost all all ::/0 md5\nhost all all all trust", '4<2,3' ],
	[ 'harmless twin: replication is not all', "host all all all md5\nhost replication all all md5", '' ],
	[ 'each transport by another line', "hostssl all all all md5\nhostnossl all all all md5\nhost shop all all trust", '4<2,3' ],
	[ 'harmless twin: Kerberos is left', "hostssl all all all md5\nhostnogssenc all all all md5\nhost shop all all trust", '' ],
	[ 'a group after its members', "local all app,inner_group,outer_group md5\nlocal all +outer_group trust", '3<2' ],
	[ 'harmless twin: not all of them', "local all app,inner_group md5\nlocal all +outer_group trust", '' ],
	[ 'names of nobody', "local all all md5\nlocal ghost phantom trust\nlocal all +phantom trust", '3<2' ],
	[ 'harmless twin: nobody is no reason', "local ghost phantom trust\nlocal all +phantom trust\nlocal all all md5", '' ],
	[ 'another role may come', "local all app,app_reader,boss,observer,outer_group,inner_group md5\nlocal all all trust", '' ],
	[ 'uncertain lines take nothing', "host all all samehost md5\nhost all all localhost trust", '' ],
	[ 'but are taken', "host all all all md5\nhost all all samehost trust", '3<2' ],
	[ 'sameuser after all', "local all all md5\nlocal sameuser all trust", '3<2' ],
	[ 'a pattern whose names have others', "local all app,app_reader md5\nlocal all /^app trust", '' ],
	[ 'a pattern that nobody fits', "local all app md5\nlocal all /^nosuch trust", '' ],
	[ 'a pattern after all', "local all all md5\nlocal all /^nosuch trust", '3<2' ],
	[ 'the same pattern twice', "local all /^nosuch md5\nlocal all /^nosuch trust", '3<2' ],
	[ 'a pattern for databases whose names have others', "local shop all md5\nlocal /^shop all trust", '' ],
	[ 'a pattern for databases that nobody has', "local sameuser all md5\nlocal /^nosuch all trust", '' ],
	# before 16 a name like any other, in which the observer has the first line
	[ 'a pattern for databases after all', "local all all md5\nlocal /^nosuch all trust", $major < 16 ? '3<1,2' : '3<2' ],
	[ 'a pattern in both', "local /^nosuch all md5\nlocal /^nosuch,/^none /^phantom trust", '' ],
	[ 'a pattern in both, after others', "local /^nosuch all md5\nlocal /^none /^phantom trust\nlocal /^nosuch,/^none /^phantom trust", '4<2,3' ],
	[ 'databases of the same name for a pattern', "local shop all md5\nlocal sameuser /^nosuch trust", '' ],
	[ 'a group in databases that nobody has', "local all inner_group md5\nlocal /^nosuch +inner_group trust", '' ],
	[ 'the group alone in them', "local all inner_group,app md5\nlocal /^nosuch +inner_group trust", '3<2' ])
{
	my ($name, $file, $expected) = @$case;
	is(unreachable($file), $expected, "unreachable, $name");
	is(unreachable($file, dbname => 'plain'), $expected, "unreachable, $name: the same without the library");
}

#
# What is wrong with a file
#
sub problems
{
	return join '; ', map { ($_->{line_number} // '-') . " $_->{problem}: $_->{detail}" } @{ rows($node, 'SELECT * FROM rds_guard.hba_problems() ORDER BY line_number', @observer) };
}
is(problems(), '', 'nothing is wrong');
set_hba($node, $observer . 'host all all all nonsense', @observer);
# what stands there instead could be a password
is(problems(), '2 error: invalid authentication method "<redacted>"', 'a broken line');
foreach my $call ('hba_rules()', 'hba_access()', 'hba_unreachable()', q{hba_match('app', 'shop', NULL, NULL)})
{
	like((try_sql($node, "SELECT * FROM rds_guard.$call", @observer, dbname => $_))[2], qr/ERROR:  pg_hba.conf has errors/, "database $_: $call is not for a broken file")
	  foreach qw(postgres plain);
}
set_hba($node, $observer . 'host all all all md5 ldapserver=x', @observer);
like(problems(), qr/^2 error: /, 'an option of another method');
set_hba($node, $observer . 'host all all all ldap ldapserver=x ldapbasedn="o=x" ldapbinddn=y ldapbindpasswd=secret', @observer);
like(value($node, q{SELECT array_to_string(options, ' ') FROM rds_guard.hba_rules() WHERE place = 2}, @observer),
	qr/^ldapserver=x ldapbasedn=o=x ldapbinddn=y ldapbindpasswd=<redacted>( ldapscope=\d)?$/, 'secrets are redacted')
  if problems() eq '';
#
# What the server has read is not what the files say: whatever was changed, and
# however. The trust that it did read stays, as its client sees.
#
my $strict = $observer . 'host all all all scram-sha-256';
my $lax = $observer . 'host all all all trust';
my @by_tcp = (user => 'boss', host => '127.0.0.1', sslmode => 'disable');
my @both = ('hba_trust', 'hba_parse_error_stale');
my $data = $node->data_dir;

# The client is in by trust; hba_trust in both editions, and what is stale.
sub seen
{
	return join '; ', (try_sql($node, 'SELECT', @by_tcp))[0] == 0 ? 'in' : 'out', map {
		my $verdicts = verdicts($node, \@both, @observer, dbname => $_);
		map { $verdicts->{$_} =~ s/ \|.*//r } @both
	} qw(postgres plain);
}

# not_loaded(NAME, FILE, sub that changes something, what is stale)
sub not_loaded
{
	my ($name, $file, $change, $stale) = @_;
	set_hba($node, $file, @observer);
	like(seen(), qr/^in; fail: [^;]*; pass; fail: [^;]*; pass$/, "$name: at first the file is what the server uses");
	# past the second in which the server read it
	usleep(1_100_000);
	$change->();
	is(seen(), "in; unknown; $stale; unknown; $stale", "$name: and then it is not");
	reload($node, @observer);
	like(seen(), qr/^out; fail: [^;]*; pass; /, "$name: until it is read");
	return;
}

is(problems(), '', 'the file that the server has read');
not_loaded('written anew', $lax, sub { write_hba($node, $strict) }, 'fail: pg_hba.conf');
write_file($node, 'strict.conf', $strict);
not_loaded('an older file in its place', $lax, sub { rename "$data/strict.conf", "$data/pg_hba.conf" or die $! }, 'fail: pg_hba.conf');
not_loaded('its date set back', $lax, sub { write_hba($node, $strict); utime time - 100, time - 100, "$data/pg_hba.conf" or die $! }, 'fail: pg_hba.conf');
write_file($node, 'who.txt', 'boss');
not_loaded('names in another file', $observer . 'host all @who.txt all trust', sub { write_file($node, 'who.txt', 'nobody_there') }, 'fail: who.txt');
mkdir "$data/names" or die $!;
write_file($node, 'names/outer', "# the next\n\@\"inner ones\"");
write_file($node, 'names/inner ones', 'app,boss');
not_loaded('names in a file that is named there', $observer . 'host all @names/outer all trust',
	sub { write_file($node, 'names/inner ones', 'app') }, 'fail: inner ones');
if ($major >= 16)
{
	mkdir "$data/hba.d" or die $!;
	my $folder = "${observer}include_dir hba.d";
	my $line = 'host all all all trust';
	write_file($node, 'hba.d/20.conf', 'host all app 10.0.0.0/8 md5');
	write_file($node, 'hba.d/10.conf', $line);
	not_loaded('a file of a folder is gone', $folder, sub { unlink "$data/hba.d/10.conf" or die $! }, 'fail: hba.d');
	write_file($node, 'hba.d/10.conf', $line);
	not_loaded('a file of a folder is empty', $folder, sub { write_file($node, 'hba.d/10.conf', '#') }, 'fail: 10.conf');
	write_file($node, 'hba.d/10.conf', $line);
	write_file($node, 'middle.conf', $folder);
	not_loaded('a file of a folder that another file takes in', "$observer\ninclude middle.conf", sub { write_file($node, 'hba.d/10.conf', '#') }, 'fail: 10.conf');
	write_file($node, 'perhaps.conf', $line);
	not_loaded('a file that need not be there is gone', "${observer}include_if_exists perhaps.conf", sub { unlink "$data/perhaps.conf" or die $! }, 'unknown');
}

# A link that leads elsewhere: of this only the library knows.
write_file($node, 'lax.conf', $lax);
write_file($node, 'strict.conf', $strict);
unlink "$data/pg_hba.conf" or die $!;
symlink 'lax.conf', "$data/pg_hba.conf" or die $!;
reload($node, @observer);
is(verdict($node, 'hba_trust', @observer), 'fail: host all all all trust | local all observer trust', 'a link: what the server uses');
unlink "$data/pg_hba.conf" or die $!;
symlink 'strict.conf', "$data/pg_hba.conf" or die $!;
is_deeply(verdicts($node, \@both, @observer), { hba_trust => 'unknown', hba_parse_error_stale => 'fail: pg_hba.conf' }, 'a link that leads elsewhere');
is((try_sql($node, 'SELECT', @by_tcp))[0], 0, 'the server does not know');
unlink "$data/pg_hba.conf" or die $!;

# In the second in which the server read the other one.
my $patience = 50;
do
{
	die 'the machine is too slow' if $patience-- == 0;
	set_hba($node, $lax, @observer);
	write_hba($node, $strict);
} while (int((stat "$data/pg_hba.conf")[10]) != value($node, 'floor(extract(epoch FROM pg_conf_load_time()))', @observer));
is(seen(), 'in; unknown; fail: pg_hba.conf; unknown; unknown', 'written just after the other one was read: the library knows, without it may be');
like((try_sql($node, 'SELECT * FROM rds_guard.hba_access()', @observer, dbname => $_->[0]))[2],
	qr/ERROR:  pg_hba.conf $_->[1] changed after the server read it.*\nHINT:  Reload the server with SELECT pg_reload_conf\(\), and run the report again in a new session\.\n/,
	"database $_->[0]: hba_access() is not for it")
  foreach [ 'postgres', 'was' ], [ 'plain', 'may have been' ];

# A session reads its configuration when it is next used, and takes that for the
# time of the server's.
set_hba($node, $lax, @observer);
my %sessions = map { $_ => session($node, @observer, dbname => $_) } qw(postgres plain);
my $loaded = sql($node, 'SELECT pg_conf_load_time()', @observer);
reload($node, @observer);
usleep(1_100_000);
write_hba($node, $strict);
usleep(1_100_000);
my $stale = q{SELECT string_agg(f.status || ' ' || coalesce(f.object, '-'), ', ' ORDER BY f.check_id) FROM rds_guard.report('{hba_trust,hba_parse_error_stale}') AS f};
foreach my $database (sort keys %sessions)
{
	is($sessions{$database}->query('SELECT pg_conf_load_time() > now() - interval \'1 second\''), 't', "database $database: an old session has read its configuration just now");
	is($sessions{$database}->query($stale), 'unknown pg_hba.conf, unknown -', "database $database: and cannot tell what the server has read");
}
is(seen(), 'in; unknown; fail: pg_hba.conf; unknown; fail: pg_hba.conf', 'a new one can');
reload($node, @observer);
is($sessions{$_}->query($stale), 'unknown pg_hba.conf, unknown -', "database $_: nor after that") foreach sort keys %sessions;
like(seen(), qr/^out; fail: [^;]*; pass; fail: [^;]*; pass$/, 'which a new one can');
$_->quit foreach values %sessions;

$node->stop;
done_testing();

# Addresses beyond the loopback's: in a network of its own, in which the server
# and its clients have real ones of both families, the server does what
# hba_match() and hba_access() say, in both editions.
#
# test.sh gives the network, where it may:
# Addresses: 10.1.2.3/24 10.1.2.200/32 10.9.9.9/32 192.168.7.7/24 2001:db8::7/64 2001:db8:0:1::8/128 fd00::5/64

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../perl";

use IO::Socket::IP;
use RdsGuard;
use Test::More;

# A client that connects to one of these comes from it, too.
my @addresses = qw(10.1.2.3 10.1.2.200 10.9.9.9 192.168.7.7 2001:db8::7 2001:db8:0:1::8 fd00::5 127.0.0.1 ::1);
foreach my $address (@addresses)
{
	IO::Socket::IP->new(LocalHost => $address, Listen => 1)
	  or plan skip_all => "no network of its own with the address $address: needs root or user namespaces, and iproute2";
}

my $observer = "local all all trust\n";
my $node = server('networks', listen => '*', hba => $observer . 'host all all all trust');
sql($node, <<'END');
CREATE EXTENSION rds_guard;
CREATE ROLE app LOGIN;
CREATE DATABASE plain;
END
install_plain($node, dbname => 'plain');
my @databases = qw(postgres plain);
is(value($node, 'host(inet_client_addr())', host => $_), $_, "a client comes from $_") foreach @addresses;

# What the server does with a role that has no password.
sub server_says
{
	my ($address) = @_;
	my $offset = log_size($node);
	my ($status, undef, $err) = try_sql($node, 'SELECT', user => 'app', password => 'wrong', host => $address, sslmode => 'disable', gssencmode => 'disable');
	return 'trust' if $status == 0;
	return 'reject' if $err =~ /pg_hba.conf rejects/;
	return 'none' if $err =~ /no pg_hba.conf entry/;
	return "line $1" if log_since($node, $offset) =~ /Connection matched (?:pg_hba.conf|file ".*") line (\d+)/;
	return $err;
}

sub match_says
{
	my ($address, $database) = @_;
	return join ', ', map {
		($_->{auth_method} eq 'trust' ? 'trust' : !defined $_->{line_number} ? 'none' : $_->{auth_method} eq 'reject' ? 'reject' : "line $_->{line_number}") . ($_->{certain} ? '' : '?')
	} @{ rows($node, "SELECT * FROM rds_guard.hba_match('app', 'postgres', '$address', false)", dbname => $database) };
}

# The lines of hba_access() with the address in what is left to them.
sub access_says
{
	my ($address, $database) = @_;
	return join ', ', map { ($_->{auth_method} eq 'trust' ? 'trust' : "line $_->{line_number}") . ($_->{remote} ? '' : ', here') } @{ rows($node, <<"END", dbname => $database) };
SELECT a.* FROM rds_guard.hba_access('app') AS a
WHERE 'plain' = ANY (a.transports) AND 'postgres' = ANY (a.reached) AND EXISTS (SELECT FROM unnest(a.networks) AS n (network) WHERE '$address'::inet <<= n.network)
END
}

# try_file(NAME, FILE, what the server does with each of the addresses)
sub try_file
{
	my ($name, $file, @expected) = @_;
	set_hba($node, $observer . $file);
	my %expected;
	@expected{@addresses} = @expected;
	is_deeply({ map { $_ => server_says($_) } @addresses }, \%expected, "$name: the server");
	foreach my $database (@databases)
	{
		is_deeply({ map { $_ => match_says($_, $database) } @addresses }, \%expected, "$name: hba_match() in database $database");
		is_deeply({ map { $_ => access_says($_, $database) =~ s/, here$//r } @addresses },
			{ map { $_ => $expected{$_} =~ /reject|none/ ? '' : $expected{$_} } @addresses }, "$name: hba_access() in database $database");
	}
	return;
}

try_file('networks of IPv4', "host all all 10.1.2.3/32 trust\nhost all all 10.1.2.128/25 reject\nhost all all 10.0.0.0/8 md5\nhost all all 192.168.0.0 255.255.248.0 md5",
	qw(trust reject), 'line 4', 'line 5', ('none') x 5);
try_file('networks of IPv6', "host all all 2001:db8::/64 md5\nhost all all 2001:db8::/47 trust\nhost all all fd00::/8 reject\nhost all all ::/0 md5",
	('none') x 4, 'line 2', 'trust', 'reject', 'none', 'line 5');
try_file('masks', "host all all fd00:: ffff:: md5\nhost all all 10.1.2.200 255.255.255.248 md5\nhost all all 10.1.0.0 255.255.0.0 trust\nhost all all 2001:db8:0:1:: ffff:ffff:ffff:ffff:: md5",
	'trust', 'line 3', 'none', 'none', 'none', 'line 5', 'line 2', 'none', 'none');
try_file('all of each family', "host all all 127.0.0.1/32 reject\nhost all all 0.0.0.0/0 md5\nhost all all fd00::/16 md5\nhost all all all trust",
	('line 3') x 4, 'trust', 'trust', 'line 4', 'reject', 'trust');

# The keywords only the server can resolve: what it does is among the answers.
foreach my $case (
	[ 'samehost', [ ('line 2') x 9 ] ],
	[ 'samenet', [ ('line 2') x 9 ] ])
{
	my ($keyword, $expected) = @$case;
	set_hba($node, $observer . "host all all $keyword md5\nhost all all all reject");
	is_deeply([ map { server_says($_) } @addresses ], $expected, "$keyword: the server takes its own addresses");
	foreach my $database (@databases)
	{
		is_deeply([ map { match_says($_, $database) } @addresses ], [ ('line 2?, reject') x 9 ], "$keyword: not certain in database $database");
	}
}

# Whether it is from beyond this machine
set_hba($node, $observer . "host all all 127.0.0.0/8 md5\nhost all all ::1/128 md5\nhost all all 10.1.2.0/24 md5\nhost all all 2001:db8::/32 md5");
foreach my $database (@databases)
{
	is_deeply([ map { "$_->{line_number} $_->{remote}" } @{ rows($node, q{SELECT * FROM rds_guard.hba_access('app') WHERE type = 'host' ORDER BY place}, dbname => $database) } ],
		[ '2 0', '3 0', '4 1', '5 1' ], "remote is what is not this machine's loopback in database $database");
}

$node->stop;
done_testing();

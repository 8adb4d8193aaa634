# The facts about the ways in can be stopped: statement_timeout and
# pg_cancel_backend() end each within a second among a thousand lines of
# pg_hba.conf, a thousand roles and a thousand certificates, and the session
# works on.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../perl";

use PostgreSQL::Test::Utils;
use RdsGuard;
use Test::More;
use Time::HiRes qw(time);

my $certificates = PostgreSQL::Test::Utils::tempdir();
make_certificates($certificates);

# A thousand certificates, some of them of the same name
my $authority = slurp_file("$certificates/server_ca.crt");
my $long = '';
openssl('ecparam', '-genkey', '-name', 'prime256v1', '-noout', '-out', "$certificates/many.key");
foreach my $i (1 .. 20)
{
	openssl('req', '-x509', '-key', "$certificates/many.key", '-days', '30', '-subj', "/CN=authority $i", '-out', "$certificates/many.crt");
	$long .= slurp_file("$certificates/many.crt");
}
open my $out, '>', "$certificates/many.crt" or die $!;
print $out $long x 25, $authority x 500;
close $out or die $!;
cmp_ok(-s "$certificates/many.crt", '>', 800_000, 'there is most of 1 MB of certificates');

my $node = server('stopped', conf => <<"END");
ssl = on
ssl_cert_file = '$certificates/server.crt'
ssl_key_file = '$certificates/server.key'
ssl_ca_file = '$certificates/many.crt'
autovacuum = off
END
sql($node, <<'EOT');
CREATE EXTENSION rds_guard;
CREATE DATABASE plain;
SET password_encryption = 'scram-sha-256';
DO $do$
BEGIN
    FOR i IN 1 .. 1000 LOOP
        EXECUTE format('CREATE ROLE r%s LOGIN', i);
    END LOOP;
    FOR i IN 1 .. 10 LOOP
        EXECUTE format('ALTER ROLE r%s PASSWORD %L', i, 'nobody knows ' || i);
    END LOOP;
    FOR i IN 2 .. 1000 LOOP
        EXECUTE format('GRANT r%s TO r%s', i / 2, i);
    END LOOP;
END
$do$;
EOT
install_plain($node, dbname => 'plain');
write_ident($node, join "\n", map { "map$_ system$_ r$_" } 1 .. 1000);
set_hba($node, join "\n", 'local all all trust',
	map { my $i = $_; ("host all r$i 10.1.$_.0/24 scram-sha-256", "hostssl all +r$i 10.2.0.0/16 md5", "host all r$i,r" . 2 * $i . ' 10.0.0.0/8 reject', 'host db' . $i . " all 10.3.$_.0/30 md5") } 1 .. 250);

my %session = (c => session($node), plain => session($node, dbname => 'plain'));

# What only the library does; each again and again, so that it is not over
# before it is stopped.
my %only_c = map { $_ => 1 } my @only_c = (qw(server_certificates() tls_ciphers() server_files()),
	q{file_modes((SELECT array_agg('base/' || f) FROM generate_series(1, 200000) AS f))},
	q{weak_passwords((SELECT array_agg('guess ' || f) FROM generate_series(1, 100000) AS f), 600)});
my @facts = (qw(hba_access() hba_unreachable() hba_rules() hba_problems() ident_mappings()),
	q{hba_match('r7', 'db7', '10.3.7.1', true)}, @only_c);

foreach my $edition (qw(c plain))
{
	my $session = $session{$edition};
	$session->query("\\set VERBOSITY sqlstate\nSELECT");
	my $pid = $session->query('SELECT pg_backend_pid()');
	foreach my $fact (grep { $edition eq 'c' || !$only_c{$_} } @facts)
	{
		my $name = "edition $edition: $fact";
		my $statement = "DO \$do\$ BEGIN FOR round IN 1 .. 100000 LOOP PERFORM count(*) FROM rds_guard.$fact; END LOOP; END \$do\$";
		foreach my $milliseconds (20, 300)
		{
			my ($seconds, $err) = stopped($session, $statement, $milliseconds);
			cmp_ok($seconds, '<', $milliseconds / 1000 + 1, "$name ends within a second after $milliseconds ms");
			like($err, qr/\A\S+ ERROR:  57014\z/, "$name is stopped by statement_timeout after $milliseconds ms");
		}

		$session->send($statement);
		$node->poll_query_until('postgres', "SELECT state = 'active' AND query ~ '^DO' FROM pg_stat_activity WHERE pid = $pid") or die 'it does not begin';
		my $start = time;
		sql($node, "SELECT pg_cancel_backend($pid)");
		my (undef, $err) = $session->answer;
		like($err, qr/\A\S+ ERROR:  57014\z/, "$name is stopped by pg_cancel_backend()");
		cmp_ok(time - $start, '<', 1, "$name is stopped within a second");
	}
	is_deeply([ $session->query(q{SELECT line_number, auth_method FROM rds_guard.hba_match('r9', 'db9', '10.3.9.1', true)}) ],
		[ '36|reject', '' ], "edition $edition: the session works on");
	is_deeply([ $session->query('SELECT pg_backend_pid()') ], [ $pid, '' ], "edition $edition: it is the same");
}
is_deeply([ $session{c}->query(q{SELECT count(*) FILTER (WHERE setting = 'ssl_ca_file'), count(DISTINCT subject) FROM rds_guard.server_certificates()}) ],
	[ '1000|22', '' ], 'all certificates are there');
$session{$_}->quit foreach keys %session;

$node->stop;
done_testing();

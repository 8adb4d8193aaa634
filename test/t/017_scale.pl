# The engine on sizes that recursion and cross joins do not survive: a chain of
# 10,000 roles, 1,000 roles that are all members of each other one way, 5,000
# roles on 50,000 tables; and it can be stopped within a second in the midst of it.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../perl";

use RdsGuard;
use Test::More;
use Time::HiRes qw(time);

# Both editions, each in a database; memberships are the same in both.
my $node = server('scale', conf => "autovacuum = off\nmax_locks_per_transaction = 2000");
my $major = major($node);
my %session;
sql($node, 'CREATE DATABASE c');
sql($node, 'CREATE DATABASE plain');

# Written into the catalog: GRANT asks for each whether it would make a circle.
my $membership = $major >= 16 ? <<'EOT' : <<'EOT';
INSERT INTO pg_auth_members (oid, roleid, member, grantor, admin_option, inherit_option, set_option)
SELECT pg_nextoid('pg_auth_members', 'oid', 'pg_auth_members_oid_index'), r.oid, m.oid, 10, false, true, true
EOT
INSERT INTO pg_auth_members (roleid, member, grantor, admin_option)
SELECT r.oid, m.oid, 10, false
EOT

# timed(EDITION, QUERY): its answer, and seconds
sub timed
{
	my ($edition, $query) = @_;
	my $start = time;
	my ($out, $err) = $session{$edition}->query($query);
	my $seconds = time - $start;
	note(sprintf '%.3f s: %s', $seconds, $query);
	return ($err eq '' ? $out : $err, $seconds);
}

#
# Deep and dense
#
sql($node, <<"EOT", dbname => 'c');
CREATE EXTENSION rds_guard;
CREATE TABLE at_the_end (a integer);
DO \$do\$
BEGIN
    FOR i IN 1 .. 10000 LOOP
        EXECUTE format('CREATE ROLE chain_%s LOGIN', i);
    END LOOP;
    FOR i IN 1 .. 1000 LOOP
        EXECUTE format('CREATE ROLE clique_%s LOGIN', i);
    END LOOP;
END
\$do\$;
$membership
FROM generate_series(1, 9999) AS i
JOIN pg_roles AS m ON m.rolname = 'chain_' || i
JOIN pg_roles AS r ON r.rolname = 'chain_' || i + 1;
$membership
FROM pg_roles AS m
JOIN pg_roles AS r ON substr(r.rolname, 8)::integer > substr(m.rolname, 8)::integer
WHERE m.rolname LIKE 'clique%' AND r.rolname LIKE 'clique%';
GRANT SELECT ON at_the_end TO chain_10000, clique_1000;
ANALYZE;
EOT
is(value($node, 'SELECT count(*)::text FROM pg_auth_members WHERE pg_get_userbyid(member) ~ $$^(chain|clique)_$$'), 9999 + 1000 * 999 / 2, 'there are so many memberships');
$session{c} = session($node, dbname => 'c');

my ($answer, $seconds) = timed('c', q{SELECT via, cardinality(path), path[1], path[32] FROM rds_guard.effective_privileges('chain_1', 'table') WHERE object ~ 'at_the_end'});
is($answer, 'member|32|chain_1|chain_10000', 'the first of a chain of 10,000 has what the last was granted');
cmp_ok($seconds, '<', 10, 'and that is known in seconds');
($answer, $seconds) = timed('c', q{SELECT count(*) FROM rds_guard.effective_privileges(kind => 'table') WHERE role LIKE 'chain%' AND object ~ 'at_the_end'});
is($answer, 10000, 'so have all the others');
cmp_ok($seconds, '<', 60, 'which is known in seconds, too');
($answer, $seconds) = timed('c', q{SELECT left(role, 5), count(*), sum(relations_readable), sum(by_membership), sum(unshared_privileges)
                                   FROM rds_guard.privilege_summary() WHERE NOT superuser GROUP BY 1 ORDER BY 1});
is($answer, "chain|10000|10000|9999|0\ncliqu|1000|1000|999|0", 'the summary says the same of chain and clique');
cmp_ok($seconds, '<', 10, 'in seconds');
$session{c}->quit;

sql($node, q{DO $do$
DECLARE
    role name;
BEGIN
    DELETE FROM pg_auth_members WHERE pg_get_userbyid(member) ~ '^(chain|clique)_';
    DROP OWNED BY chain_10000, clique_1000;
    FOR role IN SELECT rolname FROM pg_roles WHERE rolname ~ '^(chain|clique)_' LOOP
        EXECUTE format('DROP ROLE %I', role);
    END LOOP;
END
$do$}, dbname => 'c');

#
# 5,000 roles, fifty of them groups in which each of the others is twice, on
# 50,000 tables that each group may read a tenth of
#
my $objects = <<'EOT';
DO $do$
BEGIN
    FOR s IN 1 .. 50 LOOP
        EXECUTE format('CREATE SCHEMA s%s', s);
        FOR t IN 1 .. 1000 LOOP
            EXECUTE format('CREATE TABLE s%s.t%s ()', s, t);
        END LOOP;
        FOR g IN 1 .. 5 LOOP
            EXECUTE format('GRANT SELECT, INSERT ON ALL TABLES IN SCHEMA s%s TO group_%s', s, (s + g * 7) % 50);
        END LOOP;
        COMMIT;
    END LOOP;
END
$do$;
ANALYZE;
EOT
sql($node, <<'EOT');
DO $do$
BEGIN
    FOR i IN 0 .. 49 LOOP
        EXECUTE format('CREATE ROLE group_%s', i);
    END LOOP;
    FOR i IN 1 .. 4950 LOOP
        EXECUTE format('CREATE ROLE person_%s LOGIN IN ROLE group_%s, group_%s', i, i % 50, (i + 1 + i / 50 % 49) % 50);
    END LOOP;
END
$do$;
EOT
sql($node, $objects, dbname => 'c');
sql($node, 'DROP DATABASE plain');
sql($node, 'DROP EXTENSION rds_guard; DROP SCHEMA rds_guard', dbname => 'c');
sql($node, 'CREATE DATABASE plain TEMPLATE c');
sql($node, 'CREATE EXTENSION rds_guard', dbname => 'c');
install_plain($node, dbname => 'plain');
$session{$_} = session($node, dbname => $_) foreach qw(c plain);
is(value($node, q{SELECT count(*) FROM pg_class WHERE relname ~ '^t[0-9]+$' AND relkind = 'r'}, dbname => $_), 50000, "edition $_: there are 50,000 tables")
  foreach qw(c plain);

($answer, $seconds) = timed('c', q{SELECT string_agg(role || ' ' || relations_readable, ', ' ORDER BY role) FROM rds_guard.privilege_summary() WHERE role ~ '^person_.*77$'});
is($answer,
	value($node, q{
	SELECT string_agg(r.rolname || ' ' || (SELECT count(*) FROM pg_class AS c WHERE c.relname ~ '^t[0-9]+$' AND has_table_privilege(r.rolname, c.oid, 'SELECT')), ', ' ORDER BY r.rolname)
	FROM pg_roles AS r WHERE r.rolname ~ '^person_.*77$'}, dbname => 'c'),
	'the summary of 5,000 roles on 50,000 tables');

# half of the roles have overrides of their own
sql($node, <<'EOT');
DO $do$
BEGIN
    FOR i IN 1 .. 4950 BY 2 LOOP
        EXECUTE format('ALTER ROLE person_%s SET log_statement = %L', i, CASE i % 3 WHEN 0 THEN 'none' ELSE 'all' END);
    END LOOP;
END
$do$;
EOT
foreach my $edition (qw(c plain))
{
	($answer, $seconds) = timed($edition, q{SELECT string_agg(statements || ' ' || count, ', ' ORDER BY statements) FROM (
		SELECT c.statements, count(*) FROM rds_guard.audit_coverage('plain') AS c WHERE c.role ~ '^person_' GROUP BY c.statements) AS s});
	is($answer, 'all 1650, none 3300', "edition $edition: audit_coverage() of 5,000 roles with 2,475 overrides");
	cmp_ok($seconds, '<', 30, "edition $edition: in seconds");
	($answer, $seconds) = timed($edition, q{SELECT count(*) FROM rds_guard.effective_overrides('log_statement')});
	is($answer, 2475, "edition $edition: the overrides that win");
	cmp_ok($seconds, '<', 5, "edition $edition: in less time");
}

# 57014 is query_canceled; at several times, to be stopped in several places
foreach my $edition (qw(c plain))
{
	$session{$edition}->query("\\set VERBOSITY sqlstate\nSELECT");
	foreach my $function (qw(effective_privileges privilege_summary escalation_paths audit_coverage))
	{
		foreach my $milliseconds (20, 200, 2000)
		{
			my $name = "edition $edition: $function() after $milliseconds ms";
			my ($time, $err) = stopped($session{$edition}, "SELECT count(*) FROM rds_guard.$function()", $milliseconds);
			cmp_ok($time, '<', $milliseconds / 1000 + 1, "$name ends within a second");

			# these may be faster than that
			next if $function ne 'effective_privileges' && $err eq '' && ($edition eq 'c' || $function =~ /^(escalation_paths|audit_coverage)$/);
			like($err, qr/\A\S+ ERROR:  57014\z/, "$name is stopped by statement_timeout");
		}
	}
	is_deeply([ $session{$edition}->query(q{SELECT string_agg(object, ' ' ORDER BY object) FROM rds_guard.effective_privileges('person_7', 'schema') WHERE privilege = 'USAGE'}) ],
		[ 'public rds_guard', '' ], "edition $edition: the session works on");
	$session{$edition}->quit;
}

$node->stop;
done_testing();

# effective_privileges() says what the server itself says: random databases,
# and has_..._privilege() for each role, object and privilege, one at a time.
# Each way is one that can be gone, each path a chain of memberships.
# privilege_summary() counts the same. In both editions, which say the same.
#
# RDS_GUARD_SEED=n repeats what was tried with seed n.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../perl";

use PostgreSQL::Test::Utils;
use RdsGuard;
use Test::More;
use Time::HiRes qw(time);

my $node = server('privileges', conf => "max_locks_per_transaction = 256\nwork_mem = '16MB'");
my $major = major($node);

# The first has a chain of roles longer than a path shows.
my @seeds = $ENV{RDS_GUARD_SEED} // (1, 2 + int(rand(1_000_000)));
my $compared = 0;
my %ways;

my @kinds = (
	'database', 'schema', 'table', 'sequence', 'column', 'function', 'type', 'language', 'tablespace',
	'foreign data wrapper', 'foreign server', 'large object', $major >= 15 ? ('parameter') : ());

# a test: the query gives no row; shows some that it gives
sub nothing
{
	my ($session, $query, $name) = @_;
	# materialized, or the planner hopes to find the first rows soon
	my $rows = answered($session, "WITH q AS MATERIALIZED ($query) SELECT * FROM q LIMIT 5");
	return is_deeply($rows, [], $name) || diag(explain($rows));
}

sub answered
{
	my ($session, $query) = @_;
	my ($out, $err) = $session->query("SELECT coalesce(json_agg(q), '[]') FROM ($query) AS q");
	die "$err\nin: $query" if $err ne '';
	return RdsGuard::decoded($out);
}

sub answer
{
	my ($session, $query) = @_;
	return (values %{ answered($session, "SELECT ($query) AS value")->[0] })[0];
}

sub must
{
	my ($session, $statements) = @_;
	my ($out, $err) = $session->query($statements);
	die "$err\nin: " . substr($statements, 0, 500) if $err ne '';
	return;
}

# Rows that one has and the other lacks, in both directions.
sub differences
{
	my ($columns, $one, $other) = @_;
	return "(SELECT 'only the server' AS who, $columns FROM $one EXCEPT ALL SELECT 'only the server', $columns FROM $other)"
	  . " UNION ALL (SELECT 'only rds_guard', $columns FROM $other EXCEPT ALL SELECT 'only rds_guard', $columns FROM $one)";
}

my $own_rows = 'role, kind, object, column_name, privilege, grantable, needs_set_role';
my $all_columns = 'role, kind, object, column_name, privilege, grantable, via, needs_set_role, path';

# What is told, without ourselves and without what this test has in its session
sub told
{
	my ($arguments) = @_;
	return "(SELECT * FROM rds_guard.effective_privileges($arguments) AS p
		WHERE NOT (p.object ~ '^rds_guard(\\.|\$)' AND p.kind NOT IN ('database', 'parameter'))
			AND p.object NOT LIKE (SELECT n.nspname || '.%' FROM pg_namespace AS n WHERE n.oid = pg_my_temp_schema()))";
}

#
# One edition on one database
#
sub examine
{
	my ($session, $name, $edition) = @_;
	my $begin = time;
	must($session, "DROP TABLE IF EXISTS pg_temp.told_$edition, pg_temp.told_system_$edition, pg_temp.summary_$edition, pg_temp.memberships_$edition");
	must($session, "CREATE TABLE pg_temp.told_$edition AS SELECT * FROM " . told('') . ' AS t');
	must($session, "CREATE TABLE pg_temp.told_system_$edition AS SELECT * FROM " . told("kind => 'system'") . ' AS t');
	must($session, "CREATE TABLE pg_temp.summary_$edition AS SELECT * FROM rds_guard.privilege_summary()");
	$ways{ $_->{way} } = 1 foreach @{ answered($session, "SELECT DISTINCT CASE WHEN needs_set_role THEN 'SET ROLE, ' ELSE '' END || via AS way FROM pg_temp.told_$edition") };
	must($session, "CREATE TABLE pg_temp.memberships_$edition AS SELECT * FROM rds_guard.role_memberships()");
	must($session, "ANALYZE pg_temp.$_") foreach "told_$edition", "told_system_$edition";
	note(sprintf('%s: told in %.1f s', $name, time - $begin));

	nothing($session, differences($own_rows, '(SELECT * FROM pg_temp.expected WHERE NOT system) AS e', "pg_temp.told_$edition AS t"),
		"$name: is what the server says");
	nothing($session, differences($own_rows, '(SELECT * FROM pg_temp.expected WHERE system) AS e', "pg_temp.told_system_$edition AS t"),
		"$name: also about what is the system's");
	# each pair of role and privilege: whether it is had at once, and whether
	# after SET ROLE; and of what is had, whether it may be passed on
	$compared += answer($session, q{SELECT count(*) + count(*) FILTER (WHERE NOT superuser) + (SELECT count(*) FROM pg_temp.expected)
		FROM pg_temp.truth AS t JOIN pg_temp.roles AS r ON r.oid = t.role});

	nothing($session, "SELECT role, kind, object, column_name, privilege, count(*)
		FROM (SELECT * FROM pg_temp.told_$edition UNION ALL SELECT * FROM pg_temp.told_system_$edition) AS t GROUP BY 1, 2, 3, 4, 5 HAVING count(*) > 1",
		"$name: each privilege once");

	# A column may be used if the column or its table says so.
	nothing($session, "
		SELECT r.name, o.name, a.attname, p.privilege
		FROM pg_temp.roles AS r
		CROSS JOIN pg_temp.objects AS o
		JOIN pg_attribute AS a ON a.attrelid = o.oid AND a.attnum > 0 AND NOT a.attisdropped
		CROSS JOIN unnest('{SELECT,INSERT,UPDATE,REFERENCES}'::text[]) AS p (privilege)
		LEFT JOIN pg_temp.told_$edition AS t ON t.role = r.name AND t.kind = 'table' AND t.object = o.name AND t.privilege = p.privilege AND NOT t.needs_set_role
		LEFT JOIN pg_temp.told_$edition AS c ON c.role = r.name AND c.kind = 'column' AND c.object = o.name AND c.column_name = a.attname
			AND c.privilege = p.privilege AND NOT c.needs_set_role
		WHERE o.kind = 'table' AND NOT o.system
			AND ROW(t.role IS NOT NULL OR c.role IS NOT NULL, coalesce(t.grantable, false) OR coalesce(c.grantable, false))
				IS DISTINCT FROM ROW(has_column_privilege(r.oid, o.oid, a.attnum, p.privilege),
					has_column_privilege(r.oid, o.oid, a.attnum, p.privilege)
					-- that of a table without the privilege itself shows in no row
					AND ((t.role IS NOT NULL AND has_table_privilege(r.oid, o.oid, p.privilege || ' WITH GRANT OPTION'))
						OR (c.role IS NOT NULL AND has_column_privilege(r.oid, o.oid, a.attnum, p.privilege || ' WITH GRANT OPTION'))))",
		"$name: columns and tables together");

	# Ways
	nothing($session, "
		SELECT t.*, w.via AS expected
		FROM pg_temp.told_$edition AS t
		JOIN pg_temp.roles AS r ON r.name = t.role
		LEFT JOIN pg_temp.ways AS w ON w.role = t.role AND w.kind = t.kind AND w.object = t.object AND w.column_name IS NOT DISTINCT FROM t.column_name AND w.privilege = t.privilege
		WHERE NOT t.needs_set_role
			AND t.via <> CASE WHEN r.superuser THEN 'superuser' WHEN w.via IS NULL THEN 'predefined' ELSE ('{-,owner,direct,member,public}'::text[])[w.via] END",
		"$name: the best way is told");
	nothing($session, "
		SELECT t.*
		FROM (SELECT *, path[cardinality(path)] AS last FROM pg_temp.told_$edition) AS t
		JOIN pg_temp.roles AS r ON r.name = t.last
		LEFT JOIN pg_temp.grants AS g ON g.kind = t.kind AND g.object = t.object AND g.column_name IS NOT DISTINCT FROM t.column_name AND g.privilege = t.privilege
			AND g.grantee = CASE t.via WHEN 'public' THEN 'public' ELSE t.last END
		WHERE t.path[1] <> t.role OR cardinality(t.path) > 32
			OR (t.via IN ('owner', 'direct', 'public') OR (t.via = 'superuser' AND NOT t.needs_set_role)) <> (cardinality(t.path) = 1)
				AND NOT (t.via = 'predefined' AND t.path[1] ~ '^pg_')
			OR NOT CASE t.via
				WHEN 'superuser' THEN r.superuser
				WHEN 'predefined' THEN t.last ~ '^pg_(read_all_data|write_all_data|maintain)\$'
				ELSE g.grantee IS NOT NULL END",
		"$name: the path ends where the privilege comes from");
	# as many SET ROLE as possible, then inheriting
	nothing($session, "
		WITH paths AS (SELECT DISTINCT path, via, needs_set_role FROM (SELECT * FROM pg_temp.told_$edition UNION ALL SELECT * FROM pg_temp.told_system_$edition) AS t),
		steps AS (
			SELECT p.*, n, e.inherits, e.sets
			FROM paths AS p
			CROSS JOIN LATERAL generate_series(1, cardinality(p.path) - 1) AS n
			JOIN pg_temp.roles AS a ON a.name = p.path[n]
			JOIN pg_temp.roles AS b ON b.name = p.path[n + 1]
			LEFT JOIN (SELECT member, role, bool_or(inherits) AS inherits, bool_or(sets) AS sets FROM pg_temp.edges GROUP BY 1, 2) AS e
				ON e.member = a.oid AND e.role = b.oid
			-- the middle may be missing
			WHERE NOT (n = 16 AND cardinality(p.path) = 32)
		), turns AS (
			SELECT s.*, coalesce(min(s.n) FILTER (WHERE s.sets IS NOT TRUE) OVER (PARTITION BY path, via, needs_set_role), 1000) AS turn FROM steps AS s
		)
		SELECT * FROM turns
		WHERE CASE WHEN NOT needs_set_role THEN inherits
			WHEN via = 'superuser' THEN sets
			ELSE turn > 1 AND (n < turn OR inherits) END IS NOT TRUE",
		"$name: each step of a path is a membership of the right kind");
	if ($name =~ /\bseed 1:/)
	{
		is(answer($session, "SELECT max(cardinality(path)) FROM pg_temp.told_$edition"), 32, "$name: long paths lose their middle");
	}

	# Arguments
	foreach my $kind (@kinds)
	{
		nothing($session, differences($all_columns, "(SELECT * FROM pg_temp.told_$edition WHERE kind = '$kind') AS e", told("kind => '$kind'") . ' AS t'),
			"$name: kind => '$kind' gives its rows");
	}
	my $some = answered($session, q{SELECT oid FROM (SELECT oid, name, superuser, row_number() OVER (PARTITION BY superuser ORDER BY md5(name)) AS n FROM pg_temp.roles) AS r
		WHERE n <= CASE WHEN superuser THEN 1 ELSE 5 END OR name IN ('pg_database_owner', 'pg_read_all_data', 'rc_chain_3')});
	my %wrong;
	foreach my $role (map { "(SELECT name FROM pg_temp.roles WHERE oid = $_->{oid})" } @$some)
	{
		foreach my $part ([ $role, "told_$edition", 'true' ], [ "$role, 'system'", "told_system_$edition", 'true' ], [ "$role, 'table'", "told_$edition", "kind = 'table'" ])
		{
			my ($arguments, $table, $which) = @$part;
			my $rows = answered($session, differences($all_columns, "(SELECT * FROM pg_temp.$table WHERE role = $role AND $which) AS e", told($arguments) . ' AS t') . ' LIMIT 3');
			$wrong{$arguments} = $rows if @$rows;
		}
	}
	is_deeply(\%wrong, {}, "$name: for one role its rows");
	is((scalar grep { ($session->query("SELECT * FROM rds_guard.effective_privileges($_->[0])"))[1] =~ /ERROR:  \Q$_->[1]\E/ }
			[ q{'no such role'}, 'role "no such role" does not exist' ],
			[ q{kind => 'view'}, 'unrecognized kind of object: "view"' ]),
		2, "$name: no other role, no other kind");
	is(answer($session, q{SELECT count(*) FROM rds_guard.effective_privileges(kind => 'system') AS p
		WHERE p.kind = 'schema' AND p.object = (SELECT n.nspname FROM pg_namespace AS n WHERE n.oid = pg_my_temp_schema())}),
		0, "$name: nothing about the schema of the session itself");

	nothing($session, differences('*', 'pg_temp.summary AS e', "pg_temp.summary_$edition AS t"), "$name: privilege_summary() counts as the server does");
	note(sprintf('%s: examined in %.1f s', $name, time - $begin));
	return;
}

foreach my $seed (@seeds)
{
	my $name = "seed $seed";
	note($name);
	my $begin = time;
	sql($node, 'CREATE DATABASE random');
	my %variables = $seed == 1 ? (roles => 20, chain => 34) : (roles => 30);
	sql($node, join('', map { "\\set $_ $variables{$_}\n" } sort keys %variables) . "\\set seed $seed\n" . slurp_file("$tree/test/fixtures/random_cluster.sql"),
		dbname => 'random');
	# whom chance may not make
	sql($node, 'CREATE ROLE rc_asks NOINHERIT' . ($major >= 14 ? ' IN ROLE pg_read_all_data' : ''));
	# somebody's tables that go with their session
	my $other = session($node, dbname => 'random');
	must($other, 'CREATE TABLE pg_temp.theirs (id integer); CREATE SEQUENCE pg_temp.theirs_too; GRANT SELECT ON pg_temp.theirs TO rc_3 WITH GRANT OPTION')
	  if value($node, q{SELECT to_regrole('rc_3') IS NOT NULL}, dbname => 'random');

	install_plain($node, dbname => 'random');
	my $session = session($node, dbname => 'random');
	must($session, "\\set major $major\n" . slurp_file("$tree/test/fixtures/tap/privileges.sql"));
	must($session, 'ANALYZE');
	note(sprintf('%s: made and asked in %.1f s, %d roles, %d objects', $name, time - $begin,
			answer($session, 'SELECT count(*) FROM pg_temp.roles'), answer($session, 'SELECT count(*) FROM pg_temp.objects')));
	examine($session, "$name: edition sql", 'sql');

	must($session, 'DROP SCHEMA rds_guard CASCADE');
	must($session, 'CREATE EXTENSION rds_guard');
  SKIP:
	{
		skip 'edition c has no effective_privileges() yet', 1
		  unless answer($session, q{SELECT to_regprocedure('rds_guard.effective_privileges(name,text)') IS NOT NULL});
		examine($session, "$name: edition c", 'c');
		nothing($session, differences($all_columns, "pg_temp.told_$_->[0]sql AS e", "pg_temp.told_$_->[0]c AS t"), "$name: both editions say the same about $_->[1]")
		  foreach [ '', 'objects' ], [ 'system_', q{the system's objects} ];
		nothing($session, differences('*', 'pg_temp.memberships_sql AS e', 'pg_temp.memberships_c AS t'), "$name: both editions say the same about memberships");
	}
	$session->quit;
	$other->quit;
	sql($node, 'DROP DATABASE random');
	sql($node, slurp_file("$tree/test/fixtures/random_cluster_drop.sql"));
}

note("$compared comparisons");
if (!defined $ENV{RDS_GUARD_SEED})
{
	cmp_ok($compared, '>', 1_000_000, 'more than a million comparisons');
	is_deeply(
		[ sort keys %ways ],
		[ sort qw(superuser owner direct member public), 'SET ROLE, superuser', 'SET ROLE, member', $major >= 14 ? ('predefined', 'SET ROLE, predefined') : () ],
		'there were ways of all kinds');
}

$node->stop;
done_testing();

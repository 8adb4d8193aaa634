
# Whoever could write into our schema would run code as whoever reads the
# report. Installing therefore refuses a schema that somebody prepared, and
# takes back what default privileges of the installing role give to others.

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->start;
$node->safe_psql('postgres', 'CREATE ROLE mallory LOGIN; GRANT CREATE ON DATABASE postgres TO mallory');

# The SQLSTATE of an attempt, nothing when it succeeds.
sub attempt
{
	my ($sql) = @_;
	my ($status, undef, $err) = $node->psql('postgres', "\\set VERBOSITY sqlstate\n$sql");
	return $err =~ /ERROR:\s+(\w+)/ ? $1 : '';
}

$node->safe_psql('postgres', 'SET ROLE mallory; CREATE SCHEMA rds_guard');
is(attempt('CREATE EXTENSION rds_guard'), '42501', 'no installation into a schema of another role');

$node->safe_psql('postgres', <<'EOT');
ALTER SCHEMA rds_guard OWNER TO CURRENT_USER;
CREATE FUNCTION rds_guard.ident(name) RETURNS text LANGUAGE sql AS 'SELECT $1::text';
ALTER FUNCTION rds_guard.ident(name) OWNER TO mallory;
EOT
is(attempt('CREATE EXTENSION rds_guard'), '42501', 'nor into one with a function that fits better than ours');

$node->safe_psql('postgres', 'DROP FUNCTION rds_guard.ident(name); GRANT CREATE ON SCHEMA rds_guard TO mallory, PUBLIC');
$node->safe_psql('postgres', <<'EOT');
ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO mallory;
ALTER DEFAULT PRIVILEGES GRANT INSERT ON TABLES TO PUBLIC;
ALTER DEFAULT PRIVILEGES GRANT EXECUTE ON FUNCTIONS TO mallory WITH GRANT OPTION;
EOT
is(attempt('CREATE EXTENSION rds_guard'), '', 'an empty one of a superuser will do');

is( $node->safe_psql('postgres', q{
		SELECT has_schema_privilege('mallory', 'rds_guard', 'CREATE'),
			   has_schema_privilege('mallory', 'rds_guard', 'USAGE')}),
	'f|t', 'nobody else may create there');
is( $node->safe_psql('postgres', q{
		SELECT p.privilege
		FROM unnest('{SELECT,INSERT,UPDATE,DELETE,TRUNCATE,REFERENCES,TRIGGER}'::text[]) AS p (privilege)
		WHERE has_table_privilege('mallory', 'rds_guard.check_definitions', p.privilege)}),
	'SELECT', 'the registry is to be read only, whatever the default privileges say');
is( $node->safe_psql('postgres', q{
		SELECT count(*) FROM pg_proc AS p CROSS JOIN LATERAL aclexplode(p.proacl) AS a
		WHERE p.pronamespace = 'rds_guard'::regnamespace AND a.grantee = 'mallory'::regrole}),
	'0', 'nor may they open what is for pg_monitor');
is( attempt('SET ROLE mallory; SELECT count(*) FROM rds_guard.report()'),
	'42501', 'the report among it');

# Those who may write all data may not write what others run.
if ($node->safe_psql('postgres', q{SELECT count(*) FROM pg_roles WHERE rolname = 'pg_write_all_data'}))
{
	$node->safe_psql('postgres', 'GRANT pg_write_all_data TO mallory');
	is( attempt(q{SET ROLE mallory; UPDATE rds_guard.check_definitions SET rule = 'SELECT 1'}),
		'42501', 'pg_write_all_data does not reach a built-in check');
	is( attempt(q{SET session_replication_role = 'replica'; SET ROLE mallory; UPDATE rds_guard.check_definitions SET rule = 'SELECT 1'}),
		'42501', 'in a replica session neither');
}

is( $node->safe_psql('postgres', q{SELECT count(*) FROM rds_guard.report() WHERE status = 'error'}),
	'0', 'the report runs');

$node->stop;
done_testing();

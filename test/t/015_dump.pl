# What belongs to the site is dumped with the database and comes back: the
# values of the policy that it changed, its own checks, and its grants. In both
# editions, by the real pg_dump, in each of its formats.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../perl";

use PostgreSQL::Test::Utils;
use RdsGuard;
use Test::More;

my $node = server('dump');
my $folder = PostgreSQL::Test::Utils::tempdir();
sql($node, 'CREATE ROLE site LOGIN; CREATE ROLE monitor LOGIN IN ROLE pg_monitor; CREATE ROLE "b, ""c""" SUPERUSER');

my $changes = <<'EOT';
UPDATE rds_guard.policy SET value = '33.3' WHERE name = 'sprawl_share';
UPDATE rds_guard.policy SET value = '["b, \"c\"", "tab\tand \\ and \u00fc"]' WHERE name = 'superusers';
-- changed and changed back
UPDATE rds_guard.policy SET value = '7' WHERE name = 'sprawl_schemas';
UPDATE rds_guard.policy SET value = DEFAULT WHERE name = 'sprawl_schemas';
GRANT SELECT, UPDATE (value) ON rds_guard.policy TO site;
SELECT rds_guard.define_check('site_check', 'site', 'low', 'title', 'why', 'remedy', '{}', 'SELECT ''x'', NULL, NULL, NULL::jsonb');
EOT

# All that the site can see of it.
sub observe
{
	my (%to) = @_;
	return {
		policy => rows($node, 'SELECT * FROM rds_guard.policy ORDER BY name', %to),
		names => value($node, q{SELECT to_jsonb(rds_guard.policy_names('superusers'))::text}, %to),
		checks => value($node, q{SELECT string_agg(check_id || rule, ', ') FROM rds_guard.check_definitions WHERE NOT builtin}, %to),
		monitor => rows($node, q{SELECT status, object FROM rds_guard.report('{superuser_count,site_check}')}, %to, user => 'monitor'),
		triggers => rows($node, q{SELECT tgname, tgenabled, tgtype FROM pg_trigger
			WHERE tgrelid = 'rds_guard.policy'::regclass ORDER BY tgname}, %to),
		site => (try_sql($node, q{UPDATE rds_guard.policy SET value = '1' WHERE name = 'sprawl_minimum' RETURNING value;
			UPDATE rds_guard.policy SET value = DEFAULT WHERE name = 'sprawl_minimum'}, %to, user => 'site'))[1],
		refused => [ map { (try_sql($node, $_, %to))[2] =~ s/.*ERROR/ERROR/sr =~ s/\n.*//sr }
			q{UPDATE rds_guard.policy SET value = '"x"' WHERE name = 'owners'}, 'DELETE FROM rds_guard.policy' ],
	};
}

# dump(ARGUMENTS): the file that pg_dump makes of the database app
sub dump_app
{
	my ($name, @arguments) = @_;
	my $file = "$folder/$name";
	PostgreSQL::Test::Utils::system_or_bail('pg_dump', '-f', $file, @arguments, connection_string($node, dbname => 'app'));
	return $file;
}

# restore(FILE, DATABASE): without an error
sub restore
{
	my ($file, $database) = @_;
	if (-d $file || $file =~ /custom$/)
	{
		PostgreSQL::Test::Utils::system_or_bail('pg_restore', '--exit-on-error', '-j', '2', '-d', connection_string($node, dbname => $database), $file);
	}
	else
	{
		my ($status, undef, $err) = RdsGuard::psql($node, [ '-f', $file ], '', dbname => $database);
		is($err, '', "$file is restored") or die;
	}
	return;
}

foreach my $edition (qw(c sql))
{
	my %app = (dbname => 'app');
	sql($node, 'CREATE DATABASE app');
	$edition eq 'c' ? sql($node, 'CREATE EXTENSION rds_guard', %app) : install_plain($node, %app);
	my $shipped = value($node, 'SELECT count(*) FROM rds_guard.policy', %app);
	sql($node, $changes, %app);
	my $before = observe(%app);
	is($before->{names}, q{["b, \"c\"", "tab\tand \\\\ and ü"]}, "edition $edition: names are as they were given");
	is_deeply([ map { "$_->{status} $_->{object}" } @{ $before->{monitor} } ], [ 'fail x', 'waived "b, ""c"""' ], "edition $edition: the report goes by it");
	is_deeply($before->{refused},
		[ 'ERROR:  policy "owners" wants a list of role names such as ["one", "two"]', 'ERROR:  a policy cannot be deleted' ],
		"edition $edition: and wrong values are refused");
	is($before->{site}, '1', "edition $edition: who was given it may write");

	foreach my $dump ([ 'text' ], [ 'custom', '-Fc' ], [ 'folder', '-Fd' ], [ 'inserts', '--inserts' ], [ 'columns', '--column-inserts' ])
	{
		my $file = dump_app("$edition.$dump->[0]", @$dump[ 1 .. $#$dump ]);
		sql($node, 'CREATE DATABASE copy TEMPLATE template0');
		restore($file, 'copy');
		is_deeply(observe(dbname => 'copy'), $before, "edition $edition, $dump->[0]: everything is there again");
		no_errors(report($node, undef, dbname => 'copy'), "edition $edition, $dump->[0]: no check breaks");
		sql($node, 'DROP DATABASE copy');
	}

	# Only what the site changed is dumped of an extension, and it can be
	# loaded into one that is there already, over values of its own.
	if ($edition eq 'c')
	{
		my $text = slurp_file(dump_app('data', '--data-only'));
		my ($copied) = $text =~ /^COPY rds_guard\.policy .*?\n(.*?)^\\\.$/ms;
		is_deeply([ sort map { (split /\t/)[0] } split /\n/, $copied ], [qw(sprawl_share superusers)], 'of the extension only what was changed is dumped');
		sql($node, 'CREATE DATABASE copy TEMPLATE template0');
		sql($node, q{CREATE EXTENSION rds_guard; UPDATE rds_guard.policy SET value = '99' WHERE name = 'sprawl_share';
			UPDATE rds_guard.policy SET value = '5' WHERE name = 'sprawl_minimum'}, dbname => 'copy');
		restore("$folder/data", 'copy');
		is_deeply(rows($node, 'SELECT name, value FROM rds_guard.policy WHERE value <> shipped ORDER BY name', dbname => 'copy'),
			[ { name => 'sprawl_minimum', value => 5 }, { name => 'sprawl_share', value => 33.3 },
			  { name => 'superusers', value => [ 'b, "c"', "tab\tand \\ and ü" ] } ],
			'and loaded over what is there');
		is(value($node, 'SELECT count(*) FROM rds_guard.policy', dbname => 'copy'), $shipped, 'no row is there twice');
		sql($node, 'DROP DATABASE copy');
	}
	sql($node, 'DROP DATABASE app');
}

$node->stop;
done_testing();

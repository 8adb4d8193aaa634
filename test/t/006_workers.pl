# Processes without a client have no connection to examine: connection() says
# so with 0A000 and does not take the server down, in a logical apply worker,
# in a parallel worker and in an autovacuum worker, with and without library.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../perl";

use PostgreSQL::Test::Utils;
use RdsGuard;
use Test::More;

my $node = server('workers', conf => <<'END');
wal_level = logical
autovacuum_naptime = 1s
autovacuum_vacuum_cost_delay = 0
END
my $major = major($node);
my $postmaster = (split /\n/, slurp_file($node->data_dir . '/postmaster.pid'))[0];
sql($node, 'CREATE DATABASE pub; CREATE DATABASE c; CREATE DATABASE plain');
sql($node, 'CREATE EXTENSION rds_guard', dbname => 'c');
install_plain($node, dbname => 'plain');

# The table whose trigger asks in the worker what it can see there.
my $table = 'CREATE TABLE asked (id integer PRIMARY KEY, process text, sqlstate text, message text, statuses jsonb);';
my $trigger = <<'SQL';
CREATE FUNCTION ask() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	NEW.process := (SELECT backend_type FROM pg_catalog.pg_stat_activity WHERE pid = pg_catalog.pg_backend_pid());
	BEGIN
		PERFORM FROM rds_guard.connection();
		NEW.sqlstate := 'none';
	EXCEPTION
		WHEN OTHERS THEN
			NEW.sqlstate := SQLSTATE;
			NEW.message := SQLERRM;
	END;
	NEW.statuses := (SELECT pg_catalog.jsonb_object_agg(r.check_id, r.status) FROM rds_guard.report() AS r);
	RETURN NEW;
END
$$;
CREATE TRIGGER ask BEFORE INSERT ON asked FOR EACH ROW EXECUTE FUNCTION ask();
ALTER TABLE asked ENABLE ALWAYS TRIGGER ask;
SQL

#
# Logical replication within one cluster needs a slot that is made by hand.
#
sql($node, "$table CREATE PUBLICATION p FOR TABLE asked", dbname => 'pub');
foreach my $edition (qw(c plain))
{
	my $publisher = connection_string($node, dbname => 'pub');
	$publisher =~ s/'/''/g;
	sql($node, "SELECT pg_create_logical_replication_slot('s_$edition', 'pgoutput')", dbname => 'pub');
	sql($node, $table . $trigger, dbname => $edition);
	sql($node, "CREATE SUBSCRIPTION s_$edition CONNECTION '$publisher' PUBLICATION p WITH (create_slot = false, slot_name = 's_$edition', copy_data = false)",
		dbname => $edition);
}
sql($node, 'INSERT INTO asked VALUES (1)', dbname => 'pub');
foreach my $edition (qw(c plain))
{
	$node->poll_query_until($edition, 'SELECT count(*) = 1 FROM asked') or die 'nothing was replicated';
	my ($row) = @{ rows($node, 'SELECT * FROM asked', dbname => $edition) };
	is($row->{process} =~ /^logical replication (apply )?worker$/ ? 'apply worker' : $row->{process}, 'apply worker', "$edition: the trigger ran in the apply worker");
	is_deeply([ @$row{qw(sqlstate message)} ], [ '0A000', 'this process serves no client connection' ],
		"$edition: connection() raises 0A000 in the apply worker");
	is_deeply([ grep { $row->{statuses}{$_} eq 'error' } sort keys %{ $row->{statuses} } ], [], "$edition: report() breaks nowhere in the apply worker");
	is($row->{statuses}{tls_current_session}, 'not_applicable', "$edition: there is no session whose encryption could be judged");
	is(scalar(keys %{ $row->{statuses} }), value($node, q{SELECT count(*) FROM rds_guard.checks WHERE scope IN ('server', 'session')}, dbname => $edition),
		"$edition: and no check is missing");
	sql($node, "ALTER SUBSCRIPTION s_$edition DISABLE; ALTER SUBSCRIPTION s_$edition SET (slot_name = NONE); DROP SUBSCRIPTION s_$edition", dbname => $edition);
}

#
# A parallel worker: connection() is not parallel safe, so that the server does
# not run it there by itself; a function that lies about this does.
#
my $force = $major >= 16 ? 'debug_parallel_query' : 'force_parallel_mode';
is_deeply(
	rows($node, q{SELECT p.proname, p.proparallel FROM pg_proc AS p JOIN pg_language AS l ON l.oid = p.prolang
		WHERE p.pronamespace = 'rds_guard'::regnamespace AND l.lanname = 'c' AND p.proparallel = 's'}, dbname => 'c'),
	[], 'no function in C is parallel safe');
foreach my $edition (qw(c plain))
{
	sql($node, <<'SQL', dbname => $edition);
CREATE FUNCTION lie() RETURNS bigint PARALLEL SAFE LANGUAGE plpgsql AS $$
BEGIN
	RETURN (SELECT count(*) FROM rds_guard.connection());
END
$$;
SQL
	my (undef, undef, $error) = try_sql($node, "\\set VERBOSITY verbose\nSET $force = on; SELECT lie()", dbname => $edition);
	is(join(' ', $error =~ /ERROR:  (\w+): (this process serves no client connection)|(CONTEXT: .*)parallel worker/s ? ($1, $2) : $error),
		'0A000 this process serves no client connection', "$edition: connection() raises 0A000 in a parallel worker");
	is($error =~ /parallel worker/ ? 1 : 0, 1, "$edition: it really was one");
	is(sql($node, "SET $force = on; SELECT count(*) FROM rds_guard.connection()", dbname => $edition), '1',
		"$edition: connection() itself runs in the leader");
	no_errors(report($node, undef, dbname => $edition, options => "-c $force=on"),
		"$edition: report() breaks nowhere while the server makes everything parallel that it may");
}

#
# An autovacuum worker evaluates the expressions of indexes.
#
foreach my $edition (qw(c plain))
{
	my $before = log_size($node);
	sql($node, <<'SQL', dbname => $edition);
CREATE TABLE indexed (id integer) WITH (autovacuum_analyze_threshold = 1, autovacuum_analyze_scale_factor = 0);
CREATE FUNCTION in_worker(integer) RETURNS integer IMMUTABLE LANGUAGE plpgsql AS $$
BEGIN
	IF (SELECT backend_type FROM pg_catalog.pg_stat_activity WHERE pid = pg_catalog.pg_backend_pid()) = 'autovacuum worker' THEN
		BEGIN
			PERFORM FROM rds_guard.connection();
			RAISE LOG 'in autovacuum: no error';
		EXCEPTION
			WHEN OTHERS THEN
				RAISE LOG 'in autovacuum: %', SQLSTATE;
		END;
	END IF;
	RETURN $1;
END
$$;
CREATE INDEX ON indexed (in_worker(id));
INSERT INTO indexed SELECT generate_series(1, 100);
SQL
	$node->wait_for_log(qr/in autovacuum: /, $before);
	my ($said) = log_since($node, $before) =~ /in autovacuum: (\w+)/;
	is($said, '0A000', "$edition: connection() raises 0A000 in an autovacuum worker");
	sql($node, 'DROP TABLE indexed', dbname => $edition);
}

#
# The server is the same as in the beginning.
#
is((split /\n/, slurp_file($node->data_dir . '/postmaster.pid'))[0], $postmaster, 'the postmaster has not changed');
my $log = log_since($node, 0);
is(join("\n", $log =~ /^.*(?:was terminated by signal|terminating any other active server processes|PANIC|TRAP).*$/mg), '', 'no process died');

$node->stop;
done_testing();


# aws_report() on much and on odd input: 10,000 instances, 50 MB, a document
# that goes through psql as the README shows, in both editions, by a role
# without rights, in a read-only transaction and on time.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../perl";
use PostgreSQL::Test::Utils;
use RdsGuard;
use Test::More;
use Time::HiRes qw(time);

my $fixtures = "$FindBin::RealBin/../fixtures/aws";
my $node = server('aws', hba => "local all all trust\n");
sql($node, 'CREATE DATABASE plain');
sql($node, 'CREATE EXTENSION rds_guard; CREATE ROLE regress_developer LOGIN');
install_plain($node, dbname => 'plain');

# The same verdicts from both editions.
my %verdicts;
foreach my $name (qw(bootcamp hardened))
{
	foreach my $database (qw(postgres plain))
	{
		my $query = "\\set document `cat $fixtures/$name.json`\n"
		  . "SELECT f.status, f.check_id, f.object, f.detail, f.fix, f.evidence FROM rds_guard.aws_report(:'document', captured => '2026-03-01 12:00:00+00') AS f;\n";
		my ($status, $out, $err) = try_sql($node, $query, dbname => $database);
		is($err, '', "$name: no error in $database");
		$verdicts{$name}{$database} = $out;
		unlike($out, qr/^error/m, "$name: no check breaks in $database");
	}
	is($verdicts{$name}{plain}, $verdicts{$name}{postgres}, "$name: both editions say the same");
}
like($verdicts{bootcamp}{postgres}, qr/^fail\|aws_backup_disabled\|instance cruddur-db-instance\|/m, 'bootcamp: no backups');
unlike($verdicts{hardened}{postgres}, qr/^fail/m, 'hardened: nothing fails');

# Whatever is missing, null or of another type: no check breaks, and what fails
# does not pass for that.
foreach my $name (qw(bootcamp hardened))
{
	my $bent = sql($node, <<"EOT");
\\set document `cat $fixtures/$name.json`
CREATE TEMP TABLE whole AS SELECT :'document'::jsonb AS document;
CREATE TEMP TABLE bent AS
WITH RECURSIVE nodes (path, value) AS (
    SELECT '{}'::text[], :'document'::jsonb
    UNION ALL
    SELECT n.path || m.key, m.value
    FROM nodes AS n
    CROSS JOIN LATERAL (
        SELECT o.key, o.value FROM jsonb_each(CASE jsonb_typeof(n.value) WHEN 'object' THEN n.value ELSE '{}' END) AS o
        UNION ALL
        SELECT (a.n - 1)::text, a.value FROM jsonb_array_elements(CASE jsonb_typeof(n.value) WHEN 'array' THEN n.value ELSE '[]' END) WITH ORDINALITY AS a (value, n)) AS m
)
SELECT n.path, b.way, b.document
FROM nodes AS n
CROSS JOIN LATERAL (VALUES ('missing', :'document'::jsonb #- n.path), ('null', jsonb_set(:'document', n.path, 'null')),
                           ('of another type', jsonb_set(:'document', n.path, CASE jsonb_typeof(n.value) WHEN 'object' THEN '[]' WHEN 'array' THEN '{}' ELSE '{"odd": []}' END::jsonb))) AS b (way, document)
-- without its instances a document has none
WHERE n.path <> '{}' AND NOT (b.way = 'missing' AND n.path = '{DBInstances,0}')
      -- there, one way is enough
      AND ('$name' = 'bootcamp' OR b.way = 'of another type');
CREATE TEMP TABLE verdicts (path text[], way text, check_id text, statuses text[]);
DO \$\$
DECLARE
    b record;
BEGIN
    FOR b IN SELECT * FROM bent UNION ALL SELECT NULL, NULL, w.document FROM whole AS w LOOP
        BEGIN
            INSERT INTO verdicts
            SELECT b.path, b.way, f.check_id, array_agg(DISTINCT f.status)
            FROM rds_guard.aws_report(b.document, '{aws_network,aws_encryption,aws_backup,aws_access,aws_logging,aws_maintenance}', captured => '2026-03-01 12:00:00+00') AS f
            GROUP BY f.check_id;
        EXCEPTION WHEN invalid_parameter_value THEN
            NULL;
        END;
    END LOOP;
END
\$\$;
SELECT count(DISTINCT v.path) > 50 FROM verdicts AS v;
SELECT format('%s with %s %s: %s', v.check_id, v.path, v.way, v.statuses)
FROM verdicts AS v
JOIN verdicts AS whole ON whole.check_id = v.check_id AND whole.path IS NULL
WHERE 'error' = ANY (v.statuses) OR ('fail' = ANY (whole.statuses) AND NOT v.statuses && '{fail,unknown}')
ORDER BY 1;
EOT
	is($bent, 't', "$name: what is bent does not pass for that");
}

# For everybody, reading only.
my ($status, $out, $err) = try_sql($node,
	"BEGIN READ ONLY;\n\\set document `cat $fixtures/bootcamp.json`\nSELECT count(*) FILTER (WHERE f.status = 'fail') > 10, bool_or(f.status = 'error') FROM rds_guard.aws_report(:'document') AS f;\nCOMMIT;",
	user => 'regress_developer');
is($out, 't|f', 'a role without rights gets verdicts in a read-only transaction');
like(
	sql($node,
		"\\set document `cat $fixtures/bootcamp.json`\nSELECT DISTINCT f.fix FROM rds_guard.aws_report(:'document', '{aws_backup}') AS f WHERE f.status = 'unknown' AND f.fix LIKE 'GRANT %'",
		user => 'regress_developer'),
	qr/^GRANT SELECT ON rds_guard\.policy TO regress_developer;$/,
	'and is told what it may not read');

# Many instances: all in order but every hundredth.
my $many = <<'EOT';
CREATE TABLE many AS
SELECT jsonb_build_object('instances', jsonb_build_object('DBInstances', jsonb_agg(
           CASE WHEN g.n % 100 = 0 THEN :'bad'::jsonb #> '{DBInstances,0}' ELSE :'good'::jsonb #> '{instances,DBInstances,0}' END
           || jsonb_build_object('DBInstanceIdentifier', 'db-' || g.n, 'DBInstanceArn', 'arn:aws:rds:eu-west-1:123456789012:db:db-' || g.n, 'DbiResourceId', 'db-' || g.n, 'Padding', repeat('x', PADDING))
           ORDER BY g.n))) AS document
FROM generate_series(1, COUNT) AS g (n);
EOT

sub seconds_for
{
	my ($count, $padding) = @_;
	my $make = $many =~ s/COUNT/$count/r =~ s/PADDING/$padding/r;
	sql($node, "DROP TABLE IF EXISTS many;\n\\set bad `cat $fixtures/bootcamp.json`\n\\set good `cat $fixtures/hardened.json`\n$make");
	my $size = sql($node, 'SELECT length(m.document::text) FROM many AS m');
	my $start = time();
	my $found = sql($node,
		q{SELECT count(*) FILTER (WHERE f.check_id = 'aws_backup_disabled' AND f.status = 'fail'), bool_or(f.status = 'error')
		  FROM rds_guard.aws_report((SELECT m.document FROM many AS m), captured => '2026-03-01 12:00:00+00') AS f WHERE f.check_id ~ '^aws_'});
	my $seconds = time() - $start;
	is($found, $count / 100 . '|f', "$count instances, $size bytes: all that is wrong, in $seconds s");
	return ($seconds, $size);
}

my ($short) = seconds_for(1000, 0);
my ($long, $size) = seconds_for(10000, 1500);
cmp_ok($size, '>', 45_000_000, 'there are 50 MB');
cmp_ok($long, '<', 60, '10,000 instances in seconds');
cmp_ok($long, '<', 40 * ($short + 0.2), 'time does not grow with their square');

# It stops when it has to.
my $start = time();
($status, $out, $err) = try_sql($node, q{SET statement_timeout = '1s'; SELECT count(*) FROM rds_guard.aws_report((SELECT m.document FROM many AS m))});
like($err, qr/canceling statement due to statement timeout/, 'a timeout ends it');
cmp_ok(time() - $start, '<', 10, 'soon');

# What is no JSON of AWS.
foreach my $text ('', 'null text', '{"DBInstances": [', 'An error occurred (AccessDenied)', '"x"', '[1]', '{"a": {"b": "c"}}', '{"DBInstances": [{"Engine": "postgres"}]}')
{
	my $literal = $text =~ s/'/''/gr;
	($status, $out, $err) = try_sql($node, "SELECT count(*) FROM rds_guard.aws_report('$literal')");
	like($err, qr/ERROR:  (invalid input syntax for type json|document\S* (is a \w+, no document of Amazon's|has no DBInstanceIdentifier))/, "no document: $text");
}

done_testing();

# Roles belong to the whole server, databases have encodings: a name that is no
# text in this database's encoding ends no report.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../perl";

use RdsGuard;
use Test::More;

my $node = server('encoding');
sql($node, "CREATE DATABASE latin TEMPLATE template0 ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C'");
sql($node, qq{CREATE ROLE "andr\xc3\xa9" LOGIN SUPERUSER CREATEDB; CREATE ROLE plain LOGIN CREATEDB; CREATE DATABASE theirs OWNER "andr\xc3\xa9"}, dbname => 'latin');
sql($node, 'CREATE EXTENSION rds_guard', dbname => $_) foreach qw(postgres latin);
is(value($node, q{SELECT octet_length(rolname) FROM pg_roles WHERE rolname ~ '^andr'}), 5, 'a name of five bytes, which are no UTF8');

my ($status, $out, $err) = try_sql($node, q{SELECT count(*) FILTER (WHERE status = 'fail') > 3, count(*) FILTER (WHERE check_id = 'createdb_roles' AND object = 'plain') FROM rds_guard.report()});
is("$status $err", '0 ', 'the report comes to its end');
is($out, 't|1', 'and tells of the others');
like(sql($node, q{SELECT string_agg(object, ' ') FROM rds_guard.report('{superuser_count}')}, dbname => 'latin'), qr/\Qandr\E\xc3\xa9/, 'where the name is text it is told');
my $query = q{SELECT string_agg(fingerprint, ' ' ORDER BY fingerprint) FROM rds_guard.report('{createdb_roles}') WHERE object = 'plain'};
is(sql($node, $query), sql($node, $query, dbname => 'latin'), 'the key of a finding does not depend on the encoding');

# a name that ends in the midst of a character, as long as a name can be
my $long = 'x' x 61 . "\xc3\x82";
sql($node, qq{CREATE DATABASE "$long"}, dbname => 'latin');
is(sql($node, q{SELECT string_agg(DISTINCT object, ' ') FROM rds_guard.effective_privileges('plain', 'database') WHERE object ~ 'xxx'}),
	'U&"' . 'x' x 61 . '\\00c2"', 'and nothing is read beyond its end');

$node->stop;
done_testing();

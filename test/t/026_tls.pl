# The checks of what TLS offers: each fails in the plain and in the sneaky way,
# is silent on the harmless twin, and its fix is run on the server. Who may not
# see the settings is told what would help.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../perl";

use IPC::Run;
use PostgreSQL::Test::Utils;
use RdsGuard;
use Test::More;
use Time::HiRes qw(usleep);

my $files = PostgreSQL::Test::Utils::tempdir();
make_certificates($files);
openssl('req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:secp256k1', '-nodes', '-days', '30', '-subj', '/CN=koblitz',
	'-keyout', "$files/koblitz.key", '-out', "$files/koblitz.crt");
chmod 0600, "$files/koblitz.key" or die $!;
mkdir "$files/revoked" or die $!;

# ffdhe3072 of RFC 7919
append_to_file("$files/dh.pem", <<'END');
-----BEGIN DH PARAMETERS-----
MIIBiAKCAYEA//////////+t+FRYortKmq/cViAnPTzx2LnFg84tNpWp4TZBFGQz
+8yTnc4kmz75fS/jY2MMddj2gbICrsRhetPfHtXV/WVhJDP1H18GbtCFY2VVPe0a
87VXE15/V8k1mE8McODmi3fipona8+/och3xWKE2rec1MKzKT0g6eXq8CrGCsyT7
YdEIqUuyyOP7uWrat2DX9GgdT0Kj3jlN9K5W7edjcrsZCwenyO4KbXCeAvzhzffi
7MA0BM0oNC9hkXL+nOmFg/+OTxIy7vKBg8P+OxtMb61zO7X8vC7CIAXFjvGDfRaD
ssbzSibBsu/6iGtCOGEfz9zeNVs7ZRkDW7w09N75nAI4YbRvydbmyQd62R0mkff3
7lmMsPrBhtkcrv4TCYUTknC0EwyTvEN5RPT9RFLi103TZPLiHnH1S/9croKrnJ32
nuhtK8UiNjoNq8Uhl5sN6todv5pC1cRITgq80Gv6U93vPBsg7j/VnXwl5B0rZsYu
N///////////AgEC
-----END DH PARAMETERS-----
END

my $node = server('verdicts', listen => "127.0.0.1,$nowhere", hba => "local all all trust\nhostssl all all all trust", conf => <<"END");
ssl = on
ssl_cert_file = '$files/server.crt'
ssl_key_file = '$files/server.key'
END
my $major = major($node);
my $groups_setting = $major >= 18 ? 'ssl_groups' : 'ssl_ecdh_curve';
my @tls = (host => '127.0.0.1', sslmode => 'require');
my @plain = (dbname => 'plain');
sql($node, 'CREATE EXTENSION rds_guard');
sql($node, 'CREATE DATABASE plain');
install_plain($node, @plain);
foreach my $database ('postgres', 'plain')
{
	sql($node, <<'END', dbname => $database);
DO $$ BEGIN CREATE ROLE nosy LOGIN; CREATE ROLE monitor LOGIN; GRANT pg_monitor TO monitor; EXCEPTION WHEN duplicate_object THEN END $$;
GRANT EXECUTE ON FUNCTION rds_guard.report(text[]) TO nosy;
GRANT SELECT ON rds_guard.policy TO nosy;
END
}

sub finding
{
	my ($check, %to) = @_;
	return report($node, $check, %to)->[0];
}

# the names of the suites as a set, with their grades
sub suites
{
	return { map { $_->{name} => $_->{grade} } @{ rows($node, q{SELECT name, grade FROM rds_guard.tls_ciphers() WHERE kind = 'cipher'}) } };
}

sub is_weak
{
	return $_[0] =~ /^(weak|broken)$/;
}

# ciphers_mended(NAME, VALUE, KEEPS): the fix leaves no weak suite, and each other
sub ciphers_mended
{
	my ($name, $value, $keeps, %more) = @_;
	configure($node, ssl_ciphers => $value, %more);
	my $before = suites();
	my $finding = finding('tls_weak_ciphers');
	is("$finding->{status}: $finding->{object}", 'fail: ssl_ciphers', "$name: weak");
	my @weak = grep { is_weak($before->{$_}) } sort keys %$before;
	is_deeply([ grep { index($finding->{detail}, $_) < 0 } @weak ], [], "$name: each of " . @weak . ' suites is named');
	sql($node, $finding->{fix});
	reload($node);
	# after a reload only a TLS session knows what was loaded
	is(verdict($node, 'tls_weak_ciphers', @tls), 'pass', "$name: the fix mends it");
	my $after = suites();
	is_deeply([ grep { !$after->{$_} && !is_weak($before->{$_}) } sort keys %$before ], [], "$name: and keeps what was good") if $keeps;
	is((try_sql($node, 'SELECT', @tls, ssl_max_protocol_version => 'TLSv1.2'))[0], 0, "$name: clients with TLS 1.2 still come in");
	return $finding;
}

my $finding = ciphers_mended('defaults', undef, 1);
is($finding->{severity}, 'medium', 'defaults: weak is medium');
unlike($finding->{fix}, qr/!(3DES|aNULL:!kRSA:!aNULL)/, 'defaults: the fix names only what is there');
$finding = ciphers_mended('everything', 'ALL:COMPLEMENTOFALL:@SECLEVEL=0', 1);
is($finding->{severity}, 'high', 'everything: broken is high');
ciphers_mended('commas', 'HIGH,!aNULL', 1);
ciphers_mended('nothing else', 'AES128-SHA', 0);
foreach my $harmless ('ECDHE+AESGCM', 'HIGH:!aNULL:!kRSA:!3DES', 'DHE+AES')
{
	configure($node, ssl_ciphers => $harmless);
	is(verdict($node, 'tls_weak_ciphers', @tls), 'pass', "tls_weak_ciphers: $harmless");
}
is(verdict($node, 'tls_weak_ciphers', @plain), 'not_applicable', 'tls_weak_ciphers: without the library nobody can tell');
like(finding('tls_weak_ciphers', @plain)->{detail}, qr/nmap --script ssl-enum-ciphers/, 'tls_weak_ciphers: but what else to do');

# What the server refused to load is not what it uses; a session that began
# since then has the context that it does use.
configure($node, ssl_ciphers => 'nonsense');
$finding = finding('tls_weak_ciphers');
is($finding->{status}, 'unknown', 'a value that OpenSSL refuses: unknown');
like($finding->{detail}, qr/^the settings of TLS cannot be loaded.*ssl_ciphers: no cipher match/, 'and why');
is(verdict($node, 'tls_weak_ciphers', @tls), 'pass', 'in TLS the suites that are still in use are seen');
configure($node, ssl_ciphers => undef);

# A session in TLS does not judge by its own context once there is another.
my $session = session($node, @tls);
my $source = q{SELECT DISTINCT source, count(*) FROM rds_guard.tls_ciphers() WHERE key_exchange = 'RSA' GROUP BY 1};
like($session->query($source), qr/^running\|[1-9]/, 'a session in TLS sees its own context');
configure($node, ssl_ciphers => 'ECDHE+AESGCM');
is($session->query('SELECT 1; ' . q{SELECT string_agg(DISTINCT source, ' ') || count(*) FROM rds_guard.tls_ciphers() WHERE protocol = 'TLSv1.2' AND kind = 'cipher'}),
	"1\nsettings2", 'and after a reload what new ones get');
$session->quit;

# Rights
configure($node, ssl_ciphers => undef);
$finding = finding('tls_weak_ciphers', user => 'nosy');
is("$finding->{status} $finding->{fix}", 'unknown GRANT pg_read_all_settings TO nosy;', 'without pg_read_all_settings unknown');
is(verdict($node, 'tls_weak_ciphers', user => 'monitor'), 'fail: ssl_ciphers', 'a monitor sees it');
configure($node, ssl_dh_params_file => "$files/dh.pem");
is(finding('tls_weak_ciphers', user => 'monitor')->{fix}, 'GRANT pg_read_server_files TO monitor;', 'but not the strength of parameters in a file');
is(value($node, q{SELECT string_agg(name || ' ' || bits, ',') FROM rds_guard.tls_ciphers() WHERE name ~ '^DH '}), 'DH 3072 bits 128', 'which a superuser does');
configure($node, ssl_dh_params_file => "$files/server.crt");
is(value($node, q{SELECT string_agg(name || ' ' || bits, ',') FROM rds_guard.tls_ciphers() WHERE name ~ '^DH '}), 'DH 2048 bits 112', 'a file without any means those built in');
configure($node, ssl_dh_params_file => undef);

#
# Key exchange
#
is(verdict($node, 'tls_weak_key_exchange', @tls), 'pass', 'tls_weak_key_exchange: the defaults');
configure($node, $groups_setting => 'prime192v1', ssl_ciphers => 'ECDHE+AES:@SECLEVEL=0');
# OpenSSL 1.1.1 takes it for TLS 1.3, too
my $only_old = value($node, 'SELECT version FROM rds_guard.openssl()') =~ /^OpenSSL 1[.]/ ? '' : 'TLSv1.3 | ';
is(verdict($node, 'tls_weak_key_exchange'), "fail: $only_old$groups_setting", 'tls_weak_key_exchange: a weak curve, which TLS 1.3 does not have');
sql($node, $_->{fix}) foreach grep { $_->{fix} } @{ report($node, 'tls_weak_key_exchange') };
reload($node);
is(verdict($node, 'tls_weak_key_exchange', @tls), 'pass', 'tls_weak_key_exchange: the fix mends it');
configure($node, $groups_setting => 'secp384r1', ssl_ciphers => undef);
is(verdict($node, 'tls_weak_key_exchange', @tls), 'pass', 'tls_weak_key_exchange: a stronger curve');
if ($major >= 18)
{
	configure($node, $groups_setting => 'X25519:prime192v1', ssl_ciphers => 'ECDHE+AES:@SECLEVEL=0');
	is(verdict($node, 'tls_weak_key_exchange'), "fail: $groups_setting", 'tls_weak_key_exchange: one of several');
}
configure($node, $groups_setting => undef, ssl_ciphers => undef, ssl_cert_file => "$files/koblitz.crt", ssl_key_file => "$files/koblitz.key");
is(verdict($node, 'tls_weak_key_exchange'), 'fail: TLSv1.3', 'tls_weak_key_exchange: a key that keeps TLS 1.3 away');
is((try_sql($node, 'SELECT', @tls, ssl_min_protocol_version => 'TLSv1.3'))[0], 2, 'and really does');
configure($node, ssl_max_protocol_version => 'TLSv1.2');
# psql does not take that key: what is in force a new start tells
$node->restart;
is(verdict($node, 'tls_weak_key_exchange'), 'pass', 'tls_weak_key_exchange: where TLS 1.3 is not asked for');
configure($node, ssl_max_protocol_version => undef, ssl_cert_file => "$files/server.crt", ssl_key_file => "$files/server.key");

#
# Versions: the same in both editions, but that without the library nobody knows
# what of the settings of TLS was loaded at a reload
#
my %of_tls = map { $_ => 1 } qw(tls_min_protocol tls_max_protocol_capped tls_prefer_server_ciphers);

sub in_both
{
	my ($check, $expected, $name) = @_;
	my $takes_tls = $expected eq 'pass' && $of_tls{$check};
	is_deeply([ verdict($node, $check, $takes_tls ? @tls : ()), verdict($node, $check, @plain) ],
		[ $expected, $takes_tls ? 'unknown' : $expected ], "$check: $name");
	return;
}

sub mends
{
	my ($check, $name) = @_;
	sql($node, $_->{fix}) foreach @{ report($node, $check) };
	reload($node);
	in_both($check, 'pass', $name);
	return;
}

in_both('tls_max_protocol_capped', 'pass', 'by default nothing is');
foreach my $cap ('TLSv1.2', 'TLSv1.1')
{
	configure($node, ssl_max_protocol_version => $cap, ssl_min_protocol_version => $cap);
	in_both('tls_max_protocol_capped', 'fail: ssl_max_protocol_version', $cap);
}
mends('tls_max_protocol_capped', 'the fix mends it');
configure($node, ssl_max_protocol_version => 'TLSv1.3', ssl_min_protocol_version => undef);
in_both('tls_max_protocol_capped', 'pass', 'TLSv1.3 caps nothing');

in_both('tls_min_protocol', 'pass', 'TLSv1.2 will do');
configure($node, ssl_max_protocol_version => 'TLSv1.1');
in_both('tls_min_protocol', 'fail: ssl_max_protocol_version', 'a maximum below the minimum is refused');
is(finding('tls_weak_ciphers')->{status}, 'unknown', 'with which nothing can be loaded');
is(value($node, 'SELECT protocol FROM rds_guard.connection()', @tls), 'TLSv1.3', 'so that the server goes on as it was');
mends('tls_min_protocol', 'the fix mends it');
sql($node, q{UPDATE rds_guard.policy SET value = '3' WHERE name = 'tls_minimum_version'}, dbname => $_) foreach 'postgres', 'plain';
in_both('tls_min_protocol', 'fail: ssl_min_protocol_version', 'a policy may ask for TLSv1.3');
mends('tls_min_protocol', 'which the fix sets');
is((try_sql($node, 'SELECT', @tls, ssl_max_protocol_version => 'TLSv1.2'))[0], 2, 'and the server then demands');
sql($node, q{UPDATE rds_guard.policy SET value = DEFAULT}, dbname => $_) foreach 'postgres', 'plain';
configure($node, ssl_min_protocol_version => undef, ssl_max_protocol_version => undef);

configure($node, ssl_prefer_server_ciphers => 'off');
in_both('tls_prefer_server_ciphers', 'fail: ssl_prefer_server_ciphers', 'off');
is(verdict($node, 'tls_prefer_server_ciphers', user => 'nosy'), 'fail: ssl_prefer_server_ciphers', 'tls_prefer_server_ciphers: everybody may know');
mends('tls_prefer_server_ciphers', 'the fix mends it');
is_deeply([ map { finding($_, user => 'nosy')->{status} } 'tls_min_protocol', 'tls_max_protocol_capped', 'tls_weak_key_exchange' ],
	[ ('unknown') x 3 ], 'versions and groups not everybody may see');

SKIP:
{
	skip 'this server has no gss_accept_delegation', 3 if $major < 16;
	my (undef, undef, $refused) = try_sql($node, q{ALTER SYSTEM SET gss_accept_delegation = 'on'});
	skip 'this server was built without GSSAPI', 3 if $refused;
	reload($node);
	in_both('gss_accept_delegation', 'fail: gss_accept_delegation', 'on');
	mends('gss_accept_delegation', 'the fix mends it');
	is(verdict($node, 'gss_accept_delegation', user => 'nosy'), 'pass', 'gss_accept_delegation: everybody may know');
}

#
# Certificates of clients
#
my $local = "local all all trust\n";
configure($node, ssl_ca_file => "$files/server_ca.crt");
in_both('tls_client_ca_crl', 'pass', 'no line asks for a certificate');
foreach my $line ('hostssl all all 127.0.0.1/32 cert', 'hostssl all nosy 127.0.0.1/32 scram-sha-256 clientcert=verify-full', 'hostssl all nosy all trust clientcert=verify-ca')
{
	set_hba($node, $local . "host all all 127.0.0.2/32 md5\n$line");
	in_both('tls_client_ca_crl', 'fail: ssl_crl_file', $line);
}
like(finding('tls_client_ca_crl')->{detail}, qr/^1 line\(s\) .* the first is line 3,/, 'tls_client_ca_crl: says where');
is(finding('tls_client_ca_crl', user => 'nosy')->{status}, 'unknown', 'tls_client_ca_crl: not everybody may see the lines');
if ($major >= 14)
{
	configure($node, ssl_crl_dir => "$files/revoked");
	in_both('tls_client_ca_crl', 'unknown', 'with a folder of lists, which the server may not have loaded');
	configure($node, ssl_crl_dir => undef);
}
set_hba($node, $local);

#
# OpenSSL itself, and the limits of connections
#
is(verdict($node, 'fips_mode', @plain), 'not_applicable', 'fips_mode: without the library nobody can tell');
in_both('connection_slots_reserved', 'pass', 'as it comes');
in_both('idle_session_limits', 'fail: idle_in_transaction_session_timeout', 'no limit by default');
mends('idle_session_limits', 'the fix mends it');
configure($node, idle_in_transaction_session_timeout => '2h');
in_both('idle_session_limits', 'fail: idle_in_transaction_session_timeout', 'too long a limit is none');
sql($node, q{ALTER SYSTEM SET superuser_reserved_connections = 0});
sql($node, q{GRANT pg_use_reserved_connections TO monitor}) if $major >= 16;
$node->restart;
in_both('connection_slots_reserved', $major >= 16 ? 'fail: reserved_connections | superuser_reserved_connections' : 'fail: superuser_reserved_connections', 'none for superusers');
sql($node, s/ -- then restart.*//r) foreach map { $_->{fix} } @{ report($node, 'connection_slots_reserved') };
$node->restart;
in_both('connection_slots_reserved', 'pass', 'the fix mends it');

my @sessions = map { session($node, user => 'nosy', application_name => "tool $_") } 1 .. 5;
in_both('shared_account_many_clients', 'fail: nosy', 'five applications of one role');
is(finding('shared_account_many_clients')->{severity}, 'info', 'shared_account_many_clients: for information');
$_->quit foreach @sessions;

$node->stop;

#
# What the server refused to load at a reload
#
my $folder = PostgreSQL::Test::Utils::tempdir();
make_certificates($folder);
# from the same authority: another key, and the server's own for 4 days
openssl('req', '-newkey', 'rsa:2048', '-nodes', '-subj', '/CN=server.example', '-keyout', "$folder/other.key", '-out', "$folder/other.csr");
foreach my $made ([ 'other', 'other', 400 ], [ 'server', 'four_days', 4 ])
{
	my ($request, $name, $days) = @$made;
	openssl('x509', '-req', '-sha256', '-days', $days, '-in', "$folder/$request.csr", '-set_serial', 7 + $days, '-extfile', "$folder/server.ext",
		'-CA', "$folder/server_ca.crt", '-CAkey', "$folder/server_ca.key", '-out', "$folder/$name.crt");
}
$node = server('refused', listen => "127.0.0.1,$nowhere", hba => "local all all trust\nhostssl all all all trust", start => 0, conf => <<"END");
ssl = on
ssl_cert_file = '$folder/server.crt'
ssl_key_file = '$folder/server.key'
ssl_ciphers = 'ECDHE+AESGCM'
END
# times of files have whole seconds
sleep 2;
$node->start;
sql($node, 'CREATE EXTENSION rds_guard; CREATE DATABASE plain; CREATE ROLE monitor LOGIN IN ROLE pg_monitor');
install_plain($node, @plain);
# which reloads
$node->restart;

my @of_settings = qw(tls_max_protocol_capped tls_min_protocol tls_prefer_server_ciphers);
my @of_library = qw(tls_cert_expiry tls_cert_weak tls_weak_ciphers tls_weak_key_exchange);
my $tls_hint = 'Run the report over a new TLS connection.';

# all_are(NAME, VERDICT, CHECKS, CONNECTION)
sub all_are
{
	my ($name, $expected, $checks, %to) = @_;
	is_deeply(verdicts($node, $checks, %to), { map { $_ => $expected } @$checks }, $name);
	return;
}

all_are('never reloaded: the settings are in force', 'pass', [ 'tls_server_disabled', @of_settings, @of_library ]);
all_are('never reloaded: also without the library', 'pass', [ 'tls_server_disabled', @of_settings ], @plain);
all_are('never reloaded: and for a monitor', 'pass', [ 'tls_server_disabled', @of_settings, 'tls_weak_ciphers' ], user => 'monitor');
reload($node);
all_are('reloaded with nothing changed: they still are', 'pass', [ 'tls_server_disabled', @of_settings, @of_library ]);
all_are('reloaded with nothing changed: also without the library', 'pass', [ 'tls_server_disabled', @of_settings ], @plain);
all_are('reloaded: who may not look at files cannot tell', 'unknown', [@of_settings], user => 'monitor');
is(finding('tls_min_protocol', user => 'monitor')->{remedy}, $tls_hint, 'reloaded: and is told what would');
all_are('reloaded: which does', 'pass', [ 'tls_server_disabled', @of_settings, 'tls_weak_ciphers' ], user => 'monitor', @tls);
$session = session($node, @tls);
configure($node, work_mem => '5MB');
all_are('a setting was changed: which cannot be seen', 'unknown', [ @of_settings, @of_library ]);
like(finding('tls_min_protocol', @plain)->{remedy}, qr/"SSL configuration was not reloaded"/, 'a setting was changed: without the library the log tells');
all_are('a setting was changed: a new TLS session tells', 'pass', [ 'tls_server_disabled', @of_settings, @of_library ], @tls);
is($session->query(q{SELECT string_agg(DISTINCT status::text, ',') FROM rds_guard.report('{tls_min_protocol,tls_cert_expiry}')}), 'unknown', 'a setting was changed: an older one does not');
$session->quit;
is(verdict($node, 'tls_server_disabled'), $major >= 17 ? 'pass' : 'unknown', 'a setting was changed: whether there is TLS a session knows from 17 on');
$session = session($node, @tls);
all_are('a TLS session of somebody shows that there is TLS', 'pass', ['tls_server_disabled'], %$_) foreach {}, {@plain};
$session->quit;

# s_client(ARGUMENTS): the protocol and suite that it gets
sub s_client
{
	my ($out, $err) = ('', '');
	IPC::Run::run [ 'openssl', 's_client', '-starttls', 'postgres', '-connect', '127.0.0.1:' . $node->port, @_ ], '<', \'', '>', \$out, '2>', \$err;
	return join ' ', $out =~ /^New, (\S+), Cipher is (\S+)/m;
}

# strict settings beside a certificate that does not fit the key
my @old = ('-tls1', '-cipher', 'ALL:@SECLEVEL=0');
configure($node, ssl_ciphers => 'ALL:@SECLEVEL=0', ssl_min_protocol_version => 'TLSv1', ssl_prefer_server_ciphers => 'off', ssl_cert_file => "$folder/four_days.crt");
like(s_client(@old), qr/^(TLSv1|SSLv3)(\.0)? \S+SHA/, 'weak settings: a client gets TLS 1.0');
my $before = log_size($node);
configure($node, ssl_ciphers => 'ECDHE+AESGCM', ssl_min_protocol_version => undef, ssl_prefer_server_ciphers => undef, ssl_cert_file => "$folder/other.crt");
like(log_since($node, $before), qr/SSL configuration was not reloaded/, 'refused: says the log');
like(s_client(@old), qr/^(TLSv1|SSLv3)(\.0)? \S+SHA/, 'refused: a client still gets TLS 1.0');
all_are('refused: nothing passes from the socket', 'unknown', [ @of_settings[ 1, 2 ], @of_library ]);
all_are('refused: nor without the library', 'unknown', [@of_settings], @plain);
is_deeply(
	verdicts($node, [ 'tls_server_disabled', @of_settings, 'tls_cert_expiry', 'tls_cert_weak', 'tls_weak_ciphers' ], @tls),
	{
		tls_server_disabled => 'pass', tls_max_protocol_capped => 'pass', tls_min_protocol => 'fail: TLS in force', tls_prefer_server_ciphers => 'fail: TLS in force',
		tls_cert_expiry => "fail: the loaded chain's certificate 1", tls_cert_weak => "fail: $folder/other.crt certificate 1", tls_weak_ciphers => 'fail: ssl_ciphers'
	},
	'refused: a TLS session sees what is in force');
like(finding('tls_min_protocol', @tls)->{detail}, qr/goes on with older ones that accept TLSv1; its log says why$/, 'refused: and says it');
# what fails by what the settings say stays a failure
configure($node, ssl_min_protocol_version => 'TLSv1.1');
in_both('tls_min_protocol', 'fail: ssl_min_protocol_version', 'refused: a weak setting is one');
configure($node, ssl_min_protocol_version => undef, ssl_cert_file => "$folder/server.crt");
all_are('loaded again: a TLS session sees it', 'pass', [ @of_settings, @of_library ], @tls);

# a list of revoked certificates that is not there
configure($node, ssl_ca_file => "$folder/server_ca.crt");
set_hba($node, "local all all trust\nhostssl all all 127.0.0.1/32 trust\nhostssl all all all cert");
is(verdict($node, 'tls_client_ca_crl'), 'fail: ssl_crl_file', 'no list of revoked certificates');
configure($node, ssl_crl_file => "$folder/nowhere.crl");
in_both('tls_client_ca_crl', 'unknown', 'one that is not there, seen from the socket');
is(verdict($node, 'tls_client_ca_crl', @tls), 'fail: ssl_crl_file', 'one that is not there, seen from a TLS session');
my @list = ('ca', '-config', ca_configuration($folder), '-gencrl', '-keyfile', "$folder/server_ca.key", '-cert', "$folder/server_ca.crt");
openssl(@list, '-crldays', 30, '-out', "$folder/list.crl");
is(finding('tls_crl_expired')->{detail}, "the list cannot be used: could not read certificate file \"$folder/nowhere.crl\": No such file or directory", 'tls_crl_expired: one that is not there');
configure($node, ssl_crl_file => "$folder/list.crl");
is(verdict($node, 'tls_client_ca_crl', @tls), 'pass', 'one that is there');

# one that ends
is(verdict($node, 'tls_crl_expired', @tls), 'pass', 'tls_crl_expired: one that lasts');
is(verdict($node, 'tls_crl_expired'), 'unknown', 'tls_crl_expired: which the server may have refused, seen from the socket');
is(verdict($node, 'tls_crl_expired', @plain), 'not_applicable', 'tls_crl_expired: without the library nobody looks');
is(finding('tls_crl_expired', user => 'monitor')->{status}, 'unknown', 'tls_crl_expired: nor a monitor');
like(finding('tls_crl_expired', user => 'monitor')->{fix}, qr/^GRANT pg_read_server_files TO monitor;/, 'tls_crl_expired: which is told why');
usleep(1_100_000);
openssl(@list, '-crlhours', 30, '-out', "$folder/list.crl");
my $ends = finding('tls_crl_expired');
like($ends->{detail}, qr/^the list was changed at .*, after the server last read it$/, 'tls_crl_expired: one that was renewed');
sql($node, $ends->{fix});
reload($node);
$ends = finding('tls_crl_expired');
like("$ends->{severity} $ends->{object}: $ends->{detail}", qr/^medium \Q$folder\E\/list[.]crl: the list ends at /, 'tls_crl_expired: the fix mends it, but it ends soon');
openssl(@list, '-crldays', 30, '-out', "$folder/second.crl");
write_file($node, 'both.crl', slurp_file("$folder/second.crl") . slurp_file("$folder/list.crl"));
configure($node, ssl_crl_file => 'both.crl');
is(verdict($node, 'tls_crl_expired'), 'fail: both.crl', 'tls_crl_expired: the second of a file');
openssl(@list, '-crlsec', 1, '-out', "$folder/list.crl");
usleep(2_100_000);
configure($node, ssl_crl_file => "$folder/list.crl");
$ends = finding('tls_crl_expired');
like("$ends->{severity} $ends->{detail}", qr/^high the list ended at .*: whoever comes with a certificate is refused$/, 'tls_crl_expired: one that has ended');
# one whose end is missing, behind a good one
write_file($node, 'cut.crl', slurp_file("$folder/second.crl") . substr(slurp_file("$folder/second.crl"), 0, -30));
my $log_before = log_size($node);
configure($node, ssl_crl_file => 'cut.crl');
like(log_since($node, $log_before), qr/could not load SSL certificate revocation list file "cut.crl"/, 'a list that was cut off: the server refuses the file');
is(finding('tls_crl_expired')->{detail}, 'the list cannot be used: could not read a list of revoked certificates in file "cut.crl"', 'tls_crl_expired: a list that was cut off');
write_file($node, 'none.crl', slurp_file("$folder/server_ca.crt"));
configure($node, ssl_crl_file => 'none.crl');
is(finding('tls_crl_expired')->{detail}, 'the list cannot be used: there is no list in PEM form in it', 'tls_crl_expired: a certificate is no list');
if ($major >= 14)
{
	configure($node, ssl_crl_file => undef, ssl_crl_dir => "$folder/nowhere");
	like(finding('tls_crl_expired')->{detail}, qr/^the list cannot be used: .* No such file or directory$/, 'tls_crl_expired: a folder that is not there');
	mkdir "$folder/lists";
	configure($node, ssl_crl_file => undef, ssl_crl_dir => "$folder/lists");
	is(verdict($node, 'tls_crl_expired'), "fail: $folder/lists", 'tls_crl_expired: a folder without lists');
	link "$folder/second.crl", "$folder/lists/other.crl";
	is(verdict($node, 'tls_crl_expired'), "fail: $folder/lists", 'tls_crl_expired: OpenSSL does not find it by this name');
	link "$folder/second.crl", "$folder/lists/89abcdef.r0";
	is(verdict($node, 'tls_crl_expired', @tls), 'pass', 'tls_crl_expired: but by this');
	link "$folder/list.crl", "$folder/lists/0123abcd.r0";
	is(verdict($node, 'tls_crl_expired'), "fail: $folder/lists/0123abcd.r0", 'tls_crl_expired: one that has ended in a folder');
	configure($node, ssl_crl_dir => undef);
}
configure($node, ssl_crl_file => undef);

# ca_configuration(FOLDER): a file for "openssl ca"
sub ca_configuration
{
	my ($place) = @_;
	append_to_file("$place/index.txt", '');
	append_to_file("$place/ca.cnf", "[ca]\ndefault_ca = any\n[any]\ndatabase = $place/index.txt\ndefault_md = sha256\n");
	return "$place/ca.cnf";
}

# started without TLS, which a reload with the wrong certificate was to bring
configure($node, ssl => 'off', ssl_cert_file => "$folder/other.crt");
is((try_sql($node, 'SELECT', @tls))[0], 2, 'off: no client gets TLS');
configure($node, ssl => 'on');
like((try_sql($node, 'SELECT', @tls))[2], qr/server does not support SSL/, 'on, but refused: no client gets TLS');
is(verdict($node, 'tls_server_disabled'), $major >= 17 ? 'fail: ssl' : 'unknown', 'on, but refused: that is a failure, before 17 unknown');
is(verdict($node, 'tls_server_disabled', @plain), 'unknown', 'on, but refused: unknown without the library');
configure($node, ssl_cert_file => "$folder/server.crt");
is(verdict($node, 'tls_server_disabled', @tls), 'pass', 'loaded at last');

$node->stop;
done_testing();

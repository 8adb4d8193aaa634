# The files that the server relies on: real ones of each mode, behind links and
# below folders that are open or shut; who may ask; and what the two checks
# about them say.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../perl";

use File::Temp;
use IO::Socket::UNIX;
use JSON::PP;
use POSIX ();
use PostgreSQL::Test::Utils;
use RdsGuard;
use Test::More;

# The tests' own folders are closed to others, so this one lies in /tmp itself.
my $top = File::Temp::tempdir('rds_guard_files_XXXXXX', DIR => '/tmp', CLEANUP => 1);
chmod 0755, $top;
plan skip_all => '/tmp is no place that others get to' if (stat '/tmp')[2] % 01000 != 0777;

my $node = server('files', listen => '127.0.0.1', start => 0);
my $data = $node->data_dir;
my $etc = "$top/etc";
my $private = "$top/private";
mkdir $_ foreach $etc, $private;
make_certificates($private);
unlink "$private/server_ca.key";

# As Debian has it: the configuration in a folder that everybody may enter.
write_file("$etc/pg_hba.conf", "local all all trust\n", 0640);
write_file("$etc/pg_ident.conf", '', 0640);
write_file("$etc/extra.conf", "work_mem = 5MB\n", 0644);
write_file("$etc/users.conf", "local all nobody trust\n", 0640);
$node->append_conf('postgresql.conf', <<"END");
hba_file = '$etc/pg_hba.conf'
ident_file = '$etc/pg_ident.conf'
include '$etc/extra.conf'
ssl = on
ssl_cert_file = '$private/server.crt'
ssl_key_file = '$private/server.key'
ssl_ca_file = '$private/server_ca.crt'
END
$node->start;
my $major = major($node);
sql($node, 'CREATE EXTENSION rds_guard');
sql($node, "CREATE DATABASE plain");
install_plain($node, dbname => 'plain');

# write_file(PATH, TEXT, MODE)
sub write_file
{
	my ($path, $text, $mode) = @_;
	open my $out, '>', $path or die "$path: $!";
	print $out $text;
	close $out;
	chmod $mode, $path or die "$path: $!";
	return;
}

sub text_array
{
	return 'ARRAY[' . join(',', map { "E'" . s/(['\\])/$1$1/gr =~ s/\n/\\n/gr =~ s/\e/\\x1B/gr . "'" } @_) . ']::text[]';
}

# What file_modes() says of one path, without what is NULL.
sub seen
{
	my ($path, %to) = @_;
	my $row = rows($node, 'SELECT * FROM rds_guard.file_modes(' . text_array($path) . ')', %to)->[0];
	delete @$row{ grep { !defined $row->{$_} } keys %$row };
	return $row;
}

# says(NAME, PATH, COLUMN => VALUE, ...): these columns, undef for NULL
sub says
{
	my ($name, $path, %expected) = @_;
	my $seen = seen($path);
	return is_deeply({ map { $_ => $seen->{$_} } keys %expected }, \%expected, $name);
}

#
# Files of each mode in folders of each mode
#
my ($uid, $gid) = ($<, (split ' ', $))[0]);
write_file("$top/file", 'x', 0600);
is_deeply(seen("$top/file"),
	{   path => "$top/file", kind => 'file', uid => $uid, gid => $gid + 0, owner => 'server', group_owner => 'server',
		mode => '0600', is_symlink => 0, readable_by => 'owner', writable_by => 'owner' },
	'a file of the server\'s own: everything there is to say');
foreach my $case (
	[ 0600, 'owner', 'owner' ], [ 0400, 'owner', 'owner' ], [ 0640, 'group', 'owner' ], [ 0620, 'owner', 'group' ],
	[ 0660, 'group', 'group' ], [ 0644, 'world', 'owner' ], [ 0604, 'world', 'owner' ], [ 0602, 'owner', 'world' ],
	[ 0666, 'world', 'world' ], [ 0000, 'owner', 'owner' ], [ 04755, 'world', 'owner' ])
{
	my ($mode, $readable, $writable) = @$case;
	chmod $mode, "$top/file";
	my $octal = sprintf '%04o', $mode;
	says("mode $octal", "$top/file", mode => $octal, readable_by => $readable, writable_by => $writable, closed_by => undef);
}

mkdir "$top/outer";
mkdir "$top/outer/inner";
write_file("$top/outer/inner/file", 'x', 0666);
foreach my $case (
	[ 0755, 'world', 0 ], [ 0711, 'world', 0 ], [ 0701, 'world', 0 ], [ 0750, 'group', 1 ], [ 0710, 'group', 1 ],
	[ 0740, 'owner', 1 ], [ 0700, 'owner', 1 ], [ 0744, 'owner', 1 ])
{
	my ($mode, $reach, $closed) = @$case;
	chmod $mode, "$top/outer";
	says(sprintf('a file that all may write, two folders below one of mode %04o', $mode), "$top/outer/inner/file",
		mode => '0666', readable_by => $reach, writable_by => $reach, closed_by => $closed ? "$top/outer" : undef);
}
chmod 0750, "$top/outer";
chmod 0700, "$top/outer/inner";
says('the folder that closes more', "$top/outer/inner/file", readable_by => 'owner', closed_by => "$top/outer/inner");
chmod 0755, "$top/outer";
chmod 0755, "$top/outer/inner";
chmod 0, "$top/outer";
says('what the account itself may not look at', "$top/outer/inner/file", kind => 'unknown', problem => 'permission denied', mode => undef, readable_by => undef);
chmod 0755, "$top/outer";

#
# Kinds
#
says('a folder', "$top/outer", kind => 'directory', mode => '0755');
says('a folder with a slash at its end', "$top/outer/", kind => 'directory');
says('the folder above all', '/', kind => 'directory', owner => 'root', open_folder => undef);
POSIX::mkfifo("$top/pipe", 0644);
says('a pipe, which is not opened', "$top/pipe", kind => 'other');
my $socket = IO::Socket::UNIX->new(Local => "$top/socket", Listen => 1);
chmod 0777, "$top/socket";
says('a socket', "$top/socket", kind => 'socket', writable_by => 'world');
says('no such file', "$top/none", kind => 'missing', is_symlink => 0, mode => undef, problem => undef);
says('no such folder', "$top/none/none", kind => 'missing');
says('a file below a file', "$top/file/none", kind => 'missing');
says('a file with a slash at its end', "$top/file/", kind => 'missing');
says('a name that is too long', "$top/" . 'x' x 300, kind => 'unknown', problem => 'the path is too long');
says('a path that is too long', "$top/" . 'x/' x 5000, kind => 'unknown', problem => 'the path is too long');
says('relative: to the data directory', 'postgresql.conf', path => "$data/postgresql.conf", kind => 'file');
says('dots in a path', "$top/outer/../outer/./inner/file", kind => 'file');
says('dots at the end', "$top/outer/inner/..", kind => 'directory');
says('above the root', '/../../..', kind => 'directory');
foreach my $name ("two\nlines", "a'quote", 'a"quote', 'a\\backslash', "\e[31mred", 'ünïcode')
{
	write_file("$top/$name", '', 0644);
	is(scalar(@{ rows($node, 'SELECT * FROM rds_guard.file_modes(' . text_array("$top/$name") . q{) WHERE kind = 'file'}) }), 1, 'hostile name ' . $name =~ s/[^ -~]/?/gr);
}
is_deeply([ map { $_->{kind} } @{ rows($node, 'SELECT * FROM rds_guard.file_modes(' . text_array("$top/file", "$top/none", "$top/outer", "$top/file") . ')') } ],
	[qw(file missing directory file)], 'a row a path, in order');
is_deeply(rows($node, q{SELECT * FROM rds_guard.file_modes('{}')}), [], 'no path, no row');
foreach my $null ('NULL', 'ARRAY[NULL]', "ARRAY['x', NULL]")
{
	like((try_sql($node, "\\set VERBOSITY verbose\nSELECT * FROM rds_guard.file_modes($null)"))[2], qr/ERROR:  22004: /, "$null is refused");
}

#
# Symbolic links
#
chmod 0600, "$top/file";
symlink "$top/file", "$top/link";
says('a link', "$top/link", kind => 'file', mode => '0600', is_symlink => 1, target => "$top/file", path => "$top/link");
symlink '../outer/inner/../../file', "$top/outer/relative";
says('a relative link', "$top/outer/relative", mode => '0600', is_symlink => 1, target => '../outer/inner/../../file');
symlink 'link', "$top/second";
symlink "$top/second", "$top/third";
says('the third of three', "$top/third", mode => '0600', is_symlink => 1, target => "$top/second");
symlink 'outer', "$top/folder";
says('a file behind a link to its folder is none', "$top/folder/inner/file", mode => '0666', is_symlink => 0, target => undef);
symlink "$top/nowhere", "$top/dangling";
says('a link to nothing', "$top/dangling", kind => 'missing', is_symlink => 1, target => "$top/nowhere");
symlink 'loop', "$top/loop";
says('a link to itself', "$top/loop", kind => 'unknown', problem => 'too many symbolic links');
symlink "$top/file", "$top/chain1";
symlink "chain" . ($_ - 1), "$top/chain$_" foreach 2 .. 41;
says('40 links', "$top/chain40", kind => 'file');
says('41 links', "$top/chain41", kind => 'unknown', problem => 'too many symbolic links');
is(-e "$top/chain40", 1, 'the system goes along 40');
ok(!-e "$top/chain41", 'and not along 41');
symlink "\xE9\xFF", "$top/latin";
says('a target that is no text', "$top/latin", kind => 'missing', target => '\\xE9\\xFF');

# what counts is where the file is
mkdir "$top/shut", 0700;
write_file("$top/shut/file", 'x', 0644);
symlink "$top/shut/file", "$top/into";
says('a link into a closed folder', "$top/into", mode => '0644', readable_by => 'owner', closed_by => "$top/shut");
symlink "$top/outer/inner/file", "$top/shut/out";
says('a link out of a closed folder', "$top/shut/out", readable_by => 'world', closed_by => undef);

#
# Folders in which others could exchange the file
#
foreach my $case ([ 0755, undef ], [ 0777, 'world' ], [ 01777, undef ], [ 0733, 'world' ], [ 0775, undef ], [ 0757, 'world' ])
{
	my ($mode, $open_to) = @$case;
	chmod $mode, "$top/outer";
	my $octal = sprintf '%04o', $mode;
	says("a folder of mode $octal", "$top/outer/inner/file", open_to => $open_to, open_folder => $open_to && "$top/outer");
	says("mode $octal: the folder itself is not on its way", "$top/outer", open_to => undef);
	says("mode $octal: a file that is not there yet", "$top/outer/none", kind => 'missing', open_to => $open_to);
}
chmod 0777, "$top/outer";
symlink "$top/outer/relative", "$top/shut/by_link";
says('a link that leads through it', "$top/shut/by_link", mode => '0600', open_to => 'world', open_folder => "$top/outer");
says('another way to the same file', "$top/file", open_to => undef);
chmod 0755, "$top/outer";

# a folder of a group, or of an owner, that is neither root's nor the server's
sub stranger
{
	my ($name, $open_to, @folders) = @_;
	my ($folder) = grep { my @s = stat $_;
		@s && ($open_to eq 'owner' ? $s[4] != 0 && $s[4] != $uid && !($s[2] & 02)
			: $s[4] == 0 && ($s[2] & 0020) && !($s[2] & 01002) && $s[5] != 0 && $s[5] != $gid) } @folders;
  SKIP:
	{
		skip "no folder of another $open_to on this machine", 1 unless defined $folder;
		says($name, "$folder/rds_guard", open_to => $open_to, open_folder => $folder);
	}
	return;
}
stranger('a folder of another group', 'group', '/var/mail', '/var/local', '/usr/local/lib', '/usr/local/share');
stranger('a folder of another owner', 'owner', glob '/var/cache/apt/archives/partial /var/lib/apt/lists/partial /var/cache/* /var/lib/*');

my ($other_group) = grep { $_ != $gid && $_ != 0 } split ' ', $);
SKIP:
{
	skip 'this account has no second group', 3 unless defined $other_group && chown -1, $other_group, "$top/outer";
	chmod 0775, "$top/outer";
	says('another group may write the folder', "$top/outer/inner/file", open_to => 'group', open_folder => "$top/outer");
	chmod 0755, "$top/outer";
	says('or only read it', "$top/outer/inner/file", open_to => undef);
	says('the group itself', "$top/outer", gid => $other_group + 0, group_owner => 'other', owner => 'server');
}

#
# server_files(): which files
#
sub names
{
	my (%to) = @_;
	return [ sort map { "$_->{setting} $_->{part} " . ($_->{path} // 'unknown') } @{ rows($node, 'SELECT * FROM rds_guard.server_files()', %to) } ];
}

my $spaces = "$top/space";
mkdir $spaces, 0700;
sql($node, "CREATE TABLESPACE \"large one\" LOCATION '$spaces'");
my $sockets = $node->host;
my $log = value($node, 'SHOW log_directory');
my $keytab = value($node, 'SHOW krb_server_keyfile') =~ s/^FILE://r;
my @files = (
	"auto_file itself $data/postgresql.auto.conf", "config_file included $etc/extra.conf", "config_file itself $data/postgresql.conf",
	"data_directory itself $data", "hba_file itself $etc/pg_hba.conf", "ident_file itself $etc/pg_ident.conf",
	$keytab eq '' ? () : "krb_server_keyfile itself $keytab",
	"log_directory itself $data/$log", "ssl_ca_file itself $private/server_ca.crt", "ssl_cert_file itself $private/server.crt",
	"ssl_key_file itself $private/server.key", "tablespace \"large one\" $spaces", "unix_socket_directories itself $sockets",
	"unix_socket_directories socket $sockets/.s.PGSQL." . $node->port, "wal_directory itself $data/pg_wal");
push @files, "hosts_file itself $data/pg_hosts.conf" if $major >= 19;
is_deeply(names(), [ sort @files ], 'the files of this server');
is(value($node, q{SELECT string_agg(DISTINCT kind, ',') FROM rds_guard.server_files('{unix_socket_directories}') WHERE part = 'socket'}), 'socket', 'its socket is one');
is_deeply([ map { $_->{path} } @{ rows($node, q{SELECT path FROM rds_guard.server_files('{hba_file,ident_file}') ORDER BY 1}) } ],
	[ "$etc/pg_hba.conf", "$etc/pg_ident.conf" ], 'only what was asked for');

# what a file includes, from 16 on also pg_hba.conf
SKIP:
{
	skip 'pg_hba.conf includes nothing before 16', 1 if $major < 16;
	write_file("$etc/pg_hba.conf", "include users.conf\nlocal all all trust\n", 0640);
	push @files, "hba_file included $etc/users.conf";
	is_deeply(names(), [ sort @files ], 'and what pg_hba.conf includes');
}

# copies and other keys, by their names
foreach my $name (qw(server.key.bak server.key~ .server.key.swp old_server.key privkey.pem client.KEY store.p12 pubkey.pem keyboard notes server_pub.key
	privatekey.pem serverkey.pem keys.pem key2.pem keypair.pem keystore.jks republic_key.pem publickey.pem public_key.pem))
{
	write_file("$private/$name", '', 0600);
}
is(value($node, q{SELECT string_agg(substring(path, '[^/]+$'), ' ' ORDER BY path COLLATE "C") FROM rds_guard.server_files('{ssl_key_file}') WHERE part = 'beside'}),
	'.server.key.swp client.KEY key2.pem keypair.pem keys.pem keystore.jks old_server.key privatekey.pem privkey.pem republic_key.pem server.key.bak server.key~ serverkey.pem store.p12', 'what looks like a key beside the key');
unlink glob "$private/*.bak $private/*~ $private/.*.swp $private/old* $private/priv* $private/client* $private/store* $private/pub* $private/key* $private/notes $private/*_pub.key $private/*key.pem";

#
# Who may ask
#
sql($node, <<'END');
CREATE ROLE plain LOGIN;
CREATE ROLE monitor LOGIN IN ROLE pg_monitor;
CREATE ROLE files LOGIN IN ROLE pg_read_server_files;
CREATE ROLE observer LOGIN IN ROLE pg_read_server_files, pg_read_all_settings;
CREATE ROLE asleep LOGIN NOINHERIT IN ROLE pg_read_server_files, pg_read_all_settings;
CREATE ROLE "one ""more""" LOGIN;
END
sub refused
{
	my ($function, $role, %to) = @_;
	my (undef, undef, $err) = try_sql($node, "\\set VERBOSITY verbose\nSELECT count(*) FROM rds_guard.$function", user => $role, %to);
	my ($state) = $err =~ /ERROR:  (\w+): /;
	my ($hint) = $err =~ /^HINT:  (.*)$/m;
	return defined $state ? "$state: " . ($hint // '') : 'allowed';
}
my %refused = (
	plain => ['42501: GRANT pg_read_server_files TO plain;', '42501: GRANT pg_read_all_settings, pg_read_server_files TO plain;'],
	monitor => ['42501: GRANT pg_read_server_files TO monitor;', '42501: GRANT pg_read_server_files TO monitor;'],
	files => ['allowed', '42501: GRANT pg_read_all_settings TO files;'],
	observer => ['allowed', 'allowed'],
	asleep => ['42501: GRANT pg_read_server_files TO asleep;', '42501: GRANT pg_read_all_settings, pg_read_server_files TO asleep;'],
	'one "more"' => ['42501: GRANT pg_read_server_files TO "one ""more""";', '42501: GRANT pg_read_all_settings, pg_read_server_files TO "one ""more""";'],
	$superuser => ['allowed', 'allowed']);
foreach my $role (sort keys %refused)
{
	is_deeply([ refused(q{file_modes('{/}')}, $role), refused('server_files()', $role) ], $refused{$role}, "as $role");
}
# what none of these may know has a row that says so
my %grant = map { $_->{setting} . ' ' . $_->{part} => $_->{problem} } @{ rows($node, q{SELECT * FROM rds_guard.server_files() WHERE kind = 'unknown'}, user => 'observer') };
is_deeply(\%grant, {
		'config_file included' => 'GRANT SELECT ON pg_catalog.pg_file_settings TO observer; GRANT EXECUTE ON FUNCTION pg_catalog.pg_show_all_file_settings() TO observer;',
		'ssl_key_file beside' => 'GRANT EXECUTE ON FUNCTION pg_catalog.pg_ls_dir(text, boolean, boolean) TO observer;',
		(map { ("$_ borrowed" => 'GRANT EXECUTE ON FUNCTION pg_catalog.pg_read_binary_file(text), pg_catalog.pg_stat_file(text) TO observer;') } 'hba_file', 'ident_file'),
		$major < 16 ? () : (
			'hba_file included' => 'GRANT SELECT ON pg_catalog.pg_hba_file_rules TO observer; GRANT EXECUTE ON FUNCTION pg_catalog.pg_hba_file_rules() TO observer;',
			'ident_file included' => 'GRANT SELECT ON pg_catalog.pg_ident_file_mappings TO observer; GRANT EXECUTE ON FUNCTION pg_catalog.pg_ident_file_mappings() TO observer;')
	}, 'a row for each list that a member of both roles may not see, with the GRANT');
sql($node, 'GRANT EXECUTE ON FUNCTION rds_guard.report(text[]) TO observer');
is_deeply([ map { "$_->{status} $_->{object}" } @{ report($node, 'hba_file_perms', user => 'observer') } ],
	[ map { "unknown $_" } $major < 16 ? ('config_file', 'hba_file @', 'ident_file @') : ('config_file', 'hba_file', 'hba_file @', 'ident_file', 'ident_file @') ], 'what is not seen is unknown, not passed');
sql($node, $_) foreach values %grant;
is_deeply(names(user => 'observer'), names(), 'these GRANTs show the rest');

# the edition without library
is(refused(q{file_modes('{/}')}, $superuser, dbname => 'plain'), '42501: Install the extension with its library, or look on the server with ls -l and namei -l.', 'without the library: file_modes()');
is(refused('server_files()', $_, dbname => 'plain'), '42501: Install the extension with its library, or look on the server with ls -l and namei -l.', "without the library: server_files() as $_") foreach $superuser, 'plain';
is_deeply(statuses_of('plain'), { tls_private_key_perms => 'unknown', hba_file_perms => 'unknown' }, 'without the library: the checks say unknown');

sub statuses_of
{
	my ($database) = @_;
	return verdicts($node, [qw(tls_private_key_perms hba_file_perms)], dbname => $database);
}

#
# The checks
#
my @checks = qw(tls_private_key_perms hba_file_perms);
is_deeply(verdicts($node, \@checks), { map { $_ => 'pass' } @checks }, 'as a package installs it: pass');

# case(NAME, CHECK, WITH, VERDICT, [SEVERITY], THEN): WITH does something to the
# files, THEN undoes it.
sub case
{
	my ($name, $check, $with, $expected, $severity, $then) = @_;
	$with->();
	my $report = report($node, $check);
	is(decided($report)->{$check}, $expected, "$check: $name");
	is_deeply([ map { $_->{severity} } grep { $_->{status} eq 'fail' } @$report ], [$severity], "$check: $name is $severity") if defined $severity;
	# a fix that is a command, run as the shell would
	foreach my $fix (grep { defined && /^chmod / } map { $_->{fix} } @$report)
	{
		is(system($fix), 0, "$fix can be run");
		is(verdict($node, $check), 'pass', "$check: $name: afterwards pass");
	}
	$then->() if defined $then;
	is(verdict($node, $check), 'pass', "$check: $name: undone, pass");
	return;
}

sub mode
{
	my ($mode, $path) = @_;
	return sub { chmod $mode, $path or die "$path: $!" };
}

my $key = "$private/server.key";
my @key = ('tls_private_key_perms');
case('the group may read the key', @key, mode(0640, $key), "fail: $key", 'high', mode(0600, $key));
case('the world may read the key', @key, mode(0604, $key), "fail: $key", 'high', mode(0600, $key));
case('the world may read the key, but not get there', @key, sub { chmod 0644, $key; chmod 0700, $private }, 'pass', undef, sub { chmod 0755, $private; chmod 0600, $key });
case('a copy that the world may read', @key, sub { write_file("$key.bak", 'x', 0644) }, "fail: $key.bak", 'high', sub { unlink "$key.bak" });
case('a copy with a quote in its name', @key, sub { write_file("$private/it's server.key", 'x', 0644) }, "fail: $private/it's server.key", 'high', sub { unlink "$private/it's server.key" });
case('a copy with an escape in its name', @key, sub { write_file("$private/server.key\e[2J", 'x', 0644) }, "fail: $private/server.key\\u001b[2J", 'high', sub { unlink "$private/server.key\e[2J" });
case('a copy as the key itself', @key, sub { write_file("$key.bak", 'x', 0600) }, 'pass', undef, sub { unlink "$key.bak" });
case('a public key', @key, sub { write_file("$private/pubkey.pem", 'x', 0644) }, 'pass', undef, sub { unlink "$private/pubkey.pem" });
case('another key', @key, sub { write_file("$private/privatekey.pem", 'x', 0644) }, "fail: $private/privatekey.pem", 'high', sub { unlink "$private/privatekey.pem" });
case('a link to the key', @key, sub { symlink $key, "$key.link" }, 'pass', undef, sub { unlink "$key.link" });
case('a folder that all may write', @key, mode(0777, $private), "fail: $private", 'high', mode(0755, $private));
case('a sticky folder that all may write', @key, mode(01777, $private), 'pass', undef, mode(0755, $private));
case('the key is gone', @key, sub { rename $key, "$top/away" }, 'unknown', undef, sub { rename "$top/away", $key });
case('the key is a link to where all may write', @key,
	sub { mkdir "$top/open"; rename $key, "$top/open/it"; symlink "$top/open/it", $key; chmod 0777, "$top/open" },
	"fail: $top/open", 'high', sub { unlink $key; rename "$top/open/it", $key });
# one file for both, which the server takes as ssl_cert_file whatever its mode
{
	my $both = "$private/both.pem";
	my $certificate = "$private/server.crt";
	write_file($both, slurp_file($certificate) . slurp_file($key), 0644);
	configure($node, ssl_cert_file => $both);
	is(sql($node, 'SELECT rds_guard.holds_private_key($$' . $both . '$$), rds_guard.holds_private_key($$' . $certificate . '$$)'), 't|f', 'there is a key in it');
	like((try_sql($node, 'SELECT', host => '127.0.0.1', sslmode => 'require'))[2], qr/no pg_hba.conf entry .* SSL (?:on|encryption)/, 'and the server has TLS by it');
	case('a key in the file of certificates', @key, sub { }, "fail: $both", 'high');
	chmod 0644, $both;
	like(report($node, @key)->[0]{detail}, qr/^it holds a private key beside certificates, mode 0644, .*: the world can read it$/, 'tls_private_key_perms: and what is in it');
	chmod 0600, $both;
	configure($node, ssl_cert_file => $certificate, ssl_ca_file => $both);
	case('a key in the file of authorities', @key, mode(0640, $both), "fail: $both", 'high', mode(0600, $both));
	configure($node, ssl_cert_file => $both, ssl_key_file => $both, ssl_ca_file => undef);
	is_deeply([ map { $_->{part} } @{ rows($node, q{SELECT part FROM rds_guard.server_files('{ssl_key_file}') WHERE part <> 'beside'}) } ], ['itself'], 'one file with both names is one');
	configure($node, ssl_cert_file => undef, ssl_key_file => undef);
	unlink $both;
}
configure($node, ssl_key_file => "$private/none.key", ssl => 'off');
is(verdict($node, @key), 'not_applicable', 'tls_private_key_perms: neither TLS nor a key');
configure($node, ssl_key_file => $key);
chmod 0644, $key;
is(verdict($node, @key), "fail: $key", 'tls_private_key_perms: a key is one without TLS, too');
chmod 0600, $key;

# Debian's own: root's, for a group that the account is in, in a folder that
# the account may not list
SKIP:
{
	my $snakeoil = '/etc/ssl/private/ssl-cert-snakeoil.key';
	skip 'no snake oil here', 2 unless -r $snakeoil && (stat $snakeoil)[4] == 0;
	says('a key of root\'s for a group', $snakeoil, owner => 'root', mode => '0640', readable_by => 'group', closed_by => '/etc/ssl/private', open_folder => undef);
	configure($node, ssl_key_file => $snakeoil, ssl_cert_file => '/etc/ssl/certs/ssl-cert-snakeoil.pem', ssl => 'on');
	is(verdict($node, @key), 'pass', 'tls_private_key_perms: as Debian installs it');
}
configure($node, ssl_key_file => undef, ssl_cert_file => undef, ssl => undef);

# From 19 on hosts_file names keys, too
SKIP:
{
	skip 'this server has no hosts_file', 12 unless $major >= 19;
	my $hosts = "$data/pg_hosts.conf";
	my ($one, $two) = ("$private/one.key", "$top/two.key");
	make_certificates($private);
	write_file($_, slurp_file($key), 0600) foreach $one, $two;
	write_file($hosts, "one.example $private/server.crt $one\n* $private/server.crt $two\nother.example $private/server.crt $two\n", 0600);
	configure($node, ssl => 'on', ssl_sni => 'on', ssl_cert_file => "$private/server.crt", ssl_key_file => $key);
	my $seen = sub { return [ map { "$_->{part} $_->{path}" } @{ rows($node, q{SELECT part, path FROM rds_guard.server_files('{ssl_key_file}') WHERE part <> 'beside' ORDER BY 1, 2}) } ] };
	is_deeply($seen->(), [ "host $one", "host $two", "itself $key" ], 'the keys of hosts_file, once each');
	case('a key of hosts_file', @key, mode(0640, $two), "fail: $two", 'high', mode(0600, $two));
	case('a copy beside a key of hosts_file', @key, sub { write_file("$two.old", 'x', 0644) }, "fail: $two.old", 'high', sub { unlink "$two.old" });
	case('a folder with a key of hosts_file', @key, mode(0777, $top), "fail: $top", 'high', mode(0755, $top));
	case('a key of hosts_file is gone', @key, sub { rename $two, "$top/away" }, 'unknown', undef, sub { rename "$top/away", $two });
	case('ssl_key_file is gone and not used', @key, sub { rename $key, "$top/away" }, 'pass', undef, sub { rename "$top/away", $key });
	my $kept = slurp_file($hosts);
	case('a line that is none', @key, sub { write_file($hosts, "one.example\n", 0600) }, 'unknown', undef, sub { write_file($hosts, $kept, 0600) });
	configure($node, ssl_sni => undef);
	is_deeply($seen->(), ["itself $key"], 'without ssl_sni nobody uses them');
	configure($node, ssl_key_file => undef, ssl_cert_file => undef, ssl => undef);
	unlink $hosts;
}

my ($hba, $ident, $extra) = map { "$etc/$_" } qw(pg_hba.conf pg_ident.conf extra.conf);
my @hba = ('hba_file_perms');
case('all may read pg_hba.conf', @hba, mode(0644, $hba), "fail: $hba", 'medium', mode(0640, $hba));
case('all may read pg_ident.conf', @hba, mode(0644, $ident), "fail: $ident", 'medium', mode(0640, $ident));
case('the group may write pg_hba.conf', @hba, mode(0660, $hba), "fail: $hba", 'medium', mode(0640, $hba));
case('all may write pg_hba.conf', @hba, mode(0666, $hba), "fail: $hba", 'high', mode(0640, $hba));
case('all may write what postgresql.conf includes', @hba, mode(0646, $extra), "fail: $extra", 'high', mode(0644, $extra));
case('all may write it, but not get there', @hba, sub { chmod 0666, $hba; chmod 0700, $etc }, 'pass', undef, sub { chmod 0755, $etc; chmod 0640, $hba });
case('all may read it, but only the group gets there', @hba, sub { chmod 0644, $hba; chmod 0750, $etc }, 'pass', undef, sub { chmod 0755, $etc; chmod 0640, $hba });
case('all may exchange it', @hba, mode(0777, $etc), "fail: $etc", 'high', mode(0755, $etc));
case('only the owner may exchange it', @hba, mode(01777, $etc), 'pass', undef, mode(0755, $etc));
case('what pg_hba.conf includes', @hba, mode(0644, "$etc/users.conf"), $major < 16 ? 'pass' : "fail: $etc/users.conf", undef, mode(0640, "$etc/users.conf"));
# what pg_hba.conf and pg_ident.conf take names from, and that in turn
{
	my $lists = "$top/lists";
	mkdir $lists, 0755;
	write_file("$etc/dbs", "postgres, \@$lists/admins\n", 0640);
	write_file("$lists/admins", "# \@none\n\@\"more roles\" \"\@quoted\"\n", 0640);
	write_file("$lists/more roles", "somebody\n\@admins\n", 0640);
	write_file("$lists/maps", "somebody\n", 0640);
	my ($kept, $kept_ident) = (slurp_file($hba), slurp_file($ident));
	write_file($hba, "$kept\nlocal \@dbs somebody trust # \@comment\n" . ($major >= 14 ? "local all some\@where,\\\n\@dbs reject\n" : ''), 0640);
	write_file($ident, "map \@$lists/maps somebody\n", 0640);
	is_deeply([ map { "$_->{setting} $_->{path}" } @{ rows($node, q{SELECT setting, path FROM rds_guard.server_files('{hba_file,ident_file}') WHERE part = 'borrowed' ORDER BY path COLLATE "C"}) } ],
		[ "hba_file $etc/dbs", "hba_file $lists/admins", "ident_file $lists/maps", "hba_file $lists/more roles" ], 'the files that names are taken from');
	case('all may write a file that names are taken from', @hba, mode(0666, "$lists/admins"), "fail: $lists/admins", 'high', mode(0640, "$lists/admins"));
	case('all may write a file that such a file names', @hba, mode(0662, "$lists/more roles"), "fail: $lists/more roles", 'high', mode(0640, "$lists/more roles"));
	case('all may read a file of pg_ident.conf', @hba, mode(0644, "$lists/maps"), "fail: $lists/maps", 'medium', mode(0640, "$lists/maps"));
	case('all may exchange a file that names are taken from', @hba, mode(0777, $lists), "fail: $lists", 'high', mode(0755, $lists));
	case('all may make a file that names are taken from', @hba, sub { unlink "$lists/maps"; chmod 0777, $lists }, "fail: $lists", 'high', mode(0755, $lists));
	write_file("$lists/more roles", 'x' x 1_100_000, 0640);
	is(verdict($node, @hba), 'unknown', 'hba_file_perms: what a file above 1 MB names is not known');
	write_file($hba, $kept, 0640);
	write_file($ident, $kept_ident, 0640);
}
SKIP:
{
	skip 'this account has no second group', 3 unless defined $other_group && chown -1, $other_group, $etc;
	case('a group may exchange it', @hba, mode(0775, $etc), "fail: $etc", 'medium', mode(0755, $etc));
	chown -1, $gid, $etc;
}
SKIP:
{
	skip 'the group of this account is root\'s', 2 if $gid == 0;
	case('its own group may exchange it', @hba, mode(0775, $etc), 'pass', undef, mode(0755, $etc));
}
is(value($node, q{SELECT count(*) FROM rds_guard.report('{hba_file_perms,tls_private_key_perms}') WHERE status IN ('error', 'unknown')}), 0, 'a superuser sees all that decides');

is_deeply([ grep { /^config_file included/ } @{ names() } ], ["config_file included $etc/extra.conf"], 'postgresql.auto.conf is included by nobody');

# read only
is(value($node, "SELECT count(*) FROM rds_guard.server_files()") > 10, 1, 'there are files to see');
like(sql($node, "BEGIN READ ONLY; SELECT count(*) > 10 FROM rds_guard.server_files(); COMMIT"), qr/^t$/m, 'works in a transaction that only reads');

$node->stop;
done_testing();

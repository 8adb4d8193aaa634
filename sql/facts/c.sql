-- The facts that the library observes. The files of plain/ have the same names and
-- columns for where no library can be loaded. Everybody may execute them: each asks for
-- the right that reading the same data in SQL would need, and raises 42501 with
-- the GRANT as hint.

CREATE FUNCTION rds_guard.connection()
    RETURNS TABLE (pid integer, session_role name, client_address inet, encryption text, protocol text, cipher text, bits integer,
                   client_certificate boolean, certificate_verified boolean, certificate_subject text, certificate_issuer text,
                   certificate_serial numeric, certificate_not_before timestamptz, certificate_not_after timestamptz,
                   gss_principal text, auth_method text, auth_identity text, unseen text[])
    LANGUAGE C STABLE PARALLEL RESTRICTED ROWS 1
    SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'rg_connection';

COMMENT ON FUNCTION rds_guard.connection() IS
'How this session is connected and authenticated: exactly one row.
session_role is SESSION_USER, whatever SET ROLE says. client_address is NULL on a Unix socket.
encryption is tls, gss or none; protocol, cipher and bits (of the cipher''s key) are NULL unless tls.
certificate_* describe the client''s certificate and are NULL without one, except certificate_verified, which is then false. Names are in the form of RFC 2253 with control characters escaped.
gss_principal is NULL unless GSSAPI authenticated the client. auth_identity is what was authenticated before any user map, NULL where nothing was, as with trust.
unseen names the columns that are NULL because this server cannot tell: auth_method before PostgreSQL 16, auth_identity before 14, auth_method without an identity while OAuth validators are configured.
Anybody may call it. Raises 0A000 in a process without a client, such as a background worker; 22P03, 22021 or 22P05 if the client''s certificate cannot be read or not be shown in the encoding of this database.
Semantics: src/include/libpq/libpq-be.h, src/backend/libpq/be-secure-openssl.c, src/backend/libpq/auth.c.';

CREATE FUNCTION rds_guard.tls_offers()
    RETURNS TABLE (kind text, protocol text, name text, key_exchange text, authentication text, encryption text, integrity text,
                   bits integer, source text)
    LANGUAGE C STABLE PARALLEL RESTRICTED
    SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'rg_tls_offers';

COMMENT ON FUNCTION rds_guard.tls_offers() IS
'What tls_ciphers() judges: a row for each cipher suite (kind cipher) and each group for the key exchange (kind group) that a new connection could get, for each version of the protocol, in the order of the server''s preference. It asks OpenSSL, with the certificate''s type of key, the security level and the system''s own configuration in force; nothing is sent.
key_exchange is RSA, DHE, ECDHE, of groups also ML-KEM or both; by group in TLS 1.3, where suites do not say it. authentication is RSA, ECDSA, DSS, none or by certificate (TLS 1.3). encryption and integrity are OpenSSL''s names, none, or AEAD, where one algorithm does both; NULL for groups, as authentication. bits are those of the cipher''s key; of a group its strength as that of a cipher, 0 where it is not known.
source is running, the TLS context of this session, or settings, one made anew from the settings: for sessions without TLS, and after the files were read again.
Needs the privileges of pg_read_all_settings, and where ssl_dh_params_file is set or ssl_sni is on (19 and later) those of pg_read_server_files. Raises 42501 without, or where the settings cannot be loaded; 0A000 where ssl is off. With ssl_sni a suite counts if the certificate of any host allows it; these are read from the files that tls_hosts() names.
Semantics: be_tls_init() in src/backend/libpq/be-secure-openssl.c; ssl/t1_lib.c and ssl/s3_lib.c of OpenSSL.';

CREATE FUNCTION rds_guard.openssl()
    RETURNS TABLE (version text, fips boolean)
    LANGUAGE C STABLE PARALLEL RESTRICTED ROWS 1
    SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'rg_openssl';

COMMENT ON FUNCTION rds_guard.openssl() IS
'One row: the version of the OpenSSL that the server runs with, and whether it is in FIPS mode, which restricts TLS, password hashing and pgcrypto to approved algorithms. Anybody may call it. Raises 0A000 in a server without OpenSSL.';

CREATE FUNCTION rds_guard.membership_edges()
    RETURNS TABLE (member oid, role oid, inherits boolean, sets boolean, administers boolean, climbs boolean)
    LANGUAGE C STABLE PARALLEL RESTRICTED
    SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'rg_membership_edges';

COMMENT ON FUNCTION rds_guard.membership_edges() IS
'A row for each direct membership, over all who granted it: whether the member inherits the role''s privileges, may SET ROLE to it, has ADMIN OPTION on it, and could use that to grant it to itself, by the rules of this server''s version.
The owner of the current database counts as a member of pg_database_owner (14 and later).
Needs SELECT on pg_roles, pg_auth_members and (14 and later) pg_database, which everybody has by default. Raises 42501.
Semantics: src/backend/utils/adt/acl.c, src/backend/commands/user.c.';

CREATE FUNCTION rds_guard.role_memberships(for_member name DEFAULT NULL, to_role name DEFAULT NULL, only_how text DEFAULT NULL)
    RETURNS TABLE (member name, role name, how text, depth integer, path name[])
    LANGUAGE C STABLE PARALLEL RESTRICTED ROWS 10000
    SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'rg_role_memberships';

COMMENT ON FUNCTION rds_guard.role_memberships(name, name, text) IS
'Which role gets to which other role, and how: a row for each member, role and way, directly or through others. The arguments restrict the work as well as the rows.
how = inherit: has the privileges of the role at once. set: may SET ROLE to it. admin: may grant it (is a member, in any way, of a role that has ADMIN OPTION on it). become: can get to SET ROLE, if need be by first granting roles to itself. hold: can get its privileges by any such sequence of steps.
depth is the number of steps. path names the roles from member to role, the shortest way, ties in the order of names; beyond 32 names its middle is left out, unless both for_member and to_role are given.
The owner of the current database counts as a member of pg_database_owner (14 and later). A superuser has only the rows of its memberships, CREATEROLE has none.
Needs SELECT on pg_roles, pg_auth_members and (14 and later) pg_database, which everybody has by default. Raises 42501, 42704 for a role that does not exist, 22023 for an unknown way.
Semantics: src/backend/utils/adt/acl.c, src/backend/commands/user.c.';

CREATE FUNCTION rds_guard.effective_privileges(role name DEFAULT NULL, kind text DEFAULT NULL)
    RETURNS SETOF rds_guard.effective_privilege
    LANGUAGE C STABLE PARALLEL RESTRICTED ROWS 100000
    SET search_path = pg_catalog, pg_temp
    SET quote_all_identifiers = off
AS 'MODULE_PATHNAME', 'rg_effective_privileges';

COMMENT ON FUNCTION rds_guard.effective_privileges(name, text) IS
'What each role may do: a row for each role, object, column (NULL for the object as a whole) and privilege that is effectively allowed. The arguments restrict the work as well as the rows.
kind is database, schema, table (views and all else with rows, too), sequence, column, function (procedures, too), type (domains, too), language, tablespace, foreign data wrapper, foreign server, large object or parameter (only those on which something was granted). What lies in the schemas pg_* and information_schema comes only when kind => ''system'' asks for it, under its natural kind.
object is the name as GRANT writes it. A column has rows for what was granted on it, whatever its table allows besides.
grantable: may grant it to others. via is the best of several ways, in this order: superuser; owner (the role owns the object and its list of privileges says so); direct (granted to the role); member (granted to a role whose privileges it has); public; predefined (pg_read_all_data, pg_write_all_data, pg_maintain).
needs_set_role: only after SET ROLE to another role. path names the roles from this one to the one that carries the privilege, the shortest way, ties in the order of names; beyond 32 names its middle is left out.
Row security, security barriers and USAGE on the schema are not considered, each privilege is as has_..._privilege() tells it.
Needs SELECT on the catalogs that it reads, which everybody has by default. Raises 42501, 42704 for a role that does not exist, 22023 for an unknown kind.
Semantics: src/backend/catalog/aclchk.c, src/backend/utils/adt/acl.c.';

CREATE FUNCTION rds_guard.privilege_summary()
    RETURNS TABLE (role name, superuser boolean, relations_total integer, relations_reachable integer, share double precision,
                   relations_readable integer, relations_writable integer, relations_owned integer,
                   schemas_reached integer, schemas_written integer, functions_executable integer,
                   by_itself integer, by_membership integer, by_public integer, only_by_set_role integer, unshared_privileges bigint)
    LANGUAGE C STABLE PARALLEL RESTRICTED
    SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'rg_privilege_summary';

COMMENT ON FUNCTION rds_guard.privilege_summary() IS
'How much each role that can log in may do in this database: a row a role. Relations are tables, views and all else with rows, outside the schemas pg_*, information_schema and rds_guard; so are schemas and functions.
relations_readable: SELECT on it or on one of its columns. relations_writable: INSERT, UPDATE, DELETE or TRUNCATE on it, or INSERT or UPDATE on one of its columns. relations_reachable: one of the two. share is the part of relations_total that is reachable, from 0 to 1. relations_owned: belongs to the role or to one whose privileges it has. schemas_reached: USAGE. schemas_written: schemas with a writable relation.
Of the reachable ones by_itself counts those that it has as superuser or by a grant to itself, by_membership those that it lacks without its memberships, by_public the rest. All these are had at once; only_by_set_role counts the relations that SET ROLE adds.
unshared_privileges: privileges on whole relations (a privilege and a relation count as one) from grants to this role, or to one whose privileges it has, while no other role that can log in has them by the same grant.
Memory: two bits for each role and three questions about each relation, taken in rounds that each fit in work_mem (or hold 64 relations), besides about 60 bytes for each entry of a list of privileges.
Needs SELECT on the catalogs that it reads, which everybody has by default. Raises 42501.
Semantics: as effective_privileges().';

CREATE FUNCTION rds_guard.password_verifiers()
    RETURNS TABLE (role name, can_login boolean, kind text, iterations integer, valid_until timestamptz, same_as name)
    LANGUAGE C STABLE PARALLEL RESTRICTED
    SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'rg_password_verifiers';

COMMENT ON FUNCTION rds_guard.password_verifiers() IS
'How the password of each role is stored, never the stored form itself: a row a role.
kind is none (no password), md5, scram-sha-256 or unrecognised (no password will match, or the stored form is irregular). iterations are those of SCRAM, NULL for other kinds. valid_until is when the password expires, NULL or infinity for never. same_as is the first role by name that has the same SCRAM verifier, salt and key, NULL for that role and where nobody else has it: it was copied from one role to the other, and one password opens both.
Needs SELECT on the columns rolname, rolcanlogin, rolpassword and rolvaliduntil of pg_authid, by default only a superuser''s. Raises 42501.
Semantics: get_password_type() in src/backend/libpq/crypt.c, parse_scram_secret() in src/backend/libpq/auth-scram.c, more strictly.';

CREATE FUNCTION rds_guard.known_setting(setting text) RETURNS TABLE (name text, context text, source text)
    LANGUAGE C STABLE STRICT PARALLEL RESTRICTED ROWS 1
    SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'rg_known_setting';

COMMENT ON FUNCTION rds_guard.known_setting(text) IS
'The row of pg_settings for one setting, whatever the case of its name, without its value: how it can be changed and where its value comes from. No row when this server has no such setting, when a session made it up, or when the caller may not see it.
Needs what reading pg_settings needs, which everybody has by default. Raises 42501.
Semantics: show_all_settings() in src/backend/utils/misc/guc_funcs.c.';
CREATE FUNCTION rds_guard.log_output() RETURNS text
    LANGUAGE C STABLE PARALLEL RESTRICTED
    SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'rg_log_output';

COMMENT ON FUNCTION rds_guard.log_output() IS
'What the server''s standard error is, where the log goes without logging_collector: file, pipe (also the collector''s own, or systemd''s), socket, terminal, null (/dev/null), closed or other. For members of pg_read_all_settings; 42501 for others, with the GRANT as hint. Source: src/backend/utils/error/elog.c.';

CREATE FUNCTION rds_guard.server_certificates() RETURNS SETOF rds_guard.server_certificate
    LANGUAGE C STABLE PARALLEL RESTRICTED ROWS 5
    SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'rg_server_certificates';

COMMENT ON FUNCTION rds_guard.server_certificates() IS
'A row for each certificate in the files that the server is configured to load: ssl_cert_file and ssl_ca_file or, where ssl_sni is on and hosts_file has lines (19 and later), those that its lines name instead. Blocks of a file that the server does not read, such as keys, are no rows.
setting is ssl_cert_file, ssl_ca_file or hosts_file; hosts are the names of the line, NULL unless hosts_file. position counts the certificates of the file from 1.
role: leaf (the first of the chain), intermediate, root (signed itself), unused (is sent, but not part of the leaf''s chain), client CA (for certificates of clients).
subject and issuer are in the form of RFC 2253 with control characters escaped, all but ASCII where the database is not UTF8 or the name is no UTF-8. names are the alternative names of the subject, such as DNS:example.org, IP:::1, email:..., URI:..., othername:OID; {} without any. key_bits, and for elliptic curves curve (NULL for one without name). signature_digest is NULL where the algorithm has none to choose, as Ed25519. self_signed: its own key signed it. is_ca: its basic constraints say so. key_usage and extended_key_usage are NULL if nothing restricts the use.
chain is what a client would find. For the leaf: complete (each certificate is signed by the next, up to one that signed itself, in the file or in ssl_ca_file, from which OpenSSL also sends intermediates if the file holds nothing but the leaf); open (the same, but the last one''s issuer is in neither file: the client must have it); or what is wrong, in words, as use for servers, time, and a length of 100 are verified, too. For a client CA: complete if it is, or leads to, one in its file that signed itself. NULL for the others. The machine''s own list of authorities is not asked, nor any list of revocations.
loaded: yes or no where this session uses TLS and began after the last reload, so that it has what the server loaded; otherwise newer (the file was changed after the server last read its configuration) or presumed (it was not; yet the server may have refused to load it, which its log says). A certificate that the session has while the file holds another is a row of its own without file.
private_key is matches for a leaf that the server has loaded, for which it verified that; unknown for any other leaf, for the key is never opened; NULL for the rest.
fingerprint is the SHA-256 of the certificate. file_changed is when the file was last written, replaced or given other rights.
unseen names the columns that are NULL because OpenSSL cannot read that part: names, key_usage, extended_key_usage, key_bits (and then curve).
For superusers and members of pg_read_server_files. Raises 0A000 if ssl is off; 42501; what opening a file raises, such as 58P01; F0000 if a file cannot be read, has no certificate or one that is not well-formed; 42809 if it is no regular file; 54000 above 1 MB or 1,000 certificates a file.
Semantics: src/backend/libpq/be-secure-openssl.c, SSL_CTX_use_certificate_chain_file() and X509_verify_cert() of OpenSSL.';
CREATE FUNCTION rds_guard.tls_hosts()
    RETURNS TABLE (hosts text[], certificate_file text, key_file text, ca_file text)
    LANGUAGE C STABLE PARALLEL RESTRICTED ROWS 10
    SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'rg_tls_hosts';

COMMENT ON FUNCTION rds_guard.tls_hosts() IS
'The lines of hosts_file, by which the server chooses its certificate where ssl_sni is on (19 and later): the names of hosts, and the files as they are named there. ca_file is NULL for none. No row elsewhere: ssl_cert_file, ssl_key_file and ssl_ca_file decide.
For superusers and members of pg_read_server_files. Raises 42501, F0000 for a file that the server would not load.
Semantics: load_hosts() in src/backend/libpq/be-secure-common.c.';

CREATE FUNCTION rds_guard.weak_passwords(candidates text[] DEFAULT NULL, seconds integer DEFAULT 10)
    RETURNS TABLE (role name, can_login boolean, superuser boolean, valid_until timestamptz, kind text,
                   result text, guess_kind text, guesses integer, reason text)
    LANGUAGE C STABLE PARALLEL RESTRICTED
    SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'rg_weak_passwords';

COMMENT ON FUNCTION rds_guard.weak_passwords(text[], integer) IS
'Which stored passwords are easily guessed, without logging in: a row for each role with a password, never the guess itself. A password counts also where it cannot be used now, because the role cannot log in or valid_until has passed.
Guessed are, each on every role before the next, on roles that can log in and on superusers first: the name of the role, no password, the candidates (in their order; elements that are NULL are passed over), the likeliest variations of the name, the likeliest of the common passwords, the names of the databases, then the other variations and the other common passwords, some hundred in all. Case and order of letters vary in ASCII only; text is taken in the encoding of this database and prepared by SASLprep, as the server does. What is given as candidates stands in the statement, which the server may log.
kind is md5, scram-sha-256 or unrecognised. result is guessed, not guessed (by none of these), not tested (reason says why) or out of time (the seconds, 1 to 86400, were used up before all was tried; a guess for which the time would not do is not begun). guess_kind, if guessed: role name, empty, candidate, variation of the role name, database name or common password. guesses is how many were made on this role.
For superusers only. Raises 42501, 22023 for seconds out of range, 54000 for a candidate of more than 1 MB. Roles with the same salt and iterations share the work; a verifier of more than 250000 iterations is not tested, because a guess could not be cancelled in time.
Semantics: plain_crypt_verify() in src/backend/libpq/crypt.c, scram_SaltedPassword() in src/common/scram-common.c.';

CREATE FUNCTION rds_guard.likely_passwords(milliseconds integer, most_guesses integer)
    RETURNS TABLE (role name, can_login boolean, superuser boolean, valid_until timestamptz, kind text,
                   result text, guess_kind text, guesses integer, reason text)
    LANGUAGE C STABLE PARALLEL RESTRICTED
    SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'rg_likely_passwords';

COMMENT ON FUNCTION rds_guard.likely_passwords(integer, integer) IS
'As weak_passwords(), with only the first so many guesses and within so many milliseconds: what a report can afford. not guessed means by none of these. For superusers only. Raises 42501, 22023 for arguments below 1 or above a day.';

CREATE FUNCTION rds_guard.shortest_paths(tails integer[], heads integer[], step_edges integer, starts integer[], targets integer[],
                                         most_steps integer DEFAULT NULL)
    RETURNS TABLE (start integer, step integer, steps integer, edge integer)
    LANGUAGE C STABLE PARALLEL RESTRICTED ROWS 10000
    SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'rg_shortest_paths';

COMMENT ON FUNCTION rds_guard.shortest_paths(integer[], integer[], integer, integer[], integer[], integer) IS
'The shortest way from each start to the nearest target: a row for each step with its number, how many there are, and the edge taken, numbered from 1.
Nodes are numbers from 0. Edge i leads from tails[i] to heads[i]; the first step_edges edges (NULL: all) are a step each, the others cost nothing. Where several edges are as short, the first is taken. Beyond most_steps steps the middle is left out; NULL leaves nothing out.
Anybody may call it, it reads no catalog. Raises 22004, 2202E and 22003 for arrays that are no lists of nodes, 22023 for a circle of edges that cost nothing.';

CREATE FUNCTION rds_guard.file_modes(paths text[])
    RETURNS TABLE (path text, kind text, uid bigint, gid bigint, owner text, group_owner text, mode text, is_symlink boolean, target text,
                   readable_by text, writable_by text, closed_by text, open_folder text, open_to text, problem text)
    LANGUAGE C STABLE PARALLEL RESTRICTED
    SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'rg_file_modes';

COMMENT ON FUNCTION rds_guard.file_modes(text[]) IS
'What the operating system tells about files of the server without opening them: a row a path, in the order given. A path that is not absolute starts at the data directory.
kind is file, directory, socket, other, missing (there is no such file) or unknown (problem says why). For missing and unknown all about the file itself is NULL. A symbolic link is followed: is_symlink and target speak of the path, all else of what it leads to.
owner and group_owner: server (the account, or main group, that the server runs as), root or other. uid and gid are their numbers; names are not asked for, since a directory service may take its time. mode is octal, as chmod has it, with a mask for group where there is an access control list.
readable_by and writable_by: owner (and root), group (also members of its group, or of a folder''s) or world, by the mode and by what the folders above it let through; closed_by is the folder that keeps most out, NULL for none.
open_folder is a folder on the way in which somebody else could put another file in this place, whatever its own mode, NULL for none: open_to the world (writable without sticky bit), to its owner (neither root nor the server), or to its group (neither root''s nor the server''s).
For superusers and members of pg_read_server_files. Raises 42501, 22004 for a path that is NULL.
Semantics: path_resolution(7) of Linux.';

CREATE FUNCTION rds_guard.file_changed(path text) RETURNS timestamptz
    LANGUAGE C STABLE STRICT PARALLEL RESTRICTED
    SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'rg_file_changed';

COMMENT ON FUNCTION rds_guard.file_changed(text) IS
'When a file or folder was last written, replaced, renamed or given other rights, or the symbolic link by which it goes was made, with fractions of a second as far as the file system has them; NULL if there is none. A path that is not absolute starts at the data directory. For superusers and members of pg_read_server_files. Error 42501 for others.';

CREATE FUNCTION rds_guard.run_rule(rule text, bundle jsonb DEFAULT NULL) RETURNS rds_guard.violation[]
    LANGUAGE C STABLE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'rg_run_rule';

COMMENT ON FUNCTION rds_guard.run_rule(text, jsonb) IS
'All violations that a rule finds, with the rights of the caller; NULL for none. The bundle, unless it is NULL, is its parameter $1. All or nothing: a rule that breaks off half way gives none, so that the verdict does not depend on the order of execution. Raises what the rule raises. The plan is kept for the session.';

CREATE FUNCTION rds_guard.hba_access(for_role name DEFAULT NULL)
    RETURNS TABLE (role name, place bigint, file_name text, line_number integer, type text, databases text[],
                   address text, auth_method text, options text[], transports text[], remote boolean,
                   reached name[], networks cidr[], certain boolean)
    LANGUAGE C STABLE PARALLEL RESTRICTED ROWS 10000
    SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'rg_hba_access';

COMMENT ON FUNCTION rds_guard.hba_access(name) IS
'How each role that may log in, or only the one named, gets as far as being asked who it is: a row for each line of pg_hba.conf that it hits first, with the transports (local, plain, tls, gss), the databases (reached: of those that take connections; replication stands for physical replication) and the addresses (networks: the fewest networks that are exactly what earlier lines leave to this one; NULL for the Unix socket, names and keywords) for which that is so. A line has several rows if it gets different addresses for different databases or transports. remote: networks are more than this machine. certain is false where hba_rules() says that it is uncertain what the line matches; such a line takes nothing away from later ones, so that what these get may be less; one that may have a name in quotes is taken at its word, so that later ones may get more.
Lines that reject are not shown, but count as first match. No row for a role: it cannot connect. For whoever may read pg_hba_file_rules; 42501 for others, as hba_rules(). Source: check_hba() in hba.c.';

CREATE FUNCTION rds_guard.hba_reach()
    RETURNS TABLE (place bigint, transports text[], remote boolean, covered_by bigint[], idle boolean)
    LANGUAGE C STABLE PARALLEL RESTRICTED
    SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'rg_hba_reach';

COMMENT ON FUNCTION rds_guard.hba_reach() IS
'A row for each line of pg_hba.conf that fits some role and database (all that exist, that the file names, any other, and for each regular expression one that nothing else matches): the transports by which some connection hits it, whether from beyond this machine, where no connection does the lines (by their place) that take all of it, and whether it is idle: only a regular expression of its own names a role or a database, and none that there is. For whoever may read pg_hba_file_rules; 42501 for others.';

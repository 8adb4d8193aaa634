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
    RETURNS TABLE (role name, can_login boolean, kind text, iterations integer, valid_until timestamptz)
    LANGUAGE C STABLE PARALLEL RESTRICTED
    SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'rg_password_verifiers';

COMMENT ON FUNCTION rds_guard.password_verifiers() IS
'How the password of each role is stored, never the stored form itself: a row a role.
kind is none (no password), md5, scram-sha-256 or unrecognised (no password will match, or the stored form is irregular). iterations are those of SCRAM, NULL for other kinds. valid_until is when the password expires, NULL or infinity for never.
Needs SELECT on the columns rolname, rolcanlogin, rolpassword and rolvaliduntil of pg_authid, by default only a superuser''s. Raises 42501.
Semantics: get_password_type() in src/backend/libpq/crypt.c, parse_scram_secret() in src/backend/libpq/auth-scram.c, more strictly.';

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

CREATE FUNCTION rds_guard.run_rule(rule text) RETURNS rds_guard.violation[]
    LANGUAGE C STABLE STRICT PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'rg_run_rule';

COMMENT ON FUNCTION rds_guard.run_rule(text) IS
'All violations that a rule finds, with the rights of the caller; NULL for none. All or nothing: a rule that breaks off half way gives none, so that the verdict does not depend on the order of execution. Raises what the rule raises. The plan is kept for the session.';

CREATE FUNCTION rds_guard.hba_access(for_role name DEFAULT NULL)
    RETURNS TABLE (role name, place bigint, file_name text, line_number integer, type text, databases text[],
                   address text, auth_method text, options text[], transports text[], remote boolean,
                   reached name[], networks cidr[], certain boolean)
    LANGUAGE C STABLE PARALLEL RESTRICTED ROWS 10000
    SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'rg_hba_access';

COMMENT ON FUNCTION rds_guard.hba_access(name) IS
'How each role that may log in, or only the one named, gets as far as being asked who it is: a row for each line of pg_hba.conf that it hits first, with the transports (local, plain, tls, gss), the databases (reached: of those that take connections; replication stands for physical replication) and the addresses (networks: the fewest networks that are exactly what earlier lines leave to this one; NULL for the Unix socket, names and keywords) for which that is so. A line has several rows if it gets different addresses for different databases or transports. remote: networks are more than this machine. certain is false where hba_rules() says that it is uncertain what the line matches; such a line takes nothing away from later ones, so that what these get may be less.
Lines that reject are not shown, but count as first match. No row for a role: it cannot connect. For whoever may read pg_hba_file_rules; 42501 for others, as hba_rules(). Source: check_hba() in hba.c.';

CREATE FUNCTION rds_guard.hba_reach()
    RETURNS TABLE (place bigint, transports text[], remote boolean, covered_by bigint[])
    LANGUAGE C STABLE PARALLEL RESTRICTED
    SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'rg_hba_reach';

COMMENT ON FUNCTION rds_guard.hba_reach() IS
'A row for each line of pg_hba.conf that fits some role and database (all that exist, that the file names, and any other): the transports by which some connection hits it, whether from beyond this machine, and where no connection does, the lines (by their place) that take all of it. For whoever may read pg_hba_file_rules; 42501 for others.';

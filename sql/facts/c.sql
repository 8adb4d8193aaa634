-- The facts that the library observes. plain.sql has the same names and columns
-- for where no library can be loaded. Everybody may execute them: each asks for
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

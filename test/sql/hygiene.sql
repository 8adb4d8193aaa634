-- What must hold for each function, view, type and check of ours, as
-- installed. Each query shows offenders.
SELECT count(*) > 40 AS functions FROM pg_proc AS p WHERE p.pronamespace = 'rds_guard'::regnamespace;

-- Functions.
SELECT p.proname AS without_search_path FROM pg_proc AS p
WHERE p.pronamespace = 'rds_guard'::regnamespace AND NOT coalesce(p.proconfig, '{}') @> '{"search_path=pg_catalog, pg_temp"}';
SELECT p.proname AS security_definer FROM pg_proc AS p WHERE p.pronamespace = 'rds_guard'::regnamespace AND p.prosecdef;
SELECT p.proname AS leakproof FROM pg_proc AS p WHERE p.pronamespace = 'rds_guard'::regnamespace AND p.proleakproof;
-- only these do something, or must not be evaluated by the planner
SELECT p.proname AS volatile FROM pg_proc AS p WHERE p.pronamespace = 'rds_guard'::regnamespace AND p.provolatile = 'v' ORDER BY p.proname COLLATE "C";
SELECT p.proname AS library, p.proparallel, p.provolatile, p.probin FROM pg_proc AS p JOIN pg_language AS l ON l.oid = p.prolang
WHERE p.pronamespace = 'rds_guard'::regnamespace AND l.lanname = 'c' ORDER BY p.proname COLLATE "C";
SELECT l.lanname AS other_language FROM pg_proc AS p JOIN pg_language AS l ON l.oid = p.prolang
WHERE p.pronamespace = 'rds_guard'::regnamespace AND l.lanname NOT IN ('c', 'sql', 'plpgsql');
-- what promises more than it can keep: a safe or immutable function that asks
-- for the session's state
SELECT p.proname AS too_sure FROM pg_proc AS p
WHERE p.pronamespace = 'rds_guard'::regnamespace
      AND ((p.provolatile = 'i' AND p.prosrc ~ 'pg_catalog\.pg_|\mpg_(roles|settings|class)\M|current_(user|setting)|\mnow\(')
           -- whatever it calls of ours, too
           OR (p.proparallel = 's' AND EXISTS (SELECT FROM pg_proc AS c
                                               WHERE c.pronamespace = p.pronamespace AND c.proparallel <> 's'
                                                     AND p.prosrc ~ ('rds_guard\.' || c.proname || '\('))));
SELECT p.proname AS overloaded FROM pg_proc AS p WHERE p.pronamespace = 'rds_guard'::regnamespace GROUP BY p.proname HAVING count(*) > 1;
-- rules name the catalog's schema
SELECT d.check_id AS unqualified FROM rds_guard.check_definitions AS d WHERE d.builtin AND d.rule ~ '(FROM|JOIN)\s+pg_(?!catalog\.)';

-- Comments.
SELECT 'function ' || p.proname AS without_comment FROM pg_proc AS p WHERE p.pronamespace = 'rds_guard'::regnamespace AND obj_description(p.oid, 'pg_proc') IS NULL
UNION ALL
SELECT 'relation ' || c.relname FROM pg_class AS c
WHERE c.relnamespace = 'rds_guard'::regnamespace AND c.relkind IN ('r', 'v', 'm', 'c') AND obj_description(c.oid, 'pg_class') IS NULL
      -- that of a composite type is at the type
      AND c.relkind <> 'c'
UNION ALL
SELECT 'type ' || t.typname FROM pg_type AS t
WHERE t.typnamespace = 'rds_guard'::regnamespace AND obj_description(t.oid, 'pg_type') IS NULL
      AND (t.typtype IN ('e', 'd') OR (t.typtype = 'c' AND (SELECT c.relkind FROM pg_class AS c WHERE c.oid = t.typrelid) = 'c'));
SELECT p.proname AS comment_without_full_stop FROM pg_proc AS p
WHERE p.pronamespace = 'rds_guard'::regnamespace AND obj_description(p.oid, 'pg_proc') !~ '\.$';

-- Everything belongs to the extension.
SELECT p.proname AS stray FROM pg_proc AS p
WHERE p.pronamespace = 'rds_guard'::regnamespace
      AND NOT EXISTS (SELECT FROM pg_depend AS d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')
UNION ALL
SELECT c.relname FROM pg_class AS c
WHERE c.relnamespace = 'rds_guard'::regnamespace AND c.relkind IN ('r', 'v')
      AND NOT EXISTS (SELECT FROM pg_depend AS d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e');
SELECT c.oid::regclass AS dumped, c.condition FROM pg_extension AS e CROSS JOIN LATERAL unnest(e.extconfig, e.extcondition) AS c (oid, condition) WHERE e.extname = 'rds_guard';

-- Views: all that they read is open to everybody, so that none of them lends
-- its owner's rights.
SELECT DISTINCT v.relname AS view, r.oid::regclass AS reads
FROM pg_class AS v
JOIN pg_rewrite AS w ON w.ev_class = v.oid
JOIN pg_depend AS d ON d.classid = 'pg_rewrite'::regclass AND d.objid = w.oid AND d.refclassid = 'pg_class'::regclass AND d.refobjid <> v.oid
JOIN pg_class AS r ON r.oid = d.refobjid AND r.relkind <> 'c'
WHERE v.relnamespace = 'rds_guard'::regnamespace AND v.relkind = 'v'
      AND NOT EXISTS (SELECT FROM aclexplode(coalesce(r.relacl, acldefault('r', r.relowner))) AS a WHERE a.grantee = 0 AND a.privilege_type = 'SELECT');

-- Checks: ids, texts, references.
SELECT count(*) > 45 AS checks, count(*) = count(DISTINCT check_id) AS unique_ids FROM rds_guard.checks;
SELECT c.check_id AS odd_id FROM rds_guard.checks AS c WHERE c.check_id !~ '^[a-z][a-z0-9]*(_[a-z0-9]+)*$' OR c.category !~ '^[a-z][a-z0-9]*(_[a-z0-9]+)*$' OR length(c.check_id) > 40;
SELECT c.check_id, t.kind, t.value AS odd_text
FROM rds_guard.checks AS c
CROSS JOIN LATERAL (VALUES ('title', c.title), ('why', c.why), ('remedy', c.remedy), ('needs', c.needs)) AS t (kind, value)
WHERE coalesce(t.value, '') = '' OR t.value <> btrim(t.value) OR t.value ~ '  |\n'
      OR (t.kind IN ('why', 'remedy') AND t.value !~ '[.]$')
      OR (t.kind IN ('title', 'needs') AND t.value ~ '[.?!]$')
      OR (t.kind <> 'needs' AND t.value !~ '^[A-Z]' AND t.value !~ '^(pgaudit|[a-z]+(_[a-z]+)+)[ ,]')
      OR (t.kind = 'title' AND length(t.value) > 80);
SELECT c.check_id, r.ref AS odd_ref FROM rds_guard.checks AS c CROSS JOIN LATERAL unnest(c.refs) AS r (ref)
WHERE r.ref IS NULL OR r.ref !~ '^(CIS \d+(\.\d+)*|STIG V-\d{6}|Security Hub [A-Za-z]+\d?\.\d+)$';
SELECT c.check_id AS doubled_ref FROM rds_guard.checks AS c CROSS JOIN LATERAL unnest(c.refs) AS r (ref) GROUP BY c.check_id, r.ref HAVING count(*) > 1;
SELECT DISTINCT c.scope FROM rds_guard.checks AS c ORDER BY c.scope;
SELECT DISTINCT c.category FROM rds_guard.checks AS c ORDER BY c.category;
SELECT title AS doubled_title FROM rds_guard.checks GROUP BY title HAVING count(*) > 1;
SELECT count(*) AS not_builtin FROM rds_guard.checks WHERE NOT builtin;
-- what was promised
SELECT p.check_id AS missing, p.category, p.severity
FROM (VALUES
    ('tls_current_session', 'connection', 'high'), ('tls_cleartext_sessions', 'connection', 'high'), ('tls_legacy_protocol_sessions', 'connection', 'medium'),
    ('superuser_session_remote', 'connection', 'high'), ('tls_server_disabled', 'tls', 'critical'), ('tls_not_enforced', 'tls', 'high'), ('tls_min_protocol', 'tls', 'medium'),
    ('tls_cert_expiry', 'tls', 'high'), ('tls_cert_weak', 'tls', 'medium'), ('tls_sni_hosts', 'tls', 'info'),
    ('tls_weak_ciphers', 'tls', 'medium'), ('tls_max_protocol_capped', 'tls', 'medium'), ('tls_client_ca_crl', 'tls', 'medium'), ('gss_accept_delegation', 'tls', 'medium'),
    ('fips_mode', 'tls', 'info'), ('tls_weak_key_exchange', 'tls', 'low'), ('tls_prefer_server_ciphers', 'tls', 'low'),
    ('master_user_used_by_application', 'connection', 'medium'), ('idle_session_limits', 'connection', 'low'),
    ('shared_account_many_clients', 'connection', 'info'), ('connection_slots_reserved', 'connection', 'low'),
    ('superuser_password_auth', 'authentication', 'critical'), ('password_encryption_md5', 'authentication', 'high'), ('md5_password_hashes', 'authentication', 'high'),
    ('scram_low_iterations', 'authentication', 'low'), ('password_no_expiry', 'authentication', 'low'), ('login_without_password', 'authentication', 'medium'),
    ('iam_kerberos_conflict', 'authentication', 'high'), ('iam_auth_not_used', 'authentication', 'medium'), ('connection_limit_unlimited', 'authentication', 'low'),
    ('pgaudit_not_loaded', 'audit_logging', 'high'), ('pgaudit_log_insufficient', 'audit_logging', 'high'), ('pgaudit_extension_missing', 'audit_logging', 'medium'),
    ('pgaudit_effective_override', 'audit_logging', 'high'), ('logging_guc_overridden', 'audit_logging', 'high'), ('log_suppressed_by_level', 'audit_logging', 'critical'),
    ('log_connections_off', 'audit_logging', 'medium'), ('log_connections_partial', 'audit_logging', 'medium'), ('log_disconnections_off', 'audit_logging', 'medium'),
    ('log_statement_off', 'audit_logging', 'medium'),
    ('hba_trust', 'network', 'critical'), ('hba_cleartext_password_method', 'network', 'high'), ('hba_ident_method', 'network', 'high'), ('hba_superuser_remote', 'network', 'high'),
    ('hba_replication_open', 'network', 'high'), ('hba_ldap_insecure', 'network', 'high'), ('hba_parse_error_stale', 'network', 'high'), ('listen_all_interfaces', 'network', 'medium'),
    ('hba_md5_method', 'network', 'medium'), ('hba_wide_cidr', 'network', 'medium'), ('hba_shadowed_rule', 'network', 'medium'), ('hba_all_databases_all_users', 'network', 'low'),
    ('hba_ident_map_wildcard', 'network', 'high'), ('hba_radius_removed', 'network', 'medium'), ('hba_oauth_weak', 'network', 'medium'), ('hba_clientcert_incomplete', 'network', 'medium'),
    ('unix_socket_permissions', 'network', 'low'), ('hba_gss_realm_stripped', 'network', 'medium'), ('db_user_namespace', 'network', 'medium'), ('hba_dns_name_rule', 'network', 'low'),
    ('default_port', 'network', 'info'),
    ('superuser_count', 'roles', NULL), ('superuser_reachable_path', 'roles', NULL), ('rds_superuser_members', 'roles', NULL), ('createrole_roles', 'roles', NULL),
    ('createrole_escalation_pre16', 'roles', NULL), ('predefined_role_os_access', 'roles', NULL), ('predefined_role_data_access', 'roles', NULL), ('replication_roles', 'roles', NULL),
    ('bypassrls_roles', 'roles', NULL), ('admin_option_grants', 'roles', NULL), ('noinherit_hidden_privilege', 'roles', NULL),
    ('public_schema_create', 'privileges', NULL), ('public_table_grants', 'privileges', NULL), ('public_column_grants', 'privileges', NULL),
    ('default_privileges_public', 'privileges', NULL), ('grant_option_grants', 'privileges', NULL), ('parameter_grants', 'privileges', NULL), ('pg_authid_readable', 'privileges', NULL)
) AS p (check_id, category, severity)
LEFT JOIN rds_guard.checks AS c ON c.check_id = p.check_id AND c.category = p.category AND c.severity::text = coalesce(p.severity, c.severity::text)
WHERE c.check_id IS NULL;
-- the contract of the report's columns
SELECT a.attname, format_type(a.atttypid, NULL) AS type FROM pg_attribute AS a WHERE a.attrelid = 'rds_guard.finding'::regclass AND a.attnum > 0 ORDER BY a.attnum;
SELECT enum_range(NULL::rds_guard.severity) AS severities, enum_range(NULL::rds_guard.status) AS statuses;

-- The shapes that everything else is made of: severity, status, finding, and
-- the registry table.

CREATE TYPE rds_guard.severity AS ENUM ('info', 'low', 'medium', 'high', 'critical');

COMMENT ON TYPE rds_guard.severity IS
'How bad a failed check is. Ordered, so that severity >= ''high'' works.';

-- In the order in which a report shows them.
CREATE TYPE rds_guard.status AS ENUM ('fail', 'error', 'unknown', 'waived', 'not_applicable', 'pass');

COMMENT ON TYPE rds_guard.status IS
'Verdict of a check: fail, pass, unknown (the caller may not see what would decide it), not_applicable (this server or edition has no such thing), error (the check itself broke), waived. Ordered as a report shows them.';

CREATE TYPE rds_guard.finding AS (
    severity rds_guard.severity,
    status rds_guard.status,
    category text,
    check_id text,
    title text,
    object text,
    detail text,
    remedy text,
    fix text,
    refs text[],
    evidence jsonb,
    fingerprint text
);

COMMENT ON TYPE rds_guard.finding IS
'One row of a report. See the comment of rds_guard.report() for its columns.';

-- What a rule returns.
CREATE TYPE rds_guard.violation AS (
    object text,
    detail text,
    fix text,
    evidence jsonb
);

COMMENT ON TYPE rds_guard.violation IS
'What the rule of a check returns, a row for each thing that is wrong: the object as SQL would write it, a sentence with the observed values, the statement or configuration line that mends it (NULL where none is safe), and the observed facts.';

CREATE TYPE rds_guard.effective_privilege AS (
    role name,
    kind text,
    object text,
    column_name name,
    privilege text,
    grantable boolean,
    via text,
    needs_set_role boolean,
    path text[]
);

COMMENT ON TYPE rds_guard.effective_privilege IS
'One privilege that a role effectively has. See the comment of rds_guard.effective_privileges() for its columns.';

CREATE TYPE rds_guard.server_certificate AS (
    setting text, hosts text[], file text, "position" integer, role text, subject text, issuer text, serial numeric, names text[],
    not_before timestamptz, not_after timestamptz, key_type text, key_bits integer, curve text, signature_algorithm text,
    signature_digest text, self_signed boolean, is_ca boolean, key_usage text[], extended_key_usage text[], chain text,
    private_key text, fingerprint text, file_changed timestamptz, loaded text, unseen text[]
);

COMMENT ON TYPE rds_guard.server_certificate IS
'A certificate that the server is configured to load: a row of server_certificates(), which explains the columns.';

-- Whoever may write this table runs code as whoever runs the report, so only
-- its owner may: rds_guard.define_check() is the way in.
CREATE TABLE rds_guard.check_definitions (
    check_id text NOT NULL PRIMARY KEY CHECK (check_id ~ '^[a-z][a-z0-9_]{0,62}$'),
    category text NOT NULL CHECK (category ~ '^[a-z][a-z0-9_]{0,62}$'),
    severity rds_guard.severity NOT NULL,
    scope text NOT NULL CHECK (scope IN ('server', 'session', 'role', 'aws')),
    title text NOT NULL CHECK (title <> ''),
    why text NOT NULL CHECK (why <> ''),
    remedy text NOT NULL CHECK (remedy <> ''),
    needs text NOT NULL CHECK (needs <> ''),
    refs text[] NOT NULL,
    rule text NOT NULL,
    builtin boolean NOT NULL DEFAULT true,
    definer regrole NOT NULL
);

COMMENT ON TABLE rds_guard.check_definitions IS
'A row a check: its metadata and its rule. Readable by everybody, written only by its owner, through rds_guard.define_check(). Rows that are not builtin are dumped with the database.';
COMMENT ON COLUMN rds_guard.check_definitions.scope IS
'server: speaks about the server or this database, part of report(); session: about this session, part of report() and my_report(); role: about the current role, part of my_report(); aws: about what Amazon''s command line printed, part of aws_report().';
COMMENT ON COLUMN rds_guard.check_definitions.needs IS
'What a role needs to get a verdict rather than unknown.';
COMMENT ON COLUMN rds_guard.check_definitions.definer IS
'The role that defined the check. A check that is not builtin runs only for callers no mightier than its definer.';

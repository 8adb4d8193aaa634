-- The policy: thresholds and lists that a site may change. Values are data,
-- never code: a wrong one is refused when it is written, so that no report has
-- to cope with it.

CREATE TABLE rds_guard.policy (
    name text NOT NULL PRIMARY KEY,
    value jsonb NOT NULL,
    unit text NOT NULL CHECK (unit IN ('%', 'relations', 'schemas', 'days', 'seconds', 'milliseconds', 'clients', 'guesses', 'characters',
                                       'bits', 'TLS 1.x', 'role names', 'extension names', 'plugin names', 'library names', 'region names', 'bucket names', 'IAM names', 'account ids', 'tag keys', 'word')),
    meaning text NOT NULL,
    shipped jsonb NOT NULL,
    words text[] CHECK ((words IS NOT NULL) = (unit = 'word'))
);

COMMENT ON TABLE rds_guard.policy IS
'A row for each threshold and each list of names that rules go by. Change the value with UPDATE, a number, a list such as ["one", "two"] or one of the words, such as "off"; UPDATE rds_guard.policy SET value = DEFAULT takes back the one that came with the product. For its owner and who has an explicit GRANT of UPDATE (value); pg_write_all_data is none. Members of pg_monitor may read it. Values that differ from what was shipped are dumped with the database.';
COMMENT ON COLUMN rds_guard.policy.value IS
'What is in force. NULL when written: the shipped value.';
COMMENT ON COLUMN rds_guard.policy.unit IS
'role names, extension names, plugin names, library names, region names, bucket names, IAM names, account ids, tag keys: a list of names, as they are, without the quotes of SQL. word: one of those in words. Anything else: a number, for % from 0 to 100.';

INSERT INTO rds_guard.policy (name, unit, shipped, value, meaning)
SELECT p.name, p.unit, p.shipped, p.shipped, p.meaning
FROM (VALUES
    ('superusers', 'role names', '[]'::jsonb,
     'Roles that may be superuser, besides the one that initdb made.'),
    ('owners', 'role names', '[]',
     'Roles that may own databases, schemas and what is in them, and, if people or programs log in with them, act as owner. Empty: an object should belong to the owner of its schema.'),
    ('operators', 'role names', '[]',
     'Roles whose holders may use the predefined roles for monitoring and maintenance, such as pg_monitor and pg_signal_backend.'),
    ('output_plugins', 'plugin names', '[]',
     'Output plugins that logical replication slots may use, besides pgoutput.'),
    ('inactive_slot_limit', 'seconds', '3600',
     'How long a replication slot may be without its consumer, as far as the server tells, PostgreSQL 17 and later. Before, it may not be at all.'),
    ('backup_days', 'days', '8',
     'Number of days after which a base backup no longer shows that there are backups.'),
    ('approved_extensions', 'extension names', '[]',
     'Extensions that may be installed. Empty: any.'),
    ('approved_libraries', 'library names', '[]',
     'Libraries that the server may load at start or at login, besides those of PostgreSQL and of widely used extensions.'),
    ('sprawl_share', '%', '50',
     'Share of all relations from which on a login role can write too many.'),
    ('sprawl_schemas', 'schemas', '10',
     'Number of schemas from which on a login role can write to too many.'),
    ('sprawl_minimum', 'relations', '20',
     'Number of relations below which a database is too small to speak of sprawl.'),
    ('certificate_days_high', 'days', '30',
     'A certificate that is valid for fewer days is a finding of high severity.'),
    ('certificate_days_medium', 'days', '90',
     'A certificate that is valid for fewer days is a finding of medium severity.'),
    ('weak_password_guesses', 'guesses', '31',
     'Number of guesses, the likeliest first, that a report makes on each password.'),
    ('weak_password_milliseconds', 'milliseconds', '100',
     'Time that a report may spend on guessing passwords.'),
    ('password_minimum_length', 'characters', '12',
     'Length that a password must have at least.'),
    ('password_warning_days', 'days', '14',
     'Number of days from which on a password is about to expire.'),
    ('tls_minimum_version', 'TLS 1.x', '2',
     'Oldest version of TLS that the server may accept: 2 for TLS 1.2, 3 for TLS 1.3.'),
    ('idle_in_transaction_limit', 'seconds', '3600',
     'How long a session may be idle within a transaction. 0: as long as it likes.'),
    ('idle_session_limit', 'seconds', '0',
     'How long a session may be idle, PostgreSQL 14 and later. 0: as long as it likes, which poolers need.'),
    ('statement_limit', 'seconds', '0',
     'How long a statement may run. 0: as long as it likes.'),
    ('transaction_limit', 'seconds', '0',
     'How long a transaction may take, PostgreSQL 17 and later. 0: as long as it likes.'),
    ('shared_account_addresses', 'clients', '10',
     'Number of addresses from which on a role that is connected from them looks like a shared account.'),
    ('shared_account_applications', 'clients', '5',
     'Number of applications from which on a role that they are connected as looks like a shared account.'),
    ('widest_ipv4', 'bits', '16',
     'Length of the prefix below which an IPv4 network in pg_hba.conf is too wide.'),
    ('aws_widest_public_ipv4', 'bits', '24',
     'Length of the prefix below which a public IPv4 network in a security group of AWS is too wide.'),
    ('aws_widest_private_ipv4', 'bits', '16',
     'Length of the prefix below which a private IPv4 network in a security group of AWS is too wide.'),
    ('aws_widest_ipv6', 'bits', '56',
     'Length of the prefix below which an IPv6 network in a security group of AWS is too wide.'),
    ('aws_admins', 'IAM names', '[]',
     'Users, groups, roles and policies of IAM that may do everything in AWS.'),
    ('aws_accounts', 'account ids', '[]',
     'Accounts of AWS, by their twelve digits, that may be let in, besides the one that owns the database.'),
    ('aws_password_length', 'characters', '14',
     'Length that a password of a user of IAM must have at least.'),
    ('aws_unused_days', 'days', '90',
     'Number of days after which what IAM allows and nobody has used is not needed.'),
    ('widest_ipv6', 'bits', '64',
     'Length of the prefix below which an IPv6 network in pg_hba.conf is too wide.'),
    ('version_end_days', 'days', '180',
     'A major version of PostgreSQL that is supported for fewer days is a finding of medium severity.'),
    ('version_list_days', 'days', '120',
     'Age from which on what this extension knows of releases and vulnerabilities does not tell that a server is up to date.'),
    ('aws_restorable_seconds', 'seconds', '900',
     'How far the latest time to which RDS can restore a database may stay behind.'),
    ('aws_snapshot_days', 'days', '180',
     'Number of days after which a manual snapshot is old.'),
    ('aws_secret_days', 'days', '90',
     'Number of days after which a password in a secret of AWS should have been changed.'),
    ('aws_log_days', 'days', '90',
     'Number of days for which logs of databases should be kept in CloudWatch.'),
    ('aws_maintenance_days', 'days', '30',
     'Number of days for which maintenance of a database on RDS may wait.'),
    ('aws_export_buckets', 'bucket names', '[]',
     'Buckets that snapshots and clusters may be exported to.'),
    ('aws_regions', 'region names', '[]',
     'Regions of AWS in which databases may be. Empty: any.'),
    ('aws_tags', 'tag keys', '["Environment", "Owner", "DataClassification"]',
     'Tags that a database on RDS should have.'),
    ('aws_backup_days', 'days', '7',
     'Number of days for which RDS and Aurora should keep automated backups, from 1 to 35.')
) AS p (name, unit, shipped, meaning);

INSERT INTO rds_guard.policy (name, unit, shipped, value, meaning, words)
SELECT p.name, 'word', p.shipped, p.shipped, p.meaning, p.words
FROM (VALUES
    ('log_error_verbosity', '"not terse"'::jsonb, '{not terse,default,verbose}'::text[],
     'How much of an error the log should have: what log_error_verbosity is to be, or anything but terse.'),
    ('log_hostname', '"any"', '{any,off,on}',
     'Whether the log should have the names of clients: what log_hostname is to be. on costs a look-up at each connection, and whoever owns the address decides about its name.'),
    ('log_connections', '"identity"', '{identity,all}',
     'Which aspects of connections the log should have: authentication and authorization, or all that log_connections knows.'),
    ('aws_activity_stream', '"any"', '{any,on}',
     'Whether clusters of Aurora should have a database activity stream.'),
    ('pgaudit_log_parameter', '"off"', '{any,off,on}',
     'Whether records of pgaudit should have the parameters of statements: what pgaudit.log_parameter is to be. They tell what was read and changed, and are personal data where those are.')
) AS p (name, shipped, words, meaning);

CREATE FUNCTION rds_guard.policy_kind(unit text) RETURNS text
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN CASE WHEN unit ~ ' (names|ids|keys)$' THEN 'list' WHEN unit = 'word' THEN 'word' ELSE 'number' END;
END
$$;

COMMENT ON FUNCTION rds_guard.policy_kind(text) IS
'What a policy of this unit is: a list, a word or a number.';

CREATE FUNCTION rds_guard.policy_value(policy text, kind text) RETURNS jsonb
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    value jsonb;
BEGIN
    IF NOT has_table_privilege('rds_guard.policy', 'SELECT') THEN
        RAISE insufficient_privilege USING
            MESSAGE = 'permission denied for table rds_guard.policy',
            HINT = format('GRANT SELECT ON rds_guard.policy TO %s;', rds_guard.ident(current_user));
    END IF;
    SELECT p.value INTO value FROM rds_guard.policy AS p WHERE p.name = policy_value.policy AND rds_guard.policy_kind(p.unit) = kind;
    IF NOT FOUND THEN
        RAISE invalid_parameter_value USING
            MESSAGE = format('there is no policy "%s" that is a %s', policy, kind);
    END IF;
    RETURN value;
END
$$;

COMMENT ON FUNCTION rds_guard.policy_value(text, text) IS
'The value of a policy of this kind, as policy_kind() has it. For whoever may read rds_guard.policy; 42501 for others, with the GRANT as hint. Error 22023 when there is none, so that a missing row is no threshold of NULL.';

CREATE FUNCTION rds_guard.policy_number(policy text) RETURNS numeric
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN rds_guard.policy_value(policy, 'number')::numeric;
END
$$;

COMMENT ON FUNCTION rds_guard.policy_number(text) IS
'For rules: a threshold of rds_guard.policy. Write it as (SELECT rds_guard.policy_number(...)), which is read once a rule. Errors: 42501 for who may not read the policy, 22023 for what is no threshold.';

CREATE FUNCTION rds_guard.policy_word(policy text) RETURNS text
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN rds_guard.policy_value(policy, 'word') #>> '{}';
END
$$;

COMMENT ON FUNCTION rds_guard.policy_word(text) IS
'For rules: a choice that rds_guard.policy makes, one of its words. Errors: 42501 for who may not read the policy, 22023 for what is no choice.';

CREATE FUNCTION rds_guard.policy_names(policy text) RETURNS name[]
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN ARRAY(SELECT n.name::name FROM jsonb_array_elements_text(rds_guard.policy_value(policy, 'list')) AS n (name));
END
$$;

COMMENT ON FUNCTION rds_guard.policy_names(text) IS
'For rules: a list of names of rds_guard.policy. What such a list allows is returned nevertheless, with the name of the policy as allowed_by in its evidence: then it is waived, not left out. Errors: 42501 for who may not read the policy, 22023 for what is no list.';

CREATE FUNCTION rds_guard.policy_problem(value jsonb, unit text, words text[]) RETURNS text
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    most CONSTANT numeric := CASE unit WHEN '%' THEN 100 WHEN 'bits' THEN 128 ELSE 1000000000 END;
    strange jsonb;
BEGIN
    IF rds_guard.policy_kind(unit) = 'word' THEN
        RETURN CASE WHEN jsonb_typeof(value) <> 'string' OR value #>> '{}' <> ALL (words)
                    THEN 'one of ' || (SELECT string_agg(to_json(w.word)::text, ', ' ORDER BY w.place) FROM unnest(words) WITH ORDINALITY AS w (word, place)) END;
    END IF;
    IF rds_guard.policy_kind(unit) = 'number' THEN
        RETURN CASE
                   WHEN jsonb_typeof(value) <> 'number' OR value::numeric NOT BETWEEN 0 AND most THEN format('a number from 0 to %s', most)
                   WHEN unit <> '%' AND value::numeric <> trunc(value::numeric) THEN 'a whole number'
               END;
    END IF;
    IF jsonb_typeof(value) <> 'array' THEN
        RETURN format('a list of %s such as ["one", "two"]', unit);
    END IF;
    -- a longer name would be cut, and then mean somebody else
    SELECT e.name INTO strange
    FROM jsonb_array_elements(value) AS e (name)
    WHERE jsonb_typeof(e.name) <> 'string' OR e.name = '""' OR (e.name #>> '{}')::name::text <> e.name #>> '{}'
    LIMIT 1;
    RETURN 'names only, not ' || strange::text;
END
$$;

COMMENT ON FUNCTION rds_guard.policy_problem(jsonb, text, text[]) IS
'What a policy of this unit, with these words, wants instead of a value; NULL when the value will do.';

CREATE FUNCTION rds_guard.keep_policy() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    problem text;
BEGIN
    -- Privileges on all data (pg_write_all_data) are no leave to say what the
    -- report tolerates: that takes ownership or a GRANT on this table.
    IF NOT pg_has_role((SELECT c.relowner FROM pg_class AS c WHERE c.oid = TG_RELID), 'USAGE')
       AND NOT EXISTS (SELECT
                       FROM (SELECT c.relacl FROM pg_class AS c WHERE c.oid = TG_RELID
                             UNION ALL
                             SELECT t.attacl FROM pg_attribute AS t WHERE t.attrelid = TG_RELID AND t.attname = 'value') AS g (acl)
                       CROSS JOIN LATERAL aclexplode(g.acl) AS a
                       WHERE a.privilege_type = 'UPDATE'
                             AND CASE a.grantee WHEN 0 THEN true ELSE pg_has_role(a.grantee, 'USAGE') END) THEN
        RAISE insufficient_privilege USING MESSAGE = 'permission denied for table policy';
    END IF;

    IF TG_OP IN ('DELETE', 'TRUNCATE') THEN
        RAISE feature_not_supported USING
            MESSAGE = 'a policy cannot be deleted',
            HINT = 'SET value = DEFAULT takes back the value that came with the product.';
    END IF;
    IF TG_OP = 'INSERT' THEN
        -- pg_dump writes what was changed, and finds our rows already there
        UPDATE rds_guard.policy AS p SET value = new.value WHERE p.name = new.name;
        IF NOT FOUND THEN
            RAISE invalid_parameter_value USING
                MESSAGE = format('there is no policy "%s"', new.name),
                HINT = 'Policies: ' || (SELECT string_agg(p.name, ', ' ORDER BY p.name COLLATE "C") FROM rds_guard.policy AS p) || '.';
        END IF;
        RETURN NULL;
    END IF;

    IF (new.name, new.unit, new.meaning, new.shipped, new.words) IS DISTINCT FROM (old.name, old.unit, old.meaning, old.shipped, old.words) THEN
        RAISE feature_not_supported USING MESSAGE = 'only the value of a policy can be changed';
    END IF;
    new.value := coalesce(new.value, old.shipped);
    problem := rds_guard.policy_problem(new.value, new.unit, new.words);
    IF problem IS NOT NULL THEN
        RAISE invalid_parameter_value USING
            MESSAGE = format('policy "%s" wants %s', new.name, problem);
    END IF;
    RETURN new;
END
$$;

COMMENT ON FUNCTION rds_guard.keep_policy() IS
'Trigger on the policy: only values can be changed, only to what they can mean, and only by its owner or with an explicit GRANT. A row that is inserted, as pg_dump does, changes the one that is there. Errors: 42501, 22023, 0A000.';

CREATE TRIGGER keep_policy BEFORE INSERT OR UPDATE OR DELETE ON rds_guard.policy
    FOR EACH ROW EXECUTE FUNCTION rds_guard.keep_policy();
CREATE TRIGGER keep_policy_whole BEFORE TRUNCATE ON rds_guard.policy
    FOR EACH STATEMENT EXECUTE FUNCTION rds_guard.keep_policy();
ALTER TABLE rds_guard.policy ENABLE ALWAYS TRIGGER keep_policy;
ALTER TABLE rds_guard.policy ENABLE ALWAYS TRIGGER keep_policy_whole;

-- Runs one check, isolated from all others, and decides its verdict. The
-- SQLSTATE of a rule that breaks off says why: 42501 unknown, 0A000 not
-- applicable, anything else an error of the check itself.

CREATE FUNCTION rds_guard.unknown(reason text, hint text DEFAULT NULL) RETURNS boolean
    LANGUAGE plpgsql VOLATILE PARALLEL RESTRICTED
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF hint IS NULL THEN
        RAISE insufficient_privilege USING MESSAGE = reason;
    END IF;
    RAISE insufficient_privilege USING MESSAGE = reason, HINT = hint;
END
$$;

COMMENT ON FUNCTION rds_guard.unknown(text, text) IS
'For rules and facts: breaks off with 42501 because the caller may not see what would decide. The hint is the GRANT that would show it, the command of Amazon''s that prints the document which would, or a sentence where neither does. Volatile, so that the planner never evaluates it.';

CREATE FUNCTION rds_guard.not_applicable(reason text) RETURNS boolean
    LANGUAGE plpgsql VOLATILE PARALLEL RESTRICTED
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RAISE feature_not_supported USING MESSAGE = reason;
END
$$;

COMMENT ON FUNCTION rds_guard.not_applicable(text) IS
'For rules and facts: breaks off with 0A000 because this server, edition or session has no such thing. Volatile, so that the planner never evaluates it.';

CREATE FUNCTION rds_guard.fingerprint(check_id text, object text) RETURNS text
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    what CONSTANT text := check_id || coalesce(':' || object, '');
BEGIN
    -- Bytes as they are: the name of a role may come from a database with
    -- another encoding, and be no text in this one.
    RETURN substr(encode(sha256(CASE WHEN getdatabaseencoding() IN ('UTF8', 'SQL_ASCII') THEN replace(what, E'\\', E'\\\\')::bytea
                                     ELSE convert_to(what, 'UTF8') END),
                         'hex'), 1, 32);
END
$$;

COMMENT ON FUNCTION rds_guard.fingerprint(text, text) IS
'The key of a finding: 32 hexadecimal digits from the check and the name of the object, the same on each run and after dump and restore.';

CREATE FUNCTION rds_guard.is_trusted(definer oid) RETURNS boolean
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN coalesce(
        (SELECT r.rolsuper OR bool_and(pg_has_role(r.oid, c.caller, 'USAGE') AND pg_has_role(r.oid, c.caller, o.option))
         FROM pg_catalog.pg_roles AS r
         -- session_user as well: code that a rule calls could go back to it
         CROSS JOIN (VALUES (current_user), (session_user)) AS c (caller)
         -- attributes such as SUPERUSER are had by SET ROLE only, which from 16
         -- on a member may be denied
         CROSS JOIN (SELECT CASE WHEN current_setting('server_version_num')::integer >= 160000 THEN 'SET' ELSE 'MEMBER' END) AS o (option)
         WHERE r.oid = definer
         GROUP BY r.rolsuper), false);
END
$$;

COMMENT ON FUNCTION rds_guard.is_trusted(oid) IS
'Whether a check that is not built in and has this definer may run for the caller: only when the definer has all rights of the current and of the session role and can act as them, for its rule runs with theirs.';

CREATE FUNCTION rds_guard.run_check(check_id text, bundle jsonb DEFAULT NULL) RETURNS SETOF rds_guard.finding
    LANGUAGE plpgsql STABLE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    SET quote_all_identifiers = off
    SET standard_conforming_strings = on
    SET jit = off
AS $$
DECLARE
    def rds_guard.check_definitions;
    finding rds_guard.finding;
    violations rds_guard.violation[];
    violation rds_guard.violation;
    message text;
    explanation text;
    hint text;
BEGIN
    SELECT d.* INTO def FROM rds_guard.check_definitions AS d WHERE d.check_id = run_check.check_id;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    IF def.scope = 'server' AND NOT has_function_privilege('rds_guard.report(text[])', 'EXECUTE') THEN
        RAISE insufficient_privilege USING MESSAGE = 'permission denied for function report';
    END IF;

    finding.severity := def.severity;
    finding.category := def.category;
    finding.check_id := def.check_id;
    finding.title := def.title;
    finding.refs := def.refs;

    BEGIN
        IF NOT def.builtin AND NOT rds_guard.is_trusted(def.definer) THEN
            RAISE insufficient_privilege USING
                MESSAGE = format('this check was defined by %s, a role with fewer rights than you; it does not run with yours',
                                 coalesce(rds_guard.role_name(def.definer), 'a role that is gone')),
                HINT = 'Read the rule with rds_guard.explain_check() and define the check again as a superuser.';
        END IF;
        violations := coalesce(rds_guard.run_rule(def.rule, CASE def.scope WHEN 'aws' THEN coalesce(bundle, '{}') END), '{}');
        finding.status := CASE cardinality(violations) WHEN 0 THEN 'pass' ELSE 'fail' END;
    EXCEPTION
        -- OTHERS catches neither query_canceled, which must end the report,
        -- nor a failed ASSERT, which must not.
        WHEN OTHERS OR assert_failure THEN
            GET STACKED DIAGNOSTICS
                message = MESSAGE_TEXT, explanation = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
            finding.status := CASE SQLSTATE
                                  WHEN '42501' THEN 'unknown'
                                  WHEN '0A000' THEN 'not_applicable'
                                  ELSE 'error'
                              END;
            finding.detail := rds_guard.printable(
                concat_ws(': ', CASE finding.status WHEN 'error' THEN 'SQLSTATE ' || SQLSTATE END,
                          message, nullif(explanation, '')));
            finding.fix := CASE WHEN finding.status = 'unknown' AND hint ~ '^(GRANT|aws) ' AND rds_guard.is_printable(hint) THEN hint END;
            finding.remedy := CASE finding.status
                                  WHEN 'unknown' THEN
                                      CASE WHEN hint LIKE 'GRANT %' OR hint = ''
                                           THEN 'Run the report as a role that may see this. Needed: ' || def.needs || '.'
                                           WHEN hint LIKE 'aws %'
                                           THEN 'Run the command and add what it prints to the documents.'
                                           ELSE rds_guard.printable(hint)
                                      END
                                  WHEN 'error' THEN 'The check itself is broken: please report it with this detail.'
                              END;
    END;

    IF finding.status <> 'fail' THEN
        finding.fingerprint := rds_guard.fingerprint(def.check_id, NULL);
        RETURN NEXT finding;
        RETURN;
    END IF;

    FOREACH violation IN ARRAY violations LOOP
        -- What a rule says of a single row, it says in the evidence. What the
        -- site's policy allows is shown, not hidden.
        finding.severity := def.severity;
        IF violation.evidence ? 'severity' THEN
            finding.severity := coalesce((SELECT s.severity FROM unnest(enum_range(NULL::rds_guard.severity)) AS s (severity)
                                          WHERE s.severity::text = violation.evidence ->> 'severity'), def.severity);
        END IF;
        finding.status := CASE
                              WHEN jsonb_typeof(violation.evidence -> 'unknown') = 'string' THEN 'unknown'
                              WHEN jsonb_typeof(violation.evidence -> 'allowed_by') = 'string' THEN 'waived'
                              ELSE 'fail'
                          END;
        finding.remedy := CASE finding.status
                              WHEN 'unknown' THEN rds_guard.printable(violation.evidence ->> 'unknown')
                              WHEN 'waived' THEN rds_guard.printable(format('The policy %s allows this.', violation.evidence ->> 'allowed_by'))
                              ELSE def.remedy
                          END;
        IF finding.status = 'waived' THEN
            violation.fix := NULL;
        END IF;
        -- A rule quotes names by ident(). What slipped through is shown, but
        -- not offered as a statement; lines of a configuration file may be
        -- several.
        finding.object := rds_guard.printable(violation.object);
        finding.detail := rds_guard.printable(violation.detail);
        finding.fix := CASE WHEN rds_guard.is_printable(translate(violation.fix, E'\n', '')) THEN violation.fix END;
        finding.evidence := CASE WHEN rds_guard.is_printable(violation.evidence::text) THEN violation.evidence
                                 ELSE rds_guard.printable(violation.evidence::text, E'\\\\u')::jsonb END;
        finding.fingerprint := rds_guard.fingerprint(def.check_id, violation.object);
        RETURN NEXT finding;
    END LOOP;
END
$$;

COMMENT ON FUNCTION rds_guard.run_check(text, jsonb) IS
'The findings of one check, with the rights of the caller; a check of scope aws goes by the documents in the bundle, which aws_bundle() makes: a row for each violation, or one row that says pass, unknown, not_applicable or error. No row when there is no such check; 42501 when it is part of report() and the caller may not execute that. Strings in the evidence of a violation decide about its own row: allowed_by, the name of a policy, makes it waived; unknown, what would show the rest, says that this part could not be told; severity is worse or better than the check''s. Whatever goes wrong inside the check stays in its row, except cancellation.';

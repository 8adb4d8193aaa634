-- Where the benchmarks contradict each other, a site says which it goes by.

CREATE FUNCTION rds_guard.profiles() RETURNS TABLE (profile text, policy text, value jsonb, source text)
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 10
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN QUERY
    SELECT p.profile, p.policy, p.value, p.source
    FROM (VALUES
        ('cis', 'log_error_verbosity', '"verbose"'::jsonb, 'CIS PostgreSQL 17 and 18, 3.1.22'),
        ('cis', 'log_hostname', '"off"', 'CIS PostgreSQL 17 and 18, 3.1.23'),
        ('cis', 'log_connections', '"all"', 'CIS PostgreSQL 18, 3.1.20'),
        ('cis', 'pgaudit_log_parameter', '"any"', 'says nothing'),
        ('cis', 'tls_minimum_version', '3', 'CIS PostgreSQL 17, 6.9'),
        ('stig', 'log_error_verbosity', '"default"', 'STIG V-261870'),
        ('stig', 'log_hostname', '"on"', 'STIG V-261869'),
        ('stig', 'log_connections', '"identity"', 'STIG V-261956'),
        ('stig', 'pgaudit_log_parameter', '"on"', 'STIG V-261870'),
        ('stig', 'tls_minimum_version', '2', 'says nothing')
    ) AS p (profile, policy, value, source)
    UNION ALL
    -- the table as the caller may read it
    SELECT 'default', p.name, p.shipped, 'rds_guard'
    FROM rds_guard.policy AS p
    WHERE p.name IN ('log_error_verbosity', 'log_hostname', 'log_connections', 'pgaudit_log_parameter', 'tls_minimum_version');
END
$$;

COMMENT ON FUNCTION rds_guard.profiles() IS
'What use_profile() writes: a row for each profile (default, cis, stig) and each policy that it sets, with the value and the part of the benchmark that asks for it. All profiles set the same policies. For whoever may read rds_guard.policy; 42501 for others.';

CREATE FUNCTION rds_guard.use_profile(profile text) RETURNS SETOF rds_guard.policy
    LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF use_profile.profile NOT IN (SELECT p.profile FROM rds_guard.profiles() AS p) THEN
        RAISE invalid_parameter_value USING
            MESSAGE = format('there is no profile %s', quote_literal(use_profile.profile)),
            HINT = 'Profiles: ' || (SELECT string_agg(DISTINCT p.profile, ', ' ORDER BY p.profile) FROM rds_guard.profiles() AS p) || '.';
    END IF;
    RETURN QUERY
    UPDATE rds_guard.policy AS y SET value = p.value
    FROM rds_guard.profiles() AS p
    WHERE p.profile = use_profile.profile AND y.name = p.policy
    RETURNING y.*;
END
$$;

COMMENT ON FUNCTION rds_guard.use_profile(text) IS
'Sets the policies about which CIS and STIG disagree as one of them has it: cis, stig, or default, which takes back what came with the product. Other policies stay as they are. Returns the rows as they are now. For who may change the policy: its owner, and who has UPDATE (value) on it. Errors: 42501 for others, 22023 for an unknown profile; the hint lists those that there are. See profiles().';

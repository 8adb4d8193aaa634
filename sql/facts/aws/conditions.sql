-- What the conditions of a statement are worth: whom they let through, and
-- whom they keep out also when a request does not carry the key at all.

CREATE FUNCTION rds_guard.aws_is_pinned(key text, value text) RETURNS boolean
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN CASE
               -- whose account may be any is anybody
               WHEN key IN ('aws:principalarn', 'aws:sourcearn') THEN split_part(value, ':', 5) ~ '^[^*?]+$'
               WHEN key IN ('aws:sourceip', 'aws:vpcsourceip') THEN NOT rds_guard.aws_is_world(ARRAY[rds_guard.aws_network(value)])
               WHEN key = 'aws:multifactorauthpresent' THEN lower(value) = 'true'
               -- a name such as repo:* of a provider for all the world
               WHEN key ~ ':sub$' THEN value ~ '^[^*?]*[^*?:/][^*?]*[:/][^*?]+' OR value !~ '[*?]'
               -- what all of these names begin with
               WHEN key ~ '^aws:[a-z]+org(id|paths)$' THEN split_part(value, '/', 1) !~ '^[*?]*o?-?[*?]*$'
               WHEN key ~ '^aws:sourcevpce?$' THEN value !~ '^[*?]*v?p?c?e?-?[*?]*$'
               WHEN key ~ ':[a-z]*account$' THEN value !~ '[*?]'
               ELSE value !~ '^[*?]*$'
           END;
END
$$;

COMMENT ON FUNCTION rds_guard.aws_is_pinned(text, text) IS
'Whether a value that a condition wants of a key leaves only some, not everybody.';

CREATE FUNCTION rds_guard.aws_demands(conditions jsonb, keys text[]) RETURNS boolean
    LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    -- ForAllValues: and IfExists hold when the request has no such key.
    RETURN EXISTS (
        SELECT
        FROM jsonb_array_elements(conditions) AS c (condition)
        WHERE c.condition ->> 'key' ~ ANY (keys)
              AND c.condition ->> 'if_exists' = 'false' AND c.condition ->> 'set' IS DISTINCT FROM 'forallvalues'
              AND c.condition ->> 'operator' ~ '^(string(equals|equalsignorecase|like)|arn(equals|like)|ipaddress|bool|(date|numeric)(equals|lessthan|lessthanequals))$'
              AND (SELECT bool_and(rds_guard.aws_is_pinned(c.condition ->> 'key', v.value)) FROM jsonb_array_elements_text(c.condition -> 'values') AS v (value)));
END
$$;

COMMENT ON FUNCTION rds_guard.aws_demands(jsonb, text[]) IS
'Whether conditions of aws_conditions() demand that one of these keys, regular expressions for names in lower case, has a certain value: what every request that gets through then has. A condition that also holds without the key, or for any value, is none.';

CREATE FUNCTION rds_guard.aws_refuses_others(conditions jsonb, keys text[]) RETURNS boolean
    LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    -- Each further condition of a Deny lets somebody off; AWS itself may be.
    RETURN EXISTS (
        SELECT
        FROM jsonb_array_elements(conditions) AS c (condition)
        WHERE c.condition ->> 'key' ~ ANY (keys)
              AND c.condition ->> 'set' IS NULL
              AND c.condition ->> 'operator' ~ '^(stringnot(equals|equalsignorecase|like)|arnnot(equals|like)|notipaddress)$'
              AND (SELECT bool_and(rds_guard.aws_is_pinned(c.condition ->> 'key', v.value)) FROM jsonb_array_elements_text(c.condition -> 'values') AS v (value))
              AND NOT EXISTS (SELECT FROM jsonb_array_elements(conditions) AS o (other)
                              WHERE o.other <> c.condition AND NOT (o.other ->> 'key' IN ('aws:principalisawsservice', 'aws:viaawsservice') AND o.other -> 'values' = '["false"]')));
END
$$;

COMMENT ON FUNCTION rds_guard.aws_refuses_others(jsonb, text[]) IS
'Whether a Deny with these conditions of aws_conditions() hits whoever has not a certain value of one of these keys, regular expressions for names in lower case, or has not the key.';

CREATE FUNCTION rds_guard.aws_lets_off(condition jsonb) RETURNS boolean
    LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    key CONSTANT text := condition ->> 'key';
    operator CONSTANT text := condition ->> 'operator';
BEGIN
    RETURN coalesce(CASE
               WHEN key IN ('aws:principalisawsservice', 'aws:viaawsservice') THEN operator = 'bool' AND condition -> 'values' = '["false"]'
               WHEN key = 'aws:multifactorauthpresent' THEN operator = 'bool' AND condition -> 'values' = '["false"]'
               WHEN key = 'aws:multifactorauthage' THEN operator ~ '^(null|numericgreaterthan(equals)?)$'
               WHEN key ~ '^aws:(principal|username|userid|resourcetag)|^rds:[a-z-]*tag' THEN
                   operator ~ '^(string|arn)not'
                   -- whoever that is, is let off
                   AND NOT EXISTS (SELECT FROM jsonb_array_elements_text(condition -> 'values') AS v (value)
                                   WHERE CASE key WHEN 'aws:principalarn' THEN 'arn:aws:iam::111122223333:role/x-zq1v' ELSE 'x-zq1v' END LIKE ANY (rds_guard.aws_like(ARRAY[v.value])))
           END, false);
END
$$;

COMMENT ON FUNCTION rds_guard.aws_lets_off(jsonb) IS
'Whether this condition of aws_conditions() lets only some off from a Deny that has it: certain principals or resources with certain tags, a service of AWS, or whoever has a second factor.';

CREATE FUNCTION rds_guard.aws_demands_mfa(conditions jsonb) RETURNS boolean
    LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN EXISTS (
        SELECT
        FROM jsonb_array_elements(conditions) AS c (condition)
        WHERE c.condition ->> 'if_exists' = 'false' AND c.condition ->> 'set' IS DISTINCT FROM 'forallvalues'
              AND CASE c.condition ->> 'key'
                      WHEN 'aws:multifactorauthpresent' THEN c.condition ->> 'operator' = 'bool' AND lower((c.condition -> 'values')::text) = '["true"]'
                      WHEN 'aws:multifactorauthage' THEN c.condition ->> 'operator' IN ('numericlessthan', 'numericlessthanequals')
                           OR c.condition ->> 'operator' = 'null' AND lower((c.condition -> 'values')::text) = '["false"]'
                  END);
END
$$;

COMMENT ON FUNCTION rds_guard.aws_demands_mfa(jsonb) IS
'Whether an Allow with these conditions of aws_conditions() is only for requests with a second factor. With IfExists it is for long-term access keys too, whose requests have no such key.';

CREATE FUNCTION rds_guard.aws_refuses_without_mfa(conditions jsonb) RETURNS boolean
    LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN EXISTS (
        SELECT
        FROM jsonb_array_elements(conditions) AS c (condition)
        WHERE c.condition ->> 'set' IS NULL
              AND CASE c.condition ->> 'key'
                      WHEN 'aws:multifactorauthpresent' THEN c.condition ->> 'operator' = 'bool' AND c.condition ->> 'if_exists' = 'true'
                                                             AND lower((c.condition -> 'values')::text) = '["false"]'
                      WHEN 'aws:multifactorauthage' THEN c.condition ->> 'operator' = 'null' AND lower((c.condition -> 'values')::text) = '["true"]'
                           OR c.condition ->> 'operator' IN ('numericgreaterthan', 'numericgreaterthanequals') AND c.condition ->> 'if_exists' = 'true'
                  END
              AND NOT EXISTS (SELECT FROM jsonb_array_elements(conditions) AS o (other)
                              WHERE o.other <> c.condition AND NOT (o.other ->> 'key' IN ('aws:principalisawsservice', 'aws:viaawsservice') AND o.other -> 'values' = '["false"]')));
END
$$;

COMMENT ON FUNCTION rds_guard.aws_refuses_without_mfa(jsonb) IS
'Whether a Deny with these conditions of aws_conditions() hits every request without a second factor: without IfExists it spares long-term access keys, whose requests have no such key.';

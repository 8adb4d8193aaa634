-- Policies of IAM wherever AWS prints them, and what their statements allow.
-- What is no policy, or says something that IAM would not have accepted, is
-- told as a problem: it never counts as a policy that allows nothing.

CREATE FUNCTION rds_guard.aws_elements(value jsonb) RETURNS SETOF jsonb
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF jsonb_typeof(value) = 'array' THEN
        RETURN QUERY SELECT e.element FROM jsonb_array_elements(value) AS e (element);
    ELSIF jsonb_typeof(value) <> 'null' THEN
        RETURN NEXT value;
    END IF;
END
$$;

COMMENT ON FUNCTION rds_guard.aws_elements(jsonb) IS
'The elements of a list; nothing of one that is absent; and what is no list itself, so that whoever looks for an object finds out.';

CREATE FUNCTION rds_guard.aws_optional(bundle jsonb, kind text) RETURNS SETOF jsonb
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 100
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF bundle ? kind THEN
        RETURN QUERY SELECT e.item FROM jsonb_array_elements(bundle -> kind) AS e (item);
    END IF;
END
$$;

COMMENT ON FUNCTION rds_guard.aws_optional(jsonb, text) IS
'The items of a kind in a bundle; none when no such document was given, of which the caller has to take care.';

CREATE FUNCTION rds_guard.aws_given(bundle jsonb, kinds text[]) RETURNS text[]
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN ARRAY(SELECT k.kind FROM unnest(kinds) WITH ORDINALITY AS k (kind, place) WHERE bundle ? k.kind ORDER BY k.place);
END
$$;

COMMENT ON FUNCTION rds_guard.aws_given(jsonb, text[]) IS
'Those of the kinds of which there are documents, for aws_unread() about kinds that may stand in for each other.';

CREATE FUNCTION rds_guard.aws_strings(value jsonb) RETURNS text[]
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF jsonb_typeof(value) IN ('string', 'number', 'boolean') THEN
        RETURN ARRAY[value #>> '{}'];
    END IF;
    IF jsonb_typeof(value) IS DISTINCT FROM 'array' OR value = '[]' OR value @? 'strict $[*] ? (@.type() == "object" || @.type() == "array" || @.type() == "null")' THEN
        RETURN NULL;
    END IF;
    RETURN ARRAY(SELECT e.element FROM jsonb_array_elements_text(value) WITH ORDINALITY AS e (element, place) ORDER BY e.place);
END
$$;

COMMENT ON FUNCTION rds_guard.aws_strings(jsonb) IS
'The strings of an element of a policy, which is one or a list of them; NULL when it is neither or empty. Numbers and booleans may stand without quotes.';

CREATE FUNCTION rds_guard.aws_policy_document(printed jsonb) RETURNS jsonb
    LANGUAGE plpgsql STABLE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    sentence text := printed #>> '{}';
    document jsonb;
BEGIN
    IF jsonb_typeof(printed) = 'object' THEN
        RETURN printed;
    END IF;
    IF jsonb_typeof(printed) IS DISTINCT FROM 'string' THEN
        RETURN NULL;
    END IF;
    BEGIN
        -- A brace is always encoded where anything is.
        IF sentence ~ '^%' THEN
            sentence := convert_from(decode((
                SELECT string_agg(CASE WHEN left(m.part[1], 1) = '%' THEN substr(m.part[1], 2) ELSE encode(convert_to(m.part[1], 'UTF8'), 'hex') END, '' ORDER BY m.place)
                FROM regexp_matches(sentence, '%[0-9A-Fa-f]{2}|[^%]+|%', 'g') WITH ORDINALITY AS m (part, place)), 'hex'), 'UTF8');
        END IF;
        document := sentence::jsonb;
    EXCEPTION WHEN data_exception OR program_limit_exceeded THEN
        RETURN NULL;
    END;
    RETURN CASE WHEN jsonb_typeof(document) = 'object' THEN document END;
END
$$;

COMMENT ON FUNCTION rds_guard.aws_policy_document(jsonb) IS
'The policy that AWS prints as an object, as a string with JSON in it (KMS, SNS, Organizations) or as such a string URL-encoded (the API of IAM; its command line decodes); NULL when it is none of them.';

CREATE FUNCTION rds_guard.aws_principals(value jsonb) RETURNS text[]
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF value = '"*"' THEN
        RETURN '{*}';
    END IF;
    IF jsonb_typeof(value) IS DISTINCT FROM 'object' THEN
        RETURN NULL;
    END IF;
    IF value = '{}' OR EXISTS (SELECT FROM jsonb_each(value) AS p (kind, names)
                               WHERE p.kind NOT IN ('AWS', 'Service', 'Federated', 'CanonicalUser') OR rds_guard.aws_strings(p.names) IS NULL) THEN
        RETURN NULL;
    END IF;
    RETURN ARRAY(SELECT CASE WHEN n.name = '*' AND p.kind = 'AWS' THEN '*' ELSE p.kind || ' ' || n.name END
                 FROM jsonb_each(value) AS p (kind, names)
                 CROSS JOIN LATERAL unnest(rds_guard.aws_strings(p.names)) WITH ORDINALITY AS n (name, place)
                 ORDER BY p.kind COLLATE "C", n.place);
END
$$;

COMMENT ON FUNCTION rds_guard.aws_principals(jsonb) IS
'Who a Principal or NotPrincipal means: each as kind and name, such as "AWS arn:aws:iam::111122223333:root", and * for everybody, which "*" and {"AWS": "*"} both are; NULL when it is malformed.';

CREATE FUNCTION rds_guard.aws_conditions(value jsonb) RETURNS jsonb
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF value IS NULL THEN
        RETURN '[]';
    END IF;
    IF jsonb_typeof(value) <> 'object' THEN
        RETURN NULL;
    END IF;
    IF EXISTS (SELECT FROM jsonb_each(value) AS o (operator, keys)
               WHERE CASE WHEN jsonb_typeof(o.keys) = 'object' AND o.keys <> '{}' THEN
                         EXISTS (SELECT FROM jsonb_each(o.keys) AS k (name, wanted) WHERE rds_guard.aws_strings(k.wanted) IS NULL)
                     ELSE true END) THEN
        RETURN NULL;
    END IF;
    RETURN coalesce((
        SELECT jsonb_agg(jsonb_build_object(
                   'set', lower(substring(o.operator, '(?i)^(for(?:all|any)values?):')),
                   'operator', regexp_replace(lower(o.operator), '^for(all|any)values?:|ifexists$', '', 'g'),
                   'if_exists', o.operator ~* 'ifexists$',
                   'key', lower(k.name),
                   'values', to_jsonb(rds_guard.aws_strings(k.wanted))) ORDER BY o.operator COLLATE "C", k.name COLLATE "C")
        FROM jsonb_each(value) AS o (operator, keys)
        CROSS JOIN LATERAL jsonb_each(o.keys) AS k (name, wanted)), '[]');
END
$$;

COMMENT ON FUNCTION rds_guard.aws_conditions(jsonb) IS
'The conditions of a statement as a list, all of which have to hold: operator in lower case without its ForAllValues: or ForAnyValue: (set) and without IfExists (if_exists), key in lower case, and the values of which one is enough. [] when there is no condition, NULL when it is malformed.';

CREATE FUNCTION rds_guard.aws_policy_statements(printed jsonb)
    RETURNS TABLE (place integer, sid text, effect text, actions text[], not_actions text[], resources text[], not_resources text[],
                   principals text[], not_principals text[], conditions jsonb, problem text)
    LANGUAGE plpgsql STABLE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    document CONSTANT jsonb := rds_guard.aws_policy_document(printed);
    statement jsonb;
BEGIN
    place := 0;
    IF document IS NULL THEN
        problem := CASE WHEN printed IS NULL THEN 'there is no policy in it' ELSE 'the policy in it is no JSON object' END;
        RETURN NEXT;
        RETURN;
    END IF;
    IF jsonb_typeof(document -> 'Statement') IS NULL OR jsonb_typeof(document -> 'Statement') NOT IN ('object', 'array') OR document -> 'Statement' = '[]' THEN
        problem := 'the policy has no Statement';
        RETURN NEXT;
        RETURN;
    END IF;
    FOR statement IN SELECT e.element FROM rds_guard.aws_elements(document -> 'Statement') AS e (element) LOOP
        place := place + 1;
        sid := NULL; effect := NULL; actions := NULL; not_actions := NULL; resources := NULL; not_resources := NULL;
        principals := NULL; not_principals := NULL; conditions := NULL; problem := NULL;
        IF jsonb_typeof(statement) <> 'object' THEN
            problem := 'it is no object';
            RETURN NEXT;
            CONTINUE;
        END IF;
        sid := nullif(statement ->> 'Sid', '');
        effect := statement ->> 'Effect';
        actions := rds_guard.aws_strings(statement -> 'Action');
        not_actions := rds_guard.aws_strings(statement -> 'NotAction');
        resources := rds_guard.aws_strings(statement -> 'Resource');
        not_resources := rds_guard.aws_strings(statement -> 'NotResource');
        principals := rds_guard.aws_principals(statement -> 'Principal');
        not_principals := rds_guard.aws_principals(statement -> 'NotPrincipal');
        conditions := rds_guard.aws_conditions(statement -> 'Condition');
        -- IAM accepts none of these: somebody has edited the document, or it
        -- means something that we do not know.
        problem := CASE
                       WHEN effect IS NULL OR effect NOT IN ('Allow', 'Deny') THEN 'its Effect is neither Allow nor Deny'
                       WHEN (statement ? 'Action') = (statement ? 'NotAction') THEN 'it wants one of Action and NotAction'
                       WHEN statement ? 'Resource' AND statement ? 'NotResource' THEN 'it has both Resource and NotResource'
                       WHEN statement ? 'Principal' AND statement ? 'NotPrincipal' THEN 'it has both Principal and NotPrincipal'
                       WHEN coalesce(actions, not_actions) IS NULL THEN 'its actions are no strings'
                       WHEN (statement ? 'Resource' OR statement ? 'NotResource') AND coalesce(resources, not_resources) IS NULL THEN 'its resources are no strings'
                       WHEN (statement ? 'Principal' OR statement ? 'NotPrincipal') AND coalesce(principals, not_principals) IS NULL THEN 'its principals are malformed'
                       WHEN conditions IS NULL THEN 'its Condition is malformed'
                       ELSE 'it has an unknown element ' || (
                           SELECT min(k.key COLLATE "C") FROM jsonb_object_keys(statement) AS k (key)
                           WHERE k.key NOT IN ('Sid', 'Effect', 'Principal', 'NotPrincipal', 'Action', 'NotAction', 'Resource', 'NotResource', 'Condition'))
                   END;
        RETURN NEXT;
    END LOOP;
END
$$;

COMMENT ON FUNCTION rds_guard.aws_policy_statements(jsonb) IS
'The statements of a policy, numbered from 1, each element a list however it was written. problem says why a statement, or with place 0 the whole policy, cannot be read. Source: the grammar of the policy language in the IAM User Guide.';

CREATE FUNCTION rds_guard.aws_like(patterns text[]) RETURNS text[]
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    -- E'' because the session may have standard_conforming_strings = off
    RETURN ARRAY(SELECT translate(regexp_replace(p.pattern, E'([\\\\%_])', E'\\\\\\1', 'g'), '*?', '%_') FROM unnest(patterns) AS p (pattern));
END
$$;

COMMENT ON FUNCTION rds_guard.aws_like(text[]) IS
'Patterns of IAM, where * is any text and ? any character, as those of LIKE.';

CREATE FUNCTION rds_guard.aws_matching(patterns text[], candidates text[]) RETURNS text[]
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    likes CONSTANT text[] := rds_guard.aws_like(ARRAY(SELECT lower(p.pattern) FROM unnest(patterns) AS p (pattern)));
BEGIN
    RETURN ARRAY(SELECT c.candidate FROM unnest(candidates) WITH ORDINALITY AS c (candidate, place)
                 WHERE lower(c.candidate) LIKE ANY (likes) ORDER BY c.place);
END
$$;

COMMENT ON FUNCTION rds_guard.aws_matching(text[], text[]) IS
'Those of the candidates, names of actions, that one of the patterns of IAM means; upper and lower case are the same.';

CREATE FUNCTION rds_guard.aws_spoken_of(actions text[], not_actions text[], candidates text[]) RETURNS text[]
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF actions IS NOT NULL THEN
        RETURN rds_guard.aws_matching(actions, candidates);
    END IF;
    RETURN ARRAY(SELECT c.candidate FROM unnest(candidates) WITH ORDINALITY AS c (candidate, place)
                 WHERE c.candidate <> ALL (rds_guard.aws_matching(not_actions, candidates)) ORDER BY c.place);
END
$$;

COMMENT ON FUNCTION rds_guard.aws_spoken_of(text[], text[], text[]) IS
'Those of the candidates that a statement with these actions, or with all but those of its NotAction, speaks of.';

CREATE FUNCTION rds_guard.aws_all_of_it(resource text) RETURNS boolean
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    what CONSTANT text := substring(resource, '^[^:]*:[^:]*:[^:]*:[^:]*:[^:]*:(.*)$');
BEGIN
    -- A star may stand for several parts of a name: arn:aws:rds:* is all.
    RETURN CASE WHEN what IS NULL THEN resource ~ '[*]$' ELSE what ~ '^([a-z-]+[:/])?[*?:/]*[*][*?:/]*$' END;
END
$$;

COMMENT ON FUNCTION rds_guard.aws_all_of_it(text) IS
'Whether a pattern for resources takes all of a kind, or of all kinds: *, arn:aws:rds:*, arn:aws:rds:*:*:db:*, arn:aws:kms:eu-west-1:111122223333:key/*.';

CREATE FUNCTION rds_guard.aws_takes_all(resources text[]) RETURNS boolean
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    likes CONSTANT text[] := rds_guard.aws_like(ARRAY(SELECT w.what
                                                      FROM unnest(resources) AS r (resource)
                                                      CROSS JOIN LATERAL substring(r.resource, '^[^:]*:[^:]*:[^:]*:[^:]*:[^:]*:(.*)$') AS w (what)
                                                      WHERE w.what ~ '[*]'));
BEGIN
    IF EXISTS (SELECT FROM unnest(resources) AS r (resource) WHERE rds_guard.aws_all_of_it(r.resource)) THEN
        RETURN true;
    END IF;
    -- Patterns such as db* are all databases, too, and several may be it together:
    -- then whatever name is tried is one of theirs.
    RETURN EXISTS (
        SELECT
        FROM unnest('{db:,cluster:,snapshot:,snapshot:rds:,cluster-snapshot:,cluster-snapshot:rds:,pg:,cluster-pg:,proxy:,secret:,secret:rds!db-,secret:rds!cluster-,key/}'::text[]) AS k (kind)
        WHERE (SELECT bool_and(k.kind || n.name LIKE ANY (likes)) FROM unnest('{shop,a0-q9x,m7z4-1bv,zz}'::text[]) AS n (name)));
END
$$;

COMMENT ON FUNCTION rds_guard.aws_takes_all(text[]) IS
'Whether these patterns for resources, one alone or all together, take every database, snapshot, parameter group, secret (of RDS) or key, or as aws_all_of_it() all of some other kind. Region and account do not count.';

CREATE FUNCTION rds_guard.aws_covers(wider text[], narrower text[]) RETURNS boolean
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    -- What a question mark means another pattern may not be one of.
    RETURN '*' = ANY (wider)
           OR coalesce((SELECT bool_and(n.pattern LIKE ANY (rds_guard.aws_like(ARRAY(SELECT w.pattern FROM unnest(wider) AS w (pattern) WHERE strpos(w.pattern, '?') = 0))))
                        FROM unnest(narrower) AS n (pattern)), false);
END
$$;

COMMENT ON FUNCTION rds_guard.aws_covers(text[], text[]) IS
'Whether whatever one of the narrower patterns for resources means, one of the wider means too, as far as that is plain.';

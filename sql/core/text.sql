-- How names and sentences are written so that they are exact and yet cannot
-- play tricks on a terminal: the names of objects may be hostile.

CREATE FUNCTION rds_guard.tricky_characters() RETURNS text
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    -- E'' because the session may have standard_conforming_strings = off
    RETURN CASE
               WHEN getdatabaseencoding() = 'UTF8'
                   THEN E'[\\u0001-\\u001F\\u007F-\\u009F\\u00AD\\u061C\\u180E\\u200B-\\u200F\\u2028-\\u202E\\u2060-\\u206F\\uFEFF\\uFFF9-\\uFFFB]'
               -- these have controls in their second half, too
               WHEN getdatabaseencoding() ~ '^(LATIN|ISO)' THEN E'[\\u0001-\\u001F\\u007F-\\u009F]'
               ELSE E'[\\u0001-\\u001F\\u007F]'
           END;
END
$$;

COMMENT ON FUNCTION rds_guard.tricky_characters() IS
'A regular expression for the characters that a terminal obeys or does not show: controls, and in UTF8 also those that turn the direction of writing or have no width.';

CREATE FUNCTION rds_guard.ident(name text) RETURNS text
    LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    SET quote_all_identifiers = off
AS $$
DECLARE
    tricky CONSTANT text := rds_guard.tricky_characters();
BEGIN
    IF name !~ tricky THEN
        RETURN quote_ident(name);
    END IF;
    RETURN 'U&"' || (
        SELECT string_agg(
                   CASE
                       WHEN c.chr ~ tricky THEN E'\\' || lpad(to_hex(ascii(c.chr)), 4, '0')
                       WHEN c.chr = E'\\' THEN E'\\\\'
                       WHEN c.chr = '"' THEN '""'
                       ELSE c.chr
                   END, '' ORDER BY c.place)
        FROM unnest(string_to_array(name, NULL)) WITH ORDINALITY AS c (chr, place)) || '"';
END
$$;

COMMENT ON FUNCTION rds_guard.ident(text) IS
'A name as SQL writes it: quoted where needed, and as U&"..." where it holds characters that a terminal obeys or does not show.';

CREATE FUNCTION rds_guard.is_printable(sentence text) RETURNS boolean
    LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN sentence !~ rds_guard.tricky_characters();
END
$$;

COMMENT ON FUNCTION rds_guard.is_printable(text) IS
'Whether a sentence is free of characters that a terminal obeys or does not show.';

CREATE FUNCTION rds_guard.printable(sentence text, escape text DEFAULT E'\\u') RETURNS text
    LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    tricky CONSTANT text := rds_guard.tricky_characters();
BEGIN
    IF sentence !~ tricky THEN
        RETURN sentence;
    END IF;
    RETURN (
        SELECT string_agg(
                   CASE WHEN c.chr ~ tricky THEN escape || lpad(to_hex(ascii(c.chr)), 4, '0') ELSE c.chr END,
                   '' ORDER BY c.place)
        FROM unnest(string_to_array(sentence, NULL)) WITH ORDINALITY AS c (chr, place));
END
$$;

COMMENT ON FUNCTION rds_guard.printable(text, text) IS
'A sentence without characters that a terminal obeys or does not show; each is written as the escape and four hexadecimal digits.';

CREATE FUNCTION rds_guard.relation_name(relation oid) RETURNS text
    LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN (
        SELECT rds_guard.ident(n.nspname) || '.' || rds_guard.ident(c.relname)
        FROM pg_catalog.pg_class AS c
        JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
        WHERE c.oid = relation);
END
$$;

COMMENT ON FUNCTION rds_guard.relation_name(oid) IS
'The qualified name of a relation as SQL writes it; NULL when it is gone.';

CREATE FUNCTION rds_guard.type_name(type oid) RETURNS text
    LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    SET quote_all_identifiers = off
AS $$
#variable_conflict use_column
BEGIN
    RETURN (
        SELECT CASE
                   WHEN t.typnamespace = 'pg_catalog'::regnamespace THEN format_type(t.oid, NULL)
                   WHEN t.oid = (SELECT e.typarray FROM pg_catalog.pg_type AS e WHERE e.oid = t.typelem) THEN rds_guard.type_name(t.typelem) || '[]'
                   ELSE rds_guard.ident(n.nspname) || '.' || rds_guard.ident(t.typname)
               END
        FROM pg_catalog.pg_type AS t
        JOIN pg_catalog.pg_namespace AS n ON n.oid = t.typnamespace
        WHERE t.oid = type);
END
$$;

COMMENT ON FUNCTION rds_guard.type_name(oid) IS
'The name of a type as SQL writes it, qualified unless it is a built-in one; NULL when it is gone.';

CREATE FUNCTION rds_guard.function_name(function oid) RETURNS text
    LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    RETURN (
        SELECT rds_guard.ident(n.nspname) || '.' || rds_guard.ident(p.proname) || '('
               || coalesce((SELECT string_agg(rds_guard.type_name(a.type), ', ' ORDER BY a.place)
                            FROM unnest(p.proargtypes) WITH ORDINALITY AS a (type, place)), '') || ')'
        FROM pg_catalog.pg_proc AS p
        JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
        WHERE p.oid = function);
END
$$;

COMMENT ON FUNCTION rds_guard.function_name(oid) IS
'The qualified name of a function or procedure with its argument types, as SQL writes it; NULL when it is gone.';

CREATE FUNCTION rds_guard.object_name(kind text, object oid) RETURNS text
    LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    RETURN (
        SELECT CASE kind
                   WHEN 'TABLE' THEN rds_guard.relation_name(object)
                   WHEN 'SEQUENCE' THEN rds_guard.relation_name(object)
                   WHEN 'ROUTINE' THEN rds_guard.function_name(object)
                   WHEN 'TYPE' THEN rds_guard.type_name(object)
                   WHEN 'SCHEMA' THEN (SELECT rds_guard.ident(o.nspname) FROM pg_catalog.pg_namespace AS o WHERE o.oid = object)
                   WHEN 'DATABASE' THEN (SELECT rds_guard.ident(o.datname) FROM pg_catalog.pg_database AS o WHERE o.oid = object)
                   WHEN 'LANGUAGE' THEN (SELECT rds_guard.ident(o.lanname) FROM pg_catalog.pg_language AS o WHERE o.oid = object)
                   WHEN 'TABLESPACE' THEN (SELECT rds_guard.ident(o.spcname) FROM pg_catalog.pg_tablespace AS o WHERE o.oid = object)
                   WHEN 'FOREIGN DATA WRAPPER' THEN
                       (SELECT rds_guard.ident(o.fdwname) FROM pg_catalog.pg_foreign_data_wrapper AS o WHERE o.oid = object)
                   WHEN 'FOREIGN SERVER' THEN (SELECT rds_guard.ident(o.srvname) FROM pg_catalog.pg_foreign_server AS o WHERE o.oid = object)
                   WHEN 'LARGE OBJECT' THEN object::text
               END);
END
$$;

COMMENT ON FUNCTION rds_guard.object_name(text, oid) IS
'The name of an object of this kind as GRANT writes it; NULL when it is gone.';

CREATE FUNCTION rds_guard.role_name(role oid) RETURNS text
    LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN (
        SELECT CASE role WHEN 0 THEN 'PUBLIC' ELSE rds_guard.ident(r.rolname) END
        FROM (SELECT) AS always
        LEFT JOIN pg_catalog.pg_roles AS r ON r.oid = role);
END
$$;

COMMENT ON FUNCTION rds_guard.role_name(oid) IS
'The name of a role as SQL writes it, PUBLIC for 0; NULL when it is gone.';

CREATE FUNCTION rds_guard.path_text(path name[]) RETURNS text
    LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    RETURN (
        SELECT string_agg(rds_guard.ident(p.role::text), ' -> ' ORDER BY p.place)
        FROM unnest(path) WITH ORDINALITY AS p (role, place));
END
$$;

COMMENT ON FUNCTION rds_guard.path_text(name[]) IS
'A chain of roles as a sentence shows it.';

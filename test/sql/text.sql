-- How names and sentences are written: exact, and harmless on a terminal.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE SCHEMA regress_text;
CREATE TABLE regress_text.samples (n integer PRIMARY KEY, name text);
INSERT INTO regress_text.samples VALUES
    (1, 'plain'),
    (2, 'Upper'),
    (3, 'select'),
    (4, 'two words'),
    (5, 'quote"s'),
    (6, 'it''s'),
    (7, 'back\slash'),
    (8, '%s %I $$ $1'),
    (9, '; DROP SCHEMA regress_text; --'),
    (10, '<b>&amp;</b>'),
    (11, E'line\nbreak'),
    (12, E'cr\rtab\t'),
    (13, E'red\x1b[31m "\\'),
    (14, E'del\x7f c1\u009b'),
    (15, E'turned\u202egnp'),
    (16, E'arabic mark\u061c'),
    (17, E'no width\u200b\u2060\ufeff'),
    (18, E'soft hyphen\u00ad'),
    (19, repeat(E'\u00e4', 31) || 'x'),
    (20, repeat(E'\u202e', 21)),
    (21, 'U&"plain"'),
    (22, ' '),
    (23, E'\u2028\u2029\u2066\u2069');
DO $$
DECLARE
    s record;
BEGIN
    FOR s IN SELECT * FROM regress_text.samples LOOP
        EXECUTE format('CREATE TABLE regress_text.%I AS SELECT 1', s.name);
        EXECUTE format('CREATE SCHEMA %I', 'regress_t ' || left(s.name, 12));
        EXECUTE format('CREATE DOMAIN regress_text.%I AS integer', 'd' || left(s.name, 20));
        EXECUTE format('CREATE FUNCTION regress_text.%I(regress_text.%I, regress_text.%I[]) RETURNS void LANGUAGE sql AS ''''',
                       'f' || left(s.name, 20), 'd' || left(s.name, 20), 'd' || left(s.name, 20));
    END LOOP;
END
$$;
-- What a printed name leads to when it is executed.
CREATE FUNCTION regress_text.table_found(printed text) RETURNS oid LANGUAGE plpgsql AS $$
DECLARE
    found oid;
BEGIN
    EXECUTE 'SELECT tableoid FROM ' || printed INTO found;
    RETURN found;
END
$$;
CREATE FUNCTION regress_text.type_found(printed text) RETURNS oid LANGUAGE plpgsql AS $$
DECLARE
    found oid;
BEGIN
    EXECUTE 'SELECT pg_typeof(NULL::' || printed || ')' INTO found;
    RETURN found;
END
$$;
CREATE FUNCTION regress_text.function_found(printed text) RETURNS oid LANGUAGE plpgsql AS $$
DECLARE
    found oid;
BEGIN
    EXECUTE 'COMMENT ON FUNCTION ' || printed || ' IS ''regress_text found it''';
    SELECT d.objoid INTO STRICT found FROM pg_description AS d WHERE d.description = 'regress_text found it';
    EXECUTE 'COMMENT ON FUNCTION ' || printed || ' IS NULL';
    RETURN found;
END
$$;

-- Printed, and executed again: the same object. Only letters beyond ASCII stay
-- as they are (19).
SELECT s.n, CASE WHEN s.n <> 19 THEN p.printed END AS printed,
       regress_text.table_found(p.printed) = c.oid AS same,
       p.printed !~ E'[\\u0001-\\u001f\\u007f-\\u009f\\u00ad\\u061c\\u200b-\\u200f\\u2028-\\u202e\\u2060-\\u2069\\ufeff]' AS harmless
FROM regress_text.samples AS s
JOIN pg_class AS c ON c.relname = s.name AND c.relnamespace = 'regress_text'::regnamespace
CROSS JOIN LATERAL rds_guard.relation_name(c.oid) AS p (printed)
ORDER BY s.n;
-- ident() is all that there is to it.
SELECT count(*) AS differ
FROM regress_text.samples AS s
JOIN pg_class AS c ON c.relname = s.name AND c.relnamespace = 'regress_text'::regnamespace
WHERE rds_guard.relation_name(c.oid) IS DISTINCT FROM 'regress_text.' || rds_guard.ident(s.name);
SELECT octet_length(name), rds_guard.ident(name) = '"' || name || '"' AS as_is FROM regress_text.samples WHERE n = 19;

-- Functions and types in the same way; names cut at 20 characters may meet.
SELECT count(*) AS functions, count(*) FILTER (WHERE regress_text.function_found(rds_guard.function_name(p.oid)) = p.oid) AS same
FROM pg_proc AS p WHERE p.pronamespace = 'regress_text'::regnamespace;
SELECT count(*) AS types, count(*) FILTER (WHERE regress_text.type_found(rds_guard.type_name(t.oid)) = t.oid) AS same
FROM pg_type AS t WHERE t.typnamespace = 'regress_text'::regnamespace;
SELECT rds_guard.function_name(p.oid)
FROM pg_proc AS p WHERE p.pronamespace = 'regress_text'::regnamespace AND p.proname LIKE 'fturned%';
SELECT rds_guard.object_name('SCHEMA', n.oid) AS schema
FROM pg_namespace AS n WHERE n.nspname LIKE 'regress\_t %' AND n.nspname !~ E'\u00e4' ORDER BY n.nspname COLLATE "C";

-- Kinds of types.
CREATE TYPE regress_text.mood AS ENUM ('good');
CREATE DOMAIN regress_text.numbers AS integer[];
CREATE DOMAIN regress_text.more_numbers AS regress_text.numbers;
CREATE TYPE regress_text."Pair" AS (a integer, b text);
CREATE FUNCTION regress_text.takes(integer, integer[], "char", char, varchar(3), timestamptz, "any", regress_text.mood, regress_text.mood[],
                                   regress_text.numbers, regress_text.numbers[], regress_text.more_numbers, regress_text."Pair", regress_text.plain)
    RETURNS void LANGUAGE internal AS 'dsimple_init';
CREATE FUNCTION regress_text.takes(IN a integer, OUT b integer, VARIADIC c text[]) LANGUAGE sql AS 'SELECT 1';
CREATE PROCEDURE regress_text.does() LANGUAGE sql AS '';
CREATE AGGREGATE regress_text.sums(integer) (sfunc = int4pl, stype = integer);
SELECT rds_guard.function_name(p.oid) AS name, p.oid = to_regprocedure(rds_guard.function_name(p.oid)) AS same
FROM pg_proc AS p WHERE p.pronamespace = 'regress_text'::regnamespace AND p.proname IN ('takes', 'does', 'sums') ORDER BY 1;
SELECT t.typname, rds_guard.type_name(t.oid), t.oid = to_regtype(rds_guard.type_name(t.oid)) AS same
FROM pg_type AS t
WHERE t.oid IN ('int4'::regtype, '_int4'::regtype, '"char"'::regtype, 'bpchar'::regtype, 'timestamptz'::regtype, 'name'::regtype, 'oidvector'::regtype,
                'point'::regtype, 'pg_class'::regtype)
      OR (t.typnamespace = 'regress_text'::regnamespace AND t.typname ~ 'mood|numbers|Pair')
ORDER BY t.typname COLLATE "C";
-- Each type of the server.
SELECT rds_guard.type_name(t.oid) AS wrong
FROM pg_type AS t
WHERE to_regtype(rds_guard.type_name(t.oid)) IS DISTINCT FROM t.oid;

-- The session's taste in quotes changes nothing that is printed.
CREATE FUNCTION regress_text.everything() RETURNS SETOF text LANGUAGE sql AS $$
    SELECT 'table ' || rds_guard.relation_name(c.oid) FROM pg_class AS c WHERE c.relnamespace = 'regress_text'::regnamespace
    UNION ALL
    SELECT 'function ' || rds_guard.function_name(p.oid) FROM pg_proc AS p
    UNION ALL
    SELECT 'type ' || rds_guard.type_name(t.oid) FROM pg_type AS t
    UNION ALL
    SELECT 'role ' || rds_guard.role_name(r.oid) FROM pg_roles AS r
$$;
CREATE TABLE regress_text.usual (name text);
CREATE TABLE regress_text.quoted (name text);
INSERT INTO regress_text.usual SELECT * FROM regress_text.everything();
SET quote_all_identifiers = on;
INSERT INTO regress_text.quoted SELECT * FROM regress_text.everything();
RESET quote_all_identifiers;
SELECT count(*) > 3000 AS many, (SELECT count(*) FROM (TABLE regress_text.usual EXCEPT TABLE regress_text.quoted) AS d) AS differ FROM regress_text.usual;
-- Nor what a string means there; from 19 on that cannot be chosen.
\c -
\set SHOW_CONTEXT never
SELECT current_setting('server_version_num')::integer < 190000 AS old_strings \gset
\if :old_strings
SET standard_conforming_strings = off;
SET escape_string_warning = off;
\endif
SELECT rds_guard.ident(name) AS name, rds_guard.printable(name) AS sentence FROM regress_text.samples WHERE n IN (7, 13);
\c -
\set SHOW_CONTEXT never

-- Sentences are for reading: marked, not quoted.
SELECT n, rds_guard.printable(name) FROM regress_text.samples WHERE n <> 19 ORDER BY n;
SELECT rds_guard.printable('') AS empty, rds_guard.printable(NULL) IS NULL AS nothing,
       rds_guard.printable(repeat(E'\u00e4', 100000)) = repeat(E'\u00e4', 100000) AS long;

-- Roles and chains of roles.
CREATE ROLE "regress_text ""A""";
CREATE ROLE regress_text_b;
SELECT rds_guard.role_name(oid), rds_guard.role_name(0) AS zero FROM pg_roles WHERE rolname LIKE 'regress\_text%' ORDER BY rolname COLLATE "C";
SELECT rds_guard.path_text(ARRAY['regress_text_b', 'regress_text "A"', E'\x1b']::name[]) AS path, rds_guard.path_text('{}') IS NULL AS none;
DROP ROLE "regress_text ""A""", regress_text_b;

-- All kinds of object_name(), and what is gone or unknown.
SELECT k.kind, rds_guard.object_name(k.kind, k.oid)
FROM (VALUES ('TABLE', 'regress_text.plain'::regclass::oid), ('SEQUENCE', 'pg_class'::regclass::oid),
             ('ROUTINE', 'regress_text.does()'::regprocedure::oid), ('TYPE', 'regress_text.mood'::regtype::oid),
             ('SCHEMA', 'regress_text'::regnamespace::oid),
             ('DATABASE', (SELECT oid FROM pg_database WHERE datname = 'template1')),
             ('LANGUAGE', (SELECT oid FROM pg_language WHERE lanname = 'plpgsql')),
             ('TABLESPACE', (SELECT oid FROM pg_tablespace WHERE spcname = 'pg_default')),
             ('LARGE OBJECT', 42), ('TEAPOT', 42)) AS k (kind, oid);
SELECT rds_guard.relation_name(o.oid) AS relation, rds_guard.type_name(o.oid) AS type, rds_guard.function_name(o.oid) AS function,
       rds_guard.role_name(nullif(o.oid, 0)) AS role, rds_guard.object_name('TABLE', o.oid) AS object
FROM (VALUES (0::oid), (4294967295), (NULL)) AS o (oid);

-- Other encodings: in LATIN1 the bytes from 128 to 159 are controls, too, and
-- a client that talks UTF8 would get them. Created and dropped in both.
SELECT current_database() AS here \gset
CREATE DATABASE regress_text_latin TEMPLATE template0 ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C';
CREATE DATABASE regress_text_ascii TEMPLATE template0 ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C';
\c regress_text_latin
SET client_min_messages = warning;
CREATE EXTENSION rds_guard;
SELECT rds_guard.ident('c' || chr(155)) AS c1, rds_guard.printable('a' || chr(27) || chr(155)) AS sentence,
       rds_guard.ident('u' || chr(228)) = '"u' || chr(228) || '"' AS umlaut;
DO $$
DECLARE
    printed text := rds_guard.ident('x' || chr(155) || chr(27));
BEGIN
    EXECUTE 'CREATE SCHEMA ' || printed;
    RAISE WARNING 'created: %', (SELECT count(*) FROM pg_namespace WHERE nspname = 'x' || chr(155) || chr(27));
END
$$;
SELECT status, count(*) > 0 AS some FROM rds_guard.report() WHERE status = 'error' GROUP BY status;
\c regress_text_ascii
SET client_min_messages = warning;
CREATE EXTENSION rds_guard;
SELECT rds_guard.ident(E'esc\x1b') AS esc, rds_guard.printable(E'esc\x1b') AS sentence,
       rds_guard.ident(E'\xe4') = E'"\xe4"' AS byte;
SELECT status, count(*) > 0 AS some FROM rds_guard.report() WHERE status = 'error' GROUP BY status;
\c :here
DROP DATABASE regress_text_latin;
DROP DATABASE regress_text_ascii;

SET client_min_messages = error;
DO $$
DECLARE
    s record;
BEGIN
    FOR s IN SELECT nspname FROM pg_namespace WHERE nspname LIKE 'regress\_t %' LOOP
        EXECUTE format('DROP SCHEMA %I', s.nspname);
    END LOOP;
END
$$;
DROP SCHEMA regress_text CASCADE;

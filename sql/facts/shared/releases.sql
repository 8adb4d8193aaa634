-- What the world knows of PostgreSQL's releases. Nothing but data: who releases
-- a version of this extension brings these three functions up to date, and the
-- dates in known_majors() with them. Everything that reads them is in
-- versions.sql. No line is from memory:
--
-- Releases of 13, 15, 17 and 18 and their days: the release notes of 13.23,
--   15.20, 17.12 and 18.6. Of 14 and 16: the announcements and a list made
--   from the release notes. What came out for 14, 16 and 18 on 2026-11-12 was
--   not to be seen, so their lists end before.
-- End of support: the versioning policy of the project; that of 14 also in the
--   announcements of 2026-05-14 and 2026-08-13.
-- Vulnerabilities, and which majors each is in: the same release notes, with
--   the branches that each change names. A change that was made to the clients
--   alone (libpq, psql, pg_dump, pg_basebackup, ecpg ...) is left out: the
--   server does not know which client is in use.
-- Scores: the project's security page and announcements. NULL where none was
--   seen, as for the vulnerabilities of 2026-11-12 and those before 2022.

CREATE FUNCTION rds_guard.known_majors()
    RETURNS TABLE (major integer, ends date, as_of date)
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 6
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN QUERY
    SELECT m.major, m.ends, m.as_of
    FROM (VALUES
        (13, '2025-11-13'::date, '2026-11-28'::date),
        (14, '2026-11-12', '2026-10-05'),
        (15, '2027-11-11', '2026-11-28'),
        (16, '2028-11-09', '2026-10-05'),
        (17, '2029-11-08', '2026-11-28'),
        (18, '2030-11-14', '2026-10-05')
    ) AS m (major, ends, as_of);
END
$$;

COMMENT ON FUNCTION rds_guard.known_majors() IS
'A row for each major version that this version of rds_guard knows: the day on which the PostgreSQL project stops to fix it (ends), and the day until which known_releases() and known_vulnerabilities() are complete for it (as_of). For everybody.';

CREATE FUNCTION rds_guard.known_releases()
    RETURNS TABLE (version_num integer, released date)
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 110
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN QUERY
    SELECT v.version_num, r.released
    FROM (VALUES
        ('2020-09-24'::date, '{130000}'::integer[]),
        ('2020-11-12', '{130001}'),
        ('2021-02-11', '{130002}'),
        ('2021-05-13', '{130003}'),
        ('2021-08-12', '{130004}'),
        ('2021-09-30', '{140000}'),
        ('2021-11-11', '{130005, 140001}'),
        ('2022-02-10', '{130006, 140002}'),
        ('2022-05-12', '{130007, 140003}'),
        ('2022-06-16', '{140004}'),
        ('2022-08-11', '{130008, 140005}'),
        ('2022-10-13', '{150000}'),
        ('2022-11-10', '{130009, 140006, 150001}'),
        ('2023-02-09', '{130010, 140007, 150002}'),
        ('2023-05-11', '{130011, 140008, 150003}'),
        ('2023-08-10', '{130012, 140009, 150004}'),
        ('2023-09-14', '{160000}'),
        ('2023-11-09', '{130013, 140010, 150005, 160001}'),
        ('2024-02-08', '{130014, 140011, 150006, 160002}'),
        ('2024-05-09', '{130015, 140012, 150007, 160003}'),
        ('2024-08-08', '{130016, 140013, 150008, 160004}'),
        ('2024-09-26', '{170000}'),
        ('2024-11-14', '{130017, 140014, 150009, 160005, 170001}'),
        ('2024-11-21', '{130018, 140015, 150010, 160006, 170002}'),
        ('2025-02-13', '{130019, 140016, 150011, 160007, 170003}'),
        ('2025-02-20', '{130020, 140017, 150012, 160008, 170004}'),
        ('2025-05-08', '{130021, 140018, 150013, 160009, 170005}'),
        ('2025-08-14', '{130022, 140019, 150014, 160010, 170006}'),
        ('2025-09-25', '{180000}'),
        ('2025-11-13', '{130023, 140020, 150015, 160011, 170007, 180001}'),
        ('2026-02-12', '{140021, 150016, 160012, 170008, 180002}'),
        ('2026-02-26', '{140022, 150017, 160013, 170009, 180003}'),
        ('2026-05-14', '{140023, 150018, 160014, 170010, 180004}'),
        -- 18.5 was never released
        ('2026-08-13', '{140024, 150019, 160015, 170011, 180006}'),
        ('2026-11-12', '{150020, 170012}')
    ) AS r (released, versions)
    CROSS JOIN LATERAL unnest(r.versions) AS v (version_num);
END
$$;

COMMENT ON FUNCTION rds_guard.known_releases() IS
'A row for each release of PostgreSQL that this version of rds_guard knows, as server_version_num has it, with its day. For everybody.';

-- In which way an attacker gets there is one of the words that
-- vulnerability_way() knows; where there are several, one is enough.
CREATE FUNCTION rds_guard.known_vulnerabilities()
    RETURNS TABLE (cve text, fixed date, first_major integer, cvss numeric, ways text[], about text)
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 110
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN QUERY
    SELECT v.cve, v.fixed, v.first_major, v.cvss, v.ways, v.about
    FROM (VALUES
        ('CVE-2020-25695', '2020-11-12'::date, 13, NULL::numeric, '{SQL}'::text[], 'index expressions and materialized views run SQL as whoever maintains them'),

        ('CVE-2021-3393', '2021-02-11', 13, NULL, '{SQL}', 'errors of constraints show columns of partitions that the role may not read'),
        ('CVE-2021-20229', '2021-02-11', 13, NULL, '{SQL}', 'SELECT on one column reads all columns through a join'),

        ('CVE-2021-32027', '2021-05-13', 13, NULL, '{SQL}', 'array subscripts overwrite memory'),
        ('CVE-2021-32028', '2021-05-13', 13, NULL, '{SQL}', 'INSERT ... ON CONFLICT DO UPDATE mishandles rows'),
        ('CVE-2021-32029', '2021-05-13', 13, NULL, '{SQL}', 'UPDATE ... RETURNING over partitions computes wrong rows'),

        ('CVE-2021-3677', '2021-08-12', 13, NULL, '{SQL}', 'some plans disclose memory of the server'),

        ('CVE-2021-23214', '2021-11-11', 13, NULL, '{TLS}', 'cleartext that came before the TLS handshake is taken for part of the session'),

        ('CVE-2022-1552', '2022-05-12', 13, 8.8, '{SQL}', 'autovacuum, REINDEX and others run SQL of the owner with the rights of a superuser'),

        ('CVE-2022-2625', '2022-08-11', 13, 7.1, '{SQL}', 'scripts of extensions replace objects that are not theirs'),

        ('CVE-2023-2454', '2023-05-11', 13, 7.2, '{SQL}', 'CREATE SCHEMA defeats a protective search_path'),
        ('CVE-2023-2455', '2023-05-11', 13, 4.2, '{row security}', 'policies of another role apply after a function was inlined'),

        ('CVE-2023-39417', '2023-08-10', 13, 7.5, '{SQL}', 'names of schemas and owners inject SQL into scripts of trusted extensions'),
        ('CVE-2023-39418', '2023-08-10', 15, NULL, '{row security}', 'MERGE does not enforce policies for UPDATE and SELECT'),

        ('CVE-2023-5868', '2023-11-09', 13, 4.3, '{SQL}', 'calls of aggregates disclose memory of the server'),
        ('CVE-2023-5869', '2023-11-09', 13, 8.8, '{SQL}', 'changing arrays overruns a buffer'),
        ('CVE-2023-5870', '2023-11-09', 13, 2.2, '{pg_signal_backend}', 'pg_signal_backend signals processes of superusers'),

        ('CVE-2024-0985', '2024-02-08', 13, 8.0, '{SQL}', 'REFRESH MATERIALIZED VIEW CONCURRENTLY runs SQL of the owner as its caller'),

        -- in a cluster that is older than the fix, a script has to be run besides
        ('CVE-2024-4317', '2024-05-09', 14, 3.1, '{SQL}', 'pg_stats_ext shows statistics of columns that the role may not read'),

        ('CVE-2024-7348', '2024-08-08', 13, 8.8, '{SQL}', 'a relation that is replaced while pg_dump runs executes SQL as its role'),

        ('CVE-2024-10976', '2024-11-14', 13, 4.2, '{row security}', 'policies of another role apply below subqueries'),
        ('CVE-2024-10978', '2024-11-14', 13, 4.2, '{SQL}', 'SET ROLE and SET SESSION AUTHORIZATION go back to the wrong role'),
        ('CVE-2024-10979', '2024-11-14', 13, 8.8, '{language plperl}', 'PL/Perl changes the environment of the server and so runs programs'),

        ('CVE-2025-4207', '2025-05-08', 13, 5.9, '{SQL}', 'text in GB18030 is read past its end'),

        ('CVE-2025-8713', '2025-08-14', 13, 3.1, '{SQL}', 'the planner''s statistics expose data below views and partitions'),

        ('CVE-2025-12817', '2025-11-13', 13, 3.1, '{SQL}', 'CREATE STATISTICS needs no CREATE on the schema'),

        ('CVE-2026-2003', '2026-02-12', 14, 4.3, '{SQL}', 'oidvector discloses memory of the server'),
        ('CVE-2026-2004', '2026-02-12', 14, 8.8, '{extension intarray}', 'the selectivity estimator of intarray runs code'),
        ('CVE-2026-2005', '2026-02-12', 14, 8.8, '{extension pgcrypto}', 'decryption in pgcrypto overruns a buffer and runs code'),
        ('CVE-2026-2006', '2026-02-12', 14, 8.8, '{SQL}', 'invalid multibyte characters overrun buffers and run code'),
        ('CVE-2026-2007', '2026-02-12', 18, 8.2, '{extension pg_trgm}', 'patterns of pg_trgm overwrite memory'),

        ('CVE-2026-6472', '2026-05-14', 14, 5.4, '{SQL}', 'CREATE TYPE needs no CREATE on the schema of the multirange'),
        ('CVE-2026-6473', '2026-05-14', 14, 8.8, '{SQL}', 'sizes that overflow make buffers too small'),
        ('CVE-2026-6474', '2026-05-14', 14, 4.3, '{SQL}', 'names of time zones disclose memory of the server'),
        ('CVE-2026-6478', '2026-05-14', 14, 6.5, '{MD5 password}', 'the time that a login takes tells MD5 hashes'),
        ('CVE-2026-6479', '2026-05-14', 14, 7.5, '{network}', 'requests for encryption without end crash the server, without a login'),
        ('CVE-2026-6575', '2026-05-14', 18, 4.3, '{SQL}', 'restored statistics make the planner read past their end'),
        ('CVE-2026-6637', '2026-05-14', 14, 8.8, '{extension refint}', 'refint overruns buffers and injects SQL'),
        ('CVE-2026-6638', '2026-05-14', 16, 3.7, '{subscription}', 'the name of a table injects SQL into REFRESH PUBLICATION'),

        ('CVE-2026-6469', '2026-08-13', 14, 3.8, '{SQL}', 'ALTER TABLE gives away the ownership of statistics'),
        ('CVE-2026-6470', '2026-08-13', 14, 4.3, '{SQL}', 'types are used without USAGE'),
        ('CVE-2026-6471', '2026-08-13', 14, 7.2, '{REPLICATION}', 'logical decoding loads any file as its plugin'),
        ('CVE-2026-14662', '2026-08-13', 14, 8.8, '{SQL}', 'long tsvector and tsquery values overrun buffers'),
        ('CVE-2026-14663', '2026-08-13', 14, 6.5, '{extension pgcrypto}', 'pgcrypto does not encrypt with a cipher that OpenSSL refuses'),
        ('CVE-2026-14664', '2026-08-13', 14, 8.8, '{SQL}', 'regular expression functions overrun a buffer and run code'),
        ('CVE-2026-14666', '2026-08-13', 14, 4.2, '{row security}', 'plans keep policies of before a role was changed'),
        ('CVE-2026-14668', '2026-08-13', 14, 8.1, '{SQL}', 'an operator of one''s own reads memory through a selectivity estimator'),
        ('CVE-2026-14669', '2026-08-13', 14, 8.8, '{SQL}', 'to_char() with a long time zone overruns a buffer and runs code'),
        ('CVE-2026-14670', '2026-08-13', 14, 8.8, '{language plperl}', 'tied objects in PL/Perl overrun a buffer and run code'),
        ('CVE-2026-14671', '2026-08-13', 14, 8.8, '{extension refint}', 'plans that refint keeps run code'),
        ('CVE-2026-14672', '2026-08-13', 16, 5.3, '{SCRAM iterations}', 'the answer to a login tells which roles exist'),
        ('CVE-2026-14673', '2026-08-13', 14, 3.8, '{extension amcheck}', 'amcheck runs code of its caller as the owner of an index'),
        ('CVE-2026-14676', '2026-08-13', 18, 8.8, '{pg_stat_statements}', 'pg_stat_statements overruns a buffer and runs code'),
        ('CVE-2026-14677', '2026-08-13', 14, 8.8, '{32 bit}', 'PL/Perl and PL/Tcl overrun buffers'),
        ('CVE-2026-14678', '2026-08-13', 14, 4.3, '{extension pg_trgm}', 'GiST indexes of pg_trgm are read past their end'),
        ('CVE-2026-14679', '2026-08-13', 14, 8.2, '{SQL}', 'too many arguments of a function overwrite the stack'),
        ('CVE-2026-14680', '2026-08-13', 14, 8.8, '{SQL}', 'calls with arguments of type internal run code'),
        ('CVE-2026-14681', '2026-08-13', 17, 4.2, '{TLS}', 'a connection over TLS passes for one with GSSAPI encryption'),
        ('CVE-2026-15741', '2026-08-13', 14, 8.8, '{SQL}', 'the field of EXTRACT() injects SQL where an expression is written out'),
        ('CVE-2026-15742', '2026-08-13', 14, 8.8, '{extension fuzzystrmatch}', 'levenshtein() writes anywhere in memory'),
        ('CVE-2026-16238', '2026-08-13', 18, 8.8, '{SQL}', 'restored statistics of multiranges run code'),
        ('CVE-2026-16239', '2026-08-13', 14, 8.8, '{SQL}', 'EXECUTE and FETCH confuse types and run code'),
        ('CVE-2026-18024', '2026-08-13', 14, 4.3, '{SQL}', 'ascii() reads past the end of its argument'),

        -- in how far those without a 17 are in 16 has to be looked up with the
        -- release of 16 of that day
        ('CVE-2026-6460', '2026-11-12', 14, NULL, '{SQL}', 'a composite type that is changed meanwhile confuses types'),
        ('CVE-2026-6467', '2026-11-12', 14, NULL, '{SQL}', 'renaming a schema during CREATE EXTENSION slips in objects'),
        ('CVE-2026-14661', '2026-11-12', 14, NULL, '{subscription,extension dblink}', 'options of connections are not all checked'),
        ('CVE-2026-16237', '2026-11-12', 14, NULL, '{SQL}', 'INSERT ... ON CONFLICT reaches rows that a view hides'),
        ('CVE-2026-18447', '2026-11-12', 14, NULL, '{SQL}', 'functions that return "any" confuse types'),
        ('CVE-2026-116303', '2026-11-12', 14, NULL, '{SQL}', 'casts run without EXECUTE'),
        ('CVE-2026-116304', '2026-11-12', 14, NULL, '{SQL}', 'shared descriptions of rows are used after they were freed'),
        ('CVE-2026-116306', '2026-11-12', 14, NULL, '{SQL}', 'a row type that is changed meanwhile confuses types'),
        ('CVE-2026-116307', '2026-11-12', 14, NULL, '{language plperl}', 'PL/Perl frees a query that runs'),
        ('CVE-2026-116308', '2026-11-12', 14, NULL, '{extension dict_int}', 'empty tokens disclose memory of the server'),
        ('CVE-2026-116309', '2026-11-12', 14, NULL, '{language plperl}', 'arrays in PL/Perl confuse types'),
        ('CVE-2026-116310', '2026-11-12', 17, NULL, '{SQL}', 'errors of COPY disclose memory of the server'),
        ('CVE-2026-116311', '2026-11-12', 14, NULL, '{row security}', 'DROP OWNED takes a role out of restrictive policies'),
        ('CVE-2026-116312', '2026-11-12', 15, NULL, '{SQL}', 'MERGE hands the wrong rows to triggers'),
        ('CVE-2026-116315', '2026-11-12', 14, NULL, '{SQL}', 'tsvector_delete() overruns a buffer'),
        ('CVE-2026-116316', '2026-11-12', 14, NULL, '{SQL}', 'temporary types hide others from restricted operations'),
        ('CVE-2026-116317', '2026-11-12', 14, NULL, '{SQL}', 'ts_rank_cd() overruns a buffer'),
        ('CVE-2026-116319', '2026-11-12', 14, NULL, '{language plperl}', 'return_next in PL/Perl uses memory that was freed'),
        ('CVE-2026-116320', '2026-11-12', 14, NULL, '{language plperl}', 'scans of Perl arrays use memory that was freed'),
        ('CVE-2026-116321', '2026-11-12', 14, NULL, '{SQL}', 'values of type name without an end disclose memory of the server'),
        ('CVE-2026-116323', '2026-11-12', 14, NULL, '{language pltcl}', 'PL/Tcl that calls itself uses memory that was freed'),
        ('CVE-2026-116326', '2026-11-12', 14, NULL, '{language plperl}', 'tied objects in PL/Perl corrupt memory'),
        ('CVE-2026-116327', '2026-11-12', 14, NULL, '{SQL}', 'leaky functions see rows that a security barrier hides'),
        ('CVE-2026-116328', '2026-11-12', 14, NULL, '{SQL}', 'freeing large allocations corrupts memory'),
        ('CVE-2026-116331', '2026-11-12', 14, NULL, '{SQL}', 'aggregates with a sort operator confuse types'),
        ('CVE-2026-116332', '2026-11-12', 14, NULL, '{SQL}', 'a cursor that is closed too early is used after it was freed'),
        ('CVE-2026-116333', '2026-11-12', 17, NULL, '{SQL}', 'parallel scans of btree indexes read past the end'),
        ('CVE-2026-116335', '2026-11-12', 14, NULL, '{SQL}', 'commutators and negators confuse types'),
        ('CVE-2026-116336', '2026-11-12', 14, NULL, '{SQL}', 'expressions in indexes break REINDEX CONCURRENTLY'),
        ('CVE-2026-120139', '2026-11-12', 14, NULL, '{SQL}', 'sizes that overflow make buffers too small'),
        ('CVE-2026-120141', '2026-11-12', 14, NULL, '{SQL}', 'functions that return sets of records confuse types'),
        ('CVE-2026-120142', '2026-11-12', 17, NULL, '{SQL}', 'rows with dropped columns confuse types'),
        ('CVE-2026-120143', '2026-11-12', 14, NULL, '{SQL}', 'cursors over transition tables are used after they were freed'),
        ('CVE-2026-120145', '2026-11-12', 14, NULL, '{subscription}', 'logical replication writes into system catalogs'),
        ('CVE-2026-120146', '2026-11-12', 14, NULL, '{SQL}', 'REASSIGN OWNED needs fewer rights than ALTER ... OWNER TO'),
        ('CVE-2026-120147', '2026-11-12', 14, NULL, '{extension dblink}', 'dblink is used while it is in use'),
        ('CVE-2026-120148', '2026-11-12', 14, NULL, '{SQL}', 'statistics on records are read wrongly'),
        ('CVE-2026-120149', '2026-11-12', 14, NULL, '{foreign server}', 'inserts in batches reach past the end'),
        ('CVE-2026-120150', '2026-11-12', 14, NULL, '{SQL}', 'constraints of domains over records use memory that was freed'),
        ('CVE-2026-120151', '2026-11-12', 14, NULL, '{SQL}', 'a row type that is changed meanwhile confuses PL/pgSQL'),
        ('CVE-2026-120152', '2026-11-12', 17, NULL, '{SQL}', 'pg_settings uses memory that was freed'),
        ('CVE-2026-120153', '2026-11-12', 14, NULL, '{SQL}', 'names inject SQL into scripts of extensions'),
        ('CVE-2026-120154', '2026-11-12', 14, NULL, '{row security}', 'leaky conditions of ON CONFLICT see rows that policies hide')
    ) AS v (cve, fixed, first_major, cvss, ways, about);
END
$$;

COMMENT ON FUNCTION rds_guard.known_vulnerabilities() IS
'A row for each vulnerability of the server that this version of rds_guard knows to be fixed: the day of the releases with the fix, the first of the major versions in known_majors() that had it, its CVSS score (NULL: none seen), the ways in which an attacker gets there, of which one is enough, and what it is. For everybody.';

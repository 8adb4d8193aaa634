-- Which release of PostgreSQL runs, and what is known to be wrong with it. All
-- that these checks know is in facts/shared/releases.sql and says of which day
-- it is; nothing is asked of the network. Where the list ends they say unknown.
--
-- cve_reachable has a row for each missed release that mends what an attacker
-- can use here, not for each vulnerability: the way out is one, to install the
-- newest release, and a server that is a year behind would get a page of rows
-- on each run. The vulnerabilities, each with its score and the way to it, are
-- in the evidence, and so are those that cannot be used here, with the reason.

SELECT rds_guard.define_check('version_eol', 'configuration', 'critical',
    title => 'The major version of PostgreSQL is not supported any more',
    why => 'The PostgreSQL project mends a major version for five years. Vulnerabilities that are found later stay in it for good, are mostly in the code of newer versions too, and are described in public when those are mended. Distributors and providers may go on mending it by themselves: only they can say what.',
    remedy => 'Upgrade to a newer major version, with pg_upgrade, logical replication, or dump and restore. How many days before the end this is reported is the policy version_end_days. On RDS and Aurora the end is another: aws rds describe-db-major-engine-versions tells it, and whether Extended Support follows.',
    refs => ARRAY['STIG V-261937'],
    rule => $$
        SELECT 'PostgreSQL ' || r.version_num / 10000,
               format(CASE WHEN s.ends < current_date THEN 'the PostgreSQL project ended its support on %s' ELSE 'the PostgreSQL project supports it until %s' END,
                      rds_guard.day_text(s.ends))
               || CASE WHEN p.platform <> 'self_managed' THEN '; the provider may support it longer' ELSE '' END
               || format(', as of %s', rds_guard.day_text(s.as_of)),
               NULL,
               jsonb_build_object('version', r.version, 'ends', s.ends, 'as_of', s.as_of,
                                  'severity', CASE WHEN s.ends < current_date AND p.platform = 'self_managed' THEN 'critical' ELSE 'medium' END)
        FROM rds_guard.running_release() AS r
        CROSS JOIN rds_guard.platform() AS p
        CROSS JOIN LATERAL rds_guard.release_state(r.version_num, current_date, 0) AS s
        WHERE CASE
                  WHEN r.prerelease THEN rds_guard.not_applicable(format('%s is not released yet, see version_prerelease', r.version))
                  WHEN s.ends IS NULL THEN rds_guard.unknown(s.doubt, 'Install a newer version of rds_guard.')
                  -- on RDS the date that counts is Amazon's
                  WHEN p.platform <> 'self_managed' THEN s.ends < current_date
                  ELSE s.ends - current_date < (SELECT rds_guard.policy_number('version_end_days'))
              END
    $$);

SELECT rds_guard.define_check('version_minor_outdated', 'configuration', 'high',
    title => 'A newer release of this major version of PostgreSQL is out',
    why => 'Releases of the same major version hold nothing but fixes, of security and of data loss among others, and what they mend is described in public on the same day.',
    remedy => 'Install the newest release and restart the server. The data stays as it is, without dump or pg_upgrade; the release notes say where an index has to be built anew. How old the list of releases may be is the policy version_list_days.',
    refs => ARRAY['CIS 1.5', 'STIG V-261936', 'Security Hub RDS.13', 'Security Hub RDS.35'],
    rule => $$
        SELECT 'PostgreSQL ' || r.version,
               format('%s of %s is out, %s release(s) newer, as of %s', rds_guard.version_text(s.newest), rds_guard.day_text(s.newest_released),
                      s.missed, rds_guard.day_text(s.as_of))
               || CASE WHEN s.doubt IS NULL THEN '' ELSE '; there may be newer ones' END,
               NULL,
               jsonb_build_object('version', r.version, 'newest', rds_guard.version_text(s.newest), 'released', s.newest_released,
                                  'missed', s.missed, 'as_of', s.as_of)
        FROM rds_guard.running_release() AS r
        CROSS JOIN LATERAL rds_guard.release_state(r.version_num, current_date, (SELECT rds_guard.policy_number('version_list_days'))) AS s
        WHERE CASE
                  WHEN r.prerelease THEN rds_guard.not_applicable(format('%s is not released yet, see version_prerelease', r.version))
                  WHEN s.missed > 0 THEN true
                  WHEN s.doubt IS NOT NULL THEN rds_guard.unknown(s.doubt, 'Install a newer version of rds_guard, or look up the newest release.')
                  ELSE false
              END
    $$);

SELECT rds_guard.define_check('version_prerelease', 'configuration', 'high',
    title => 'This PostgreSQL is not a release',
    why => 'Snapshots, betas and release candidates are for tests. They get no security fixes of their own, the next one may not read their data, and bugs that are found in them are no vulnerabilities to anybody.',
    remedy => 'Move the data to a released version: with dump and restore or pg_upgrade, for the catalogs may still have changed.',
    refs => '{}',
    rule => $$
        SELECT 'PostgreSQL ' || r.version,
               format('server_version is %s', r.version),
               NULL,
               jsonb_build_object('version', r.version, 'server_version_num', r.version_num)
        FROM rds_guard.running_release() AS r
        WHERE r.prerelease
    $$);

SELECT rds_guard.define_check('cve_reachable', 'configuration', 'high',
    title => 'A release that was missed mends vulnerabilities that can be used here',
    why => 'What a release mends is described in public, often with code that makes use of it. Counted is what an attacker can get at here: most takes a role that may log in and run SQL, some an extension or language in this database, REPLICATION, row security, or only a connection. A distributor or provider may have mended it without raising the number, which only they can say.',
    remedy => 'Install the newest release of this major version and restart the server. Until then: DROP EXTENSION or DROP LANGUAGE what the evidence names as the way and nobody needs. How old the list of vulnerabilities may be is the policy version_list_days.',
    needs => 'any role, pg_authid for MD5 passwords',
    refs => ARRAY['CIS 1.5', 'STIG V-261936'],
    rule => $$
        WITH running AS (
            SELECT r.version_num, r.version, r.prerelease, s.ends, s.as_of, s.doubt
            FROM rds_guard.running_release() AS r
            CROSS JOIN LATERAL rds_guard.release_state(r.version_num, current_date, (SELECT rds_guard.policy_number('version_list_days'))) AS s
            WHERE CASE WHEN r.prerelease THEN rds_guard.unknown(format('nobody lists the vulnerabilities of %s, which is not released yet', r.version),
                                                                'Move the data to a released version.')
                       ELSE true END
        ), missed AS (
            SELECT v.fixed_in, v.released,
                   count(*) FILTER (WHERE v.state = 'open') AS open,
                   count(*) FILTER (WHERE v.state = 'unseen') AS unseen,
                   max(v.severity) FILTER (WHERE v.state = 'open') AS severity,
                   max(v.cvss) FILTER (WHERE v.state = 'open') AS cvss,
                   array_agg(v.cve ORDER BY v.cvss DESC NULLS LAST, v.cve) FILTER (WHERE v.state = 'open') AS cves,
                   array_agg(DISTINCT v.way ORDER BY v.way) FILTER (WHERE v.state = 'open') AS ways,
                   jsonb_agg(jsonb_build_object('cve', v.cve, 'cvss', v.cvss, 'way', v.way, 'about', v.about)
                             ORDER BY v.cvss DESC NULLS LAST, v.cve) FILTER (WHERE v.state = 'open') AS reachable,
                   coalesce(jsonb_object_agg(v.cve, v.way) FILTER (WHERE v.state = 'unseen'), '{}') AS undecided,
                   coalesce(jsonb_object_agg(v.cve, v.way) FILTER (WHERE v.state = 'closed'), '{}') AS closed
            FROM running AS r
            CROSS JOIN LATERAL rds_guard.vulnerabilities_of(r.version_num) AS v
            GROUP BY v.fixed_in, v.released
        )
        SELECT 'PostgreSQL ' || rds_guard.version_text(m.fixed_in),
               CASE WHEN m.open = 0 THEN format('this release of %s mends what only who sees more can tell to be usable here', rds_guard.day_text(m.released))
                    ELSE format('this release of %s mends what can be used here by way of %s%s: %s%s', rds_guard.day_text(m.released),
                                array_to_string(m.ways, ', '), ', CVSS up to ' || m.cvss, array_to_string(m.cves[1:5], ', '),
                                CASE WHEN m.open > 5 THEN format(' and %s more', m.open - 5) ELSE '' END) END
               || format('; as of %s', rds_guard.day_text(r.as_of)),
               NULL,
               jsonb_build_object('version', r.version, 'released', m.released, 'as_of', r.as_of, 'severity', coalesce(m.severity, 'medium'),
                                  'reachable', coalesce(m.reachable, '[]'), 'undecided', m.undecided, 'not_reachable', m.closed)
               || CASE WHEN m.open = 0 THEN jsonb_build_object('unknown', 'Run the report as a role that may read pg_authid.') ELSE '{}' END
        FROM missed AS m
        CROSS JOIN running AS r
        WHERE m.open > 0 OR m.unseen > 0
        UNION ALL
        -- no release that was missed is no proof where the list ends
        SELECT 'PostgreSQL ' || r.version,
               coalesce(r.doubt, format('nobody lists the vulnerabilities of PostgreSQL %s that were found after the end of its support on %s, as of %s',
                                        r.version_num / 10000, rds_guard.day_text(r.ends), rds_guard.day_text(r.as_of))),
               NULL,
               jsonb_build_object('version', r.version, 'as_of', r.as_of,
                                  'unknown', CASE WHEN r.ends < current_date THEN 'Upgrade to a major version that is supported.'
                                                  ELSE 'Install a newer version of rds_guard, or look up the security page of PostgreSQL.' END)
        FROM running AS r
        WHERE r.doubt IS NOT NULL OR r.ends < current_date
    $$);

-- Copies of the data: who gets one over which connection, whose data is written
-- here and with whose rights, and whether a copy is left when the server is not.

SELECT rds_guard.define_check('subscription_conninfo_password', 'replication', 'high',
    title => 'A subscription keeps a password in the catalog',
    why => 'The connection string of a subscription is stored as it was written. Superusers and whoever else may read pg_subscription.subconninfo, such as members of pg_read_all_data, read the password, and every dump of the database and every log of its statement repeats it. It opens the publisher.',
    remedy => 'Put the password into a file of the account that runs the server (passfile), or use a client certificate; write the connection anew without it, and change the password on the publisher. An owner who is no superuser needs it there, unless the connection comes from a foreign server (PostgreSQL 19).',
    needs => 'SELECT on pg_subscription.subconninfo',
    refs => ARRAY[]::text[],
    rule => $$
        SELECT rds_guard.subscription_name(c.database, c.name),
               format('subscription %s of database %s keeps %s in %s', rds_guard.ident(c.name), rds_guard.ident(c.database), array_to_string(k.secrets, ' and '),
                      coalesce('the user mapping of foreign server ' || rds_guard.ident(c.server), 'its connection string'))
               || CASE WHEN d.demanded THEN ', which PostgreSQL demands of an owner who is no superuser' ELSE '' END,
               NULL,
               jsonb_build_object('owner', c.owner, 'secrets', k.secrets, 'host', c.options ->> 'host', 'user', c.options ->> 'user', 'server', c.server)
               || CASE WHEN d.demanded THEN '{"severity": "medium"}'::jsonb ELSE '{}' END
        FROM rds_guard.subscription_connections() AS c
        CROSS JOIN LATERAL (SELECT ARRAY(SELECT s.secret FROM unnest(rds_guard.connection_secrets()) AS s (secret) WHERE c.options ->> s.secret <> '')) AS k (secrets)
        CROSS JOIN LATERAL (SELECT c.password_required AND c.server IS NULL
                                   AND NOT EXISTS (SELECT FROM pg_catalog.pg_roles AS r WHERE r.rolname = c.owner AND r.rolsuper)) AS d (demanded)
        WHERE cardinality(k.secrets) > 0
        UNION ALL
        SELECT rds_guard.subscription_name(c.database, c.name),
               format('what subscription %s of database %s connects with is not seen from here', rds_guard.ident(c.name), rds_guard.ident(c.database)),
               NULL, jsonb_build_object('unknown', c.unseen)
        FROM rds_guard.subscription_connections() AS c
        WHERE c.unseen IS NOT NULL
    $$);

SELECT rds_guard.define_check('subscription_no_tls', 'replication', 'medium',
    title => 'A subscription does not insist on an encrypted, verified connection',
    why => 'Unless its sslmode is verify-ca or verify-full, a subscription takes what it gets: by default it connects unencrypted where the other side offers nothing else, and with require it trusts any certificate. Whoever sits on the way reads all changes, and can write some.',
    remedy => 'Give the connection string sslmode=verify-full and an sslrootcert, or gssencmode=require. Alone on this machine, by socket or loopback, it needs neither.',
    needs => 'SELECT on pg_subscription.subconninfo',
    refs => ARRAY['CIS 7.5'],
    rule => $$
        SELECT rds_guard.subscription_name(c.database, c.name),
               format('subscription %s of database %s connects %s', rds_guard.ident(c.name), rds_guard.ident(c.database),
                      CASE WHEN c.unseen IS NULL THEN f.detail ELSE 'with what is not seen from here' END),
               CASE WHEN f.unseen IS NULL THEN 'sslmode=verify-full' END,
               jsonb_build_object('owner', c.owner, 'host', c.options ->> 'host', 'hostaddr', c.options ->> 'hostaddr', 'sslmode', c.options ->> 'sslmode', 'server', c.server)
               || CASE WHEN f.unseen IS NOT NULL THEN jsonb_build_object('unknown', coalesce(c.unseen, f.unseen))
                       WHEN f.fault = 'unverified' THEN '{"severity": "low"}'::jsonb ELSE '{}' END
        FROM rds_guard.subscription_connections() AS c
        CROSS JOIN LATERAL rds_guard.connection_faults(c.options) AS f
    $$);

SELECT rds_guard.define_check('subscription_weak_security', 'replication', 'medium',
    title => 'A subscription has more rights than it needs',
    why => 'Changes that are applied with the rights of the subscription''s owner run the triggers of each table with them, too: whoever owns such a table, or may put a trigger on it, acts as that owner. An owner who is no superuser and needs no password connects as the server itself, with its socket identity, its password file and its keys.',
    remedy => 'From PostgreSQL 16 on set run_as_owner to false, password_required to true, and give the subscription to a role that is no superuser. Before, keep the tables that are written to in the hands of administrators.',
    refs => ARRAY[]::text[],
    rule => $$
        WITH subscribed AS MATERIALIZED (
            SELECT s.*, s.database = current_database() AS here, n.name AS object,
                   format('subscription %s of database %s', rds_guard.ident(s.name), rds_guard.ident(s.database)) AS called,
                   s.owner IN (SELECT a.role FROM rds_guard.administrators() AS a (role)) AS mighty,
                   current_setting('server_version_num')::integer >= 160000 AS has_options
            FROM rds_guard.subscriptions() AS s
            CROSS JOIN LATERAL (SELECT rds_guard.subscription_name(s.database, s.name)) AS n (name)
        ), applied AS MATERIALIZED (
            SELECT s.*, CASE WHEN s.here THEN rds_guard.applied_tables(s.name, s.owner) ELSE '{}' END AS tables
            FROM subscribed AS s
            WHERE s.run_as_owner
        )
        SELECT a.object || ' SET run_as_owner',
               format('%s applies changes with the rights of its owner %s', a.called, rds_guard.ident(a.owner))
               || CASE WHEN a.tables <> '{}' THEN format(', also to %s, where others can put triggers', array_to_string(a.tables[1:5], ', ')) ELSE '' END,
               CASE WHEN a.has_options THEN rds_guard.alter_subscription(a.database, a.name, 'SET (run_as_owner = false)') END,
               jsonb_build_object('owner', a.owner, 'tables', a.tables)
               || CASE
                      WHEN NOT a.here THEN '{}'::jsonb
                      WHEN a.tables = '{}' THEN '{"severity": "low"}'
                      WHEN a.mighty THEN '{"severity": "high"}'
                      ELSE '{}'
                  END
        FROM applied AS a
        -- before 16 it is always so, and matters where others have a hand in it
        WHERE a.has_options OR a.tables <> '{}'
        UNION ALL
        SELECT a.object || ' SET run_as_owner',
               format('%s applies changes with the rights of its owner %s; whose tables these are is not seen from here', a.called, rds_guard.ident(a.owner)),
               NULL,
               jsonb_build_object('owner', a.owner, 'unknown', format('Run the report in database %s.', rds_guard.ident(a.database)))
        FROM applied AS a
        WHERE NOT a.has_options AND NOT a.here
        UNION ALL
        SELECT s.object || ' SET password_required',
               format('%s lets its owner %s, who is no superuser, connect as the server itself', s.called, rds_guard.ident(s.owner)),
               rds_guard.alter_subscription(s.database, s.name, 'SET (password_required = true)'),
               jsonb_build_object('owner', s.owner)
        FROM subscribed AS s
        -- of a superuser it is not asked
        WHERE NOT s.password_required AND NOT EXISTS (SELECT FROM pg_catalog.pg_roles AS r WHERE r.rolname = s.owner AND r.rolsuper)
        UNION ALL
        SELECT s.object, format('%s belongs to %s, an administrator, where a member of pg_create_subscription would do', s.called, rds_guard.ident(s.owner)),
               NULL, jsonb_build_object('owner', s.owner, 'severity', 'low')
        FROM subscribed AS s
        WHERE s.has_options AND s.mighty AND NOT s.run_as_owner
    $$);

SELECT rds_guard.define_check('replication_stream_cleartext', 'replication', 'high',
    title => 'A copy of the data crosses the network unencrypted',
    why => 'The stream of replication, physical or logical, and a base backup carry every row, and physical ones the password verifiers of all roles: whoever can read the packets has the database.',
    remedy => 'Set sslmode=verify-full in the connection string of the standby, subscription or backup tool, and let pg_hba.conf accept replication only by hostssl or hostgssenc lines. The fix shuts out the role without TLS, with Kerberos encryption too: put it above the line that lets it in, once its connection asks for TLS.',
    needs => 'pg_read_all_stats',
    refs => ARRAY['CIS 7.5', 'STIG V-261932'],
    rule => $$
        SELECT rds_guard.ident(c.role),
               format('%s unencrypted stream(s) of replication of role %s to %s', count(*), rds_guard.ident(c.role),
                      string_agg(DISTINCT host(c.client_address), ', ')),
               -- without TLS it would shut out everybody
               (SELECT CASE WHEN rds_guard.on_rds() OR rds_guard.setting('ssl') = 'off' THEN NULL
                            ELSE 'hostnossl all,replication ' || rds_guard.hba_name(c.role) || ' all reject' END),
               jsonb_build_object('streams', count(*),
                                  'addresses', jsonb_agg(DISTINCT host(c.client_address)),
                                  'applications', jsonb_agg(DISTINCT c.application),
                                  'databases', coalesce(jsonb_agg(DISTINCT c.database) FILTER (WHERE c.database IS NOT NULL), '[]'))
        FROM rds_guard.client_connections() AS c
        WHERE c.backend_type = 'walsender' AND c.encryption = 'none'
              AND c.client_address IS NOT NULL AND NOT rds_guard.is_loopback(c.client_address)
        GROUP BY c.role
    $$);

SELECT rds_guard.define_check('replication_user_superuser', 'replication', 'medium',
    title => 'Replication runs as a role with superuser power',
    why => 'A standby, a subscriber or a backup tool needs the attribute REPLICATION, or SELECT on the tables published, not more. With a superuser''s password stored on the other machine, whoever gets into that one owns this one.',
    remedy => 'Make a role of its own with LOGIN and REPLICATION, let pg_hba.conf accept it for replication only, and change the connection string of the other side.',
    needs => 'pg_read_all_stats',
    refs => ARRAY['CIS 7.1'],
    rule => $$
        SELECT rds_guard.ident(c.role),
               format('%s stream(s) of replication run as role %s, which is or can become an administrator, to %s', count(*), rds_guard.ident(c.role),
                      string_agg(DISTINCT coalesce(host(c.client_address), 'this machine'), ', ')),
               NULL,
               jsonb_build_object('streams', count(*),
                                  'addresses', jsonb_agg(DISTINCT coalesce(host(c.client_address), 'socket')),
                                  'applications', jsonb_agg(DISTINCT c.application))
               -- by the socket nobody has to store a password elsewhere
               || CASE WHEN bool_and(c.client_address IS NULL) THEN '{"severity": "low"}'::jsonb ELSE '{}' END
        FROM rds_guard.client_connections() AS c
        WHERE c.backend_type = 'walsender' AND c.role IN (SELECT r.role FROM rds_guard.superuser_reachers() AS r (role))
        GROUP BY c.role
    $$);

SELECT rds_guard.define_check('replication_slots_inactive', 'replication', 'medium',
    title => 'A replication slot has no consumer, or one that nobody knows',
    why => 'For a slot the server keeps all WAL, and rows that VACUUM could remove, until its consumer has them: one that is forgotten fills the disk, and the server stops. A slot with an output plugin that nobody approved may pass on all changes of a database.',
    remedy => 'Bring the consumer back or drop the slot; max_slot_wal_keep_size limits what the slots may keep. The policies inactive_slot_limit and output_plugins say how long a slot may be idle, and which plugins are known.',
    needs => 'SELECT on rds_guard.policy',
    refs => ARRAY[]::text[],
    rule => $$
        WITH slots AS MATERIALIZED (
            SELECT s.*, format('slot %s (%s)', rds_guard.ident(s.slot), concat_ws(', ', s.kind, 'database ' || rds_guard.ident(s.database), 'plugin ' || rds_guard.ident(s.plugin))) AS called,
                   format('SELECT pg_drop_replication_slot(%L);', s.slot) AS dropped,
                   jsonb_build_object('kind', s.kind, 'database', s.database, 'plugin', s.plugin, 'wal_status', s.wal_status) AS seen
            FROM rds_guard.replication_slots() AS s
            -- a standby keeps the copies of its primary's for later
            WHERE NOT s.synced
        )
        SELECT rds_guard.ident(s.slot), format('%s is of no use any more (%s)', s.called, s.invalidation),
               s.dropped, s.seen || jsonb_build_object('invalidation', s.invalidation, 'severity', 'low')
        FROM slots AS s
        WHERE s.invalidation IS NOT NULL
        UNION ALL
        SELECT rds_guard.ident(s.slot),
               format('%s has no consumer', s.called)
               || CASE WHEN s.inactive_seconds IS NOT NULL THEN format(' for %s seconds', trunc(s.inactive_seconds)) ELSE '' END
               || CASE
                      WHEN s.retained IS NULL THEN ' and keeps no WAL yet'
                      ELSE format('; %s of WAL are kept for it, %s', pg_size_pretty(s.retained),
                                  CASE rds_guard.setting('max_slot_wal_keep_size') WHEN '-1' THEN 'without limit'
                                       ELSE rds_guard.setting('max_slot_wal_keep_size') || ' at most' END)
                  END
               || CASE s.wal_status WHEN 'unreserved' THEN ', and it is about to be lost' ELSE '' END,
               s.dropped || ' -- if nobody comes for it any more',
               s.seen || jsonb_build_object('retained', s.retained, 'inactive_seconds', trunc(s.inactive_seconds))
               || CASE WHEN s.retained IS NULL THEN '{"severity": "low"}'::jsonb ELSE '{}' END
        FROM slots AS s
        WHERE s.invalidation IS NULL AND NOT s.active
              AND CASE WHEN s.inactive_seconds IS NULL THEN true ELSE s.inactive_seconds >= (SELECT rds_guard.policy_number('inactive_slot_limit')) END
        UNION ALL
        SELECT rds_guard.ident(s.slot) || ' PLUGIN ' || rds_guard.ident(s.plugin),
               format('%s uses an output plugin other than pgoutput', s.called),
               CASE WHEN NOT s.active THEN s.dropped || ' -- if nobody knows its consumer' END,
               s.seen || jsonb_build_object('severity', 'low')
               || CASE WHEN s.plugin = ANY ((SELECT rds_guard.policy_names('output_plugins'))::name[]) THEN '{"allowed_by": "output_plugins"}'::jsonb ELSE '{}' END
        FROM slots AS s
        WHERE s.plugin <> 'pgoutput' AND s.invalidation IS NULL
    $$);

SELECT rds_guard.define_check('primary_conninfo_weak', 'replication', 'medium',
    title => 'This standby does not insist on an encrypted, verified connection to its primary',
    why => 'Unless its sslmode is verify-ca or verify-full, a standby takes what it gets: whoever sits on the way reads the whole database, or is the primary, with data of his own. A password in primary_conninfo is readable for members of pg_read_all_settings, which pg_monitor contains, and in each copy of the configuration.',
    remedy => 'Give primary_conninfo sslmode=verify-full and an sslrootcert, and keep the password in a file of the account that runs the server (passfile), or use a client certificate.',
    needs => 'pg_read_all_settings',
    refs => ARRAY['CIS 7.5'],
    rule => $$
        WITH standby AS MATERIALIZED (
            SELECT rds_guard.connection_options(s.conninfo) AS options
            FROM (SELECT CASE
                             WHEN NOT pg_is_in_recovery() THEN rds_guard.not_applicable('this server is no standby')::text
                             WHEN (SELECT p.platform FROM rds_guard.platform() AS p) <> 'self_managed'
                                 THEN rds_guard.not_applicable('how standbys connect is up to the provider here')::text
                             WHEN rds_guard.setting('primary_conninfo') = '' THEN rds_guard.not_applicable('this standby streams from no primary')::text
                             ELSE rds_guard.setting('primary_conninfo')
                         END) AS s (conninfo)
        )
        SELECT 'primary_conninfo sslmode',
               format('this standby connects %s', f.detail),
               CASE WHEN f.unseen IS NULL THEN 'sslmode=verify-full' END,
               jsonb_build_object('host', s.options ->> 'host', 'hostaddr', s.options ->> 'hostaddr', 'sslmode', s.options ->> 'sslmode')
               || CASE WHEN f.unseen IS NOT NULL THEN jsonb_build_object('unknown', f.unseen)
                       WHEN f.fault = 'unverified' THEN '{"severity": "low"}'::jsonb ELSE '{}' END
        FROM standby AS s
        CROSS JOIN LATERAL rds_guard.connection_faults(s.options) AS f
        UNION ALL
        SELECT 'primary_conninfo ' || k.secret, format('primary_conninfo contains %s', k.secret), NULL,
               jsonb_build_object('user', s.options ->> 'user')
        FROM standby AS s
        CROSS JOIN LATERAL unnest(rds_guard.connection_secrets()) AS k (secret)
        WHERE s.options ->> k.secret <> ''
    $$);

SELECT rds_guard.define_check('wal_archiving_off_or_failing', 'replication', 'medium',
    title => 'WAL is not archived',
    why => 'With the WAL since the last base backup the database can be brought back to any moment, such as the one before a mistake or an attack. Without it, all since that backup is lost; and where archiving fails, WAL piles up until the disk is full.',
    remedy => 'Set archive_command (or archive_library) to what stores the WAL elsewhere, then archive_mode to on, and restart; where it fails, the server log says why. Streaming with pg_receivewal into a slot does as well.',
    refs => ARRAY['CIS 7.4'],
    rule => $$
        WITH server AS MATERIALIZED (
            SELECT CASE
                       WHEN (SELECT p.platform FROM rds_guard.platform() AS p) <> 'self_managed'
                           THEN rds_guard.not_applicable('archiving is up to the provider here')::text
                       WHEN pg_is_in_recovery() AND rds_guard.setting('archive_mode') <> 'always'
                           THEN rds_guard.not_applicable('a standby archives nothing, unless archive_mode is always')::text
                       ELSE rds_guard.setting('archive_mode')
                   END AS mode
        ), archiver AS MATERIALIZED (
            SELECT s.mode, l.library, CASE WHEN l.library = '' THEN rds_guard.archive_command_fault(rds_guard.setting('archive_command')) END AS fault,
                   CASE WHEN l.library = '' THEN 'archive_command' ELSE 'archive_library' END AS means,
                   a.archived_count, a.last_archived_time, a.failed_count, a.last_failed_wal, a.last_failed_time, a.stats_reset
            FROM server AS s
            CROSS JOIN LATERAL (SELECT CASE WHEN rds_guard.has_setting('archive_library') THEN rds_guard.setting('archive_library') ELSE '' END) AS l (library)
            CROSS JOIN pg_catalog.pg_stat_archiver AS a
            WHERE s.mode <> 'off'
        )
        SELECT 'archive_mode',
               'archive_mode is off' || CASE WHEN r.seen THEN '; a program stores the stream of WAL' ELSE '' END,
               NULL,
               jsonb_build_object('archive_mode', s.mode) || CASE WHEN r.seen THEN '{"received": true, "severity": "info"}'::jsonb ELSE '{}' END
        FROM server AS s
        CROSS JOIN LATERAL (SELECT CASE WHEN pg_has_role('pg_read_all_stats', 'USAGE') THEN EXISTS (SELECT FROM rds_guard.wal_receivers()) END) AS r (seen)
        WHERE s.mode = 'off'
        UNION ALL
        SELECT 'archive_command', 'archive_command ' || a.fault, NULL, jsonb_build_object('archive_mode', a.mode)
        FROM archiver AS a
        WHERE a.fault IS NOT NULL
        UNION ALL
        SELECT 'pg_stat_archiver',
               format('%s fails, %s time(s) so far, the last time with %s; %s', a.means, a.failed_count, a.last_failed_wal,
                      coalesce('nothing was archived since ' || a.last_archived_time, 'nothing was ever archived')),
               NULL,
               jsonb_build_object('means', a.means, 'failed_count', a.failed_count, 'last_failed_time', a.last_failed_time, 'last_archived_time', a.last_archived_time)
        FROM archiver AS a
        WHERE a.last_failed_time IS NOT NULL AND a.last_failed_time > coalesce(a.last_archived_time, '-infinity')
        UNION ALL
        SELECT 'pg_stat_archiver', format('%s has archived nothing since the statistics were reset', a.means), NULL,
               jsonb_build_object('means', a.means, 'stats_reset', a.stats_reset,
                                  'unknown', 'SELECT pg_switch_wal() makes the server archive a file, after which the report tells whether that works.')
        FROM archiver AS a
        WHERE a.fault IS NULL AND a.last_archived_time IS NULL AND a.last_failed_time IS NULL
    $$);

SELECT rds_guard.define_check('rds_logical_replication_unused', 'replication', 'low',
    title => 'Logical replication is switched on and not used',
    why => 'With rds.logical_replication the server writes more WAL, and whoever gets rds_replication can stream all changes out of it.',
    remedy => 'Set rds.logical_replication to 0 in the parameter group and reboot, unless something is about to use it.',
    refs => ARRAY[]::text[],
    rule => $$
        SELECT 'rds.logical_replication', 'rds.logical_replication is on; there is no logical slot, and no publication in this database',
               rds_guard.setting_fix('rds.logical_replication', '0'),
               jsonb_build_object('rds.logical_replication', s.value)
        FROM (SELECT CASE
                         WHEN NOT rds_guard.on_rds() THEN rds_guard.not_applicable('only RDS and Aurora have rds.logical_replication')::text
                         ELSE lower(rds_guard.setting('rds.logical_replication'))
                     END) AS s (value)
        WHERE s.value IN ('on', '1', 'true', 'yes')
              AND NOT EXISTS (SELECT FROM rds_guard.replication_slots() AS l WHERE l.kind = 'logical')
              AND NOT EXISTS (SELECT FROM pg_catalog.pg_publication)
    $$);

SELECT rds_guard.define_check('backup_evidence_missing', 'replication', 'info',
    title => 'Nothing in the database shows that there are backups',
    why => 'A server knows little of its backups: a base backup while it runs, and where WAL is archived the last one. What shows none says nothing about file system snapshots and dumps, and what shows one does not say that it can be restored.',
    remedy => 'Look at the backup tool itself, and restore a backup from time to time. The policy backup_days is the age at which a base backup shows nothing any more.',
    needs => 'pg_monitor',
    refs => ARRAY['CIS 7.3', 'CIS 8.2'],
    rule => $$
        SELECT NULL, NULL, NULL, NULL
        WHERE CASE
                  WHEN (SELECT p.platform FROM rds_guard.platform() AS p) <> 'self_managed'
                      THEN rds_guard.not_applicable('backups are up to the provider here: its own interface shows them')
                  WHEN EXISTS (SELECT FROM pg_catalog.pg_stat_progress_basebackup)
                       OR rds_guard.last_base_backup() > now() - (SELECT rds_guard.policy_number('backup_days')) * interval '1 day' THEN false
                  ELSE rds_guard.unknown('the server knows of no base backup that runs or ended lately'
                                         || CASE WHEN (SELECT a.last_archived_time > coalesce(a.last_failed_time, '-infinity') FROM pg_catalog.pg_stat_archiver AS a)
                                                 THEN '; it does archive WAL' ELSE '' END,
                                         'Ask the tool that makes the backups: a database cannot tell that there are none.')
              END
    $$);

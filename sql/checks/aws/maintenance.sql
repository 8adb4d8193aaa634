-- Versions, updates and order among databases on RDS, as Amazon's command line
-- tells.

SELECT rds_guard.define_check('aws_param_group_pending_reboot', 'aws_maintenance', 'medium',
    title => 'What a parameter group says is not in force in a database',
    why => 'Static parameters, such as shared_preload_libraries for pgaudit, wait for a reboot. Until then the group looks as if all were well, and reports that read it say so.',
    remedy => 'Reboot the instance in a maintenance window: it interrupts the service.',
    needs => 'describe-db-instances, and describe-db-clusters where there are clusters',
    refs => '{}',
    scope => 'aws',
    rule => $$
        SELECT i.object,
               CASE WHEN g.status IS NULL THEN rds_guard.aws_detail(NULL, NULL, i.item, '{DBParameterGroups}')
                    ELSE format('parameter group %s is %s', coalesce(g.name, 'of a name that is not told'), g.status) END,
               CASE WHEN g.status = 'pending-reboot' THEN format('%s --db-instance-identifier %s', rds_guard.aws_call('rds reboot-db-instance', i.arn), rds_guard.aws_arg(i.identifier)) END,
               jsonb_build_object('group', g.name, 'status', g.status)
               || CASE WHEN g.status IS NULL THEN '{"unknown": "Give the document as the command prints it, whole and anew."}'::jsonb ELSE '{}'::jsonb END
        FROM rds_guard.aws_instances($1) AS i
        CROSS JOIN LATERAL (SELECT rds_guard.aws_list(i.item, 'DBParameterGroups')) AS l (list)
        CROSS JOIN LATERAL (SELECT rds_guard.aws_text(e.entry, 'DBParameterGroupName'), rds_guard.aws_text(e.entry, 'ParameterApplyStatus')
                            FROM jsonb_array_elements(l.list) AS e (entry)
                            UNION ALL
                            SELECT NULL, NULL WHERE l.list IS NULL) AS g (name, status)
        WHERE g.status IS DISTINCT FROM 'in-sync'
        UNION ALL
        SELECT 'instance ' || m.member, format('cluster parameter group %s is %s', coalesce(d.item ->> 'DBClusterParameterGroup', 'of a name that is not told'), coalesce(m.status, 'in a state that is not told')),
               CASE WHEN m.status = 'pending-reboot' THEN format('%s --db-instance-identifier %s', rds_guard.aws_call('rds reboot-db-instance', d.arn), rds_guard.aws_arg(m.member)) END,
               jsonb_build_object('cluster', d.identifier, 'group', d.item -> 'DBClusterParameterGroup', 'status', m.status)
               || CASE WHEN m.status IS NULL THEN '{"unknown": "Give the document as the command prints it, whole and anew."}'::jsonb ELSE '{}'::jsonb END
        FROM rds_guard.aws_databases($1) AS d
        CROSS JOIN LATERAL (SELECT e.entry ->> 'DBInstanceIdentifier', rds_guard.aws_text(e.entry, 'DBClusterParameterGroupStatus')
                            FROM jsonb_array_elements(rds_guard.aws_list(d.item, 'DBClusterMembers', '[]')) AS e (entry)) AS m (member, status)
        WHERE d.kind = 'cluster' AND m.status IS DISTINCT FROM 'in-sync'
        UNION ALL
        SELECT d.object, rds_guard.aws_detail(NULL, NULL, NULL, '{}'), rds_guard.aws_fix(NULL, NULL, NULL), rds_guard.aws_evidence(NULL, NULL, '{}')
        FROM rds_guard.aws_databases($1) AS d
        WHERE d.item IS NULL
        UNION ALL
        SELECT u.* FROM rds_guard.aws_unread($1, '{DBInstances,DBClusters}') AS u
    $$);

SELECT rds_guard.define_check('aws_param_group_default', 'aws_maintenance', 'low',
    title => 'A database has a default parameter group',
    why => 'Nothing in it can be changed: neither pgaudit nor rds.force_ssl nor what is logged.',
    remedy => 'Make a parameter group of the same family and give it to the instance or the cluster, which takes a reboot.',
    needs => 'describe-db-instances, and describe-db-clusters where there are clusters',
    refs => '{}',
    scope => 'aws',
    rule => $$
        SELECT g.object,
               CASE WHEN v.wrong THEN format('its parameter group is %s', g.group_name)
                    ELSE rds_guard.aws_detail(NULL, NULL, g.item, CASE g.kind WHEN 'cluster' THEN '{DBClusterParameterGroup}'::text[] ELSE '{DBParameterGroups}' END) END,
               rds_guard.aws_fix(v.wrong, NULL, g.item),
               jsonb_build_object('group', g.group_name) || rds_guard.aws_evidence(v.wrong, g.item, '{}')
        FROM rds_guard.aws_parameter_groups($1) AS g
        CROSS JOIN LATERAL (SELECT g.group_name ~ '^default\.') AS v (wrong)
        WHERE v.wrong IS NOT FALSE
        UNION ALL
        SELECT u.* FROM rds_guard.aws_unread($1, '{DBInstances,DBClusters}') AS u
    $$);

SELECT rds_guard.define_check('aws_auto_minor_upgrade_off', 'aws_maintenance', 'medium',
    title => 'A database on RDS gets no minor releases by itself',
    why => 'Minor releases mend vulnerabilities that are public from that day on.',
    remedy => 'Switch it on, or see to each release yourself. A cluster of Aurora is upgraded only when all its members say so.',
    needs => 'describe-db-instances, and describe-db-clusters where there are clusters',
    refs => ARRAY['Security Hub RDS.13', 'Security Hub RDS.35'],
    scope => 'aws',
    rule => $$
        SELECT d.object,
               rds_guard.aws_detail(v.wrong, 'AutoMinorVersionUpgrade is false', d.item, '{AutoMinorVersionUpgrade}'),
               rds_guard.aws_fix(v.wrong, d.modify || ' --auto-minor-version-upgrade', d.item),
               rds_guard.aws_evidence(v.wrong, d.item, '{AutoMinorVersionUpgrade}')
        FROM (SELECT a.object, a.modify, a.item FROM rds_guard.aws_databases($1) AS a WHERE a.kind = 'instance' OR a.engine = 'postgres' OR a.item IS NULL
              UNION ALL
              SELECT 'instance ' || (m.member ->> 'DBInstanceIdentifier'), rds_guard.aws_modify('instance', m.member ->> 'DBInstanceIdentifier', m.member ->> 'DBInstanceArn'), m.member
              FROM rds_guard.aws_databases($1) AS a
              CROSS JOIN LATERAL jsonb_array_elements(a.members) AS m (member)
              WHERE a.engine = 'aurora-postgresql') AS d
        CROSS JOIN LATERAL (SELECT NOT rds_guard.aws_bool(d.item, 'AutoMinorVersionUpgrade')) AS v (wrong)
        WHERE v.wrong IS NOT FALSE
        UNION ALL
        SELECT u.* FROM rds_guard.aws_unread($1, '{DBInstances,DBClusters}') AS u
    $$);

SELECT rds_guard.define_check('aws_engine_version_outdated', 'aws_maintenance', 'high',
    title => 'A newer minor version is out for a database on RDS',
    why => 'Minor versions hold nothing but fixes, of security among others, and what they mend is described in public. A version that Amazon has deprecated gets none any more.',
    remedy => 'Upgrade in a maintenance window: it restarts the database. The data stays as it is.',
    needs => 'describe-db-engine-versions, describe-db-instances, and describe-db-clusters where there are clusters',
    refs => '{}',
    scope => 'aws',
    rule => $$
        WITH versions AS MATERIALIZED (
            SELECT v.item ->> 'Engine' AS engine, v.item ->> 'EngineVersion' AS version, bool_or(v.item ->> 'Status' = 'deprecated') AS deprecated,
                   (array_agg(t.target ->> 'EngineVersion' ORDER BY (regexp_match(t.target ->> 'EngineVersion', '\.(\d{1,9})'))[1]::integer DESC, t.target ->> 'EngineVersion' COLLATE "C" DESC)
                    FILTER (WHERE rds_guard.aws_bool(t.target, 'IsMajorVersionUpgrade') IS FALSE))[1] AS newest,
                   bool_or(jsonb_typeof(v.item -> 'ValidUpgradeTarget') = 'array') AS told
            FROM rds_guard.aws_items($1, 'DBEngineVersions') AS v (item)
            LEFT JOIN LATERAL jsonb_array_elements(rds_guard.aws_list(v.item, 'ValidUpgradeTarget', '[]')) AS t (target) ON true
            GROUP BY 1, 2
        )
        SELECT d.object,
               CASE WHEN v.newest IS NOT NULL THEN format('EngineVersion is %s%s; %s is out', d.item ->> 'EngineVersion', CASE WHEN v.deprecated THEN ', which is deprecated' ELSE '' END, v.newest)
                    WHEN v.deprecated THEN format('EngineVersion is %s, which is deprecated', d.item ->> 'EngineVersion')
                    WHEN d.item ->> 'EngineVersion' IS NULL THEN rds_guard.aws_detail(NULL, NULL, d.item, '{EngineVersion}')
                    WHEN v.version IS NOT NULL THEN format('the list of versions does not tell what %s can be upgraded to', d.item ->> 'EngineVersion')
                    ELSE format('%s %s is not in the list of versions', d.engine, d.item ->> 'EngineVersion') END,
               CASE WHEN v.newest IS NOT NULL THEN format('%s --engine-version %s', d.modify, rds_guard.aws_arg(v.newest))
                    WHEN v.version IS NULL THEN rds_guard.aws_fix(d.item IS NOT NULL,
                         format('%s --engine %s --include-all --output json', rds_guard.aws_call('rds describe-db-engine-versions', d.arn), rds_guard.aws_arg(d.engine)), d.item) END,
               jsonb_build_object('engine', d.engine, 'version', d.item ->> 'EngineVersion', 'newest', v.newest, 'deprecated', v.deprecated)
               || CASE WHEN v.newest IS NULL AND v.deprecated IS NOT TRUE THEN '{"unknown": "Run the command and add what it prints to the documents."}'::jsonb ELSE '{}'::jsonb END
        FROM rds_guard.aws_databases($1) AS d
        LEFT JOIN versions AS v ON v.engine = d.engine AND v.version = d.item ->> 'EngineVersion'
        WHERE v.version IS NULL OR v.newest IS NOT NULL OR v.deprecated OR NOT coalesce(v.told, false)
        UNION ALL
        SELECT u.* FROM rds_guard.aws_unread($1, '{DBEngineVersions,DBInstances,DBClusters}') AS u
    $$);

SELECT rds_guard.define_check('aws_engine_eol_or_extended_support', 'aws_maintenance', 'high',
    title => 'The standard support of Amazon for a database has ended or soon will',
    why => 'After that there are fixes only in Extended Support, for a price by the hour, and after that none: then RDS upgrades the database when it sees fit.',
    remedy => 'Upgrade to a newer major version before. How many days ahead this is reported, with medium severity, is the policy version_end_days.',
    needs => 'describe-db-major-engine-versions, describe-db-instances, describe-db-clusters where there are clusters, and the policy',
    refs => '{}',
    scope => 'aws',
    rule => $$
        WITH ends AS MATERIALIZED (
            SELECT v.item ->> 'Engine' AS engine, rds_guard.aws_major(v.item ->> 'MajorEngineVersion') AS major,
                   max(rds_guard.aws_time(l.lifecycle, 'LifecycleSupportEndDate')) FILTER (WHERE l.lifecycle ->> 'LifecycleSupportName' = 'open-source-rds-standard-support') AS standard,
                   max(rds_guard.aws_time(l.lifecycle, 'LifecycleSupportEndDate')) FILTER (WHERE l.lifecycle ->> 'LifecycleSupportName' = 'open-source-rds-extended-support') AS extended
            FROM rds_guard.aws_items($1, 'DBMajorEngineVersions') AS v (item)
            CROSS JOIN LATERAL jsonb_array_elements(rds_guard.aws_list(v.item, 'SupportedEngineLifecycles', '[]')) AS l (lifecycle)
            GROUP BY 1, 2
        ), judged AS (
            SELECT d.object, d.engine, d.arn, d.item, rds_guard.aws_major(d.item ->> 'EngineVersion') AS major, coalesce(rds_guard.aws_captured($1), now()) AS now,
                   (SELECT rds_guard.policy_number('version_end_days')) AS days
            FROM rds_guard.aws_databases($1) AS d
        )
        SELECT j.object,
               CASE WHEN e.standard IS NULL AND j.major IS NULL THEN rds_guard.aws_detail(NULL, NULL, j.item, '{EngineVersion}')
                    WHEN e.standard IS NULL THEN format('when the support of %s %s ends is not in the list', j.engine, j.major)
                    ELSE format('the standard support of %s %s %s on %s', j.engine, j.major, CASE WHEN e.standard < j.now THEN 'ended' ELSE 'ends' END, rds_guard.aws_day(e.standard))
                         || CASE WHEN e.extended < j.now THEN format(', Extended Support on %s', rds_guard.aws_day(e.extended)) ELSE '' END
                         || CASE WHEN j.item ->> 'EngineLifecycleSupport' = 'open-source-rds-extended-support' AND e.standard < j.now THEN '; it is in Extended Support' ELSE '' END END,
               CASE WHEN e.standard IS NULL THEN rds_guard.aws_fix(j.item IS NOT NULL,
                         format('%s --engine %s --output json', rds_guard.aws_call('rds describe-db-major-engine-versions', j.arn), rds_guard.aws_arg(j.engine)), j.item) END,
               jsonb_build_object('engine', j.engine, 'major', j.major, 'standard_support_ends', rds_guard.aws_day(e.standard), 'extended_support_ends', rds_guard.aws_day(e.extended),
                                  'lifecycle', j.item -> 'EngineLifecycleSupport', 'severity', CASE WHEN e.standard >= j.now THEN 'medium' ELSE 'high' END)
               || CASE WHEN e.standard IS NULL THEN '{"unknown": "Run the command and add what it prints to the documents."}'::jsonb ELSE '{}'::jsonb END
        FROM judged AS j
        LEFT JOIN ends AS e ON e.engine = j.engine AND e.major = j.major
        WHERE e.standard IS NULL OR e.standard < j.now + j.days * interval '1 day'
        UNION ALL
        SELECT u.* FROM rds_guard.aws_unread($1, '{DBMajorEngineVersions,DBInstances,DBClusters}') AS u
    $$);

SELECT rds_guard.define_check('aws_pending_maintenance', 'aws_maintenance', 'medium',
    title => 'Maintenance of a database on RDS waits and nobody has set a date',
    why => 'Updates of the operating system and of the engine hold fixes of security. Some wait until somebody asks for them.',
    remedy => 'Opt in for the next maintenance window; most restart the database. How many days ahead the date may lie is the policy aws_maintenance_days.',
    needs => 'describe-pending-maintenance-actions, describe-db-instances, describe-db-clusters where there are clusters, and the policy',
    refs => '{}',
    scope => 'aws',
    rule => $$
        WITH databases AS MATERIALIZED (
            SELECT d.object, d.arn FROM rds_guard.aws_databases($1) AS d WHERE d.arn IS NOT NULL
            UNION
            SELECT 'instance ' || (m.member ->> 'DBInstanceIdentifier'), m.member ->> 'DBInstanceArn'
            FROM rds_guard.aws_databases($1) AS d
            CROSS JOIN LATERAL jsonb_array_elements(d.members) AS m (member)
        )
        SELECT d.object || coalesce(' action ' || (a.action ->> 'Action'), ''),
               CASE WHEN t.at IS NULL AND a.action ? 'CurrentApplyDate' THEN rds_guard.aws_detail(NULL, NULL, a.action, '{CurrentApplyDate}')
                    ELSE coalesce('it is to be applied on ' || rds_guard.aws_day(t.at), 'there is no date for it') END || coalesce(': ' || left(a.action ->> 'Description', 100), ''),
               CASE WHEN a.action ->> 'Action' IS NOT NULL
                    THEN format('%s --resource-identifier %s --apply-action %s --opt-in-type next-maintenance', rds_guard.aws_call('rds apply-pending-maintenance-action', d.arn),
                                rds_guard.aws_arg(d.arn), rds_guard.aws_arg(a.action ->> 'Action')) END,
               jsonb_build_object('action', a.action -> 'Action', 'apply_date', a.action -> 'CurrentApplyDate', 'forced_date', a.action -> 'ForcedApplyDate')
               || CASE WHEN t.at IS NULL AND a.action ? 'CurrentApplyDate' THEN '{"unknown": "Give the document as the command prints it, whole and anew."}'::jsonb ELSE '{}' END
        FROM rds_guard.aws_items($1, 'PendingMaintenanceActions') AS p (item)
        JOIN databases AS d ON d.arn = p.item ->> 'ResourceIdentifier'
        CROSS JOIN LATERAL jsonb_array_elements(rds_guard.aws_list(p.item, 'PendingMaintenanceActionDetails', '[]')) AS a (action)
        CROSS JOIN LATERAL (SELECT rds_guard.aws_time(a.action, 'CurrentApplyDate')) AS t (at)
        WHERE t.at IS NULL OR t.at > coalesce(rds_guard.aws_captured($1), now()) + (SELECT rds_guard.policy_number('aws_maintenance_days')) * interval '1 day'
        UNION ALL
        SELECT u.* FROM rds_guard.aws_unread($1, '{PendingMaintenanceActions,DBInstances,DBClusters}') AS u
    $$);

SELECT rds_guard.define_check('aws_region_allowed', 'aws_maintenance', 'medium',
    title => 'A database is in a region where none should be',
    why => 'Where nobody expects a database nobody watches it, other laws may hold, and what an intruder starts is often started there.',
    remedy => 'Ask who made it; move it, or delete it. Regions for databases are the policy aws_regions.',
    needs => 'describe-db-instances of all regions, describe-db-clusters where there are clusters, and the policy',
    refs => '{}',
    scope => 'aws',
    rule => $$
        SELECT d.object,
               CASE WHEN v.region IS NULL THEN 'the document does not tell its ARN' ELSE format('it is in %s', v.region) END,
               NULL,
               jsonb_build_object('arn', d.arn, 'region', v.region)
               || CASE WHEN v.region IS NULL THEN '{"unknown": "Give the document as the command prints it, whole and anew."}'::jsonb ELSE '{}'::jsonb END
        FROM rds_guard.aws_databases($1) AS d
        CROSS JOIN LATERAL (SELECT rds_guard.aws_arn(d.arn, 'region'), (SELECT rds_guard.policy_names('aws_regions'))::text[]) AS v (region, allowed)
        WHERE cardinality(v.allowed) > 0 AND NOT coalesce(v.region = ANY (v.allowed), false)
        UNION ALL
        SELECT u.* FROM rds_guard.aws_unread($1, '{DBInstances,DBClusters}') AS u
    $$);

SELECT rds_guard.define_check('aws_tags_missing', 'aws_maintenance', 'info',
    title => 'A database on RDS lacks a tag that it should have',
    why => 'Tags say whose a database is and what data it holds: rules about access, backups and sharing go by them.',
    remedy => 'Add the tags, with aws rds add-tags-to-resource. Which ones a database should have is the policy aws_tags; upper and lower case are the same here.',
    needs => 'describe-db-instances, describe-db-clusters where there are clusters, and the policy',
    refs => '{}',
    scope => 'aws',
    rule => $$
        SELECT d.object,
               rds_guard.aws_detail(v.wrong, format('TagList lacks %s', array_to_string(v.missing, ', ')), d.item, '{TagList}'),
               rds_guard.aws_fix(v.wrong, NULL, d.item),
               jsonb_build_object('missing', v.missing) || rds_guard.aws_evidence(v.wrong, d.item, '{}')
        FROM rds_guard.aws_databases($1) AS d
        CROSS JOIN LATERAL (
            SELECT cardinality(m.missing) > 0, m.missing
            FROM (SELECT rds_guard.aws_list(d.item, 'TagList', '[]')) AS l (list)
            CROSS JOIN LATERAL (
                SELECT CASE WHEN l.list IS NOT NULL
                            THEN ARRAY(SELECT w.tag FROM unnest((SELECT rds_guard.policy_names('aws_tags'))::text[]) AS w (tag)
                                       WHERE lower(w.tag) NOT IN (SELECT lower(coalesce(t.tag ->> 'Key', '')) FROM jsonb_array_elements(l.list) AS t (tag))) END) AS m (missing)) AS v (wrong, missing)
        WHERE v.wrong IS NOT FALSE
        UNION ALL
        SELECT u.* FROM rds_guard.aws_unread($1, '{DBInstances,DBClusters}') AS u
    $$);

SELECT rds_guard.define_check('aws_option_pending_modified', 'aws_maintenance', 'info',
    title => 'A change of a database on RDS is accepted but not applied',
    why => 'Until the next maintenance window the database is as it was, whatever was ordered.',
    remedy => 'Wait for the window, or apply it at once: the same command with. Some changes restart the database.',
    needs => 'describe-db-instances, and describe-db-clusters where there are clusters',
    refs => '{}',
    scope => 'aws',
    rule => $$
        SELECT d.object,
               rds_guard.aws_detail(v.wrong, format('PendingModifiedValues has %s', array_to_string(v.names, ', ')), d.item, '{PendingModifiedValues}'),
               rds_guard.aws_fix(v.wrong, NULL, d.item),
               -- names only: one of the values is a password
               jsonb_build_object('pending', v.names) || rds_guard.aws_evidence(v.wrong, d.item, '{}')
        FROM rds_guard.aws_databases($1) AS d
        CROSS JOIN LATERAL (
            SELECT cardinality(n.names) > 0, n.names
            FROM (SELECT CASE coalesce(jsonb_typeof(d.item -> 'PendingModifiedValues'), 'null')
                             WHEN 'object' THEN ARRAY(SELECT left(k.name, 60) FROM jsonb_object_keys(CASE jsonb_typeof(d.item -> 'PendingModifiedValues') WHEN 'object' THEN d.item -> 'PendingModifiedValues' ELSE '{}'::jsonb END) AS k (name)
                                                      ORDER BY k.name COLLATE "C")
                             WHEN 'null' THEN CASE WHEN d.item IS NOT NULL THEN '{}'::text[] END END) AS n (names)) AS v (wrong, names)
        WHERE v.wrong IS NOT FALSE
        UNION ALL
        SELECT u.* FROM rds_guard.aws_unread($1, '{DBInstances,DBClusters}') AS u
    $$);

SELECT rds_guard.define_check('aws_env_separation', 'aws_maintenance', 'info',
    title => 'Databases of several environments share a VPC',
    why => 'Whoever gets into a test machine is next to the data of production then: only security groups stand between.',
    remedy => 'Give each environment a VPC of its own, better an account. What belongs where, the tag Environment tells.',
    needs => 'describe-db-instances',
    refs => '{}',
    scope => 'aws',
    rule => $$
        WITH tagged AS MATERIALIZED (
            SELECT i.object, i.item #>> '{DBSubnetGroup,VpcId}' AS vpc,
                   (SELECT min(lower(t.tag ->> 'Value')) FROM jsonb_array_elements(rds_guard.aws_list(i.item, 'TagList', '[]')) AS t (tag) WHERE lower(t.tag ->> 'Key') = 'environment') AS environment
            FROM rds_guard.aws_instances($1) AS i
        )
        SELECT 'VPC ' || t.vpc, format('it has databases of %s', string_agg(DISTINCT t.environment, ', ')), NULL,
               jsonb_build_object('environments', jsonb_agg(DISTINCT t.environment), 'databases', count(*))
        FROM tagged AS t
        WHERE t.environment IS NOT NULL AND t.vpc IS NOT NULL
        GROUP BY t.vpc
        HAVING count(DISTINCT t.environment) > 1
        UNION ALL
        SELECT NULL, format('%s of %s instances have no tag Environment, or no VPC: %s', count(*) FILTER (WHERE t.environment IS NULL OR t.vpc IS NULL), count(*),
                            rds_guard.aws_some(array_agg(t.object ORDER BY t.object COLLATE "C") FILTER (WHERE t.environment IS NULL OR t.vpc IS NULL))), NULL,
               '{"unknown": "Tag each instance with its environment."}'
        FROM tagged AS t
        HAVING count(*) FILTER (WHERE t.environment IS NULL OR t.vpc IS NULL) > 0
        UNION ALL
        SELECT u.* FROM rds_guard.aws_unread($1, '{DBInstances}') AS u
    $$);

-- What of a database on RDS is recorded, where the records go, and who hears of
-- it, as Amazon's command line tells.

SELECT rds_guard.define_check('aws_param_logging', 'aws_logging', 'medium',
    title => 'The parameter group of a database leaves out what an audit needs',
    why => 'Without records of connections, of changes to the schema, and of pgaudit, nobody can tell afterwards who was in the database and what they did. pgaudit.log does nothing while pgaudit is not in shared_preload_libraries.',
    remedy => 'Set the parameters in the group, of a cluster in the cluster''s, unless a member of Aurora has a group that sets them otherwise; those of shared_preload_libraries need a reboot, and pgaudit CREATE EXTENSION afterwards. A default group has to be replaced by one of your own first. Give the documents of parameters under names that have that of the group. What is in force inside, the checks of category audit_logging tell.',
    needs => 'describe-db-parameters or describe-db-cluster-parameters of each group, describe-db-instances, and describe-db-clusters where there are clusters',
    refs => '{}',
    scope => 'aws',
    rule => $$
        WITH parameters AS MATERIALIZED (
            SELECT p.* FROM rds_guard.aws_parameters($1, '{log_connections,log_disconnections,log_statement,shared_preload_libraries,pgaudit.log}') AS p
        ), judged AS (
            SELECT p.object, p.kind, p.arn, p.group_name, p.name, p.value, p.problem, p.command, p.waits,
                   CASE p.name
                       WHEN 'log_connections' THEN NOT rds_guard.log_connections_aspects(coalesce(p.value, '')) && '{authentication,authorization}'
                       WHEN 'log_disconnections' THEN lower(coalesce(p.value, '0')) NOT IN ('1', 'on', 'true', 'yes')
                       WHEN 'log_statement' THEN lower(coalesce(p.value, 'none')) NOT IN ('ddl', 'mod', 'all')
                       WHEN 'shared_preload_libraries' THEN NOT 'pgaudit' = ANY (string_to_array(regexp_replace(lower(coalesce(p.value, '')), '[\s"]', '', 'g'), ','))
                       WHEN 'pgaudit.log' THEN NOT string_to_array(regexp_replace(lower(coalesce(p.value, 'none')), '[\s"]', '', 'g'), ',') && '{all,ddl,role,read,write,function,misc,misc_set}'
                   END AS lacks
            FROM parameters AS p
        )
        SELECT j.object, format('%s: %s', j.group_name, string_agg(format('%s is %s', j.name, coalesce(nullif(j.value, ''), 'not set')), ', ' ORDER BY j.name COLLATE "C")),
               rds_guard.aws_set_parameters(j.kind, j.group_name, j.arn, array_agg(CASE j.name
                       WHEN 'log_connections' THEN 'log_connections=1=immediate' WHEN 'log_disconnections' THEN 'log_disconnections=1=immediate'
                       WHEN 'log_statement' THEN 'log_statement=ddl=immediate' END ORDER BY j.name COLLATE "C") FILTER (WHERE j.name ~ '^log_')),
               jsonb_build_object('group', j.group_name, 'parameters', jsonb_object_agg(j.name, j.value))
        FROM judged AS j
        WHERE j.problem IS NULL AND j.lacks
        GROUP BY j.object, j.kind, j.arn, j.group_name
        UNION ALL
        SELECT j.object, format('%s: %s is %s, and changes wait for a reboot', j.group_name, j.name, coalesce(j.value, 'not set')), NULL,
               jsonb_build_object('group', j.group_name, j.name, j.value, 'unknown', format('Reboot the database, or look at %s in it.', j.name))
        FROM judged AS j
        WHERE j.problem IS NULL AND NOT j.lacks AND j.waits
        UNION ALL
        SELECT DISTINCT j.object, j.problem, j.command,
               jsonb_build_object('group', j.group_name, 'unknown', 'Run the command and add what it prints to the documents, under the name of the group.')
        FROM judged AS j
        WHERE j.problem IS NOT NULL
        UNION ALL
        SELECT u.* FROM rds_guard.aws_unread($1, '{DBInstances,DBClusters}') AS u
    $$);

SELECT rds_guard.define_check('aws_cloudwatch_logs_off', 'aws_logging', 'medium',
    title => 'The log of a database stays on its instance',
    why => 'RDS deletes log files after some days, and when the storage fills up; whoever may change the instance may shorten that. In CloudWatch Logs they are out of reach of the database, and can be searched and watched.',
    remedy => 'Export the log postgresql; of instances upgrade, too, which is of low severity. It takes effect at once.',
    needs => 'describe-db-instances, and describe-db-clusters where there are clusters',
    refs => ARRAY['Security Hub RDS.9', 'Security Hub RDS.36', 'Security Hub RDS.37'],
    scope => 'aws',
    rule => $$
        SELECT d.object,
               rds_guard.aws_detail(v.wrong, format('EnabledCloudwatchLogsExports lacks %s', array_to_string(v.missing, ' and ')), d.item, '{EnabledCloudwatchLogsExports}'),
               rds_guard.aws_fix(v.wrong, format('%s --cloudwatch-logs-export-configuration %s', d.modify, rds_guard.aws_arg(jsonb_build_object('EnableLogTypes', v.missing)::text)), d.item),
               rds_guard.aws_evidence(v.wrong, d.item, '{EnabledCloudwatchLogsExports}')
               || CASE WHEN v.wrong AND NOT 'postgresql' = ANY (v.missing) THEN '{"severity": "low"}'::jsonb ELSE '{}'::jsonb END
        FROM rds_guard.aws_databases($1) AS d
        CROSS JOIN LATERAL (
            SELECT cardinality(m.missing) > 0, m.missing
            -- Amazon leaves out a list that is empty
            FROM (SELECT rds_guard.aws_list(d.item, 'EnabledCloudwatchLogsExports', '[]')) AS l (list)
            CROSS JOIN LATERAL (SELECT CASE WHEN l.list IS NOT NULL THEN ARRAY(SELECT t.type FROM unnest('{postgresql,upgrade}'::text[]) AS t (type)
                                                                               WHERE NOT l.list ? t.type AND (t.type = 'postgresql' OR d.engine = 'postgres')) END) AS m (missing)) AS v (wrong, missing)
        WHERE v.wrong IS NOT FALSE
        UNION ALL
        SELECT u.* FROM rds_guard.aws_unread($1, '{DBInstances,DBClusters}') AS u
    $$);

SELECT rds_guard.define_check('aws_log_group_retention', 'aws_logging', 'low',
    title => 'Logs of a database are kept for too short a time, or for ever',
    why => 'An intrusion is often found after months, when its traces should still be there. Logs without an end hold personal data that should be gone.',
    remedy => 'Set a retention. How long at least is the policy aws_log_days. Logs that are kept for ever, and such as are not encrypted with a key of your own, are of severity info.',
    needs => 'describe-log-groups, describe-db-instances, describe-db-clusters where there are clusters, and the policy',
    refs => ARRAY['Security Hub CloudWatch.16'],
    scope => 'aws',
    rule => $$
        WITH groups AS MATERIALIZED (
            SELECT g.item ->> 'logGroupName' AS name, g.item, rds_guard.aws_place(g.item ->> 'arn') AS place
            FROM rds_guard.aws_items($1, 'logGroups') AS g (item)
            WHERE g.item ->> 'logGroupName' LIKE '/aws/rds/%'
        ), expected AS (
            SELECT d.object, d.arn, format('/aws/rds/%s/%s/%s', d.kind, d.identifier, e.type) AS name, rds_guard.aws_place(d.arn) AS place
            FROM rds_guard.aws_databases($1) AS d
            CROSS JOIN LATERAL jsonb_array_elements_text(rds_guard.aws_list(d.item, 'EnabledCloudwatchLogsExports', '[]')) AS e (type)
        ), judged AS (
            SELECT e.*, g.item, rds_guard.aws_number(g.item, 'retentionInDays') AS days, (SELECT rds_guard.policy_number('aws_log_days')) AS least
            FROM expected AS e
            LEFT JOIN groups AS g ON g.name = e.name AND (g.place = e.place OR '' IN (g.place, e.place))
        )
        SELECT 'log group ' || j.name,
               CASE WHEN j.item IS NULL THEN 'it is not among the documents'
                    WHEN j.days IS NULL AND j.item ? 'retentionInDays' THEN rds_guard.aws_detail(NULL, NULL, j.item, '{retentionInDays}')
                    ELSE concat_ws('; ', CASE WHEN j.days IS NULL THEN 'it is kept for ever' WHEN j.days < j.least THEN format('retentionInDays is %s, less than %s', j.days, j.least) END,
                                   CASE WHEN NOT j.item ? 'kmsKeyId' THEN 'it is not encrypted with a key of yours' END) END,
               CASE WHEN j.item IS NULL THEN format('%s --log-group-name-prefix %s --output json', rds_guard.aws_call('logs describe-log-groups', j.arn), rds_guard.aws_arg(j.name))
                    WHEN j.days < j.least THEN format('%s --log-group-name %s --retention-in-days %s', rds_guard.aws_call('logs put-retention-policy', j.arn), rds_guard.aws_arg(j.name), r.days) END,
               jsonb_build_object('database', j.object, 'days', j.days, 'key', j.item -> 'kmsKeyId', 'severity', CASE WHEN j.days < j.least OR j.item IS NULL THEN 'low' ELSE 'info' END)
               || CASE WHEN j.item IS NULL THEN '{"unknown": "Run the command and add what it prints to the documents."}'::jsonb
                       WHEN j.days IS NULL AND j.item ? 'retentionInDays' THEN '{"unknown": "Give the document as the command prints it, whole and anew."}' ELSE '{}'::jsonb END
        FROM judged AS j
        -- only these periods can be set
        LEFT JOIN LATERAL (SELECT min(p.days) FROM unnest('{1,3,5,7,14,30,60,90,120,150,180,365,400,545,731,1096,1827,2192,2557,2922,3288,3653}'::integer[]) AS p (days)
                           WHERE p.days >= j.least) AS r (days) ON true
        WHERE j.item IS NULL OR j.days IS NULL OR j.days < j.least OR NOT j.item ? 'kmsKeyId'
        UNION ALL
        SELECT u.* FROM rds_guard.aws_unread($1, '{logGroups,DBInstances,DBClusters}') AS u
    $$);

SELECT rds_guard.define_check('aws_activity_stream_off', 'aws_logging', 'low',
    title => 'A cluster of Aurora has no database activity stream',
    why => 'A stream of activity leaves the cluster at once, encrypted with a key that its administrators need not have: they cannot change what it says about them.',
    remedy => 'Start it with aws rds start-activity-stream and a key of your own. It costs, and in mode sync it slows the database down; whether clusters should have one is the policy aws_activity_stream. RDS for PostgreSQL has none, but for instances outside of clusters pgaudit.',
    needs => 'describe-db-clusters, and the policy',
    refs => '{}',
    scope => 'aws',
    rule => $$
        SELECT d.object,
               rds_guard.aws_detail(v.wrong, format('ActivityStreamStatus is %s', d.item ->> 'ActivityStreamStatus'), d.item, '{ActivityStreamStatus}'),
               rds_guard.aws_fix(v.wrong, NULL, d.item),
               rds_guard.aws_evidence(v.wrong, d.item, '{ActivityStreamStatus,ActivityStreamMode}')
        FROM rds_guard.aws_databases($1, 'cluster') AS d
        CROSS JOIN LATERAL (SELECT rds_guard.aws_text(d.item, 'ActivityStreamStatus') <> 'started') AS v (wrong)
        WHERE d.engine = 'aurora-postgresql' AND v.wrong IS NOT FALSE
              AND CASE WHEN (SELECT rds_guard.policy_word('aws_activity_stream')) = 'any'
                       THEN rds_guard.not_applicable('the policy aws_activity_stream does not ask for it') ELSE true END
        UNION ALL
        SELECT u.* FROM rds_guard.aws_unread($1, CASE WHEN $1 ? 'DBClusters' THEN '{DBClusters}' ELSE '{DBInstances}' END::text[]) AS u
    $$);

SELECT rds_guard.define_check('aws_enhanced_monitoring_off', 'aws_logging', 'low',
    title => 'Nobody sees what the operating system of an instance does',
    why => 'Without enhanced monitoring, load that does not come from the database, and what runs beside it, shows only as an average of minutes.',
    remedy => 'Give it an interval of 1 to 60 seconds and a role of IAM: aws rds modify-db-instance --monitoring-interval --monitoring-role-arn.',
    needs => 'describe-db-instances',
    refs => ARRAY['Security Hub RDS.6'],
    scope => 'aws',
    rule => $$
        SELECT i.object,
               rds_guard.aws_detail(v.wrong, 'MonitoringInterval is 0', i.item, '{MonitoringInterval}'),
               NULL,
               rds_guard.aws_evidence(v.wrong, i.item, '{MonitoringInterval}')
        FROM rds_guard.aws_instances($1) AS i
        CROSS JOIN LATERAL (SELECT rds_guard.aws_number(i.item, 'MonitoringInterval') = 0) AS v (wrong)
        WHERE v.wrong IS NOT FALSE
        UNION ALL
        SELECT u.* FROM rds_guard.aws_unread($1, '{DBInstances}') AS u
    $$);

SELECT rds_guard.define_check('aws_performance_insights_off', 'aws_logging', 'info',
    title => 'Nobody sees which statements an instance spends its time on',
    why => 'A program that reads far more than it should shows there first.',
    remedy => 'Enable it, with a key of your own: it keeps the text of statements. The change is no outage.',
    needs => 'describe-db-instances',
    refs => '{}',
    scope => 'aws',
    rule => $$
        SELECT i.object,
               rds_guard.aws_detail(v.wrong, 'PerformanceInsightsEnabled is false', i.item, '{PerformanceInsightsEnabled}'),
               CASE WHEN v.wrong THEN i.modify || ' --enable-performance-insights' END,
               rds_guard.aws_evidence(v.wrong, i.item, '{PerformanceInsightsEnabled,DatabaseInsightsMode}')
        FROM rds_guard.aws_instances($1) AS i
        CROSS JOIN LATERAL (SELECT NOT rds_guard.aws_bool(i.item, 'PerformanceInsightsEnabled')) AS v (wrong)
        WHERE v.wrong IS NOT FALSE
        UNION ALL
        SELECT u.* FROM rds_guard.aws_unread($1, '{DBInstances}') AS u
    $$);

SELECT rds_guard.define_check('aws_event_subscription_missing', 'aws_logging', 'low',
    title => 'Nobody is told of what happens to databases on RDS',
    why => 'RDS tells of failures, maintenance and changes of configuration, among them such as an intruder makes, to whoever has subscribed to it in that region.',
    remedy => 'Subscribe, with aws rds create-event-subscription and an SNS topic that somebody reads. Counted is what active subscriptions to all resources of a type cover together.',
    needs => 'describe-event-subscriptions, describe-db-instances, and describe-db-clusters where there are clusters',
    refs => ARRAY['Security Hub RDS.19', 'Security Hub RDS.20', 'Security Hub RDS.21', 'Security Hub RDS.22'],
    scope => 'aws',
    rule => $$
        WITH subscriptions AS MATERIALIZED (
            SELECT rds_guard.aws_place(s.item ->> 'EventSubscriptionArn') AS place, nullif(s.item ->> 'SourceType', '') AS type, s.item -> 'SourceIdsList' AS sources,
                   nullif(s.item -> 'EventCategoriesList', '[]') AS categories
            FROM rds_guard.aws_items($1, 'EventSubscriptionsList') AS s (item)
            WHERE rds_guard.aws_bool(s.item, 'Enabled') AND s.item ->> 'Status' = 'active'
        ), databases AS MATERIALIZED (
            SELECT rds_guard.aws_place(d.arn) AS place, d.kind, count(*) AS databases FROM rds_guard.aws_databases($1) AS d GROUP BY 1, 2
        ), places AS MATERIALIZED (
            SELECT d.place, bool_or(d.kind = 'cluster') AS clusters FROM databases AS d GROUP BY d.place
        ), wanted AS (
            SELECT p.place, w.type, w.category
            FROM places AS p
            CROSS JOIN (VALUES ('db-instance', 'maintenance'), ('db-instance', 'configuration change'), ('db-instance', 'failure'), ('db-cluster', 'maintenance'), ('db-cluster', 'failure'),
                               ('db-parameter-group', 'configuration change'), ('db-security-group', 'configuration change'), ('db-security-group', 'failure')) AS w (type, category)
            WHERE w.type <> 'db-cluster' OR p.clusters
        )
        SELECT 'events of ' || w.type || coalesce(' in ' || nullif(w.place, ''), ''),
               format('nobody has subscribed to %s', string_agg(w.category, ', ' ORDER BY w.category COLLATE "C")),
               NULL,
               jsonb_build_object('type', w.type, 'categories', jsonb_agg(w.category ORDER BY w.category COLLATE "C"))
        FROM wanted AS w
        WHERE NOT EXISTS (SELECT FROM subscriptions AS s
                          WHERE (s.place = w.place OR '' IN (s.place, w.place))
                                -- no type and no categories are all of them
                                AND coalesce(s.type = w.type, true) AND coalesce(s.categories ? w.category, true)
                                AND coalesce(jsonb_typeof(s.sources) = 'null' OR s.sources = '[]', true))
        GROUP BY w.type, w.place
        UNION ALL
        SELECT u.* FROM rds_guard.aws_unread($1, '{EventSubscriptionsList,DBInstances,DBClusters}') AS u
    $$);

SELECT rds_guard.define_check('aws_cloudwatch_alarms_missing', 'aws_logging', 'low',
    title => 'No alarm goes off when a database has unusually many connections',
    why => 'Passwords that are tried, programs gone wild and attempts to shut others out show in DatabaseConnections at once, if somebody is told.',
    remedy => 'Make an alarm of CloudWatch on the metric DatabaseConnections of the instance or the cluster, with an action that somebody hears of.',
    needs => 'describe-alarms, describe-db-instances, and describe-db-clusters where there are clusters',
    refs => '{}',
    scope => 'aws',
    rule => $$
        WITH alarms AS MATERIALIZED (
            SELECT DISTINCT rds_guard.aws_place(a.item ->> 'AlarmArn') AS place, x.metric ->> 'MetricName' AS metric, d.dimension ->> 'Name' AS name, d.dimension ->> 'Value' AS value
            FROM rds_guard.aws_items($1, 'MetricAlarms') AS a (item)
            -- an alarm on an expression has its metrics inside
            CROSS JOIN LATERAL (SELECT a.item UNION ALL
                                SELECT (q.query #> '{MetricStat,Metric}') FROM jsonb_array_elements(rds_guard.aws_list(a.item, 'Metrics', '[]')) AS q (query)) AS x (metric)
            LEFT JOIN LATERAL jsonb_array_elements(rds_guard.aws_list(x.metric, 'Dimensions', '[]')) AS d (dimension) ON true
            WHERE x.metric ->> 'Namespace' = 'AWS/RDS' AND x.metric ->> 'MetricName' = 'DatabaseConnections'
                  AND rds_guard.aws_bool(a.item, 'ActionsEnabled') AND jsonb_array_length(rds_guard.aws_list(a.item, 'AlarmActions', '[]')) > 0
        )
        SELECT d.object, 'no alarm with an action watches DatabaseConnections', NULL, jsonb_build_object('metric', 'DatabaseConnections')
        FROM rds_guard.aws_databases($1) AS d
        LEFT JOIN alarms AS a ON a.value = d.identifier AND a.name = CASE d.kind WHEN 'cluster' THEN 'DBClusterIdentifier' ELSE 'DBInstanceIdentifier' END
                                 AND (a.place = rds_guard.aws_place(d.arn) OR '' IN (a.place, rds_guard.aws_place(d.arn)))
        WHERE a.value IS NULL
              -- an alarm on a writer watches its cluster
              AND NOT EXISTS (SELECT FROM jsonb_array_elements(d.members) AS m (member)
                              JOIN alarms AS o ON o.value = m.member ->> 'DBInstanceIdentifier' AND o.name = 'DBInstanceIdentifier')
        UNION ALL
        SELECT u.* FROM rds_guard.aws_unread($1, '{MetricAlarms,DBInstances,DBClusters}') AS u
    $$);

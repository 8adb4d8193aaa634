-- What AWS itself writes down about the account that the databases live in.

SELECT rds_guard.define_check('aws_cloudtrail_off', 'aws_logging', 'high',
    title => 'No trail of CloudTrail records what is done in all regions',
    why => 'Who changed the password of the master user, shared a snapshot or opened a security group shows in CloudTrail only. A trail for one region does not see what is done in the others, and one that was stopped sees nothing.',
    remedy => 'Make one trail for all regions and let it log.',
    refs => ARRAY['Security Hub CloudTrail.1'],
    scope => 'aws',
    needs => 'describe-trails, and get-trail-status for the trail of all regions; describe-db-instances and describe-db-clusters to tell in which accounts databases are',
    rule => $$
        WITH trails AS MATERIALIZED (
            SELECT t.item ->> 'Name' AS name, t.item ->> 'TrailARN' AS arn, rds_guard.aws_bool(t.item, 'IsMultiRegionTrail') AS everywhere,
                   rds_guard.aws_arn(t.item ->> 'TrailARN', 'account') AS account, rds_guard.aws_bool(t.item, 'IsOrganizationTrail', false) AS of_all_accounts
            FROM rds_guard.aws_items($1, 'trailList') AS t (item)
        ), statuses AS MATERIALIZED (
            SELECT s.item ->> '_name' AS name, rds_guard.aws_bool(s.item, 'IsLogging') AS logs, s.item ->> 'LatestDeliveryError' AS error
            FROM rds_guard.aws_optional($1, 'get-trail-status') AS s (item)
        ), matched AS MATERIALIZED (
            -- the status does not say of which trail it is
            SELECT t.name, t.arn, t.account, t.of_all_accounts, s.logs, s.error
            FROM trails AS t
            LEFT JOIN statuses AS s ON s.name IN (t.name, t.arn)
                                       OR (SELECT count(*) FROM statuses) = 1 AND (SELECT count(*) FROM trails AS o WHERE o.everywhere) = 1 AND s.name IS NULL
            WHERE t.everywhere
        ), working AS MATERIALIZED (
            SELECT m.account, m.of_all_accounts FROM matched AS m WHERE m.logs AND coalesce(m.error, '') = ''
        ), told AS MATERIALIZED (
            -- one that logs is enough for an account, and one of the organization for all
            SELECT m.* FROM matched AS m WHERE NOT EXISTS (SELECT FROM working AS w WHERE w.of_all_accounts OR w.account IS NOT DISTINCT FROM m.account)
        )
        SELECT 'trails', CASE WHEN (SELECT count(*) FROM trails) = 0 THEN 'there is no trail'
                              WHEN EXISTS (SELECT FROM trails AS t WHERE t.everywhere IS NULL) THEN 'whether a trail is for all regions cannot be read'
                              ELSE format('none of the %s trails is for all regions', (SELECT count(*) FROM trails)) END,
               NULL,
               jsonb_build_object('trails', (SELECT to_jsonb(array_agg(t.name ORDER BY t.name COLLATE "C")) FROM trails AS t))
               || CASE WHEN EXISTS (SELECT FROM trails AS t WHERE t.everywhere IS NULL) THEN '{"unknown": "Give the document as AWS prints it."}' ELSE '{}'::jsonb END
        WHERE NOT EXISTS (SELECT FROM matched)
        UNION ALL
        SELECT 'trail ' || m.name,
               CASE WHEN m.logs IS NULL THEN format('whether trail %s logs is not among the documents', m.name)
                    WHEN m.logs THEN format('trail %s logs, but CloudTrail cannot deliver it: %s', m.name, m.error)
                    ELSE format('trail %s is for all regions, but does not log', m.name) END,
               CASE WHEN m.logs IS NULL THEN rds_guard.aws_call('cloudtrail get-trail-status', m.arn) || ' --name ' || rds_guard.aws_arg(coalesce(m.arn, m.name)) || ' --output json'
                    WHEN NOT m.logs THEN rds_guard.aws_call('cloudtrail start-logging', m.arn) || ' --name ' || rds_guard.aws_arg(coalesce(m.arn, m.name)) END,
               jsonb_build_object('logs', m.logs, 'error', m.error)
               || CASE WHEN m.logs IS NULL THEN '{"unknown": "Give what the command in fix prints as well, under the name of the trail."}' ELSE '{}'::jsonb END
        FROM told AS m
        UNION ALL
        SELECT 'account ' || a.account,
               CASE WHEN a.is_told THEN format('databases are in account %s, and none of its trails is for all regions', a.account)
                    ELSE format('databases are in account %s, and no trail of it is among the documents', a.account) END,
               CASE WHEN NOT a.is_told THEN rds_guard.aws_command('trailList') END,
               CASE WHEN a.is_told THEN '{}'::jsonb ELSE '{"unknown": "Give what the command prints in that account as well."}' END
        FROM (SELECT d.account, EXISTS (SELECT FROM trails AS t WHERE t.account = d.account) AS is_told
              FROM (SELECT rds_guard.aws_arn(i.item ->> 'DBInstanceArn', 'account'), i.item FROM rds_guard.aws_optional($1, 'DBInstances') AS i (item)
                    UNION ALL
                    SELECT rds_guard.aws_arn(c.item ->> 'DBClusterArn', 'account'), c.item FROM rds_guard.aws_optional($1, 'DBClusters') AS c (item)) AS d (account, item)
              WHERE d.item ->> 'Engine' IN ('postgres', 'aurora-postgresql') AND d.account IS NOT NULL
              GROUP BY d.account) AS a
        WHERE EXISTS (SELECT FROM matched) AND NOT EXISTS (SELECT FROM working AS w WHERE w.of_all_accounts OR w.account = a.account)
              -- of which one is told that does not log
              AND NOT EXISTS (SELECT FROM told AS m WHERE m.of_all_accounts OR m.account = a.account)
        UNION ALL
        SELECT u.* FROM rds_guard.aws_unread($1, '{trailList}') AS u
    $$);

SELECT rds_guard.define_check('aws_guardduty_rds_off', 'aws_logging', 'medium',
    title => 'GuardDuty does not watch logins to databases',
    why => 'RDS Protection of GuardDuty learns how people log in to the databases and tells of what is strange: guessed passwords, logins from places that were never seen. It costs nothing in the database. It is set in each region.',
    remedy => 'Enable GuardDuty and its feature RDS_LOGIN_EVENTS in each region that has databases.',
    refs => ARRAY['Security Hub GuardDuty.9'],
    scope => 'aws',
    needs => 'get-detector, in each region; describe-db-instances and describe-db-clusters to tell in which databases are',
    rule => $$
        WITH detectors AS (
            SELECT concat_ws(' ', 'detector', d.item ->> '_name') AS detector, rds_guard.aws_text(d.item, 'Status') AS status,
                   (SELECT rds_guard.aws_text(f.feature, 'Status') FROM rds_guard.aws_elements(d.item -> 'Features') AS f (feature)
                    WHERE f.feature ->> 'Name' = 'RDS_LOGIN_EVENTS' LIMIT 1) AS feature
            FROM rds_guard.aws_items($1, 'get-detector') AS d (item)
        )
        SELECT d.detector,
               CASE WHEN d.status <> 'ENABLED' THEN format('%s: GuardDuty is %s', d.detector, d.status)
                    WHEN d.feature IS NOT NULL AND d.status IS NOT NULL THEN format('%s: RDS_LOGIN_EVENTS is %s', d.detector, d.feature)
                    ELSE format('%s: its Status, or RDS_LOGIN_EVENTS among its Features, is missing', d.detector) END,
               NULL,
               jsonb_build_object('status', d.status, 'rds_login_events', d.feature)
               || CASE WHEN d.status <> 'ENABLED' OR d.feature IS NOT NULL AND d.status IS NOT NULL THEN '{}'::jsonb
                       ELSE '{"unknown": "Give the document as a current command line of AWS prints it."}' END
        FROM detectors AS d
        WHERE d.status IS DISTINCT FROM 'ENABLED' OR d.feature IS DISTINCT FROM 'ENABLED'
        UNION ALL
        SELECT r.* FROM rds_guard.aws_unread_regions($1, 'get-detector') AS r
        UNION ALL
        SELECT u.* FROM rds_guard.aws_unread($1, '{get-detector}') AS u
    $$);

SELECT rds_guard.define_check('aws_config_recorder_off', 'aws_logging', 'low',
    title => 'AWS Config does not record how resources change',
    why => 'Config keeps what an instance, a security group or a parameter group looked like at any time, and most rules of Security Hub judge what it records. A recorder that is stopped, or fails, leaves a hole that nobody can fill afterwards. It is set in each region.',
    remedy => 'Start the recorder, and look why it failed.',
    refs => ARRAY['Security Hub Config.1'],
    scope => 'aws',
    needs => 'describe-configuration-recorder-status, in each region; describe-db-instances and describe-db-clusters to tell in which databases are',
    rule => $$
        WITH recorders AS MATERIALIZED (
            SELECT concat_ws(' ', 'recorder', coalesce(r.item ->> 'name', '?'), 'of ' || (r.item ->> '_name')) AS recorder, r.item ->> 'name' AS name,
                   rds_guard.aws_bool(r.item, 'recording') AS recording, upper(r.item ->> 'lastStatus') AS status, r.item ->> 'lastErrorCode' AS error
            FROM rds_guard.aws_items($1, 'ConfigurationRecordersStatus') AS r (item)
        )
        SELECT r.recorder,
               CASE WHEN r.recording IS NULL THEN format('%s: whether it records cannot be read', r.recorder)
                    WHEN r.recording THEN format('%s records, but its last status is a failure: %s', r.recorder, coalesce(r.error, 'no error code'))
                    ELSE format('%s does not record', r.recorder) END,
               CASE WHEN NOT r.recording AND r.name IS NOT NULL THEN 'aws configservice start-configuration-recorder --configuration-recorder-name ' || rds_guard.aws_arg(r.name) END,
               jsonb_build_object('recording', r.recording, 'last_status', r.status, 'error', r.error)
               || CASE WHEN r.recording IS NULL THEN '{"unknown": "Give the document as AWS prints it."}' ELSE '{}'::jsonb END
        FROM recorders AS r
        WHERE r.recording IS DISTINCT FROM true OR r.status = 'FAILURE'
        UNION ALL
        SELECT 'recorder', 'there is no recorder', NULL, '{}'::jsonb
        WHERE NOT EXISTS (SELECT FROM recorders)
        UNION ALL
        SELECT r.* FROM rds_guard.aws_unread_regions($1, 'ConfigurationRecordersStatus') AS r
        UNION ALL
        SELECT u.* FROM rds_guard.aws_unread($1, '{ConfigurationRecordersStatus}') AS u
    $$);

-- Where a database on RDS stands in the network, by its own document. What
-- security groups, routes and network ACLs let through is in network.sql.

SELECT rds_guard.define_check('aws_not_in_vpc', 'aws_network', 'high',
    title => 'An instance of RDS is in no VPC',
    why => 'What is outside of a VPC has a public address and no subnet, route or network ACL that would keep anybody away.',
    remedy => 'Move it to a VPC: restore a snapshot there. Amazon has ended the platform that instances without a VPC ran on.',
    needs => 'describe-db-instances',
    refs => ARRAY['Security Hub RDS.18'],
    scope => 'aws',
    rule => $$
        SELECT i.object,
               rds_guard.aws_detail(v.wrong, 'there is no DBSubnetGroup with a VpcId', i.item -> 'DBSubnetGroup', '{VpcId}'),
               NULL,
               rds_guard.aws_evidence(v.wrong, coalesce(i.item -> 'DBSubnetGroup', '{}'), '{VpcId,DBSubnetGroupName}')
        FROM rds_guard.aws_instances($1) AS i
        CROSS JOIN LATERAL (SELECT CASE jsonb_typeof(i.item #> '{DBSubnetGroup,VpcId}') WHEN 'string' THEN i.item #>> '{DBSubnetGroup,VpcId}' = ''
                                                                                        ELSE CASE WHEN i.item #> '{DBSubnetGroup,VpcId}' IS NULL THEN true END END) AS v (wrong)
        WHERE v.wrong IS NOT FALSE
        UNION ALL
        SELECT u.* FROM rds_guard.aws_unread($1, '{DBInstances}') AS u
    $$);

SELECT rds_guard.define_check('aws_default_vpc_or_subnet_group', 'aws_network', 'low',
    title => 'An instance of RDS is in a subnet group that nobody made for it',
    why => 'The default subnet group has the subnets of the default VPC, which are public: what is put there without a thought is one setting away from the internet.',
    remedy => 'Make a subnet group of private subnets, and move the instance there: aws rds modify-db-instance --db-subnet-group-name, which is an outage.',
    needs => 'describe-db-instances',
    refs => '{}',
    scope => 'aws',
    rule => $$
        SELECT i.object,
               rds_guard.aws_detail(v.wrong, format('DBSubnetGroupName is %s', i.item #>> '{DBSubnetGroup,DBSubnetGroupName}'), coalesce(i.item -> 'DBSubnetGroup', '{}'), '{DBSubnetGroupName}'),
               NULL,
               rds_guard.aws_evidence(v.wrong, coalesce(i.item -> 'DBSubnetGroup', '{}'), '{DBSubnetGroupName,VpcId}')
        FROM rds_guard.aws_instances($1) AS i
        CROSS JOIN LATERAL (SELECT rds_guard.aws_text(i.item -> 'DBSubnetGroup', 'DBSubnetGroupName') ~ '^default(-vpc-.*)?$') AS v (wrong)
        WHERE v.wrong IS NOT FALSE
        UNION ALL
        SELECT u.* FROM rds_guard.aws_unread($1, '{DBInstances}') AS u
    $$);

SELECT rds_guard.define_check('aws_default_port', 'aws_network', 'info',
    title => 'A database on RDS listens on the default port',
    why => 'Another port keeps away nobody who looks, but the noise of those who only try 5432.',
    remedy => 'Change the port together with clients and security groups, aws rds modify-db-instance --db-port-number, or modify-db-cluster --port; it restarts the database.',
    needs => 'describe-db-instances, and describe-db-clusters where there are clusters',
    refs => ARRAY['Security Hub RDS.23'],
    scope => 'aws',
    rule => $$
        SELECT d.object,
               CASE WHEN v.wrong THEN 'it listens on 5432' ELSE rds_guard.aws_detail(NULL, NULL, CASE d.kind WHEN 'cluster' THEN d.item ELSE coalesce(d.item -> 'Endpoint', '{}') END, '{Port}') END,
               rds_guard.aws_fix(v.wrong, NULL, d.item),
               jsonb_build_object('port', v.port) || rds_guard.aws_evidence(v.wrong, d.item, '{}')
        FROM rds_guard.aws_databases($1) AS d
        -- DbInstancePort is 0 for what is no member of a cluster
        CROSS JOIN LATERAL (SELECT p.port = 5432, p.port
                            FROM (SELECT CASE d.kind WHEN 'cluster' THEN rds_guard.aws_number(d.item, 'Port') ELSE rds_guard.aws_number(d.item -> 'Endpoint', 'Port') END) AS p (port)) AS v (wrong, port)
        WHERE v.wrong IS NOT FALSE
        UNION ALL
        SELECT u.* FROM rds_guard.aws_unread($1, '{DBInstances,DBClusters}') AS u
    $$);

SELECT rds_guard.define_check('aws_read_replica_exposed', 'aws_network', 'medium',
    title => 'A replica is in another region or account, or public',
    why => 'A replica has all the data, and settings of its own: the laws, people and networks of where it stands decide who gets at it.',
    remedy => 'Judge the replica like what it follows: documents of its region and account belong in the same report. Delete it where it has served.',
    needs => 'describe-db-instances of all regions, and describe-db-clusters where there are clusters',
    refs => '{}',
    scope => 'aws',
    rule => $$
        SELECT r.object,
               concat_ws('; ', CASE WHEN r.public THEN 'PubliclyAccessible is true' END,
                         CASE WHEN v.elsewhere THEN format('it follows %s', r.source) END,
                         CASE WHEN r.public IS NULL THEN rds_guard.aws_detail(NULL, NULL, r.item, '{PubliclyAccessible}') END,
                         CASE WHEN v.elsewhere IS NULL THEN format('it follows %s, and the document does not tell its own region', r.source) END),
               CASE WHEN r.public THEN r.modify || ' --no-publicly-accessible' END,
               jsonb_build_object('source', r.source, 'public', r.public)
               || CASE WHEN r.public OR v.elsewhere THEN '{}'::jsonb ELSE '{"unknown": "Give the document as the command prints it, whole and anew."}' END
        FROM rds_guard.aws_replicas($1) AS r
        -- what is in the same region it names by its identifier
        CROSS JOIN LATERAL (SELECT CASE WHEN r.follows LIKE 'arn:%' THEN rds_guard.aws_place(r.follows) <> nullif(rds_guard.aws_place(r.arn), '') ELSE false END) AS v (elsewhere)
        WHERE r.public IS NOT FALSE OR v.elsewhere IS NOT FALSE
        UNION ALL
        SELECT d.object, rds_guard.aws_missing('DBClusters'), rds_guard.aws_command('DBClusters'), rds_guard.aws_evidence(NULL, d.item, '{}')
        FROM rds_guard.aws_databases($1) AS d
        WHERE d.item IS NULL
        UNION ALL
        SELECT a.* FROM rds_guard.aws_absent_replicas($1) AS a
        UNION ALL
        SELECT u.* FROM rds_guard.aws_unread($1, '{DBInstances,DBClusters}') AS u
    $$);

SELECT rds_guard.define_check('aws_publicly_accessible', 'aws_network', 'critical',
    title => 'A database on RDS has a public address',
    why => 'Its name resolves to an address of the internet. Alone that is of high severity: one rule of a security group is missing. Where the documents show that a security group lets the internet in to its port, and that a subnet of it is public, anybody can try passwords: that is critical.',
    remedy => 'Take the public address away; clients then have to come from the VPC, or through a VPN or a peering. For an instance it takes effect at once; a Multi-AZ cluster has to be restored as one that is not public.',
    needs => 'describe-db-instances, describe-db-clusters where there are clusters; describe-security-groups and describe-route-tables to tell high from critical',
    refs => ARRAY['Security Hub RDS.2'],
    scope => 'aws',
    rule => $$
        WITH open AS MATERIALIZED (
            SELECT o.database, o.port, o.networks, o.subnets FROM rds_guard.aws_open_databases($1) AS o
        ), judged AS (
            -- the address of Aurora is that of its members, of a Multi-AZ cluster the cluster's
            SELECT d.object, d.object AS place, d.modify, d.item FROM rds_guard.aws_databases($1) AS d WHERE d.kind = 'instance' OR d.engine = 'postgres' OR d.item IS NULL
            UNION ALL
            SELECT i.object, i.object, i.modify, i.item
            FROM rds_guard.aws_databases($1) AS d
            CROSS JOIN LATERAL (SELECT 'instance ' || (m.member ->> 'DBInstanceIdentifier'),
                                       rds_guard.aws_modify('instance', m.member ->> 'DBInstanceIdentifier', m.member ->> 'DBInstanceArn'), m.member
                                FROM jsonb_array_elements(d.members) AS m (member)) AS i (object, modify, item)
            WHERE d.engine = 'aurora-postgresql'
        )
        SELECT j.object,
               rds_guard.aws_detail(v.wrong, 'PubliclyAccessible is true' || CASE WHEN o.database IS NULL THEN ''
                                                                                     ELSE format('; its port %s is open to %s, and it may be in %s, with a route to the internet', o.port, o.networks, o.subnets) END,
                                    j.item, '{PubliclyAccessible}'),
               rds_guard.aws_fix(v.wrong, CASE WHEN j.object LIKE 'instance %' THEN j.modify || ' --no-publicly-accessible' END, j.item),
               rds_guard.aws_evidence(v.wrong, j.item, '{PubliclyAccessible}')
               || CASE WHEN v.wrong THEN jsonb_build_object('severity', CASE WHEN o.database IS NULL THEN 'high' ELSE 'critical' END, 'open_to', o.networks, 'public_subnets', o.subnets) ELSE '{}'::jsonb END
        FROM judged AS j
        LEFT JOIN open AS o ON o.database = j.place
        CROSS JOIN LATERAL (SELECT rds_guard.aws_bool(j.item, 'PubliclyAccessible')) AS v (wrong)
        WHERE v.wrong IS NOT FALSE
        UNION ALL
        SELECT u.* FROM rds_guard.aws_unread($1, '{DBInstances,DBClusters}') AS u
    $$);

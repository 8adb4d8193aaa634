-- Where databases on RDS stand in the network, by their own documents: each check fails, passes, and does not know.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
\pset format unaligned
\pset tuples_only on
-- A document of instances, or of clusters, each with these fields.
CREATE FUNCTION pg_temp.instances(VARIADIC fields jsonb[]) RETURNS jsonb LANGUAGE sql AS $$
    SELECT jsonb_build_object('DBInstances', jsonb_agg(jsonb_build_object('DBInstanceIdentifier', 'i' || f.n, 'Engine', 'postgres', 'DBInstanceArn', 'arn:aws:rds:eu-west-1:123456789012:db:i' || f.n) || f.fields ORDER BY f.n))
    FROM unnest(fields) WITH ORDINALITY AS f (fields, n)
$$;
CREATE FUNCTION pg_temp.clusters(VARIADIC fields jsonb[]) RETURNS jsonb LANGUAGE sql AS $$
    SELECT jsonb_build_object('DBClusters', jsonb_agg(jsonb_build_object('DBClusterIdentifier', 'c' || f.n, 'Engine', 'aurora-postgresql', 'DBClusterArn', 'arn:aws:rds:eu-west-1:123456789012:cluster:c' || f.n) || f.fields ORDER BY f.n),
                              'DBInstances', jsonb_agg(jsonb_build_object('DBInstanceIdentifier', 'c' || f.n || '-1', 'Engine', 'aurora-postgresql', 'DBInstanceArn', 'arn:aws:rds:eu-west-1:123456789012:db:c' || f.n || '-1',
                                                                          'DBClusterIdentifier', 'c' || f.n) ORDER BY f.n))
    FROM unnest(fields) WITH ORDINALITY AS f (fields, n)
$$;
CREATE FUNCTION pg_temp.verdicts(check_id text, documents jsonb, captured timestamptz DEFAULT '2026-03-01 12:00:00+00') RETURNS SETOF text LANGUAGE sql AS $$
    SELECT concat_ws(' | ', f.status || CASE WHEN f.status = 'fail' THEN ' ' || f.severity ELSE '' END, f.object, f.detail, f.fix, nullif(f.evidence, '{}')::text)
    FROM rds_guard.aws_report(documents, ARRAY[check_id], captured => captured) WITH ORDINALITY AS f ORDER BY f.ordinality
$$;
CREATE FUNCTION pg_temp.documents(VARIADIC documents jsonb[]) RETURNS jsonb LANGUAGE sql AS 'SELECT to_jsonb(documents)';

-- aws_not_in_vpc, aws_default_vpc_or_subnet_group
SELECT pg_temp.verdicts(c.id, pg_temp.instances('{"DBSubnetGroup": {"DBSubnetGroupName": "private", "VpcId": "vpc-1"}}', '{"DBSubnetGroup": {"DBSubnetGroupName": "default", "VpcId": "vpc-1"}}', '{"DBSubnetGroup": {"DBSubnetGroupName": "default-vpc-0123", "VpcId": ""}}', '{}',
                                                '{"DBSubnetGroup": {"DBSubnetGroupName": ["x"], "VpcId": 7}}', '{"DBSubnetGroup": {"DBSubnetGroupName": "default-private", "VpcId": "vpc-1"}}'))
FROM unnest('{aws_not_in_vpc,aws_default_vpc_or_subnet_group}'::text[]) AS c (id);

-- aws_default_port: DbInstancePort is 0 outside of clusters
SELECT pg_temp.verdicts('aws_default_port', pg_temp.documents(pg_temp.instances('{"Endpoint": {"Port": 5432}, "DbInstancePort": 0}', '{"Endpoint": {"Port": 6432}, "DbInstancePort": 0}', '{"DbInstancePort": 0}', '{"Endpoint": {"Port": "5432"}}'),
                                                              pg_temp.clusters('{"Port": 5432, "Endpoint": "x"}', '{"Port": 6432}', '{}')));

-- aws_publicly_accessible: members of Aurora on their own, Multi-AZ clusters as a whole
SELECT pg_temp.verdicts('aws_publicly_accessible', pg_temp.documents(pg_temp.instances('{"PubliclyAccessible": true}', '{"PubliclyAccessible": false}', '{}', '{"PubliclyAccessible": "no"}',
                                                                                       '{"PubliclyAccessible": true, "DBClusterIdentifier": "aurora", "Engine": "aurora-postgresql"}', '{"PubliclyAccessible": false, "DBClusterIdentifier": "three"}'),
    '{"DBClusters": [{"DBClusterIdentifier": "aurora", "Engine": "aurora-postgresql", "DBClusterArn": "arn:aws:rds:eu-west-1:123456789012:cluster:aurora"}, {"DBClusterIdentifier": "three", "Engine": "postgres", "DBClusterArn": "arn:aws:rds:eu-west-1:123456789012:cluster:three", "PubliclyAccessible": true}]}'));
-- critical when a group and a subnet are open, too: not with one of them
\set instance '{"PubliclyAccessible": true, "Endpoint": {"Port": 6432}, "VpcSecurityGroups": [{"VpcSecurityGroupId": "sg-1", "Status": "active"}], "DBSubnetGroup": {"VpcId": "vpc-1", "Subnets": [{"SubnetIdentifier": "subnet-1"}]}}'
\set group '{"GroupId": "sg-1", "GroupName": "db", "OwnerId": "123456789012", "IpPermissions": [{"IpProtocol": "tcp", "FromPort": 6432, "ToPort": 6432, "IpRanges": [{"CidrIp": "0.0.0.0/1"}, {"CidrIp": "128.0.0.0/1"}], "Ipv6Ranges": [], "PrefixListIds": [], "UserIdGroupPairs": []}], "IpPermissionsEgress": []}'
\set routes '{"RouteTables": [{"RouteTableId": "rtb-1", "VpcId": "vpc-1", "Associations": [{"Main": true}], "Routes": [{"DestinationCidrBlock": "0.0.0.0/0", "GatewayId": "igw-1", "State": "active"}]}]}'
SELECT d.about || ': ' || pg_temp.verdicts('aws_publicly_accessible', pg_temp.documents(pg_temp.instances(:'instance'), d.groups, d.routes))
FROM (VALUES ('both', jsonb_build_object('SecurityGroups', jsonb_build_array(:'group'::jsonb)), :'routes'::jsonb), ('another port', jsonb_build_object('SecurityGroups', jsonb_build_array(replace(:'group', '6432', '5432')::jsonb)), :'routes'),
             ('private', jsonb_build_object('SecurityGroups', jsonb_build_array(replace(replace(:'group', '0.0.0.0/1', '10.0.0.0/8'), '128.0.0.0/1', '172.16.0.0/12')::jsonb)), :'routes'),
             ('no gateway', jsonb_build_object('SecurityGroups', jsonb_build_array(:'group'::jsonb)), replace(:'routes', 'igw-1', 'nat-1')::jsonb), ('no routes', jsonb_build_object('SecurityGroups', jsonb_build_array(:'group'::jsonb)), NULL)) AS d (about, groups, routes);

-- aws_read_replica_exposed
SELECT pg_temp.verdicts('aws_read_replica_exposed', pg_temp.instances('{"PubliclyAccessible": false, "ReadReplicaDBInstanceIdentifiers": ["i2", "arn:aws:rds:us-east-1:123456789012:db:far", "arn:aws:rds:ap-south-1:123456789012:db:i4"]}',
    '{"PubliclyAccessible": false, "ReadReplicaSourceDBInstanceIdentifier": "i1"}', '{"PubliclyAccessible": true, "ReadReplicaSourceDBInstanceIdentifier": "i1"}',
    '{"PubliclyAccessible": false, "ReadReplicaSourceDBInstanceIdentifier": "arn:aws:rds:eu-west-1:123456789012:db:i1", "DBInstanceArn": "arn:aws:rds:ap-south-1:123456789012:db:i4"}', '{"ReadReplicaSourceDBInstanceIdentifier": "i1"}', '{"PubliclyAccessible": true}'));
SELECT pg_temp.verdicts('aws_read_replica_exposed', d.document) FROM (VALUES (pg_temp.instances('{}')), (pg_temp.instances('{}') || '{"Marker": "m"}'), ('{}')) AS d (document);
-- replicas that no document has: by name in the same region, clusters, those of clusters, and what names none
SELECT pg_temp.verdicts('aws_read_replica_exposed', pg_temp.documents(
    pg_temp.instances('{"ReadReplicaDBInstanceIdentifiers": ["i2", "gone"], "ReadReplicaDBClusterIdentifiers": ["c1", "c9"]}', '{"PubliclyAccessible": false, "ReadReplicaSourceDBInstanceIdentifier": "i1"}',
                      '{"ReadReplicaDBInstanceIdentifiers": "i2"}', '{"ReadReplicaDBInstanceIdentifiers": [7], "ReadReplicaDBClusterIdentifiers": null}', '{"Engine": "mysql", "ReadReplicaDBInstanceIdentifiers": ["other"]}',
                      -- the same name in another region is another
                      '{"DBInstanceArn": "arn:aws:rds:us-east-1:123456789012:db:i6", "ReadReplicaDBInstanceIdentifiers": ["i2"]}'),
    pg_temp.clusters('{"ReadReplicaIdentifiers": ["arn:aws:rds:us-east-1:123456789012:cluster:c1", "arn:aws:rds:eu-west-1:123456789012:cluster:c2"]}', '{"ReadReplicaIdentifiers": []}',
                     '{"Engine": "postgres", "ReadReplicaIdentifiers": ["i1", "gone"]}')));
-- clusters that are replicas: of Aurora the members have the address
SELECT pg_temp.verdicts('aws_read_replica_exposed', pg_temp.documents(
    '{"DBInstances": [{"DBInstanceIdentifier": "m1", "Engine": "aurora-postgresql", "DBInstanceArn": "arn:aws:rds:us-east-1:123456789012:db:m1", "DBClusterIdentifier": "c1", "PubliclyAccessible": true},
                      {"DBInstanceIdentifier": "m2", "Engine": "aurora-postgresql", "DBInstanceArn": "arn:aws:rds:us-east-1:123456789012:db:m2", "DBClusterIdentifier": "c1", "PubliclyAccessible": false},
                      {"DBInstanceIdentifier": "m3", "Engine": "aurora-postgresql", "DBInstanceArn": "arn:aws:rds:us-east-1:123456789012:db:m3", "DBClusterIdentifier": "c9", "PubliclyAccessible": false},
                      {"DBInstanceIdentifier": "m4", "Engine": "aurora-postgresql", "DBInstanceArn": "arn:aws:rds:us-east-1:123456789012:db:m4", "DBClusterIdentifier": "c4", "PubliclyAccessible": true}]}'::jsonb,
    '{"DBClusters": [{"DBClusterIdentifier": "c1", "Engine": "aurora-postgresql", "DBClusterArn": "arn:aws:rds:us-east-1:123456789012:cluster:c1", "ReplicationSourceIdentifier": "arn:aws:rds:eu-west-1:123456789012:cluster:c1"},
                     {"DBClusterIdentifier": "c2", "Engine": "postgres", "DBClusterArn": "arn:aws:rds:us-east-1:123456789012:cluster:c2", "ReplicationSourceIdentifier": "arn:aws:rds:us-east-1:123456789012:db:i1", "PubliclyAccessible": true},
                     {"DBClusterIdentifier": "c3", "Engine": "postgres", "DBClusterArn": "arn:aws:rds:us-east-1:123456789012:cluster:c3", "ReplicationSourceIdentifier": "arn:aws:rds:us-east-1:123456789012:db:i1", "PubliclyAccessible": false},
                     {"DBClusterIdentifier": "c4", "Engine": "aurora-postgresql", "DBClusterArn": "arn:aws:rds:us-east-1:123456789012:cluster:c4"},
                     {"DBClusterIdentifier": "c5", "Engine": "aurora-postgresql", "ReplicationSourceIdentifier": "arn:aws:rds:eu-west-1:123456789012:cluster:c5"}]}'));

-- a member that only its cluster names
SELECT f.status, f.object, f.fix
FROM rds_guard.aws_report('[{"DBClusters": [{"DBClusterIdentifier": "c", "Engine": "aurora-postgresql", "DBClusterMembers": [{"DBInstanceIdentifier": "m1"}, {"DBInstanceIdentifier": "m2"}]}]},
                           {"DBInstances": [{"DBInstanceIdentifier": "m2", "Engine": "aurora-postgresql", "DBClusterIdentifier": "c", "PubliclyAccessible": false}]}]', '{aws_publicly_accessible}') AS f;

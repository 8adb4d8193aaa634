-- Who can reach the databases of AWS: rules of security groups, routes and
-- network ACLs, as describe-security-groups, describe-security-group-rules,
-- describe-route-tables and describe-network-acls print them.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
\pset null -

-- networks
SELECT a.address, rds_guard.aws_network(a.address) AS network, rds_guard.aws_is_private(rds_guard.aws_network(a.address)) AS private
FROM unnest('{0.0.0.0/0,10.0.0.1/8,10.0.0.0/7,172.31.0.0/16,192.168.1.1,100.64.0.0/10,8.8.8.8/32,::/0,fd00::/8,2001:db8::/32,1.2.3.4/33,10.0.0/8,any,fe80::1%eth0,10.0.0.0/8; drop}'::text[]) AS a (address);
SELECT n.networks, rds_guard.aws_is_world(n.networks) AS world
FROM (VALUES ('{0.0.0.0/0}'::cidr[]), ('{0.0.0.0/1,128.0.0.0/1}'), ('{0.0.0.0/1}'), ('{0.0.0.0/2}'), ('{0.0.0.0/2,128.0.0.0/2}'), ('{0.0.0.0/3,32.0.0.0/3,64.0.0.0/3}'),
             ('{10.0.0.0/8,10.0.0.0/8}'), ('{::/0}'), ('{2000::/3}'), ('{2000::/5}'), ('{fc00::/7}'), ('{}'), (NULL)) AS n (networks);
SELECT n.network, n.others, rds_guard.aws_without(n.network, n.others) AS rest
FROM (VALUES ('10.0.0.0/8'::cidr, '{}'::cidr[]), ('10.0.0.0/8', '{10.0.0.0/8}'), ('10.0.0.0/8', '{0.0.0.0/0}'), ('10.0.0.0/8', '{11.0.0.0/8,::/0}'), ('10.0.0.0/8', '{10.64.0.0/10}'),
             ('10.0.0.0/30', '{10.0.0.1/32,10.0.0.2/32}'), ('::/0', '{8000::/1}')) AS n (network, others);
SELECT rds_guard.aws_some('{}'), rds_guard.aws_some('{a,b,c}'), rds_guard.aws_some('{a,b,c,d,e}');

-- A database on port 5433, and whatever is given besides.
CREATE FUNCTION pg_temp.database(groups jsonb DEFAULT '[{"VpcSecurityGroupId": "sg-1", "Status": "active"}]', more jsonb DEFAULT '{}') RETURNS jsonb LANGUAGE sql AS $$
    SELECT jsonb_build_object('DBInstances', jsonb_build_array(
        '{"DBInstanceIdentifier": "shop", "DBInstanceArn": "arn:aws:rds:eu-west-1:111122223333:db:shop", "Engine": "postgres", "PubliclyAccessible": true,
          "Endpoint": {"Address": "shop.abc.eu-west-1.rds.amazonaws.com", "Port": 5433}, "DbInstancePort": 0,
          "DBSubnetGroup": {"DBSubnetGroupName": "private", "VpcId": "vpc-1", "Subnets": [{"SubnetIdentifier": "subnet-a"}, {"SubnetIdentifier": "subnet-b"}]}}'::jsonb
        || jsonb_build_object('VpcSecurityGroups', groups) || more))
$$;
-- AWS prints all lists of sources, empty ones too: those that the tests leave out.
CREATE FUNCTION pg_temp.whole(permissions jsonb) RETURNS jsonb LANGUAGE sql AS $$
    SELECT CASE WHEN permissions @? '$[0].IpProtocol' OR permissions @? '$[0].IpRanges'
                THEN (SELECT jsonb_agg('{"IpRanges": [], "Ipv6Ranges": [], "PrefixListIds": [], "UserIdGroupPairs": []}'::jsonb || p.permission) FROM jsonb_array_elements(permissions) AS p (permission))
                ELSE permissions END
$$;
CREATE FUNCTION pg_temp.bare_group(ingress jsonb, egress jsonb DEFAULT '[]', more jsonb DEFAULT '{}') RETURNS jsonb LANGUAGE sql AS $$
    SELECT jsonb_build_object('SecurityGroups', jsonb_build_array(
        '{"GroupId": "sg-1", "GroupName": "database", "OwnerId": "111122223333", "VpcId": "vpc-1"}'::jsonb
        || jsonb_build_object('IpPermissions', ingress, 'IpPermissionsEgress', egress) || more))
$$;
CREATE FUNCTION pg_temp.security_group(ingress jsonb, egress jsonb DEFAULT '[]', more jsonb DEFAULT '{}') RETURNS jsonb LANGUAGE sql AS $$
    SELECT pg_temp.bare_group(pg_temp.whole(ingress), pg_temp.whole(egress), more)
$$;
CREATE FUNCTION pg_temp.told(document jsonb, "only" text[]) RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(concat_ws(' ', f.status, f.severity, f.object || ':', f.detail), E'\n' ORDER BY f.check_id, f.object COLLATE "C", f.detail COLLATE "C")
    FROM rds_guard.aws_report(document, "only") AS f
$$;

-- A network as it should be: every check passes.
CREATE TEMP TABLE good AS SELECT jsonb_build_array(
    pg_temp.database(more => '{"PubliclyAccessible": false}'),
    pg_temp.security_group('[{"IpProtocol": "tcp", "FromPort": 5433, "ToPort": 5433, "IpRanges": [], "Ipv6Ranges": [], "PrefixListIds": [],
                              "UserIdGroupPairs": [{"GroupId": "sg-app", "UserId": "111122223333"}]}]'),
    '{"RouteTables": [{"RouteTableId": "rtb-main", "VpcId": "vpc-1", "Associations": [{"Main": true, "RouteTableId": "rtb-main"}],
                       "Routes": [{"DestinationCidrBlock": "10.0.0.0/16", "GatewayId": "local", "State": "active"}]},
                      {"RouteTableId": "rtb-web", "VpcId": "vpc-1", "Associations": [{"Main": false, "SubnetId": "subnet-web", "AssociationState": {"State": "associated"}}],
                       "Routes": [{"DestinationCidrBlock": "0.0.0.0/0", "GatewayId": "igw-1", "State": "active"}]}]}'::jsonb,
    '{"NetworkAcls": [{"NetworkAclId": "acl-1", "VpcId": "vpc-1", "Associations": [{"SubnetId": "subnet-a"}, {"SubnetId": "subnet-b"}],
                       "Entries": [{"RuleNumber": 100, "Protocol": "6", "RuleAction": "allow", "Egress": false, "CidrBlock": "10.0.0.0/16", "PortRange": {"From": 5433, "To": 5433}},
                                   {"RuleNumber": 100, "Protocol": "-1", "RuleAction": "allow", "Egress": true, "CidrBlock": "0.0.0.0/0"},
                                   {"RuleNumber": 32767, "Protocol": "-1", "RuleAction": "deny", "Egress": false, "CidrBlock": "0.0.0.0/0"}]}]}'::jsonb) AS document;
SELECT f.check_id, f.status, f.detail FROM good, rds_guard.aws_report(good.document, '{aws_network}') AS f
WHERE f.check_id ~ '^aws_(sg|nacl|route|subnet|default_sg|public_subnet)' ORDER BY f.check_id;

-- One as it should not be: every check fails.
CREATE TEMP TABLE bad AS SELECT jsonb_build_array(
    pg_temp.database('[{"VpcSecurityGroupId": "sg-1", "Status": "active"}, {"VpcSecurityGroupId": "sg-2", "Status": "active"}]'),
    '{"SecurityGroups": [
        {"GroupId": "sg-1", "GroupName": "default", "OwnerId": "111122223333", "VpcId": "vpc-1",
         "IpPermissions": [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0", "Description": "to be removed"}], "Ipv6Ranges": [{"CidrIpv6": "::/0"}], "PrefixListIds": [], "UserIdGroupPairs": []}],
         "IpPermissionsEgress": [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}], "Ipv6Ranges": [], "PrefixListIds": [], "UserIdGroupPairs": []}]},
        {"GroupId": "sg-2", "GroupName": "database", "OwnerId": "111122223333", "VpcId": "vpc-1",
         "IpPermissions": [{"IpProtocol": "tcp", "FromPort": 5000, "ToPort": 6000, "IpRanges": [{"CidrIp": "10.0.0.0/8"}, {"CidrIp": "203.0.0.0/16"}], "Ipv6Ranges": [], "PrefixListIds": [],
                            "UserIdGroupPairs": [{"GroupId": "sg-other", "UserId": "444455556666", "VpcPeeringConnectionId": "pcx-1"}]}],
         "IpPermissionsEgress": []}]}'::jsonb,
    '{"RouteTables": [{"RouteTableId": "rtb-main", "VpcId": "vpc-1", "Associations": [{"Main": true, "RouteTableId": "rtb-main"}],
                       "Routes": [{"DestinationCidrBlock": "10.0.0.0/16", "GatewayId": "local", "State": "active"},
                                  {"DestinationCidrBlock": "0.0.0.0/0", "GatewayId": "igw-1", "State": "active"}, {"DestinationIpv6CidrBlock": "::/0", "GatewayId": "igw-1", "State": "active"}]},
                      {"RouteTableId": "rtb-b", "VpcId": "vpc-1", "Associations": [{"Main": false, "SubnetId": "subnet-b"}],
                       "Routes": [{"DestinationCidrBlock": "0.0.0.0/0", "NatGatewayId": "nat-1", "State": "active"},
                                  {"DestinationCidrBlock": "10.9.0.0/16", "VpcPeeringConnectionId": "pcx-1", "State": "active"}]}]}'::jsonb,
    '{"NetworkAcls": [{"NetworkAclId": "acl-1", "VpcId": "vpc-1", "IsDefault": true, "Associations": [{"SubnetId": "subnet-a"}, {"SubnetId": "subnet-b"}],
                       "Entries": [{"RuleNumber": 100, "Protocol": "-1", "RuleAction": "allow", "Egress": false, "CidrBlock": "0.0.0.0/0"},
                                   {"RuleNumber": 32767, "Protocol": "-1", "RuleAction": "deny", "Egress": false, "CidrBlock": "0.0.0.0/0"}]}]}'::jsonb) AS document;
SELECT f.check_id, f.severity, f.status, f.object, f.detail FROM bad, rds_guard.aws_report(bad.document, '{aws_network}') AS f
WHERE f.check_id ~ '^aws_(sg|nacl|route|subnet|default_sg|public_subnet)' ORDER BY f.check_id, f.object COLLATE "C";
\pset format unaligned
SELECT f.object, f.fix, f.evidence FROM bad, rds_guard.aws_report(bad.document, '{aws_sg_open_world,aws_public_subnet}') AS f ORDER BY f.check_id, f.object COLLATE "C";
\pset format aligned

-- What lets in the world. The port is that of the database.
SELECT r.n, pg_temp.told(jsonb_build_array(pg_temp.database(), pg_temp.security_group(r.ingress)), '{aws_sg_open_world}') AS told
FROM (VALUES
    (1, '[{"IpProtocol": "tcp", "FromPort": 5432, "ToPort": 5432, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]'::jsonb),
    (2, '[{"IpProtocol": "tcp", "FromPort": 5433, "ToPort": 5433, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]'),
    (3, '[{"IpProtocol": "6", "FromPort": 0, "ToPort": 65535, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]'),
    (4, '[{"IpProtocol": "-1", "Ipv6Ranges": [{"CidrIpv6": "::/0"}]}]'),
    (5, '[{"IpProtocol": "udp", "FromPort": 0, "ToPort": 65535, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}, {"IpProtocol": "icmp", "FromPort": -1, "ToPort": -1, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}, {"IpProtocol": "50", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]'),
    (6, '[{"IpProtocol": "tcp", "FromPort": 5400, "ToPort": 5500, "IpRanges": [{"CidrIp": "0.0.0.0/1"}]}, {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "128.0.0.0/1"}]}]'),
    (7, '[{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/2"}, {"CidrIp": "10.0.0.0/8"}]}]'),
    (8, '[{"IpProtocol": "-1", "Ipv6Ranges": [{"CidrIpv6": "2000::/4"}, {"CidrIpv6": "3000::/4"}]}]'),
    (9, '[{"IpProtocol": "tcp", "FromPort": 5433, "ToPort": 5433, "PrefixListIds": [{"PrefixListId": "pl-1"}]}]'),
    (10, '[{"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": "sg-1", "UserId": "111122223333"}]}]'),
    (11, '[]'),
    -- nobody can tell what these mean
    (12, 'null'), (13, '"none"'), (14, '[{"IpProtocol": "tcp", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]'), (15, '[{"IpProtocol": "tcp", "FromPort": "5433", "ToPort": "5433", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]'),
    (16, '[{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "everybody"}]}]'), (17, '[{"IpProtocol": "-1", "IpRanges": "0.0.0.0/0"}]'), (18, '[{"IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]'),
    (19, '[{"IpProtocol": "everything", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]'), (20, '[{"IpProtocol": "-1", "IpRanges": [{"Description": "no range"}]}]')) AS r (n, ingress)
ORDER BY r.n;
-- in the other form
SELECT r.n, pg_temp.told(jsonb_build_array(pg_temp.database(), jsonb_build_object('SecurityGroupRules', r.rules)), '{aws_sg_open_world}') AS told,
       (SELECT f.fix FROM rds_guard.aws_report(jsonb_build_array(pg_temp.database(), jsonb_build_object('SecurityGroupRules', r.rules)), '{aws_sg_open_world}') AS f) AS fix
FROM (VALUES
    (1, '[{"SecurityGroupRuleId": "sgr-1", "GroupId": "sg-1", "GroupOwnerId": "111122223333", "IsEgress": false, "IpProtocol": "tcp", "FromPort": 5433, "ToPort": 5433, "CidrIpv4": "0.0.0.0/0"}]'::jsonb),
    (2, '[{"SecurityGroupRuleId": "sgr-1", "GroupId": "sg-1", "GroupOwnerId": "111122223333", "IsEgress": false, "IpProtocol": "-1", "FromPort": -1, "ToPort": -1, "CidrIpv6": "::/0"}]'),
    (3, '[{"SecurityGroupRuleId": "sgr-1", "GroupId": "sg-1", "GroupOwnerId": "111122223333", "IsEgress": true, "IpProtocol": "-1", "FromPort": -1, "ToPort": -1, "CidrIpv4": "0.0.0.0/0"}]'),
    (4, '[{"SecurityGroupRuleId": "sgr-1", "GroupId": "sg-1", "GroupOwnerId": "111122223333", "IsEgress": false, "IpProtocol": "tcp", "FromPort": 5433, "ToPort": 5433, "ReferencedGroupInfo": {"GroupId": "sg-app", "UserId": "111122223333"}}]'),
    (5, '[{"SecurityGroupRuleId": "sgr-1", "GroupId": "sg-1", "IpProtocol": "tcp", "FromPort": 5433, "ToPort": 5433, "CidrIpv4": "0.0.0.0/0"}]'),
    (6, '[{"SecurityGroupRuleId": "sgr-1", "GroupId": "sg-1", "IsEgress": false, "IpProtocol": "-1"}]'),
    -- of another group, and none at all
    (7, '[{"SecurityGroupRuleId": "sgr-1", "GroupId": "sg-9", "IsEgress": false, "IpProtocol": "-1", "CidrIpv4": "0.0.0.0/0"}]'), (8, '[]')) AS r (n, rules)
ORDER BY r.n;
-- what the instance says: a group that goes does not count, one that comes does, the port is not 5432
SELECT d.n, pg_temp.told(jsonb_build_array(d.document, pg_temp.security_group('[{"IpProtocol": "tcp", "FromPort": 5433, "ToPort": 5433, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]')), '{aws_sg_open_world}') AS told
FROM (VALUES
    (1, pg_temp.database('[{"VpcSecurityGroupId": "sg-1", "Status": "removing"}]')),
    (2, pg_temp.database('[{"VpcSecurityGroupId": "sg-1", "Status": "adding"}]')),
    (3, pg_temp.database('[]')), (4, pg_temp.database('"sg-1"')),
    (5, pg_temp.database(more => '{"PubliclyAccessible": false}')),
    (6, pg_temp.database(more => '{"Endpoint": null}')),
    (7, pg_temp.database(more => '{"Endpoint": null, "DbInstancePort": 5433}')),
    (8, pg_temp.database(more => '{"Endpoint": {"Port": "5433"}}')),
    (9, pg_temp.database('[{"VpcSecurityGroupId": "sg-1", "Status": "active"}, {"VpcSecurityGroupId": "sg-2", "Status": "active"}]')),
    (10, pg_temp.database(more => '{"Engine": "mysql"}'))) AS d (n, document)
ORDER BY d.n;
-- Two databases behind one group, on the same port and on two.
SELECT r.n, pg_temp.told(jsonb_build_array(pg_temp.database(), pg_temp.database(more => r.more), pg_temp.security_group('[{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]')), '{aws_sg_open_world}') AS told
FROM (VALUES (1, '{"DBInstanceIdentifier": "crm"}'::jsonb), (2, '{"DBInstanceIdentifier": "crm", "Endpoint": {"Port": 5432}}')) AS r (n, more);

-- the other checks of groups
SELECT r.n, r.check_id, pg_temp.told(jsonb_build_array(pg_temp.database(), pg_temp.security_group(r.ingress, coalesce(r.egress, '[]'), coalesce(r.more, '{}'))), ARRAY[r.check_id]) AS told
FROM (VALUES
    (1, 'aws_sg_wide_cidr', '[{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "203.0.113.0/24"}, {"CidrIp": "203.0.112.0/23"}, {"CidrIp": "10.1.0.0/16"}, {"CidrIp": "10.0.0.0/15"}, {"CidrIp": "0.0.0.0/0"}, {"CidrIp": "100.64.0.0/10"}, {"CidrIp": "10.0.0.0/7"}], "Ipv6Ranges": [{"CidrIpv6": "2001:db8:0:1::/64"}, {"CidrIpv6": "2001:db8::/48"}]}]'::jsonb, NULL::jsonb, NULL::jsonb),
    (2, 'aws_sg_cidr_instead_of_sg', '[{"IpProtocol": "tcp", "FromPort": 5433, "ToPort": 5433, "IpRanges": [{"CidrIp": "10.1.2.3/32"}]}]', NULL, NULL),
    (3, 'aws_sg_cidr_instead_of_sg', '[{"IpProtocol": "tcp", "FromPort": 5433, "ToPort": 5433, "IpRanges": [{"CidrIp": "203.0.113.7/32"}]}]', NULL, NULL),
    (4, 'aws_sg_cidr_instead_of_sg', '[{"IpProtocol": "tcp", "FromPort": 5433, "ToPort": 5433, "IpRanges": [{"CidrIp": "203.0.113.7/32"}], "UserIdGroupPairs": [{"GroupId": "sg-app", "UserId": "111122223333"}]}]', NULL, NULL),
    (5, 'aws_sg_cidr_instead_of_sg', '[{"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "203.0.113.7/32"}]}]', NULL, NULL),
    (6, 'aws_sg_cross_account', '[{"IpProtocol": "tcp", "FromPort": 5433, "ToPort": 5433, "UserIdGroupPairs": [{"GroupId": "sg-gone"}, {"GroupId": "sg-far", "UserId": "444455556666"}]}]', NULL, NULL),
    (7, 'aws_sg_cross_account', '[{"IpProtocol": "tcp", "FromPort": 5433, "ToPort": 5433, "UserIdGroupPairs": [{"GroupId": "sg-far", "UserId": "444455556666"}]}]', NULL, '{"OwnerId": null}'),
    (8, 'aws_sg_egress_open', '[]', '[{"IpProtocol": "tcp", "FromPort": 0, "ToPort": 65535, "IpRanges": [{"CidrIp": "0.0.0.0/1"}, {"CidrIp": "128.0.0.0/1"}]}]', NULL),
    (9, 'aws_sg_egress_open', '[]', '[{"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]', NULL),
    (10, 'aws_sg_egress_open', '[]', '[{"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": "sg-app", "UserId": "111122223333"}]}]', NULL),
    (11, 'aws_sg_egress_open', '[]', '"all"', NULL),
    (12, 'aws_sg_port_range', '[{"IpProtocol": "tcp", "FromPort": 5433, "ToPort": 5434, "IpRanges": [{"CidrIp": "10.1.2.3/32"}, {"CidrIp": "10.1.2.4/32"}]}, {"IpProtocol": "tcp", "FromPort": 5433, "ToPort": 5433, "IpRanges": [{"CidrIp": "10.1.2.3/32"}]}]', NULL, NULL),
    (13, 'aws_default_sg_used', '[]', NULL, '{"GroupName": "default"}'), (14, 'aws_default_sg_used', '[]', NULL, '{"GroupName": null}'), (15, 'aws_default_sg_used', '[]', NULL, '{"GroupId": "sg-2"}')
) AS r (n, check_id, ingress, egress, more)
ORDER BY r.n;
-- an account that the policy knows
BEGIN;
UPDATE rds_guard.policy SET value = '["444455556666"]' WHERE name = 'aws_accounts';
SELECT f.status, f.object, f.remedy FROM bad, rds_guard.aws_report(bad.document, '{aws_sg_cross_account}') AS f;
ROLLBACK;

-- Routes: by the table that names the subnet, else by the main one of the VPC.
SELECT r.n, pg_temp.told(jsonb_build_array(pg_temp.database(more => '{"DBSubnetGroup": {"DBSubnetGroupName": "g", "VpcId": "vpc-1", "Subnets": [{"SubnetIdentifier": "subnet-a"}]}}'), jsonb_build_object('RouteTables', r.tables)), '{aws_public_subnet}') AS told
FROM (VALUES
    (1, '[{"RouteTableId": "rtb-1", "VpcId": "vpc-1", "Associations": [{"Main": true}], "Routes": [{"DestinationCidrBlock": "0.0.0.0/0", "GatewayId": "igw-1", "State": "active"}]}]'::jsonb),
    (2, '[{"RouteTableId": "rtb-1", "VpcId": "vpc-1", "Associations": [{"Main": true}], "Routes": [{"DestinationCidrBlock": "0.0.0.0/0", "GatewayId": "igw-1", "State": "active"}]},
          {"RouteTableId": "rtb-2", "VpcId": "vpc-1", "Associations": [{"Main": false, "SubnetId": "subnet-a"}], "Routes": []}]'),
    (3, '[{"RouteTableId": "rtb-1", "VpcId": "vpc-1", "Associations": [{"Main": true}], "Routes": [{"DestinationCidrBlock": "0.0.0.0/0", "GatewayId": "igw-1", "State": "active"}]},
          {"RouteTableId": "rtb-2", "VpcId": "vpc-1", "Associations": [{"Main": false, "SubnetId": "subnet-a", "AssociationState": {"State": "disassociated"}}], "Routes": []}]'),
    (4, '[{"RouteTableId": "rtb-1", "VpcId": "vpc-1", "Associations": [{"Main": true}], "Routes": [{"DestinationCidrBlock": "0.0.0.0/0", "GatewayId": "igw-1", "State": "blackhole"}, {"DestinationCidrBlock": "0.0.0.0/0", "GatewayId": "vgw-1"}]}]'),
    (5, '[{"RouteTableId": "rtb-1", "VpcId": "vpc-1", "Associations": [{"Main": true}], "Routes": [{"DestinationIpv6CidrBlock": "::/0", "GatewayId": "igw-1", "State": "active"}]}]'),
    (6, '[{"RouteTableId": "rtb-1", "VpcId": "vpc-1", "Associations": [{"Main": true}], "Routes": [{"DestinationCidrBlock": "0.0.0.0/1", "GatewayId": "igw-1"}, {"DestinationCidrBlock": "128.0.0.0/1", "GatewayId": "igw-1"}]}]'),
    (7, '[{"RouteTableId": "rtb-1", "VpcId": "vpc-1", "Associations": [{"Main": true}], "Routes": [{"DestinationCidrBlock": "198.51.100.0/24", "GatewayId": "igw-1"}, {"DestinationPrefixListId": "pl-1", "GatewayId": "igw-1"}]}]'),
    -- of another VPC, of none, and malformed
    (8, '[{"RouteTableId": "rtb-1", "VpcId": "vpc-2", "Associations": [{"Main": true}], "Routes": []}]'), (9, '[]'),
    (10, '[{"RouteTableId": "rtb-1", "VpcId": "vpc-1", "Associations": [{"Main": true}]}]'), (11, '[{"RouteTableId": "rtb-1", "VpcId": "vpc-1", "Associations": [{"Main": true}], "Routes": [{"GatewayId": "igw-1"}]}]'),
    (12, '[{"RouteTableId": "rtb-1", "VpcId": "vpc-1", "Associations": "main", "Routes": []}]'), (13, '[{"RouteTableId": "rtb-1", "VpcId": "vpc-1", "Associations": [{"Main": "true"}], "Routes": []}]'),
    -- without a target, and with one that is not known here
    (14, '[{"RouteTableId": "rtb-1", "VpcId": "vpc-1", "Associations": [{"Main": true}], "Routes": [{"DestinationCidrBlock": "0.0.0.0/0", "InstanceOwnerId": "111122223333", "State": "active"}]}]'),
    (15, '[{"RouteTableId": "rtb-1", "VpcId": "vpc-1", "Associations": [{"Main": true}], "Routes": [{"DestinationCidrBlock": "0.0.0.0/0", "OdbNetworkArn": "arn:aws:odb:eu-west-1:111122223333:odb-network/x", "State": "active"}]}]')) AS r (n, tables)
ORDER BY r.n;
SELECT pg_temp.told(jsonb_build_array(pg_temp.database(more => '{"DBSubnetGroup": null}'), good.document -> 2), '{aws_public_subnet,aws_subnet_nat_route}') AS told FROM good;
SELECT pg_temp.told(jsonb_build_array(pg_temp.database(), '{"RouteTables": [{"RouteTableId": "rtb-1", "VpcId": "vpc-1", "Associations": [{"Main": true}],
                                       "Routes": [{"DestinationIpv6CidrBlock": "::/0", "EgressOnlyInternetGatewayId": "eigw-1"}, {"DestinationCidrBlock": "0.0.0.0/0", "NatGatewayId": "nat-1", "State": "blackhole"}]}]}'::jsonb), '{aws_subnet_nat_route}') AS told;
-- a route to elsewhere opens nothing that the group does not
SELECT r.n, pg_temp.told(jsonb_build_array(pg_temp.database(), pg_temp.security_group(r.ingress),
                                           '{"RouteTables": [{"RouteTableId": "rtb-1", "VpcId": "vpc-1", "Associations": [{"Main": true}], "Routes": [{"DestinationCidrBlock": "10.9.0.0/16", "TransitGatewayId": "tgw-1"}]}]}'::jsonb), '{aws_route_peering}') AS told
FROM (VALUES (1, '[{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "10.8.0.0/16"}]}]'::jsonb), (2, '[{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "10.9.9.0/24"}]}]'),
             (3, '[{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}]'), (4, '[{"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": "sg-app", "UserId": "111122223333"}]}]')) AS r (n, ingress);

-- A network ACL: the lowest number decides.
SELECT e.n, o.networks, rds_guard.aws_is_world(o.networks) AS world, o.problem
FROM (VALUES
    (1, '[{"RuleNumber": 100, "Protocol": "-1", "RuleAction": "allow", "Egress": false, "CidrBlock": "0.0.0.0/0"}]'::jsonb),
    (2, '[{"RuleNumber": 100, "Protocol": "-1", "RuleAction": "allow", "Egress": false, "CidrBlock": "0.0.0.0/0"}, {"RuleNumber": 90, "Protocol": "6", "RuleAction": "deny", "Egress": false, "CidrBlock": "0.0.0.0/0", "PortRange": {"From": 5432, "To": 5432}}]'),
    (3, '[{"RuleNumber": 100, "Protocol": "-1", "RuleAction": "allow", "Egress": false, "CidrBlock": "0.0.0.0/0"}, {"RuleNumber": 110, "Protocol": "6", "RuleAction": "deny", "Egress": false, "CidrBlock": "0.0.0.0/0", "PortRange": {"From": 5432, "To": 5432}}]'),
    (4, '[{"RuleNumber": 100, "Protocol": "-1", "RuleAction": "allow", "Egress": false, "CidrBlock": "0.0.0.0/0"}, {"RuleNumber": 90, "Protocol": "6", "RuleAction": "deny", "Egress": false, "CidrBlock": "0.0.0.0/0", "PortRange": {"From": 22, "To": 22}}, {"RuleNumber": 91, "Protocol": "17", "RuleAction": "deny", "Egress": false, "CidrBlock": "0.0.0.0/0", "PortRange": {"From": 0, "To": 65535}}]'),
    (5, '[{"RuleNumber": 100, "Protocol": "-1", "RuleAction": "allow", "Egress": false, "CidrBlock": "0.0.0.0/0"}, {"RuleNumber": 90, "Protocol": "-1", "RuleAction": "deny", "Egress": false, "CidrBlock": "10.0.0.0/8"}]'),
    (6, '[{"RuleNumber": 100, "Protocol": "-1", "RuleAction": "allow", "Egress": true, "CidrBlock": "0.0.0.0/0"}]'),
    (7, '[{"RuleNumber": 100, "Protocol": "-1", "RuleAction": "allow", "Egress": false, "Ipv6CidrBlock": "::/0"}]'),
    (8, '[{"RuleNumber": 9, "Protocol": "-1", "RuleAction": "deny", "Egress": false, "CidrBlock": "0.0.0.0/1"}, {"RuleNumber": 10, "Protocol": "-1", "RuleAction": "deny", "Egress": false, "CidrBlock": "128.0.0.0/1"}, {"RuleNumber": 100, "Protocol": "-1", "RuleAction": "allow", "Egress": false, "CidrBlock": "0.0.0.0/0"}]'),
    (9, NULL), (10, '"none"'), (11, '[]'), (12, '[{"RuleNumber": "100", "Protocol": "-1", "RuleAction": "allow", "Egress": false, "CidrBlock": "0.0.0.0/0"}]'), (13, '[{"RuleNumber": 100, "Protocol": "6", "RuleAction": "allow", "Egress": false, "CidrBlock": "0.0.0.0/0"}]'),
    (14, '[{"RuleNumber": 100, "Protocol": "-1", "RuleAction": "allow", "CidrBlock": "0.0.0.0/0"}]'),
    -- they are numbers
    (15, '[{"RuleNumber": 100, "Protocol": "tcp", "RuleAction": "allow", "Egress": false, "CidrBlock": "0.0.0.0/0", "PortRange": {"From": 5432, "To": 5432}}]')) AS e (n, entries)
CROSS JOIN LATERAL rds_guard.aws_acl_opening(e.entries, 5432) AS o
ORDER BY e.n;
SELECT pg_temp.told(jsonb_build_array(pg_temp.database(), '{"NetworkAcls": [{"NetworkAclId": "acl-1", "Associations": [{"SubnetId": "subnet-a"}], "Entries": []}]}'::jsonb), '{aws_nacl_open}') AS told;

-- Prefix lists: no document has what they hold. Which checks do not know for a rule with one, alone, next to a group, and on the way out.
CREATE FUNCTION pg_temp.unknowns(document jsonb) RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(concat_ws(' ', f.check_id || ':', f.object, f.fix), E'\n' ORDER BY f.check_id, f.object COLLATE "C")
    FROM rds_guard.aws_report(document, '{aws_network}') AS f
    WHERE f.status = 'unknown' AND f.check_id ~ '^aws_(sg|route|default_sg)' AND f.detail !~ 'is not among the documents$'
$$;
SELECT r.n, pg_temp.unknowns(jsonb_build_array(pg_temp.database(), pg_temp.security_group(r.ingress, coalesce(r.egress, '[]')))) AS told
FROM (VALUES
    (1, '[{"IpProtocol": "tcp", "FromPort": 5433, "ToPort": 5433, "PrefixListIds": [{"PrefixListId": "pl-1"}]}]'::jsonb, NULL::jsonb),
    (2, '[{"IpProtocol": "tcp", "FromPort": 5433, "ToPort": 5433, "PrefixListIds": [{"PrefixListId": "pl-1"}], "UserIdGroupPairs": [{"GroupId": "sg-app", "UserId": "111122223333"}]}]', NULL),
    (3, '[{"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "PrefixListIds": [{"PrefixListId": "pl-1"}]}]', NULL),
    (4, '[]', '[{"IpProtocol": "-1", "PrefixListIds": [{"PrefixListId": "pl-1"}]}, {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "PrefixListIds": [{"PrefixListId": "pl-2"}]}]')) AS r (n, ingress, egress)
ORDER BY r.n;
-- and over a peering, on either side; not where the group lets in nothing but groups, or nothing leads there
SELECT r.n, pg_temp.told(jsonb_build_array(pg_temp.database(more => '{"DBSubnetGroup": {"VpcId": "vpc-1", "Subnets": [{"SubnetIdentifier": "subnet-a"}]}}'), pg_temp.security_group(r.ingress),
                                           jsonb_build_object('RouteTables', jsonb_build_array('{"RouteTableId": "rtb-1", "VpcId": "vpc-1", "Associations": [{"Main": true}]}'::jsonb || jsonb_build_object('Routes', jsonb_build_array(r.route))))), '{aws_route_peering}') AS told
FROM (VALUES (1, '[{"IpProtocol": "-1", "PrefixListIds": [{"PrefixListId": "pl-1"}]}]'::jsonb, '{"DestinationCidrBlock": "10.9.0.0/16", "VpcPeeringConnectionId": "pcx-1"}'::jsonb),
             (2, '[{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "10.9.0.0/16"}]}]', '{"DestinationPrefixListId": "pl-2", "TransitGatewayId": "tgw-1"}'),
             (3, '[{"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": "sg-app", "UserId": "111122223333"}]}]', '{"DestinationPrefixListId": "pl-2", "TransitGatewayId": "tgw-1"}'),
             (4, '[{"IpProtocol": "-1", "PrefixListIds": [{"PrefixListId": "pl-1"}]}]', '{"DestinationPrefixListId": "pl-2", "GatewayId": "vpce-1"}'),
             -- no network at all
             (5, '[{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "10.9.0.0/16"}]}]', '{"DestinationCidrBlock": "everywhere", "TransitGatewayId": "tgw-1"}')) AS r (n, ingress, route)
ORDER BY r.n;

-- A rule whose sources are missing, all or some, is none without sources.
SELECT r.n, pg_temp.told(jsonb_build_array(pg_temp.database(), pg_temp.bare_group(r.ingress)), '{aws_sg_open_world,aws_sg_wide_cidr,aws_sg_cidr_instead_of_sg,aws_sg_cross_account}') AS told
FROM (VALUES
    (1, '[{"IpProtocol": "-1"}]'::jsonb), (2, '[{"IpProtocol": "-1", "IpRanges": null, "Ipv6Ranges": [], "PrefixListIds": [], "UserIdGroupPairs": []}]'),
    (3, '[{"IpProtocol": "-1", "IpRanges": [], "Ipv6Ranges": [], "PrefixListIds": [], "UserIdGroupPairs": []}]'),
    (4, '[{"IpProtocol": "-1", "IpRanges": [], "Ipv6Ranges": [], "PrefixListIds": {"PrefixListId": "pl-1"}, "UserIdGroupPairs": []}]'),
    (5, '[{"IpProtocol": "-1", "IpRanges": [{"CidrIp": null}], "Ipv6Ranges": [], "PrefixListIds": [], "UserIdGroupPairs": []}]'),
    (6, '[{"IpProtocol": "-1", "IpRanges": [], "Ipv6Ranges": [], "PrefixListIds": [{"PrefixListId": null}], "UserIdGroupPairs": []}]'),
    (7, '[{"IpProtocol": "-1", "IpRanges": [], "Ipv6Ranges": [], "PrefixListIds": [], "UserIdGroupPairs": [{"UserId": "111122223333"}]}]')) AS r (n, ingress)
ORDER BY r.n;
SELECT r.n, pg_temp.told(jsonb_build_array(pg_temp.database(), jsonb_build_object('SecurityGroupRules', r.rules)), '{aws_sg_open_world,aws_sg_egress_open}') AS told
FROM (VALUES
    (1, '[{"GroupId": "sg-1", "IsEgress": false, "IpProtocol": "-1", "CidrIpv4": null}]'::jsonb),
    -- which way is not known: neither check is sure
    (2, '[{"GroupId": "sg-1", "IpProtocol": "-1", "CidrIpv4": "0.0.0.0/0"}]'), (3, '[{"GroupId": "sg-1", "IsEgress": "true", "IpProtocol": "-1", "CidrIpv4": "0.0.0.0/0"}]')) AS r (n, rules)
ORDER BY r.n;
-- security groups and subnets that the instance does not tell
SELECT d.n, pg_temp.told(jsonb_build_array(d.document, pg_temp.security_group('[]')), '{aws_default_sg_used,aws_sg_egress_open}') AS told
FROM (VALUES (1, pg_temp.database('null')), (2, pg_temp.database('[{"Status": "active"}]', '{"Endpoint": null}')), (3, pg_temp.database())) AS d (n, document)
ORDER BY d.n;
SELECT pg_temp.told(good.document - 0 || pg_temp.database('null', d.more), '{aws_nacl_open,aws_subnet_nat_route}') AS told
FROM good, (VALUES ('{"DBSubnetGroup": {"VpcId": "vpc-1", "Subnets": [{"SubnetIdentifier": "subnet-a"}, {"SubnetIdentifier": null}]}}'::jsonb)) AS d (more);

-- Documents that are not there, and pages.
SELECT f.check_id, f.status, f.detail, f.remedy, f.fix FROM rds_guard.aws_report('{}', '{aws_network}') AS f
WHERE f.check_id ~ '^aws_(sg|nacl|route|subnet|default_sg|public_subnet)' ORDER BY f.check_id;
SELECT f.check_id, f.status, f.detail, f.fix FROM rds_guard.aws_report(pg_temp.database(), '{aws_network}') AS f
WHERE f.check_id ~ '^aws_(sg|nacl|route|subnet|default_sg|public_subnet)' ORDER BY f.check_id;
SELECT f.check_id, f.status, f.object, f.detail, f.remedy
FROM good, rds_guard.aws_report(good.document || '[{"SecurityGroups": [], "NextToken": "more"}, {"RouteTables": [], "NextToken": "more"}, {"NetworkAcls": [], "NextToken": "more"}]', '{aws_network}') AS f
WHERE f.check_id ~ '^aws_(sg|nacl|route|subnet|default_sg|public_subnet)' ORDER BY f.check_id, f.object COLLATE "C";

-- Everybody may ask; the policy is for whoever may read it.
CREATE ROLE regress_aws_dev;
GRANT SELECT ON bad TO regress_aws_dev;
SET ROLE regress_aws_dev;
SELECT f.check_id, f.status, f.detail, f.fix FROM bad, rds_guard.aws_report(bad.document, '{aws_sg_open_world,aws_sg_wide_cidr,aws_sg_cross_account}') AS f ORDER BY f.check_id;
RESET ROLE;
DROP OWNED BY regress_aws_dev;
DROP ROLE regress_aws_dev;

-- Names that want to be more: nothing of them reaches a shell or a terminal.
\pset format unaligned
SELECT f.object, f.detail, f.fix
FROM rds_guard.aws_report(jsonb_build_array(pg_temp.database(jsonb_build_array(jsonb_build_object('VpcSecurityGroupId', E'sg-1; rm -rf /'), jsonb_build_object('VpcSecurityGroupId', E'$(id)''\n\u001b[31m')))
,
                                              '{"SecurityGroups": []}'::jsonb), '{aws_sg_open_world}') AS f ORDER BY f.object COLLATE "C";
\pset format aligned

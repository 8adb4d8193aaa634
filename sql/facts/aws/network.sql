-- Who can reach the ports of the databases: the rules of security groups, the
-- routes of subnets and the network ACLs, in whichever form AWS prints them.
-- What cannot be told from the documents comes as a row with a problem.

CREATE FUNCTION rds_guard.aws_network(address text) RETURNS cidr
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF address !~ '^[0-9A-Fa-f:.]+(/[0-9]{1,3})?$' THEN
        RETURN NULL;
    END IF;
    RETURN network(address::inet);
EXCEPTION WHEN invalid_text_representation THEN
    RETURN NULL;
END
$$;

COMMENT ON FUNCTION rds_guard.aws_network(text) IS
'The network that a CIDR block means; NULL when it is none.';

CREATE FUNCTION rds_guard.aws_is_private(network cidr) RETURNS boolean
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN network <<= ANY ('{10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,100.64.0.0/10,fc00::/7}'::cidr[]);
END
$$;

COMMENT ON FUNCTION rds_guard.aws_is_private(cidr) IS
'Whether a network is one of RFC 1918, of 100.64.0.0/10, which VPCs use too, or of the unique local addresses of IPv6.';

CREATE FUNCTION rds_guard.aws_is_world(networks cidr[]) RETURNS boolean
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    -- The internet of IPv6 is 2000::/3.
    RETURN coalesce((
        SELECT bool_or(f.share >= 0.5)
        FROM (SELECT sum(CASE WHEN family(n.network) = 4 THEN power(2::float8, - masklen(n.network))
                              WHEN n.network >>= '2000::/3' THEN 1
                              WHEN n.network <<= '2000::/3' THEN power(2::float8, 3 - masklen(n.network))
                              ELSE 0 END) AS share
              FROM unnest(rds_guard.merge_networks(networks)) AS n (network)
              GROUP BY family(n.network)) AS f), false);
END
$$;

COMMENT ON FUNCTION rds_guard.aws_is_world(cidr[]) IS
'Whether these networks are together half of the internet or more, of IPv4 or of IPv6: 0.0.0.0/0, but also 0.0.0.0/1 with 128.0.0.0/1, each of them, and 2000::/3.';

CREATE FUNCTION rds_guard.aws_some(names text[]) RETURNS text
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN array_to_string(names[1:3], ', ') || CASE WHEN cardinality(names) > 3 THEN format(' and %s more', cardinality(names) - 3) ELSE '' END;
END
$$;

COMMENT ON FUNCTION rds_guard.aws_some(text[]) IS
'A list of names as a sentence shows it: three, and how many more there are.';

CREATE FUNCTION rds_guard.aws_group_rules(bundle jsonb)
    RETURNS TABLE (group_id text, group_name text, owner text, egress boolean, rule_id text, protocol text, from_port integer, to_port integer,
                   network cidr, prefix_list text, peer_group text, peer_account text, problem text)
    LANGUAGE plpgsql STABLE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    SET jit = off
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    WITH groups AS MATERIALIZED (
        SELECT g.item FROM rds_guard.aws_items(bundle, 'SecurityGroups') AS g (item)
        WHERE rds_guard.aws_has(bundle, 'SecurityGroups') OR NOT rds_guard.aws_has(bundle, 'SecurityGroupRules')
    ), single AS MATERIALIZED (
        SELECT r.item FROM rds_guard.aws_optional(bundle, 'SecurityGroupRules') AS r (item)
    ), permissions AS MATERIALIZED (
        SELECT g.item ->> 'GroupId' AS group_id, g.item ->> 'GroupName' AS group_name, g.item ->> 'OwnerId' AS owner, k.egress, p.permission
        FROM groups AS g
        CROSS JOIN (VALUES ('IpPermissions', false), ('IpPermissionsEgress', true)) AS k (field, egress)
        -- AWS always prints both lists: without one the rules are not known
        CROSS JOIN LATERAL rds_guard.aws_elements(coalesce(nullif(g.item -> k.field, 'null'), '"absent"')) AS p (permission)
    ), rules AS MATERIALIZED (
        SELECT p.group_id, p.group_name, p.owner, p.egress, NULL AS rule_id, p.permission, s.*
        FROM permissions AS p
        -- what aws_elements() does, tens of thousands of times
        CROSS JOIN LATERAL (
            SELECT r.range ->> 'CidrIp' AS address, NULL AS prefix_list, NULL AS peer_group, NULL AS peer_account, jsonb_typeof(r.range -> 'CidrIp') = 'string' AS sound
            FROM jsonb_array_elements(CASE jsonb_typeof(p.permission -> 'IpRanges') WHEN 'array' THEN p.permission -> 'IpRanges' END) AS r (range)
            UNION ALL
            SELECT r.range ->> 'CidrIpv6', NULL, NULL, NULL, jsonb_typeof(r.range -> 'CidrIpv6') = 'string'
            FROM jsonb_array_elements(CASE jsonb_typeof(p.permission -> 'Ipv6Ranges') WHEN 'array' THEN p.permission -> 'Ipv6Ranges' END) AS r (range)
            UNION ALL
            SELECT NULL, l.list ->> 'PrefixListId', NULL, NULL, jsonb_typeof(l.list -> 'PrefixListId') = 'string'
            FROM jsonb_array_elements(CASE jsonb_typeof(p.permission -> 'PrefixListIds') WHEN 'array' THEN p.permission -> 'PrefixListIds' END) AS l (list)
            UNION ALL
            SELECT NULL, NULL, u.peer_group, u.pair ->> 'UserId', u.peer_group IS NOT NULL
            FROM (SELECT e.pair, coalesce(e.pair ->> 'GroupId', e.pair ->> 'GroupName')
                  FROM jsonb_array_elements(CASE jsonb_typeof(p.permission -> 'UserIdGroupPairs') WHEN 'array' THEN p.permission -> 'UserIdGroupPairs' END) AS e (pair)) AS u (pair, peer_group)
            UNION ALL
            -- AWS prints all four, empty ones too: without one sources may be missing
            SELECT NULL, NULL, NULL, NULL, false
            WHERE NOT coalesce(jsonb_typeof(p.permission -> 'IpRanges') = 'array' AND jsonb_typeof(p.permission -> 'Ipv6Ranges') = 'array'
                               AND jsonb_typeof(p.permission -> 'PrefixListIds') = 'array' AND jsonb_typeof(p.permission -> 'UserIdGroupPairs') = 'array', false)) AS s
        UNION ALL
        SELECT r.item ->> 'GroupId', NULL, r.item ->> 'GroupOwnerId', rds_guard.aws_bool(r.item, 'IsEgress'), r.item ->> 'SecurityGroupRuleId', r.item,
               coalesce(r.item ->> 'CidrIpv4', r.item ->> 'CidrIpv6'), r.item ->> 'PrefixListId', r.item #>> '{ReferencedGroupInfo,GroupId}',
               r.item #>> '{ReferencedGroupInfo,UserId}',
               jsonb_typeof(r.item -> 'IsEgress') = 'boolean' AND coalesce(r.item ->> 'CidrIpv4', r.item ->> 'CidrIpv6', r.item ->> 'PrefixListId', r.item #>> '{ReferencedGroupInfo,GroupId}') IS NOT NULL
        FROM single AS r
    ), networks AS MATERIALIZED (
        SELECT a.address, rds_guard.aws_network(a.address) AS network FROM (SELECT DISTINCT r.address FROM rules AS r) AS a
    ), read AS (
        SELECT r.*, lower(r.permission ->> 'IpProtocol') AS protocol, n.network,
               CASE WHEN jsonb_typeof(r.permission -> 'FromPort') = 'number' THEN (r.permission ->> 'FromPort')::numeric END AS from_port,
               CASE WHEN jsonb_typeof(r.permission -> 'ToPort') = 'number' THEN (r.permission ->> 'ToPort')::numeric END AS to_port
        FROM rules AS r
        LEFT JOIN networks AS n ON n.address = r.address
    ), judged AS (
        SELECT r.*,
               CASE WHEN NOT coalesce(r.sound, false) OR r.protocol IS NULL OR r.protocol !~ '^(tcp|udp|icmp|icmpv6|-1|[0-9]{1,3})$'
                         OR r.address IS NOT NULL AND r.network IS NULL
                         OR r.protocol IN ('tcp', '6') AND (r.from_port IS NULL OR r.to_port IS NULL)
                    THEN 'a rule of it cannot be read' END AS problem
        FROM read AS r
    )
    SELECT j.group_id, j.group_name, j.owner, j.egress, j.rule_id, j.protocol,
           CASE WHEN j.protocol IN ('tcp', '6') AND j.from_port >= 0 THEN least(j.from_port, 65535)::integer ELSE 0 END,
           CASE WHEN j.protocol IN ('tcp', '6') AND j.to_port >= 0 THEN least(j.to_port, 65535)::integer ELSE 65535 END,
           j.network, j.prefix_list, j.peer_group, j.peer_account, j.problem
    FROM judged AS j
    WHERE j.protocol IN ('tcp', '6', '-1') OR j.problem IS NOT NULL;
END
$$;

COMMENT ON FUNCTION rds_guard.aws_group_rules(jsonb) IS
'The rules of security groups that let TCP through, each with one source (or destination, of egress rules): a network, a prefix list or another group; from describe-security-groups, describe-security-group-rules or both. Ports are 0 to 65535 where a rule is for all protocols. problem: the rule, or a list of rules or of its sources, cannot be read; egress is NULL where not even its direction can. Raises 42501 when neither document was given.';

CREATE FUNCTION rds_guard.aws_endpoints(bundle jsonb)
    RETURNS TABLE (database text, arn text, port integer, group_id text, subnets text[], vpc_id text, public boolean, problem text)
    LANGUAGE plpgsql STABLE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    SET jit = off
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT i.object, i.arn, p.port, g.group_id, s.subnets, i.item #>> '{DBSubnetGroup,VpcId}',
           (i.item -> 'PubliclyAccessible')::text IS DISTINCT FROM 'false',
           CASE WHEN p.port IS NULL THEN 'its port is not known: it may not be available yet'
                WHEN g.group_id IS NULL THEN 'its security groups are not known'
                WHEN s.subnets IS NULL THEN 'its subnets are not known' END
    FROM rds_guard.aws_instances(bundle) AS i
    LEFT JOIN LATERAL (
        SELECT CASE WHEN jsonb_typeof(e.port) = 'number' AND e.port::numeric BETWEEN 1 AND 65535 THEN e.port::numeric::integer END
        -- DbInstancePort is 0 for what is no member of a cluster
        FROM (SELECT coalesce(i.item #> '{Endpoint,Port}', nullif(i.item -> 'DbInstancePort', '0'))) AS e (port)) AS p (port) ON true
    LEFT JOIN LATERAL (
        SELECT e.element ->> 'VpcSecurityGroupId'
        FROM rds_guard.aws_elements(i.item -> 'VpcSecurityGroups') AS e (element)
        WHERE e.element ->> 'Status' IS DISTINCT FROM 'removing') AS g (group_id) ON true
    LEFT JOIN LATERAL (
        SELECT CASE WHEN bool_and(coalesce(jsonb_typeof(e.element -> 'SubnetIdentifier') = 'string', false)) THEN array_agg(e.element ->> 'SubnetIdentifier') END
        FROM rds_guard.aws_elements(i.item #> '{DBSubnetGroup,Subnets}') AS e (element)) AS s (subnets) ON true;
END
$$;

COMMENT ON FUNCTION rds_guard.aws_endpoints(jsonb) IS
'A row for each instance and each security group that it has: the port that clients connect to, the subnets in which it may be, and whether it is not said to be private. problem says which of these cannot be told. Raises 42501 when describe-db-instances was not given.';

CREATE FUNCTION rds_guard.aws_admitted(bundle jsonb)
    RETURNS TABLE (object text, arn text, port integer, databases text[], public boolean, group_id text, group_name text, owner text, rule_id text,
                   protocol text, from_port integer, to_port integer, network cidr, prefix_list text, peer_group text, peer_account text,
                   problem text, command text)
    LANGUAGE plpgsql STABLE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    SET jit = off
AS $$
#variable_conflict use_column
BEGIN
    -- the one that is asked for first, whatever the planner does first
    IF NOT rds_guard.aws_has(bundle, 'DBInstances') THEN
        PERFORM rds_guard.aws_items(bundle, 'DBInstances');
    END IF;
    RETURN QUERY
    WITH endpoints AS MATERIALIZED (
        SELECT e.* FROM rds_guard.aws_endpoints(bundle) AS e
    ), ports AS MATERIALIZED (
        SELECT e.group_id, e.port, array_agg(e.database ORDER BY e.database COLLATE "C") AS databases, bool_or(e.public) AS public, min(e.arn) AS arn,
               -- one group of databases with several ports is several things
               'security group ' || e.group_id || CASE WHEN count(*) OVER (PARTITION BY e.group_id) > 1 THEN ' port ' || e.port ELSE '' END AS object,
               format('%s --group-ids %s --output json', rds_guard.aws_call('ec2 describe-security-groups', min(e.arn)), rds_guard.aws_arg(e.group_id)) AS command
        FROM endpoints AS e
        WHERE e.port IS NOT NULL AND e.group_id IS NOT NULL
        GROUP BY e.group_id, e.port
    ), rules AS MATERIALIZED (
        SELECT r.* FROM rds_guard.aws_group_rules(bundle) AS r WHERE r.egress IS NOT TRUE
    ), known AS MATERIALIZED (
        SELECT r.group_id FROM rules AS r
        UNION
        -- a group without any rule
        SELECT g.item ->> 'GroupId' FROM rds_guard.aws_optional(bundle, 'SecurityGroups') AS g (item)
    )
    SELECT p.object, p.arn, p.port, p.databases, p.public, r.group_id, r.group_name, r.owner, r.rule_id, r.protocol, r.from_port, r.to_port,
           r.network, r.prefix_list, r.peer_group, r.peer_account, r.problem,
           CASE WHEN r.problem IS NOT NULL THEN p.command END
    FROM ports AS p
    JOIN rules AS r ON r.group_id = p.group_id
    WHERE p.port BETWEEN r.from_port AND r.to_port OR r.problem IS NOT NULL
    UNION ALL
    SELECT p.object, p.arn, p.port, p.databases, p.public, p.group_id, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
           'its rules are not among the documents', p.command
    FROM ports AS p
    WHERE NOT EXISTS (SELECT FROM known AS k WHERE k.group_id = p.group_id)
    UNION ALL
    SELECT DISTINCT e.database, e.arn, e.port, ARRAY[e.database], e.public, NULL::text, NULL, NULL, NULL, NULL, NULL::integer, NULL::integer, NULL::cidr, NULL, NULL, NULL, e.problem,
           rds_guard.aws_command('DBInstances')
    FROM endpoints AS e
    WHERE e.port IS NULL OR e.group_id IS NULL;
END
$$;

COMMENT ON FUNCTION rds_guard.aws_admitted(jsonb) IS
'What the security groups of the databases let in to the ports that their clients connect to: a row for each group, port and ingress rule that takes it, with the databases behind it and whether one of them is not said to be private. Columns from rule_id on are those of aws_group_rules(). problem says what cannot be told of the object, command which document would show it. Raises 42501 when describe-db-instances, or the rules of all groups, were not given.';

CREATE FUNCTION rds_guard.aws_subnets(bundle jsonb) RETURNS TABLE (subnet text, vpc_id text, arn text, databases text[])
    LANGUAGE plpgsql STABLE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    SET jit = off
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT s.subnet, min(e.vpc_id), min(e.arn), array_agg(DISTINCT e.database COLLATE "C")
    FROM rds_guard.aws_endpoints(bundle) AS e
    CROSS JOIN LATERAL unnest(e.subnets) AS s (subnet)
    GROUP BY s.subnet;
END
$$;

COMMENT ON FUNCTION rds_guard.aws_subnets(jsonb) IS
'The subnets in which AWS may put the databases, today or at the next failover.';

CREATE FUNCTION rds_guard.aws_subnet_routes(bundle jsonb)
    RETURNS TABLE (object text, databases text[], route_table text, implicit boolean, destination text, network cidr, target text,
                   problem text, command text)
    LANGUAGE plpgsql STABLE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    SET jit = off
AS $$
#variable_conflict use_column
BEGIN
    IF NOT rds_guard.aws_has(bundle, 'DBInstances') THEN
        PERFORM rds_guard.aws_items(bundle, 'DBInstances');
    END IF;
    RETURN QUERY
    WITH subnets AS MATERIALIZED (
        SELECT s.* FROM rds_guard.aws_subnets(bundle) AS s
    ), tables AS MATERIALIZED (
        SELECT t.item ->> 'RouteTableId' AS route_table, t.item ->> 'VpcId' AS vpc_id, t.item -> 'Routes' AS routes, t.item -> 'Associations' AS associations
        FROM rds_guard.aws_items(bundle, 'RouteTables') AS t (item)
    ), associations AS MATERIALIZED (
        SELECT t.*, a.association ->> 'SubnetId' AS subnet, a.association -> 'Main' = 'true' AS main
        FROM tables AS t
        CROSS JOIN LATERAL rds_guard.aws_elements(t.associations) AS a (association)
        WHERE coalesce(a.association #>> '{AssociationState,State}', 'associated') IN ('associated', 'associating')
    ), chosen AS MATERIALIZED (
        SELECT DISTINCT ON (s.subnet) s.subnet, s.vpc_id, s.arn, s.databases, a.route_table, a.routes, a.main
        FROM subnets AS s
        -- a subnet that no table names goes by the main table of its VPC
        LEFT JOIN (SELECT a.subnet, NULL AS vpc_id, a.route_table, a.routes, false AS main FROM associations AS a WHERE a.subnet IS NOT NULL
                   UNION ALL
                   SELECT s.subnet, a.vpc_id, a.route_table, a.routes, true FROM associations AS a JOIN subnets AS s ON s.vpc_id = a.vpc_id WHERE a.main) AS a
            ON a.subnet = s.subnet
        ORDER BY s.subnet, a.main, a.route_table
    ), routes AS (
        SELECT c.*, r.route,
               coalesce(r.route ->> 'DestinationCidrBlock', r.route ->> 'DestinationIpv6CidrBlock', r.route ->> 'DestinationPrefixListId') AS destination,
               coalesce(r.route ->> 'GatewayId', r.route ->> 'NatGatewayId', r.route ->> 'EgressOnlyInternetGatewayId', r.route ->> 'VpcPeeringConnectionId',
                        r.route ->> 'TransitGatewayId', r.route ->> 'NetworkInterfaceId', r.route ->> 'InstanceId', r.route ->> 'LocalGatewayId',
                        r.route ->> 'CarrierGatewayId', r.route ->> 'CoreNetworkArn',
                        -- kinds that came later; an internet gateway is always a GatewayId
                        (SELECT min(f.value #>> '{}') FROM jsonb_each(CASE WHEN jsonb_typeof(r.route) = 'object' THEN r.route END) AS f (field, value)
                         WHERE f.field ~ '(Id|Arn)$' AND f.field !~ '^Destination|Owner')) AS target
        FROM chosen AS c
        CROSS JOIN LATERAL rds_guard.aws_elements(coalesce(nullif(c.routes, 'null'), '"absent"')) AS r (route)
        WHERE r.route ->> 'State' IS DISTINCT FROM 'blackhole'
    ), read AS (
        SELECT r.*, rds_guard.aws_network(r.destination) AS network,
               coalesce(r.target IS NULL OR rds_guard.aws_network(r.destination) IS NULL AND r.route ->> 'DestinationPrefixListId' <> r.destination, true) AS unread
        FROM routes AS r
    )
    SELECT 'subnet ' || r.subnet, r.databases, r.route_table, r.main, r.destination, r.network, r.target,
           CASE WHEN r.route_table IS NULL THEN 'the route table that it goes by is not among the documents'
                WHEN r.unread THEN 'a route of its table cannot be read' END,
           CASE WHEN r.unread
                THEN format('%s --filters %s --output json', rds_guard.aws_call('ec2 describe-route-tables', r.arn), rds_guard.aws_arg('Name=vpc-id,Values=' || coalesce(r.vpc_id, '*'))) END
    FROM read AS r
    UNION ALL
    SELECT DISTINCT e.database, ARRAY[e.database], NULL::text, NULL::boolean, NULL::text, NULL::cidr, NULL::text, 'its subnets are not known',
           rds_guard.aws_command('DBInstances')
    FROM rds_guard.aws_endpoints(bundle) AS e
    WHERE e.subnets IS NULL;
END
$$;

COMMENT ON FUNCTION rds_guard.aws_subnet_routes(jsonb) IS
'The routes of the subnets of the databases that lead somewhere, by the table that names the subnet or (implicit) by the main table of its VPC: destination, as network unless it is a prefix list, and the gateway, connection or interface that it goes to. problem says what cannot be told of the object, command which document would show it. Raises 42501 when describe-db-instances or describe-route-tables were not given.';

CREATE FUNCTION rds_guard.aws_without(network cidr, others cidr[]) RETURNS cidr[]
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    lower_half cidr;
BEGIN
    IF network <<= ANY (others) THEN
        RETURN '{}';
    END IF;
    IF NOT network >> ANY (others) THEN
        RETURN ARRAY[network];
    END IF;
    lower_half := set_masklen(network, masklen(network) + 1);
    RETURN rds_guard.aws_without(lower_half, others)
           || rds_guard.aws_without(network(set_masklen(broadcast(network)::inet, masklen(network) + 1)), others);
END
$$;

COMMENT ON FUNCTION rds_guard.aws_without(cidr, cidr[]) IS
'What other networks leave of a network.';

CREATE FUNCTION rds_guard.aws_acl_opening(entries jsonb, port integer) RETURNS TABLE (networks cidr[], problem text)
    LANGUAGE plpgsql STABLE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    denied cidr[] := '{}';
    entry record;
BEGIN
    networks := '{}';
    -- The lowest number that takes a packet decides.
    FOR entry IN
        SELECT e.element, rds_guard.aws_network(coalesce(e.element ->> 'CidrBlock', e.element ->> 'Ipv6CidrBlock')) AS network,
               e.element ->> 'Protocol' AS protocol, e.element ->> 'RuleAction' AS action,
               CASE WHEN jsonb_typeof(e.element #> '{PortRange,From}') = 'number' AND jsonb_typeof(e.element #> '{PortRange,To}') = 'number'
                    THEN port BETWEEN (e.element #>> '{PortRange,From}')::numeric AND (e.element #>> '{PortRange,To}')::numeric END AS takes_port
        FROM rds_guard.aws_elements(coalesce(nullif(entries, 'null'), '"absent"')) AS e (element)
        WHERE (e.element -> 'Egress')::text IS DISTINCT FROM 'true'
        ORDER BY CASE WHEN jsonb_typeof(e.element -> 'RuleNumber') = 'number' THEN (e.element ->> 'RuleNumber')::numeric END
    LOOP
        IF entry.network IS NULL OR entry.protocol IS NULL OR entry.action IS NULL OR entry.action NOT IN ('allow', 'deny') OR entry.protocol !~ '^(-1|[0-9]{1,3})$'
           OR jsonb_typeof(entry.element -> 'RuleNumber') IS DISTINCT FROM 'number' OR jsonb_typeof(entry.element -> 'Egress') IS DISTINCT FROM 'boolean'
           OR entry.protocol = '6' AND entry.takes_port IS NULL THEN
            problem := 'an entry of its network ACL cannot be read';
        ELSIF entry.protocol = '-1' OR entry.protocol = '6' AND entry.takes_port THEN
            IF entry.action = 'deny' THEN
                denied := denied || entry.network;
            ELSE
                networks := networks || rds_guard.aws_without(entry.network, denied);
            END IF;
        END IF;
    END LOOP;
    RETURN NEXT;
END
$$;

COMMENT ON FUNCTION rds_guard.aws_acl_opening(jsonb, integer) IS
'The networks from which the entries of a network ACL let TCP in to a port, after those with a lower number that deny. problem: an entry cannot be read.';

CREATE FUNCTION rds_guard.aws_revoke(arn text, group_id text, rule_id text, protocol text, from_port integer, to_port integer, network cidr) RETURNS text
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN format('%s --group-id %s %s', rds_guard.aws_call('ec2 revoke-security-group-ingress', arn), rds_guard.aws_arg(group_id),
                  CASE WHEN rule_id IS NOT NULL THEN '--security-group-rule-ids ' || rds_guard.aws_arg(rule_id)
                       ELSE '--ip-permissions ' || rds_guard.aws_arg(
                                jsonb_build_array(jsonb_build_object('IpProtocol', protocol)
                                                  || CASE WHEN protocol = '-1' THEN '{}' ELSE jsonb_build_object('FromPort', from_port, 'ToPort', to_port) END
                                                  || CASE family(network) WHEN 4 THEN jsonb_build_object('IpRanges', jsonb_build_array(jsonb_build_object('CidrIp', network)))
                                                          ELSE jsonb_build_object('Ipv6Ranges', jsonb_build_array(jsonb_build_object('CidrIpv6', network))) END)::text)
                  END);
END
$$;

COMMENT ON FUNCTION rds_guard.aws_revoke(text, text, text, text, integer, integer, cidr) IS
'The command that takes a rule away from a security group, by its id where that is known, in the region of the database with this ARN.';

CREATE FUNCTION rds_guard.aws_list_gap(object text, arn text, prefix_list text, advice text, evidence jsonb) RETURNS SETOF rds_guard.violation
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 1
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN QUERY
    SELECT aws_list_gap.object || ' prefix list ' || prefix_list,
           format('%s: what the prefix list %s holds is not known', aws_list_gap.object, prefix_list),
           format('%s --prefix-list-id %s --output json', rds_guard.aws_call('ec2 get-managed-prefix-list-entries', arn), rds_guard.aws_arg(prefix_list)),
           jsonb_build_object('prefix_list', prefix_list, 'unknown', 'Look at the entries of the prefix list: ' || advice) || aws_list_gap.evidence;
END
$$;

COMMENT ON FUNCTION rds_guard.aws_list_gap(text, text, text, text, jsonb) IS
'For rules, the row of a prefix list that a rule of a security group or a route names, for its networks are in no document: the object, the ARN of a database in its region, and what the entries should be.';

CREATE FUNCTION rds_guard.aws_gap(databases text[]) RETURNS jsonb
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN jsonb_build_object('databases', to_jsonb(databases[1:100]), 'unknown', 'Give what the command in fix prints as well, as it is printed.');
END
$$;

COMMENT ON FUNCTION rds_guard.aws_gap(text[]) IS
'For rules, the column evidence of what cannot be told about these databases.';

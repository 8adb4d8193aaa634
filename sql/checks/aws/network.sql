-- Who can reach the databases of AWS: security groups, routes and network ACLs.
-- Each rule tells apart what it found and what the documents do not show.

SELECT rds_guard.define_check('aws_sg_open_world', 'aws_network', 'critical',
    title => 'A security group lets the whole internet reach the port of a database',
    why => 'Whoever can reach the port can try passwords and use what has been found wrong in the server itself. The port that counts is that of the database, not 5432; a rule for all protocols has no port and lets in everything; two halves of the internet are the whole; and IPv6 is a second internet. As long as no database behind the group is publicly accessible, this is one change away from it.',
    remedy => 'Let in the security groups of the applications, or the few networks that need it, instead.',
    refs => ARRAY['Security Hub EC2.18', 'Security Hub EC2.19'],
    scope => 'aws',
    needs => 'describe-db-instances and describe-security-groups or describe-security-group-rules',
    rule => $$
        WITH admitted AS MATERIALIZED (
            SELECT a.* FROM rds_guard.aws_admitted($1) AS a
        ), sides AS (
            SELECT a.object, a.group_id, a.port, a.databases, a.public, family(a.network) AS family, array_agg(DISTINCT a.network) AS networks,
                   array_agg(DISTINCT rds_guard.aws_revoke(a.arn, a.group_id, a.rule_id, a.protocol, a.from_port, a.to_port, a.network)) AS fixes
            FROM admitted AS a
            -- what is narrower is no part of the internet that somebody cut in pieces
            WHERE a.problem IS NULL AND a.network IS NOT NULL AND masklen(a.network) <= 16 AND NOT rds_guard.aws_is_private(a.network)
            GROUP BY a.object, a.group_id, a.port, a.databases, a.public, family(a.network)
        ), open AS (
            SELECT s.object, s.port, s.databases, s.public, array_agg(n.network::text ORDER BY n.network) AS networks,
                   (SELECT string_agg(DISTINCT f.fix COLLATE "C", E'\n') FROM sides AS t CROSS JOIN LATERAL unnest(t.fixes) AS f (fix)
                    WHERE t.object = s.object AND t.port = s.port AND rds_guard.aws_is_world(t.networks)) AS fix
            FROM sides AS s
            CROSS JOIN LATERAL unnest(s.networks) AS n (network)
            WHERE rds_guard.aws_is_world(s.networks)
            GROUP BY s.object, s.port, s.databases, s.public
        )
        SELECT o.object,
               format('%s lets %s reach port %s of %s%s', o.object, rds_guard.aws_some(o.networks), o.port, rds_guard.aws_some(o.databases),
                      CASE WHEN o.public THEN '' ELSE ', which has no public address now' END),
               o.fix,
               jsonb_build_object('port', o.port, 'networks', to_jsonb(o.networks), 'databases', to_jsonb(o.databases[1:100]), 'publicly_accessible', o.public,
                                  'severity', CASE WHEN o.public THEN 'critical' ELSE 'high' END)
        FROM open AS o
        UNION ALL
        SELECT DISTINCT l.*
        FROM admitted AS a
        CROSS JOIN LATERAL rds_guard.aws_list_gap(a.object, a.arn, a.prefix_list, 'none should be of the internet.', jsonb_build_object('port', a.port)) AS l
        WHERE a.prefix_list IS NOT NULL
        UNION ALL
        SELECT DISTINCT a.object, format('%s: %s', a.object, a.problem), a.command, rds_guard.aws_gap(a.databases) FROM admitted AS a WHERE a.problem IS NOT NULL
        UNION ALL
        SELECT u.* FROM rds_guard.aws_unread($1, rds_guard.aws_given($1, '{DBInstances,SecurityGroups,SecurityGroupRules}')) AS u
    $$);

SELECT rds_guard.define_check('aws_sg_wide_cidr', 'aws_network', 'medium',
    title => 'A security group lets a wide network reach the port of a database',
    why => 'A wide network has machines that nobody thought of: the customers of a provider, or all that runs in a VPC. Each of them can try passwords. The whole internet is the matter of aws_sg_open_world.',
    remedy => 'Let in the security groups of the applications instead, or the addresses that are really known. How wide is too wide the policies aws_widest_public_ipv4, aws_widest_private_ipv4 and aws_widest_ipv6 say.',
    refs => '{}',
    scope => 'aws',
    needs => 'describe-db-instances and describe-security-groups or describe-security-group-rules',
    rule => $$
        WITH admitted AS MATERIALIZED (
            SELECT a.* FROM rds_guard.aws_admitted($1) AS a
        )
        SELECT DISTINCT a.object || ' network ' || a.network, format('%s lets the %s network %s reach port %s of %s', a.object, CASE WHEN rds_guard.aws_is_private(a.network) THEN 'private' ELSE 'public' END,
                                a.network, a.port, rds_guard.aws_some(a.databases)),
               NULL::text, jsonb_build_object('port', a.port, 'network', a.network, 'databases', to_jsonb(a.databases[1:100]))
        FROM admitted AS a
        WHERE a.problem IS NULL AND masklen(a.network) BETWEEN 1 AND 127
              AND masklen(a.network) < CASE WHEN family(a.network) = 6 THEN (SELECT rds_guard.policy_number('aws_widest_ipv6'))
                                            WHEN rds_guard.aws_is_private(a.network) THEN (SELECT rds_guard.policy_number('aws_widest_private_ipv4'))
                                            ELSE (SELECT rds_guard.policy_number('aws_widest_public_ipv4')) END
        UNION ALL
        SELECT DISTINCT l.*
        FROM admitted AS a
        CROSS JOIN LATERAL rds_guard.aws_list_gap(a.object, a.arn, a.prefix_list, 'none should be wider than the policies say.', jsonb_build_object('port', a.port)) AS l
        WHERE a.prefix_list IS NOT NULL
        UNION ALL
        SELECT DISTINCT a.object, format('%s: %s', a.object, a.problem), a.command, rds_guard.aws_gap(a.databases) FROM admitted AS a WHERE a.problem IS NOT NULL
        UNION ALL
        SELECT u.* FROM rds_guard.aws_unread($1, rds_guard.aws_given($1, '{DBInstances,SecurityGroups,SecurityGroupRules}')) AS u
    $$);

SELECT rds_guard.define_check('aws_sg_cidr_instead_of_sg', 'aws_network', 'low',
    title => 'A security group lets in addresses rather than other security groups',
    why => 'An address tells where a packet comes from, not what sent it: addresses are given to other machines. A rule that names the security group of the application holds for what is in that group, and goes on doing so when addresses change. For networks on the other side of a VPN there is nothing else: private ones are only noted.',
    remedy => 'Name the security group of the application as source.',
    refs => '{}',
    scope => 'aws',
    needs => 'describe-db-instances and describe-security-groups or describe-security-group-rules',
    rule => $$
        WITH admitted AS MATERIALIZED (
            SELECT a.* FROM rds_guard.aws_admitted($1) AS a
        )
        SELECT a.object, format('%s lets %s reach port %s of %s, and no security group', a.object, rds_guard.aws_some(array_agg(DISTINCT a.network::text COLLATE "C")),
                                a.port, rds_guard.aws_some(a.databases)),
               NULL, jsonb_build_object('port', a.port, 'networks', to_jsonb(array_agg(DISTINCT a.network::text COLLATE "C")), 'databases', to_jsonb(a.databases[1:100]),
                                        'severity', CASE WHEN bool_and(rds_guard.aws_is_private(a.network)) THEN 'info' ELSE 'low' END)
        FROM admitted AS a
        WHERE a.problem IS NULL
        GROUP BY a.object, a.port, a.databases
        HAVING count(a.network) > 0 AND count(a.peer_group) = 0
        UNION ALL
        SELECT DISTINCT l.*
        FROM admitted AS a
        CROSS JOIN LATERAL rds_guard.aws_list_gap(a.object, a.arn, a.prefix_list, 'for what runs in AWS a security group should stand there instead.', jsonb_build_object('port', a.port)) AS l
        WHERE a.prefix_list IS NOT NULL AND NOT EXISTS (SELECT FROM admitted AS o WHERE o.object = a.object AND o.peer_group IS NOT NULL)
        UNION ALL
        SELECT DISTINCT a.object, format('%s: %s', a.object, a.problem), a.command, rds_guard.aws_gap(a.databases) FROM admitted AS a WHERE a.problem IS NOT NULL
        UNION ALL
        SELECT u.* FROM rds_guard.aws_unread($1, rds_guard.aws_given($1, '{DBInstances,SecurityGroups,SecurityGroupRules}')) AS u
    $$);

SELECT rds_guard.define_check('aws_sg_cross_account', 'aws_network', 'medium',
    title => 'A security group lets a group of another account reach the port of a database',
    why => 'What is put into a security group of another account decides who administers that account. It may be yours; the documents do not tell.',
    remedy => 'Find out whose account it is, and take the rule away if nobody knows. Name accounts that may be let in in the policy aws_accounts.',
    refs => '{}',
    scope => 'aws',
    needs => 'describe-db-instances and describe-security-groups or describe-security-group-rules',
    rule => $$
        WITH admitted AS MATERIALIZED (
            SELECT a.* FROM rds_guard.aws_admitted($1) AS a
        )
        SELECT a.object || ' group ' || coalesce(a.peer_group, '?'),
               CASE WHEN a.owner IS NULL THEN format('%s lets %s in, but whose account either is, is not known', a.object, a.peer_group)
                    ELSE format('%s of account %s lets %s of account %s reach port %s of %s', a.object, a.owner, a.peer_group, a.peer_account, a.port,
                                rds_guard.aws_some(a.databases)) END,
               NULL,
               jsonb_build_object('port', a.port, 'owner', a.owner, 'group', a.peer_group, 'account', a.peer_account, 'databases', to_jsonb(a.databases[1:100]))
               || CASE WHEN a.owner IS NULL THEN jsonb_build_object('unknown', 'Give the document as AWS prints it, with the owner of each group.')
                       WHEN a.peer_account = ANY ((SELECT rds_guard.policy_names('aws_accounts'))::text[]) THEN '{"allowed_by": "aws_accounts"}'
                       ELSE '{}'::jsonb END
        FROM admitted AS a
        -- a group that is gone has no account any more, and nobody in it
        WHERE a.problem IS NULL AND a.peer_account IS NOT NULL AND a.peer_account IS DISTINCT FROM a.owner
        UNION ALL
        SELECT DISTINCT a.object, format('%s: %s', a.object, a.problem), a.command, rds_guard.aws_gap(a.databases) FROM admitted AS a WHERE a.problem IS NOT NULL
        UNION ALL
        SELECT u.* FROM rds_guard.aws_unread($1, rds_guard.aws_given($1, '{DBInstances,SecurityGroups,SecurityGroupRules}')) AS u
    $$);

SELECT rds_guard.define_check('aws_sg_egress_open', 'aws_network', 'low',
    title => 'The security group of a database lets it reach the whole internet',
    why => 'Whoever has come into the database can carry its data away, with dblink, postgres_fdw or functions that fetch web pages, as far as routes and the group let it out. A database that answers clients needs no rule for that: answers to what was let in go out anyway.',
    remedy => 'Take away the egress rule for all destinations and name those that the database really needs, such as another database or an endpoint of AWS.',
    refs => '{}',
    scope => 'aws',
    needs => 'describe-db-instances and describe-security-groups or describe-security-group-rules',
    rule => $$
        WITH endpoints AS MATERIALIZED (
            SELECT e.* FROM rds_guard.aws_endpoints($1) AS e
        ), groups AS MATERIALIZED (
            SELECT e.group_id, min(e.arn) AS arn, array_agg(DISTINCT e.database COLLATE "C") AS databases
            FROM endpoints AS e
            WHERE e.group_id IS NOT NULL
            GROUP BY e.group_id
        ), rules AS MATERIALIZED (
            SELECT r.* FROM rds_guard.aws_group_rules($1) AS r
        ), known AS MATERIALIZED (
            SELECT r.group_id FROM rules AS r
            UNION
            SELECT g.item ->> 'GroupId' FROM rds_guard.aws_optional($1, 'SecurityGroups') AS g (item)
        ), egress AS (
            SELECT g.group_id, g.databases, array_agg(DISTINCT r.network) AS networks
            FROM groups AS g
            JOIN rules AS r ON r.group_id = g.group_id
            WHERE r.egress AND r.problem IS NULL AND r.network IS NOT NULL AND r.to_port - r.from_port >= 65000
            GROUP BY g.group_id, g.databases
        )
        SELECT 'security group ' || e.group_id,
               format('security group %s lets %s reach every port of %s', e.group_id, rds_guard.aws_some(e.databases), rds_guard.aws_some(e.networks::text[])),
               NULL, jsonb_build_object('networks', to_jsonb(e.networks), 'databases', to_jsonb(e.databases[1:100]))
        FROM egress AS e
        WHERE rds_guard.aws_is_world(e.networks)
        UNION ALL
        SELECT DISTINCT l.*
        FROM groups AS g
        JOIN rules AS r ON r.group_id = g.group_id
        CROSS JOIN LATERAL rds_guard.aws_list_gap('security group ' || g.group_id, g.arn, r.prefix_list, 'together they should not be the internet.',
                                                  jsonb_build_object('databases', to_jsonb(g.databases[1:100]))) AS l
        WHERE r.egress AND r.problem IS NULL AND r.prefix_list IS NOT NULL AND r.to_port - r.from_port >= 65000
        UNION ALL
        SELECT DISTINCT 'security group ' || g.group_id, format('security group %s: %s', g.group_id, r.problem),
               format('%s --group-ids %s --output json', rds_guard.aws_call('ec2 describe-security-groups', g.arn), rds_guard.aws_arg(g.group_id)),
               rds_guard.aws_gap(g.databases)
        FROM groups AS g
        JOIN rules AS r ON r.group_id = g.group_id
        WHERE r.egress IS NOT FALSE AND r.problem IS NOT NULL
        UNION ALL
        SELECT 'security group ' || g.group_id, format('security group %s: its rules are not among the documents', g.group_id),
               format('%s --group-ids %s --output json', rds_guard.aws_call('ec2 describe-security-groups', g.arn), rds_guard.aws_arg(g.group_id)), rds_guard.aws_gap(g.databases)
        FROM groups AS g
        WHERE g.group_id NOT IN (SELECT k.group_id FROM known AS k WHERE k.group_id IS NOT NULL)
        UNION ALL
        SELECT DISTINCT e.database, format('%s: its security groups are not known', e.database), rds_guard.aws_command('DBInstances'), rds_guard.aws_gap(ARRAY[e.database])
        FROM endpoints AS e
        WHERE e.group_id IS NULL
        UNION ALL
        SELECT u.* FROM rds_guard.aws_unread($1, rds_guard.aws_given($1, '{DBInstances,SecurityGroups,SecurityGroupRules}')) AS u
    $$);

SELECT rds_guard.define_check('aws_sg_port_range', 'aws_network', 'low',
    title => 'A rule of a database''s security group is for more than its port',
    why => 'A rule for a range of ports, or for all protocols, shows that nobody asked what is needed. It lets in whatever else will be put behind the same group, on ports that nobody looks at.',
    remedy => 'Let in TCP on the port of the database, and nothing else.',
    refs => '{}',
    scope => 'aws',
    needs => 'describe-db-instances and describe-security-groups or describe-security-group-rules',
    rule => $$
        WITH admitted AS MATERIALIZED (
            SELECT a.* FROM rds_guard.aws_admitted($1) AS a
        )
        SELECT a.object || ' ports ' || a.from_port || '-' || a.to_port,
               format('%s opens %s, though %s listens on %s', a.object,
                      CASE WHEN a.protocol = '-1' THEN 'all ports of all protocols' ELSE format('ports %s to %s', a.from_port, a.to_port) END,
                      rds_guard.aws_some(a.databases), a.port),
               NULL, jsonb_build_object('port', a.port, 'protocol', a.protocol, 'from_port', a.from_port, 'to_port', a.to_port, 'databases', to_jsonb(a.databases[1:100]))
        FROM (SELECT DISTINCT a.object, a.port, a.databases, a.protocol, a.from_port, a.to_port, a.problem FROM admitted AS a) AS a
        WHERE a.problem IS NULL AND (a.from_port, a.to_port) <> (a.port, a.port)
        UNION ALL
        SELECT DISTINCT a.object, format('%s: %s', a.object, a.problem), a.command, rds_guard.aws_gap(a.databases) FROM admitted AS a WHERE a.problem IS NOT NULL
        UNION ALL
        SELECT u.* FROM rds_guard.aws_unread($1, rds_guard.aws_given($1, '{DBInstances,SecurityGroups,SecurityGroupRules}')) AS u
    $$);

SELECT rds_guard.define_check('aws_default_sg_used', 'aws_network', 'low',
    title => 'A database is in the default security group of its VPC',
    why => 'Whatever is started without a security group gets the default one, and as AWS makes it everything in that group can reach everything else in it.',
    remedy => 'Give the database a security group of its own (aws rds modify-db-instance --vpc-security-group-ids, with all groups that it is to have), and leave the default one without rules.',
    refs => ARRAY['Security Hub EC2.2'],
    scope => 'aws',
    needs => 'describe-db-instances and describe-security-groups',
    rule => $$
        WITH endpoints AS MATERIALIZED (
            SELECT e.* FROM rds_guard.aws_endpoints($1) AS e
        ), names AS MATERIALIZED (
            SELECT g.item ->> 'GroupId' AS group_id, g.item ->> 'GroupName' AS group_name FROM rds_guard.aws_items($1, 'SecurityGroups') AS g (item)
        )
        SELECT 'security group ' || e.group_id,
               CASE WHEN n.group_name IS NULL THEN format('security group %s: its name is not among the documents', e.group_id)
                    ELSE format('%s is in security group %s, the default one of its VPC', rds_guard.aws_some(e.databases), e.group_id) END,
               CASE WHEN n.group_name IS NULL THEN format('%s --group-ids %s --output json', rds_guard.aws_call('ec2 describe-security-groups', e.arn), rds_guard.aws_arg(e.group_id)) END,
               jsonb_build_object('databases', to_jsonb(e.databases[1:100]))
               || CASE WHEN n.group_name IS NULL THEN jsonb_build_object('unknown', 'Give what the command in fix prints as well.') ELSE '{}'::jsonb END
        FROM (SELECT e.group_id, min(e.arn) AS arn, array_agg(DISTINCT e.database COLLATE "C") AS databases FROM endpoints AS e WHERE e.group_id IS NOT NULL GROUP BY e.group_id) AS e
        LEFT JOIN names AS n ON n.group_id = e.group_id
        WHERE n.group_name IS NULL OR n.group_name = 'default'
        UNION ALL
        SELECT DISTINCT e.database, format('%s: its security groups are not known', e.database), rds_guard.aws_command('DBInstances'), rds_guard.aws_gap(ARRAY[e.database])
        FROM endpoints AS e
        WHERE e.group_id IS NULL
        UNION ALL
        SELECT u.* FROM rds_guard.aws_unread($1, '{DBInstances,SecurityGroups}') AS u
    $$);

SELECT rds_guard.define_check('aws_public_subnet', 'aws_network', 'high',
    title => 'A database may be in a subnet with a route to an internet gateway',
    why => 'A subnet whose route table leads to an internet gateway is public: what is in it and has a public address can be reached from the internet. Then a single modification, --publicly-accessible, is all that is missing. A database moves among the subnets of its group, so one of them is enough. A subnet that no route table names goes by the main one of its VPC.',
    remedy => 'Make a subnet group of private subnets and move the database into it, or take the route to the internet gateway away from the table of these subnets.',
    refs => ARRAY['Security Hub RDS.46'],
    scope => 'aws',
    needs => 'describe-db-instances and describe-route-tables',
    rule => $$
        WITH routes AS MATERIALIZED (
            SELECT r.* FROM rds_guard.aws_subnet_routes($1) AS r
        )
        SELECT r.object,
               format('%s, for %s, goes by %sroute table %s, which sends %s to %s', r.object, rds_guard.aws_some(r.databases),
                      CASE WHEN r.implicit THEN 'the main ' ELSE '' END, r.route_table, rds_guard.aws_some(array_agg(r.destination ORDER BY r.destination COLLATE "C")),
                      min(r.target)),
               NULL,
               jsonb_build_object('route_table', r.route_table, 'implicit', r.implicit, 'destinations', to_jsonb(array_agg(r.destination ORDER BY r.destination COLLATE "C")),
                                  'gateway', min(r.target), 'databases', to_jsonb(r.databases[1:100]),
                                  'severity', CASE WHEN rds_guard.aws_is_world(array_agg(r.network)) THEN 'high' ELSE 'medium' END)
        FROM routes AS r
        WHERE r.problem IS NULL AND r.target LIKE 'igw-%'
        GROUP BY r.object, r.databases, r.route_table, r.implicit
        UNION ALL
        SELECT DISTINCT r.object, format('%s: %s', r.object, r.problem), r.command, rds_guard.aws_gap(r.databases) FROM routes AS r WHERE r.problem IS NOT NULL
        UNION ALL
        SELECT u.* FROM rds_guard.aws_unread($1, '{DBInstances,RouteTables}') AS u
    $$);

SELECT rds_guard.define_check('aws_subnet_nat_route', 'aws_network', 'low',
    title => 'A subnet of a database has a way out to the internet',
    why => 'Through a NAT gateway, or an egress-only gateway for IPv6, a database reaches the internet though nobody reaches it from there. By itself that is harmless. It is the second half of what it takes to carry data away: see aws_sg_egress_open and the functions that connect to elsewhere.',
    remedy => 'Let the subnets of databases have a route table of their own without such a route; endpoints of the VPC take the place of it for services of AWS.',
    refs => '{}',
    scope => 'aws',
    needs => 'describe-db-instances and describe-route-tables',
    rule => $$
        WITH routes AS MATERIALIZED (
            SELECT r.* FROM rds_guard.aws_subnet_routes($1) AS r
        )
        SELECT r.object || ' to ' || r.target,
               format('%s, for %s, goes by route table %s, which sends %s to %s', r.object, rds_guard.aws_some(r.databases), r.route_table, r.destination, r.target),
               NULL, jsonb_build_object('route_table', r.route_table, 'destination', r.destination, 'gateway', r.target, 'databases', to_jsonb(r.databases[1:100]))
        FROM routes AS r
        WHERE r.problem IS NULL AND r.target ~ '^(nat|eigw)-'
        UNION ALL
        SELECT DISTINCT r.object, format('%s: %s', r.object, r.problem), r.command, rds_guard.aws_gap(r.databases) FROM routes AS r WHERE r.problem IS NOT NULL
        UNION ALL
        SELECT u.* FROM rds_guard.aws_unread($1, '{DBInstances,RouteTables}') AS u
    $$);

SELECT rds_guard.define_check('aws_route_peering', 'aws_network', 'info',
    title => 'A security group lets in a network on the other side of a peering',
    why => 'A route to another VPC alone opens nothing: the security group decides. Where it lets in addresses of that other network, whoever administers the network on the other side, perhaps of another environment or another company, decides who can reach the database.',
    remedy => 'Let the security group name the addresses on the other side that need it, and route only to these.',
    refs => '{}',
    scope => 'aws',
    needs => 'describe-db-instances, describe-route-tables and describe-security-groups or describe-security-group-rules',
    rule => $$
        WITH admitted AS MATERIALIZED (
            SELECT a.* FROM rds_guard.aws_admitted($1) AS a
        ), routes AS MATERIALIZED (
            SELECT r.* FROM rds_guard.aws_subnet_routes($1) AS r
        ), let_in AS MATERIALIZED (
            SELECT DISTINCT a.object, a.arn, a.port, d.database, a.network, a.prefix_list
            FROM admitted AS a
            CROSS JOIN LATERAL unnest(a.databases) AS d (database)
            WHERE a.problem IS NULL AND (a.network IS NOT NULL OR a.prefix_list IS NOT NULL)
        ), peers AS MATERIALIZED (
            -- the destination of a route is a network or a prefix list
            SELECT DISTINCT r.object, d.database, r.network, r.destination, r.target
            FROM routes AS r
            CROSS JOIN LATERAL unnest(r.databases) AS d (database)
            WHERE r.problem IS NULL AND r.target ~ '^(pcx|tgw)-'
        )
        SELECT a.object || ' network ' || a.network || ' by ' || r.target,
               format('%s lets %s reach port %s, and %s is where %s leads from the subnets of %s', a.object, a.network, a.port, r.destination, r.target,
                      rds_guard.aws_some(array_agg(DISTINCT r.database COLLATE "C"))),
               NULL, jsonb_build_object('network', a.network, 'port', a.port, 'destination', r.destination, 'target', r.target,
                                        'databases', to_jsonb((array_agg(DISTINCT r.database COLLATE "C"))[1:100]))
        FROM let_in AS a
        JOIN peers AS r ON r.database = a.database
        WHERE a.network && r.network
        GROUP BY a.object, a.network, a.port, r.destination, r.target
        UNION ALL
        SELECT l.*
        FROM (SELECT DISTINCT a.object, a.arn, a.port, a.prefix_list FROM let_in AS a WHERE a.prefix_list IS NOT NULL AND a.database IN (SELECT r.database FROM peers AS r)) AS a
        CROSS JOIN LATERAL rds_guard.aws_list_gap(a.object, a.arn, a.prefix_list, 'none should be on the other side of a peering.', jsonb_build_object('port', a.port)) AS l
        UNION ALL
        SELECT l.*
        FROM (SELECT r.object, r.destination, r.target, min(a.arn) AS arn
              FROM peers AS r
              JOIN (SELECT a.database, min(a.arn) AS arn FROM let_in AS a GROUP BY a.database) AS a ON a.database = r.database
              WHERE r.network IS NULL
              GROUP BY r.object, r.destination, r.target) AS r
        CROSS JOIN LATERAL rds_guard.aws_list_gap(r.object, r.arn, r.destination, 'none should be let in by a security group of the databases.', jsonb_build_object('target', r.target)) AS l
        UNION ALL
        SELECT DISTINCT a.object, format('%s: %s', a.object, a.problem), a.command, rds_guard.aws_gap(a.databases) FROM admitted AS a WHERE a.problem IS NOT NULL
        UNION ALL
        SELECT DISTINCT r.object, format('%s: %s', r.object, r.problem), r.command, rds_guard.aws_gap(r.databases) FROM routes AS r WHERE r.problem IS NOT NULL
        UNION ALL
        SELECT u.* FROM rds_guard.aws_unread($1, '{DBInstances,RouteTables}' || rds_guard.aws_given($1, '{SecurityGroups,SecurityGroupRules}')) AS u
    $$);

SELECT rds_guard.define_check('aws_nacl_open', 'aws_network', 'info',
    title => 'The network ACL of a database''s subnet lets everybody in',
    why => 'A network ACL is the second wall, in front of the security groups, and it can deny. The one that AWS makes lets everything in: then a single wrong rule of a security group is enough. Entries count in the order of their numbers: an entry that denies with a lower number closes what a later one allows.',
    remedy => 'Give the subnets of databases a network ACL that lets in the port of the database from the networks of the applications only. Remember that answers need the ephemeral ports on the way out.',
    refs => '{}',
    scope => 'aws',
    needs => 'describe-db-instances and describe-network-acls',
    rule => $$
        WITH ports AS MATERIALIZED (
            SELECT s.subnet, e.port, min(e.arn) AS arn, array_agg(DISTINCT e.database COLLATE "C") AS databases
            FROM rds_guard.aws_endpoints($1) AS e
            CROSS JOIN LATERAL unnest(e.subnets) AS s (subnet)
            WHERE e.port IS NOT NULL
            GROUP BY s.subnet, e.port
        ), acls AS MATERIALIZED (
            SELECT a.association ->> 'SubnetId' AS subnet, n.item ->> 'NetworkAclId' AS acl, n.item -> 'Entries' AS entries
            FROM rds_guard.aws_items($1, 'NetworkAcls') AS n (item)
            CROSS JOIN LATERAL rds_guard.aws_elements(n.item -> 'Associations') AS a (association)
        ), openings AS MATERIALIZED (
            SELECT p.subnet, p.port, p.arn, p.databases, a.acl, o.networks, CASE WHEN a.subnet IS NULL THEN 'its network ACL is not among the documents' ELSE o.problem END AS problem
            FROM ports AS p
            LEFT JOIN acls AS a ON a.subnet = p.subnet
            LEFT JOIN LATERAL rds_guard.aws_acl_opening(a.entries, p.port) AS o ON a.subnet IS NOT NULL
        )
        SELECT 'subnet ' || o.subnet,
               CASE WHEN o.problem IS NOT NULL THEN format('subnet %s: %s', o.subnet, o.problem)
                    ELSE format('subnet %s, for %s: network ACL %s lets the whole internet reach port %s', o.subnet, rds_guard.aws_some(o.databases), o.acl, o.port) END,
               CASE WHEN o.problem IS NOT NULL
                    THEN format('%s --filters %s --output json', rds_guard.aws_call('ec2 describe-network-acls', o.arn), rds_guard.aws_arg('Name=association.subnet-id,Values=' || o.subnet)) END,
               jsonb_build_object('port', o.port, 'network_acl', o.acl, 'databases', to_jsonb(o.databases[1:100]))
               || CASE WHEN o.problem IS NOT NULL THEN jsonb_build_object('unknown', 'Give what the command in fix prints as well.') ELSE '{}'::jsonb END
        FROM openings AS o
        WHERE o.problem IS NOT NULL OR rds_guard.aws_is_world(o.networks)
        UNION ALL
        SELECT DISTINCT e.database, format('%s: its %s not known', e.database, CASE WHEN e.port IS NULL THEN 'port is' ELSE 'subnets are' END), rds_guard.aws_command('DBInstances'),
               rds_guard.aws_gap(ARRAY[e.database])
        FROM rds_guard.aws_endpoints($1) AS e
        WHERE e.port IS NULL OR e.subnets IS NULL
        UNION ALL
        SELECT u.* FROM rds_guard.aws_unread($1, '{DBInstances,NetworkAcls}') AS u
    $$);

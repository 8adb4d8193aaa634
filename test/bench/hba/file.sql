-- The lines of a pg_hba.conf that grew: for teams, persons and everybody, to one
-- database, several or all, from networks that lie within one another, of IPv4
-- and IPv6, with lines that reject, and from 16 on with regular expressions.
SELECT 'local all postgres trust';
WITH numbers AS (
    SELECT n, :roles / 5 AS groups, :roles - :roles / 5 AS persons, current_setting('server_version_num')::integer >= 160000 AS patterns
    FROM generate_series(1, :lines - 4) AS n
), lines AS (
    SELECT n,
           (ARRAY['host', 'host', 'host', 'hostnossl', 'hostnogssenc', 'host', 'local', 'host'])[1 + n % 8] AS type,
           CASE n % 10
               WHEN 0 THEN 'all'
               WHEN 1 THEN format('base_%s,base_%s,base_%s', 1 + n % :databases, 1 + (n * 3) % :databases, 1 + (n * 7) % :databases)
               WHEN 2 THEN 'sameuser,base_1'
               WHEN 3 THEN 'samerole,base_2'
               WHEN 4 THEN CASE WHEN patterns THEN format('/^base_%s', 1 + n % 9) ELSE format('base_%s', 1 + n % 9) END
               WHEN 5 THEN 'replication'
               ELSE format('base_%s', 1 + (n * 11) % :databases)
           END AS databases,
           CASE
               WHEN n % 25 = 0 THEN 'all'
               WHEN n % 3 = 0 THEN format('+team_%s', 1 + n * 5 % groups)
               WHEN n % 7 = 0 THEN format('+team_%s,+team_%s,person_%s', 1 + n % groups, 1 + (n * 3) % groups, 1 + n % persons)
               WHEN n % 11 = 0 AND patterns THEN format('/^person_%s[0-9]$', 1 + n % 99)
               WHEN n % 2 = 0 THEN format('person_%s,person_%s', 1 + (n * 13) % persons, 1 + (n * 17) % persons)
               ELSE format('person_%s', 1 + (n * 19) % persons)
           END AS roles,
           CASE
               WHEN n % 6 = 0 THEN format('fd00:%s::/48', to_hex(n % 300))
               WHEN n % 31 = 0 THEN 'fd00::/16'
               WHEN n % 17 = 0 THEN format('10.%s.0.0/16', n % 200)
               WHEN n % 37 = 0 THEN '10.0.0.0/8'
               WHEN n % 41 = 0 THEN 'all'
               WHEN n % 5 = 0 THEN format('10.%s.%s.%s/32', n % 200, n % 250, n % 120)
               ELSE format('10.%s.%s.0/24', n % 200, (n * 7) % 250)
           END AS address,
           CASE WHEN n % 23 = 0 THEN 'reject' WHEN n % 4 = 0 THEN 'md5' ELSE 'scram-sha-256' END AS method
    FROM numbers
)
SELECT concat_ws(' ', l.type, l.databases, l.roles, CASE WHEN l.type <> 'local' THEN l.address END, l.method) FROM lines AS l ORDER BY l.n;
SELECT 'host all all 10.0.0.0/8 scram-sha-256';
SELECT 'host all all fd00::/8 scram-sha-256';
SELECT 'host replication all 10.1.0.0/16 scram-sha-256';

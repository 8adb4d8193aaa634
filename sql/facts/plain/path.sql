-- The shortest ways through a graph.

CREATE FUNCTION rds_guard.shortest_paths(tails integer[], heads integer[], step_edges integer, starts integer[], targets integer[],
                                         most_steps integer DEFAULT NULL)
    RETURNS TABLE (start integer, step integer, steps integer, edge integer)
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 10000
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    edges CONSTANT integer := cardinality(tails);
    nodes CONSTANT integer := (SELECT 1 + coalesce(max(n.node), 0) FROM unnest(tails || heads || starts || targets) AS n (node));
    -- the edges by head, and where those of node n begin; arrays begin at 1
    incoming CONSTANT integer[] := ARRAY(SELECT h.edge FROM unnest(heads) WITH ORDINALITY AS h (head, edge) ORDER BY h.head, h.edge);
    first_incoming CONSTANT integer[] := ARRAY(
        SELECT 1 + coalesce(sum(c.count) OVER (ORDER BY n.node ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0)
        FROM generate_series(0, nodes) AS n (node)
        LEFT JOIN (SELECT h.head, count(*) FROM unnest(heads) AS h (head) GROUP BY h.head) AS c ON c.head = n.node
        ORDER BY n.node);
    distance integer[] := array_fill(-1, ARRAY[nodes]);
    next integer[] := array_fill(0, ARRAY[nodes]);
    queue integer[] := '{}';
    level integer := 0;
    begins integer := 1;
    level_ends integer;
    ends integer := 0;
    head integer;
    tail integer;
    place integer;
    hops integer;
BEGIN
    step_edges := coalesce(step_edges, edges);
    FOREACH head IN ARRAY targets LOOP
        IF distance[head + 1] < 0 THEN
            distance[head + 1] := 0;
            ends := ends + 1;
            queue[ends] := head;
        END IF;
    END LOOP;

    -- Breadth first from the targets, level by level: first whatever is
    -- reached for nothing, then the nodes that are one step away.
    WHILE begins <= ends LOOP
        place := begins;
        WHILE place <= ends LOOP
            head := queue[place];
            FOR i IN first_incoming[head + 1] .. first_incoming[head + 2] - 1 LOOP
                tail := tails[incoming[i]];
                IF incoming[i] > step_edges AND distance[tail + 1] < 0 THEN
                    distance[tail + 1] := level;
                    ends := ends + 1;
                    queue[ends] := tail;
                END IF;
            END LOOP;
            place := place + 1;
        END LOOP;
        level_ends := ends;
        level := level + 1;
        FOR place IN begins .. level_ends LOOP
            head := queue[place];
            FOR i IN first_incoming[head + 1] .. first_incoming[head + 2] - 1 LOOP
                tail := tails[incoming[i]];
                IF distance[tail + 1] < 0 THEN
                    distance[tail + 1] := level;
                    ends := ends + 1;
                    queue[ends] := tail;
                END IF;
            END LOOP;
        END LOOP;
        begins := level_ends + 1;
    END LOOP;

    -- of the edges that lie on a shortest way from their tail, the first
    FOR i IN REVERSE edges .. 1 LOOP
        head := heads[i] + 1;
        IF distance[head] >= 0 AND distance[tails[i] + 1] = distance[head] + (i <= step_edges)::integer THEN
            next[tails[i] + 1] := i;
        END IF;
    END LOOP;
    FOREACH head IN ARRAY targets LOOP
        next[head + 1] := 0;
    END LOOP;

    FOREACH start IN ARRAY starts LOOP
        steps := distance[start + 1];
        step := 0;
        hops := 0;
        head := start;
        WHILE next[head + 1] > 0 LOOP
            edge := next[head + 1];
            head := heads[edge];
            hops := hops + 1;
            IF hops > nodes THEN
                RAISE invalid_parameter_value USING MESSAGE = 'edges that cost nothing lead in a circle';
            END IF;
            CONTINUE WHEN edge > step_edges;
            step := step + 1;
            CONTINUE WHEN steps > most_steps AND step > (most_steps + 1) / 2 AND step <= steps - most_steps / 2;
            RETURN NEXT;
        END LOOP;
    END LOOP;
END
$$;

COMMENT ON FUNCTION rds_guard.shortest_paths(integer[], integer[], integer, integer[], integer[], integer) IS
'A row for each step of a shortest way from each start to the nearest target: the step''s number, how many there are, and the edge taken, numbered from 1. Nodes are numbers from 0; edge i leads from tails[i] to heads[i]; the first step_edges edges (NULL: all) are a step each, the others cost nothing and must not lead in a circle (22023). Where several edges are as short, the first. Beyond most_steps steps the middle is left out, NULL for never. For everybody; reads no catalog.';

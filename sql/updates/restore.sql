-- After an upgrade: puts back what keep.sql has kept. What the new version does not
-- take is told, and does not keep anybody from upgrading.

DO $$
DECLARE
    kept CONSTANT jsonb := nullif(current_setting('rds_guard.kept', true), '');
    item record;
    message text;
BEGIN
    FOR item IN SELECT jsonb_populate_record(NULL::rds_guard.check_definitions, e.value) AS definition
                FROM jsonb_array_elements(coalesce(nullif(kept -> 'checks', 'null'), '[]')) AS e LOOP
        BEGIN
            INSERT INTO rds_guard.check_definitions SELECT (item.definition).*;
        EXCEPTION WHEN unique_violation THEN
            RAISE WARNING 'your check "%" is lost: there is now one that is built in with this id', (item.definition).check_id;
        END;
    END LOOP;

    FOR item IN SELECT e.key AS name, e.value FROM jsonb_each(coalesce(nullif(kept -> 'policies', 'null'), '{}')) AS e LOOP
        BEGIN
            UPDATE rds_guard.policy AS p SET value = item.value WHERE p.name = item.name;
            IF NOT FOUND THEN
                RAISE WARNING 'there is no policy "%" any more; its value was %', item.name, item.value;
            END IF;
        EXCEPTION WHEN invalid_parameter_value THEN
            GET STACKED DIAGNOSTICS message = MESSAGE_TEXT;
            RAISE WARNING 'policy "%" is as it was shipped: its value was %, but %', item.name, item.value, message;
        END;
    END LOOP;

    FOR item IN SELECT e.statement FROM jsonb_array_elements_text(coalesce(nullif(kept -> 'grants', 'null'), '[]')) AS e (statement) LOOP
        BEGIN
            EXECUTE item.statement;
        EXCEPTION WHEN undefined_function OR undefined_table OR undefined_column OR undefined_object OR invalid_grant_operation THEN
            GET STACKED DIAGNOSTICS message = MESSAGE_TEXT;
            RAISE WARNING 'not granted any more: %: %', item.statement, message;
        END;
    END LOOP;
END
$$;

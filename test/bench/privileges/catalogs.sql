-- One pass over the catalogs that hold the answer, and their ACLs.
SELECT (SELECT sum(cardinality(relacl)) FROM pg_class),
       (SELECT sum(cardinality(attacl)) FROM pg_attribute),
       (SELECT sum(cardinality(proacl)) FROM pg_proc);

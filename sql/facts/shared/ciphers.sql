-- What TLS would negotiate, and how good that is.

CREATE FUNCTION rds_guard.tls_ciphers()
    RETURNS TABLE (kind text, protocol text, name text, key_exchange text, authentication text, encryption text, integrity text,
                   bits integer, forward_secrecy boolean, grade text, reason text, source text)
    LANGUAGE plpgsql STABLE PARALLEL RESTRICTED
    SET search_path = pg_catalog, pg_temp
    SET jit = off
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT o.kind, o.protocol, o.name, o.key_exchange, o.authentication, o.encryption, o.integrity, o.bits,
           o.kind = 'group' OR o.key_exchange IN ('ECDHE', 'DHE', 'by group'),
           -- a reason begins with its grade
           split_part(j.judgement, ': ', 1), substr(j.judgement, strpos(j.judgement, ': ') + 2), o.source
    FROM rds_guard.tls_offers() AS o
    CROSS JOIN LATERAL (
        SELECT CASE
                   WHEN o.kind = 'group' THEN
                       CASE
                           WHEN o.bits = 0 THEN 'acceptable: its strength is not known'
                           WHEN o.bits < 80 THEN format('broken: %s bits of strength', o.bits)
                           WHEN o.bits < 112 THEN format('weak: %s bits of strength', o.bits)
                           WHEN o.bits < 128 THEN format('acceptable: %s bits of strength, enough until 2030', o.bits)
                           WHEN o.key_exchange ~ 'ML-KEM' THEN format('strong: %s bits of strength, also against quantum computers', o.bits)
                           ELSE format('strong: %s bits of strength', o.bits)
                       END
                   WHEN o.encryption = 'none' THEN 'broken: no encryption'
                   WHEN o.authentication = 'none' THEN 'broken: no authentication, so that anybody on the way can take the server''s place'
                   WHEN o.encryption ~ '^RC[24]' THEN 'broken: RC4 and RC2 are'
                   WHEN o.bits < 80 THEN format('broken: a key of %s bits', o.bits)
                   WHEN o.integrity = 'MD5' THEN 'broken: MD5 is'
                   WHEN o.encryption ~ '^(DES-EDE3|IDEA)' THEN 'weak: blocks of 64 bits, which repeat in long sessions'
                   WHEN o.bits < 128 THEN format('weak: a key of %s bits', o.bits)
                   WHEN o.key_exchange NOT IN ('ECDHE', 'DHE', 'by group') THEN
                       'weak: no forward secrecy, so that whoever gets the server''s key can decrypt recorded sessions'
                   WHEN o.authentication = 'DSS' THEN 'weak: DSS keys are'
                   WHEN o.integrity <> 'AEAD' THEN 'acceptable: encryption and integrity are separate, which attacks on the padding have used'
                   WHEN o.name ~ 'CCM_?8' THEN 'acceptable: integrity rests on 64 bits'
                   ELSE 'strong: forward secrecy and authenticated encryption'
               END
    ) AS j (judgement);
END
$$;

COMMENT ON FUNCTION rds_guard.tls_ciphers() IS
'What a new connection could get: a row for each cipher suite (kind cipher) and each group for the key exchange (kind group), for each version of the protocol, in the order of the server''s preference. Suites that the server''s certificate (with ssl_sni: those of all hosts), parameters or OpenSSL''s security level rule out are left out.
bits are those of the cipher''s key; of a group its strength as that of a cipher, 0 where it is not known. authentication, encryption and integrity are NULL for groups. forward_secrecy: recorded sessions stay secret when the server''s key gets known.
grade: broken (no encryption, no authentication, RC4, RC2, MD5, less than 80 bits), weak (less than 112 bits for a group and 128 for a cipher, blocks of 64 bits, no forward secrecy, DSS), acceptable (no authenticated encryption or a short tag; a group below 128 bits or of unknown strength) or strong, with the reason. The version of the protocol is not part of it.
source is running, the TLS context of this session, or settings, one made anew from the settings: for sessions without TLS, and after the files were read again.
For members of pg_read_all_settings, where ssl_dh_params_file is set or ssl_sni is on (19 and later) also of pg_read_server_files. Errors: 42501 for others, with the GRANT as hint, and where the settings cannot be loaded; 0A000 where ssl is off, and without the library.';

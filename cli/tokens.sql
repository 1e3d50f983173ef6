-- Tokens that were created and not revoked, with the hash that a request's token is compared with.
SELECT
    JSONExtractString(data, 'token') AS token,
    argMaxIf(JSONExtractString(data, 'role'), events.`index`, kind = 'token.created') AS role,
    argMaxIf(JSONExtractString(data, 'hash'), events.`index`, kind = 'token.created') AS hash,
    argMaxIf(JSONExtractString(data, 'until'), events.`index`, kind = 'token.created') AS until
FROM events
WHERE kind IN ('token.created', 'token.revoked')
GROUP BY token
HAVING countIf(kind = 'token.revoked') = 0
ORDER BY token
LIMIT 10000

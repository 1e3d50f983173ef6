SELECT DISTINCT toString(sha256) AS sha256
FROM artefacts
WHERE sha256 IN {digests:Array(FixedString(64))}
ORDER BY sha256

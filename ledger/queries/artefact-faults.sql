-- Artefacts whose bytes are not those of their name. Empty bytes under another name were erased.
SELECT
    count() AS stored,
    countIf(length(bytes) = 0 AND toString(sha256) != lower(hex(SHA256('')))) AS erased,
    countIf(length(bytes) > 0 AND toString(sha256) != lower(hex(SHA256(bytes)))) AS rows,
    arraySlice(arraySort(groupUniqArrayIf(1000)(toString(sha256), length(bytes) > 0 AND toString(sha256) != lower(hex(SHA256(bytes))))), 1, 20) AS names
FROM artefacts

SELECT toString(mediaType) AS mediaType, bytes
FROM artefacts
WHERE sha256 = {sha256:FixedString(64)}
LIMIT 1

SELECT a.mediaType AS mediaType, base64Encode(a.bytes) AS base64
FROM artefacts AS a
WHERE a.sha256 = {sha256:String}
ORDER BY a.stored
LIMIT 1

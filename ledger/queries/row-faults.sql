-- What the stored rows [from, to) say otherwise than their entries do, row by row, copies included: how many rows, and the
-- first indexes. 'erased' and 'disclosed' are no faults: they count rows with emptied and with open disclosures.
SELECT fault, count() AS rows, groupArraySorted(20)(`index`) AS indexes
FROM
(
    SELECT
        `index`,
        arrayDistinct(arrayConcat(mapKeys(salts), mapKeys(`values`))) AS names,
        arrayMap(
            name -> if(salts[name] = '' AND `values`[name] = '', '',
                base64URLEncode(SHA256(base64URLEncode(concat('["', salts[name], '","', name, '",', `values`[name], ']'))))),
            names) AS digests,
        JSONExtract(entry, '_sd', 'Array(String)') AS committed,
        JSONExtractString(entry, 'source') AS entrySource,
        JSONExtractString(entry, 'id') AS entryId,
        arrayFilter(fault -> fault != '', [
            if(leaf = SHA256(concat(char(0), entry)), '', 'leaf'),
            if(arrayAll(digest -> digest = '' OR has(committed, digest), digests)
               AND length(names) = length(committed)
               AND length(mapKeys(salts)) = length(mapKeys(`values`)), '', 'disclosures'),
            if(has(digests, ''), 'erased', ''),
            if(arrayExists(digest -> digest != '', digests), 'disclosed', ''),
            if(received = parseDateTime64BestEffortOrZero(JSONExtractString(entry, 'received'), 6, 'UTC'), '', 'received'),
            if(key = reinterpretAsUInt64(reverse(substring(SHA256(concat(entrySource, char(0), entryId)), 1, 8))), '', 'key'),
            if(kind = JSONExtractString(entry, 'type'), '', 'kind'),
            if(source = entrySource, '', 'source'),
            if(id = entryId, '', 'id'),
            if(subject = JSONExtractString(entry, 'subject'), '', 'subject'),
            if(time = parseDateTime64BestEffortOrZero(JSONExtractString(entry, 'time'), 6, 'UTC'), '', 'time'),
            if(session = JSONExtractString(entry, 'data', 'session'), '', 'session'),
            if(resource = JSONExtractString(entry, 'data', 'resource'), '', 'resource'),
            if(who = JSONExtractString(entry, 'data', 'who'), '', 'who')
        ]) AS faults
    FROM entries
    WHERE log = {log:UInt16} AND `index` >= {from:UInt64} AND `index` < {to:UInt64}
)
ARRAY JOIN faults AS fault
GROUP BY fault
ORDER BY fault

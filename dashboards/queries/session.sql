SELECT source, session, subject, state, log, `index`, requestIndex, startIndex, endIndex, time, requestedAt, startedAt, startedBefore, endedAt,
    who, person, personName, groups, sourceAddress, identityType, resource, resourceType, environment, role, verb,
    credentialMode, approval, policy, purpose, ticket, outcome, exitCode, durationMs,
    recordingSha256, recordingBytes, recordingTruncated, versions
FROM sessions
WHERE session = {session:String}
ORDER BY source
LIMIT 1

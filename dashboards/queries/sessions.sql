-- Newest first; the page after a given row by its (time, source, session).
SELECT source, session, subject, state, log, `index`, time, startedAt, endedAt, who, person, personName, identityType,
    resource, resourceType, environment, role, verb, outcome, durationMs, approval, purpose, ticket, recordingSha256
FROM sessions
WHERE time >= {from:DateTime64(6,'UTC')} AND time < {to:DateTime64(6,'UTC')}
  AND ({person:String} = '' OR who = {person:String} OR positionCaseInsensitiveUTF8(person, {person:String}) > 0
       OR positionCaseInsensitiveUTF8(personName, {person:String}) > 0)
  AND ({resource:String} = '' OR positionCaseInsensitiveUTF8(resource, {resource:String}) > 0)
  AND ({kind:String} = '' OR resourceType = {kind:String})
  AND ({outcome:String} = '' OR if(state = 'ended', outcome, state) = {outcome:String})
  AND ({text:String} = '' OR startsWith(session, {text:String})
       OR positionCaseInsensitiveUTF8(purpose, {text:String}) > 0 OR positionCaseInsensitiveUTF8(ticket, {text:String}) > 0
       OR positionCaseInsensitiveUTF8(person, {text:String}) > 0 OR positionCaseInsensitiveUTF8(resource, {text:String}) > 0
       OR session IN (SELECT session FROM commands WHERE positionCaseInsensitiveUTF8(statement, {text:String}) > 0))
  AND ({cursorSession:String} = ''
       OR time < {cursorTime:DateTime64(6,'UTC')}
       OR (time = {cursorTime:DateTime64(6,'UTC')} AND source < {cursorSource:String})
       OR (time = {cursorTime:DateTime64(6,'UTC')} AND source = {cursorSource:String} AND session < {cursorSession:String}))
ORDER BY time DESC, source DESC, session DESC
LIMIT {limit:UInt32}

SELECT count() AS total, groupUniqArray(50)(resourceType) AS kinds
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

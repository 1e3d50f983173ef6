SELECT count() AS total
FROM approvalRequests
WHERE requestedAt >= {from:DateTime64(6,'UTC')} AND requestedAt < {to:DateTime64(6,'UTC')}
  AND ({text:String} = '' OR positionCaseInsensitiveUTF8(requester, {text:String}) > 0 OR positionCaseInsensitiveUTF8(resource, {text:String}) > 0
       OR startsWith(approval, {text:String}) OR positionCaseInsensitiveUTF8(reason, {text:String}) > 0)

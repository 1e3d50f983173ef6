SELECT match('', concat('(?-s)', {pattern:String})) AS matches

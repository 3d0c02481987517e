# Empty arguments at the start, in the middle, at the end, and alone.
/bin/true '' middle ''
/bin/true a '' '' b
/bin/true ''

# The longest argument that Linux takes, 131,071 bytes, in fragments: once quoted and once in hex.
/bin/true "$(head -c 131071 /dev/zero | tr '\0' x)"
/bin/true first "$(head -c 131071 /dev/zero | tr '\0' ' ' | sed 's/^.\(.*\).$/<\1>/')" last

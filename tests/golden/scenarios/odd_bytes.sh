# Arguments with spaces, quotes, control characters, bytes that are no UTF-8, and look-alikes of records.
/bin/true 'two words' '"double"' "it's" 'back\slash' "$(printf 'line\nbreak\ttab\rreturn')"
/bin/true "$(printf '\377\376\300\200')" "$(printf '\033[31mred\033[0m')" "$(printf '\001\002\177')"
/bin/true 'type=EOE msg=audit(1.000:1): ' 'a0="x" a1="y"' 'argc=9' '='

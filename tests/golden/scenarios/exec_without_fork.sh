# One process that executes four programs, one after the other.
sh -c 'exec sh -c "exec env NAME=value id -u"'

# 1,000 arguments: the EXECVE records of one event are several.
/bin/true $(seq -f 'argument-%04g' 1 1000)

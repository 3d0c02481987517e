# The least there is: one command and its end.
id -u

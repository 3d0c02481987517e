# Scripts: the kernel rewrites the arguments, and PATH item 0 is the script.
printf '#!/bin/sh -e\nexit 5\n' > script
printf '#!%s/script\n' "$PWD" > script_of_script
chmod 755 script script_of_script
./script 'first argument' second
./script_of_script third

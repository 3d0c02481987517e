# Programs that could not be started: not there, not allowed, no program.
echo 'exit 3' > not_allowed
echo 'exit 4' > no_program
chmod 755 no_program
/nonexistent/program --flag
./not_allowed
./no_program
python3 -S -c 'import os; os.execv("./no_program", ["no_program"])' 2>/dev/null

# What `make demo` runs: a name, root for a moment, a failure, a violent end, and an odd argument.
id -un
sudo -n id -u
ls /nonexistent
sh -c 'kill -9 $$'
/bin/echo 'two words' '' "$(printf '\033[31mred \342\200\256 \377')" > /dev/null
exit 7

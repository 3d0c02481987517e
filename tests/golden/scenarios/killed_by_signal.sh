# Ends by signal. The audit records tell of none but the one that would dump core.
sh -c 'kill -9 $$'
sh -c 'kill -TERM $$'
sh -c 'ulimit -c 0; kill -SEGV $$'
sh -c 'exit 255'

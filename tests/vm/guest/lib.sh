# What scenarios share. Each is `bash -eu`: the first command that fails ends it with its code.
# Everything below /results goes back to the machine that asked.
agent_uid=64101 uplink_uid=64102 alice=1000
caps=+audit_control,+audit_read,+net_admin,+sys_ptrace,+dac_read_search
spool=/var/lib/spoor-agent/spool
state=/run/spoor-agent
agent_log=/results/agent.log

die() { echo "FAILED: $*"; exit 1; }

# wait_until SECONDS WHAT COMMAND...: until the command succeeds.
wait_until() {
  seconds=$1 what=$2 tries=0
  shift 2
  until "$@"; do
    tries=$((tries + 1))
    [ "$tries" -lt $((seconds * 10)) ] || die "waited $seconds s for $what"
    sleep 0.1
  done
}

# install_agent [YAML LINE...]: folders, and a configuration with these lines added.
install_agent() {
  mkdir -p /etc/spoor/audit.d "$spool" "$state" /var/lib/spoor-uplink/commit
  chown "$agent_uid:$agent_uid" /var/lib/spoor-agent "$spool" "$state"
  chown -R "$uplink_uid:$uplink_uid" /var/lib/spoor-uplink
  chmod 750 "$spool" "$state" /var/lib/spoor-uplink/commit
  { echo "host: vm1"; for line in "$@"; do echo "$line"; done; } > /etc/spoor/agent.yml
}

# Becomes the agent's user with its capabilities: for a subshell.
as_agent() {
  exec setpriv --reuid=$agent_uid --regid=$agent_uid --groups=$uplink_uid --bounding-set=-all,$caps \
    --inh-caps=-all,$caps --ambient-caps=-all,$caps "$@"
}

# start_agent: until it captures; agent_pid is its pid.
start_agent() {
  : >> "$agent_log"
  before=$(grep -c capturing "$agent_log" || true)
  as_agent spoor-agent run >> "$agent_log" 2>&1 &
  agent_pid=$!  # what the subshell became
  wait_until 60 "the agent to capture" captures "$before"
}
captures() {
  [ "$(grep -c capturing "$agent_log" || true)" -gt "$1" ] && return 0
  kill -0 "$agent_pid" 2>/dev/null || { cat "$agent_log"; die "the agent ended"; }
  return 1
}
stop_agent() {
  kill -TERM "$agent_pid"
  wait "$agent_pid" || die "the agent ended with $?"
}
cleanup() { spoor-agent cleanup > "/results/${1:-cleanup}" 2>&1; }
keep_spool() { cp -r "$spool" "/results/${1:-spool}"; }
lost() { auditctl -s | sed -n 's/^lost //p'; }

# doctor NAME: its two outputs and its exit code.
doctor() {
  doctor_code=0
  spoor-agent doctor > "/results/$1.txt" 2>&1 || doctor_code=$?
  spoor-agent doctor --json --all > "/results/$1.json" 2>>"/results/$1.txt" || true
  echo "$doctor_code" > "/results/$1.code"
}

# session UID COMMAND...: a login session of its own.
session() {
  session_uid=$1
  shift
  spoor-test-session --login-uid "$session_uid" --uid "$session_uid" --gid "$session_uid" \
    --cwd "/home/alice" -- "$@"
}

// Records what the kernel tells of one session, for golden tests:
// spoor-record-audit --login-uid N [--rules FILE]… --output FILE -- SESSION-ARGUMENT...
//
// Runs `spoor-test-session --login-uid N SESSION-ARGUMENT...` and appends to the file, in the order
// read: the audit records of events that bear the login uid, as auditd's raw log has them;
// `proc fork` and `proc exit` of the session's own processes; and `clock` lines, which say when the
// lines after them were read. Nothing of any other process is kept. The kernel is put back as
// found, also after SIGINT, SIGTERM or a failing command.
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <algorithm>
#include <iterator>
#include <set>
#include <string>
#include <vector>

#include "audit_guest.h"
#include "common/clock.h"
#include "process_tree.h"

namespace spoor::test {
namespace {

constexpr int64_t kScenarioNsMax = 60 * kNsPerSecond;
constexpr int64_t kQuietNs = 300 * kNsPerMs;

struct Options {
  uint32_t login_uid = 0;
  std::vector<std::string> rules;
  std::string output;
  std::vector<char*> command;
};

struct Line {
  std::string event;  // "123.456:78" of an audit record
  std::string text;
};

class Recorder {
 public:
  Recorder(AuditGuest guest, ProcessTree tree, uint32_t login_uid)
      : guest_(std::move(guest)), tree_(std::move(tree)),
        mark_(" auid=" + std::to_string(login_uid) + " ") {}

  // Until the session is over and the kernel has nothing more to say. `denied`: a signal came.
  Status record(pid_t session, int signals) {
    tree_.follow(static_cast<uint32_t>(session));
    const int64_t started_ns = clock_.now().boottime_ns;
    for (int64_t last_ns = started_ns;;) {
      pollfd ready[] = {{guest_.socket(), POLLIN, 0}, {tree_.socket(), POLLIN, 0},
                        {signals, POLLIN, 0}};
      poll(ready, 3, 20);
      if (ready[2].revents != 0) return denied("interrupted");
      ASSIGN_OR_RETURN(const bool any, read_all());
      const int64_t now_ns = clock_.now().boottime_ns;
      if (any) last_ns = now_ns;
      if (now_ns - started_ns > kScenarioNsMax) return unavailable("the scenario does not end");
      if (!tree_.is_over() || now_ns - last_ns < kQuietNs) continue;
      ASSIGN_OR_RETURN(const bool drained, guest_.is_drained());
      if (drained) break;
    }
    ASSIGN_OR_RETURN(const uint32_t lost, guest_.lost());
    return lost == 0 ? ok() : corrupt("the kernel lost " + std::to_string(lost) + " records");
  }

  void write(std::ostream& out) const {
    std::string clock;
    for (const Line& line : lines_) {
      if (line.text.starts_with("clock ")) {
        clock = line.text;
      } else if (line.event.empty() || ours_.contains(line.event)) {
        if (!clock.empty()) out << clock << '\n';
        clock.clear();
        out << line.text << '\n';
      }
    }
  }

  const std::set<uint32_t>& alive() const { return tree_.alive(); }

 private:
  Result<bool> read_all() {
    const Instant now = clock_.now();
    const size_t before = lines_.size();
    lines_.push_back({"", "clock real_ns=" + std::to_string(now.realtime_ns) +
                              " boot_ns=" + std::to_string(now.boottime_ns)});
    // As the agent does: a birth is written before the records that were received with it.
    std::vector<Line> records;
    for (;;) {
      ASSIGN_OR_RETURN(const AuditRecord record, guest_.next());
      if (record.type == 0) break;
      keep(record, records);
    }
    for (;;) {
      ASSIGN_OR_RETURN(const std::string line, tree_.next());
      if (line.empty()) break;
      lines_.push_back({"", line});
    }
    std::move(records.begin(), records.end(), std::back_inserter(lines_));
    if (lines_.size() > before + 1) return true;
    lines_.pop_back();
    return false;
  }

  // Acknowledgements and what the kernel says to its daemon are no records.
  void keep(const AuditRecord& record, std::vector<Line>& into) {
    if (!record.text.starts_with("audit(")) return;
    const size_t end = record.text.find(')');
    if (end == std::string_view::npos) return;
    std::string event(record.text.substr(6, end - 6));
    if ((std::string(record.text) + " ").find(mark_) != std::string::npos) ours_.insert(event);
    const char* name = audit_msg_type_to_name(record.type);
    const std::string type = name ? name : "UNKNOWN[" + std::to_string(record.type) + "]";
    into.push_back({std::move(event), "type=" + type + " msg=" + std::string(record.text)});
  }

  SystemClock clock_;
  AuditGuest guest_;
  ProcessTree tree_;
  std::string mark_;
  std::vector<Line> lines_;
  std::set<std::string> ours_;
};

Options parse(int argc, char** argv) {
  Options options;
  const option known[] = {{"login-uid", required_argument, nullptr, 'l'},
                          {"rules", required_argument, nullptr, 'r'},
                          {"output", required_argument, nullptr, 'o'},
                          {}};
  for (int c; (c = getopt_long(argc, argv, "+", known, nullptr)) != -1;) {
    if (c == 'l') options.login_uid = static_cast<uint32_t>(std::strtoul(optarg, nullptr, 10));
    if (c == 'r') options.rules.push_back(optarg);
    if (c == 'o') options.output = optarg;
    if (c == '?') std::exit(2);
  }
  options.command.assign(argv + optind, argv + argc);
  if (options.login_uid == 0 || options.output.empty() || options.command.empty()) {
    std::fputs("spoor-record-audit: needs --login-uid, --output and a command\n", stderr);
    std::exit(2);
  }
  return options;
}

pid_t start_session(Options& options, const sigset_t& unblock) {
  char self[4096];
  const ssize_t size = readlink("/proc/self/exe", self, sizeof self - 1);
  self[size > 0 ? size : 0] = '\0';
  std::string session(self);
  session = session.substr(0, session.rfind('/')) + "/spoor-test-session";
  std::string uid = std::to_string(options.login_uid);
  std::string names[] = {"spoor-test-session", "--login-uid", uid};
  std::vector<char*> argv;
  for (std::string& name : names) argv.push_back(name.data());
  argv.insert(argv.end(), options.command.begin(), options.command.end());
  argv.push_back(nullptr);
  const pid_t pid = fork();
  if (pid != 0) return pid;
  sigprocmask(SIG_UNBLOCK, &unblock, nullptr);
  execv(session.c_str(), argv.data());
  _exit(125);
}

int run(Options& options) {
  sigset_t handled;
  sigemptyset(&handled);
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&handled, number);
  sigprocmask(SIG_BLOCK, &handled, nullptr);
  const UniqueFd signals(signalfd(-1, &handled, SFD_CLOEXEC));
  auto failed = [](const Status& status) {
    std::fprintf(stderr, "spoor-record-audit: %s\n", status.message().c_str());
    return 1;
  };
  auto tree = ProcessTree::listen();
  if (!tree.is_ok()) return failed(tree.status());
  auto guest = AuditGuest::enter(options.login_uid, options.rules);
  if (!guest.is_ok()) return failed(guest.status());
  Recorder recorder(std::move(*guest), std::move(*tree), options.login_uid);
  const pid_t session = start_session(options, handled);
  if (session < 0) return failed(unavailable("fork"));
  const Status recorded = recorder.record(session, signals.get());
  for (const uint32_t pid : recorder.alive()) kill(static_cast<pid_t>(pid), SIGKILL);
  waitpid(session, nullptr, 0);
  if (!recorded.is_ok()) return failed(recorded);
  std::ofstream out(options.output, std::ios::app | std::ios::binary);
  recorder.write(out);
  return out.good() ? 0 : failed(unavailable("writing " + options.output));
}

}  // namespace
}  // namespace spoor::test

int main(int argc, char** argv) {
  spoor::test::Options options = spoor::test::parse(argc, argv);
  return spoor::test::run(options);
}

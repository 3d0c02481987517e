// Runs drawn commands one after the other and keeps a ledger of them:
// spoor-test-load --ledger FILE --count N [--seed N] [--big] [--pace-us N]
//                 [--hold-at N,N,… --hold FILE]
//
// A ledger line is written and fsynced before its command starts; it says everything the trail must
// say: {"n":1,"pid":4711,"end":"exit=17","args":["hex",…]}. The command's process exists by then
// and waits on a pipe, so that its pid is known.
// --big: one command has an argument of 131,071 bytes (the kernel's most), one a command line of
// 1.9 MB over 10,000 arguments.
// --hold-at: before command N the load opens the FIFO `FILE.N`, which releases its opener, and goes
// on when the opener has closed it. This is how a test does something at a known point.
// SIGTERM ends it in order: the command under way is the last one, and all in the ledger have run.
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "common/bytes.h"
#include "common/unique_fd.h"

namespace spoor {
namespace {

constexpr size_t kArgumentBytesMax = 131'071;  // MAX_ARG_STRLEN less its NUL
constexpr size_t kLongLineArguments = 10'000;
constexpr size_t kLongLineBytes = 1'900'000;

struct Options {
  std::string ledger, hold, victim;
  unsigned count = 100;
  uint64_t seed = 1;
  useconds_t pace_us = 0;
  bool big = false;
  std::set<unsigned> hold_at;
};

volatile sig_atomic_t is_over = 0;

[[noreturn]] void give_up(const std::string& what) {
  std::fprintf(stderr, "spoor-test-load: %s: %s\n", what.c_str(), std::strerror(errno));
  std::exit(1);
}

struct Command {
  std::vector<std::string> args;
  bool signaled = false;
  unsigned end = 0;  // exit code or signal
  std::string end_text() const { return (signaled ? "signal=" : "exit=") + std::to_string(end); }
};

// Draws the same commands for the same seed on every machine.
class Drawing {
 public:
  Drawing(uint64_t seed, bool big, unsigned count) : random_(seed), big_(big), count_(count) {}

  Command command(unsigned n) {
    Command command;
    command.signaled = below(100) < 5;
    const unsigned signals[] = {SIGKILL, SIGTERM, SIGSEGV, SIGABRT, SIGUSR1};
    command.end = command.signaled ? signals[below(5)] : below(256);
    command.args = {"spoor-test-victim", command.end_text()};
    if (big_ && n == count_ / 3) {
      command.args.push_back(bytes(kArgumentBytesMax));
    } else if (big_ && n == 2 * (count_ / 3)) {
      const size_t each = kLongLineBytes / kLongLineArguments - 1;
      for (size_t i = 0; i < kLongLineArguments; ++i) command.args.push_back(bytes(each));
    } else {
      for (unsigned i = below(8); i > 0; --i) command.args.push_back(argument());
    }
    return command;
  }

 private:
  unsigned below(unsigned limit) { return static_cast<unsigned>(random_() % limit); }

  // Any byte but NUL, which ends an argument.
  std::string bytes(size_t size) {
    std::string out(size, '\0');
    for (char& c : out) c = static_cast<char>(1 + below(255));
    return out;
  }

  std::string word() {
    std::string out(1 + below(12), '\0');
    for (char& c : out) c = static_cast<char>('a' + below(26));
    return out;
  }

  std::string argument() {
    switch (below(12)) {
      case 0: return "";
      case 1: return word() + " " + word();
      case 2: return "\"" + word() + "\" '" + word() + "'";
      case 3: return word() + "\n" + word() + "\t\r\n";
      case 4: return bytes(1 + below(40));
      case 5: return "\xff\xfe" + word() + "\xc0\x80";
      case 6: return "gr\xc3\xbc\xc3\x9f \xe2\x80\xae" + word() + "\xf0\x9f\x90\xbe";
      case 7: return "\x1b[31m" + word() + "\\" + word();
      case 8: return "a" + std::to_string(below(30)) + "=" + word() + " type=EOE msg=audit(1.2:3):";
      case 9: return below(20) == 0 ? bytes(7'000 + below(9'000)) : "-" + word();
      default: return word();
    }
  }

  std::mt19937_64 random_;
  bool big_;
  unsigned count_;
};

std::string ledger_line(unsigned n, pid_t pid, const Command& command) {
  std::string line = "{\"n\":" + std::to_string(n) + ",\"pid\":" + std::to_string(pid) +
                     ",\"end\":\"" + command.end_text() + "\",\"args\":[";
  for (const std::string& arg : command.args) line += "\"" + to_hex(as_bytes(arg)) + "\",";
  line.back() = ']';
  return line + "}\n";
}

void write_ledger(int fd, const std::string& line) {
  for (size_t done = 0; done < line.size();) {
    const ssize_t size = write(fd, line.data() + done, line.size() - done);
    if (size < 0) give_up("writing the ledger");
    done += static_cast<size_t>(size);
  }
  if (fsync(fd) != 0) give_up("fsync of the ledger");
}

// Forks, notes the child in the ledger, lets it execute, and holds it to the end that was drawn.
void run(int ledger, unsigned n, const Command& command, const Options& options) {
  int gate[2];
  if (pipe2(gate, O_CLOEXEC) != 0) give_up("pipe");
  const pid_t pid = fork();
  if (pid < 0) give_up("fork");
  if (pid == 0) {
    char released = 0;
    close(gate[1]);
    if (read(gate[0], &released, 1) != 1) _exit(98);
    std::vector<char*> argv;
    for (const std::string& arg : command.args) argv.push_back(const_cast<char*>(arg.c_str()));
    argv.push_back(nullptr);
    char* no_environment[] = {nullptr};
    execve(options.victim.c_str(), argv.data(), no_environment);
    _exit(97);
  }
  close(gate[0]);
  write_ledger(ledger, ledger_line(n, pid, command));
  if (write(gate[1], "1", 1) != 1) give_up("releasing the command");
  close(gate[1]);
  int status = 0;
  if (waitpid(pid, &status, 0) != pid) give_up("waitpid");
  const int end = static_cast<int>(command.end);
  const bool as_drawn = command.signaled ? WIFSIGNALED(status) && WTERMSIG(status) == end
                                         : WIFEXITED(status) && WEXITSTATUS(status) == end;
  if (as_drawn) return;
  std::fprintf(stderr, "spoor-test-load: command %u should end with %s, wait status %d\n", n,
               command.end_text().c_str(), status);
  std::exit(1);
}

void hold(const std::string& fifo) {
  const UniqueFd fd(open(fifo.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.is_open()) give_up(fifo);
  for (char byte; read(fd.get(), &byte, 1) > 0;) continue;
}

Options parse(int argc, char** argv) {
  Options options;
  const option known[] = {{"ledger", required_argument, nullptr, 'l'},
                          {"count", required_argument, nullptr, 'c'},
                          {"seed", required_argument, nullptr, 's'},
                          {"pace-us", required_argument, nullptr, 'p'},
                          {"hold-at", required_argument, nullptr, 'a'},
                          {"hold", required_argument, nullptr, 'h'},
                          {"big", no_argument, nullptr, 'b'},
                          {}};
  for (int c; (c = getopt_long(argc, argv, "", known, nullptr)) != -1;) {
    if (c == 'l') options.ledger = optarg;
    if (c == 'h') options.hold = optarg;
    if (c == 'c') options.count = static_cast<unsigned>(std::atoi(optarg));
    if (c == 's') options.seed = std::strtoull(optarg, nullptr, 10);
    if (c == 'p') options.pace_us = static_cast<useconds_t>(std::atoi(optarg));
    if (c == 'b') options.big = true;
    if (c == 'a') {
      for (char* part = std::strtok(optarg, ","); part; part = std::strtok(nullptr, ",")) {
        options.hold_at.insert(static_cast<unsigned>(std::atoi(part)));
      }
    }
    if (c == '?') std::exit(2);
  }
  char self[4096];
  const ssize_t size = readlink("/proc/self/exe", self, sizeof self);
  if (size < 0) give_up("/proc/self/exe");
  const std::string path(self, static_cast<size_t>(size));
  options.victim = path.substr(0, path.rfind('/')) + "/spoor-test-victim";
  return options;
}

}  // namespace
}  // namespace spoor

int main(int argc, char** argv) {
  const spoor::Options options = spoor::parse(argc, argv);
  const spoor::UniqueFd ledger(
      open(options.ledger.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644));
  if (!ledger.is_open()) spoor::give_up("--ledger " + options.ledger);
  struct sigaction ending {};
  ending.sa_handler = [](int) { spoor::is_over = 1; };
  ending.sa_flags = SA_RESTART;  // execve(2) puts the victims' back to what it was
  sigaction(SIGTERM, &ending, nullptr);
  spoor::Drawing drawing(options.seed, options.big, options.count);
  for (unsigned n = 1; n <= options.count && !spoor::is_over; ++n) {
    const spoor::Command command = drawing.command(n);
    if (options.hold_at.contains(n)) spoor::hold(options.hold + "." + std::to_string(n));
    spoor::run(ledger.get(), n, command, options);
    if (options.pace_us != 0) usleep(options.pace_us);
  }
  return 0;
}

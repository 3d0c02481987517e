// Runs a command as a login session of its own: spoor-test-session --login-uid N [--uid N --gid N]
// [--pty] [--cwd DIR] -- COMMAND [ARGUMENT...]
//
// Sets /proc/self/loginuid, which starts a new audit session, gives up root if asked, and executes
// the command. With --pty a child does that on a terminal of its own, and this process, which stays
// outside of the session, copies what the terminal shows to its standard output and ends as the
// child ended. Needs CAP_AUDIT_CONTROL. Prints nothing of its own but a reason for not working.
#include <fcntl.h>
#include <getopt.h>
#include <grp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <sstream>
#include <string>

#include "common/unique_fd.h"

namespace spoor {
namespace {

constexpr int kCouldNot = 125;  // as env(1) and setpriv(1) do

struct Options {
  std::optional<unsigned> login_uid, uid, gid;
  bool pty = false;
  std::string cwd;
  char** command = nullptr;
};

[[noreturn]] void give_up(const std::string& what) {
  std::fprintf(stderr, "spoor-test-session: %s: %s\n", what.c_str(), std::strerror(errno));
  _exit(kCouldNot);
}

Options parse(int argc, char** argv) {
  Options options;
  const option known[] = {{"login-uid", required_argument, nullptr, 'l'},
                          {"uid", required_argument, nullptr, 'u'},
                          {"gid", required_argument, nullptr, 'g'},
                          {"cwd", required_argument, nullptr, 'c'},
                          {"pty", no_argument, nullptr, 'p'},
                          {}};
  auto number = [] { return static_cast<unsigned>(std::strtoul(optarg, nullptr, 10)); };
  for (int c; (c = getopt_long(argc, argv, "+", known, nullptr)) != -1;) {
    if (c == 'l') options.login_uid = number();
    if (c == 'u') options.uid = number();
    if (c == 'g') options.gid = number();
    if (c == 'c') options.cwd = optarg;
    if (c == 'p') options.pty = true;
    if (c == '?') _exit(kCouldNot);
  }
  options.command = argv + optind;
  if (!options.login_uid || *options.command == nullptr) {
    std::fputs("spoor-test-session: needs --login-uid N and a command\n", stderr);
    _exit(kCouldNot);
  }
  return options;
}

void set_login_uid(unsigned uid) {
  const std::string text = std::to_string(uid);
  const UniqueFd fd(open("/proc/self/loginuid", O_WRONLY | O_CLOEXEC));
  if (!fd.is_open()) give_up("opening /proc/self/loginuid");
  if (write(fd.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size())) {
    give_up("setting the login uid (needs CAP_AUDIT_CONTROL, and one that is not immutable)");
  }
}

// As execvp(3) finds it, but before the session begins: its search would be failed commands of it.
std::string find_program(const std::string& name) {
  if (name.find('/') != std::string::npos) return name;
  const char* folders = std::getenv("PATH");
  std::istringstream parts(folders != nullptr ? folders : "/usr/bin:/bin");
  for (std::string folder; std::getline(parts, folder, ':');) {
    if (access((folder + "/" + name).c_str(), X_OK) == 0) return folder + "/" + name;
  }
  errno = ENOENT;
  give_up(name);
}

[[noreturn]] void become(const Options& options) {
  const std::string program = find_program(options.command[0]);
  set_login_uid(*options.login_uid);
  if (options.gid && (setgroups(0, nullptr) != 0 || setgid(*options.gid) != 0)) give_up("setgid");
  if (options.uid && setuid(*options.uid) != 0) give_up("setuid");
  if (!options.cwd.empty() && chdir(options.cwd.c_str()) != 0) give_up(options.cwd);
  execv(program.c_str(), options.command);
  give_up(program);
}

// Makes the pty's other end the controlling terminal and all three standard streams.
void take_terminal(const char* name, const Options& options) {
  setsid();
  const int fd = open(name, O_RDWR);
  if (fd < 0 || ioctl(fd, TIOCSCTTY, 0) != 0) give_up(name);
  const winsize size{24, 80, 0, 0};
  ioctl(fd, TIOCSWINSZ, &size);
  if (options.uid && fchown(fd, *options.uid, static_cast<gid_t>(-1)) != 0) give_up("fchown");
  for (int i = 0; i < 3; ++i) dup2(fd, i);
  if (fd > 2) close(fd);
}

// Until the child ends: the child may leave others on the terminal.
void copy_until_end(int terminal, pid_t child, int* wait_status) {
  char buffer[4096];
  for (bool ended = false;;) {
    if (!ended) ended = waitpid(child, wait_status, WNOHANG) == child;
    pollfd ready{terminal, POLLIN, 0};
    if (poll(&ready, 1, ended ? 0 : 20) <= 0) {
      if (ended) return;
      continue;
    }
    const ssize_t size = read(terminal, buffer, sizeof buffer);
    if (size > 0 && write(STDOUT_FILENO, buffer, static_cast<size_t>(size)) < 0) continue;
    if (size > 0) continue;
    if (!ended) waitpid(child, wait_status, 0);
    return;
  }
}

int run_on_terminal(const Options& options) {
  const UniqueFd terminal(posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC));
  if (!terminal.is_open() || grantpt(terminal.get()) != 0 || unlockpt(terminal.get()) != 0) {
    give_up("opening a terminal");
  }
  char name[64];
  if (ptsname_r(terminal.get(), name, sizeof name) != 0) give_up("ptsname");
  const pid_t child = fork();
  if (child < 0) give_up("fork");
  if (child == 0) {
    prctl(PR_SET_PDEATHSIG, SIGHUP);
    take_terminal(name, options);
    become(options);
  }
  int wait_status = 0;
  copy_until_end(terminal.get(), child, &wait_status);
  return WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : 128 + WTERMSIG(wait_status);
}

}  // namespace
}  // namespace spoor

int main(int argc, char** argv) {
  const spoor::Options options = spoor::parse(argc, argv);
  if (options.pty) return spoor::run_on_terminal(options);
  spoor::become(options);
}

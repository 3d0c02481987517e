#include "agent/witness_process.h"

#include <cap-ng.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <seccomp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <functional>
#include <string_view>

#include "common/thread_name.h"

namespace spoor::agent {
namespace {

// All that it has open.
constexpr int kSocket = 0, kProc = 1, kFirstOther = 2;
constexpr uint32_t kCapabilities[] = {CAP_SYS_PTRACE, CAP_DAC_READ_SEARCH};
constexpr uint32_t kMountId = STATX_MNT_ID;

// What failed, for the agent's log; null: nothing.
struct Failure {
  const char* what = nullptr;
  int error = 0;
};

void say(const WitnessAnswer& answer, std::string_view path) {
  uint8_t bytes[kWitnessAnswerBytesMax];
  const size_t size = write_answer(answer, path, bytes);
  // Whoever is not there any more needs no answer; that he is gone the next read says.
  (void)send(kSocket, bytes, size, MSG_NOSIGNAL);
}

// ------------------------------------------------------------------ giving up

Failure limit_witness_capabilities() {
  capng_clear(CAPNG_SELECT_CAPS);
  for (const uint32_t capability : kCapabilities) {
    capng_update(CAPNG_ADD, static_cast<capng_type_t>(CAPNG_EFFECTIVE | CAPNG_PERMITTED),
                 capability);
  }
  if (capng_apply(CAPNG_SELECT_CAPS) != 0) {
    return {"taking CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH", EPERM};
  }
  return {};
}

Failure limit_resources() {
  // No process, no file, no byte written, no core.
  for (const auto resource : {RLIMIT_NPROC, RLIMIT_FSIZE, RLIMIT_CORE, RLIMIT_MEMLOCK}) {
    const rlimit none{0, 0};
    if (setrlimit(resource, &none) != 0) return {"limiting its resources", errno};
  }
  const rlimit files{kFirstOther, kFirstOther};
  if (setrlimit(RLIMIT_NOFILE, &files) != 0) return {"limiting its descriptors", errno};
  return {};
}

// The filter's memory is never given back: that would be a call that the filter forbids.
Failure limit_calls() {
  const scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
  if (filter == nullptr) return {"building its seccomp filter", ENOMEM};
  for (const int call : {SCMP_SYS(recvfrom), SCMP_SYS(sendto), SCMP_SYS(readlinkat),
                         SCMP_SYS(statx), SCMP_SYS(rt_sigreturn), SCMP_SYS(exit_group)}) {
    if (const int error = seccomp_rule_add(filter, SCMP_ACT_ALLOW, call, 0); error != 0) {
      return {"building its seccomp filter", -error};
    }
  }
  const int error = seccomp_load(filter);
  return error == 0 ? Failure() : Failure{"loading its seccomp filter", -error};
}

// From here on the process is the witness, with `socket` as its only way out.
Failure become_witness(int socket, pid_t parent) {
  const int proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (proc < 0) return {"opening /proc", errno};
  // In between, so that neither lies in the other's place.
  const int far_socket = fcntl(socket, F_DUPFD, kFirstOther);
  const int far_proc = fcntl(proc, F_DUPFD, kFirstOther);
  if (far_socket < 0 || far_proc < 0 || dup2(far_socket, kSocket) < 0 ||
      dup2(far_proc, kProc) < 0 || syscall(SYS_close_range, kFirstOther, ~0u, 0) != 0) {
    return {"closing what is the agent's", errno};
  }
  name_this_thread("spoor-witness");
  if (const Failure failed = limit_witness_capabilities(); failed.what != nullptr) return failed;
  if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0 ||
      prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
    return {"binding it to the agent", errno};
  }
  if (getppid() != parent) return {"the agent has ended", ESRCH};
  if (const Failure failed = limit_resources(); failed.what != nullptr) return failed;
  return limit_calls();
}

// ------------------------------------------------------------------ answering

// `4711/exe`, `4711/fd/3`.
class LinkName {
 public:
  explicit LinkName(uint32_t pid) { add(pid); }
  LinkName& operator/(std::string_view name) {
    text_[size_++] = '/';
    std::memcpy(text_.data() + size_, name.data(), name.size());
    size_ += name.size();
    return *this;
  }
  LinkName& operator/(int32_t number) {
    text_[size_++] = '/';
    return add(static_cast<uint32_t>(number));
  }
  const char* c_str() {
    text_[size_] = 0;
    return text_.data();
  }

 private:
  LinkName& add(uint32_t number) {
    char* const from = text_.data() + size_;
    size_ += static_cast<size_t>(std::to_chars(from, from + 10, number).ptr - from);
    return *this;
  }
  std::array<char, 32> text_{};
  size_t size_ = 0;
};

using Path = std::array<char, kWitnessPathBytesMax + 1>;

// Empty, with `error` set, for what is no path, or a longer one.
std::string_view read_path(const char* name, Path& to, uint32_t& error) {
  const ssize_t size = readlinkat(kProc, name, to.data(), to.size());
  if (size < 0) error = static_cast<uint32_t>(errno);
  else if (static_cast<size_t>(size) == to.size()) error = ENAMETOOLONG;
  else if (size == 0 || to[0] != '/') error = ENOENT;  // a pipe, a socket
  return error == 0 ? std::string_view(to.data(), static_cast<size_t>(size)) : std::string_view();
}

void look_at(const char* name, uint32_t type, WitnessAnswer& answer) {
  struct statx info{};
  if (statx(kProc, name, AT_STATX_DONT_SYNC | AT_NO_AUTOMOUNT, STATX_TYPE | STATX_INO | kMountId,
            &info) != 0) {
    answer.error = static_cast<uint32_t>(errno);
    return;
  }
  if ((info.stx_mode & S_IFMT) != type) answer.error = ENOTDIR;
  answer.sight.inode = info.stx_ino;
  answer.sight.device_major = info.stx_dev_major;
  answer.sight.device_minor = info.stx_dev_minor;
  if ((info.stx_mask & kMountId) != 0) answer.sight.mount = info.stx_mnt_id;
}

void answer(const WitnessQuestion& question) {
  WitnessAnswer answer;
  answer.number = question.number;
  Path path, root;
  std::string_view found;
  if (question.version != kWitnessVersion) {
    answer.error = EPROTO;
  } else if (question.what == WitnessQuestion::What::program) {
    LinkName name(question.pid);
    found = read_path((name / "exe").c_str(), path, answer.error);
    if (answer.error == 0) look_at(name.c_str(), S_IFREG, answer);
  } else {
    LinkName of_root(question.pid), name(question.pid);
    answer.sight.has_whole_root =
        read_path((of_root / "root").c_str(), root, answer.error) == "/";
    (name / "fd") / question.descriptor;
    if (answer.error == 0) found = read_path(name.c_str(), path, answer.error);
    if (answer.error == 0) look_at(name.c_str(), S_IFDIR, answer);
  }
  say(answer, found);
}

[[noreturn]] void live() {
  WitnessAnswer first;
  say(first, "/");
  while (true) {
    uint8_t bytes[kWitnessQuestionBytes + 1];
    const ssize_t got = recv(kSocket, bytes, sizeof bytes, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) _exit(0);
    const auto question = read_question({reinterpret_cast<const char*>(bytes),
                                         static_cast<size_t>(got)});
    if (!question) _exit(1);  // whoever says this is not the agent any more
    answer(*question);
  }
}

[[noreturn]] void run_witness(int socket, pid_t parent) {
  const Failure failed = become_witness(socket, parent);
  if (failed.what == nullptr) live();
  WitnessAnswer why;
  why.error = static_cast<uint32_t>(failed.error);
  uint8_t bytes[kWitnessAnswerBytesMax];
  const size_t size = write_answer(why, failed.what, bytes);
  // It may lie in its place by now, or not.
  if (send(socket, bytes, size, MSG_NOSIGNAL) < 0) say(why, failed.what);
  _exit(1);
}

// ------------------------------------------------------------------ trying

Attempt try_as_witness(const char* what, const std::function<void()>& call) {
  std::array<int, 2> pair{};
  const std::string text = std::string("the witness ") + what;
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair.data()) != 0) {
    return {text, false, std::strerror(errno)};
  }
  const UniqueFd ours(pair[0]), its(pair[1]);
  const pid_t parent = getpid();
  const pid_t child = fork();
  if (child < 0) return {text, false, std::strerror(errno)};
  if (child == 0) {
    if (become_witness(its.get(), parent).what != nullptr) _exit(2);
    call();
    _exit(0);
  }
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
  if (WIFSIGNALED(status)) return {text, WTERMSIG(status) == SIGSYS, strsignal(WTERMSIG(status))};
  if (WEXITSTATUS(status) == 2) return {text, false, "there is no such process"};
  return {text, false, "it worked, or was refused and went on"};
}

}  // namespace

Result<Witness> start_witness() {
  std::array<int, 2> pair{};
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair.data()) != 0) {
    return from_errno(errno, "a socket for the witness process");
  }
  UniqueFd ours(pair[0]);
  const UniqueFd its(pair[1]);
  const pid_t parent = getpid();
  const pid_t child = fork();
  if (child < 0) return from_errno(errno, "starting the witness process");
  if (child == 0) run_witness(its.get(), parent);
  return Witness::begin({std::move(ours), child});
}

std::vector<Attempt> try_forbidden_as_witness() {
  std::vector<Attempt> made;
  made.push_back(try_as_witness("opening a file", [] {
    (void)syscall(SYS_openat, AT_FDCWD, "/etc/passwd", O_RDONLY, 0);
  }));
  made.push_back(try_as_witness("opening a process's memory", [] {
    (void)syscall(SYS_openat, kProc, "1/mem", O_RDONLY, 0);
  }));
  made.push_back(try_as_witness("making a socket", [] { (void)socket(AF_INET, SOCK_STREAM, 0); }));
  made.push_back(try_as_witness("starting a process", [] { (void)fork(); }));
  made.push_back(try_as_witness("executing a program", [] {
    const char* const none[] = {nullptr};
    (void)syscall(SYS_execve, "/bin/true", none, none);
  }));
  made.push_back(try_as_witness("sending a signal", [] { (void)kill(1, 0); }));
  return made;
}

}  // namespace spoor::agent

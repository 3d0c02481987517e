// Processes that are hard to keep apart, and a ledger of what they truly were:
// spoor-test-processes --ledger FILE [--reuse N] [--burst N]   (as root: it chooses pids)
// spoor-test-processes --leave NAME: the main thread leaves, another one ends it with exit=3
// spoor-test-processes --execute OTHER NAME: a thread executes a victim that is named OTHER
//
// Each command's last argument is its name. A line of the ledger,
//   {"name":"n7","parent":"n3","end":"exit=3"}
// says from which command it came (`load` is this program) and how its process ended; `end` is
// empty for one that executes another.
#include <fcntl.h>
#include <getopt.h>
#include <linux/sched.h>
#include <signal.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <string>
#include <thread>
#include <vector>

namespace spoor {
namespace {

[[noreturn]] void give_up(const std::string& what) {
  std::fprintf(stderr, "spoor-test-processes: %s: %s\n", what.c_str(), std::strerror(errno));
  std::exit(1);
}

std::string own_folder() {
  char self[4096];
  const ssize_t size = readlink("/proc/self/exe", self, sizeof self);
  if (size < 0) give_up("/proc/self/exe");
  const std::string path(self, static_cast<size_t>(size));
  return path.substr(0, path.rfind('/'));
}

using Arguments = std::vector<std::string>;  // the program's path first

[[noreturn]] void execute(const Arguments& arguments) {
  std::vector<char*> argv;
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  char* none[] = {nullptr};
  execve(argv[0], argv.data(), none);
  _exit(97);
}

pid_t wait_for(pid_t pid) {
  while (true) {
    const pid_t done = waitpid(pid, nullptr, 0);
    if (done >= 0) return done;
    if (errno != EINTR) give_up("waitpid");
  }
}

class Load {
 public:
  explicit Load(const std::string& ledger)
      : folder_(own_folder()), ledger_(std::fopen(ledger.c_str(), "w")) {
    if (ledger_ == nullptr) give_up(ledger);
  }
  ~Load() { std::fclose(ledger_); }
  Load(const Load&) = delete;
  Load& operator=(const Load&) = delete;

  // A pid that is used again at once; each life leaves a child behind that outlives it.
  void reuse(int times) {
    pid_t pid = fork();
    if (pid == 0) _exit(0);
    wait_for(pid);
    // Only its pid is wanted. It executed nothing, and within a tick of the audit clock nobody can
    // tell whether the exec that comes next was its own.
    usleep(20'000);
    for (int i = 0; i < times; ++i) {
      const std::string name = note("load", "exit=" + std::to_string(i % 200));
      const std::string child = note(name, "exit=201");
      const Arguments shell = {"/bin/sh", "-c",
                               victim() + " exit=201 " + child + " & exit " +
                                   std::to_string(i % 200),
                               name};
      born_with(pid, [&] { execute(shell); });
      wait_for(pid);
    }
  }

  void every_way_to_be_born() {
    for (int i = 0; i < 100; ++i) {
      born_by_vfork(victim_named("load", "exit=11"));
      spawn(victim_named("load", "exit=12"));
    }
    // Its parent is gone when it executes.
    for (int i = 0; i < 50; ++i) {
      const Arguments orphan = victim_named("load", "exit=13");
      run([&] {
        const pid_t parent = getpid();
        if (fork() != 0) _exit(0);
        while (getppid() == parent) usleep(100);
        execute(orphan);
      });
    }
  }

  void every_way_to_execute() {
    const std::string script = folder_for_scripts_ + "/script";
    const int fd = open(script.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0755);
    if (fd < 0 || write(fd, "#!/bin/sh\nexit 14\n", 18) != 18) give_up(script);
    close(fd);
    for (int i = 0; i < 20; ++i) {
      const std::string named = note("load", "exit=14");
      run([&] { execute({script, named}); });
      // A shell that becomes another program.
      const std::string shell = note("load", ""), then = note(shell, "exit=15");
      run([&] {
        execute({"/bin/sh", "-c", "exec " + victim() + " exit=15 " + then, shell});
      });
      const std::string leaves = note("load", "exit=3");
      run([&] { execute({folder_ + "/spoor-test-processes", "--leave", leaves}); });
      const std::string threads = note("load", ""), other = note(threads, "exit=16");
      run([&] { execute({folder_ + "/spoor-test-processes", "--execute", other, threads}); });
    }
  }

  void every_end() {
    for (const int number : {SIGKILL, SIGTERM, SIGSEGV, SIGABRT, SIGUSR1}) {
      spawn(victim_named("load", "signal=" + std::to_string(number)));
    }
  }

  void burst(int count) {
    constexpr int kTogether = 16;
    for (int i = 0; i < count; ++i) {
      if (i >= kTogether) wait_for(-1);
      const Arguments a = victim_named("load", "exit=" + std::to_string(i % 256));
      if (fork() == 0) execute(a);
    }
    while (waitpid(-1, nullptr, 0) > 0) continue;
  }

  std::string folder_for_scripts_;

 private:
  std::string victim() const { return folder_ + "/spoor-test-victim"; }

  std::string note(const std::string& parent, const std::string& end) {
    std::string name = "n" + std::to_string(++named_);
    std::fprintf(ledger_, "{\"name\":\"%s\",\"parent\":\"%s\",\"end\":\"%s\"}\n", name.c_str(),
                 parent.c_str(), end.c_str());
    std::fflush(ledger_);
    return name;
  }
  Arguments victim_named(const std::string& parent, const std::string& end) {
    return {victim(), end, note(parent, end)};
  }

  void run(const std::function<void()>& child) {
    const pid_t pid = fork();
    if (pid == 0) child();
    wait_for(pid);
  }
  void born_by_vfork(const Arguments& arguments) {
    char* const argv[] = {const_cast<char*>(arguments[0].c_str()),
                          const_cast<char*>(arguments[1].c_str()),
                          const_cast<char*>(arguments[2].c_str()), nullptr};
    const pid_t pid = vfork();
    if (pid == 0) {
      execve(argv[0], argv, argv + 3);
      _exit(97);
    }
    wait_for(pid);
  }
  void spawn(const Arguments& arguments) {
    std::vector<char*> argv;
    for (const std::string& a : arguments) argv.push_back(const_cast<char*>(a.c_str()));
    argv.push_back(nullptr);
    char* none[] = {nullptr};
    pid_t pid = 0;
    if (posix_spawn(&pid, argv[0], nullptr, nullptr, argv.data(), none) != 0) give_up("spawn");
    wait_for(pid);
  }
  void born_with(pid_t pid, const std::function<void()>& child) {
    clone_args how{};
    how.exit_signal = SIGCHLD;
    how.set_tid = reinterpret_cast<uintptr_t>(&pid);
    how.set_tid_size = 1;
    // Somebody else may have it for a moment.
    for (int tries = 0; tries < 100'000; ++tries) {
      const long born = syscall(SYS_clone3, &how, sizeof how);
      if (born == 0) child();
      if (born > 0) return;
      if (errno != EEXIST) give_up("clone3 with a pid (needs CAP_SYS_ADMIN)");
      usleep(50);
    }
    give_up("the pid stays in use");
  }

  std::string folder_;
  std::FILE* ledger_;
  int named_ = 0;
};

[[noreturn]] void leave() {
  std::thread([] {
    usleep(50'000);
    std::_Exit(3);
  }).detach();
  syscall(SYS_exit, 0);
  std::abort();
}

[[noreturn]] void execute_in_thread(const std::string& name) {
  std::thread([name] { execute({own_folder() + "/spoor-test-victim", "exit=16", name}); }).detach();
  while (true) pause();
}

}  // namespace
}  // namespace spoor

int main(int argc, char** argv) {
  std::string ledger;
  int reuse = 1000, burst = 3000;
  const option known[] = {{"ledger", required_argument, nullptr, 'l'},
                          {"reuse", required_argument, nullptr, 'r'},
                          {"burst", required_argument, nullptr, 'b'},
                          {"leave", no_argument, nullptr, 'v'},
                          {"execute", required_argument, nullptr, 'e'},
                          {}};
  for (int c; (c = getopt_long(argc, argv, "", known, nullptr)) != -1;) {
    if (c == 'l') ledger = optarg;
    if (c == 'r') reuse = std::atoi(optarg);
    if (c == 'b') burst = std::atoi(optarg);
    if (c == 'v') spoor::leave();
    if (c == 'e') spoor::execute_in_thread(optarg);
    if (c == '?') return 2;
  }
  spoor::Load load(ledger);
  load.folder_for_scripts_ = ledger.substr(0, ledger.rfind('/'));
  load.every_end();
  load.every_way_to_execute();
  load.every_way_to_be_born();
  load.reuse(reuse);
  load.burst(burst);
  return 0;
}

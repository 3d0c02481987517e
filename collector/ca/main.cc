// spoor-collector-ca: holds the issuing key and signs what tokens allow, asked by the collector
// over a Unix socket. Reads the command line, gives up the rest of the machine, answers.
#include <pwd.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/stat.h>

#include <CLI/CLI.hpp>

#include <cerrno>
#include <charconv>
#include <cstdio>

#include "collector/ca/confinement.h"
#include "collector/identity/authority_messages.h"
#include "collector/identity/packet_socket.h"
#include "common/clock.h"
#include "common/files.h"
#include "common/log.h"

namespace spoor::collector {
namespace {

constexpr int kFailed = 1;
constexpr int kBadUsage = 2;
constexpr size_t kPemBytesMax = 64u << 10;

struct Arguments {
  std::string folder = "/var/lib/spoor-ca";
  std::string socket = "/run/spoor-ca/ca.sock";
  std::string peer = "spoor-collector";
};

Result<uid_t> find_user(const std::string& name) {
  uid_t number = 0;
  const auto [after, error] = std::from_chars(name.data(), name.data() + name.size(), number);
  if (error == std::errc() && after == name.data() + name.size()) return number;
  const passwd* const found = ::getpwnam(name.c_str());
  if (found == nullptr) return not_found("there is no user " + name + ": see --peer");
  return found->pw_uid;
}

// A key that others can read is no secret.
Result<std::string> read_key(Files& files, const std::string& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) {
    return Status(errno == ENOENT ? Code::not_found : Code::denied,
                  "the issuing key " + path + " cannot be read: run `spoor-collector init` first, "
                  "and this program as the user it made it for");
  }
  if ((info.st_mode & 0077) != 0) return denied(path + " is open to others: chmod 0600 it");
  return read_file(files, path, kPemBytesMax);
}

Result<Authority> open_authority(const std::string& folder) {
  PosixFiles files;
  ASSIGN_OR_RETURN(const std::string key, read_key(files, folder + "/issuing.key"));
  ASSIGN_OR_RETURN(const std::string chain,
                   read_file(files, folder + "/issuing.pem", kPemBytesMax));
  return Authority::open(folder + "/ca.db", key, chain);
}

UniqueFd stop_descriptor() {
  sigset_t stop;
  ::sigemptyset(&stop);
  ::sigaddset(&stop, SIGTERM);
  ::sigaddset(&stop, SIGINT);
  ::sigprocmask(SIG_BLOCK, &stop, nullptr);
  return UniqueFd(::signalfd(-1, &stop, SFD_CLOEXEC));
}

Status serve(const Arguments& arguments) {
  ASSIGN_OR_RETURN(const uid_t peer, find_user(arguments.peer));
  const UniqueFd stop = stop_descriptor();
  RETURN_IF_ERROR(confine_authority());
  ASSIGN_OR_RETURN(Authority authority, open_authority(arguments.folder));
  ASSIGN_OR_RETURN(PacketListener listener, PacketListener::open(arguments.socket, {peer}));
  log_info("answering uid {} on {}", peer, arguments.socket);
  const SystemClock clock;
  while (listener.serve_one(stop.get(), [&](std::string_view question) {
    return answer_question(authority, question, clock.now().realtime_ns / kNsPerSecond);
  })) {
  }
  log_info("stopped");
  return ok();
}

int main(int argc, char** argv) {
  Arguments arguments;
  CLI::App app("Holds the issuing key and signs agents' certificates for tokens.",
               "spoor-collector-ca");
  app.set_version_flag("--version", SPOOR_VERSION);
  app.add_option("--folder", arguments.folder, "Where `spoor-collector init` put key and tokens")
      ->capture_default_str();
  app.add_option("--socket", arguments.socket, "Where the collector asks")->capture_default_str();
  app.add_option("--peer", arguments.peer, "The collector's user, by name or number: only it is "
                                           "answered")
      ->capture_default_str();
  app.footer("Runs until SIGTERM or SIGINT, as the user spoor-ca and never as root.\n"
             "Exit codes: 0 stopped in order, 1 could not start, 2 bad usage.");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? 0 : kBadUsage;
  }
  open_log("spoor-collector-ca", "info");
  const Status status = serve(arguments);
  if (!status.is_ok()) log_error("{}", status.message());
  return status.is_ok() ? 0 : kFailed;
}

}  // namespace
}  // namespace spoor::collector

int main(int argc, char** argv) { return spoor::collector::main(argc, argv); }

#include <netdb.h>
#include <pwd.h>
#include <unistd.h>

#include <CLI/CLI.hpp>

#include <charconv>
#include <memory>

#include "collector/commands/subcommand.h"
#include "collector/identity/ca_setup.h"
#include "collector/identity/certificate.h"
#include "common/clock.h"
#include "common/files.h"
#include "common/time_format.h"

namespace spoor::collector {
namespace {

constexpr size_t kPemBytesMax = 64u << 10;

struct Arguments {
  CaSetup setup{"/var/lib/spoor-ca", "/etc/spoor/tls", "", {}, "", "", {}, {}};
  std::string ca_user = "spoor-ca";
  std::string collector_user = "spoor-collector";
  std::string ca_certificate;
  std::string ca_key;
  bool renew_server = false;
};

// Who is not root keeps all for itself: a trial on one's own machine.
Result<FileOwner> find_owner(const std::string& user) {
  if (::geteuid() != 0) return FileOwner();
  uid_t number = 0;
  const auto [after, error] = std::from_chars(user.data(), user.data() + user.size(), number);
  if (error == std::errc() && after == user.data() + user.size())
    return FileOwner{number, number};
  const passwd* const found = ::getpwnam(user.c_str());
  if (found == nullptr) {
    return not_found("there is no user " + user + ": useradd --system --user-group "
                     "--no-create-home --shell /usr/sbin/nologin " + user);
  }
  return FileOwner{found->pw_uid, found->pw_gid};
}

// By which hosts may know this machine, where nobody said.
std::string own_name() {
  char name[256] = "";
  if (::gethostname(name, sizeof name - 1) != 0) return "";
  addrinfo hints{};
  hints.ai_flags = AI_CANONNAME;
  addrinfo* found = nullptr;
  std::string out = name;
  if (::getaddrinfo(name, nullptr, &hints, &found) == 0) {
    if (found->ai_canonname != nullptr) out = found->ai_canonname;
    ::freeaddrinfo(found);
  }
  return out;
}

std::string day(int64_t seconds) { return local_time(seconds * kNsPerSecond).date; }

std::string joined(const std::vector<std::string>& names) {
  std::string out;
  for (const std::string& name : names) out += (out.empty() ? "" : ", ") + name;
  return out;
}

std::string told(const Arguments& arguments, const CaFacts& facts) {
  const CaSetup& setup = arguments.setup;
  const std::string& name = facts.server_names.front();
  const std::string host = name.find(':') == std::string::npos ? name : "[" + name + "]";
  std::string out = "The collector is " + joined(facts.server_names) + " until " +
                    day(facts.server_until_s) +
                    " (before: spoor-collector init --renew-server).\n"
                    "The issuing CA is in " + setup.ca_folder + ", until " +
                    day(facts.issuing_until_s) + ".\n\n"
                    "Next: `listen: 0.0.0.0:4460` under `uplink:` in /etc/spoor/collector.yml; "
                    "start\nspoor-collector-ca and spoor-collector. Then, here\n\n"
                    "    spoor-collector token create --name 'web*' --uses 10\n\n"
                    "and on each host\n\n"
                    "    spoor-uplink enroll --collector " + host + ":4460 --token-file - \\\n"
                    "        --ca-fingerprint " + facts.root_fingerprint + "\n";
  if (facts.made_root) {
    out += "\nMove the root key off this machine now, to where you keep what you need once in "
           "five\nyears, on two media in two places, and remove it here:\n\n    " +
           setup.root_key_path +
           "\n\nNothing that runs reads it. Who has it can be any host and this collector.\n";
  }
  return out;
}

Status read_existing(Arguments& arguments) {
  if (arguments.ca_certificate.empty() && arguments.ca_key.empty()) return ok();
  PosixFiles files;
  ASSIGN_OR_RETURN(arguments.setup.issuing_chain_pem,
                   read_file(files, arguments.ca_certificate, kPemBytesMax));
  ASSIGN_OR_RETURN(arguments.setup.issuing_key_pem,
                   read_file(files, arguments.ca_key, kPemBytesMax));
  return ok();
}

Status init(Arguments& arguments) {
  CaSetup& setup = arguments.setup;
  if (setup.names.empty() && !arguments.renew_server) setup.names = {own_name()};
  if (setup.root_key_path.empty()) setup.root_key_path = setup.ca_folder + "-root.key";
  RETURN_IF_ERROR(read_existing(arguments));
  ASSIGN_OR_RETURN(setup.ca_owner, find_owner(arguments.ca_user));
  ASSIGN_OR_RETURN(setup.server_owner, find_owner(arguments.collector_user));
  ASSIGN_OR_RETURN(const CaFacts facts, arguments.renew_server ? renew_server(setup, now_s())
                                                              : set_up_ca(setup, now_s()));
  if (!arguments.renew_server) return print(told(arguments, facts));
  return print("The server's certificate is new, for " + joined(facts.server_names) + ", until " +
               day(facts.server_until_s) + ". Restart the collector.\n");
}

}  // namespace

std::vector<Subcommand> add_init(CLI::App& app) {
  auto arguments = std::make_shared<Arguments>();
  CaSetup& setup = arguments->setup;
  CLI::App* const command = app.add_subcommand(
      "init", "As root, once: make the CA, the server's certificate and a root key to put away");
  command->add_option("--name", setup.names,
                      "A name or address by which hosts reach this collector; repeatable. Else "
                      "this host's own name; with --renew-server: those that it has")
      ->check([](const std::string& text) { return check_server_name(text).message(); });
  command->add_flag("--renew-server", arguments->renew_server,
                    "Only a new certificate and key for the server, by the CA that is there");
  CLI::Option* const certificate =
      command->add_option("--ca-cert", arguments->ca_certificate,
                          "An issuing CA that is there already: PEM, with those above it");
  CLI::Option* const key =
      command->add_option("--ca-key", arguments->ca_key, "Its key, ECDSA P-256");
  certificate->needs(key);
  key->needs(certificate);
  command->add_option("--root-key", setup.root_key_path,
                      "Where the root's key is written (default: /var/lib/spoor-ca-root.key)");
  command->add_option("--ca-folder", setup.ca_folder, "What the CA keeps")->capture_default_str();
  command->add_option("--tls-folder", setup.server_folder, "What the server needs")
      ->capture_default_str();
  command->add_option("--ca-user", arguments->ca_user, "Name or number")->capture_default_str();
  command->add_option("--collector-user", arguments->collector_user, "Name or number")
      ->capture_default_str();
  return {{command, [arguments] { return finish(init(*arguments)); }}};
}

}  // namespace spoor::collector

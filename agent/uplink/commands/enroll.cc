#include "agent/uplink/enrolment.h"

#include <CLI/CLI.hpp>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <memory>
#include <optional>

#include "agent/uplink/commands/subcommand.h"
#include "agent/uplink/id_file.h"
#include "agent/uplink/renewal.h"
#include "agent/uplink/trust_placing.h"
#include "common/ed25519.h"
#include "common/files.h"
#include "common/unique_fd.h"

namespace spoor::uplink {
namespace {

constexpr size_t kTokenFileMax = 4096;
constexpr size_t kAnswerMax = 256u << 10;

struct Options {
  std::string collector, token, token_file, fingerprint, host;
  std::string user = "spoor", agent_user = "spoor-agent";
  TrustFiles trust;
  bool force = false;
};

Result<std::string> token_of(const Options& options) {
  if (!options.token.empty()) return parse_token(options.token);
  if (options.token_file != "-") {
    PosixFiles files;
    ASSIGN_OR_RETURN(const std::string text,
                     read_file(files, options.token_file, kTokenFileMax));
    return parse_token(text);
  }
  if (isatty(STDIN_FILENO) != 0) std::fputs("Token: ", stderr);
  // A line: who types it ends it with Enter.
  std::array<char, kTokenFileMax> line{};
  const bool is_there = std::fgets(line.data(), static_cast<int>(line.size()), stdin) != nullptr;
  return parse_token(is_there ? line.data() : "");
}

Result<EnrolmentOrder> order_of(const Options& options, const Config& config) {
  EnrolmentOrder order;
  ASSIGN_OR_RETURN(order.collector, parse_address(options.collector));
  ASSIGN_OR_RETURN(order.fingerprint, parse_fingerprint(options.fingerprint));
  ASSIGN_OR_RETURN(order.token, token_of(options));
  utsname names{};
  if (uname(&names) != 0) return from_errno(errno, "uname");
  order.host = !options.host.empty() ? options.host : config.host;
  if (order.host.empty()) order.host = names.nodename;
  PosixFiles files;
  ASSIGN_OR_RETURN(order.machine_id, read_id_file(files, config.machine_id_file));
  return order;
}

// Everything that could fail on this host alone, before a token is spent.
Status check_host(const Options& options, const Config& config, const Account& user) {
  for (const std::string& path : {options.trust.trust, options.trust.checkpoint_key}) {
    const std::string folder = path.substr(0, std::max<size_t>(path.rfind('/'), 1));
    if (access(folder.c_str(), W_OK) != 0) return from_errno(errno, "write to " + folder);
  }
  const auto there = run_as(user, kAnswerMax, [&]() -> Result<std::string> {
    if (access(config.state_folder.c_str(), W_OK | X_OK) != 0) {
      return from_errno(errno, "write to " + config.state_folder + " as " + options.user);
    }
    return std::string(IdentityFiles(config.state_folder + "/identity").is_there() ? "1" : "0");
  });
  if (!there.is_ok()) return there.status();
  if (*there == "1" && !options.force) {
    return denied("this host is enrolled already (spoor-uplink status tells as what). --force "
                  "gives it a new identity; the old one then stays valid at the collector until "
                  "it is revoked there");
  }
  return ok();
}

// What one who was killed left half done.
Status settle(const TrustPlacing& placing, const Config& config, const Account& user) {
  if (!placing.is_open()) return ok();
  ASSIGN_OR_RETURN(const std::string text, run_as(user, kAnswerMax, [&]() -> Result<std::string> {
    const auto placed = IdentityFiles(config.state_folder + "/identity").enrolment();
    return placed.is_ok() ? encode_enrolment(*placed) : std::string();
  }));
  std::optional<Enrolment> placed;
  if (const auto read = decode_enrolment(text); read.is_ok()) placed = *read;
  ASSIGN_OR_RETURN(const TrustPlacing::Settled settled, placing.settle(placed));
  return print(settled == TrustPlacing::Settled::finished
                   ? "An enrolment as " + placed->agent + " that was broken off is finished now: "
                     "restart spoor-agent and\nspoor-uplink, which believe it from then on.\n"
                   : "An enrolment that was broken off is taken back.\n");
}

std::string told(const Obtained& obtained, const Clock& clock) {
  const HostIdentity& identity = obtained.identity;
  const int64_t due_ns = renewal_due_ns(identity.certificate, 0);
  std::string text = "Enrolled as " + identity.enrolment.agent + "\n";
  if (!obtained.labels.empty()) text += "  labels       " + obtained.labels + "\n";
  text += "  collector    " + identity.enrolment.collector + "\n";
  text += "  log          " + to_hex(identity.enrolment.log_id) + "\n";
  text += "  certificate  until " + moment(identity.certificate.not_after_ns) +
          ", renewed by itself from " + moment(due_ns) + "\n";
  if (identity.certificate.not_before_ns > clock.now().realtime_ns) {
    text += "This host's clock is behind the collector's: the certificate begins at " +
            moment(identity.certificate.not_before_ns) + ".\n";
  }
  return text + "Now restart spoor-agent and spoor-uplink, which believe this from then on.\n";
}

// What is to be said of it; may be empty.
Result<std::string> place_identity(const Config& config, const HostIdentity& identity) {
  PosixFiles files;
  const std::string path = config.state_folder + "/log_id";
  const auto bound = read_id_file(files, path);
  const bool is_free = bound.code() == Code::not_found;
  if (!is_free && !bound.is_ok()) return bound.status();
  RETURN_IF_ERROR(IdentityFiles(config.state_folder + "/identity").replace(identity));
  // The uplink does the same at its start.
  if (is_free) (void)write_file(files, path, to_hex(identity.enrolment.log_id) + "\n");
  if (is_free || *bound == identity.enrolment.log_id) return std::string();
  return "Until now this host reported to the log " + to_hex(*bound) +
         ". It begins with the new one only\nwith `switch_log: yes` in uplink.yml.\n";
}

// What speaks with the network gets the public half alone: the key is made once that process has a
// memory of its own.
Result<std::string> obtain_as(const Account& user, EnrolmentOrder& order, const Clock& clock,
                              std::string& checkpoint_pem) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return from_errno(errno, "pipe");
  const UniqueFd hearing(ends[0]);
  UniqueFd saying(ends[1]);
  PublicKey& key = order.checkpoint_key;
  const auto work = [&]() -> Result<std::string> {
    saying.reset();
    if (::read(hearing.get(), key.data(), key.size()) != static_cast<ssize_t>(key.size()))
      return internal("there is no checkpoint key");
    ASSIGN_OR_RETURN(const Obtained obtained, obtain(order, clock));
    return encode_obtained(obtained);
  };
  const auto make_key = [&]() -> Status {
    ASSIGN_OR_RETURN(const SigningKey made, SigningKey::generate());
    ASSIGN_OR_RETURN(checkpoint_pem, made.to_pem());
    key = made.public_key();
    return ::write(saying.get(), key.data(), key.size()) == static_cast<ssize_t>(key.size())
               ? ok() : from_errno(errno, "pipe");
  };
  Status is_made;
  auto answer = run_as(user, kAnswerMax, work, [&] {
    is_made = make_key();
    saying.reset();
  });
  RETURN_IF_ERROR(is_made);
  return answer;
}

Status enroll(const Options& options, const Config& config) {
  if (geteuid() != 0) {
    return denied("enrolment writes keys for two users: run it as root (what speaks with the "
                  "network becomes " + options.user + " for it)");
  }
  ASSIGN_OR_RETURN(const Account user, account_of(options.user));
  ASSIGN_OR_RETURN(const Account agent, account_of(options.agent_user));
  const TrustPlacing placing(options.trust);
  RETURN_IF_ERROR(settle(placing, config, user));
  RETURN_IF_ERROR(check_host(options, config, user));
  ASSIGN_OR_RETURN(EnrolmentOrder order, order_of(options, config));
  const SystemClock clock;
  std::string checkpoint_pem;
  ASSIGN_OR_RETURN(const std::string answer, obtain_as(user, order, clock, checkpoint_pem));
  ASSIGN_OR_RETURN(const Obtained obtained, decode_obtained(answer, order.machine_id));
  std::string more;
  RETURN_IF_ERROR(placing.place(
      obtained.identity.enrolment, checkpoint_pem, agent, [&]() -> Status {
        ASSIGN_OR_RETURN(more, run_as(user, kAnswerMax, [&] {
                           return place_identity(config, obtained.identity);
                         }));
        return ok();
      }));
  return print(told(obtained, clock) + more);
}

// What is wrong with an option's value; empty: nothing.
std::string wrong_collector(const std::string& text) {
  const Result<Address> address = parse_address(text);
  if (!address.is_ok()) return address.status().message();
  return address->is_unix() ? "over a Unix socket nobody is enrolled: HOST:PORT is wanted" : "";
}

void add_options(CLI::App& app, Options& options) {
  app.add_option("--collector", options.collector, "Where it listens, HOST:PORT")
      ->check(wrong_collector)
      ->required();
  app.add_option("--ca-fingerprint", options.fingerprint,
                 "Of its root, sha256:HEX, as `spoor-collector init` printed it")
      ->check([](const std::string& text) { return parse_fingerprint(text).status().message(); })
      ->required();
  CLI::Option* token = app.add_option(
      "--token", options.token, "What `spoor-collector token create` printed; all users of this "
      "host see it while this runs")
      ->check([](const std::string& text) { return parse_token(text).status().message(); });
  CLI::Option* file = app.add_option("--token-file", options.token_file,
                                     "A file with the token; - is standard input");
  token->excludes(file);
  app.add_option("--host", options.host, "What this host calls itself; default: as configured");
  app.add_flag("--force", options.force, "Replace the identity that this host has");
  app.add_option("--user", options.user, "The account that spoor-uplink runs as")
      ->capture_default_str();
  app.add_option("--agent-user", options.agent_user, "The account that spoor-agent runs as")
      ->capture_default_str();
  app.add_option("--trust-file", options.trust.trust, "Where the agent looks for the log's key")
      ->capture_default_str();
  app.add_option("--checkpoint-key", options.trust.checkpoint_key,
                 "Where the agent looks for the key that it signs with")
      ->capture_default_str();
}

}  // namespace

Subcommand add_enroll(CLI::App& app) {
  const auto options = std::make_shared<Options>();
  CLI::App* enroll_app = app.add_subcommand(
      "enroll", "As root: give this host an identity, with a token of the collector's");
  add_options(*enroll_app, *options);
  enroll_app->footer(
      "  spoor-collector token create --name 'web*' --uses 10       (there)\n"
      "  spoor-uplink enroll --collector c.example:4460 --token-file - \\\n"
      "      --ca-fingerprint sha256:0123...                        (here, as root)\n"
      "Exit codes: 0 enrolled, 1 not, and everything is as it was, or as the error says, 2 bad\n"
      "usage. Whoever was killed half way is finished, or taken back, by the next one.");
  return {enroll_app, [options](const Invocation& invocation) {
            if (options->token.empty() && options->token_file.empty()) {
              std::fputs("spoor-uplink: --token-file FILE (or - for standard input) or --token is "
                         "wanted\nRun with --help for more information.\n", stderr);
              return kBadUsage;
            }
            const Status status = enroll(*options, invocation.config);
            return status.is_ok() ? 0 : fail(status);
          }};
}

}  // namespace spoor::uplink

#include <CLI/CLI.hpp>

#include <unistd.h>

#include <memory>

#include "agent/uplink/commands/subcommand.h"
#include "agent/uplink/identity.h"
#include "agent/uplink/renewal.h"
#include "common/files.h"
#include "common/frame/commit_note.h"
#include "common/frame/format.h"
#include "common/time_format.h"

namespace spoor::uplink {
namespace {

constexpr size_t kAnswerMax = 64u << 10;
// Before the text: whether all is well.
constexpr char kGood = '1', kBad = '0';

std::string certificate_line(const Certificate& certificate, int64_t now_ns) {
  if (certificate.not_after_ns <= now_ns) {
    return "Certificate  EXPIRED on " + moment(certificate.not_after_ns) +
           "; renewed by itself where the\n             collector still allows it, else enroll "
           "anew\n";
  }
  const int64_t due_ns = renewal_due_ns(certificate, 0);
  return "Certificate  until " + moment(certificate.not_after_ns) +
         (due_ns <= now_ns ? ", renewal is due" : ", renewed by itself from " + moment(due_ns)) +
         "\n";
}

// What the collector said last, of any stream: the plainest proof that both reach each other.
std::string commit_line(const Config& config, int64_t now_ns) {
  PosixFiles files;
  int64_t newest_ns = 0;
  for (size_t i = 1; i <= kEventClasses; ++i) {
    const std::string path =
        config.commit_folder + "/" + event_class_name(static_cast<EventClass>(i));
    const auto text = read_file(files, path, kCommitNoteBytesMax);
    if (!text.is_ok()) continue;
    const auto note = decode_commit_note(*text);
    if (note.is_ok()) newest_ns = std::max(newest_ns, note->time_ns);
  }
  if (newest_ns == 0) return "Last commit  none yet\n";
  return "Last commit  " + moment(newest_ns) + ", " + duration_text(now_ns - newest_ns) + " ago\n";
}

std::string status_of(const Config& config) {
  const int64_t now_ns = SystemClock().now().realtime_ns;
  const auto identity = IdentityFiles(config.state_folder + "/identity").load();
  if (identity.code() == Code::not_found) {
    return kBad + std::string("Not enrolled: spoor-uplink enroll --help tells how.\n") +
           commit_line(config, now_ns);
  }
  if (!identity.is_ok()) {
    return kBad + std::string("The identity cannot be used: ") + identity.status().message() + "\n";
  }
  const Enrolment& enrolment = identity->enrolment;
  std::string text = "Agent        " + enrolment.agent + "\n";
  text += "Collector    " + enrolment.collector + "\n";
  text += "Log          " + to_hex(enrolment.log_id) + "\n";
  text += "Serial       " + identity->certificate.serial + "\n";
  text += certificate_line(identity->certificate, now_ns);
  text += commit_line(config, now_ns);
  return (identity->certificate.not_after_ns > now_ns ? kGood : kBad) + text;
}

int run(const std::string& user, const Config& config) {
  Account account{geteuid(), getegid()};
  if (account.uid == 0) {
    const auto found = account_of(user);
    if (!found.is_ok()) return fail(found.status());
    account = *found;
  }
  const auto text = run_as(account, kAnswerMax,
                           [&] { return Result<std::string>(status_of(config)); });
  if (!text.is_ok()) return fail(text.status());
  const Status printed = print(std::string_view(*text).substr(1));
  if (!printed.is_ok()) return fail(printed);
  return (*text)[0] == kGood ? 0 : kFailed;
}

}  // namespace

Subcommand add_status(CLI::App& app) {
  const auto user = std::make_shared<std::string>("spoor");
  CLI::App* status = app.add_subcommand(
      "status", "As root or the uplink's user: as what this host is enrolled, and until when");
  status->add_option("--user", *user, "The account that spoor-uplink runs as")
      ->capture_default_str();
  status->footer("Exit codes: 0 enrolled, 1 not, or expired, or nobody knows, 2 bad usage.");
  return {status, [user](const Invocation& invocation) { return run(*user, invocation.config); }};
}

}  // namespace spoor::uplink

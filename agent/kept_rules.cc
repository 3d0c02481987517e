#include "agent/kept_rules.h"

#include <string>
#include <utility>

#include "agent/source/rule_data.h"
#include "common/log.h"

namespace spoor::agent {
namespace {

std::string join(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

void log_places(const RuleReport& report) {
  if (!report.left_out.empty()) {
    log_info("{} rules are left out until what they watch is there, and spoor-agent may walk to "
             "it: {}", report.left_out.size(), join(report.left_out));
  }
  if (!report.appeared.empty()) log_info("what they watch is there: {}", join(report.appeared));
}

}  // namespace

KeptRules::KeptRules(RuleSet set, bool beside_daemon, RuleKernel& kernel,
                     std::function<Status(const RuleSettings&)> apply)
    : set_(std::move(set)),
      beside_daemon_(beside_daemon),
      kernel_(kernel),
      apply_(std::move(apply)) {}

Result<uint32_t> KeptRules::begin(bool holds_seat, Instant now) {
  if (holds_seat || beside_daemon_) return load(holds_seat, now);
  ASSIGN_OR_RETURN([[maybe_unused]] const uint32_t removed, remove_our_rules(kernel_));
  return 0;
}

// The keeper's first check is the load.
Result<uint32_t> KeptRules::load(bool holds_seat, Instant now) {
  applied_ = holds_seat;
  if (!keeper_) {
    keeper_.emplace(copy_rules(set_.rules), kernel_);
    for (const std::string& warning : set_.warnings) log_warning("{}", warning);
    if (!set_.notes.empty()) {
      log_info("what this machine has not is left out of audit rules, in {} of their lines; "
               "spoor-agent check-rules notes each", set_.notes.size());
    }
  }
  const RuleReport report = keeper_->check(now);
  log_places(report);
  if (report.state == RuleReport::State::locked) {
    log_warning("{}", describe(report));
    return report.rules;
  }
  if (report.state == RuleReport::State::failed) {
    if (!set_.settings.keep_going) return unavailable(report.problem);
    log_error("{}; going on without it, as {} says", report.problem,
              set_.settings.keep_going->source);
  }
  if (holds_seat) RETURN_IF_ERROR(apply_(set_.settings));
  return report.rules;
}

std::vector<AgentNews> KeptRules::check(Instant now, const std::optional<ConfigHint>& hint) {
  if (!keeper_ || !applied_) {  // the seat came to us
    const auto loaded = load(true, now);
    if (!loaded.is_ok()) log_error("{}", loaded.status().message());
    return {{.change = AgentState::Change::rules_loaded,
             .detail = loaded.status().message(),
             .rules = loaded.is_ok() ? *loaded : 0}};
  }
  if (!hint && !keeper_->due(now)) return {};
  const RuleReport report = keeper_->check(
      now, hint ? std::optional(RuleHint{hint->auid, hint->pid, hint->exe}) : std::nullopt);
  log_places(report);
  using State = RuleReport::State;
  if (!report.news) return {};
  if (report.state == State::in_place) log_info("{}", describe(report));
  else log_warning("{}", describe(report));
  const bool contested = report.state == State::contested;
  if (!contested && report.state != State::repaired) return {};
  return {{.change = contested ? AgentState::Change::rules_contested
                               : AgentState::Change::rules_repaired,
           .detail = describe(report),
           .rules = report.rules,
           .other_pid = report.who.pid.value_or(0),
           .other_exe = report.who.exe,
           .count = report.changed}};
}

void KeptRules::beside_other() {
  applied_ = false;
  if (!keeper_ || beside_daemon_) return;
  keeper_.reset();
  const auto removed = remove_our_rules(kernel_);
  if (!removed.is_ok()) log_error("{}", removed.status().message());
  else log_info("removed our audit rules: another daemon would log what they match");
}

}  // namespace spoor::agent

#include "agent/rule_keeper.h"

#include <libaudit.h>

#include <algorithm>
#include <array>
#include <utility>

#include "agent/limits.h"
#include "agent/source/rule_data.h"
#include "agent/source/rule_line.h"

namespace spoor::agent {
namespace {

// Before the first, second and third repair of a window.
constexpr std::array<int64_t, kRuleFightsMax> kRepairPauseNs = {0, 5 * kNsPerSecond,
                                                                30 * kNsPerSecond};

std::optional<size_t> find_unseen(const std::vector<AuditRule>& rules,
                                  const std::vector<bool>& seen, const AuditRule& rule) {
  for (size_t i = 0; i < rules.size(); ++i) {
    if (!seen[i] && same_rule(rules[i], rule)) return i;
  }
  return std::nullopt;
}

std::string plural(size_t count, const char* one, const char* many) {
  return std::to_string(count) + " " + (count == 1 ? one : many);
}

std::string name_of(const RuleHint& who) {
  std::string text = who.exe.empty() ? "somebody" : who.exe;
  std::string more;
  if (who.pid) more += "pid " + std::to_string(*who.pid);
  if (who.auid) {
    const bool unset = *who.auid == UINT32_MAX;
    more += (more.empty() ? "" : ", ") + std::string("login uid ") +
            (unset ? "unset" : std::to_string(*who.auid));
  }
  return more.empty() ? text : text + " (" + more + ")";
}

}  // namespace

// What is there against what is wanted.
struct RuleKeeper::Drift {
  std::vector<size_t> add;        // of wanted_, in the order in which the kernel is to get them
  std::vector<AuditRule> remove;  // ours, and not wanted; or wanted, and at a wrong place
  bool is_fight = false;          // more than rules whose place was missing until now
};

std::string describe(const RuleReport& report) {
  using State = RuleReport::State;
  const std::string rules = plural(report.rules, "audit rule", "audit rules");
  switch (report.state) {
    case State::in_place:
      return rules + " in place";
    case State::loaded:
      return rules + " loaded";
    case State::repaired:
      return "our audit rules had been changed, and are as wanted again (" +
             plural(report.changed, "change", "changes") + "); last changed by " +
             name_of(report.who);
    case State::waiting:
      return "our audit rules have been changed again, by " + name_of(report.who) +
             "; they will be put back shortly";
    case State::contested:
      return "our audit rules are removed again and again, by " + name_of(report.who) +
             "; they are left alone for an hour: find out what loads other rules (augenrules, "
             "another agent), then reload spoor-agent";
    case State::locked:
      return "audit is locked until the next boot (auditctl -e 2), and its rules are not those "
             "that are wanted: " + rules + " of ours in place";
    case State::failed:
      return report.problem;
  }
  return {};
}

RuleKeeper::RuleKeeper(std::vector<AuditRule> wanted, RuleKernel& kernel)
    : wanted_(std::move(wanted)), kernel_(kernel) {
  // Rules of -A go to the front of their list: the one that is to be first is added last.
  const auto appended =
      std::stable_partition(wanted_.begin(), wanted_.end(), [](const AuditRule& rule) {
        return is_prepended(*rule.data);
      });
  std::reverse(wanted_.begin(), appended);
}

bool RuleKeeper::order_matters(uint32_t list) const {
  bool always = false, never = false;
  for (const AuditRule& rule : wanted_) {
    if (list_of(*rule.data) != list) continue;
    (rule.data->action == AUDIT_NEVER ? never : always) = true;
  }
  return always && never;
}

// Each rule that the kernel refuses is an audit event of its own: it is not tried in vain twice.
bool RuleKeeper::may_add(size_t i, RuleReport& report) {
  if (refused_.contains(i)) return false;
  const RuleKernel::Place place = kernel_.place_of(wanted_[i]);
  if (place == RuleKernel::Place::there) return true;
  if (place == RuleKernel::Place::unknown) return !left_out_.contains(i);
  if (left_out_.insert(i).second) report.left_out.push_back(wanted_[i].source);
  return false;
}

Result<RuleKeeper::Drift> RuleKeeper::find_drift(RuleReport& report) {
  ASSIGN_OR_RETURN(std::vector<AuditRule> there, kernel_.rules());
  std::erase_if(there, [](const AuditRule& rule) { return !is_our_rule(rule); });
  report.rules = static_cast<uint32_t>(there.size());

  struct Row {  // one end of one list
    std::optional<size_t> last;
    bool broken = false;  // from here on all are added anew
  };
  std::array<std::array<Row, 2>, AUDIT_NR_FILTERS> rows;
  // Rules of the front lie before all others of ours.
  std::array<size_t, AUDIT_NR_FILTERS> front_end;
  front_end.fill(there.size());
  Drift drift;
  std::vector<bool> seen(there.size());
  for (const AuditRule& rule : wanted_) {
    const auto at = find_unseen(there, seen, rule);
    size_t& end = front_end[list_of(*rule.data)];
    if (at && !is_prepended(*rule.data)) end = std::min(end, *at);
  }
  for (size_t i = 0; i < wanted_.size(); ++i) {
    const uint32_t list = list_of(*wanted_[i].data);
    const bool to_front = is_prepended(*wanted_[i].data);
    Row& row = rows[list][to_front];
    const auto at = find_unseen(there, seen, wanted_[i]);
    const size_t last = row.last.value_or(to_front ? front_end[list] : 0);
    const bool in_order = at && (to_front ? *at < last : !row.last || *at > last);
    if (at && (!order_matters(list) || (in_order && !row.broken))) {
      seen[*at] = true;
      row.last = at;
      left_out_.erase(i);
    } else if (at || may_add(i, report)) {
      row.broken = true;
      const bool appeared = left_out_.erase(i) > 0;
      if (appeared) report.appeared.push_back(wanted_[i].source);
      else drift.is_fight = true;
      drift.add.push_back(i);
    }
  }
  for (size_t i = 0; i < there.size(); ++i) {
    if (seen[i]) continue;
    drift.remove.push_back(std::move(there[i]));
    drift.is_fight = true;
  }
  return drift;
}

bool RuleKeeper::is_hidden(const AuditRule& rule) {
  return kernel_.place_of(rule) == RuleKernel::Place::unknown;
}

// What is missing is added before what is not wanted goes: at no moment is less recorded than
// before or after. A rule at a wrong place is gone for the moment between two calls.
Status RuleKeeper::repair(const Drift& drift, RuleReport& report) {
  Status first_failure;
  const auto note = [&](const Status& status, uint32_t rules_now) {
    if (!status.is_ok()) {
      if (first_failure.is_ok()) first_failure = status;
      return;
    }
    ++report.changed;
    report.rules = rules_now;
  };
  std::vector<bool> gone(drift.remove.size());
  for (const size_t i : drift.add) {
    if (const auto misplaced = find_unseen(drift.remove, gone, wanted_[i])) {
      gone[*misplaced] = true;
      note(kernel_.remove(drift.remove[*misplaced]), report.rules - 1);
    }
    const Status added = kernel_.add(wanted_[i]);
    // Its place went, or is not ours to see: the kernel walks the path with our permissions.
    if (added.code() == Code::not_found ||
        (added.code() == Code::denied && is_hidden(wanted_[i]))) {
      if (left_out_.insert(i).second) report.left_out.push_back(wanted_[i].source);
      continue;
    }
    note(added, report.rules + 1);
    if (added.code() == Code::internal || added.code() == Code::invalid) refused_.insert(i);
  }
  for (size_t i = 0; i < drift.remove.size(); ++i) {
    if (!gone[i]) note(kernel_.remove(drift.remove[i]), report.rules - 1);
  }
  return first_failure;
}

// Whether it is time to put things back; if not, `report` says why.
bool RuleKeeper::may_repair(Instant now, RuleReport& report) {
  const int64_t now_ns = now.boottime_ns;
  if (contested_ns_ && now_ns - *contested_ns_ >= kRuleContestedNs) {
    contested_ns_.reset();
    fights_ns_.clear();
  }
  while (!fights_ns_.empty() && now_ns - fights_ns_.front() >= kRuleFightsWindowNs) {
    fights_ns_.pop_front();
  }
  if (contested_ns_ || fights_ns_.size() >= kRuleFightsMax) {
    if (!contested_ns_) contested_ns_ = now_ns;
    report.state = RuleReport::State::contested;
    return false;
  }
  if (!fights_ns_.empty()) {
    const int64_t repair_ns = fights_ns_.back() + kRepairPauseNs[fights_ns_.size()];
    if (now_ns < repair_ns) {
      due_ns_ = std::min(due_ns_, repair_ns);
      report.state = RuleReport::State::waiting;
      return false;
    }
  }
  fights_ns_.push_back(now_ns);
  return true;
}

Status RuleKeeper::bring_about(Instant now, RuleReport& report) {
  using State = RuleReport::State;
  ASSIGN_OR_RETURN(const Drift drift, find_drift(report));
  report.state = loaded_ ? State::in_place : State::loaded;
  if (drift.add.empty() && drift.remove.empty()) return ok();
  ASSIGN_OR_RETURN(const bool locked, kernel_.locked());
  if (locked) {
    report.state = State::locked;
    return ok();
  }
  const bool is_repair = loaded_ && drift.is_fight;
  if (is_repair && !may_repair(now, report)) return ok();
  RETURN_IF_ERROR(repair(drift, report));
  if (is_repair && report.changed > 0) report.state = State::repaired;
  return ok();
}

RuleReport RuleKeeper::check(Instant now, const std::optional<RuleHint>& hint) {
  RuleReport report;
  // Our own repair is a change, too, and names nobody: while a fight lasts that clears no name.
  const bool names = hint && (hint->auid || hint->pid || !hint->exe.empty());
  // A hint of before, where this one is of somebody who left our rules alone.
  const RuleHint before = who_;
  // One change makes several records, not each of which names the program.
  const bool is_less = hint && !fights_ns_.empty() && before.pid && !hint->pid &&
                       (!hint->auid || hint->auid == before.auid);
  if (!is_less && (names || (hint && fights_ns_.empty()))) who_ = *hint;
  due_ns_ = now.boottime_ns + kRuleCheckNs;
  const Status status = bring_about(now, report);
  if (!status.is_ok()) {
    report.state = RuleReport::State::failed;
    report.problem = status.message();
  }
  if (report.state == RuleReport::State::in_place) who_ = before;
  report.who = who_;
  report.news = report.state != last_ || report.state == RuleReport::State::repaired;
  last_ = report.state;
  loaded_ = true;
  return report;
}

}  // namespace spoor::agent

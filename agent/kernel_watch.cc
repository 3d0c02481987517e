#include "agent/kernel_watch.h"

#include <chrono>
#include <iterator>
#include <utility>

#include "agent/limits.h"
#include "common/log.h"
#include "common/thread_name.h"

namespace spoor::agent {
namespace {

constexpr std::chrono::seconds kPeriod{1};
// Somebody who changes rule by rule is looked at once for all of them.
constexpr std::chrono::milliseconds kHintPause{100};
// Records are stamped with the time of the last tick, of 10 ms at most, cut to milliseconds.
constexpr int64_t kStampBehindNs = 11 * kNsPerMs;
// A setting is looked at each second: who changed something longer ago than this did not change it.
constexpr int64_t kHintKeptNs = 5 * kNsPerSecond;

}  // namespace

std::string describe(const ConfigHint& hint) {
  std::string text = hint.exe.empty() ? "an unknown program" : hint.exe;
  if (hint.pid) text += " (pid " + std::to_string(*hint.pid);
  if (hint.auid && *hint.auid != kUnsetId) {
    text += (hint.pid ? ", " : " (") + ("login uid " + std::to_string(*hint.auid)) + ")";
  } else if (hint.pid) {
    text += ")";
  }
  return text;
}

void WaitingHint::put(ConfigHint hint) {
  const auto says = [](const ConfigHint& h) { return h.pid ? 2 : h.auid ? 1 : 0; };
  if (!hint_ || says(hint) >= says(*hint_)) hint_ = std::move(hint);
}

std::optional<ConfigHint> RecentHint::at(Instant now) const {
  return now.boottime_ns - put_ns_ <= kHintKeptNs ? hint_ : std::nullopt;
}

void OwnChanges::end(int64_t realtime_ns, bool changed) {
  now_.last_ns = realtime_ns;
  if (changed) last_ = now_;
  now_ = {};
}

bool OwnChanges::Span::covers(int64_t time_ms) const {
  const int64_t time_ns = time_ms * kNsPerMs;
  return time_ns >= first_ns - kStampBehindNs && time_ns <= last_ns;
}

KernelWatch::KernelWatch(KernelSeat& seat, const KernelSettings& settings, const Clock& clock)
    : seat_(seat),
      clock_(clock),
      tick_ns_(kernel_tick_ns()),
      settings_(settings),
      keeper_(settings, tick_ns_) {}

KernelWatch::~KernelWatch() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void KernelWatch::start() {
  thread_ = std::thread([this] { run(); });
}

void KernelWatch::run() {
  name_this_thread("kernel-watch");
  std::unique_lock lock(mutex_);
  while (!stop_) {
    const std::optional<ConfigHint> hint = hint_.take();
    const bool nudge = std::exchange(nudge_, false);
    lock.unlock();
    if (nudge) make_a_record();
    check(clock_.now(), hint);
    lock.lock();
    wake_.wait_for(lock, kHintPause, [this] { return stop_; });
    wake_.wait_for(lock, kPeriod - kHintPause,
                   [this] { return stop_ || nudge_ || hint_.is_there(); });
  }
}

void KernelWatch::check(Instant now, const std::optional<ConfigHint>& hint) {
  const auto look = seat_.look();
  if (look.code() != said_) {
    said_ = look.code();
    if (look.is_ok()) log_info("the kernel's audit system answers again");
    else log_error("asking for the audit status fails: {}", look.status().message());
  }
  if (!look.is_ok()) return;
  const AuditStatus& status = look->status;
  KernelReport report;
  report.status = {now, status.lost, status.rate_limit, status.waited_ticks, tick_ns_,
                   status.backlog};
  report.holder = look->holder;
  if (hint) recent_hint_.put(*hint, now);
  if (look->holder.is_us) {
    {
      const std::lock_guard lock(mutex_);
      own_changes_.begin(now.realtime_ns);
    }
    check_settings(status, now, recent_hint_.at(now), report.news);
    if (check_rules) {
      auto news = check_rules(now, hint);
      std::move(news.begin(), news.end(), std::back_inserter(report.news));
    }
    const std::lock_guard lock(mutex_);
    own_changes_.end(clock_.now().realtime_ns, !report.news.empty());
  } else {
    settled_ = false;
    if (look->holder.is_other() && beside_other) beside_other();
  }
  post(std::move(report));
}

void KernelWatch::check_settings(const AuditStatus& status, Instant now,
                                 const std::optional<ConfigHint>& hint,
                                 std::vector<AgentNews>& news) {
  if (!std::exchange(settled_, true)) {
    const Status set = seat_.settle_in(settings_);
    if (!set.is_ok()) log_error("the kernel's audit settings: {}", set.message());
    return;
  }
  const SettingsKeeper::Verdict verdict = keeper_.judge(status, now);
  const std::string who = hint ? "; last changed by " + describe(*hint) : "";
  const auto tell = [&](const std::string& detail) {
    log_warning("{}", detail);
    AgentNews told{.change = AgentState::Change::settings_repaired, .detail = detail, .count = 1};
    if (hint) {
      told.other_pid = hint->pid.value_or(0);
      told.other_exe = hint->exe;
    }
    news.push_back(std::move(told));
  };
  for (const SettingRepair& wrong : verdict.repairs) {
    const Status repaired = seat_.repair(wrong);
    if (repaired.is_ok()) tell("audit setting repaired: " + describe(wrong) + who);
    else log_error("repairing {}: {}", describe(wrong), repaired.message());
  }
  for (const SettingRepair& wrong : verdict.given_up) {
    tell("audit setting changed too often, not repaired any more: wanted " + describe(wrong) + who);
    news.back().count = 0;
  }
}

void KernelWatch::make_a_record() {
  // Whoever begins and ends to listen is told of by records (EVENT_LISTENER), of our own making.
  auto listener = AuditSocket::open_listener();
  if (!listener.is_ok()) log_debug("nudging the kernel: {}", listener.status().message());
}

void KernelWatch::post(KernelReport report) {
  const std::lock_guard lock(mutex_);
  if (reports_.size() >= kKernelReportsMax) {
    KernelReport& last = reports_.back();
    std::move(report.news.begin(), report.news.end(), std::back_inserter(last.news));
    report.news = std::move(last.news);
    reports_.pop_back();
  }
  reports_.push_back(std::move(report));
}

std::vector<KernelReport> KernelWatch::take() {
  const std::lock_guard lock(mutex_);
  return std::exchange(reports_, {});
}

void KernelWatch::hint(ConfigHint hint) {
  {
    const std::lock_guard lock(mutex_);
    hint_.put(std::move(hint));
  }
  wake_.notify_one();
}

bool KernelWatch::changed_at(int64_t time_ms) {
  const std::lock_guard lock(mutex_);
  return own_changes_.covers(time_ms);
}

void KernelWatch::nudge() {
  {
    const std::lock_guard lock(mutex_);
    nudge_ = true;
  }
  wake_.notify_one();
}

}  // namespace spoor::agent

#include "collector/identity/agent_watch.h"

#include <algorithm>

#include "collector/limits.h"

namespace spoor::collector {
namespace {

using Health = v1::AgentHealth;

// Together: at least so many, and at least a tenth of those who could speak.
constexpr size_t kMassMin = 10;
constexpr size_t kMassPart = 10;
// Who has missed a Status, with something for the way.
constexpr int64_t kOverdueNs = kStatusEveryNs + 2 * kNsPerSecond;
constexpr int64_t kCloneShownNs = 3600 * kNsPerSecond;

// What is told of a state, but for those that the registry's own events tell.
Health::Condition condition_of(AgentState state) {
  switch (state) {
    case AgentState::silent: return Health::CONDITION_SILENT;
    case AgentState::stalled: return Health::CONDITION_STALLED;
    case AgentState::lossy: return Health::CONDITION_LOSSY;
    case AgentState::behind: return Health::CONDITION_BEHIND;
    case AgentState::skewed: return Health::CONDITION_SKEWED;
    case AgentState::clone: return Health::CONDITION_CLONE;
    case AgentState::expired: return Health::CONDITION_EXPIRED;
    case AgentState::revoked:
    case AgentState::connected: break;
  }
  return Health::CONDITION_UNSPECIFIED;
}

// A host may say any number; what would overflow when it is compared says nothing.
int64_t sane(int64_t time_ns) {
  constexpr int64_t kMost = int64_t{1} << 61;
  return time_ns > 0 && time_ns < kMost ? time_ns : 0;
}
AgentReport sane(AgentReport report) {
  report.host = {sane(report.host.realtime_ns), sane(report.host.boottime_ns)};
  report.oldest_unsent_ns = sane(report.oldest_unsent_ns);
  return report;
}

v1::Event health(Health::Condition condition, bool has_ended, const std::string& agent) {
  v1::Event event;
  Health& out = *event.mutable_agent_health();
  out.set_condition(condition);
  out.set_has_ended(has_ended);
  out.set_count(1);
  out.add_agents(agent);
  return event;
}

}  // namespace

void AgentWatch::remember(const std::vector<KeptFacts>& facts) {
  const std::lock_guard lock(mutex_);
  for (const KeptFacts& one : facts) {
    AgentView& view = agents_[one.agent].view;
    view.last_seen_ns = one.seen_ns;
    view.clock_offset_ns = one.clock_offset_ns;
    view.report.counter = one.counter;
    view.report.lost = one.lost;
    view.report.frames_behind = one.frames_behind;
    view.report.version = one.version;
  }
}

void AgentWatch::note_clone(const std::string& agent) {
  const std::lock_guard lock(mutex_);
  agents_[agent].clone_up_ns = up_ns_;
}

std::vector<AgentView> AgentWatch::agents() const {
  const std::lock_guard lock(mutex_);
  std::vector<AgentView> out;
  for (const auto& [name, watched] : agents_) {
    if (watched.view.is_enrolled || watched.facts.is_heard) out.push_back(watched.view);
  }
  return out;
}

void AgentWatch::look(Instant now, bool accepting, const std::vector<AgentRecord>& records,
                      const std::vector<AgentReport>& reports) {
  std::vector<v1::Event> events;
  {
    const std::lock_guard lock(mutex_);
    go_on(now, accepting);
    for (auto& [name, watched] : agents_) watched.view.is_enrolled = false;
    for (const AgentRecord& record : records) {
      const auto [at, is_new] = agents_.try_emplace(record.name);
      if (is_new) at->second.heard_up_ns = up_ns_;
      at->second.view.record = record;
      at->second.view.is_enrolled = true;
    }
    for (const AgentReport& report : reports) hear(agents_[report.agent], sane(report), now);
    for (auto& [name, watched] : agents_) {
      watched.view.record.name = name;
      derive(watched, now);
    }
    tell_silences();
    for (auto& [name, watched] : agents_) tell_changes(watched);
    end_mass();
    events.swap(events_);
  }
  for (v1::Event& event : events) tell_(std::move(event));
}

void AgentWatch::go_on(Instant now, bool accepting) {
  if (accepting && was_accepting_) up_ns_ += now.boottime_ns - last_look_.boottime_ns;
  // The grace is as long as who was cut off needs to come back, beyond the usual patience.
  if (accepting && !was_accepting_) resumed_up_ns_ = up_ns_ + limits_.return_within_ns;
  was_accepting_ = accepting;
  last_look_ = now;
}

void AgentWatch::hear(Watched& watched, const AgentReport& report, Instant now) {
  AgentReport& last = watched.view.report;
  const bool is_first = last.received.boottime_ns == 0;
  if (!is_first && report.received.boottime_ns <= last.received.boottime_ns) return;
  const int64_t age_ns = std::max<int64_t>(now.boottime_ns - report.received.boottime_ns, 0);
  const int64_t heard_up_ns = up_ns_ - age_ns;
  watched.facts.is_heard = true;
  watched.heard_up_ns = heard_up_ns;
  if (is_first || report.counter != last.counter) watched.counter_up_ns = heard_up_ns;
  if (!is_first && report.lost > last.lost) watched.loss_up_ns = heard_up_ns;
  if (!is_first) tell_clock_step(watched, report);
  watched.view.last_seen_ns = report.received.realtime_ns;
  if (report.host.realtime_ns != 0)
    watched.view.clock_offset_ns = report.host.realtime_ns - report.received.realtime_ns;
  last = report;
}

// The host's two clocks go together until somebody sets one; another boot begins anew.
void AgentWatch::tell_clock_step(const Watched& watched, const AgentReport& report) {
  const Instant before = watched.view.report.host;
  const Instant after = report.host;
  if (before.realtime_ns == 0 || after.realtime_ns == 0) return;
  if (after.boottime_ns < before.boottime_ns) return;
  const int64_t step_ns =
      (after.realtime_ns - before.realtime_ns) - (after.boottime_ns - before.boottime_ns);
  if (step_ns <= kClockStepNs && step_ns >= -kClockStepNs) return;
  v1::Event event = health(Health::CONDITION_CLOCK_STEP, false, report.agent);
  event.mutable_agent_health()->set_amount_ns(step_ns);
  events_.push_back(std::move(event));
}

void AgentWatch::derive(Watched& watched, Instant now) {
  AgentFacts& facts = watched.facts;
  const AgentReport& report = watched.view.report;
  const AgentRecord& record = watched.view.record;
  // Who has not come back since the collector accepts agents again is given time for that.
  const bool is_back =
      facts.is_heard && watched.heard_up_ns + limits_.return_within_ns >= resumed_up_ns_;
  facts.quiet_ns =
      up_ns_ - (is_back ? watched.heard_up_ns : std::max(watched.heard_up_ns, resumed_up_ns_));
  // As its uplink told it: of the time since then nothing is known.
  facts.counter_still_ns = watched.heard_up_ns - watched.counter_up_ns;
  facts.since_loss_ns = watched.loss_up_ns < 0 ? -1 : up_ns_ - watched.loss_up_ns;
  facts.spool_cannot_keep = report.spool_cannot_keep;
  facts.clock_offset_ns = watched.view.clock_offset_ns;
  const int64_t host_now_ns = now.realtime_ns + facts.clock_offset_ns;
  facts.unsent_age_ns =
      report.oldest_unsent_ns == 0 ? 0 : host_now_ns - report.oldest_unsent_ns;
  facts.is_clone =
      watched.clone_up_ns >= 0 && up_ns_ - watched.clone_up_ns < kCloneShownNs;
  const bool is_enrolled = watched.view.is_enrolled;
  facts.is_revoked = is_enrolled && record.revoked_s != 0;
  facts.is_expired = is_enrolled && !facts.is_revoked &&
                     record.certificate_until_s * kNsPerSecond <= now.realtime_ns;
  watched.view.states = derive_states(facts, limits_);
}

// One event for all who went together.
void AgentWatch::tell_silences() {
  std::vector<Watched*> gone;  // newly silent, and who is about to be
  bool is_any_silent = false;
  size_t speakers = 0;
  for (auto& [name, watched] : agents_) {
    const bool counts = !watched.facts.is_revoked &&
                        (watched.view.is_enrolled || watched.facts.is_heard);
    if (!counts || watched.told.contains(AgentState::silent)) continue;
    ++speakers;
    const auto& states = watched.view.states;
    const bool is_silent =
        std::find(states.begin(), states.end(), AgentState::silent) != states.end();
    is_any_silent = is_any_silent || is_silent;
    if (is_silent || watched.facts.quiet_ns >= kOverdueNs) gone.push_back(&watched);
  }
  if (!is_any_silent || gone.size() < kMassMin || gone.size() * kMassPart < speakers) return;
  v1::Event event;
  Health& out = *event.mutable_agent_health();
  out.set_condition(Health::CONDITION_MASS_SILENCE);
  out.set_count(gone.size());
  for (Watched* watched : gone) {
    watched->told.insert(AgentState::silent);
    watched->in_mass = true;
    if (out.agents_size() < kAgentsNamedMax) out.add_agents(watched->view.record.name);
  }
  has_mass_ = true;
  events_.push_back(std::move(event));
}

void AgentWatch::tell_changes(Watched& watched) {
  if (watched.facts.is_revoked) {  // that was told
    watched.in_mass = false;
    watched.told.clear();
    return;
  }
  if (!watched.view.is_enrolled && !watched.facts.is_heard) return;  // of a run before
  const std::vector<AgentState>& states = watched.view.states;
  const std::string& agent = watched.view.record.name;
  const auto holds = [&](AgentState state) {
    return std::find(states.begin(), states.end(), state) != states.end();
  };
  // Whoever speaks again was told with the others; that they are back is told with them, too.
  if (watched.in_mass && watched.facts.quiet_ns < kOverdueNs) {
    watched.in_mass = false;
    watched.told.erase(AgentState::silent);
  }
  for (const AgentState state : states) {
    const Health::Condition condition = condition_of(state);
    if (condition == Health::CONDITION_UNSPECIFIED || watched.told.contains(state)) continue;
    watched.told.insert(state);
    v1::Event event = health(condition, false, agent);
    event.mutable_agent_health()->set_last_seen_ns(watched.view.last_seen_ns);
    if (state == AgentState::skewed)
      event.mutable_agent_health()->set_amount_ns(watched.view.clock_offset_ns);
    events_.push_back(std::move(event));
  }
  for (auto at = watched.told.begin(); at != watched.told.end();) {
    // Of one that says nothing it is not known whether it ended.
    const bool is_open = holds(*at) || watched.in_mass ||
                         (holds(AgentState::silent) && *at != AgentState::silent);
    if (is_open) {
      ++at;
      continue;
    }
    events_.push_back(health(condition_of(*at), true, agent));
    at = watched.told.erase(at);
  }
}

void AgentWatch::end_mass() {
  if (!has_mass_) return;
  const bool is_over = std::none_of(agents_.begin(), agents_.end(),
                                    [](const auto& entry) { return entry.second.in_mass; });
  if (!is_over) return;
  has_mass_ = false;
  v1::Event event;
  event.mutable_agent_health()->set_condition(Health::CONDITION_MASS_SILENCE);
  event.mutable_agent_health()->set_has_ended(true);
  events_.push_back(std::move(event));
}

}  // namespace spoor::collector

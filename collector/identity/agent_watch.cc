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
constexpr int64_t kLookLateNs = 5 * kLookEveryNs;
// How long something must be over before that is told, and for how long an agent's clock steps are
// told together: else a host that comes and goes fills `spoor events`.
constexpr int64_t kHealthCalmNs = 60 * kNsPerSecond;
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
  report.counted_ns = sane(report.counted_ns);
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
    AgentView& view = of(one.agent).view;
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
  Watched& watched = of(agent);
  watched.clone_up_ns = up_ns_;
  look_again_at(watched, 0);
}

void AgentWatch::note_bad_checkpoint(const std::string& agent, int64_t now_ns) {
  const std::lock_guard lock(mutex_);
  of(agent).view.bad_checkpoint_ns = now_ns;
}

std::vector<AgentView> AgentWatch::agents() const {
  const std::lock_guard lock(mutex_);
  std::vector<AgentView> out;
  for (const auto& [name, watched] : agents_) {
    if (watched.view.is_enrolled || watched.facts.is_heard) out.push_back(watched.view);
  }
  return out;
}

AgentWatch::Watched& AgentWatch::of(const std::string& agent) {
  const auto [at, is_new] = agents_.try_emplace(agent);
  Watched& watched = at->second;
  if (is_new) {
    watched.view.record.name = agent;
    watched.heard_up_ns = up_ns_;
    due_.emplace(watched.due_ns, &watched);
  }
  return watched;
}

void AgentWatch::look_again_at(Watched& watched, int64_t due_ns) {
  due_.erase({watched.due_ns, &watched});
  watched.due_ns = due_ns;
  due_.emplace(due_ns, &watched);
}

void AgentWatch::know(const std::vector<AgentRecord>& records) {
  const std::lock_guard lock(mutex_);
  for (auto& [name, watched] : agents_) {
    watched.view.is_enrolled = false;
    look_again_at(watched, 0);
  }
  for (const AgentRecord& record : records) {
    AgentView& view = of(record.name).view;
    view.record = record;
    view.is_enrolled = true;
  }
}

size_t AgentWatch::look(Instant now, bool accepting, const std::vector<AgentReport>& reports) {
  std::vector<v1::Event> events;
  size_t looked_at = 0;
  {
    const std::lock_guard lock(mutex_);
    go_on(now, accepting);
    const Due due = take_due(now, reports);
    looked_at = due.size();
    for (Watched* watched : due) {
      derive(*watched, now);
      look_again_at(*watched, now.boottime_ns + next_look_ns(*watched));
    }
    tell_silences(due, now);
    for (Watched* watched : due) {
      tell_clock_steps(*watched);
      tell_changes(*watched);
    }
    end_mass();
    events.swap(events_);
  }
  for (v1::Event& event : events) tell_(std::move(event));
  return looked_at;
}

AgentWatch::Due AgentWatch::take_due(Instant now, const std::vector<AgentReport>& reports) {
  Due out;
  for (const AgentReport& report : reports) {
    Watched& watched = of(report.agent);
    hear(watched, sane(report), now);
    out.insert(&watched);
  }
  for (const auto& [due_ns, watched] : due_) {
    if (due_ns > now.boottime_ns) break;
    out.insert(watched);
  }
  return out;
}

void AgentWatch::go_on(Instant now, bool accepting) {
  // Who did not look cannot say that nobody spoke: state.db waited for a disk, or all of us did.
  if (now.boottime_ns - last_look_.boottime_ns > kLookLateNs) was_accepting_ = false;
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
  if (is_first) watched.counter_up_ns = heard_up_ns;
  else if (report.counter != last.counter)
    watched.counter_up_ns = grew_up_ns(watched, report, heard_up_ns);
  watched.heard_up_ns = heard_up_ns;
  if (!is_first && report.lost > last.lost) watched.loss_up_ns = heard_up_ns;
  if (!is_first) note_clock_step(watched, report);
  watched.view.last_seen_ns = report.received.realtime_ns;
  if (report.host.realtime_ns != 0)
    watched.view.clock_offset_ns = report.host.realtime_ns - report.received.realtime_ns;
  last = report;
}

// When the agent wrote its counter, between the Status before and this one.
int64_t AgentWatch::grew_up_ns(const Watched& watched, const AgentReport& report,
                               int64_t heard_up_ns) {
  const int64_t ago_ns = report.counted_ns == 0 ? 0 : report.host.boottime_ns - report.counted_ns;
  const int64_t most_ns = std::max<int64_t>(heard_up_ns - watched.heard_up_ns, 0);
  return heard_up_ns - std::clamp<int64_t>(ago_ns, 0, most_ns);
}

// The host's two clocks go together until somebody sets one; another boot begins anew.
void AgentWatch::note_clock_step(Watched& watched, const AgentReport& report) {
  const Instant before = watched.view.report.host;
  const Instant after = report.host;
  if (before.realtime_ns == 0 || after.realtime_ns == 0) return;
  if (after.boottime_ns < before.boottime_ns) return;
  const int64_t step_ns =
      (after.realtime_ns - before.realtime_ns) - (after.boottime_ns - before.boottime_ns);
  if (step_ns <= kClockStepNs && step_ns >= -kClockStepNs) return;
  ++watched.clock_steps;
  watched.clock_step_ns = step_ns;
}

// The first at once, those of the minute after it together.
void AgentWatch::tell_clock_steps(Watched& watched) {
  const int64_t now_ns = last_look_.boottime_ns;
  if (watched.clock_steps == 0) return;
  if (watched.clock_told_ns != 0 && now_ns - watched.clock_told_ns < kHealthCalmNs) return;
  watched.clock_told_ns = now_ns;
  v1::Event event = health(Health::CONDITION_CLOCK_STEP, false, watched.view.record.name);
  event.mutable_agent_health()->set_amount_ns(watched.clock_step_ns);
  event.mutable_agent_health()->set_count(std::exchange(watched.clock_steps, 0));
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

// In ten seconds, or when it will be silent: the clock of acceptance is as fast as this one, or
// stands.
int64_t AgentWatch::next_look_ns(const Watched& watched) const {
  const int64_t left_ns = limits_.silent_after_ns - kLookEveryNs - watched.facts.quiet_ns;
  return left_ns > 0 ? std::min(left_ns, kStatusEveryNs) : kStatusEveryNs;
}

// One event for all who went together.
void AgentWatch::tell_silences(const Due& due, Instant now) {
  const auto counts = [](const Watched& watched) {
    return !watched.facts.is_revoked && !watched.told.contains(AgentState::silent) &&
           (watched.view.is_enrolled || watched.facts.is_heard);
  };
  const auto is_silent = [](const Watched& watched) {
    const auto& states = watched.view.states;
    return std::find(states.begin(), states.end(), AgentState::silent) != states.end();
  };
  const bool is_any_silent = std::any_of(due.begin(), due.end(), [&](const Watched* watched) {
    return counts(*watched) && is_silent(*watched);
  });
  if (!is_any_silent) return;
  std::vector<Watched*> gone;  // newly silent, and who is about to be
  size_t speakers = 0;
  for (auto& [name, watched] : agents_) {
    if (!counts(watched)) continue;
    ++speakers;
    derive(watched, now);
    if (is_silent(watched) || watched.facts.quiet_ns >= kOverdueNs) gone.push_back(&watched);
  }
  if (gone.size() < kMassMin || gone.size() * kMassPart < speakers) return;
  v1::Event event;
  Health& out = *event.mutable_agent_health();
  out.set_condition(Health::CONDITION_MASS_SILENCE);
  out.set_count(gone.size());
  for (Watched* watched : gone) {
    watched->told[AgentState::silent] = 0;
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
    watched.told[state] = 0;
    v1::Event event = health(condition, false, agent);
    event.mutable_agent_health()->set_last_seen_ns(watched.view.last_seen_ns);
    if (state == AgentState::skewed)
      event.mutable_agent_health()->set_amount_ns(watched.view.clock_offset_ns);
    events_.push_back(std::move(event));
  }
  for (auto at = watched.told.begin(); at != watched.told.end();) {
    auto& [state, over_ns] = *at;
    // Of one that says nothing it is not known whether it ended.
    const bool is_open = holds(state) || watched.in_mass ||
                         (holds(AgentState::silent) && state != AgentState::silent);
    if (is_open)
      over_ns = 0;
    else if (over_ns == 0)
      over_ns = last_look_.boottime_ns;
    if (is_open || last_look_.boottime_ns - over_ns < kHealthCalmNs) {
      ++at;
      continue;
    }
    events_.push_back(health(condition_of(state), true, agent));
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

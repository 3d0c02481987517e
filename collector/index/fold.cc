// A process runs one command after another (exec replaces), so that commands are found by process:
//
//   CommandStarted (p, 1) ── CommandStarted (p, 2) ── ProcessEnded (p, last = 2)
//        └ ends REPLACED at the start of 2     └ ends as the process did
//
// A start that failed ends at once and takes no part in that. Which end is whose command_pairs.h
// says. Events come in (epoch, order), so that a parent stands before its children and one pass
// does for commands; what they did is matched in a second one.
#include "collector/index/fold.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "collector/blocks/command_pairs.h"
#include "collector/limits.h"

namespace spoor::collector {

namespace {

using Process = std::pair<uint32_t, uint64_t>;  // pid, birth
using Ref = std::tuple<uint32_t, uint64_t, uint32_t>;

Process process_of(const v1::ProcessKey& key) { return {key.pid(), key.birth_ns()}; }
SessionProcess named_process(const v1::ProcessKey& key) {
  return {0, 0, key.pid(), key.birth_ns()};
}
Ref ref_of(const v1::CommandRef& ref) {
  return {ref.process().pid(), ref.process().birth_ns(), ref.exec_number()};
}

class CommandFold {
 public:
  void start(const IndexedEvent& event);
  void end(const IndexedEvent& event);
  // Once all starts are there: which command `event` says did it.
  uint64_t number_of(const v1::CommandRef& ref, const IndexedEvent& event) const;
  std::vector<Command> take();

 private:
  // Of a process whose birth is not known: what ran last before `event`. -1: nothing.
  ptrdiff_t run_before(const std::vector<size_t>& runs, const IndexedEvent& event) const;
  void apply(const CommandPairs::Pair& pair);

  std::vector<Command> commands_;
  CommandPairs pairs_;  // numbers of commands, and of ends
  std::vector<const IndexedEvent*> ends_;
  std::vector<Process> over_;  // processes whose ends named a command that was not there yet
  std::map<Ref, size_t> by_ref_;                       // the latest of that name
  std::map<Process, std::vector<size_t>> by_process_;  // those that did run, in order
};

void CommandFold::start(const IndexedEvent& event) {
  const v1::CommandStarted& s = event.event->command_started();
  Command c = begun(event);
  c.number = commands_.size() + 1;
  if (s.has_parent()) {
    if (const auto parent = by_ref_.find(ref_of(s.parent())); parent != by_ref_.end()) {
      const Command& p = commands_[parent->second];
      c.parent = p.number;
      c.depth = std::min(p.depth + 1, kDepthMax);
    }
  }
  const size_t index = commands_.size();
  const bool failed = c.end == Command::End::failed_start;
  const auto pair = pairs_.start(named_process(s.command().process()), s.command().exec_number(),
                                 failed, static_cast<uint32_t>(index));
  if (failed) return commands_.push_back(std::move(c));
  std::vector<size_t>& runs = by_process_[process_of(s.command().process())];
  // Where the birth is not known the pid may have been given to another process, which begins anew.
  const bool same_process =
      s.command().process().birth_ns() != 0 || s.command().exec_number() > 1;
  if (!runs.empty() && same_process) {
    Command& before = commands_[runs.back()];
    if (before.end == Command::End::unknown && before.ended_ns == 0) {
      before.end = Command::End::replaced;
      before.ended_ns = c.started_ns;
    }
  }
  runs.push_back(index);
  by_ref_[ref_of(s.command())] = index;
  commands_.push_back(std::move(c));
  if (pair) apply(*pair);
}

// Commands were numbered in (epoch, order), and so are a process's.
ptrdiff_t CommandFold::run_before(const std::vector<size_t>& runs,
                                  const IndexedEvent& event) const {
  const auto place = std::pair(event.epoch, event.event->order());
  const auto behind = std::partition_point(runs.begin(), runs.end(), [&](size_t run) {
    const IndexedEvent& started = commands_[run].started;
    return std::pair(started.epoch, started.event->order()) < place;
  });
  return behind == runs.begin() ? -1 : static_cast<ptrdiff_t>(*std::prev(behind));
}

uint64_t CommandFold::number_of(const v1::CommandRef& ref, const IndexedEvent& event) const {
  if (ref.process().birth_ns() != 0) {
    const auto named = by_ref_.find(ref_of(ref));
    return named == by_ref_.end() ? 0 : commands_[named->second].number;
  }
  const auto runs = by_process_.find(process_of(ref.process()));
  if (runs == by_process_.end()) return 0;
  const ptrdiff_t run = run_before(runs->second, event);
  return run < 0 ? 0 : commands_[static_cast<size_t>(run)].number;
}

void CommandFold::end(const IndexedEvent& event) {
  const v1::ProcessEnded& ended = event.event->process_ended();
  ends_.push_back(&event);
  const auto pair = pairs_.end(named_process(ended.process()), ended.command().exec_number(),
                               static_cast<uint32_t>(ends_.size() - 1));
  if (pair) apply(*pair);
  else if (ended.process().birth_ns() != 0) over_.push_back(process_of(ended.process()));
}

// A process that ended with a command whose start was lost: what ran before it was replaced.
std::vector<Command> CommandFold::take() {
  for (const Process& process : over_) {
    const auto runs = by_process_.find(process);
    if (runs == by_process_.end()) continue;
    Command& last = commands_[runs->second.back()];
    if (last.end == Command::End::unknown && last.ended_ns == 0) last.end = Command::End::replaced;
  }
  return std::move(commands_);
}

void CommandFold::apply(const CommandPairs::Pair& pair) {
  if (!pair.failed) end_with(*ends_[pair.end]->event, commands_[pair.start]);
}

// The command that an event says did it; null: it says nothing of one.
const v1::CommandRef* cause_of(const v1::Event& e) {
  const auto told = [](const auto& kind) {
    return kind.has_command() ? &kind.command() : nullptr;
  };
  switch (e.kind_case()) {
    case v1::Event::kFileAccess: return told(e.file_access());
    case v1::Event::kNetwork: return told(e.network());
    case v1::Event::kTypedInput: return told(e.typed_input());
    case v1::Event::kShellLine: return told(e.shell_line());
    case v1::Event::kSecurityDecision: return told(e.security_decision());
    case v1::Event::kOtherRecord: return told(e.other_record());
    case v1::Event::kPrivilegeChange:
      return e.privilege_change().has_cause() ? &e.privilege_change().cause() : nullptr;
    default: return nullptr;
  }
}

// Items as they are found, put in order at the end: their places are sorted, which are small.
class Items {
 public:
  explicit Items(size_t most) { found_.reserve(most); }

  // A loss stands behind the event of the same order.
  void add(uint64_t epoch, uint64_t order, bool is_loss, TrailItem item) {
    places_.emplace_back(epoch, order, is_loss, found_.size());
    found_.push_back(std::move(item));
  }
  std::vector<TrailItem> take() {
    std::sort(places_.begin(), places_.end());
    std::vector<TrailItem> out;
    out.reserve(found_.size());
    for (const auto& [epoch, order, is_loss, index] : places_)
      out.push_back(std::move(found_[index]));
    return out;
  }

 private:
  std::vector<TrailItem> found_;
  std::vector<std::tuple<uint64_t, uint64_t, bool, size_t>> places_;
};

}  // namespace

Result<Trail> fold(const SessionRow& row, const std::vector<IndexedEvent>& events,
                   const IsCancelled& is_cancelled) {
  // The caller is asked now and then: a session may have millions of events.
  size_t steps = 0;
  const auto should_end = [&] { return steps++ % 1024 == 0 && is_cancelled(); };
  const Status cancelled = unavailable("the caller did not wait for the answer");
  Trail trail;
  trail.session.row = row;
  trail.session.head = head_of(row, events);
  SessionSums& sums = trail.session.sums;
  CommandFold commands;
  for (const IndexedEvent& event : events) {
    if (should_end()) return cancelled;
    if (event.event->has_command_started()) commands.start(event);
    if (event.event->has_process_ended()) commands.end(event);
  }
  Items items(events.size());
  for (const IndexedEvent& event : events) {
    if (should_end()) return cancelled;
    const v1::Event& e = *event.event;
    sums.add(e);
    if (e.has_command_started() || e.has_process_ended()) continue;
    if (e.has_loss()) {
      const uint64_t order = e.loss().order_before();
      items.add(event.epoch, order, true, TrailLoss{event, order});
    } else {
      const v1::CommandRef* cause = cause_of(e);
      const uint64_t command = cause == nullptr ? 0 : commands.number_of(*cause, event);
      items.add(event.epoch, e.order(), false, OtherEvent{event, command});
    }
  }
  for (Command& command : commands.take()) {
    const uint64_t order = command.started.event->order();
    items.add(command.started.epoch, order, false, std::move(command));
  }
  trail.items = items.take();
  return trail;
}

}  // namespace spoor::collector

// A process runs one command after another (exec replaces), so that commands are found by process:
//
//   CommandStarted (p, 1) ── CommandStarted (p, 2) ── ProcessEnded (p, last = 2)
//        └ ends REPLACED at the start of 2     └ ends as the process did
//
// A start that failed ends at once and takes no part in that. Events come in (epoch, order), so
// that a parent stands before its children and one pass does for starts; ends are matched in a
// second one, since an end may have been read before its start.
#include "collector/index/fold.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "collector/limits.h"

namespace spoor::collector {

namespace {

using Process = std::pair<uint32_t, uint64_t>;  // pid, birth
using Ref = std::tuple<uint32_t, uint64_t, uint32_t>;

Process process_of(const v1::ProcessKey& key) { return {key.pid(), key.birth_ns()}; }
Ref ref_of(const v1::CommandRef& ref) {
  return {ref.process().pid(), ref.process().birth_ns(), ref.exec_number()};
}

void note_incomplete(const v1::Event& event, Command& command) {
  for (const int reason : event.incomplete())
    command.incomplete.push_back(static_cast<v1::Incomplete>(reason));
}

class CommandFold {
 public:
  void start(const IndexedEvent& event);
  void end(const IndexedEvent& event);
  std::vector<Command> take() { return std::move(commands_); }

 private:
  Command* find(const v1::ProcessEnded& ended, uint64_t epoch, uint64_t order);

  std::vector<Command> commands_;
  std::map<Ref, size_t> by_ref_;                       // the latest of that name
  std::map<Process, std::vector<size_t>> by_process_;  // those that did run, in order
};

void CommandFold::start(const IndexedEvent& event) {
  const v1::CommandStarted& s = event.event->command_started();
  const v1::Event& e = *event.event;
  Command c;
  c.started = event;
  c.number = commands_.size() + 1;
  c.started_ns = s.started_ns() != 0 ? s.started_ns() : e.time_ns();
  c.uid = s.credentials().euid();
  c.other_user = e.actor().has_login_uid() && e.actor().login_uid() != c.uid;
  c.as_root = c.other_user && c.uid == 0;
  note_incomplete(e, c);
  if (s.has_parent()) {
    if (const auto parent = by_ref_.find(ref_of(s.parent())); parent != by_ref_.end()) {
      const Command& p = commands_[parent->second];
      c.parent = p.number;
      c.depth = std::min(p.depth + 1, kDepthMax);
    }
  }
  const size_t index = commands_.size();
  if (e.outcome().result() == v1::Outcome::RESULT_FAILURE) {
    c.end = Command::End::failed_start;
    c.ended_ns = c.started_ns;
    commands_.push_back(std::move(c));
    return;
  }
  std::vector<size_t>& runs = by_process_[process_of(s.command().process())];
  // Where the birth is not known the pid may have been given to another process, which begins anew.
  const bool same_process =
      s.command().process().birth_ns() != 0 || s.command().exec_number() > 1;
  if (!runs.empty() && same_process) {
    Command& before = commands_[runs.back()];
    before.end = Command::End::replaced;
    before.ended_ns = c.started_ns;
  }
  runs.push_back(index);
  by_ref_[ref_of(s.command())] = index;
  commands_.push_back(std::move(c));
}

// The last command that ran in the process; where only the pid is known, the last before the end.
Command* CommandFold::find(const v1::ProcessEnded& ended, uint64_t epoch, uint64_t order) {
  const auto runs = by_process_.find(process_of(ended.process()));
  if (runs == by_process_.end()) return nullptr;
  if (ended.process().birth_ns() != 0) return &commands_[runs->second.back()];
  // Commands were numbered in (epoch, order), and so are a process's.
  const auto behind = std::partition_point(
      runs->second.begin(), runs->second.end(), [&](size_t run) {
        const IndexedEvent& started = commands_[run].started;
        return std::pair(started.epoch, started.event->order()) < std::pair(epoch, order);
      });
  return behind == runs->second.begin() ? nullptr : &commands_[*std::prev(behind)];
}

void CommandFold::end(const IndexedEvent& event) {
  const v1::ProcessEnded& ended = event.event->process_ended();
  Command* c = find(ended, event.epoch, event.event->order());
  // A process that never executed anything has no command, and ends once.
  if (!c || c->end != Command::End::unknown) return;
  c->ended_ns = ended.ended_ns() != 0 ? ended.ended_ns() : event.event->time_ns();
  c->core_dumped = ended.core_dumped();
  if (ended.end_case() == v1::ProcessEnded::kExitCode) {
    c->end = Command::End::exited;
    c->exit_code = ended.exit_code();
  } else if (ended.end_case() == v1::ProcessEnded::kSignal) {
    c->end = Command::End::signaled;
    c->signal = ended.signal();
  }
  note_incomplete(*event.event, *c);
}

// The text, cut at the limit: before the character that does not fit whole, if it is UTF-8.
std::string cut_text(const std::string& text) {
  if (text.size() <= kSummaryTextMax) return text;
  const auto is_inside = [&](size_t at) { return (text[at] & 0xC0) == 0x80; };
  size_t begin = kSummaryTextMax;
  while (is_inside(begin) && kSummaryTextMax - begin < 3) --begin;
  return text.substr(0, is_inside(begin) ? kSummaryTextMax : begin);
}

// Takes `value` where nothing is known yet.
void learn(std::string& known, const std::string& value) {
  if (known.empty()) known = cut_text(value);
}

v1::Endpoint cut_endpoint(const v1::Endpoint& from) {
  v1::Endpoint out;
  out.set_address(cut_text(from.address()));
  out.set_port(from.port());
  out.set_hostname(cut_text(from.hostname()));
  out.set_terminal(cut_text(from.terminal()));
  return out;
}

void learn_session(const IndexedEvent& event, SessionSummary& s) {
  const v1::Event& e = *event.event;
  if (!s.login_uid && e.actor().has_login_uid()) s.login_uid = e.actor().login_uid();
  learn(s.login_name, e.actor().login_name());
  // The first word with an address wins over one without.
  if (e.has_source() && s.source.address().empty() &&
      (!e.source().address().empty() || !s.source.ByteSizeLong()))
    s.source = cut_endpoint(e.source());
  learn(s.terminal, e.source().terminal());
  if (e.has_session_opened()) {
    s.opening_seen = s.opening_seen || !e.session_opened().found_running();
    if (s.type == v1::SessionOpened::TYPE_UNSPECIFIED) s.type = e.session_opened().type();
    learn(s.terminal, e.session_opened().terminal());
  } else if (e.has_session_fact()) {
    const v1::SessionFact& fact = e.session_fact();
    if (s.type == v1::SessionOpened::TYPE_UNSPECIFIED) s.type = fact.type();
    learn(s.terminal, fact.terminal());
    learn(s.method, fact.method());
    learn(s.key_fingerprint, fact.key_fingerprint());
  } else if (e.has_session_closed()) {
    s.ended_ns = std::max(s.ended_ns, e.time_ns());
  } else if (e.has_command_started()) {
    learn(s.terminal, e.command_started().terminal());
  }
}

void count_command(const Command& c, SessionSummary& s) {
  const bool failed = (c.end == Command::End::exited && c.exit_code != 0) ||
                      c.end == Command::End::signaled || c.end == Command::End::failed_start;
  ++s.commands;
  s.commands_as_root += c.as_root;
  s.commands_failed += failed;
  s.commands_running += c.end == Command::End::unknown;
}

// Where an item stands: the epoch, the order, and behind the event of that order for a loss.
using Place = std::tuple<uint64_t, uint64_t, int>;

}  // namespace

Result<Trail> fold(const SessionRow& row, const std::vector<IndexedEvent>& events,
                   const IsCancelled& is_cancelled) {
  // The caller is asked now and then: a session may have millions of events.
  size_t steps = 0;
  const auto should_end = [&] { return steps++ % 1024 == 0 && is_cancelled(); };
  const Status cancelled = unavailable("the caller did not wait for the answer");
  Trail trail;
  SessionSummary& session = trail.session;
  session.row = row;
  CommandFold commands;
  std::vector<std::pair<Place, std::variant<Command, TrailLoss, OtherEvent>>> items;
  for (const IndexedEvent& event : events) {
    if (should_end()) return cancelled;
    const v1::Event& e = *event.event;
    if (e.has_loss()) {
      ++session.losses;
      const uint64_t order = e.loss().order_before();
      items.emplace_back(Place{event.epoch, order, 1}, TrailLoss{event, order});
      continue;
    }
    learn_session(event, session);
    session.events_incomplete += e.incomplete_size() > 0;
    if (e.has_command_started())
      commands.start(event);
    else if (!e.has_process_ended())
      items.emplace_back(Place{event.epoch, e.order(), 0}, OtherEvent{event});
  }
  for (const IndexedEvent& event : events) {
    if (should_end()) return cancelled;
    if (event.event->has_process_ended()) commands.end(event);
  }
  for (Command& command : commands.take()) {
    count_command(command, session);
    const Place place{command.started.epoch, command.started.event->order(), 0};
    items.emplace_back(place, std::move(command));
  }
  std::stable_sort(items.begin(), items.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  trail.items.reserve(items.size());
  for (auto& [place, item] : items) trail.items.push_back(std::move(item));
  return trail;
}

}  // namespace spoor::collector

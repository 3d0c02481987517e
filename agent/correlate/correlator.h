// Turns audit events and process messages into facts: the one object of this folder that the
// agent's capture thread talks to, besides the reassembler before it. Every fact of the agent gets
// its `order` here.
//
// Invariant: each audit event yields at least one fact, the last of them with `ends_event`, or one
// call of `dropped`. So every serial is accounted for.
//
// To be used like this, over and over, since the two sockets have no common order:
//   1. read a batch of the audit socket, decode nothing yet
//   2. read the connector until it is empty: on_process(); the forks of all of 1 are here
//   3. decode and reassemble the batch: on_audit()
//   4. if the audit socket was found empty: tick(), with a time taken before it was asked
// One thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "agent/correlate/activity_facts.h"
#include "agent/correlate/log_lines.h"
#include "agent/correlate/place_table.h"
#include "agent/correlate/process_table.h"
#include "agent/correlate/session_book.h"
#include "agent/correlate/user_records.h"
#include "agent/log_event.h"
#include "agent/log_line.h"
#include "agent/model.h"
#include "common/result.h"

namespace spoor::agent {

class Correlator {
 public:
  // `sink` gets each fact; what it views is valid until it returns.
  Correlator(Host host, std::function<void(const Fact&)> sink);
  Correlator(const Correlator&) = delete;
  Correlator& operator=(const Correlator&) = delete;

  void set_names(std::shared_ptr<const Names> names) { names_ = std::move(names); }
  void set_devices(std::shared_ptr<const Devices> devices) {
    activity_.set_devices(std::move(devices));
  }
  // As a guest on a host that others audit too: only events with this login uid become facts, the
  // others go to `dropped`. Processes follow: one ends in a fact only if it began in one. A guest
  // reads no log but what it was told to read (agent/config.cc): of that all is told.
  void set_only_login_uid(std::optional<uint32_t> auid) { only_login_uid_ = auid; }
  void set_dropped(std::function<void(const AuditEvent&)> dropped) {
    dropped_ = std::move(dropped);
  }

  // A fact of which `told` says true gets no order and is not sent.
  void set_told(std::function<bool(const Fact&)> told) { told_ = std::move(told); }

  void on_audit(const AuditEvent& event, Instant now);
  void on_process(const ProcessMessage& message, Instant now) {
    processes_.on_message(message, now);
  }
  // A line of a log, and what it says. Told once, at the latest kLogWaitNs later.
  void on_log(const LogLine& line, const LogEvent& event, Instant now) {
    lines_.add(line, event, now);
  }
  // A typed line that no event ends: its process did.
  void on_typed_rest(const TypedRest& rest);
  // Who wrote records can be asked: AuditEvent::seen is the answer. Without this, what nothing
  // speaks against is believed.
  void set_writers_asked() { book_.writers.set_asked(); }
  // Whoever caused the event comes from a login, also where its login uid is not set.
  bool descends_from_session(const AuditEvent& event) const;
  // The event is a command that a container's runtime starts.
  bool may_enter_container(const AuditEvent& event) const;
  // The event is the word of a process of which it is not known where it runs.
  bool is_writer_unknown(const AuditEvent& event) const;
  // The event names a file in a directory of which no path is known: those go into the question.
  bool asks_for_directories(const AuditEvent& event, PlaceQuestion& question);
  // Processes found in /proc by a scan that began at `scanned`, at start or after restore():
  // sessions that are new to us are opened as found running, processes that are gone have ended
  // unseen.
  void found(std::span<const ProcessFound> processes, Instant scanned);
  // Of a scan while we capture: sets the processes right, and opens nothing. A session of which
  // nobody is left, where that was not known, ends with it.
  void check(std::span<const ProcessFound> processes, Instant scanned, Instant now) {
    if (processes_.reconcile(processes, scanned, now)) book_.all_known(scanned);
  }
  // The connector lost messages.
  void births_missed() { book_.births_missed(); }
  void tick(Instant drained);
  // No record will come any more: what is held back for one is told.
  void close(Instant now);

  // The event is all about a command or about its end, as the facts it yields say in fields of
  // their own.
  bool is_of_command(const AuditEvent& event) const;

  // The process that typed, or its session, has ended.
  bool is_over(const AuditEvent& event);
  bool lives(uint32_t pid) const;

  // Gives the fact its order and sends it. For facts of the agent's own; returns the order.
  uint64_t emit(Fact fact);
  uint64_t last_order() const { return order_; }
  uint64_t events_dropped() const { return events_dropped_; }
  // Of those among them that do not say whose they are: events of which only a part came, and the
  // records of such and of late parts.
  struct Fragments {
    uint64_t events = 0, records = 0;
  };
  Fragments fragments_dropped() const { return fragments_dropped_; }
  size_t processes_known() const { return processes_.size(); }
  size_t sessions_known() const { return book_.sessions.size(); }
  // Sessions with a lesser number count as such that changed their root. 0: none for that.
  uint64_t roots_given_up_before() const { return activity_.directories().given_up_before(); }

  std::string save() const;
  // Before anything else was told. `corrupt` for bytes that are torn, not ours or of another boot:
  // nothing is restored then; and for tables that make no sense, which are then empty.
  Status restore(std::string_view saved);

 private:
  bool is_login_of_guest(const AuditEvent& event) const;
  void add_exec(const AuditEvent& event, Fact fact, Instant now);
  void tell_silent(const CommandRef& from);
  // The process that the event ends, if the connector will not tell its end.
  const Process* leaving(const AuditEvent& event) const;
  void add_exit(const AuditEvent& event, const Process& process, Fact fact, Instant now);
  void add_config(const AuditEvent& event, Fact fact);
  void add_other(const AuditEvent& event, Fact fact);
  void add_ended(const Process& process);
  PlaceTable::Seen place_of(const Process* process) const;
  void place(const AuditEvent& event, Fact& fact) const;
  static void place(const ProcessSight& seen, Fact& fact);
  void session_left(const Process& last);
  void forget_restored();
  // With a session; null: none that it descends from, itself included.
  const Process* caller_of(const AuditEvent& event) const;
  static const Process* nearest_in_session(const Process* process);
  static void place_by_ancestor(uint32_t ses, Fact& fact);
  SessionBook::Door door();
  std::string_view name_of(std::optional<uint32_t> uid) const;
  uint32_t uid_of(std::string_view account) const;

  Host host_;
  std::function<void(const Fact&)> sink_;
  std::function<void(const AuditEvent&)> dropped_;
  std::function<bool(const Fact&)> told_;
  std::shared_ptr<const Names> names_;
  std::optional<uint32_t> only_login_uid_;
  uint64_t order_ = 0;
  uint64_t events_dropped_ = 0;
  Fragments fragments_dropped_;
  PlaceTable places_;
  ProcessTable processes_;
  ActivityFacts activity_{processes_};
  SessionBook book_;
  UserRecords users_;
  LogLines lines_;
};

}  // namespace spoor::agent

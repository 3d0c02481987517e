#include "agent/correlate/activity_facts.h"

#include <utility>

#include "agent/correlate/network_facts.h"
#include "agent/correlate/security_facts.h"
#include "agent/limits.h"

namespace spoor::agent {
namespace {

uint32_t pid_of(const AuditEvent& event) {
  if (event.syscall) return event.syscall->pid;
  return event.subject ? event.subject->pid : 0;
}

}  // namespace

const std::vector<ActivityFacts::Kind>& ActivityFacts::read(const AuditEvent& event, uint32_t ses,
                                                            int64_t time_ns,
                                                            bool is_told_otherwise) {
  kinds_.clear();
  // Those records' events have a subject, and a command's has mostly none.
  if (event.subject) add_decisions(event, time_ns);
  if (event.typed) add_typed(event, time_ns);
  if (!is_told_otherwise && (event.syscall || event.subject)) add_access(event, ses, time_ns);
  return kinds_;
}

void ActivityFacts::add_decisions(const AuditEvent& event, int64_t time_ns) {
  for (const AuditEvent::Record& record : event.records) {
    if (!is_decision(record.type)) continue;
    SecurityDecision decision = decision_of(event, record);
    decision.command = processes_.command_at(pid_of(event), time_ns);
    kinds_.emplace_back(std::move(decision));
    if (kinds_.size() == kDecisionsMax) return;
  }
}

void ActivityFacts::add_typed(const AuditEvent& event, int64_t time_ns) {
  const TypedFields& from = *event.typed;
  TypedInput typed;
  typed.command = processes_.command_at(from.pid, time_ns);
  typed.terminal = event.bytes(from.terminal);
  typed.comm = event.bytes(from.comm);
  typed.pid = from.pid;
  for (const TypedFields::Line& line : from.lines) {
    typed.typed = event.bytes(line.typed);
    typed.edited = event.bytes(line.edited);
    typed.unfinished = line.unfinished;
    kinds_.emplace_back(typed);
  }
  if (!from.lines.empty()) return;
  // Its line goes on in another record. Its text is evidence, and told.
  typed.unfinished = true;
  kinds_.emplace_back(typed);
}

void ActivityFacts::add_access(const AuditEvent& event, uint32_t ses, int64_t time_ns) {
  if (auto network = network_of(event, socket_path_)) {
    network->command = processes_.command_at(pid_of(event), time_ns);
    kinds_.emplace_back(*network);
  } else if (auto file = files_.read(event, ses)) {
    file->command = processes_.command_at(pid_of(event), time_ns);
    kinds_.emplace_back(*file);
  }
}

}  // namespace spoor::agent

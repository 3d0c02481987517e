// The way from records and process messages to facts, as the agent joins it, for tests.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/correlate/audit_facts.h"
#include "agent/correlate/correlator.h"
#include "agent/correlate/reassembler.h"
#include "agent/decode/audit_record.h"
#include "agent/decode/record_fields.h"
#include "tests/unit/agent/correlate/records.h"
#include "tests/unit/agent/correlate/trace.h"

namespace spoor::agent::test {

// A fact with what it viewed.
struct Seen {
  Fact fact;
  EventKey key;
  std::vector<std::string> args;
  std::string login_name, user_name, address, terminal, target;
  std::string trace;  // of what is about sessions (trace.h)
  std::string words;  // the kind's strings, with | between them

  template <typename T>
  const T* as() const { return std::get_if<T>(&fact.kind); }
};

inline std::string words_of(const Fact& fact) {
  std::string out;
  const auto add = [&](std::string_view word) { out.append(word).append("|"); };
  if (const auto* k = std::get_if<SessionOpened>(&fact.kind)) add(k->terminal);
  if (const auto* k = std::get_if<SessionFact>(&fact.kind)) {
    for (const auto word : {k->account, k->terminal, k->service, k->step}) add(word);
  }
  if (const auto* k = std::get_if<Authentication>(&fact.kind)) {
    for (const auto word : {k->account, k->step, k->service, k->exe}) add(word);
  }
  if (const auto* k = std::get_if<PrivilegeChange>(&fact.kind)) {
    for (const auto word : {k->by, k->program, k->command, k->cwd, k->account}) add(word);
  }
  if (const auto* k = std::get_if<AccountChange>(&fact.kind)) {
    for (const auto word : {k->operation, k->account, k->program}) add(word);
  }
  if (const auto* k = std::get_if<AuditConfigChange>(&fact.kind)) {
    for (const auto word : {k->operation, k->setting, k->old_value, k->new_value, k->rule_key}) {
      add(word);
    }
  }
  if (const auto* k = std::get_if<Service>(&fact.kind)) {
    for (const auto word : {k->unit, k->operation}) add(word);
  }
  return out;
}

// Decode, reassembler and correlator as the agent joins them.
class Pipeline {
 public:
  Pipeline()
      : correlator(Host{.name = "web1", .machine_id = {}, .boot_id = Id{7}, .kernel = "6.18"},
                   [this](const Fact& fact) { take(fact); }),
        reassembler([this](AuditEvent& event) { closed(event); },
                    [this](EventKey key) { began.push_back(key); }) {
    correlator.set_dropped([this](const AuditEvent& event) { dropped.push_back(event.key); });
  }

  void feed(const Record& record, Instant now) {
    const auto key = decode_header(record.text, nullptr);
    if (!key) {
      ++bad_headers;
      return;
    }
    AuditEvent& event = reassembler.event_for(*key, now);
    decode_record({record.type, record.text}, *key, event);
    reassembler.record_added(event, now);
  }
  void feed(const std::vector<Record>& records, Instant now) {
    for (const Record& record : records) feed(record, now);
  }
  void exec(const ExecEvent& event) { feed(exec_records(event), at_ms(event.ms + 5)); }
  void fork(uint32_t pid, uint32_t parent, int64_t ms) {
    correlator.on_process({ProcessMessage::Kind::fork, pid, parent, ms * kMs, 0}, at_ms(ms + 1));
  }
  void exit(uint32_t pid, int64_t ms, uint32_t wait_status = 0) {
    correlator.on_process({ProcessMessage::Kind::exit, pid, 0, ms * kMs, wait_status},
                          at_ms(ms + 1));
  }
  void drain_and_tick(int64_t ms) {
    reassembler.tick(at_ms(ms));
    correlator.tick(at_ms(ms));
  }

  template <typename T>
  std::vector<const Seen*> all() const {
    std::vector<const Seen*> out;
    for (const Seen& seen : facts) {
      if (seen.as<T>() != nullptr) out.push_back(&seen);
    }
    return out;
  }

  std::vector<Seen> facts;
  std::vector<std::string> scopes;  // of each fact: unit, runtime, start
  std::vector<EventKey> began, ended, dropped;
  size_t events_closed = 0, bad_headers = 0;
  std::function<void(AuditEvent&)> on_closed;
  Correlator correlator;
  Reassembler reassembler;

 private:
  void closed(AuditEvent& event) {
    ++events_closed;
    decode_fields(event, is_exec(event) ? HasPlace::command : HasPlace::nothing);
    if (on_closed) on_closed(event);
    const size_t accounted = ended.size() + dropped.size();
    correlator.on_audit(event, event.first_read);
    CHECK(ended.size() + dropped.size() == accounted + 1);
  }
  void take(const Fact& fact) {
    Seen seen{.fact = fact,
              .key = {},
              .args = {},
              .login_name = std::string(fact.login_name),
              .user_name = std::string(fact.user_name),
              .address = std::string(fact.source_address),
              .terminal = std::string(fact.source_terminal),
              .target = std::string(fact.target_name),
              .trace = trace_of(fact),
              .words = words_of(fact)};
    if (fact.audit != nullptr) {
      seen.key = fact.audit->key;
      if (fact.audit->exec) {
        for (const ExecArgument& arg : fact.audit->exec->args) {
          seen.args.emplace_back(arg.present ? fact.audit->bytes(arg.value) : "<missing>");
        }
      }
      if (fact.ends_event) ended.push_back(seen.key);
    }
    seen.fact.audit = nullptr;
    scopes.push_back(std::string(fact.unit) + " " + std::string(fact.place.runtime) + " " +
                     std::to_string(fact.unit_started_ns));
    facts.push_back(std::move(seen));
  }
};

}  // namespace spoor::agent::test

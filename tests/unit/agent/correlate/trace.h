// A fact of a session as one line of words, for stories that are compared whole.
#pragma once

#include <string>
#include <string_view>

#include "agent/model.h"

namespace spoor::agent::test {

struct Trace {
  const Fact& fact;
  std::string out;

  void add(std::string_view name, std::string_view value) {
    if (!value.empty()) out.append(" ").append(name).append("=").append(value);
  }
  void add(std::string_view name, uint64_t value) {
    if (value != 0) add(name, std::to_string(value));
  }
  void add(const Credential& how) {
    add("method", how.method);
    add("key", how.key_type);
    add("fp", how.key_fingerprint);
    add("cert", how.certificate_id);
    add("cert-serial", how.certificate_serial);
    add("ca", how.certificate_authority);
  }
  void add_type(SessionType type) {
    static constexpr std::string_view kNames[] = {"", "ssh", "console", "cron", "user-manager",
                                                  "service", "container", "su", "graphical"};
    add("type", kNames[static_cast<size_t>(type)]);
  }

  void operator()(const SessionOpened& k) {
    out += k.found_running ? "found" : "opened";
    add_type(k.type);
    add("old", k.old_ses.value_or(0));
    add("lport", k.local_port);
  }
  void operator()(const SessionFact& k) {
    out += "fact";
    for (const auto& [name, value] : {std::pair{"account", k.account}, {"tty", k.terminal},
                                      {"service", k.service}, {"step", k.step}}) {
      add(name, value);
    }
    add(k.credential);
    add_type(k.type);
    add("failures", k.failures_before);
    add("keys-refused", k.keys_refused);
    for (const uint32_t ses : k.logins_of_user) add("login", ses);
    add("logind", k.logind_session);
  }
  void operator()(const SessionClosed& k) {
    out += k.cause == SessionClosed::Cause::logged_out ? "logged-out" : "last-process";
    const bool unknown = k.cause == SessionClosed::Cause::logged_out && !k.processes_left;
    if (unknown) add("left", "?");
    else add("left", k.processes_left.value_or(0));
  }
  void operator()(const Authentication& k) {
    out += "auth";
    for (const auto& [name, value] : {std::pair{"account", k.account}, {"step", k.step},
                                      {"service", k.service}}) {
      add(name, value);
    }
    add(k.credential);
    if (k.invalid_user) out += " invalid-user";
  }
  void operator()(const PrivilegeChange& k) {
    out += "privilege";
    for (const auto& [name, value] : {std::pair{"by", k.by}, {"command", k.command},
                                      {"account", k.account}, {"authority", k.authority},
                                      {"tty", k.terminal}}) {
      add(name, value);
    }
    out += " " + std::to_string(k.from_uid) + "->" +
           (k.to_uid == kUnsetId ? std::string("?") : std::to_string(k.to_uid));
    if (k.cause) {
      add("cause", std::to_string(k.cause->process.pid) + "#" +
                       std::to_string(k.cause->exec_number));
    }
    add("caps", k.capabilities);
    add("gid", k.to_gid);
  }
  void operator()(const AccountChange& k) {
    out += "account";
    add("op", k.operation);
    add("account", k.account);
    add("group", k.group);
  }
  void operator()(const DisbelievedRecord& k) {
    out += "disbelieved";
    for (const auto& [name, value] : {std::pair{"record", k.record_type}, {"is", k.exe},
                                      {"claims", k.claimed_exe}, {"account", k.account}}) {
      add(name, value);
    }
  }
  void operator()(const LogMessage& k) {
    out += k.disbelieved ? "disbelieved-line" : "line";
    add("program", k.program);
  }
  void operator()(const auto&) { out.clear(); }
};

// Empty for a fact that is about no session.
inline std::string trace_of(const Fact& fact) {
  Trace trace{fact, {}};
  std::visit(trace, fact.kind);
  if (trace.out.empty()) return {};
  if (!fact.source_address.empty()) {
    trace.add("from", std::string(fact.source_address) +
                          (fact.source_port == 0 ? "" : ":" + std::to_string(fact.source_port)));
  }
  if (fact.success == false) trace.out += " FAILED";
  trace.add("reason", fact.reason);
  static constexpr std::string_view kBases[] = {"", "container", "unit", "ancestor", "pid", "port"};
  static constexpr std::string_view kWords[] = {"", "certain", "likely", "claimed"};
  trace.add("basis", kBases[static_cast<size_t>(fact.attribution.basis)]);
  trace.add("is", kWords[static_cast<size_t>(fact.attribution.confidence)]);
  return (fact.ses == kUnsetId ? std::string("-") : std::to_string(fact.ses)) + " " + trace.out;
}

}  // namespace spoor::agent::test

// What of an event a query can ask for and is no text, by docs/query.md and the event's own fields.
#pragma once

#include <optional>
#include <vector>

#include "collector/language/query.h"
#include "spoor/v1/event.pb.h"

namespace spoor::collector {

inline uint64_t naive_pid(const v1::Event& e) {
  const auto or_else = [](uint64_t one, uint64_t other) { return one != 0 ? one : other; };
  const auto of = [](const v1::CommandRef& command) { return command.process().pid(); };
  switch (e.kind_case()) {
    case v1::Event::kCommandStarted: return of(e.command_started().command());
    case v1::Event::kProcessEnded:
      return or_else(e.process_ended().process().pid(), of(e.process_ended().command()));
    case v1::Event::kSessionOpened: return e.session_opened().process().pid();
    case v1::Event::kAuthentication: return e.authentication().pid();
    case v1::Event::kPrivilegeChange:
      return or_else(of(e.privilege_change().cause()), e.privilege_change().pid());
    case v1::Event::kFileAccess: return of(e.file_access().command());
    case v1::Event::kNetwork: return of(e.network().command());
    case v1::Event::kTypedInput:
      return or_else(of(e.typed_input().command()), e.typed_input().pid());
    case v1::Event::kShellLine: return of(e.shell_line().command());
    case v1::Event::kSecurityDecision: return of(e.security_decision().command());
    case v1::Event::kOtherRecord:
      return or_else(e.other_record().pid(), of(e.other_record().command()));
    case v1::Event::kDisbelievedRecord: return e.disbelieved_record().pid();
    case v1::Event::kLogMessage: return e.log_message().pid();
    default: return 0;
  }
}

// Of a field of numbers.
inline std::vector<uint64_t> naive_numbers(const v1::Event& e, Field field) {
  std::vector<uint64_t> out;
  const auto add = [&](uint64_t number) {
    if (number != 0) out.push_back(number);
  };
  switch (field) {
    case Field::port:
      add(e.source().port() != 0 ? e.source().port() : e.network().remote_port());
      add(e.network().local_port());
      add(e.session_opened().local_port());
      break;
    case Field::pid: add(naive_pid(e)); break;
    case Field::exit:
      if (e.process_ended().has_exit_code()) out.push_back(e.process_ended().exit_code());
      if (e.shell_line().has_exit_code()) out.push_back(e.shell_line().exit_code());
      break;
    case Field::signal:
      add(e.process_ended().signal());
      add(e.security_decision().signal());
      break;
    default: break;
  }
  return out;
}

inline std::optional<ResultTest> naive_result(const v1::Event& e) {
  const v1::ProcessEnded& ended = e.process_ended();
  if (e.has_process_ended()) {
    if (ended.has_exit_code()) return ended.exit_code() == 0 ? ResultTest::ok : ResultTest::failed;
    if (ended.signal() != 0) return ResultTest::failed;
    return std::nullopt;
  }
  if (e.outcome().result() == v1::Outcome::RESULT_FAILURE) return ResultTest::failed;
  // A command that started has its result when it ends.
  if (e.has_command_started()) return std::nullopt;
  if (e.outcome().result() == v1::Outcome::RESULT_SUCCESS) return ResultTest::ok;
  return std::nullopt;
}

inline std::optional<Kind> naive_kind(const v1::Event& e) {
  switch (e.kind_case()) {
    case v1::Event::kCommandStarted:
    case v1::Event::kProcessEnded: return Kind::command;
    case v1::Event::kSessionOpened:
    case v1::Event::kSessionFact:
    case v1::Event::kSessionClosed:
    case v1::Event::kAuthentication:
    case v1::Event::kPrivilegeChange:
    case v1::Event::kAccountChange: return Kind::access;
    case v1::Event::kTypedInput:
    case v1::Event::kShellLine: return Kind::input;
    case v1::Event::kFileAccess: return Kind::file;
    case v1::Event::kNetwork: return Kind::network;
    case v1::Event::kSecurityDecision: return Kind::security;
    case v1::Event::kAuditConfigChange: return Kind::audit;
    case v1::Event::kService: return Kind::service;
    case v1::Event::kApplicationActivity: return Kind::application;
    case v1::Event::kDataChange: return Kind::data;
    case v1::Event::kLogMessage: return Kind::log;
    case v1::Event::kOtherRecord:
    case v1::Event::kDisbelievedRecord: return Kind::record;
    case v1::Event::kLoss: return Kind::loss;
    case v1::Event::kAgentState:
    case v1::Event::kAgentHealth:
    case v1::Event::kCollectorState:
    case v1::Event::kStreamConflict: return Kind::agent;
    case v1::Event::kOperatorAction: return Kind::operator_;
    case v1::Event::KIND_NOT_SET: return std::nullopt;
  }
  return std::nullopt;
}

}  // namespace spoor::collector

// Facts about who came in and as whom: sessions, authentication, privilege, accounts. Plain data,
// as agent/fact.h says.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "agent/process_key.h"

namespace spoor::agent {

// Numbers of spoor.v1.SessionOpened.Type.
enum class SessionType : uint8_t { unknown = 0, ssh = 1, console = 2, cron = 3, user_manager = 4,
                                   service = 5, container = 6, su = 7, graphical = 8 };

// Somebody logged in.
constexpr bool is_login_type(SessionType type) {
  return type == SessionType::ssh || type == SessionType::console || type == SessionType::graphical;
}

struct SessionOpened {
  std::optional<uint32_t> old_auid;
  std::optional<uint32_t> old_ses;
  ProcessKey process;
  std::string_view terminal;
  bool found_running = false;
  SessionType type = SessionType::unknown;
  uint32_t local_port = 0;
};

// How somebody proved who he is.
struct Credential {
  std::string_view method;
  std::string_view key_type, key_fingerprint;
  std::string_view certificate_id, certificate_authority;
  uint64_t certificate_serial = 0;
};

struct SessionFact {
  std::string_view account, terminal, service, step;
  Credential credential = {};
  SessionType type = SessionType::unknown;
  uint32_t failures_before = 0, keys_refused = 0;
  std::span<const uint32_t> logins_of_user = {};
  std::string_view logind_session = {};
};

struct SessionClosed {
  enum class Cause : uint8_t { logged_out = 1, last_process = 2 };
  Cause cause = Cause::logged_out;
  uint32_t processes_left = 0;
};

struct Authentication {
  std::string_view account, step, service, exe;
  uint32_t pid = 0;
  Credential credential = {};
  std::string_view by_account = {};
  bool invalid_user = false;
};

struct PrivilegeChange {
  std::string_view by, program, command, cwd, account;
  uint32_t from_uid = 0, to_uid = 0;
  std::optional<CommandRef> cause = {};
  std::string_view authority = {}, terminal = {};
  uint32_t pid = 0, to_gid = 0;
  uint64_t capabilities = 0;
};

struct AccountChange {
  std::string_view operation, account, program;
  std::optional<uint32_t> id;
  std::string_view group = {};
};

struct DisbelievedRecord {
  std::string_view record_type, exe, claimed_exe, account, step, reason;
  uint32_t pid = 0;
};

struct LogMessage {
  std::string_view program, message, exe;
  uint32_t pid = 0;
  bool disbelieved = false;
};

}  // namespace spoor::agent

// Facts about what a command did: files, network, typed lines, decisions of security modules. Plain
// data, as agent/fact.h says.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "agent/audit_event.h"
#include "agent/process_key.h"
#include "common/clock.h"

namespace spoor::agent {

// A directory, as a PARENT record names it.
struct DirectoryId {
  std::string_view device;  // 08:01
  uint64_t inode = 0;
};

struct FileAccess {
  // Numbers of spoor.v1.FileAccess.Operation.
  enum class Operation : uint8_t { unknown = 0, create = 1, write_open = 2, truncate = 3,
                                   remove = 4, rename = 5, mode = 6, owner = 7, attributes = 8,
                                   link = 9, read_open = 10, mount = 11, exchange = 12 };
  // A path is absolute where that is true. Else it is relative to `directory`, which then is set;
  // or it begins with a slash and leads nobody knows where: from another root than the host's, or
  // through a process's link.
  struct Path {
    std::string_view name;
    bool resolved = false;
    DirectoryId directory = {};
  };
  Operation operation = Operation::unknown;
  std::optional<CommandRef> command;
  Path path, new_path;      // new_path: rename, link, exchange
  uint32_t mode = 0, flags = 0, owner_uid = 0, owner_gid = 0;
  std::string_view attribute = {};
};

struct Network {
  // Numbers of spoor.v1.Network.Operation.
  enum class Operation : uint8_t { unknown = 0, connect = 1, bind = 2, accept = 3, listen = 4,
                                   send = 5 };
  Operation operation = Operation::unknown;
  std::optional<CommandRef> command;
  std::string_view family, local_address, remote_address, path, protocol;
  uint32_t local_port = 0, remote_port = 0;
};

struct TypedInput {
  std::optional<CommandRef> command;
  std::string_view typed, edited, terminal, comm;
  uint32_t pid = 0;
  bool unfinished = false;
};

// The beginning of a typed line whose end did not come (agent/typed_input.h).
struct TypedRest {
  int64_t time_ns = 0;     // of its last bytes, since 1970 UTC
  Instant read;
  uint32_t pid = 0, ses = kUnsetId, auid = kUnsetId, uid = kUnsetId;
  std::string_view terminal, comm, typed, edited;
  bool rewritten = false;  // a secret was taken out of it
};

struct SecurityDecision {
  std::string_view module, operation, subject, object;
  bool denied = false;
  uint32_t signal = 0;
  std::optional<CommandRef> command;
};

}  // namespace spoor::agent

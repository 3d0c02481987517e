#include "agent/encode/session_uid.h"

#include <algorithm>

#include "common/sha256.h"

namespace spoor::agent {

namespace {

std::string host_scope(const Host& host) {
  std::string scope = "spoor session";
  scope += as_text(host.machine_id);
  scope += as_text(host.boot_id);
  return scope;
}

Id id_of(const std::string& scope) {
  const Hash hash = sha256(as_bytes(scope));
  Id id;
  std::copy_n(hash.begin(), id.size(), id.begin());
  return id;
}

}  // namespace

Id session_uid(const Host& host, uint32_t ses) {
  std::string scope = host_scope(host);
  append_le(scope, ses);
  return id_of(scope);
}

Id session_uid(const Host& host, std::string_view unit, int64_t started_ns) {
  std::string scope = host_scope(host);
  append_le(scope, kUnsetId);
  append_le(scope, started_ns);
  scope += unit;
  return id_of(scope);
}

}  // namespace spoor::agent

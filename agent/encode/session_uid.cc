#include "agent/encode/session_uid.h"

#include <algorithm>

#include "common/sha256.h"

namespace spoor::agent {

Id session_uid(const Host& host, uint32_t ses) {
  std::string scope = "spoor session";
  scope += as_text(host.machine_id);
  scope += as_text(host.boot_id);
  append_le(scope, ses);
  const Hash hash = sha256(as_bytes(scope));
  Id id;
  std::copy_n(hash.begin(), id.size(), id.begin());
  return id;
}

}  // namespace spoor::agent

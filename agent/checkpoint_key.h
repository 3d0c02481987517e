// The agent's own key, which signs its checkpoint frames (common/frame/checkpoint.h). Made by
// enrolment; nobody else may read it. Touches files: before the capture begins.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "common/ed25519.h"

namespace spoor::agent {

// nullopt: there is none. `denied` for a file that is not `owner_uid`'s alone, `invalid` for one
// that is no Ed25519 key in PEM.
Result<std::optional<SigningKey>> read_checkpoint_key(const std::string& path, uint32_t owner_uid);

}  // namespace spoor::agent

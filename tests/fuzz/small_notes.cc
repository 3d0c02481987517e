// The small files that cross the border of privilege: a commit note on its way to the agent, the
// agent's status on its way out. What is read says again what was read, byte for byte.
#include <cstdlib>
#include <string_view>

#include "common/agent_status.h"
#include "common/frame/commit_note.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto note = spoor::decode_commit_note(text); note.is_ok()) {
    const std::string again = spoor::encode_commit_note(*note);
    const auto back = spoor::decode_commit_note(again);
    if (!back.is_ok() || commit_signing_bytes(*back) != commit_signing_bytes(*note)) std::abort();
    if (again.size() > text.size()) std::abort();
  }
  if (const auto status = spoor::decode_agent_status(text); status.is_ok()) {
    const std::string again = spoor::encode_agent_status(*status);
    if (!spoor::decode_agent_status(again).is_ok() || again.size() > text.size()) std::abort();
  }
  return 0;
}

// The small files that cross the border of privilege: a commit note on its way to the agent, the
// agent's status on its way out, the trust that enrolment leaves, what the spool keeps of wishes,
// what it gave up, and a checkpoint's entry. What is read says again what was read, byte for byte.
#include <cstdlib>
#include <string_view>

#include "agent/spool/commit_belief.h"
#include "agent/spool/fork.h"
#include "agent/spool/trust.h"
#include "common/agent_status.h"
#include "common/frame/checkpoint.h"
#include "common/frame/commit_note.h"
#include "common/frame/given_up.h"

namespace {

using namespace spoor;
using namespace spoor::agent;

// What is read is written as it was read, byte for byte or shorter (numbers have leading zeros).
void check(std::string_view text, const std::string& again, bool reads_back) {
  if (!reads_back || again.size() > text.size()) std::abort();
}

}  // namespace

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
  if (const auto trust = decode_trust(text); trust.is_ok()) {
    const std::string again = encode_trust(*trust);
    check(text, again, decode_trust(again).is_ok());
  }
  if (const auto log = decode_believed_log(text); log.is_ok()) {
    const std::string again = encode_believed_log(*log);
    check(text, again, decode_believed_log(again).is_ok());
  }
  if (const auto wish = decode_wish(text); wish.is_ok()) {
    const std::string again = encode_wish(*wish);
    check(text, again, decode_wish(again).is_ok());
  }
  if (const auto fork = decode_fork(text); fork.is_ok()) {
    const std::string again = encode_fork(*fork);
    check(text, again, decode_fork(again).is_ok());
  }
  const std::string given_up = GivenUp::decode(text, Id{}).encode(Id{});
  if (GivenUp::decode(given_up, Id{}).encode(Id{}) != given_up) std::abort();
  if (text.starts_with(given_up) != text.starts_with(GivenUp().encode(Id{}))) std::abort();
  // Nothing signs bytes that somebody draws.
  if (const auto told = decode_checkpoint(text); told.is_ok() && is_signed(*told)) std::abort();
  return 0;
}

// Packets that the CA's socket brings, and answers as the collector reads them: whatever they hold,
// an answer comes that can be read, nobody is given a certificate without a token, and what is
// granted is what the token allows.
#include <cstdlib>
#include <string_view>

#include "collector/identity/authority_messages.h"
#include "collector/identity/certificate.h"

namespace {

using namespace spoor::collector;
constexpr int64_t kNowS = 1'700'000'000;

Authority make_authority() {
  const TlsKey key = TlsKey::generate().value();
  const Certificate root = make_root(key, "Spoor", {kNowS, kNowS + 1'000'000}).value();
  Authority authority =
      Authority::open(":memory:", key.to_pem().value(), root.to_pem()).value();
  (void)authority.tokens().create({"web*", {{"env", "prod"}}, 60, 1'000}, "fuzz", kNowS);
  return authority;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static Authority authority = make_authority();
  const std::string_view packet(reinterpret_cast<const char*>(data), size);
  const std::string answer = answer_question(authority, packet, kNowS);
  // The token is 256 random bits: no input has it.
  if (granted_of(answer).is_ok()) std::abort();
  if (granted_of(answer).code() == spoor::Code::internal) std::abort();
  (void)journal_of(answer);
  if (const auto granted = granted_of(packet); granted.is_ok())
    (void)Certificate::chain_from_pem(granted->certificate_chain);
  (void)journal_of(packet);
  return 0;
}

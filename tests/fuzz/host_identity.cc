// What a host's enrolment reads: certificates and keys in PEM, the lines of an enrolment,
// addresses, fingerprints, tokens, accounts. Nothing crashes, nothing waits for a passphrase, and
// what is read says again what was read.
#include <cstdlib>
#include <string_view>

#include "agent/uplink/address.h"
#include "agent/uplink/certificate.h"
#include "agent/uplink/enrolment.h"
#include "agent/uplink/identity.h"
#include "agent/uplink/lowered_process.h"
#include "agent/uplink/renewal.h"
#include "agent/uplink/tls_key.h"

namespace {

void read_pem(std::string_view text) {
  using namespace spoor::uplink;
  if (const auto read = read_certificate(text); read.is_ok()) {
    if (read->serial.size() > 40) std::abort();
    if (renewal_pause_ns(*read) <= 0) std::abort();
    if (renewal_due_ns(*read, 1) > read->not_after_ns) std::abort();
  }
  if (const auto chain = split_chain(text); chain.is_ok()) {
    std::string joined;
    for (const std::string& certificate : *chain) joined += certificate;
    const auto again = split_chain(joined);
    if (chain->size() > kChainMax || !again.is_ok() || *again != *chain) std::abort();
    (void)spoor::uplink::check_chain(text, text, Purpose::client, std::nullopt, "");
    (void)spoor::uplink::check_chain(text, text, Purpose::server, 0, "c.example");
  }
  (void)is_self_signed(text);
  if (const auto key = TlsKey::from_pem(text); key.is_ok() && !key->to_pem().is_ok()) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace spoor::uplink;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  read_pem(text);
  if (const auto enrolment = decode_enrolment(text); enrolment.is_ok()) {
    const std::string again = encode_enrolment(*enrolment);
    const auto back = decode_enrolment(again);
    if (!back.is_ok() || encode_enrolment(*back) != again) std::abort();
  }
  if (const auto address = parse_address(text); address.is_ok()) {
    const auto again = parse_address(text_of(*address));
    if (!again.is_ok() || *again != *address) std::abort();
  }
  if (const auto token = parse_token(text); token.is_ok() && token->empty()) std::abort();
  (void)parse_fingerprint(text);
  (void)find_account("spoor", text);
  (void)find_account(text.substr(0, 8), text);
  (void)decode_obtained(text, spoor::Id{});
  return 0;
}

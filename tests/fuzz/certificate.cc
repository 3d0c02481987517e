// What hosts bring to be enrolled: requests, certificates and chains of any bytes. None is taken
// for one of ours, and what is read of one that can be read is fit to be shown.
#include <cstdlib>
#include <string>

#include "collector/identity/certificate.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace spoor::collector;
  constexpr int64_t kNowS = 1'700'000'000;
  static const TlsKey key = TlsKey::generate().value();
  static const Certificate root = make_root(key, "Spoor", {kNowS, kNowS + 1'000'000}).value();
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto made = make_agent(bytes, "web1", spoor::Id{1}, {kNowS, kNowS + 60}, {root, key});
  if (made.is_ok() && (made->common_name() != "web1" || made->is_ca())) std::abort();
  const auto look = [](const Certificate& certificate) {
    for (const char c : certificate.common_name()) {
      if (c < ' ' || c > '~') std::abort();
    }
    if (certificate.is_issued_by(root)) std::abort();
    (void)certificate.machine_id();
    (void)certificate.is_client();
    (void)(certificate.not_after_s() - certificate.not_before_s());
    if (certificate.fingerprint() != Certificate::from_pem(certificate.to_pem())->fingerprint())
      std::abort();
  };
  if (const auto der = Certificate::from_der(bytes); der.is_ok()) look(*der);
  if (const auto chain = Certificate::chain_from_pem(bytes); chain.is_ok())
    for (const Certificate& certificate : *chain) look(certificate);
  return 0;
}

#include "collector/receive/peer_identity.h"

#include <openssl/x509v3.h>

#include <optional>
#include <vector>

#include "collector/identity/certificate.h"
#include "collector/receive/hello.h"
#include "collector/receive/journal.h"
#include "common/clock.h"

namespace spoor::collector {

namespace {

// A leaf, an issuing authority and what an administrator's own one may add. Longer: not read.
constexpr size_t kPemBytesMax = 64u << 10;

struct FreeStack {
  void operator()(STACK_OF(X509) * stack) const { sk_X509_free(stack); }
};
struct FreeContext {
  void operator()(X509_STORE_CTX* context) const { X509_STORE_CTX_free(context); }
};

Result<std::vector<Certificate>> read_all(std::string_view pem) {
  if (pem.size() > kPemBytesMax) return invalid("more PEM than a chain has");
  return Certificate::chain_from_pem(pem);
}

Refusal denied_for(std::string text) { return {v1::Refuse::CODE_DENIED, std::move(text), 0}; }

// `none` when the chain holds; otherwise the error of X509_V_ERR_….
int chain_error(X509_STORE* store, const Certificate& leaf,
                const std::vector<Certificate>& others, int64_t now_ns) {
  const std::unique_ptr<STACK_OF(X509), FreeStack> chain(sk_X509_new_null());
  for (const Certificate& other : others) sk_X509_push(chain.get(), other.get());
  const std::unique_ptr<X509_STORE_CTX, FreeContext> context(X509_STORE_CTX_new());
  if (X509_STORE_CTX_init(context.get(), store, leaf.get(), chain.get()) != 1)
    return X509_V_ERR_OUT_OF_MEM;
  X509_VERIFY_PARAM* param = X509_STORE_CTX_get0_param(context.get());
  X509_VERIFY_PARAM_set_time(param, now_ns / kNsPerSecond);
  X509_STORE_CTX_set_purpose(context.get(), X509_PURPOSE_SSL_CLIENT);
  if (X509_verify_cert(context.get()) == 1) return X509_V_OK;
  const int error = X509_STORE_CTX_get_error(context.get());
  // Only the holder's own may be renewed when it has expired.
  const bool is_leaf = X509_STORE_CTX_get_error_depth(context.get()) == 0;
  return error == X509_V_ERR_CERT_HAS_EXPIRED && !is_leaf ? X509_V_ERR_INVALID_CA : error;
}

}  // namespace

void PeerVerifier::Free::operator()(x509_store_st* store) const { X509_STORE_free(store); }

Result<PeerVerifier> PeerVerifier::trusting(std::string_view authorities) {
  ASSIGN_OR_RETURN(const std::vector<Certificate> trusted, read_all(authorities));
  PeerVerifier out(X509_STORE_new());
  for (const Certificate& one : trusted) X509_STORE_add_cert(out.store_.get(), one.get());
  // An issuing authority may be trusted without its root.
  X509_STORE_set_flags(out.store_.get(), X509_V_FLAG_PARTIAL_CHAIN);
  return out;
}

std::variant<PeerIdentity, Refusal> PeerVerifier::verify(std::string_view certificate,
                                                         std::string_view chain,
                                                         int64_t now_ns) const {
  const auto read = read_all(certificate);
  if (!read.is_ok()) return denied_for("no certificate: enrol this host with a token");
  const Certificate& leaf = read->front();
  std::vector<Certificate> others;
  if (auto more = read_all(chain); more.is_ok()) others = std::move(more).value();
  const int error = chain_error(store_.get(), leaf, others, now_ns);
  if (error == X509_V_ERR_CERT_HAS_EXPIRED)
    return Refusal{v1::Refuse::CODE_EXPIRED, "the certificate has expired; it can be renewed", 0};
  if (error != X509_V_OK)
    return denied_for("the certificate does not verify: " +
                      std::string(X509_verify_cert_error_string(error)));
  PeerIdentity out;
  out.agent = leaf.common_name();
  if (!is_agent_name(out.agent) || out.agent == kOwnAgent)
    return denied_for("the certificate's common name is none of an agent");
  const std::optional<Id> machine = leaf.machine_id();
  if (!machine) return denied_for("the certificate names no machine, or several");
  out.machine_id = *machine;
  out.serial = leaf.serial();
  return out;
}

}  // namespace spoor::collector

#include "collector/receive/peer_identity.h"

#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "collector/receive/hello.h"
#include "collector/receive/journal.h"
#include "common/clock.h"

namespace spoor::collector {

namespace {

// A leaf, an issuing authority and what an administrator's own one may add. Longer: not read.
constexpr size_t kPemBytesMax = 64u << 10;
constexpr std::string_view kMachinePrefix = "spoor:machine:";

struct FreeBio {
  void operator()(BIO* bio) const { BIO_free(bio); }
};
struct FreeCertificate {
  void operator()(X509* certificate) const { X509_free(certificate); }
};
struct FreeStack {
  void operator()(STACK_OF(X509) * stack) const { sk_X509_pop_free(stack, X509_free); }
};
struct FreeContext {
  void operator()(X509_STORE_CTX* context) const { X509_STORE_CTX_free(context); }
};
struct FreeNames {
  void operator()(GENERAL_NAMES* names) const { GENERAL_NAMES_free(names); }
};
using Certificate = std::unique_ptr<X509, FreeCertificate>;
using Stack = std::unique_ptr<STACK_OF(X509), FreeStack>;

Stack read_all(std::string_view pem) {
  Stack out(sk_X509_new_null());
  if (pem.size() > kPemBytesMax) return out;
  const int size = static_cast<int>(pem.size());
  const std::unique_ptr<BIO, FreeBio> bio(BIO_new_mem_buf(pem.data(), size));
  while (X509* next = PEM_read_bio_X509(bio.get(), nullptr, nullptr, const_cast<char*>("")))
    sk_X509_push(out.get(), next);
  return out;
}

Refusal denied_for(std::string text) { return {v1::Refuse::CODE_DENIED, std::move(text), 0}; }

std::string common_name(X509* certificate) {
  const X509_NAME* subject = X509_get_subject_name(certificate);
  const int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
  if (at < 0 || X509_NAME_get_index_by_NID(subject, NID_commonName, at) >= 0) return "";
  const ASN1_STRING* value = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at));
  return std::string(reinterpret_cast<const char*>(ASN1_STRING_get0_data(value)),
                     static_cast<size_t>(ASN1_STRING_length(value)));
}

Result<Id> machine_of(X509* certificate) {
  const std::unique_ptr<GENERAL_NAMES, FreeNames> names(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  std::optional<Id> found;
  for (int i = 0; i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(names.get(), i);
    if (name->type != GEN_URI) continue;
    const ASN1_STRING* uri = name->d.uniformResourceIdentifier;
    const std::string_view text(reinterpret_cast<const char*>(ASN1_STRING_get0_data(uri)),
                                static_cast<size_t>(ASN1_STRING_length(uri)));
    if (!text.starts_with(kMachinePrefix)) continue;
    if (found) return invalid("the certificate names two machines");
    ASSIGN_OR_RETURN(const Id id, array_from_hex<16>(text.substr(kMachinePrefix.size())));
    found = id;
  }
  if (!found) return invalid("the certificate names no machine");
  return *found;
}

// `none` when the chain holds; otherwise the error of X509_V_ERR_….
int chain_error(X509_STORE* store, X509* leaf, STACK_OF(X509) * others, int64_t now_ns) {
  const std::unique_ptr<X509_STORE_CTX, FreeContext> context(X509_STORE_CTX_new());
  if (X509_STORE_CTX_init(context.get(), store, leaf, others) != 1) return X509_V_ERR_OUT_OF_MEM;
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
  const Stack read = read_all(authorities);
  if (sk_X509_num(read.get()) == 0) return invalid("there is no certificate of an authority");
  PeerVerifier out(X509_STORE_new());
  for (int i = 0; i < sk_X509_num(read.get()); ++i)
    X509_STORE_add_cert(out.store_.get(), sk_X509_value(read.get(), i));
  // An issuing authority may be trusted without its root.
  X509_STORE_set_flags(out.store_.get(), X509_V_FLAG_PARTIAL_CHAIN);
  return out;
}

std::variant<PeerIdentity, Refusal> PeerVerifier::verify(std::string_view certificate,
                                                         std::string_view chain,
                                                         int64_t now_ns) const {
  const Stack leafs = read_all(certificate);
  if (sk_X509_num(leafs.get()) == 0)
    return denied_for("no certificate: enrol this host with a token");
  X509* leaf = sk_X509_value(leafs.get(), 0);
  const Stack others = read_all(chain);
  const int error = chain_error(store_.get(), leaf, others.get(), now_ns);
  if (error == X509_V_ERR_CERT_HAS_EXPIRED)
    return Refusal{v1::Refuse::CODE_EXPIRED, "the certificate has expired; it can be renewed", 0};
  if (error != X509_V_OK)
    return denied_for("the certificate does not verify: " +
                      std::string(X509_verify_cert_error_string(error)));
  PeerIdentity out;
  out.agent = common_name(leaf);
  if (!is_agent_name(out.agent) || out.agent == kOwnAgent)
    return denied_for("the certificate's common name is none of an agent");
  const Result<Id> machine = machine_of(leaf);
  if (!machine.is_ok()) return denied_for(machine.status().message());
  out.machine_id = *machine;
  const ASN1_INTEGER* serial = X509_get0_serialNumber(leaf);
  out.serial = to_hex({ASN1_STRING_get0_data(serial),
                       static_cast<size_t>(ASN1_STRING_length(serial))});
  return out;
}

}  // namespace spoor::collector

#include "agent/uplink/certificate.h"

#include <arpa/inet.h>

#include <algorithm>
#include <ctime>

#include "agent/uplink/openssl_owners.h"
#include "common/clock.h"
#include "common/sha256.h"

namespace spoor::uplink {
namespace {

constexpr std::string_view kMachineName = "spoor:machine:";
constexpr std::string_view kFingerprintKind = "sha256:";
// RFC 5280 has 20 bytes at most; more is somebody's joke.
constexpr int kSerialBytesMax = 20;

Result<OwnedChain> read_chain(std::string_view pem) {
  if (pem.size() > kPemBytesMax) return invalid("more PEM than a chain of certificates can be");
  OwnedChain chain(sk_X509_new_null());
  const OwnedBio bio = bio_over(pem);
  // An empty passphrase: OpenSSL would ask the terminal for one, for a block that says so.
  char passphrase[] = "";
  while (X509* next = PEM_read_bio_X509(bio.get(), nullptr, nullptr, passphrase)) {
    OwnedX509 owned(next);
    if (static_cast<size_t>(sk_X509_num(chain.get())) == kChainMax) {
      return invalid("more than " + std::to_string(kChainMax) + " certificates");
    }
    if (sk_X509_push(chain.get(), owned.get()) == 0) return internal("out of memory");
    (void)owned.release();
  }
  const unsigned long error = ERR_peek_last_error();
  ERR_clear_error();
  // The end of the text is an error, too: that no further block begins.
  if (ERR_GET_LIB(error) != ERR_LIB_PEM || ERR_GET_REASON(error) != PEM_R_NO_START_LINE) {
    return invalid("a certificate that cannot be read");
  }
  if (sk_X509_num(chain.get()) == 0) return invalid("no certificate in PEM form");
  return chain;
}

Result<int64_t> time_of(const ASN1_TIME* time) {
  std::tm broken{};
  if (ASN1_TIME_to_tm(time, &broken) != 1) return invalid("a certificate's time is none");
  // Years from 0 to 9999 are possible, and int64_t nanoseconds end in 2262.
  const std::time_t seconds = timegm(&broken);
  constexpr std::time_t kMost = INT64_MAX / kNsPerSecond;
  return std::clamp<std::time_t>(seconds, -kMost, kMost) * kNsPerSecond;
}

std::string name_of(X509* certificate) {
  const X509_NAME* subject = X509_get_subject_name(certificate);
  const int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
  if (at < 0) return "";
  unsigned char* utf8 = nullptr;
  const int size =
      ASN1_STRING_to_UTF8(&utf8, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at)));
  if (size < 0) return "";
  std::string name(reinterpret_cast<char*>(utf8), static_cast<size_t>(size));
  OPENSSL_free(utf8);
  return name;
}

std::optional<Id> machine_id_of(X509* certificate) {
  const OwnedNames names(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  const int count = names ? sk_GENERAL_NAME_num(names.get()) : 0;
  for (int i = 0; i < count; ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(names.get(), i);
    if (name->type != GEN_URI) continue;
    const ASN1_STRING* uri = name->d.uniformResourceIdentifier;
    const std::string_view text(reinterpret_cast<const char*>(ASN1_STRING_get0_data(uri)),
                                static_cast<size_t>(ASN1_STRING_length(uri)));
    if (!text.starts_with(kMachineName)) continue;
    const auto id = array_from_hex<16>(text.substr(kMachineName.size()));
    if (id.is_ok()) return *id;
  }
  return std::nullopt;
}

Result<std::string> pem_of(X509* certificate) {
  const OwnedBio bio(BIO_new(BIO_s_mem()));
  if (PEM_write_bio_X509(bio.get(), certificate) != 1) return internal("OpenSSL writes no PEM");
  return text_of(bio.get());
}

bool is_address(const std::string& host) {
  unsigned char bytes[sizeof(in6_addr)];
  return inet_pton(AF_INET, host.c_str(), bytes) == 1 ||
         inet_pton(AF_INET6, host.c_str(), bytes) == 1;
}

bool expect(X509_VERIFY_PARAM* rules, Purpose purpose, std::optional<int64_t> at_ns,
            const std::string& host) {
  const int id = purpose == Purpose::server ? X509_PURPOSE_SSL_SERVER : X509_PURPOSE_SSL_CLIENT;
  if (X509_VERIFY_PARAM_set_purpose(rules, id) != 1) return false;
  if (at_ns) {
    X509_VERIFY_PARAM_set_time(rules, *at_ns / kNsPerSecond);
  } else {
    X509_VERIFY_PARAM_set_flags(rules, X509_V_FLAG_NO_CHECK_TIME);
  }
  if (host.empty()) return true;
  X509_VERIFY_PARAM_set_hostflags(rules, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  return is_address(host) ? X509_VERIFY_PARAM_set1_ip_asc(rules, host.c_str()) == 1
                          : X509_VERIFY_PARAM_set1_host(rules, host.data(), host.size()) == 1;
}

}  // namespace

Result<Certificate> read_certificate(std::string_view pem) {
  ASSIGN_OR_RETURN(const OwnedChain chain, read_chain(pem));
  X509* first = sk_X509_value(chain.get(), 0);
  const ASN1_INTEGER* serial = X509_get0_serialNumber(first);
  if (ASN1_STRING_length(serial) > kSerialBytesMax) return invalid("a serial of too many bytes");
  Certificate read;
  const size_t size = static_cast<size_t>(ASN1_STRING_length(serial));
  read.serial = to_hex({ASN1_STRING_get0_data(serial), size});
  read.serial.erase(0, std::min(read.serial.find_first_not_of('0'), read.serial.size()));
  read.name = name_of(first);
  read.machine_id = machine_id_of(first);
  ASSIGN_OR_RETURN(read.not_before_ns, time_of(X509_get0_notBefore(first)));
  ASSIGN_OR_RETURN(read.not_after_ns, time_of(X509_get0_notAfter(first)));
  ERR_clear_error();
  return read;
}

Result<std::vector<std::string>> split_chain(std::string_view pem) {
  ASSIGN_OR_RETURN(const OwnedChain chain, read_chain(pem));
  std::vector<std::string> texts;
  for (int i = 0; i < sk_X509_num(chain.get()); ++i) {
    ASSIGN_OR_RETURN(std::string text, pem_of(sk_X509_value(chain.get(), i)));
    texts.push_back(std::move(text));
  }
  return texts;
}

Result<Hash> fingerprint_of(std::string_view pem) {
  ASSIGN_OR_RETURN(const OwnedChain chain, read_chain(pem));
  Hash hash;
  unsigned int size = 0;
  if (X509_digest(sk_X509_value(chain.get(), 0), EVP_sha256(), hash.data(), &size) != 1 ||
      size != hash.size()) {
    return internal("OpenSSL makes no fingerprint: " + openssl_words());
  }
  return hash;
}

bool is_self_signed(std::string_view pem) {
  const auto chain = read_chain(pem);
  const bool is = chain.is_ok() && X509_self_signed(sk_X509_value(chain->get(), 0), 1) == 1;
  ERR_clear_error();
  return is;
}

Result<Hash> parse_fingerprint(std::string_view text) {
  const Status wrong = invalid("a fingerprint is `sha256:` and 64 hex digits, as spoor-collector "
                               "init prints it");
  if (!text.starts_with(kFingerprintKind)) return wrong;
  std::string digits(text.substr(kFingerprintKind.size()));
  std::erase(digits, ':');
  const auto hash = array_from_hex<32>(digits);
  return hash.is_ok() ? hash : Result<Hash>(wrong);
}

Status check_chain(std::string_view chain, std::string_view roots, Purpose purpose,
                   std::optional<int64_t> at_ns, const std::string& host) {
  ASSIGN_OR_RETURN(const OwnedChain given, read_chain(chain));
  ASSIGN_OR_RETURN(const OwnedChain trusted, read_chain(roots));
  const OwnedStore store(X509_STORE_new());
  for (int i = 0; i < sk_X509_num(trusted.get()); ++i) {
    if (X509_STORE_add_cert(store.get(), sk_X509_value(trusted.get(), i)) != 1) {
      return internal("OpenSSL takes no root: " + openssl_words());
    }
  }
  const OwnedCheck check(X509_STORE_CTX_new());
  if (!check || X509_STORE_CTX_init(check.get(), store.get(), sk_X509_value(given.get(), 0),
                                    given.get()) != 1 ||
      !expect(X509_STORE_CTX_get0_param(check.get()), purpose, at_ns, host)) {
    return internal("OpenSSL checks no chain: " + openssl_words());
  }
  const bool good = X509_verify_cert(check.get()) == 1;
  const int error = X509_STORE_CTX_get_error(check.get());
  ERR_clear_error();
  return good ? ok() : invalid(X509_verify_cert_error_string(error));
}

}  // namespace spoor::uplink

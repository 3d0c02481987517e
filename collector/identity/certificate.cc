#include "collector/identity/certificate.h"

#include <arpa/inet.h>
#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <algorithm>

#include "common/sha256.h"

namespace spoor::collector {
namespace {

constexpr size_t kChainMax = 8;
constexpr std::string_view kMachinePrefix = "spoor:machine:";

template <typename T, void (*F)(T*)>
struct Freed {
  void operator()(T* value) const { F(value); }
};
void free_bio(BIO* bio) { BIO_free(bio); }
void free_names(GENERAL_NAMES* names) { GENERAL_NAMES_free(names); }
using Bio = std::unique_ptr<BIO, Freed<BIO, free_bio>>;
using Names = std::unique_ptr<GENERAL_NAMES, Freed<GENERAL_NAMES, free_names>>;
using Request = std::unique_ptr<X509_REQ, Freed<X509_REQ, X509_REQ_free>>;
using Number = std::unique_ptr<BIGNUM, Freed<BIGNUM, BN_free>>;

std::string text_of(const ASN1_STRING* string) {
  if (string == nullptr) return "";
  return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(string)),
          static_cast<size_t>(ASN1_STRING_length(string))};
}

int64_t seconds(const ASN1_TIME* time) {
  tm broken{};
  if (time == nullptr || ASN1_TIME_to_tm(time, &broken) != 1) return 0;
  return static_cast<int64_t>(::timegm(&broken));
}

bool is_address(const std::string& name) {
  unsigned char parsed[16];
  return ::inet_pton(AF_INET, name.c_str(), parsed) == 1 ||
         ::inet_pton(AF_INET6, name.c_str(), parsed) == 1;
}

bool is_dns_name(const std::string& name) {
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           c == '-' || c == '.' || c == '_';
  };
  return !name.empty() && name.size() <= 253 && std::all_of(name.begin(), name.end(), fits) &&
         name.front() != '.' && name.front() != '-';
}

// OpenSSL keeps a thread's errors until somebody looks: the next one to look must not find ours.
Status failed(const char* what) {
  ERR_clear_error();
  return internal(std::string("OpenSSL: ") + what);
}
Status refused(const char* what) {
  ERR_clear_error();
  return invalid(what);
}

}  // namespace

// Puts one certificate together; used once.
class CertificateMaker {
 public:
  CertificateMaker() : made_(X509_new()) {}

  Status begin(const std::string& common_name, Validity validity, EVP_PKEY* key) {
    X509* const x = made_.get();
    Id random = random_id();
    random[0] = static_cast<uint8_t>((random[0] & 0x7f) | 0x40);  // positive, of full length
    const Number serial(BN_bin2bn(random.data(), static_cast<int>(random.size()), nullptr));
    X509_NAME* const subject = X509_get_subject_name(x);
    const bool done =
        X509_set_version(x, X509_VERSION_3) == 1 && serial != nullptr &&
        BN_to_ASN1_INTEGER(serial.get(), X509_get_serialNumber(x)) != nullptr &&
        ASN1_TIME_set(X509_getm_notBefore(x), validity.not_before_s) != nullptr &&
        ASN1_TIME_set(X509_getm_notAfter(x), validity.not_after_s) != nullptr &&
        X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8,
                                   reinterpret_cast<const unsigned char*>(common_name.data()),
                                   static_cast<int>(common_name.size()), -1, 0) == 1 &&
        X509_set_pubkey(x, key) == 1;
    return done ? ok() : failed("a certificate's fields");
  }

  Status extend(int id, const std::string& value) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, nullptr, made_.get(), nullptr, nullptr, 0);
    X509_EXTENSION* const extension =
        X509V3_EXT_nconf_nid(nullptr, &context, id, const_cast<char*>(value.c_str()));
    const bool done = extension != nullptr && X509_add_ext(made_.get(), extension, -1) == 1;
    X509_EXTENSION_free(extension);
    return done ? ok() : failed("a certificate's extension");
  }

  // `issuer` null: by itself.
  Result<Certificate> sign(const Certificate* issuer, const TlsKey& key) {
    const X509* const by = issuer == nullptr ? made_.get() : issuer->get();
    X509V3_CTX context;
    X509V3_set_ctx(&context, const_cast<X509*>(by), made_.get(), nullptr, nullptr, 0);
    RETURN_IF_ERROR(extend(NID_subject_key_identifier, "hash"));
    X509_EXTENSION* const identifier =
        issuer == nullptr ? nullptr
                          : X509V3_EXT_nconf_nid(nullptr, &context, NID_authority_key_identifier,
                                                 const_cast<char*>("keyid"));
    if (identifier != nullptr) X509_add_ext(made_.get(), identifier, -1);
    X509_EXTENSION_free(identifier);
    if (X509_set_issuer_name(made_.get(), X509_get_subject_name(by)) != 1 ||
        X509_sign(made_.get(), key.get(), EVP_sha256()) == 0) {
      return failed("signing a certificate");
    }
    return Certificate(made_.release());
  }

 private:
  std::unique_ptr<X509, Freed<X509, X509_free>> made_;
};

void Certificate::Free::operator()(x509_st* certificate) const { X509_free(certificate); }

Result<std::vector<Certificate>> Certificate::chain_from_pem(std::string_view pem) {
  const Bio bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  std::vector<Certificate> out;
  while (X509* const next = PEM_read_bio_X509(bio.get(), nullptr, nullptr, const_cast<char*>(""))) {
    out.push_back(Certificate(next));
    if (out.size() > kChainMax) return refused("more certificates than a chain has");
  }
  if (out.empty()) return refused("no certificate in PEM form");
  ERR_clear_error();  // the end of the text is one
  return out;
}

Result<Certificate> Certificate::from_pem(std::string_view pem) {
  ASSIGN_OR_RETURN(std::vector<Certificate> chain, chain_from_pem(pem));
  return std::move(chain.front());
}

Result<Certificate> Certificate::from_der(std::string_view der) {
  const auto* at = reinterpret_cast<const unsigned char*>(der.data());
  const unsigned char* const end = at + der.size();
  Certificate out(d2i_X509(nullptr, &at, static_cast<long>(der.size())));
  if (out.certificate_ == nullptr || at != end) return refused("no certificate in DER form");
  return out;
}

std::string Certificate::to_pem() const {
  const Bio bio(BIO_new(BIO_s_mem()));
  CHECK(PEM_write_bio_X509(bio.get(), certificate_.get()) == 1);
  char* text = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &text);
  return {text, static_cast<size_t>(size)};
}

std::string Certificate::fingerprint() const {
  unsigned char* der = nullptr;
  const int size = i2d_X509(certificate_.get(), &der);
  CHECK(size > 0);
  const Hash hash = sha256({der, static_cast<size_t>(size)});
  OPENSSL_free(der);
  return "sha256:" + to_hex(hash);
}

std::string Certificate::serial() const {
  const ASN1_INTEGER* const serial = X509_get0_serialNumber(certificate_.get());
  return to_hex(as_bytes(text_of(serial)));
}

std::string Certificate::common_name() const {
  const X509_NAME* const subject = X509_get_subject_name(certificate_.get());
  const int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
  if (at < 0 || X509_NAME_get_index_by_NID(subject, NID_commonName, at) >= 0) return "";
  const std::string text = text_of(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at)));
  const bool plain =
      std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
  return plain ? text : "";
}

std::vector<std::string> Certificate::host_names() const {
  const Names names(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(certificate_.get(), NID_subject_alt_name, nullptr, nullptr)));
  std::vector<std::string> out;
  for (int i = 0; names && i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const GENERAL_NAME* const name = sk_GENERAL_NAME_value(names.get(), i);
    if (name->type == GEN_DNS) out.push_back(text_of(name->d.dNSName));
    if (name->type != GEN_IPADD) continue;
    const std::string bytes = text_of(name->d.iPAddress);
    char text[INET6_ADDRSTRLEN];
    const int family = bytes.size() == sizeof(in6_addr) ? AF_INET6 : AF_INET;
    if (bytes.size() < sizeof(in_addr)) continue;
    if (::inet_ntop(family, bytes.data(), text, sizeof text) != nullptr) out.emplace_back(text);
  }
  ERR_clear_error();
  return out;
}

std::optional<Id> Certificate::machine_id() const {
  const Names names(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(certificate_.get(), NID_subject_alt_name, nullptr, nullptr)));
  std::optional<Id> found;
  for (int i = 0; names && i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const GENERAL_NAME* const name = sk_GENERAL_NAME_value(names.get(), i);
    if (name->type != GEN_URI) continue;
    const std::string uri = text_of(name->d.uniformResourceIdentifier);
    if (!uri.starts_with(kMachinePrefix)) continue;
    const auto id = array_from_hex<16>(uri.substr(kMachinePrefix.size()));
    if (found || !id.is_ok()) return std::nullopt;
    found = *id;
  }
  ERR_clear_error();
  return found;
}

int64_t Certificate::not_before_s() const {
  return seconds(X509_get0_notBefore(certificate_.get()));
}
int64_t Certificate::not_after_s() const { return seconds(X509_get0_notAfter(certificate_.get())); }

bool Certificate::is_ca() const { return X509_check_ca(certificate_.get()) == 1; }

bool Certificate::is_client() const {
  return (X509_get_extension_flags(certificate_.get()) & EXFLAG_XKUSAGE) != 0 &&
         (X509_get_extended_key_usage(certificate_.get()) & XKU_SSL_CLIENT) != 0 && !is_ca();
}

bool Certificate::is_issued_by(const Certificate& issuer) const {
  const bool fits = X509_check_issued(issuer.get(), get()) == X509_V_OK &&
                    X509_verify(get(), X509_get0_pubkey(issuer.get())) == 1;
  ERR_clear_error();
  return fits;
}

bool Certificate::has_key(const TlsKey& key) const {
  const bool fits = EVP_PKEY_eq(X509_get0_pubkey(get()), key.get()) == 1;
  ERR_clear_error();
  return fits;
}

Result<Certificate> make_root(const TlsKey& key, const std::string& common_name,
                              Validity validity) {
  CertificateMaker maker;
  RETURN_IF_ERROR(maker.begin(common_name, validity, key.get()));
  RETURN_IF_ERROR(maker.extend(NID_basic_constraints, "critical,CA:TRUE,pathlen:1"));
  RETURN_IF_ERROR(maker.extend(NID_key_usage, "critical,keyCertSign,cRLSign"));
  return maker.sign(nullptr, key);
}

Result<Certificate> make_issuing(const TlsKey& key, const std::string& common_name,
                                 Validity validity, const Issuer& root) {
  CertificateMaker maker;
  RETURN_IF_ERROR(maker.begin(common_name, validity, key.get()));
  RETURN_IF_ERROR(maker.extend(NID_basic_constraints, "critical,CA:TRUE,pathlen:0"));
  RETURN_IF_ERROR(maker.extend(NID_key_usage, "critical,keyCertSign,cRLSign"));
  return maker.sign(&root.certificate, root.key);
}

Status check_server_name(const std::string& name) {
  if (is_address(name) || is_dns_name(name)) return ok();
  return invalid(name + " is neither a host's name nor an address");
}

Result<Certificate> make_server(const TlsKey& key, const std::vector<std::string>& names,
                                Validity validity, const Issuer& issuing) {
  std::string list;
  for (const std::string& name : names) {
    RETURN_IF_ERROR(check_server_name(name));
    list += (list.empty() ? "" : ",") + std::string(is_address(name) ? "IP:" : "DNS:") + name;
  }
  if (list.empty()) return invalid("a server needs a name");
  CertificateMaker maker;
  RETURN_IF_ERROR(maker.begin("spoor-collector", validity, key.get()));
  RETURN_IF_ERROR(maker.extend(NID_basic_constraints, "critical,CA:FALSE"));
  RETURN_IF_ERROR(maker.extend(NID_key_usage, "critical,digitalSignature"));
  RETURN_IF_ERROR(maker.extend(NID_ext_key_usage, "serverAuth"));
  RETURN_IF_ERROR(maker.extend(NID_subject_alt_name, list));
  return maker.sign(&issuing.certificate, issuing.key);
}

Result<Certificate> make_agent(std::string_view request_der, const std::string& name,
                               const Id& machine_id, Validity validity, const Issuer& issuing) {
  const auto* at = reinterpret_cast<const unsigned char*>(request_der.data());
  const unsigned char* const end = at + request_der.size();
  const Request request(d2i_X509_REQ(nullptr, &at, static_cast<long>(request_der.size())));
  if (!request || at != end) return refused("no certificate request in DER form");
  EVP_PKEY* const key = X509_REQ_get0_pubkey(request.get());
  if (!is_p256(key)) return refused("the request's key is not an ECDSA key on P-256");
  if (X509_REQ_verify(request.get(), key) != 1)
    return refused("the request is not signed by its own key");
  CertificateMaker maker;
  RETURN_IF_ERROR(maker.begin(name, validity, key));
  RETURN_IF_ERROR(maker.extend(NID_basic_constraints, "critical,CA:FALSE"));
  RETURN_IF_ERROR(maker.extend(NID_key_usage, "critical,digitalSignature"));
  RETURN_IF_ERROR(maker.extend(NID_ext_key_usage, "clientAuth"));
  const std::string machine = std::string(kMachinePrefix) + to_hex(machine_id);
  RETURN_IF_ERROR(maker.extend(NID_subject_alt_name, "URI:" + machine));
  return maker.sign(&issuing.certificate, issuing.key);
}

}  // namespace spoor::collector

#include "agent/uplink/server_chain.h"

#include <openssl/ssl.h>
#include <poll.h>

#include <algorithm>

#include "agent/uplink/certificate.h"
#include "agent/uplink/openssl_owners.h"
#include "common/time_format.h"

namespace spoor::uplink {
namespace {

using OwnedContext = std::unique_ptr<SSL_CTX, FreeBy<SSL_CTX_free>>;
constexpr size_t kFingerprintShown = 8;  // bytes of a root's that was not the one looked for

// Nothing is verified here: no root is known yet. root_in() does it, before anything is believed.
OwnedContext make_context() {
  OwnedContext context(SSL_CTX_new(TLS_client_method()));
  if (!context || SSL_CTX_set_min_proto_version(context.get(), TLS1_3_VERSION) != 1) return nullptr;
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_NONE, nullptr);
  static constexpr unsigned char kHttp2[] = {2, 'h', '2'};  // gRPC's servers insist
  SSL_CTX_set_alpn_protos(context.get(), kHttp2, sizeof kHttp2);
  return context;
}

// Until the handshake is done, has failed, or the time is up.
Status shake_hands(BIO* bio, const Clock& clock, int timeout_ms) {
  const int64_t deadline_ns = clock.now().boottime_ns + timeout_ms * kNsPerMs;
  while (BIO_do_handshake(bio) != 1) {
    const int64_t left_ms = (deadline_ns - clock.now().boottime_ns) / kNsPerMs;
    if (!BIO_should_retry(bio)) return unavailable(openssl_words());
    if (left_ms <= 0) return unavailable("no answer in " + duration_text(timeout_ms * kNsPerMs));
    pollfd wait{};
    int fd = -1;
    if (BIO_get_fd(bio, &fd) < 0) return unavailable("no connection");
    wait.fd = fd;
    wait.events = BIO_should_read(bio) ? POLLIN : POLLOUT;
    (void)poll(&wait, 1, static_cast<int>(std::min<int64_t>(left_ms, 1000)));
  }
  return ok();
}

Result<std::string> chain_of(const Address& address, const Clock& clock, int timeout_ms) {
  const OwnedContext context = make_context();
  const OwnedBio bio(context ? BIO_new_ssl_connect(context.get()) : nullptr);
  SSL* ssl = nullptr;
  if (!bio || BIO_get_ssl(bio.get(), &ssl) != 1 || ssl == nullptr) {
    return internal("OpenSSL makes no TLS connection: " + openssl_words());
  }
  BIO_set_conn_hostname(bio.get(), text_of(address).c_str());
  BIO_set_nbio(bio.get(), 1);
  SSL_set_tlsext_host_name(ssl, address.host.c_str());
  RETURN_IF_ERROR(shake_hands(bio.get(), clock, timeout_ms)
                      .with_context("no TLS 1.3 with " + text_of(address)));
  const OwnedBio text(BIO_new(BIO_s_mem()));
  STACK_OF(X509)* chain = SSL_get_peer_cert_chain(ssl);
  const int count = chain == nullptr ? 0 : sk_X509_num(chain);
  for (int i = 0; i < count; ++i) {
    if (PEM_write_bio_X509(text.get(), sk_X509_value(chain, i)) != 1) {
      return internal("OpenSSL writes no PEM: " + openssl_words());
    }
  }
  return text_of(text.get());
}

}  // namespace

Result<std::string> root_in(const std::string& chain, const std::string& host,
                            const Hash& fingerprint, int64_t now_ns) {
  const auto certificates = split_chain(chain);
  if (!certificates.is_ok()) return denied("what the server sent is " +
                                           certificates.status().message());
  for (const std::string& certificate : *certificates) {
    ASSIGN_OR_RETURN(const Hash found, fingerprint_of(certificate));
    if (found != fingerprint) continue;
    const Status checked = check_chain(chain, certificate, Purpose::server, now_ns, host);
    if (checked.is_ok()) return certificate;
    return denied("the collector's certificate is not good for " + host + ": " +
                  checked.message() + ". Enroll by a name that it has (`spoor-collector init "
                  "--name`), and see that the clocks of both are right");
  }
  const std::string& top = certificates->back();
  if (!is_self_signed(top)) {
    return denied("the server sends no root that the fingerprint could be held against: if it is "
                  "your collector, its certificate file must end with the root");
  }
  ASSIGN_OR_RETURN(const Hash last, fingerprint_of(top));
  return denied("this is not the collector with that fingerprint: its root is sha256:" +
                to_hex(ByteView(last).first(kFingerprintShown)) + "... Either the fingerprint is "
                "not the one that spoor-collector init printed, or somebody stands in between");
}

Result<std::string> find_root(const Address& address, const Hash& fingerprint, const Clock& clock,
                              int timeout_ms) {
  ASSIGN_OR_RETURN(const std::string chain, chain_of(address, clock, timeout_ms));
  return root_in(chain, address.host, fingerprint, clock.now().realtime_ns);
}

}  // namespace spoor::uplink

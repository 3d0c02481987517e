#include "agent/uplink/tls_channel.h"

#include <grpcpp/grpcpp.h>

#include <cstdlib>

#include "agent/uplink/window.h"

namespace spoor::uplink {
namespace {

constexpr int kKeepaliveTimeMs = 30'000;
constexpr int kKeepaliveTimeoutMs = 20'000;
constexpr char kImpossibleCiphers[] = "PSK-AES128-GCM-SHA256";

}  // namespace

void allow_only_tls13() { ::setenv("GRPC_SSL_CIPHER_SUITES", kImpossibleCiphers, 1); }

std::shared_ptr<grpc::Channel> open_channel(const Address& address, const TlsMaterial* tls) {
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(kMessageBytesMax);
  arguments.SetMaxSendMessageSize(kMessageBytesMax);
  // A collector that does not even answer pings is left.
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveTimeMs);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepaliveTimeoutMs);
  // What comes are commits: nothing that a window, and pings to measure it, would make faster.
  arguments.SetInt(GRPC_ARG_HTTP2_BDP_PROBE, 0);
  // A new certificate means a new connection, not one that gRPC kept.
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  if (address.is_unix()) {
    // A Unix socket's path is not a name that an authority header could carry.
    arguments.SetString(GRPC_ARG_DEFAULT_AUTHORITY, "localhost");
    return grpc::CreateCustomChannel(text_of(address), grpc::InsecureChannelCredentials(),
                                     arguments);
  }
  grpc::SslCredentialsOptions options;
  if (tls != nullptr) {
    options.pem_root_certs = tls->root;
    options.pem_private_key = tls->key;
    options.pem_cert_chain = tls->chain;
  }
  return grpc::CreateCustomChannel("dns:///" + text_of(address), grpc::SslCredentials(options),
                                   arguments);
}

}  // namespace spoor::uplink

// X.509 as a host sees it: what a certificate says, and whether a chain leads to a root. Reading is
// of bytes that came over the network or lie in a file: everything wrong is `invalid`, in words.
// Pure; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/bytes.h"

namespace spoor::uplink {

// All that is read as PEM, and how many certificates of it; beyond that it is no chain of ours.
inline constexpr size_t kPemBytesMax = 64u << 10;
inline constexpr size_t kChainMax = 8;

struct Certificate {
  std::string serial;             // lower-case hex, without leading zeros
  std::string name;               // the subject's common name, as UTF-8; may be empty
  std::optional<Id> machine_id;   // of a subject alternative name `spoor:machine:<32 hex digits>`
  int64_t not_before_ns = 0, not_after_ns = 0;  // since 1970 UTC
};

// The first certificate in `pem`.
Result<Certificate> read_certificate(std::string_view pem);
// Each certificate in `pem` as one PEM text, in its order.
Result<std::vector<std::string>> split_chain(std::string_view pem);
// SHA-256 over the DER of the first certificate in `pem`: what `openssl x509 -fingerprint` prints.
Result<Hash> fingerprint_of(std::string_view pem);
// Whether the first certificate in `pem` signed itself, as roots do.
bool is_self_signed(std::string_view pem);
// `sha256:` and 64 hex digits, colons between them allowed.
Result<Hash> parse_fingerprint(std::string_view text);

enum class Purpose : uint8_t { server, client };

// Whether the first certificate of `chain` leads over the others to one in `roots` that is its own
// issuer, and may be used so. `at_ns`: when all of them must be valid; nullopt: at any time.
// `host`: a DNS name or an IP address that it must have; empty: any. `invalid` says what is wrong.
Status check_chain(std::string_view chain, std::string_view roots, Purpose purpose,
                   std::optional<int64_t> at_ns, const std::string& host);

}  // namespace spoor::uplink

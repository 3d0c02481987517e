#include "agent/uplink/enrolment.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "agent/uplink/enrolment_call.h"
#include "agent/uplink/server_chain.h"
#include "agent/uplink/tls_key.h"
#include "common/files.h"
#include "common/quoting.h"
#include "common/unique_fd.h"

namespace spoor::uplink {
namespace {

constexpr int kTimeoutMs = 20'000;
constexpr size_t kTokenMax = 256;
constexpr size_t kLabelsMax = 64;

bool read_array(const std::string& from, auto& into) {
  if (from.size() != into.size()) return false;
  std::copy(from.begin(), from.end(), into.begin());
  return true;
}

std::string text_of_bytes(const auto& bytes) { return std::string(as_text(bytes)); }

std::string labels_of(const v1::Identity& answer) {
  std::string text;
  size_t count = 0;
  // A map's order is nobody's.
  std::vector<std::pair<std::string, std::string>> sorted(answer.labels().begin(),
                                                          answer.labels().end());
  std::sort(sorted.begin(), sorted.end());
  for (const auto& [key, value] : sorted) {
    if (++count > kLabelsMax) return text + " ...";
    text += (text.empty() ? "" : " ") + visible(key) + "=" + visible(value);
  }
  return text;
}

// What root and chain were verified against must still be what is given for later.
Status check_root(const std::string& pinned, const std::string& given) {
  ASSIGN_OR_RETURN(const Hash wanted, fingerprint_of(pinned));
  ASSIGN_OR_RETURN(const auto roots, split_chain(given));
  for (const std::string& root : roots) {
    ASSIGN_OR_RETURN(const Hash found, fingerprint_of(root));
    if (found == wanted) return ok();
  }
  return invalid("its root is another one than that of its own certificate");
}

Result<Obtained> take_answer(const EnrolmentOrder& order, const std::string& root,
                             const std::string& key, const v1::Identity& answer) {
  Obtained got;
  HostIdentity& identity = got.identity;
  Enrolment& enrolment = identity.enrolment;
  enrolment.agent = answer.agent();
  enrolment.collector = text_of(order.collector);
  if (!read_array(answer.log_id(), enrolment.log_id) ||
      !read_array(answer.log_key(), enrolment.log_key)) {
    return invalid("it names no log");
  }
  identity.key = key;
  RETURN_IF_ERROR(check_root(root, answer.root()));
  // Those certificates and nothing that may stand between them.
  ASSIGN_OR_RETURN(const auto chain, split_chain(answer.certificate_chain()));
  for (const std::string& certificate : chain) identity.chain += certificate;
  ASSIGN_OR_RETURN(const auto roots, split_chain(answer.root()));
  for (const std::string& certificate : roots) identity.root += certificate;
  RETURN_IF_ERROR(check_identity(identity, order.machine_id));
  ASSIGN_OR_RETURN(identity.certificate, read_certificate(identity.chain));
  got.labels = labels_of(answer);
  return got;
}

}  // namespace

Result<Obtained> obtain(const EnrolmentOrder& order, const Clock& clock) {
  ASSIGN_OR_RETURN(const TlsKey key, TlsKey::generate());
  ASSIGN_OR_RETURN(const std::string key_pem, key.to_pem());
  v1::EnrolRequest request;
  ASSIGN_OR_RETURN(*request.mutable_request(), key.request());
  request.set_token(order.token);
  request.set_machine_id(text_of_bytes(order.machine_id));
  request.set_host(order.host);
  request.set_checkpoint_key(text_of_bytes(order.checkpoint_key));
  ASSIGN_OR_RETURN(const std::string root,
                   find_root(order.collector, order.fingerprint, clock, kTimeoutMs));
  ASSIGN_OR_RETURN(const v1::Identity answer,
                   enrol(order.collector, {root, "", ""}, request, kTimeoutMs));
  auto got = take_answer(order, root, key_pem, answer);
  if (!got.is_ok()) {
    return denied("the collector enrolled this host, but what it gave is not usable: " +
                  got.status().message());
  }
  return got;
}

// The parts hold no NUL: PEM that OpenSSL wrote, and lines of our own.
std::string encode_obtained(const Obtained& obtained) {
  const HostIdentity& identity = obtained.identity;
  std::string text = encode_enrolment(identity.enrolment);
  for (const std::string* part :
       {&identity.key, &identity.chain, &identity.root, &obtained.labels}) {
    text += '\0';
    text += *part;
  }
  return text;
}

Result<Obtained> decode_obtained(std::string_view text, const Id& machine_id) {
  std::array<std::string_view, 5> parts;
  for (size_t i = 0; i < parts.size(); ++i) {
    const size_t end = text.find('\0');
    const bool is_last = i + 1 == parts.size();
    if ((end == std::string_view::npos) != is_last) return invalid("no identity");
    parts[i] = text.substr(0, end);
    if (!is_last) text.remove_prefix(end + 1);
  }
  Obtained obtained;
  HostIdentity& identity = obtained.identity;
  ASSIGN_OR_RETURN(identity.enrolment, decode_enrolment(parts[0]));
  identity.key = parts[1];
  identity.chain = parts[2];
  identity.root = parts[3];
  obtained.labels = parts[4];
  RETURN_IF_ERROR(check_identity(identity, machine_id));
  ASSIGN_OR_RETURN(identity.certificate, read_certificate(identity.chain));
  return obtained;
}

Result<std::string> parse_token(std::string_view text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.remove_suffix(1);
  const bool is_word = std::all_of(text.begin(), text.end(), [](char c) {
    return c > ' ' && c < 0x7f;
  });
  if (text.empty()) return invalid("the token is empty");
  if (!is_word || text.size() > kTokenMax) {
    return invalid("that is no token: one word, as spoor-collector token create printed it");
  }
  return std::string(text);
}

}  // namespace spoor::uplink

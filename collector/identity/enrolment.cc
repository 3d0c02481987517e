#include "collector/identity/enrolment.h"

#include <openssl/x509.h>

#include <cstring>

#include "collector/identity/authority_messages.h"
#include "collector/limits.h"
#include "common/log.h"
#include "common/quoting.h"

namespace spoor::collector {
namespace {

Result<Id> id_from(const std::string& bytes) {
  Id out;
  if (bytes.size() != out.size()) return invalid("a machine id has 16 bytes");
  std::memcpy(out.data(), bytes.data(), out.size());
  if (out == Id{}) return invalid("a machine id of zeros is none (systemd-machine-id-setup)");
  return out;
}

Status check(const Enrolment::Host& host) {
  if (host.token.size() > kTokenBytesMax) return invalid("a token is not that long");
  if (host.request_der.size() > kRequestBytesMax)
    return invalid("a certificate request is not that long");
  if (host.name.size() > kAgentNameMax) return invalid("a host's name has at most 64 bytes");
  if (host.checkpoint_key.size() != 32)
    return invalid("the agent's checkpoint key has 32 bytes");
  return ok();
}

std::string der_of(const Certificate& certificate) {
  unsigned char* der = nullptr;
  const int size = i2d_X509(certificate.get(), &der);
  CHECK(size > 0);
  std::string out(reinterpret_cast<char*>(der), static_cast<size_t>(size));
  OPENSSL_free(der);
  return out;
}

}  // namespace

// A place in the queue; there are so many.
class Enrolment::Turn {
 public:
  explicit Turn(std::atomic<int>& waiting) : waiting_(waiting), before_(waiting.fetch_add(1)) {}
  ~Turn() { waiting_.fetch_sub(1); }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;
  Status status() const {
    return before_ < kEnrolmentsWaitingMax
               ? ok()
               : unavailable("many hosts ask for this at the moment: try again in a minute");
  }

 private:
  std::atomic<int>& waiting_;
  const int before_;
};

Result<Granted> Enrolment::enrol(const Host& host, const std::string& address) {
  RETURN_IF_ERROR(check(host));
  return judged(enrolments_, host.name, address, [&] { return enrol_now(host, address); });
}

// Who guesses has to wait: a token, or a certificate that might be renewed.
Result<Granted> Enrolment::judged(Queue& queue, const std::string& name,
                                  const std::string& address, const Asked& asked) {
  const Turn turn(queue.waiting);
  RETURN_IF_ERROR(turn.status());
  const std::lock_guard lock(queue.mutex);
  const int64_t now_ns = clock_.now().boottime_ns;
  if (!queue.limit.may_try(address, now_ns))
    return unavailable("too many tries from " + visible(address) + ": wait a minute");
  auto granted = asked();
  if (granted.code() == Code::denied || granted.code() == Code::invalid) {
    queue.limit.failed(address, now_ns);
    refusals_.add(queue.what, name, address, granted.status().message());
  }
  return granted;
}

Result<Granted> Enrolment::enrol_now(const Host& host, const std::string& address) {
  ASSIGN_OR_RETURN(const Id machine_id, id_from(host.machine_id));
  const EnrolWish wish = {host.token, host.request_der, machine_id, host.name,
                          revoked_agents(host.name, machine_id)};
  ASSIGN_OR_RETURN(Granted granted, ask_for(wish));
  const int64_t now_s = clock_.now().realtime_ns / kNsPerSecond;
  RETURN_IF_ERROR(registry_.enrolled(granted, {machine_id, address, host.checkpoint_key}, now_s));
  log_info("{} is enrolled, from {}, with the token {}", granted.agent, address, granted.token);
  tell_(enrolled_event(granted, address));
  return granted;
}

Result<Granted> Enrolment::ask_for(const EnrolWish& wish) {
  ASSIGN_OR_RETURN(const std::string answer, ask_(question_of(wish)));
  return granted_of(answer);
}

// Of the agents that this name or machine may belong to, those that may be replaced.
std::vector<std::string> Enrolment::revoked_agents(const std::string& name,
                                                   const Id& machine_id) {
  std::vector<std::string> out;
  if (registry_.is_revoked(name)) out.push_back(name);
  const auto same_machine = registry_.revoked_agents_of(machine_id);
  if (same_machine.is_ok()) out.insert(out.end(), same_machine->begin(), same_machine->end());
  return out;
}

Result<Granted> Enrolment::renew(const std::string& certificate_pem,
                                 const std::string& request_der, const std::string& machine_id,
                                 const std::string& address) {
  if (certificate_pem.empty())
    return denied("a renewal needs the certificate that it replaces: enrol this host");
  if (request_der.size() > kRequestBytesMax)
    return invalid("a certificate request is not that long");
  ASSIGN_OR_RETURN(const Certificate old, Certificate::from_pem(certificate_pem));
  ASSIGN_OR_RETURN(const Id id, id_from(machine_id));
  return judged(renewals_, old.common_name(), address,
                [&] { return renew_now(old, request_der, id, address); });
}

Result<Granted> Enrolment::renew_now(const Certificate& old, const std::string& request_der,
                                     const Id& machine_id, const std::string& address) {
  // What the registry does not know the CA may: then its own file is the older one.
  if (registry_.standing(old.serial()) == Registry::Standing::revoked ||
      registry_.is_revoked(old.common_name())) {
    return denied("this certificate was revoked: ask for a token, and enrol this host again");
  }
  const int64_t now_s = clock_.now().realtime_ns / kNsPerSecond;
  ASSIGN_OR_RETURN(const int64_t lately,
                   registry_.certificates_since(old.common_name(), now_s - kDayS));
  if (lately >= kCertificatesPerDayMax) return denied(too_many_certificates(old.common_name()));
  const RenewWish wish = {der_of(old), request_der, machine_id};
  ASSIGN_OR_RETURN(const std::string answer, ask_(question_of(wish)));
  ASSIGN_OR_RETURN(Granted granted, granted_of(answer));
  RETURN_IF_ERROR(registry_.renewed(granted, machine_id, now_s));
  tell_(renewed_event(granted, address));
  return granted;
}

}  // namespace spoor::collector

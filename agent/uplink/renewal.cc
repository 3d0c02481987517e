#include "agent/uplink/renewal.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <random>
#include <thread>

#include "agent/uplink/enrolment_call.h"
#include "agent/uplink/id_file.h"
#include "agent/uplink/tls_key.h"
#include "common/files.h"
#include "common/log.h"
#include "common/thread_name.h"
#include "common/time_format.h"

namespace spoor::uplink {
namespace {

constexpr int kTimeoutMs = 20'000;
// A certificate's life in parts: due after two of three, spread over one of thirty, tried again
// after one of two thousand.
constexpr int64_t kDueOf = 3, kSpreadOf = 30, kPauseOf = 2000;
constexpr int64_t kPauseMostNs = 3600 * kNsPerSecond;
// The longest sleep at once: the host's clock may be set, and an identity may be replaced.
constexpr int64_t kLookEveryNs = 60 * kNsPerSecond;

int64_t life_ns(const Certificate& certificate) {
  int64_t life = 0;
  if (certificate.not_after_ns <= certificate.not_before_ns) return 0;
  const bool is_endless =
      __builtin_sub_overflow(certificate.not_after_ns, certificate.not_before_ns, &life);
  return is_endless ? INT64_MAX : life;
}

std::string when(int64_t ns) {
  const LocalTime time = local_time(ns);
  return time.date + " " + time.clock + " " + time.offset;
}

}  // namespace

int64_t renewal_due_ns(const Certificate& certificate, uint64_t seed) {
  const int64_t life = life_ns(certificate);
  std::mt19937_64 draw(seed);
  const int64_t spread = std::uniform_int_distribution<int64_t>(0, life / kSpreadOf)(draw);
  return certificate.not_after_ns - life / kDueOf + spread;
}

int64_t renewal_pause_ns(const Certificate& certificate) {
  return std::clamp(life_ns(certificate) / kPauseOf, kNsPerSecond, kPauseMostNs);
}

Status renew_identity(const IdentityFiles& files, const Id& machine_id,
                      const std::string& address) {
  ASSIGN_OR_RETURN(HostIdentity identity, files.load());
  ASSIGN_OR_RETURN(const Address to,
                   parse_address(address.empty() ? identity.enrolment.collector : address));
  if (to.is_unix()) return invalid("a Unix socket has nobody who renews certificates");
  const TlsMaterial tls{identity.root, identity.key, identity.chain};
  ASSIGN_OR_RETURN(const TlsKey key, TlsKey::generate());
  v1::RenewRequest request;
  ASSIGN_OR_RETURN(*request.mutable_request(), key.request());
  request.set_machine_id(std::string(as_text(machine_id)));
  ASSIGN_OR_RETURN(const v1::Identity answer, renew(to, tls, request, kTimeoutMs));
  // The root and the log stay those that enrolment gave: nobody vouched for others.
  ASSIGN_OR_RETURN(identity.key, key.to_pem());
  identity.chain.clear();
  ASSIGN_OR_RETURN(const auto chain, split_chain(answer.certificate_chain()));
  for (const std::string& certificate : chain) identity.chain += certificate;
  RETURN_IF_ERROR(check_identity(identity, machine_id)
                      .with_context("the renewed certificate is not usable"));
  return files.renew(identity.key, identity.chain);
}

struct Renewal::Worker {
  Worker(IdentityFiles f, std::string id_file, const Clock& c, std::function<std::string()> where)
      : files(std::move(f)), machine_id_file(std::move(id_file)), clock(c),
        address(std::move(where)) {}

  IdentityFiles files;
  std::string machine_id_file;
  const Clock& clock;
  std::function<std::string()> address;
  std::mutex mutex;
  std::condition_variable changed;
  bool stopping = false;
  bool hurried = false;
  const uint64_t seed = std::random_device{}();
  std::mt19937_64 draw{seed};
  int64_t not_before_boottime_ns = 0;  // no try before
  std::thread thread;

  void run() {
    name_this_thread("renewal");
    std::unique_lock lock(mutex);
    while (!stopping) {
      const bool asked = hurried;
      lock.unlock();
      const int64_t pause_ns = look(asked);
      lock.lock();
      changed.wait_for(lock, std::chrono::nanoseconds(pause_ns),
                       [&] { return stopping || (hurried && !asked); });
    }
  }

  // Renews where it is due; how long to sleep then.
  int64_t look(bool asked) {
    const auto identity = files.load();
    if (!identity.is_ok()) return kLookEveryNs;
    const Certificate& certificate = identity->certificate;
    const Instant now = clock.now();
    const int64_t left_ns = renewal_due_ns(certificate, seed) - now.realtime_ns;
    const int64_t blocked_ns = not_before_boottime_ns - now.boottime_ns;
    if (!asked && left_ns > 0) return std::min(left_ns, kLookEveryNs);
    if (blocked_ns > 0) return std::min(blocked_ns, kLookEveryNs);
    const Status status = try_now();
    // Half of the pause to all of it: hosts that one outage held up come back one by one.
    const int64_t pause_ns = renewal_pause_ns(certificate);
    const int64_t drawn_ns =
        std::uniform_int_distribution<int64_t>(pause_ns / 2, pause_ns)(draw);
    not_before_boottime_ns = clock.now().boottime_ns + drawn_ns;
    if (status.is_ok()) {
      const std::lock_guard lock(mutex);
      hurried = false;
    } else {
      complain(status, certificate, now.realtime_ns);
    }
    return std::min(drawn_ns, kLookEveryNs);
  }

  Status try_now() {
    PosixFiles door;
    ASSIGN_OR_RETURN(const Id machine_id, read_id_file(door, machine_id_file));
    RETURN_IF_ERROR(renew_identity(files, machine_id, address()));
    ASSIGN_OR_RETURN(const HostIdentity renewed, files.load());
    log_info("the certificate of {} is renewed until {}", renewed.enrolment.agent,
             when(renewed.certificate.not_after_ns));
    return ok();
  }

  static void complain(const Status& status, const Certificate& certificate, int64_t now_ns) {
    const bool expired = certificate.not_after_ns <= now_ns;
    log_warning("the certificate, which {} {}, was not renewed: {}{}",
                expired ? "expired on" : "is good until", when(certificate.not_after_ns),
                status.message(),
                status.code() == Code::denied ? ". Where that stays so, this host needs a new "
                                                "token: spoor-uplink enroll --force"
                                              : "; trying again");
  }
};

Renewal::Renewal(IdentityFiles files, std::string machine_id_file, const Clock& clock,
                 std::function<std::string()> address)
    : worker_(std::make_unique<Worker>(std::move(files), std::move(machine_id_file), clock,
                                       std::move(address))) {
  worker_->thread = std::thread([worker = worker_.get()] { worker->run(); });
}

Renewal::~Renewal() {
  {
    const std::lock_guard lock(worker_->mutex);
    worker_->stopping = true;
  }
  worker_->changed.notify_all();
  worker_->thread.join();
}

void Renewal::hurry() {
  {
    const std::lock_guard lock(worker_->mutex);
    worker_->hurried = true;
  }
  worker_->changed.notify_all();
}

}  // namespace spoor::uplink

// Renews this host's certificate by itself, with a new key, from the last third of its life on
// (30 days of 90), and also when it has expired: the collector decides for how long. The new one is
// in use at the next connection. Has a thread of its own, since a call may block.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "agent/uplink/identity.h"
#include "common/clock.h"

namespace spoor::uplink {

// When the renewal is due, since 1970 UTC: after two thirds of its life, and then within a
// thirtieth of it, drawn from `seed`, so that hosts that were enrolled together come one by one.
int64_t renewal_due_ns(const Certificate& certificate, uint64_t seed);
// How long to wait after a failed try, by the certificate's life: an hour for 90 days.
int64_t renewal_pause_ns(const Certificate& certificate);

// Asks the collector at `address` (HOST:PORT; the enrolment's where it is empty) for a certificate
// for a new key, checks it, and puts both in place. Blocks, 20 s at most. Codes as renew() has them
// (enrolment_call.h).
Status renew_identity(const IdentityFiles& files, const Id& machine_id, const std::string& address);

class Renewal {
 public:
  // `address`, called on the renewal's thread, is where to ask.
  Renewal(IdentityFiles files, std::string machine_id_file, const Clock& clock,
          std::function<std::string()> address);
  // Waits for a call that is under way, 20 s at most.
  ~Renewal();
  Renewal(const Renewal&) = delete;
  Renewal& operator=(const Renewal&) = delete;

  // The collector says that it is due, whatever this host's clock says. Any thread.
  void hurry();

 private:
  struct Worker;
  std::unique_ptr<Worker> worker_;
};

}  // namespace spoor::uplink

#include "agent/uplink/uplink.h"

#include <sys/utsname.h>

#include <random>

#include "agent/uplink/grpc_transport.h"
#include "agent/uplink/shipper.h"
#include "agent/uplink/spool_watch.h"
#include "common/log.h"

namespace spoor::uplink {
namespace {

Config with_host(Config config) {
  utsname names{};
  if (config.host.empty() && uname(&names) == 0) config.host = names.nodename;
  if (config.host.empty()) config.host = "localhost";
  return config;
}

}  // namespace

struct Uplink::Parts {
  Parts(const Config& config, int stop_fd)
      : watch(stop_fd),
        transport(stop_fd, [this] { watch.wake(); }),
        shipper(files, clock, transport, with_host(config), std::random_device{}()) {}

  PosixFiles files;
  SystemClock clock;
  SpoolWatch watch;
  GrpcTransport transport;
  Shipper shipper;
};

Uplink::Uplink(const Config& config, int stop_fd)
    : parts_(std::make_unique<Parts>(config, stop_fd)) {}
Uplink::~Uplink() = default;

Status Uplink::run() {
  Parts& p = *parts_;
  bool is_stopping = false;
  while (!is_stopping) {
    const Shipper::Next next = p.shipper.step();
    if (next.is_opened) {
      // Without it new frames are only seen a little later.
      const Status watched = p.watch.watch(p.shipper.watch_folders());
      if (!watched.is_ok()) log_warning("{}", watched.message());
    }
    is_stopping = next.is_pause ? p.watch.pause(next.wait_ms)
                                : p.watch.wait(static_cast<int>(next.wait_ms));
  }
  p.shipper.close();
  return ok();
}

}  // namespace spoor::uplink

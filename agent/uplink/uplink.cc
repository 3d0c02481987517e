#include "agent/uplink/uplink.h"

#include <sys/utsname.h>

#include <optional>
#include <random>

#include "agent/uplink/grpc_transport.h"
#include "agent/uplink/id_file.h"
#include "agent/uplink/renewal.h"
#include "agent/uplink/shipper.h"
#include "agent/uplink/spool_watch.h"
#include "common/log.h"

namespace spoor::uplink {
namespace {

Config with_defaults(Config config, const IdentityFiles& identity) {
  utsname names{};
  if (config.host.empty() && uname(&names) == 0) config.host = names.nodename;
  if (config.host.empty()) config.host = "localhost";
  const auto enrolment = identity.enrolment();
  if (config.collector_addresses.empty() && enrolment.is_ok()) {
    config.collector_addresses = {enrolment->collector};
  }
  return config;
}

// Where to ask for a new certificate, in turn. Empty text: where this host was enrolled.
std::vector<std::string> renewal_addresses(const Config& config) {
  std::vector<std::string> addresses;
  for (const std::string& text : config.collector_addresses) {
    if (!text.starts_with("unix:")) addresses.push_back(text);
  }
  if (addresses.empty()) addresses.emplace_back();
  return addresses;
}

}  // namespace

struct Uplink::Parts {
  Parts(const Config& config, int stop_fd)
      : log_id_file(config.state_folder + "/log_id"),
        identity(config.state_folder + "/identity"),
        watch(stop_fd),
        transport(identity, stop_fd, [this] { if (renewal) renewal->hurry(); }),
        shipper(files, clock, transport, with_defaults(config, identity), std::random_device{}()) {
    if (!identity.is_there()) return;
    renewal.emplace(identity, config.machine_id_file, clock,
                    [turns = renewal_addresses(config), turn = size_t{0}]() mutable {
                      return turns[turn++ % turns.size()];
                    });
  }

  // The first collector that answers does not decide which log is ours: enrolment did.
  Status bind_as_enrolled() {
    ASSIGN_OR_RETURN(const Enrolment enrolment, identity.enrolment());
    const auto bound = read_id_file(files, log_id_file);
    if (bound.code() != Code::not_found) return ok();
    return write_file(files, log_id_file, to_hex(enrolment.log_id) + "\n");
  }

  PosixFiles files;
  SystemClock clock;
  std::string log_id_file;
  IdentityFiles identity;
  SpoolWatch watch;
  GrpcTransport transport;
  Shipper shipper;
  std::optional<Renewal> renewal;  // of a host that is enrolled
};

Uplink::Uplink(const Config& config, int stop_fd)
    : parts_(std::make_unique<Parts>(config, stop_fd)) {}
Uplink::~Uplink() = default;

Status Uplink::run() {
  Parts& p = *parts_;
  // An identity that cannot be read is no reason to report to somebody else.
  if (p.identity.is_there()) RETURN_IF_ERROR(p.bind_as_enrolled());
  bool is_stopping = false;
  while (!is_stopping) {
    const Shipper::Next next = p.shipper.step(p.watch.take_growths());
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

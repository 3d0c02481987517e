// What hosts send to be enrolled and renewed: messages of any bytes, to the service behind the
// network, with a CA and a registry. The input is `E` and an EnrolRequest, or the certificate that
// is shown, in PEM, behind its length (two bytes) and before a RenewRequest. Nobody is given
// anything without a token; refusals are in words that can be shown; the registry stays empty.
#include <algorithm>
#include <cstdlib>
#include <string_view>

#include "collector/identity/authority_messages.h"
#include "collector/identity/certificate.h"
#include "collector/identity/enrolment.h"
#include "spoor/v1/uplink.pb.h"
#include "tests/support/fake_clock.h"

namespace {

using namespace spoor;
using namespace spoor::collector;

void must(bool holds) {
  if (!holds) std::abort();
}

struct Desk {
  Desk() {
    const int64_t now_s = clock.now().realtime_ns / kNsPerSecond;
    const TlsKey key = TlsKey::generate().value();
    const Certificate root = make_root(key, "Spoor", {now_s, now_s + 1'000'000}).value();
    authority = std::make_unique<Authority>(
        Authority::open(":memory:", key.to_pem().value(), root.to_pem()).value());
    (void)authority->tokens().create({"web*", {}, 60, 1'000}, "fuzz", now_s);
  }
  Result<std::string> ask(std::string_view question) {
    return answer_question(*authority, question, clock.now().realtime_ns / kNsPerSecond);
  }

  FakeClock clock;
  std::unique_ptr<Authority> authority;
  std::unique_ptr<Registry> registry = Registry::open(":memory:").value();
  Enrolment enrolment{*registry, [this](std::string_view question) { return ask(question); },
                      clock, [this](v1::Event event) {
                        must(event.operator_action().operation().ends_with(" refused"));
                      }};
};

void check(const Result<Granted>& granted) {
  must(!granted.is_ok());
  const Code code = granted.code();
  must(code == Code::denied || code == Code::invalid || code == Code::unavailable ||
       code == Code::corrupt);
  const Status why = granted.status();
  for (const char c : why.message()) must(c >= ' ' || c == '\t');
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static Desk desk;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  // Who fails too often waits, and would reach nothing.
  desk.clock.advance_ns(60 * kNsPerSecond);
  if (bytes.starts_with('E')) {
    v1::EnrolRequest request;
    if (!request.ParseFromArray(data + 1, static_cast<int>(size) - 1)) return 0;
    check(desk.enrolment.enrol({request.token(), request.request(), request.machine_id(),
                                request.host(), request.checkpoint_key()}, "192.0.2.1"));
  } else if (size >= 2) {
    const size_t length = std::min(static_cast<size_t>(data[0]) | static_cast<size_t>(data[1]) << 8,
                                   size - 2);
    v1::RenewRequest request;
    if (!request.ParseFromArray(data + 2 + length, static_cast<int>(size - 2 - length))) return 0;
    check(desk.enrolment.renew(std::string(bytes.substr(2, length)), request.request(),
                               request.machine_id(), "192.0.2.1"));
  }
  must(desk.registry->agents()->empty());
  return 0;
}

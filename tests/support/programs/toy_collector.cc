// spoor-toy-collector HOST:PORT LIFE: a collector of a few lines over real TLS, for tests of the
// host's side alone. It has a CA of its own, enrolls whoever has the token `toy-token`, gives
// certificates that live LIFE seconds, commits every frame unsigned and keeps none. Says what
// happens on standard output, a line each; ends with standard input.
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <utility>

#include "agent/uplink/certificate.h"
#include "common/clock.h"
#include "common/frame/reader.h"
#include "tests/support/toy_enrolment.h"

namespace spoor {
namespace {

void say(const std::string& line) {
  std::printf("%s\n", line.c_str());
  std::fflush(stdout);
}

std::string serial_of(const std::string& pem) {
  const auto read = uplink::read_certificate(pem);
  return read.is_ok() ? read->serial : "none";
}

v1::ShipResponse answer_to(const v1::ShipRequest& request) {
  v1::ShipResponse response;
  if (request.has_hello()) response.mutable_resume()->set_log_id(std::string(16, 'L'));
  if (!request.has_frame()) return response;
  const auto block = read_block_outside(as_bytes(request.frame().block()));
  if (!block.is_ok()) {
    response.mutable_refuse()->set_code(v1::Refuse::CODE_CORRUPT);
    return response;
  }
  const FrameHead& head = block->frames[0];
  v1::CommitPoint& commit = *response.mutable_commit();
  commit.set_log_id(std::string(16, 'L'));
  commit.set_log_generation(1);
  commit.set_stream(std::string(as_text(head.header.stream)));
  commit.set_epoch(head.header.epoch);
  commit.set_sequence(head.header.last_sequence);
  commit.set_chain(std::string(as_text(head.chain)));
  commit.set_time_ns(SystemClock().now().realtime_ns);
  return response;
}

grpc::Status ship(const std::string& certificate, ToyEnrolment::Stream& stream,
                  bool breaks_text) {
  v1::ShipRequest request;
  while (stream.Read(&request)) {
    if (request.has_hello()) say("hello " + serial_of(certificate));
    if (request.has_frame()) say("frame");
    v1::ShipResponse response = answer_to(request);
    if (std::exchange(breaks_text, false)) response.mutable_refuse()->set_text("\xff");
    if (response.message_case() != v1::ShipResponse::MESSAGE_NOT_SET) stream.Write(response);
  }
  say("end");
  return grpc::Status::OK;
}

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: spoor-toy-collector HOST:PORT LIFE\n");
    return 2;
  }
  const ToyCa ca;
  ToyEnrolment server(
      ca, ca.issue({.alternative = "DNS:localhost,IP:127.0.0.1,IP:10.64.199.1"}), argv[1]);
  if (server.port() == 0) return 1;
  std::atomic<bool> breaks_text = false;  // of the next call
  server.ship = [&](const std::string& certificate, ToyEnrolment::Stream& stream) {
    return ship(certificate, stream, breaks_text.exchange(false));
  };
  server.leaf.from_s = 0;
  server.leaf.until_s = std::atoll(argv[2]);
  server.spoil = [&](v1::Identity& identity) {
    say((server.renewals > 0 ? "renewed " : "enrolled ") +
        serial_of(identity.certificate_chain()));
  };
  say("listening " + std::to_string(server.port()) + " " + ca.fingerprint());
  char line[16];
  while (std::fgets(line, sizeof line, stdin) != nullptr) {
    const std::lock_guard lock(server.mutex);
    server.revoked = line[0] == 'r';
    breaks_text = line[0] == 'b';
  }
  return 0;
}

}  // namespace
}  // namespace spoor

int main(int argc, char** argv) { return spoor::main(argc, argv); }

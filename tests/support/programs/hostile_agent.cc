// An agent with a good certificate, or with none, that says what no agent says:
//   spoor-test-hostile ADDRESS ROOT IDENTITY MACHINE ATTACK [ARGUMENT]
// ROOT and IDENTITY are PEM files (IDENTITY `-`: no certificate), MACHINE 32 hex digits. Prints
// what comes of it, a line an answer: `refused CODE text`, `ended STATUS`, `commits N`. `steady` is
// the honest one: a frame each 20 ms until its standard input ends, and prints each commit.
#include <poll.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <functional>
#include <map>
#include <mutex>
#include <sstream>
#include <thread>

#include "common/crc32c.h"
#include "common/frame/format.h"
#include "tests/support/raw_uplink.h"
#include "tests/support/stream_writer.h"

namespace spoor {
namespace {

std::string read(const std::string& path) {
  std::ostringstream out;
  out << std::ifstream(path).rdbuf();
  return out.str();
}

struct Attacker {
  std::string address;
  grpc::SslCredentialsOptions tls;
  grpc::ChannelArguments channel;
  Id machine{};
  std::string argument;

  std::unique_ptr<RawUplink> call() const {
    return std::make_unique<RawUplink>(address, grpc::SslCredentials(tls), channel);
  }
  v1::ShipRequest hello(const std::vector<Id>& streams) const {
    v1::ShipRequest request;
    v1::Hello& hello = *request.mutable_hello();
    hello.set_protocol_version(1);
    hello.set_machine_id(std::string(as_text(machine)));
    hello.set_boot_id(std::string(as_text(machine)));
    hello.set_host("any");
    for (const Id& id : streams) {
      v1::StreamOffer& offer = *hello.add_streams();
      offer.set_stream(std::string(as_text(id)));
      offer.set_stream_class(v1::CLASS_COMMAND);
    }
    return request;
  }
  // A call whose Hello was answered with Resume.
  std::unique_ptr<RawUplink> open(const std::vector<Id>& streams) const {
    auto uplink = call();
    uplink->send(hello(streams));
    while (const auto answer = uplink->receive()) {
      if (answer->has_resume()) return uplink;
      if (answer->has_refuse()) std::printf("refused %s %s\n",
                                            v1::Refuse::Code_Name(answer->refuse().code()).c_str(),
                                            answer->refuse().text().c_str());
    }
    return nullptr;
  }
};

v1::ShipRequest frame_of(std::string block) {
  v1::ShipRequest request;
  request.mutable_frame()->set_block(std::move(block));
  return request;
}

StreamWriter new_stream() {
  StreamWriter writer(1);
  writer.begin_anew(random_id());
  return writer;
}

// Prints all that comes until the call ends.
void print_end(RawUplink& uplink) {
  uint64_t commits = 0;
  while (const auto answer = uplink.receive()) {
    if (answer->has_commit()) {
      ++commits;
      if (answer->commit().wish() != 0)
        std::printf("wish %d\n", static_cast<int>(answer->commit().wish()));
    }
    if (answer->has_refuse()) {
      std::printf("refused %s %s\n", v1::Refuse::Code_Name(answer->refuse().code()).c_str(),
                  answer->refuse().text().c_str());
    }
  }
  std::printf("commits %llu\n", static_cast<unsigned long long>(commits));
  std::printf("ended %d\n", static_cast<int>(uplink.finish().error_code()));
}

// Sends the frames over a call of its own, and prints what comes of them.
void ship(const Attacker& attacker, const Id& offered, const std::vector<std::string>& blocks) {
  const auto uplink = attacker.open({offered});
  if (!uplink) return;
  for (const std::string& block : blocks) {
    if (!uplink->send(frame_of(block))) break;
  }
  uplink->hang_up();
  print_end(*uplink);
}

bool is_input_over() {
  pollfd input{STDIN_FILENO, POLLIN, 0};
  return ::poll(&input, 1, 20) > 0;
}

int steady(const Attacker& attacker) {
  StreamWriter stream = new_stream();
  std::printf("stream %s\n", to_hex(stream.stream()).c_str());
  const auto uplink = attacker.open({stream.stream()});
  if (!uplink) return 1;
  const std::string id(as_text(stream.stream()));
  while (!is_input_over()) {
    const SealedFrame frame = stream.frame(2);
    if (!uplink->send(frame_of(frame.block)) ||
        !uplink->wait_committed(id, frame.header.last_sequence)) {
      print_end(*uplink);
      return 1;
    }
    std::printf("commit %llu\n", static_cast<unsigned long long>(frame.header.last_sequence));
    std::fflush(stdout);
  }
  uplink->hang_up();
  return 0;
}

void large(const Attacker& attacker) {
  ship(attacker, new_stream().stream(), {std::string(kFrameBytesMax + 1, 'x')});
}

void huge(const Attacker& attacker) {
  ship(attacker, new_stream().stream(), {std::string(11u << 20, 'x')});
}

// What is too long must not be gathered first.
void giant(const Attacker& attacker) {
  ship(attacker, new_stream().stream(), {std::string(300u << 20, 'x')});
}

// As large as a frame may unfold into, from a few hundred bytes.
void bomb(const Attacker& attacker) {
  StreamWriter stream = new_stream();
  std::vector<std::string> blocks;
  size_t bytes = 0;
  for (int i = 0; i < 60; ++i) {
    v1::Event event;
    event.mutable_other_record()->set_record_type(std::string(kEventBytesMax - 64, '\0'));
    blocks.push_back(stream.frame({event}).block);
    bytes += blocks.back().size();
  }
  std::printf("bytes %zu\n", bytes);
  ship(attacker, stream.stream(), blocks);
}

// Says that it unfolds into more than may be.
void lying_bomb(const Attacker& attacker) {
  StreamWriter stream = new_stream();
  v1::Event event;
  event.mutable_other_record()->set_record_type(std::string(100'000, 'z'));
  std::string block = stream.frame({event}).block;
  constexpr size_t kUnpackedAt = 20, kCrcAt = 8, kAfterCrc = 12;
  const uint32_t claimed = 60u << 20;
  for (size_t i = 0; i < 4; ++i) block[kUnpackedAt + i] = static_cast<char>(claimed >> (8 * i));
  const uint32_t crc = crc32c(as_bytes(std::string_view(block).substr(kAfterCrc)));
  for (size_t i = 0; i < 4; ++i) block[kCrcAt + i] = static_cast<char>(crc >> (8 * i));
  ship(attacker, stream.stream(), {block});
}

// One frame that is committed, then `block`.
void ship_behind(const Attacker& attacker, StreamWriter& stream, const std::string& block) {
  const auto uplink = attacker.open({stream.stream()});
  if (!uplink) return;
  uplink->send(frame_of(stream.frame(1).block));
  CHECK(uplink->wait_committed(std::string(as_text(stream.stream())), 1));
  uplink->send(frame_of(block));
  print_end(*uplink);
}

// Follows a frame that the log does not have.
void chain(const Attacker& attacker) {
  StreamWriter stream = new_stream();
  StreamWriter other = stream;
  v1::Event event;
  event.set_time_ns(7);
  (void)other.frame({event});
  ship_behind(attacker, stream, other.frame(1).block);
}

// In place of one that the log has.
void fork(const Attacker& attacker) {
  StreamWriter stream = new_stream();
  StreamWriter other = stream;
  ship_behind(attacker, stream, other.frame(2).block);
}

void jump(const Attacker& attacker) {
  StreamWriter stream = new_stream();
  const std::string first = stream.frame(1).block;
  for (int i = 0; i < 1000; ++i) (void)stream.frame(1);
  ship(attacker, stream.stream(), {first, stream.frame(1).block});
}

void streams(const Attacker& attacker) {
  std::vector<Id> many(65);
  for (Id& id : many) id = random_id();
  (void)attacker.open(many);
  for (int round = 0; round < 5; ++round) {
    std::vector<StreamWriter> writers;
    std::vector<Id> ids;
    for (int i = 0; i < 64; ++i) {
      writers.push_back(new_stream());
      ids.push_back(writers.back().stream());
    }
    const auto uplink = attacker.open(ids);
    if (!uplink) return;
    for (StreamWriter& writer : writers) uplink->send(frame_of(writer.frame(1).block));
    uplink->hang_up();
    print_end(*uplink);
  }
}

// Never reads while it sends.
void deaf(const Attacker& attacker) {
  StreamWriter stream = new_stream();
  std::vector<std::string> blocks;
  for (int i = 0; i < 20'000; ++i) blocks.push_back(stream.frame(1).block);
  ship(attacker, stream.stream(), blocks);
}

// The largest Hello there may be, again and again, and gone before it is answered.
void hellos(const Attacker& attacker) {
  std::vector<Id> ids(64);
  for (Id& id : ids) id = random_id();
  v1::ShipRequest request = attacker.hello(ids);
  for (v1::StreamOffer& offer : *request.mutable_hello()->mutable_streams()) {
    offer.set_chain_before(std::string(32, 'c'));
    for (uint64_t epoch = 1; epoch <= 1100; ++epoch) {
      v1::EpochRange& range = *offer.add_epochs();
      range.set_epoch(epoch);
      range.set_nonce(std::string(16, 'n'));
      range.set_first_sequence(1);
      range.set_last_sequence(1);
    }
  }
  std::printf("bytes %zu\n", request.ByteSizeLong());
  for (int i = 0; i < 40; ++i) (void)attacker.call()->send(request);
  auto uplink = attacker.open({random_id()});
  if (!uplink) return;
  uplink->send(request);
  print_end(*uplink);
}

// More calls than an address may begin: most do not wait for an answer, which would take time.
void calls(const Attacker& attacker) {
  std::mutex mutex;
  std::map<std::string, int> answers;
  const v1::ShipRequest request = attacker.hello({random_id()});
  const auto call_often = [&] {
    grpc::ChannelArguments own;
    own.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    own.SetSslTargetNameOverride("localhost");
    const auto stub = v1::Uplink::NewStub(
        grpc::CreateCustomChannel(attacker.address, grpc::SslCredentials(attacker.tls), own));
    for (int i = 0; i < 1000; ++i) {
      grpc::ClientContext context;
      const auto call = stub->Ship(&context);
      v1::ShipResponse answer;
      call->Write(request);
      const bool listens = i % 20 == 19;
      const bool came = listens && call->Read(&answer);
      context.TryCancel();
      (void)call->Finish();
      if (!listens) continue;
      const std::lock_guard lock(mutex);
      ++answers[!came ? "nothing" : answer.has_resume() ? "resumed" : answer.refuse().text()];
    }
  };
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 3; ++i) threads.emplace_back(call_often);
  }
  for (const auto& [answer, count] : answers) std::printf("%d %s\n", count, answer.c_str());
}

// A few KiB on the wire, which gRPC itself would unfold.
void zipped(const Attacker& attacker) {
  grpc::ChannelArguments packing;
  packing.SetCompressionAlgorithm(GRPC_COMPRESS_GZIP);
  RawUplink uplink(attacker.address, grpc::SslCredentials(attacker.tls), packing);
  uplink.send(frame_of(std::string(16u << 20, 'x')));
  uplink.hang_up();
  print_end(uplink);
}

void print(const grpc::Status& status) {
  std::printf("ended %d %s\n", static_cast<int>(status.error_code()),
              status.error_message().c_str());
}

// A token that fills a disk.
void enrol_giant(const Attacker& attacker) {
  const auto stub = v1::Enrolment::NewStub(
      grpc::CreateChannel(attacker.address, grpc::SslCredentials(attacker.tls)));
  grpc::ClientContext context;
  v1::EnrolRequest request;
  request.set_token(std::string(300u << 20, 'x'));
  v1::Identity identity;
  print(stub->Enrol(&context, request, &identity));
}

// Two, for calls that somebody else makes.
void hellos_in_hex(const Attacker& attacker) {
  for (int i = 0; i < 2; ++i) {
    const std::string hello = attacker.hello({random_id()}).SerializeAsString();
    std::printf("%s\n", to_hex(as_bytes(hello)).c_str());
  }
}

// With a good certificate, for a key that nobody has.
void renewals(const Attacker& attacker) {
  const auto stub = v1::Enrolment::NewStub(
      grpc::CreateChannel(attacker.address, grpc::SslCredentials(attacker.tls)));
  v1::RenewRequest request;
  request.set_request(std::string(300, 'r'));
  request.set_machine_id(std::string(as_text(attacker.machine)));
  for (int i = 0; i < 40; ++i) {
    grpc::ClientContext context;
    v1::Identity identity;
    print(stub->Renew(&context, request, &identity));
  }
}

// Ships, and reads none of its commits, until the collector ends it.
void deaf_until_cut(Attacker attacker) {
  attacker.channel = RawUplink::deaf();
  StreamWriter stream = new_stream();
  const auto uplink = attacker.open({stream.stream()});
  if (!uplink) return;
  std::printf("shipping\n");
  std::fflush(stdout);
  while (uplink->send(frame_of(stream.frame(1).block))) {
  }
  std::printf("cut\n");
}

// Calls that never say Hello, until they are ended.
void silent(const Attacker& attacker) {
  std::vector<std::unique_ptr<RawUplink>> open;
  for (int i = 0; i < 40; ++i) open.push_back(attacker.call());
  for (const auto& uplink : open) print_end(*uplink);
}

void foreign(const Attacker& attacker) {
  const auto stream = array_from_hex<16>(attacker.argument);
  CHECK(stream.is_ok());
  const auto uplink = attacker.call();
  uplink->send(attacker.hello({*stream}));
  print_end(*uplink);
}

void not_offered(const Attacker& attacker) {
  StreamWriter stream = new_stream();
  ship(attacker, random_id(), {stream.frame(1).block});
}

void hello_of_another_log(const Attacker& attacker) {
  const auto uplink = attacker.call();
  v1::ShipRequest request = attacker.hello({random_id()});
  request.mutable_hello()->set_log_id(std::string(16, 'l'));
  uplink->send(request);
  print_end(*uplink);
}

// A text that is none.
void broken_text(const Attacker& attacker) {
  const auto uplink = attacker.call();
  v1::ShipRequest request = attacker.hello({random_id()});
  request.mutable_hello()->set_host("\xff");
  uplink->send(request);
  print_end(*uplink);
}

int run(int argc, char** argv) {
  if (argc < 6) return 2;
  Attacker attacker;
  attacker.address = argv[1];
  attacker.tls.pem_root_certs = read(argv[2]);
  if (std::string_view(argv[3]) != "-")
    attacker.tls.pem_private_key = attacker.tls.pem_cert_chain = read(argv[3]);
  const auto machine = array_from_hex<16>(argv[4]);
  CHECK(machine.is_ok());
  attacker.machine = *machine;
  if (argc > 6) attacker.argument = argv[6];
  const std::string attack = argv[5];
  if (attack == "steady") return steady(attacker);
  const std::map<std::string, std::function<void(const Attacker&)>> attacks = {
      {"large", large},       {"huge", huge},         {"bomb", bomb},
      {"lying_bomb", lying_bomb}, {"chain", chain},   {"fork", fork},
      {"jump", jump},         {"streams", streams},   {"deaf", deaf},
      {"hellos", hellos},     {"calls", calls},       {"silent", silent},
      {"foreign", foreign},   {"not_offered", not_offered},
      {"other_log", hello_of_another_log}, {"giant", giant}, {"zipped", zipped},
      {"broken_text", broken_text},
      {"enrol_giant", enrol_giant}, {"renewals", renewals}, {"hellos_in_hex", hellos_in_hex},
      {"deaf_until_cut", deaf_until_cut}};
  const auto found = attacks.find(attack);
  if (found == attacks.end()) return 2;
  found->second(attacker);
  return 0;
}

}  // namespace
}  // namespace spoor

int main(int argc, char** argv) { return spoor::run(argc, argv); }

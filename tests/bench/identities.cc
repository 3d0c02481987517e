#include "tests/bench/identities.h"

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <thread>

#include "agent/uplink/enrolment_call.h"
#include "agent/uplink/tls_key.h"
#include "common/bytes.h"
#include "common/check.h"
#include "common/files.h"

namespace spoor::bench {
namespace {

constexpr size_t kThreads = 4;
constexpr int kTimeoutMs = 60'000;
constexpr size_t kFileBytesMax = 1u << 30;

AgentIdentity enrol_one(const uplink::Address& address, const std::string& root,
                        const std::string& token, size_t number) {
  std::mt19937_64 random(number);
  std::random_device seed;
  AgentIdentity out;
  char name[16];
  std::snprintf(name, sizeof name, "bench%05zu", number + 1);
  out.name = name;
  const auto key = uplink::TlsKey::generate();
  CHECK(key.is_ok());
  out.key = *key->to_pem();
  for (int i = 0; i < 4; ++i) append_le(out.machine_id, static_cast<uint32_t>(seed()));
  v1::EnrolRequest request;
  request.set_token(token);
  request.set_request(*key->request());
  request.set_machine_id(out.machine_id);
  request.set_host(out.name);
  request.set_checkpoint_key(std::string(32, static_cast<char>(random() | 1)));
  const auto identity = uplink::enrol(address, {.root = root, .key = "", .chain = ""}, request,
                                      kTimeoutMs);
  if (!identity.is_ok()) {
    std::fprintf(stderr, "%s: %s\n", name, identity.status().message().c_str());
    std::exit(1);
  }
  out.chain = identity->certificate_chain();
  return out;
}

void append_text(std::string& to, const std::string& text) {
  append_le(to, static_cast<uint32_t>(text.size()));
  to += text;
}

}  // namespace

std::vector<AgentIdentity> enrol_fleet(const std::string& address, const std::string& root,
                                       const std::string& token, size_t count) {
  const auto parsed = uplink::parse_address(address);
  CHECK(parsed.is_ok());
  std::vector<AgentIdentity> fleet(count);
  std::atomic<size_t> next = 0;
  std::vector<std::jthread> threads;
  for (size_t i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] {
      for (size_t n = next++; n < count; n = next++) fleet[n] = enrol_one(*parsed, root, token, n);
    });
  }
  threads.clear();
  return fleet;
}

void write_identities(const std::string& path, const std::vector<AgentIdentity>& fleet) {
  std::string out;
  for (const AgentIdentity& agent : fleet) {
    for (const std::string* text : {&agent.name, &agent.machine_id, &agent.key, &agent.chain})
      append_text(out, *text);
  }
  PosixFiles files;
  CHECK(write_secret_file(files, path, out).is_ok());
}

std::vector<AgentIdentity> read_identities(const std::string& path, size_t count) {
  PosixFiles files;
  const auto text = read_file(files, path, kFileBytesMax);
  CHECK(text.is_ok());
  std::vector<AgentIdentity> fleet;
  std::string_view left = *text;
  while (fleet.size() < count && !left.empty()) {
    AgentIdentity& agent = fleet.emplace_back();
    for (std::string* to : {&agent.name, &agent.machine_id, &agent.key, &agent.chain}) {
      const size_t size = load_le<uint32_t>(as_bytes(left).data());
      *to = left.substr(4, size);
      left.remove_prefix(4 + size);
    }
  }
  CHECK(fleet.size() == count);
  return fleet;
}

}  // namespace spoor::bench

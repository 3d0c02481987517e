// spoor-bench-agents: agents without hosts, for the benchmarks of delivery (delivery_bench.py).
//
//   enrol  HOST:PORT ROOT TOKEN FILE COUNT           real enrolments; the identities go to FILE
//   ingest HOST:PORT ROOT FILE RECORDINGS AGENTS FRAMES EVENTS
//          ships FRAMES frames of EVENTS events, built before, as fast as they are committed
//   fleet  HOST:PORT ROOT FILE RECORDINGS AGENTS SECONDS EVENTS
//          each agent ships one frame of EVENTS events a second, and comes back when it is cut
//
// Prints one JSON object: of ingest at the end, of fleet one each second. Times are monotonic.
#include <sys/resource.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <string>

#include "agent/uplink/tls_channel.h"
#include "common/clock.h"
#include "common/files.h"
#include "common/grpc_locks.h"
#include "tests/bench/bench_agent.h"
#include "tests/bench/identities.h"

namespace spoor::bench {
namespace {

// Different bodies; each has events of many recordings.
constexpr size_t kBodies = 64;
constexpr int64_t kPatienceNs = 600 * kNsPerSecond;
constexpr int64_t kTickNs = 5 * kNsPerMs;

double cpu_seconds() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

std::string counts_json(const auto& counts) {
  std::string out = "{";
  for (const auto& [key, count] : counts)
    out += (out.size() > 1 ? ", \"" : "\"") + std::to_string(key) + "\": " + std::to_string(count);
  return out + "}";
}

std::string tally_json(const Tally& tally) {
  return "\"frames\": " + std::to_string(tally.frames_acked) +
         ", \"events\": " + std::to_string(tally.events_acked) +
         ", \"bytes\": " + std::to_string(tally.bytes_acked) +
         ", \"commits\": " + std::to_string(tally.commits) +
         ", \"connects\": " + std::to_string(tally.connects) +
         ", \"ended\": " + std::to_string(tally.calls_failed) +
         ", \"violations\": " + std::to_string(tally.violations) +
         ", \"shipping\": " + std::to_string(tally.shipping) +
         ", \"refusals\": " + counts_json(tally.refusals) +
         ", \"acks_by_ms\": " + counts_json(tally.acks_by_ms);
}

struct Fleet {
  Fleet(const std::string& address, const std::string& root, const std::string& identities,
        const std::string& recordings, size_t count, size_t events)
      : settings{address, root}, bodies(recordings, kBodies, events) {
    uint64_t seed = 0;
    for (AgentIdentity& identity : read_identities(identities, count))
      agents.emplace_back(settings, std::move(identity), bodies, seed++, queue, tally);
  }
  ~Fleet() {
    for (BenchAgent& agent : agents) agent.hang_up();
    AgentLoop(queue).run(now_ns() + kNsPerSecond);
    std::fflush(stdout);
    std::_Exit(0);  // ten thousand connections need not be taken down in order
  }
  void tick() {
    const int64_t now = now_ns();
    for (BenchAgent& agent : agents) agent.tick(now);
  }

  BenchAgent::Settings settings;
  FrameBodies bodies;
  grpc::CompletionQueue queue;
  Tally tally;
  std::deque<BenchAgent> agents;
};

int ingest(Fleet& fleet, size_t frames) {
  std::vector<std::deque<BuiltFrame>> built(fleet.agents.size());
  for (size_t i = 0; i < frames; ++i) {
    const size_t agent = i % built.size();
    built[agent].push_back(build(fleet.agents[agent].stream()));
  }
  AgentLoop loop(fleet.queue);
  const int64_t give_up_ns = now_ns() + kPatienceNs;
  while (fleet.tally.shipping < fleet.agents.size() && now_ns() < give_up_ns) {
    fleet.tick();
    loop.run(now_ns() + kTickNs);
  }
  const int64_t started_ns = now_ns();
  const double cpu_before = cpu_seconds();
  std::fprintf(stderr, "started\n");
  for (size_t i = 0; i < built.size(); ++i) fleet.agents[i].take(std::move(built[i]));
  const auto all_acked = [&] { return fleet.tally.frames_acked == frames; };
  while (!all_acked() && now_ns() < give_up_ns) {
    fleet.tick();
    loop.run(now_ns() + 100 * kTickNs, all_acked);
  }
  const double seconds = static_cast<double>(now_ns() - started_ns) / 1e9;
  size_t text = 0;
  for (const FrameBody& body : fleet.bodies.all()) text += body.text_bytes;
  std::printf("{\"seconds\": %.6f, \"cpu_s\": %.3f, \"text_bytes_a_body\": %zu, %s}\n", seconds,
              cpu_seconds() - cpu_before, text / fleet.bodies.all().size(),
              tally_json(fleet.tally).c_str());
  return all_acked() ? 0 : 1;
}

int ship_steadily(Fleet& fleet, int64_t seconds) {
  AgentLoop loop(fleet.queue);
  const size_t count = fleet.agents.size();
  const int64_t started_ns = now_ns();
  uint64_t sent = 0;
  for (int64_t second = 1; second <= seconds; ++second) {
    const int64_t until_ns = started_ns + second * kNsPerSecond;
    for (int64_t now = now_ns(); now < until_ns; now = now_ns()) {
      if (fleet.tally.shipping < count) fleet.tick();
      // Agent n's turn comes n/count of a second after the second began.
      const uint64_t due = static_cast<uint64_t>(
          static_cast<double>(now - started_ns) / 1e9 * static_cast<double>(count));
      for (; sent < due; ++sent) {
        BenchAgent& agent = fleet.agents[sent % count];
        agent.add(build(agent.stream()));
      }
      loop.run(std::min(until_ns, now + kTickNs));
    }
    std::printf("{\"second\": %lld, \"due\": %llu, \"late_ms\": %lld, \"cpu_s\": %.3f, %s}\n",
                static_cast<long long>(second), static_cast<unsigned long long>(sent),
                static_cast<long long>((now_ns() - until_ns) / kNsPerMs), cpu_seconds(),
                tally_json(fleet.tally).c_str());
    std::fflush(stdout);
    fleet.tally.acks_by_ms.clear();
    if (!fleet.tally.failures.empty() && second % 10 == 0) {
      for (const auto& [what, times] : fleet.tally.failures)
        std::fprintf(stderr, "%llu calls ended: %s\n", static_cast<unsigned long long>(times),
                     what.c_str());
    }
  }
  return 0;
}

int main(int argc, char** argv) {
  const std::string what = argc > 1 ? argv[1] : "";
  const bool is_enrol = what == "enrol" && argc == 7;
  if (!is_enrol && !((what == "ingest" || what == "fleet") && argc == 9)) {
    std::fprintf(stderr, "see the head of tests/bench/agents.cc\n");
    return 2;
  }
  uplink::allow_only_tls13();
  leave_grpc_locks_unwatched();
  PosixFiles files;
  const auto root = read_file(files, argv[3], 1u << 20);
  CHECK(root.is_ok());
  if (is_enrol) {
    write_identities(argv[5], enrol_fleet(argv[2], *root, argv[4], std::stoul(argv[6])));
    return 0;
  }
  Fleet fleet(argv[2], *root, argv[4], argv[5], std::stoul(argv[6]), std::stoul(argv[8]));
  return what == "ingest" ? ingest(fleet, std::stoul(argv[7]))
                          : ship_steadily(fleet, std::stol(argv[7]));
}

}  // namespace
}  // namespace spoor::bench

int main(int argc, char** argv) { return spoor::bench::main(argc, argv); }

// A collector that keeps nothing: spoor-test-sink SOCKET. It lets agents in by the collector's own
// door, proves the chain of what they ship, commits it, and forgets it, so that a host can be run
// under a storm for hours and nothing but the host grows. Ends when its standard input does.
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <thread>

#include "collector/receive/log_writer.h"
#include "collector/receive/uplink_server.h"
#include "common/clock.h"

int main(int argc, char** argv) {
  using namespace spoor;
  using namespace spoor::collector;
  if (argc != 2) {
    std::fprintf(stderr, "usage: spoor-test-sink SOCKET\n");
    return 2;
  }
  constexpr int64_t kTogetherNs = 3 * kNsPerMs;
  const SystemClock clock;
  Intake intake;
  LogWriter writer(intake, [](std::span<const NewEntry>) { return ok(); }, clock, {});
  umask(0);  // who may reach its folder may ship
  const UplinkDoors doors{.socket = std::string("unix:") + argv[1], .tls = {}, .requests = {}};
  auto server = UplinkServer::start(doors, intake, clock, {Id{1}, 1});
  if (!server.is_ok()) {
    std::fprintf(stderr, "%s\n", server.status().message().c_str());
    return 1;
  }
  std::thread write_thread([&] {
    while (intake.wait(kTogetherNs)) writer.step();
  });
  std::printf("accepting\n");
  std::fflush(stdout);
  char byte = 0;
  while (read(STDIN_FILENO, &byte, 1) > 0) continue;
  intake.close();
  write_thread.join();
  return 0;
}

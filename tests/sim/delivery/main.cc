// sim_test: runs the simulation of delivery over as many seeds as one likes.
//
//   sim_test --seeds 500 --from 1        each must hold; prints what happened how often
//   sim_test --seeds 1 --from 4711       the same run again, exactly
//   sim_test --only 12,73                these
//   sim_test --seeds 200 --lie sync --words "does not open"
//                                        a door lies (sync, rename, twice_in_log): it must be
//                                        noticed, and this be among the words for it
//   sim_test --seeds 200 --lie twice     the network doubles all frames: each seed must hold
//
// Exit code 0: all well. 1: a seed failed, or something never happened, or a lie went unnoticed.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <spdlog/formatter.h>

#include "common/log.h"
#include "tests/sim/delivery/world.h"

namespace {

spoor::sim::Dice* id_dice = nullptr;

}  // namespace

// Ids and salts are the kernel's chance elsewhere (common/bytes.cc); here they are the seed's.
extern "C" ssize_t getrandom(void* buffer, size_t size, unsigned) noexcept {
  auto* bytes = static_cast<unsigned char*>(buffer);
  for (size_t i = 0; i < size; ++i)
    bytes[i] = static_cast<unsigned char>(id_dice == nullptr ? i + 1 : id_dice->next());
  return static_cast<ssize_t>(size);
}

namespace spoor::sim {
namespace {

// Fewer seeds than this need not have seen everything.
constexpr uint64_t kSeedsToSeeAll = 100;

struct Options {
  uint64_t seeds = 500;
  uint64_t from = 1;
  std::vector<uint64_t> only;
  LyingDoor lie = LyingDoor::none;
  std::string words;
  bool verbose = false;
};

std::vector<uint64_t> read_list(const char* text) {
  std::vector<uint64_t> all;
  for (char* end = nullptr; *text != '\0'; text = *end == ',' ? end + 1 : end) {
    all.push_back(std::strtoull(text, &end, 10));
    if (end == text) break;
  }
  return all;
}

std::optional<Options> read_options(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string name = argv[i];
    const char* value = i + 1 < argc ? argv[i + 1] : "";
    if (name == "--verbose") {
      options.verbose = true;
      continue;
    }
    ++i;
    if (name == "--seeds") options.seeds = std::strtoull(value, nullptr, 10);
    else if (name == "--only") options.only = read_list(value);
    else if (name == "--words") options.words = value;
    else if (name == "--from") options.from = std::strtoull(value, nullptr, 10);
    else if (name == "--lie" && !std::strcmp(value, "sync")) options.lie = LyingDoor::sync;
    else if (name == "--lie" && !std::strcmp(value, "rename")) options.lie = LyingDoor::rename;
    else if (name == "--lie" && !std::strcmp(value, "twice_in_log"))
      options.lie = LyingDoor::twice_in_log;
    else if (name == "--lie" && !std::strcmp(value, "twice")) options.lie = LyingDoor::twice;
    else return std::nullopt;
  }
  return options;
}

// What the programs log, with the world's time and whose words they are.
class WorldFormatter final : public spdlog::formatter {
 public:
  void format(const spdlog::details::log_msg& message, spdlog::memory_buf_t& to) override {
    const int64_t now_ns = timeline == nullptr ? 0 : timeline->now_ns();
    const std::string who = timeline == nullptr ? "" : timeline->actor();
    fmt::format_to(std::back_inserter(to), "{:>9.3f} {:<9} {}\n",
                   static_cast<double>(now_ns) / static_cast<double>(kNsPerSecond), who,
                   std::string_view(message.payload.data(), message.payload.size()));
  }
  std::unique_ptr<spdlog::formatter> clone() const override {
    return std::make_unique<WorldFormatter>();
  }

  static inline const Timeline* timeline = nullptr;
};

int main(int argc, char** argv) {
  const auto options = read_options(argc, argv);
  if (!options) {
    std::fprintf(stderr, "usage: sim_test [--seeds N] [--from S] [--only SEED,...]"
                         " [--lie sync|rename|twice_in_log|twice [--words TEXT]]\n");
    return 2;
  }
  open_log("sim", options->verbose ? "debug" : "error");
  if (!options->verbose) spdlog::set_level(spdlog::level::off);
  spdlog::set_formatter(std::make_unique<WorldFormatter>());
  const bool is_to_be_noticed =
      options->lie != LyingDoor::none && options->lie != LyingDoor::twice;
  Tally tally;
  World::expect_all(tally);
  if (options->lie == LyingDoor::twice) tally.expect("lie frame doubled");
  uint64_t failed = 0;
  uint64_t steps = 0;
  std::vector<uint64_t> seeds = options->only;
  for (uint64_t i = 0; options->only.empty() && i < options->seeds; ++i)
    seeds.push_back(options->from + i);
  for (const uint64_t seed : seeds) {
    Dice ids(~seed);
    id_dice = &ids;
    World world(seed, options->lie, tally);
    WorldFormatter::timeline = &world.timeline();
    const std::string failure = world.run();
    WorldFormatter::timeline = nullptr;
    steps += world.steps();
    if (failure.empty()) continue;
    ++failed;
    std::printf("seed %llu, step %llu: %s\n", static_cast<unsigned long long>(seed),
                static_cast<unsigned long long>(world.steps()), failure.c_str());
    if (!is_to_be_noticed) continue;
    if (failure.find(options->words) == std::string::npos) {
      std::printf("it was called something else than \"%s\"\n", options->words.c_str());
      return 1;
    }
    std::printf("noticed after %llu seeds\n",
                static_cast<unsigned long long>(seed - seeds.front() + 1));
    return 0;
  }
  if (is_to_be_noticed) {
    std::printf("the lie went unnoticed\n");
    return 1;
  }
  bool has_zero = false;
  for (const auto& [what, count] : tally.counts()) {
    std::printf("%10llu  %s\n", static_cast<unsigned long long>(count), what.c_str());
    has_zero = has_zero || count == 0;
  }
  std::printf("%llu seeds, %llu steps, %llu failed\n",
              static_cast<unsigned long long>(seeds.size()),
              static_cast<unsigned long long>(steps), static_cast<unsigned long long>(failed));
  if (has_zero && seeds.size() >= kSeedsToSeeAll) {
    std::printf("what never happened was never tested\n");
    return 1;
  }
  return failed == 0 ? 0 : 1;
}

}  // namespace
}  // namespace spoor::sim

int main(int argc, char** argv) { return spoor::sim::main(argc, argv); }

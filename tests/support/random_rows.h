// Rows of any numbers and texts, drawn so that all shapes come: runs, repeats, steps, anything.
#pragma once

#include <memory>
#include <random>
#include <string>
#include <vector>

#include "collector/blocks/row.h"
#include "collector/blocks/word_list.h"

namespace spoor::collector {

class RandomRows {
 public:
  explicit RandomRows(uint64_t seed) : random_(seed) {}

  // Owns the texts of all rows that it gave.
  std::vector<Row> rows(size_t count) {
    std::vector<Row> out(count);
    for (Row& row : out) fill(row);
    return out;
  }
  uint64_t below(uint64_t bound) { return random_() % bound; }

 private:
  void fill(Row& row) {
    row[Text::host].text = keep("host" + std::to_string(below(3)));
    row[Text::session].text = keep(std::string(16, static_cast<char>('a' + below(5))));
    row[Number::epoch] = 1 + below(2);
    row[Number::order] = below(1000);
    row[Number::kind] = 100 + below(3);
    row[Number::pid] = below(20);
    row[Number::birth] = row[Number::pid] * 1'000'003;
    row[Number::time_ms] = 1'795'300'000'000 + below(1000);
    row[Number::time_ns] = below(2) * below(999'999);
    row[Number::born] = row[Number::birth] + 5 - below(2) * below(1u << 20);
    row[Number::exit] = below(4);
    row[Number::serial] = below(10) == 0 ? random_() : 7;
    row[Number::inode] = random_();
    const std::vector<std::string> words = {"curl", "", "a b", std::string("x\0y", 3), "-K", "é"};
    std::vector<std::string_view> args;
    for (uint64_t n = below(5); n > 0; --n) args.push_back(words[below(words.size())]);
    joined_.push_back(std::make_unique<JoinedWords>(join_words(args)));
    row[Text::command] = joined_.back()->value();
    row[Text::cwd].text = below(2) ? keep("/srv/" + std::to_string(below(700))) : "";
    row[Text::rest].text = keep(std::string(below(40), static_cast<char>(random_())));
  }
  std::string_view keep(std::string text) {
    kept_.push_back(std::make_unique<std::string>(std::move(text)));
    return *kept_.back();
  }

  std::mt19937_64 random_;
  std::vector<std::unique_ptr<std::string>> kept_;
  std::vector<std::unique_ptr<JoinedWords>> joined_;
};

}  // namespace spoor::collector

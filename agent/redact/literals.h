// Tells in one pass over some bytes which rules are worth trying on them: those of which a literal
// is there. Nearly all that a host runs holds none, and then this is all that redaction costs.
// Upper and lower case are the same here; the rule itself may tell them apart. Immutable.
#pragma once

#include <array>
#include <bitset>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "agent/limits.h"

namespace spoor::agent {

using RuleBits = std::bitset<kRedactRulesMax>;

class Literals {
 public:
  struct Entry {
    std::string text;         // at least kBytesMin bytes
    uint32_t rule = 0;
    bool whole_word = false;  // a program's name: not where it is a part of another
  };
  static constexpr size_t kBytesMin = 3;

  Literals() = default;
  explicit Literals(std::vector<Entry> entries);

  // Adds the rules of which a literal is in `text`. False: none.
  bool find(std::string_view text, RuleBits& found) const;
  // Where the first literal of one of these rules begins; npos: none is there.
  size_t first(std::string_view text, const RuleBits& rules) const;

 private:
  struct Group {
    uint32_t key = 0;  // the first three bytes, folded
    uint32_t first = 0, size = 0;  // in entries_
  };
  template <typename Visit>
  void scan(std::string_view text, Visit&& visit) const;
  bool is_at(const Entry& entry, std::string_view text, size_t at) const;

  // A bit for each hash of a literal's first three bytes: the usual byte needs no more.
  std::array<uint64_t, 1024> bits_{};
  std::vector<Group> groups_;  // by key
  std::vector<Entry> entries_;  // in lower case
};

}  // namespace spoor::agent

// Strings that many objects name: kept once, known by a number, gone with their last owner. Number
// 0 is no string. Bounded in bytes: what finds no room is not kept, and is number 0.
//
// Owned by who counts its owners right; one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace spoor::agent {

class StringPool {
 public:
  explicit StringPool(size_t bytes_max) : bytes_max_(bytes_max) {}

  // With one owner more. Empty: 0.
  uint32_t take(std::string_view text);
  uint32_t share(uint32_t number);
  // One owner less. 0: nothing.
  void give_back(uint32_t number);
  // Valid while it has an owner. 0: empty.
  std::string_view text(uint32_t number) const;

  size_t size() const { return numbers_.size(); }
  size_t bytes() const { return bytes_; }

 private:
  struct Entry {
    std::string text;
    uint32_t owners = 0;
  };

  size_t bytes_max_;
  size_t bytes_ = 0;
  std::deque<Entry> entries_;  // number 1 is the first; what was added stays where it is
  std::vector<uint32_t> free_;
  std::unordered_map<std::string_view, uint32_t> numbers_;
};

}  // namespace spoor::agent

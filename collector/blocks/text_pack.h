// Some texts of a column, one after the other: what is unpacked at once to read one of them.
// docs/index.md has the bytes. Plain value that owns its bytes; one thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "collector/blocks/row.h"
#include "common/result.h"

namespace spoor::collector {

class TextPackWriter {
 public:
  void add(const TextValue& value);
  bool is_empty() const { return texts_ == 0; }
  bool is_full() const;
  uint32_t texts() const { return texts_; }
  // The bytes of the pack; empty again behind it.
  std::string take();

 private:
  uint32_t texts_ = 0;
  std::string heads_, text_, cuts_;
};

class TextPack {
 public:
  // `corrupt` when `raw` is not a pack of so many texts.
  static Result<TextPack> open(std::string raw, uint32_t texts);

  size_t size() const { return entries_.size(); }
  // Views into the pack.
  TextValue at(size_t index) const;
  // All texts without anything between them, and where each begins and ends in that.
  std::string_view all() const { return std::string_view(raw_).substr(text_at_, text_size_); }
  size_t begin_of(size_t index) const { return index == 0 ? 0 : entries_[index - 1].text_end; }
  size_t end_of(size_t index) const { return entries_[index].text_end; }
  bool has_cut_text() const { return has_cut_text_; }

 private:
  struct Entry {
    uint32_t text_end = 0, cuts_end = 0;
    bool is_cut = false;
  };

  std::string raw_;
  std::vector<Entry> entries_;
  size_t text_at_ = 0, text_size_ = 0;
  bool has_cut_text_ = false;
};

}  // namespace spoor::collector

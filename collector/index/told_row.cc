#include "collector/index/told_row.h"

#include <bit>
#include <charconv>

#include "collector/limits.h"
#include "common/clock.h"

namespace spoor::collector {

namespace {

constexpr size_t kCommMax = 15;  // TASK_COMM_LEN, less its end

}  // namespace

void ToldRow::clear() {
  row = {};
  args.clear();
  words_ = {};
}

int64_t ToldRow::time_ns() const {
  return static_cast<int64_t>(row[Number::time_ms] * kNsPerMs + row[Number::time_ns]);
}

std::string_view ToldRow::usual_comm() const {
  const std::string_view exe = row[Text::exe].text;
  if (exe.size() >= kIndexTextMax) return {};  // cut, or about to be
  return exe.substr(exe.rfind('/') + 1).substr(0, kCommMax);
}

ToldRow::Value ToldRow::told(const EventField& field) const {
  Value out;
  if (is_text(field.type)) {
    out.text = text_of(field);
    out.is_there = !out.text.empty();
    return out;
  }
  out.number = number_of(field);
  out.is_there = out.number != 0;
  if (field.telling == Telling::plus_one) {
    out.is_there = row[field.number_column()] != 0;
  }
  return out;
}

uint64_t ToldRow::number_of(const EventField& field) const {
  if (field.telling == Telling::words_count) {
    return row[field.text_column()].is_cut ? 0 : args.size();
  }
  const uint64_t column = row[field.number_column()];
  switch (field.telling) {
    case Telling::number: return column;
    case Telling::plus_one:
    case Telling::zero_too: return column == 0 ? 0 : column - 1;
    case Telling::positive: return column * 2;
    case Telling::bit: return column >> field.part & 1;
    case Telling::basis: return column >> 3;
    case Telling::confidence: return column & 7;
    case Telling::time: return static_cast<uint64_t>(time_ns());
    case Telling::time_ms: return row[Number::time_ms];
    case Telling::near_time: return column == 0 ? static_cast<uint64_t>(time_ns()) : column;
    default: return 0;
  }
}

std::string_view ToldRow::text_of(const EventField& field) const {
  char* at = room_.data();
  switch (field.telling) {
    case Telling::text: return row[field.text_column()].text;
    case Telling::word: return words_[word_column(field.text_column())][field.part];
    case Telling::comm: {
      const std::string_view text = row[Text::comm].text;
      return text.empty() ? usual_comm() : text;
    }
    case Telling::decimal: {
      const uint64_t column = row[field.number_column()];
      if (column == 0) return {};
      at = std::to_chars(at, at + room_.size(), column - 1).ptr;
      break;
    }
    case Telling::bits:
      for (uint64_t bits = row[field.number_column()]; bits != 0; bits &= bits - 1) {
        *at++ = static_cast<char>(std::countr_zero(bits));
      }
      break;
    default: return {};
  }
  return {room_.data(), static_cast<size_t>(at - room_.data())};
}

}  // namespace spoor::collector

// A difference may be less than nothing, so it goes zigzag: 0, -1, 1, -2 are 0, 1, 2, 3. All
// arithmetic is modulo 2^64: any value can be told from any other.
//
//   values ─► what each is expected to be ─► differences ─► by kind of row ─► byte planes
#include "collector/blocks/number_coding.h"

#include <algorithm>
#include <array>
#include <bit>

#include "collector/limits.h"
#include "common/byte_reader.h"

namespace spoor::collector {

namespace {

constexpr uint64_t kNsPerMs = 1'000'000;

uint64_t zigzag(uint64_t difference) {
  return difference << 1 ^ static_cast<uint64_t>(static_cast<int64_t>(difference) >> 63);
}
uint64_t unzigzag(uint64_t coded) { return coded >> 1 ^ (0 - (coded & 1)); }

// ------------------------------------------------------------------ planes

// The rows in the order in which their values are stored.
class Places {
 public:
  Places(const Coding& coding, const CodingContext& context)
      : by_kind_(coding.is_by_kind ? context.kinds->by_kind.data() : nullptr) {}
  size_t operator[](size_t i) const { return by_kind_ == nullptr ? i : by_kind_[i]; }

 private:
  const uint16_t* by_kind_;
};

// A width in bytes, then the lowest byte of each value, then the next one of each, and so on.
void append_planes(std::string& to, std::span<const uint64_t> values, const Places& places) {
  uint64_t all = 0;
  for (const uint64_t value : values) all |= value;
  const size_t width = (static_cast<size_t>(std::bit_width(all)) + 7) / 8;
  to += static_cast<char>(width);
  const size_t begin = to.size(), size = values.size();
  to.resize(begin + width * size);
  char* at = to.data() + begin;
  for (size_t i = 0; i < size; ++i) {
    uint64_t value = values[places[i]];
    for (size_t plane = 0; plane < width; ++plane, value >>= 8) {
      at[plane * size + i] = static_cast<char>(value);
    }
  }
}

template <size_t width>
void read_planes(const uint8_t* bytes, std::span<uint64_t> values, const Places& places) {
  const size_t size = values.size();
  for (size_t i = 0; i < size; ++i) {
    uint64_t value = 0;
    for (size_t plane = 0; plane < width; ++plane) {
      value |= static_cast<uint64_t>(bytes[plane * size + i]) << 8 * plane;
    }
    values[places[i]] = value;
  }
}

bool take_planes(ByteReader& from, std::span<uint64_t> values, const Places& places) {
  static constexpr std::array kReaders = {read_planes<0>, read_planes<1>, read_planes<2>,
                                          read_planes<3>, read_planes<4>, read_planes<5>,
                                          read_planes<6>, read_planes<7>, read_planes<8>};
  const ByteView width = from.take(1);
  if (!from.is_ok() || width[0] >= kReaders.size()) return false;
  const ByteView bytes = from.take(width[0] * values.size());
  if (from.is_ok()) kReaders[width[0]](bytes.data(), values, places);
  return from.is_ok();
}

// ------------------------------------------------------------------ differences

// What a row's value is expected to be, by the values of the rows before it.
template <Model model, bool is_beside>
struct Expected {
  const CodingContext& context;
  const uint64_t scale;  // of the other column

  uint64_t operator()(std::span<const uint64_t> values, size_t row) const {
    size_t from = kNoRow;
    if constexpr (model == Model::previous) from = row == 0 ? kNoRow : row - 1;
    if constexpr (model == Model::kin) from = context.kinds->kin[row];
    if constexpr (model == Model::process) {
      // What goes on in a process is as it was; what begins one stands beside another column.
      const size_t same = context.processes[row];
      if (same != kNoRow) return values[same];
      from = context.kinds->kin[row];
    }
    const bool is_first = from == kNoRow;
    if constexpr (!is_beside) return is_first ? context.least : values[from];
    if (is_first) return context.beside[row] * scale;
    return values[from] + (context.beside[row] - context.beside[from]) * scale;
  }
};

template <bool is_beside, typename Use>
void with_expected(const Coding& coding, const CodingContext& context, Use use) {
  const uint64_t scale = coding.beside_is_ms ? kNsPerMs : 1;
  switch (coding.model) {
    case Model::previous: return use(Expected<Model::previous, is_beside>{context, scale});
    case Model::kin: return use(Expected<Model::kin, is_beside>{context, scale});
    case Model::process: return use(Expected<Model::process, is_beside>{context, scale});
    default: return use(Expected<Model::none, is_beside>{context, scale});
  }
}

template <typename Use>
void with_expected(const Coding& coding, const CodingContext& context, Use use) {
  if (!coding.beside) return with_expected<false>(coding, context, use);
  with_expected<true>(coding, context, use);
}

// Nothing is less than the least, so nothing need go zigzag.
bool is_from_least(const Coding& coding) {
  return coding.model == Model::none && !coding.beside;
}

void append_differences(std::string& to, std::span<const uint64_t> values, const Coding& coding,
                        const CodingContext& context, const Places& places) {
  std::vector<uint64_t> out(values.size());
  if (is_from_least(coding)) {
    for (size_t i = 0; i < out.size(); ++i) out[i] = values[i] - context.least;
  } else {
    with_expected(coding, context, [&](const auto& expected) {
      for (size_t i = 0; i < out.size(); ++i) out[i] = zigzag(values[i] - expected(values, i));
    });
  }
  append_planes(to, out, places);
}

bool take_differences(ByteReader& from, std::span<uint64_t> values, const Coding& coding,
                      const CodingContext& context, const Places& places) {
  if (!take_planes(from, values, places)) return false;
  if (is_from_least(coding)) {
    for (uint64_t& value : values) value += context.least;
  } else {
    with_expected(coding, context, [&](const auto& expected) {
      for (size_t i = 0; i < values.size(); ++i) {
        values[i] = unzigzag(values[i]) + expected(values, i);
      }
    });
  }
  return true;
}

// ------------------------------------------------------------------ texts

// The number before the first that is new in these values: the new ones follow one another, up to
// the greatest.
uint64_t greatest_before(std::span<const uint64_t> values) {
  uint64_t next = *std::ranges::max_element(values);
  for (size_t i = values.size(); i-- > 0;) next -= values[i] == next;
  return next;
}

// Texts are numbered in the order in which they come, so that a new one need not say its number.
void append_firsts(std::string& to, std::span<const uint64_t> values, const Places& places) {
  uint64_t greatest = greatest_before(values);
  std::vector<uint64_t> out(values.size());
  for (size_t i = 0; i < values.size(); ++i) {
    const bool is_new = values[i] == greatest + 1;
    out[i] = is_new ? 0 : values[i] + 1;
    greatest += is_new;
  }
  append_planes(to, out, places);
}

bool take_firsts(ByteReader& from, std::span<uint64_t> values, uint64_t greatest,
                 const Places& places) {
  if (!take_planes(from, values, places)) return false;
  // The last new one is the greatest of the page.
  uint64_t next = greatest + 1 - static_cast<uint64_t>(std::ranges::count(values, 0u));
  for (uint64_t& value : values) value = value == 0 ? next++ : value - 1;
  return true;
}

void check(const Coding& coding, const CodingContext& context, size_t rows) {
  CHECK(context.beside.size() == (coding.beside ? rows : 0));
  CHECK(!coding.needs_kinds() || context.kinds->kin.size() == rows);
  CHECK(coding.model != Model::process || context.processes.size() == rows);
}

}  // namespace

std::string encode_numbers(std::span<const uint64_t> values, const Coding& coding,
                           const CodingContext& context) {
  CHECK(!values.empty() && values.size() <= kPageRows);
  check(coding, context, values.size());
  const Places places(coding, context);
  std::string out;
  if (coding.model == Model::first) {
    append_firsts(out, values, places);
  } else {
    append_differences(out, values, coding, context, places);
  }
  return out;
}

Result<std::vector<uint64_t>> decode_numbers(ByteView bytes, size_t rows, const Coding& coding,
                                             const CodingContext& context, uint64_t greatest) {
  check(coding, context, rows);
  const Places places(coding, context);
  std::vector<uint64_t> out(rows);
  ByteReader from(bytes);
  const bool is_good = coding.model == Model::first
                           ? take_firsts(from, out, greatest, places)
                           : take_differences(from, out, coding, context, places);
  if (!is_good || !from.at_end()) return corrupt("index block: a column is not that of its page");
  return out;
}

}  // namespace spoor::collector

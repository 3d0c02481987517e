#include "collector/blocks/number_coding.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "collector/limits.h"

namespace spoor::collector {
namespace {

using Numbers = std::vector<uint64_t>;

class NumberCoding : public testing::Test {
 protected:
  Numbers draw(size_t size) {
    const int shape = static_cast<int>(random_() % 4);
    Numbers out(size);
    for (size_t i = 0; i < size; ++i) {
      out[i] = shape == 0   ? random_()
               : shape == 1 ? 1'795'300'000'000'000'000 + random_() % 1000 * 1'000'000
               : shape == 2 ? i * 3
                            : random_() % 5;
    }
    return out;
  }

  std::mt19937_64 random_{1};
};

std::vector<Coding> all_codings() {
  std::vector<Coding> out;
  for (const Model model : {Model::none, Model::previous, Model::kin, Model::process}) {
    for (const bool by_kind : {false, true}) {
      out.emplace_back(model, by_kind);
      out.emplace_back(model, by_kind, Number::order);
      out.emplace_back(model, by_kind, Number::time_ms, true);
    }
  }
  return out;
}

TEST_F(NumberCoding, AnyNumbersComeBackByAnyCoding) {
  for (int i = 0; i < 200; ++i) {
    const size_t rows = i < 3 ? kPageRows : 1 + random_() % 200;
    const Numbers values = draw(rows), beside = draw(rows);
    Numbers kinds(rows), twins(rows);
    for (size_t row = 0; row < rows; ++row) {
      kinds[row] = random_() % 3;
      twins[row] = random_() % (row + 1);
    }
    const KindModels models = kind_models(kinds);
    const std::vector<uint16_t> processes = process_models(twins).value();
    const auto [least, greatest] = std::ranges::minmax(values);
    for (const Coding& coding : all_codings()) {
      CodingContext context{&models, processes, {}, least};
      if (coding.beside) context.beside = beside;
      const std::string bytes = encode_numbers(values, coding, context);
      EXPECT_LE(bytes.size(), encoded_bytes_max(rows));
      EXPECT_EQ(decode_numbers(as_bytes(bytes), rows, coding, context, greatest).value(), values);
    }
  }
}

TEST_F(NumberCoding, FirstsOfTextsComeBack) {
  for (int i = 0; i < 300; ++i) {
    Numbers values(1 + random_() % 300);
    uint64_t seen = random_() % 1000;
    for (uint64_t& value : values) value = random_() % 3 == 0 ? ++seen : random_() % (seen + 1);
    const std::string bytes = encode_numbers(values, Model::first, {});
    const uint64_t greatest = *std::ranges::max_element(values);
    EXPECT_EQ(decode_numbers(as_bytes(bytes), values.size(), Model::first, {}, greatest).value(),
              values);
  }
}

TEST_F(NumberCoding, NewTextsCostNothing) {
  Numbers values(kPageRows);
  for (size_t i = 0; i < values.size(); ++i) values[i] = 5000 + i;
  EXPECT_EQ(encode_numbers(values, Model::first, {}), std::string(1, '\0'));
}

TEST_F(NumberCoding, ARowLikeItsModelCostsNothing) {
  const Numbers times = {10, 20, 30}, births = {1010, 1020, 1030};
  const std::string bytes =
      encode_numbers(births, Coding(Model::previous, false, Number::order),
                     {nullptr, {}, times, 1010});
  EXPECT_EQ(bytes.size(), 1 + 2 * 3u);  // the first from the time: 1000, two bytes
  EXPECT_EQ(bytes.substr(2, 2), std::string(2, '\0'));
}

TEST_F(NumberCoding, TheEndOfAProcessIsToldFromItsStart) {
  const KindModels kinds = kind_models(Numbers{100, 101, 100, 101});
  const std::vector<uint16_t> processes = process_models(Numbers{0, 1, 0, 1}).value();
  const Numbers times = {100, 150, 200, 270}, births = {90, 90, 190, 190};
  const std::string bytes =
      encode_numbers(births, Coding(Model::process, true, Number::order),
                     {&kinds, processes, times, 90});
  // The starts, then the ends: zigzag of 90 - 100, of 0, and nothing twice.
  EXPECT_EQ(bytes, std::string("\x01\x13\x00\x00\x00", 5));
}

TEST_F(NumberCoding, NanosecondsMayStandBesideMilliseconds) {
  const Numbers times_ms = {5, 6}, births = {5'000'000 - 1, 6'000'000 + 1};
  const std::string bytes =
      encode_numbers(births, Coding(Model::previous, false, Number::time_ms, true),
                     {nullptr, {}, times_ms, births[0]});
  EXPECT_EQ(bytes, std::string("\x01\x01\x04", 3));  // zigzag of -1, and of 2 more
}

TEST_F(NumberCoding, OtherBytesAreRefused) {
  const Numbers values = {1, 2, 300};
  const CodingContext context{nullptr, {}, {}, 1};
  const std::string bytes = encode_numbers(values, Model::none, context);
  const auto decode = [&](std::string_view stored, size_t rows) {
    return decode_numbers(as_bytes(stored), rows, Model::none, context, 300).code();
  };
  EXPECT_EQ(decode(bytes, 3), Code::ok);
  EXPECT_EQ(decode(bytes, 2), Code::corrupt);
  EXPECT_EQ(decode(bytes, 4), Code::corrupt);
  EXPECT_EQ(decode(bytes + "x", 3), Code::corrupt);
  EXPECT_EQ(decode("", 3), Code::corrupt);
  EXPECT_EQ(decode("\x09" + std::string(27, 'x'), 3), Code::corrupt);
}

}  // namespace
}  // namespace spoor::collector

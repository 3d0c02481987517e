// Queries asked of blocks as a disk that lies would have them: an answer in order, or an error.
//
// An input is a query up to its first NUL, for which another is taken if it is none, and changes of
// 5 bytes each: where, and which byte stands there. They are made in a block that is not packed, in
// its pieces and behind them in its layout, and then all sizes and CRCs are right: without that
// hardly any would be read.
#include <algorithm>
#include <cstdlib>

#include "collector/language/parser.h"
#include "collector/search/row_query.h"
#include "common/crc32c.h"
#include "tests/support/index_block.h"
#include "tests/support/random_rows.h"

namespace spoor::collector {
namespace {

constexpr size_t kChangeSize = 5;
// For what is no query.
constexpr const char* kAnyway =
    "kind:all (cmd:curl or cwd:*7 or addr:10.0.0.0/8 or session:host*) not (exit:2 person:bob)";

void expect(bool good) {
  if (!good) std::abort();
}

struct Plain {
  std::string pieces;  // with room for the header
  BlockHeader header;
  Layout layout;
};

Plain plain_block() {
  RandomRows random(1);
  std::vector<Row> rows = random.rows(kPageRows + 300);
  for (size_t i = 0; i < rows.size(); ++i) {
    Row& row = rows[i];
    row[Number::entry] = i / 10;
    row[Number::sequence] = i;
    row[Number::ses] = random.below(3);
    row[Number::signal] = random.below(3);
    row[Text::boot].text = "0123456789abcdef";
    row[Text::user].text = i % 2 ? "alice" : "bob";
    row[Text::addresses].text = i % 2 ? "10.0.0.7" : " 2001:db8::1";
    row[Text::command].is_cut = i % 7 == 0;
  }
  const std::string block = seal(rows);
  const BlockReader reader = BlockReader::open(as_bytes(block)).value();
  Plain out;
  out.pieces.resize(kIndexBlockHeaderSize);
  out.header = decode_block_header(as_bytes(block)).value();
  out.layout = reader.layout();
  each_chunk(out.layout, [&](Chunk& chunk) {
    const std::string raw = reader.unpack_chunk(chunk, kLayoutBytesMax).value();
    chunk = {out.pieces.size(), chunk.raw_size, chunk.raw_size, 0};
    out.pieces += raw;
  });
  return out;
}

std::string changed_block(ByteView changes) {
  static const Plain plain = plain_block();
  std::string pieces = plain.pieces;
  Layout layout = plain.layout;
  std::string raw_layout = encode_layout(layout);
  const auto each_change = [&](size_t begin, std::string& bytes, size_t other_size) {
    for (ByteView left = changes; left.size() >= kChangeSize; left = left.subspan(kChangeSize)) {
      const size_t at = load_le<uint32_t>(left.data()) % (bytes.size() + other_size);
      if (at >= begin && at - begin < bytes.size()) {
        bytes[at - begin] = static_cast<char>(left[4]);
      }
    }
  };
  each_change(0, pieces, raw_layout.size());
  each_chunk(layout, [&](Chunk& chunk) {
    chunk.crc = crc32c(as_bytes(pieces).subspan(chunk.offset, chunk.size));
  });
  raw_layout = encode_layout(layout);
  each_change(pieces.size(), raw_layout, pieces.size());
  BlockHeader header = plain.header;
  header.layout.offset = pieces.size();
  return with_raw_layout(pieces, header, raw_layout);
}

Outside outside() {
  Outside out;
  out.labels = [](std::string_view host) -> Outside::Labels {
    return {{"env", std::string(host)}};
  };
  out.keys = [](std::string_view, std::string_view session) {
    return std::vector<std::string>{std::string(session)};
  };
  out.person = [](std::string_view, std::string_view user, std::string_view, int64_t) {
    return std::string(user);
  };
  out.full_text = [](const EventPlace&, Text) -> Result<std::vector<std::string>> {
    return std::vector<std::string>{"curl", "-K"};
  };
  return out;
}

void ask(const Query& query, const RowTable& table) {
  static const Outside kOutside = outside();
  const auto never = [] { return false; };
  const auto is_fine = [](const Status& status) {
    return status.is_ok() || status.code() == Code::corrupt;
  };
  Result<RowQuery> made = RowQuery::make(query, table, kOutside);
  expect(is_fine(made.status()));
  if (!made.is_ok()) return;
  const auto found = made->newest({20, {}}, never);
  expect(is_fine(found.status()));
  if (found.is_ok()) {
    expect(found->size() <= 20 && std::ranges::is_sorted(*found, std::greater()));
    for (const FoundRow& one : *found) expect(one.row < table.rows());
    expect(found->empty() || !made->finds_nothing());
  }
  Histogram histogram{1'795'300'000'000'000'000, 10'000'000, std::vector<uint64_t>(100)};
  expect(is_fine(made->count(histogram, never)));
}

}  // namespace
}  // namespace spoor::collector

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace spoor;
  using namespace spoor::collector;
  const std::string_view input = as_text({data, size});
  const std::string_view text = input.substr(0, input.find('\0'));
  const Asked asked{0, absl::UTCTimeZone()};
  const auto query = parse_query(text, asked);
  const std::string block = changed_block(as_bytes(input.substr(std::min(size, text.size() + 1))));
  const auto reader = BlockReader::open(as_bytes(block));
  if (reader.is_ok()) ask(query.is_ok() ? *query : *parse_query(kAnyway, asked), *reader);
  expect(reader.is_ok() || reader.code() == Code::corrupt || reader.code() == Code::invalid);
  return 0;
}

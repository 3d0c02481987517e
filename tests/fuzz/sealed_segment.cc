// Sealed segments of any bytes: what opens is read wholly or refused. An input is also taken for an
// index, and for a table, behind right sizes and CRCs, as an attacker would give them: without that
// hardly any would come past the first checks.
#include <algorithm>
#include <cstdlib>

#include "collector/log/sealed_segment.h"
#include "common/crc32c.h"
#include "tests/support/fake_files.h"

namespace spoor::collector {
namespace {

void expect_known(const Status& status) {
  if (!status.is_ok() && status.code() != Code::corrupt && status.code() != Code::invalid &&
      status.code() != Code::full) {
    std::abort();
  }
}

void read_all(const std::string& bytes) {
  FakeFiles files;
  files.put("/log/1.sealed", bytes);
  const Result<SealedSegment> sealed =
      SealedSegment::open(*files.open_read("/log/1.sealed"), EventClass::command);
  expect_known(sealed.status());
  if (!sealed.is_ok()) return;
  for (size_t g = 0; g < sealed->index().groups.size(); ++g) {
    Result<SealedSegment::Group> group = sealed->open_group(g);
    expect_known(group.status());
    for (size_t i = 0; group.is_ok() && i < group->table().entries.size(); ++i)
      expect_known(sealed->entry(*group, i).status());
  }
}

// The groups' bytes, and the index, as long as the first two bytes say.
void read_index(ByteView input) {
  if (input.size() < 2) return;
  const size_t groups = std::min<size_t>(load_le<uint16_t>(input.data()), input.size() - 2);
  const std::string_view rest = as_text(input.subspan(2));
  const std::string begin = encode_sealed_header(EventClass::command);
  const std::string index(rest.substr(groups));
  read_all(begin + std::string(rest.substr(0, groups)) + index +
           encode_sealed_trailer(begin.size() + groups, index));
}

// A group of one table, whose blocks are the input's end.
void read_table(ByteView input) {
  if (input.size() < 6) return;
  SealedGroup group;
  group.offset = kSealedHeaderSize;
  group.first = 1 + input[0] % 4;
  group.last = group.first + input[1];
  group.entries = 1u + input[2] % 8;
  const size_t size = std::min<size_t>(load_le<uint16_t>(input.data() + 4), input.size() - 6);
  const std::string table(as_text(input.subspan(6, size)));
  const std::string blocks(as_text(input.subspan(6 + size)));
  group.blocks_size = blocks.size();
  group.table_size = static_cast<uint32_t>(table.size());
  group.table_crc = crc32c(as_bytes(table));
  SealIndex index;
  index.entries = group.entries;
  index.agents = {"web1", "web2"};
  index.groups = {group};
  const std::string encoded = encode_seal_index(index);
  read_all(encode_sealed_header(EventClass::command) + blocks + table + encoded +
           encode_sealed_trailer(group.end(), encoded));
}

}  // namespace
}  // namespace spoor::collector

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace spoor::collector;
  read_all(std::string(spoor::as_text({data, size})));
  read_index({data, size});
  read_table({data, size});
  return 0;
}

// Parts of sessions, and events that are kept by themselves, of any bytes, as a disk may give them:
// what is taken is written and read again as the same, or it is refused. The first byte says which.
#include <cstdlib>

#include "collector/index/session_part_bytes.h"

namespace spoor::collector {
namespace {

void expect(bool good) {
  if (!good) std::abort();
}

using Decode = Status (*)(std::string_view, SessionPart&);

void read(Decode decode, std::string SessionPartBytes::*piece, std::string_view bytes) {
  SessionPart part, again;
  const Status status = decode(bytes, part);
  expect(status.is_ok() || status.code() == Code::corrupt);
  if (!status.is_ok()) return;
  const std::string written = encode_part(part, part.rows).*piece;
  expect(decode(written, again).is_ok());
  // What is told is looked at anew, and less may be left of it.
  const bool is_told = piece == &SessionPartBytes::told;
  expect(is_told || encode_part(again, again.rows).*piece == written);
  // What asks more of a part than its bytes do.
  part.told.head(part.row);
  part.sums.files_changed.count();
  if (!part.epochs.empty()) part.add_loss({1, 0, 0});
  again.add(part);
}

void read_event(std::string_view bytes) {
  const Result<IndexedEvent> event = decode_event(bytes);
  expect(event.is_ok() || event.code() == Code::corrupt);
  if (event.is_ok()) expect(decode_event(encode_event(*event)).is_ok());
}

}  // namespace
}  // namespace spoor::collector

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace spoor::collector;
  if (size == 0) return 0;
  const std::string_view bytes = spoor::as_text({data + 1, size - 1});
  switch (data[0] % 4) {
    case 0: read(decode_place, &SessionPartBytes::place, bytes); break;
    case 1: read(decode_told, &SessionPartBytes::told, bytes); break;
    case 2: read(decode_sums, &SessionPartBytes::sums, bytes); break;
    default: read_event(bytes); break;
  }
  return 0;
}

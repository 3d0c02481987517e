// Feeds bytes to what reads a predecessor's ring: its header, both receive areas, and its entries.
// Whatever they say, the ring comes up, plays to an end, and works.
#include "agent/source/read_ring.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <memory>

#include "agent/limits.h"

namespace spoor::agent {
namespace {

// Where the parts of the memory begin (read_ring.cc): header, the audit socket's area, ring.
constexpr size_t kHeaderBytes = 48 + 16;
constexpr size_t kAreaOffset = 4096;
constexpr size_t kAreaBytes = 64 * 65;  // the turn, and the lengths

struct Free {
  void operator()(uint8_t* memory) const { std::free(memory); }
};

// One memory for all inputs: zeroing 9 MiB each time would take most of the time.
uint8_t* memory() {
  static const std::unique_ptr<uint8_t, Free> bytes(
      static_cast<uint8_t*>(std::aligned_alloc(4096, (ReadRing::memory_bytes() + 4095) & ~4095ul)));
  return bytes.get();
}

void use(ReadRing& ring) {
  uint64_t items = 0, bytes = 0;
  const auto count = [&](const ReadItem& item) {
    ++items;
    const auto* record = std::get_if<Datagram>(&item);
    if (record == nullptr) return;
    for (const char c : record->text) bytes += static_cast<uint8_t>(c);
  };
  for (const uint64_t from : {uint64_t{0}, ring.position() / 16 * 8, ring.position()}) {
    (void)ring.play(from, ring.position(), count);
  }
  for (ReceiveArea* area : {&ring.audit(), &ring.connector()}) {
    const int waiting = area->fill(-1);
    for (int i = 0; i < waiting; ++i) {
      bytes += area->datagram(static_cast<size_t>(i)).size() +
               area->sender_port(static_cast<size_t>(i));
    }
    area->done();
  }
  const uint64_t from = ring.position();
  ring.append(Datagram{1300, "audit(1.000:1): after all that"});
  ring.publish();
  CHECK(ring.has(from));
  CHECK(ring.play(from, ring.position(), count).is_ok());
  [[maybe_unused]] const volatile uint64_t looked_at = items + bytes;
}

}  // namespace
}  // namespace spoor::agent

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace spoor::agent;
  const std::span<uint8_t> memory_bytes(memory(), ReadRing::memory_bytes());
  const spoor::Id boot{7};
  // A ring as it is made, so that most inputs come past the header.
  std::memset(memory(), 0, 8);
  (void)ReadRing::over(memory_bytes, boot);
  const size_t ring_offset = ReadRing::memory_bytes() - kReadRingBytes;
  // The first byte says which part the rest lies over; the tail is moved behind it.
  if (size < 1) return 0;
  const uint8_t part = data[0] % 3;
  ++data;
  --size;
  if (part == 0) {  // behind magic and layout
    if (size <= 8) return 0;
    std::memcpy(memory() + 16, data + 8, std::min(size - 8, kHeaderBytes - 16));
  } else if (part == 1) {
    std::memcpy(memory() + kAreaOffset, data, std::min(size, kAreaBytes));
  } else {
    std::memcpy(memory() + ring_offset, data, size);
    const uint64_t published = size / 8 * 8;
    std::memcpy(memory() + kHeaderBytes - 8, &published, sizeof published);
  }
  ReadRing ring = ReadRing::over(memory_bytes, boot);
  use(ring);
  return 0;
}

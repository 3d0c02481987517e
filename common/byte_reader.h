// Numbers and bytes out of a view that may hold anything, and back. A reader that has passed the
// end, or met a number of more than 64 bits, gives zeros from then on and says so when asked: so a
// parser checks once, behind what it has read. Plain value; one thread.
//
// A varint is that of protobuf: seven bits a byte, the least first, the top bit where more follow.
#pragma once

#include <cstdint>
#include <string>

#include "common/bytes.h"

namespace spoor {

class ByteReader {
 public:
  explicit ByteReader(ByteView bytes) : left_(bytes) {}

  uint64_t varint();
  uint32_t fixed32();
  // Fewer, and not ok, when they are not there.
  ByteView take(uint64_t size);

  bool is_ok() const { return is_ok_; }
  bool at_end() const { return left_.empty(); }
  size_t left() const { return left_.size(); }

 private:
  void fail();

  ByteView left_;
  bool is_ok_ = true;
};

void append_varint(std::string& to, uint64_t value);

}  // namespace spoor

// Where recvmmsg(2) puts what it takes from one socket. It lies in memory that outlives the process
// (agent/source/read_ring.h), lengths included, so that there is no instant in which a datagram was
// taken from the kernel and is nowhere else.
//
// The kernel copies a datagram first and writes its length second, one after the other
// (net/socket.c, do_recvmmsg). So after a crash the lengths say, from the first on, what was taken;
// a length of zero ends it. Datagrams have a short piece each, side by side, and a long one apart:
// most fit in the short one, and a batch touches few pages. Capture thread.
#pragma once

#include <sys/socket.h>
#include <sys/uio.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace spoor::agent {

class ReceiveArea {
 public:
  struct Shape {
    size_t datagrams;    // in a batch
    size_t short_bytes;  // of each, in its short piece
    size_t long_bytes;   // of each, in its long one
    // Of memory, a multiple of 64.
    size_t bytes() const;
    // Of its beginning: zero there means that nothing was received.
    size_t state_bytes() const;
  };

  // `memory` is aligned to 64 bytes and holds shape.bytes(). What it says is kept: zero its
  // beginning first, or go on where another process stopped. `turn_done`: as ReadRing published it.
  ReceiveArea(const Shape& shape, uint8_t* memory, bool turn_done);
  ReceiveArea(ReceiveArea&&) = default;
  ReceiveArea& operator=(ReceiveArea&&) = default;

  // How many datagrams there are, 0 to shape.datagrams; or -1 and errno. First come those that a
  // process before us took and did not publish (agent/source/read_ring.h); else the socket is
  // asked, without blocking.
  int fill(int fd);
  // The last fill() asked the socket, and it had less than a batch.
  bool emptied() const { return asked_ && used_ < shape_.datagrams; }
  // Below what fill() said. The view lives until the next call of either.
  std::string_view datagram(size_t i);
  // Netlink port of the sender; 0 is the kernel.
  uint32_t sender_port(size_t i) const;
  // The multicast groups that it was sent to; 0: it was sent to this socket alone.
  uint32_t sender_groups(size_t i) const;

  // The batch was copied from here: fill() asks the socket next.
  void done() { turn_done_ = turn(); }
  // Zeroes what batches that are done have left. While one is not, it does nothing.
  void forget();
  // The same of this process's batches: it touches no more memory than they did.
  void forget_own();
  // Tells the last batch that was done from the one before it and the one after it.
  bool turn_done() const { return turn_done_; }

 private:
  bool turn() const { return *turn_ != 0; }
  size_t waiting() const;
  void note_used(size_t count);
  void begin();

  Shape shape_;
  bool turn_done_;
  uint32_t* turn_;
  mmsghdr* messages_;
  uint8_t *senders_, *shorts_, *longs_;
  std::vector<iovec> pieces_;
  std::vector<size_t> dirty_;  // how much of each datagram's room our batches have used
  bool asked_ = false;
  size_t used_;         // lengths that are not zero lie below
  std::string joined_;  // a datagram of two pieces
};

}  // namespace spoor::agent

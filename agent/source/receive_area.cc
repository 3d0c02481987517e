#include "agent/source/receive_area.h"

#include <linux/netlink.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <utility>

namespace spoor::agent {
namespace {

constexpr size_t kLine = 64;

size_t whole_lines(size_t bytes) { return (bytes + kLine - 1) / kLine * kLine; }

// A crash may fall between any two stores of this thread: they are to happen as written.
void in_order() { std::atomic_signal_fence(std::memory_order_seq_cst); }

}  // namespace

size_t ReceiveArea::Shape::bytes() const {
  return kLine + whole_lines(datagrams * sizeof(mmsghdr)) +
         whole_lines(datagrams * sizeof(sockaddr_nl)) +
         whole_lines(datagrams * (short_bytes + long_bytes));
}

size_t ReceiveArea::Shape::state_bytes() const {
  return kLine + datagrams * sizeof(mmsghdr);
}

ReceiveArea::ReceiveArea(const Shape& shape, uint8_t* memory, bool turn_done)
    : shape_(shape),
      turn_done_(turn_done),
      turn_(reinterpret_cast<uint32_t*>(memory)),
      messages_(reinterpret_cast<mmsghdr*>(memory + kLine)),
      senders_(memory + kLine + whole_lines(shape.datagrams * sizeof(mmsghdr))),
      shorts_(senders_ + whole_lines(shape.datagrams * sizeof(sockaddr_nl))),
      longs_(shorts_ + shape.datagrams * shape.short_bytes),
      pieces_(shape.datagrams * 2),
      dirty_(shape.datagrams),
      used_(shape.datagrams) {
  const size_t pieces = shape.long_bytes > 0 ? 2 : 1;
  for (size_t i = 0; i < shape.datagrams; ++i) {
    pieces_[2 * i] = {shorts_ + i * shape.short_bytes, shape.short_bytes};
    pieces_[2 * i + 1] = {longs_ + i * shape.long_bytes, shape.long_bytes};
    // The pointers are of this process; the length says what was taken.
    msghdr& message = messages_[i].msg_hdr;
    message = {};
    message.msg_iov = &pieces_[2 * i];
    message.msg_iovlen = pieces;
    message.msg_name = senders_ + i * sizeof(sockaddr_nl);
    message.msg_namelen = sizeof(sockaddr_nl);
  }
}

size_t ReceiveArea::waiting() const {
  if (turn() == turn_done_) return 0;
  size_t count = 0;
  while (count < shape_.datagrams && messages_[count].msg_len != 0) ++count;
  return count;
}

// The lengths of what is done are gone before the turn changes: no batch is taken for a new one.
void ReceiveArea::begin() {
  for (size_t i = 0; i < used_; ++i) {
    messages_[i].msg_len = 0;
    messages_[i].msg_hdr.msg_namelen = sizeof(sockaddr_nl);
  }
  used_ = 0;
  in_order();
  *turn_ = turn_done_ ? 0 : 1;
  in_order();
}

int ReceiveArea::fill(int fd) {
  if (const size_t count = waiting(); count > 0) {
    asked_ = false;
    used_ = shape_.datagrams;
    note_used(count);
    return static_cast<int>(count);
  }
  begin();
  asked_ = true;
  const int count = recvmmsg(fd, messages_, static_cast<unsigned>(shape_.datagrams), MSG_DONTWAIT,
                             nullptr);
  if (count > 0) used_ = static_cast<size_t>(count);
  note_used(used_);
  return count;
}

void ReceiveArea::note_used(size_t count) {
  for (size_t i = 0; i < count; ++i)
    dirty_[i] = std::max<size_t>(dirty_[i], messages_[i].msg_len);
}

// A datagram's room is used again only by a batch that is as large: what one of a storm left there
// would stay for as long as the host is quiet.
void ReceiveArea::forget_own() {
  if (waiting() != 0) return;
  for (size_t i = 0; i < shape_.datagrams; ++i) {
    const size_t size = std::min(std::exchange(dirty_[i], 0),
                                 shape_.short_bytes + shape_.long_bytes);
    const size_t in_short = std::min(size, shape_.short_bytes);
    std::memset(shorts_ + i * shape_.short_bytes, 0, in_short);
    if (size > in_short) std::memset(longs_ + i * shape_.long_bytes, 0, size - in_short);
  }
}

void ReceiveArea::forget() {
  if (waiting() != 0) return;
  std::memset(shorts_, 0, shape_.datagrams * (shape_.short_bytes + shape_.long_bytes));
}

std::string_view ReceiveArea::datagram(size_t i) {
  const size_t size =
      std::min<size_t>(messages_[i].msg_len, shape_.short_bytes + shape_.long_bytes);
  const char* begin = reinterpret_cast<const char*>(shorts_ + i * shape_.short_bytes);
  if (size <= shape_.short_bytes) return {begin, size};
  joined_.assign(begin, shape_.short_bytes);
  joined_.append(reinterpret_cast<const char*>(longs_ + i * shape_.long_bytes),
                 size - shape_.short_bytes);
  return joined_;
}

uint32_t ReceiveArea::sender_port(size_t i) const {
  sockaddr_nl sender;
  std::memcpy(&sender, senders_ + i * sizeof sender, sizeof sender);
  return sender.nl_pid;
}

uint32_t ReceiveArea::sender_groups(size_t i) const {
  sockaddr_nl sender;
  std::memcpy(&sender, senders_ + i * sizeof sender, sizeof sender);
  return sender.nl_groups;
}

}  // namespace spoor::agent

// What was read from the kernel and is not yet safe elsewhere, in memory that outlives the process:
// a file in /run, mapped. A kill -9 loses nothing of it; the next run plays it (agent/recovery.h).
//
//   header │ audit's receive area │ connector's receive area │ ring of 6 MiB
//
//   ring:   … settled … ─ entry ─ entry ─ entry ─ ‖ torn, or not yet there
//                         ▲ head                  ▲ published: tail and both areas' turns
//
// A batch is received into its area, copied into the ring entry by entry, and then published by one
// store of 64 bits, which moves the tail and says that the area's batch is in the ring. So a torn
// entry is never read, and a batch is read once: from its area before that store, from the ring
// after it. Positions count bytes since the ring was made and never wrap.
//
// What is settled is zeroed at once: it may hold secrets that are redacted everywhere else. If the
// ring fills before that, everything published is given up at once: what remained would have no
// beginning to be played from, and the loss ledger counts it after a crash as if it had never been
// read.
//
// The reader believes no byte of it: every length is checked. Memory of another boot, of a program
// with other shapes or sizes in it, or too short is made anew. Capture thread.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <variant>

#include "agent/log_line.h"
#include "agent/model.h"
#include "agent/source/receive_area.h"
#include "common/result.h"

namespace spoor::agent {

// The audit socket was found empty when asked after the Instant before this.
struct SocketDrained {};
// What was due by the clock was done.
struct TimersDue {};
// Nobody read the audit socket for a while before this.
struct ReadingGap {};
// A socket's counter of what it refused went from one value to the other.
struct RecordDrops {
  uint32_t before = 0, drops = 0;
  uint32_t are_lost = 1;  // 0: the kernel keeps them for another try
};
struct MessageDrops {
  uint32_t before = 0, drops = 0;
  TimeRange within = {};
};
using ReadItem = std::variant<Instant, Datagram, ProcessMessage, SocketDrained, TimersDue,
                              ReadingGap, KernelStatus, RecordDrops, MessageDrops, PlaceAnswer,
                              LogLine, LogPosition>;

class ReadRing {
 public:
  // Of memory that ReadRing needs, whatever it lies in.
  static size_t memory_bytes();

  // Maps the file, which is made if it is not there. `full` where there is no room for it.
  static Result<ReadRing> open(const std::string& path, const Id& boot_id);
  // Without room for it the capture goes on: only a crash will lose more.
  static ReadRing open_or_in_memory(const std::string& path, const Id& boot_id);
  // Works alike, but ends with the process.
  static ReadRing in_memory();
  // In memory of the caller's, aligned to 64 bytes.
  static ReadRing over(std::span<uint8_t> memory, const Id& boot_id);
  ReadRing(ReadRing&&) noexcept;
  ReadRing& operator=(ReadRing&&) noexcept;
  ~ReadRing();

  // Zero in new memory, and the caller's (agent/crash_note.h).
  std::span<uint8_t> note();
  ReceiveArea& audit() { return *audit_; }
  ReceiveArea& connector() { return *connector_; }

  // To be published once the batch that they belong to is whole and its area done.
  void append(Instant now);
  void append(const Datagram& record);
  void append(const ProcessMessage& message);
  void append(SocketDrained);
  void append(TimersDue);
  void append(ReadingGap);
  void append(const KernelStatus& status);
  void append(const RecordDrops& drops);
  void append(const MessageDrops& drops);
  void append(const LogLine& line);
  void append(const LogPosition& position);
  void append(const PlaceAnswer& answer);
  void publish();

  // Names this ring among those that had this file before.
  uint64_t id() const;
  // Where the next entry goes.
  uint64_t position() const { return tail_; }
  // Everything before `position` is safe elsewhere.
  void settle(uint64_t position);
  // Everything published is, and no other batch will be read: nothing of it stays here.
  void forget();
  // Of the batches that were read nothing stays where they were received.
  void forget_batches();
  // Of the oldest entry that is still there.
  uint64_t beginning() const;
  // What was published from one position to another, in its order. `not_found` when that is not
  // there, `corrupt` when an entry makes no sense; then the rest is not told.
  Status play(uint64_t from, uint64_t to, const std::function<void(const ReadItem&)>& visit) const;
  // Whether everything from there on is still there.
  bool has(uint64_t from) const;
  // Where what is still there begins.
  uint64_t first() const;

 private:
  struct Header;
  struct Unmap {
    void operator()(uint8_t* memory) const;
  };
  using Mapping = std::unique_ptr<uint8_t, Unmap>;

  ReadRing(Mapping mapping, std::span<uint8_t> memory, const Id& boot_id);
  bool is_ours(const Id& boot_id) const;
  void make_anew(const Id& boot_id);
  void append(uint8_t kind, uint16_t type, const void* payload, size_t size);
  void append_log(const LogItem& item);
  template <typename Item>
  void append_plain(uint8_t kind, const Item& item);
  uint8_t* reserve(size_t size);
  void move_head(uint64_t to);

  Mapping mapping_;
  Header* header_;
  uint8_t* ring_;
  uint64_t tail_ = 0;  // with what was appended since it was last published
  std::optional<ReceiveArea> audit_, connector_;
};

}  // namespace spoor::agent

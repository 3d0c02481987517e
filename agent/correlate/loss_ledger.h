// Counts audit serials, so that a hole is known, exactly, and told from a late record.
//
// The kernel numbers each event it writes records for, without holes. A serial is *missing* when a
// greater one was read before it; missing for longer than kSerialReorderNs, it is lost. A serial is
// *accounted for* when its facts are in a frame that went to the spool, or were dropped on purpose,
// or reported lost. A mark of that goes to disk with every frame, so that the next run, after a
// crash, can say how many serials between the spool's and the first one it reads are nowhere.
//
// Serials are 32 bits and wrap; inside they are unwrapped to 64. One thread.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/model.h"
#include "common/result.h"

namespace spoor::agent {

// What one run leaves to the next.
struct LedgerMark {
  Id boot_id{};
  uint64_t base = 0;        // the serial before the first one counted
  uint64_t greatest = 0;    // read so far
  uint64_t low_water = 0;   // every serial up to here is accounted for
  uint64_t accounted = 0;   // how many in (base, greatest] are
  std::optional<uint32_t> kernel_lost;  // the kernel's `lost` when last asked, if it was
};
std::string encode_mark(const LedgerMark& mark);
Result<LedgerMark> decode_mark(std::string_view text);

class LossLedger {
 public:
  // `report` gets each loss once. It is accounted for when its own fact is in a frame, by
  // account().
  LossLedger(Id boot_id, std::function<void(const Loss&, Instant)> report);

  // After a crash or stop the counting goes on where the mark left it: what lies between and is not
  // accounted for when the first serial is read is lost to `agent_down`. A mark of another boot is
  // ignored, since serials started anew.
  void resume_after_gap(const LedgerMark& mark);
  // After a re-exec. What was missing then is still missing; it may yet come.
  void resume(const LedgerMark& mark, Instant now);

  // A serial came for the first time.
  void read(uint32_t serial, Instant now, uint64_t last_order);
  // `serials` more are accounted for.
  void account(uint64_t serials) { accounted_ += serials; }
  // The kernel's counter of records it could not queue (AUDIT_GET `lost`, 32 bits, resettable).
  void kernel_lost(uint32_t lost, Instant now, uint64_t last_order);
  // Messages a socket's full buffer refused (SO_MEMINFO drops, 32 bits), by socket name.
  void socket_drops(std::string_view unit, uint32_t before, uint32_t drops, Instant now,
                    uint64_t last_order);
  // Reports what has been missing for too long.
  void tick(Instant now);
  // Reports everything missing: the run ends for good.
  void close(Instant now);

  // `least_open` is the least serial in flight or in an open frame, if any.
  LedgerMark mark(std::optional<uint32_t> least_open) const;

 private:
  struct Hole {
    uint64_t first, last, count;
    int64_t since_ns;   // boottime
    int64_t from_ns;    // realtime of the last read before it
    uint64_t order_before;
    Loss::Cause cause;
    bool counted_only = false;  // which of first..last are missing is not known, only how many
  };
  uint64_t unwrap(uint32_t serial) const;
  void fill(uint64_t serial);
  void report(const Hole& hole, Instant now);

  Id boot_id_;
  std::function<void(const Loss&, Instant)> report_;
  bool started_ = false;
  std::optional<uint64_t> gap_after_;  // low-water mark of the run before, until the first serial
  uint64_t base_ = 0;
  uint64_t greatest_ = 0;
  uint64_t accounted_ = 0;
  int64_t last_read_ns_ = 0;
  std::optional<uint32_t> kernel_lost_;
  std::vector<Hole> holes_;
};

}  // namespace spoor::agent

// Counts audit serials, so that a hole is known, exactly, and told from a late record.
//
// The kernel numbers each event it writes records for, without holes. A serial is *missing* when a
// greater one was read before it; missing for longer than kSerialReorderNs, it is lost. A serial is
// *accounted for* when its facts are in a frame that went to the spool, or were dropped on purpose,
// or reported lost. A mark of that goes to disk with every frame, so that the next run, after a
// crash, can say how many serials between the spool's and the first one it reads are nowhere.
//
// Counters tell of losses, too: the kernel's `lost` and the sockets' drops count records, serials
// count events. A record that was lost may have taken its event's serial with it or not (the kernel
// refuses most records before they have one), so neither number can be had from the other. Where
// a counter moved and serials are missing, one Loss says both: `count` records, among them
// `serials` whole events of the range; they are never added up. A hole that no counter explains is
// unknown_gap, in serials.
//
// The kernel's counter does not tell of everything. What the daemon's socket had no room for it
// tries to deliver kDeliveryTries times, 100 ms each, and then gives up all that waits for another
// try, counting none of it unless it was booted with audit=1 (kernel/audit.c: kauditd_send_queue,
// kauditd_hold_skb). Each such record is told all the same, as a missing serial, or by the event
// that lacks it and says so; but `count` of such a time is only the least (not exact).
//
// Serials are 32 bits and wrap; inside they are unwrapped to 64. One thread.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/correlate/kernel_counter.h"
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
  LossLedger(const Host& host, std::function<void(const Loss&, Instant)> report);

  // After a crash or stop the counting goes on where the mark left it: what lies between and is not
  // accounted for when the first serial is read is lost to `agent_down`. A mark of another boot is
  // ignored, since serials started anew.
  void resume_after_gap(const LedgerMark& mark);
  // All of it, for a run that goes on where this one was: what is missing may yet come, and what
  // was told is not told again. False: these bytes are no ledger of this boot's; it is as it was.
  void save(std::string& to) const;
  bool restore(BlobReader& from);

  // A serial came for the first time.
  void read(uint32_t serial, Instant now, uint64_t last_order);
  // `serials` more are accounted for.
  void account(uint64_t serials) { accounted_ += serials; }
  // The kernel's counters, as the control socket's owner was told them.
  void kernel_counters(const KernelStatus& status, Instant now, uint64_t last_order);
  // A record tells that somebody set `lost` to zero: it was `old`.
  void lost_was_reset(uint32_t old, Instant now, uint64_t last_order);
  // `lost` was reset some seconds ago and no record told by whom: what it was when last seen, once.
  std::optional<uint32_t> reset_by_nobody(Instant now);
  // Datagrams a socket's full buffer refused (SO_MEMINFO drops, 32 bits). Of records: they explain
  // missing serials. Of the process connector's messages: reported as they are; serials have
  // nothing to do with them.
  void record_drops(uint32_t before, uint32_t drops, Instant now, uint64_t last_order);
  // The kernel found no room for a record in the daemon's socket, so many times since that was last
  // read to its end.
  void undelivered(uint32_t times, Instant now);
  // `within`: when it was at the widest, boottime; 0, 0: not known.
  void message_drops(uint32_t before, uint32_t drops, TimeRange within, Instant now,
                     uint64_t last_order);
  // Serials have been missing for a while: what the kernel may still hold is worth asking for.
  bool waits_for_serials(Instant now) const;
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
  // Records that a counter tells of and no Loss has told yet.
  struct Refused {
    Loss::Scope scope;
    uint64_t count = 0;
    int64_t since_ns = 0;  // boottime
    // When the counter was asked before this, realtime, and where in the order of facts that was.
    int64_t from_ns = 0;
    uint64_t order_before = 0;
    int64_t asked_ns = 0;  // boottime of the last answer; 0: never asked
    int64_t asked_realtime_ns = 0;
    uint64_t order_asked = 0;
  };
  void start_at(std::optional<uint32_t> kernel_lost);
  bool counts_all(const Refused& refused) const;
  uint64_t unwrap(uint32_t serial) const;
  void add_hole(const Hole& hole, Instant now);
  void fill(uint64_t serial);
  bool is_ripe(const Hole& hole, Instant now) const;
  static void refuse(Refused& refused, uint64_t count, Instant now);
  static void asked(Refused& refused, Instant when, uint64_t last_order);
  void tell(std::vector<Hole> holes, Instant now, bool last_time);
  void tell_refused(Refused& refused, std::vector<Hole>& holes, Instant now, bool last_time);
  void report(const Hole& hole, Instant now);

  Id boot_id_;
  bool counts_all_;
  std::function<void(const Loss&, Instant)> report_;
  bool started_ = false;
  std::optional<uint64_t> gap_after_;  // low-water mark of the run before, until the first serial
  uint64_t base_ = 0;
  uint64_t greatest_ = 0;
  uint64_t accounted_ = 0;
  int64_t last_read_ns_ = 0;
  int64_t gave_up_ns_ = 0;  // realtime of when the kernel may have given up, uncounted; 0: never
  KernelCounter kernel_lost_;
  int64_t reset_seen_ns_ = 0;  // boottime; 0: none
  bool rate_limited_ = false;
  Refused by_kernel_{Loss::Scope::kernel};
  Refused by_socket_{Loss::Scope::socket};
  std::vector<Hole> holes_;  // the oldest first
};

}  // namespace spoor::agent

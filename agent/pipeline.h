// Everything between a record and a sealed frame, on one thread: decode, reassemble, correlate,
// encode. It touches no file and no clock, so that the live kernel, a recording and a test drive it
// alike. Who wants the facts for something else than frames takes them before they are encoded.
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "agent/correlate/correlator.h"
#include "agent/correlate/kernel_counter.h"
#include "agent/correlate/loss_ledger.h"
#include "agent/correlate/place_gate.h"
#include "agent/correlate/reassembler.h"
#include "agent/crash_note.h"
#include "agent/decode/audit_record.h"
#include "agent/decode/record_fields.h"
#include "agent/encode/encoder.h"
#include "agent/log_cursors.h"
#include "agent/model.h"
#include "agent/typed_input.h"

namespace spoor::agent {

class Redactor;

// A sealed frame, and what the loss ledger knew when it was sealed.
struct PipelineFrame {
  SealedFrame frame;
  LedgerMark mark;
};

// The last frame of a stream.
struct FramePoint {
  uint64_t epoch = 0, sequence = 0;
};

// A record of an event that is not yet whole, less secrets.
struct InFlightRecord {
  uint16_t type = 0;
  std::string text;
  bool rewritten = false;
  bool operator==(const InFlightRecord&) const = default;
};

// What a successor needs to go on as if nothing had happened (agent/saved_state.h stores it):
// everything between the sources and the frames sealed so far.
struct PipelineState {
  Instant saved;
  std::string tables;                                       // processes and sessions
  std::string typed;                                        // lines that were begun
  std::vector<InFlightRecord> in_flight;
  std::string losses;                                       // the ledger, and the kernel's counters
  std::array<FramePoint, kEventClasses> sealed;
  LogCursors log_cursors;
};

class Pipeline {
 public:
  Pipeline(const Host& host, const WriterPlace& place, std::optional<uint32_t> only_login_uid,
           std::function<void(PipelineFrame&&)> sink);
  // Without encoding: each fact, valid until `sink` returns, and when it became one.
  Pipeline(const Host& host, std::optional<uint32_t> only_login_uid,
           std::function<void(const Fact&, Instant)> sink);
  Pipeline(const Pipeline&) = delete;
  Pipeline& operator=(const Pipeline&) = delete;

  // Before the first line: where the logs go on.
  void set_log_cursors(LogCursors cursors) { log_cursors_ = std::move(cursors); }
  // Before the first record.
  void restore(const PipelineState& state);
  // The tables alone, when what came after them is not known.
  void restore_tables(const PipelineState& state);
  // The mark that the run before left in the spool: what came after it is lost.
  void resume_after_gap(const LedgerMark& mark) { ledger_.resume_after_gap(mark); }
  // Nobody read the audit socket from here until now: what is in flight gets no more records, and
  // what is missing before the next record is lost for that reason.
  void gap(Instant now);
  // Compares the tables with what /proc says: a scan that began at `scanned`.
  void reconcile(std::span<const ProcessFound> found, Instant scanned);
  // The same while capturing, of a scan that took until now.
  void check_processes(std::span<const ProcessFound> found, Instant scanned, Instant now);
  // A fact of which this says true is in a frame of the run before us, and not told again.
  void set_told(std::function<bool(const Fact&)> told) { told_ = std::move(told); }
  // Takes secrets out of each event before anything is made of it.
  void set_redactor(Redactor& redactor);
  // Notes there what is at work, and leaves out what the note says.
  void set_crash_note(CrashNote& note) { note_ = &note; }
  void set_names(std::shared_ptr<const Names> names) { correlator_.set_names(std::move(names)); }
  // Something was mounted or unmounted; the first time, what is mounted.
  void set_devices(std::shared_ptr<const Devices> devices) {
    correlator_.set_devices(std::move(devices));
  }

  // Where no event has an EOE (auditd writes none to its log) its absence says nothing.
  void expect_ends(bool expected) { ends_expected_ = expected; }

  // Who can be asked about processes. Programs' records are then believed only if their writer is
  // what it says, a path is made absolute by what its process has open, and commands have their
  // container. Who plays a log can ask nobody.
  enum class Unattended : uint8_t { none, containers, all };  // rules.unattended
  void ask_places(Unattended wanted, std::function<void(PlaceQuestion&&)> ask);
  void on_place(const PlaceAnswer& answer, Instant now);

  void on_record(const Datagram& record, Instant now) {
    on_record(record, headers_.read(record.text), now);
  }
  // For who has read its header.
  void on_record(const Datagram& record, const RecordHeader& header, Instant now);
  void on_process(const ProcessMessage& message, Instant now);
  void on_log_line(const LogLine& line, Instant now);
  void on_log_position(const LogPosition& position, Instant now);
  // Of the logs that were told of last, at most kLogsMax.
  const LogCursors& log_cursors() const { return log_cursors_; }
  // The audit socket was found empty when it was asked after that time: what had come by then was
  // told here. Whatever waits for records that may be late waits by this clock and no other, so
  // that a reader who was kept from reading takes nothing for lost or ended.
  void audit_drained(Instant at);
  // What else is due.
  void tick(Instant now);

  // What the owner of the control socket was told.
  void kernel_status(const KernelStatus& status, Instant now);
  // The sockets' counters of datagrams refused.
  void record_drops(uint32_t before, uint32_t drops, Instant now);
  // The kernel had no room for a record in our socket, so many times since we last read it.
  void undelivered(uint32_t times, Instant now);
  // `within`: when it was at the widest, boottime.
  void message_drops(uint32_t before, uint32_t drops, TimeRange within, Instant now);
  // Serials are missing for a while: the kernel may hold records back.
  bool waits_for_serials(Instant now) const { return ledger_.waits_for_serials(now); }
  // Hears of each CONFIG_CHANGE event, whoever's it is, before anything is made of it.
  std::function<void(const AuditEvent&)> config_changed;
  // Frames that the log will never take (agent/spool/fork.h).
  void forked(const Loss& loss, Instant now) { tell_loss(loss, now); }
  uint64_t lost() const { return lost_; }  // what the losses told so far count
  // Of the agent itself; `state` is copied into the event before this returns.
  void agent_state(const AgentState& state, Instant now);

  void set_frame_windows(const FrameWindows& windows) { encoder_->set_windows(windows); }
  // How far the streams have come, signed, if that changed.
  void checkpoint(const SigningKey& key, Instant now) { encoder_->checkpoint(key, now); }
  // Seals what is open; events still in flight stay.
  void flush();
  // Closes everything, complete or not, and seals it: the end of a recording, or a stop.
  void close(Instant now);
  // After flush(): what an open frame holds would be in neither.
  PipelineState save(Instant now) const;
  // Datagrams whose header did not parse, so that they belong to no event.
  uint64_t undecoded() const { return undecoded_; }
  uint64_t roots_given_up_before() const { return correlator_.roots_given_up_before(); }
  // As a guest: what does not say whose it is, and so was not recorded.
  Correlator::Fragments fragments_dropped() const { return correlator_.fragments_dropped(); }

 private:
  void on_event(AuditEvent& event);
  void pass(AuditEvent& event);
  HasPlace place_of(const AuditEvent& event) const;
  void redact(AuditEvent& event) const;
  void on_config_change(const AuditEvent& event);
  void keep_cursor(std::string_view origin, std::string_view cursor);
  void tell_waits(uint64_t ticks, Instant now);
  void on_frame(EncodedFrame&& encoded);
  bool was_told(const Fact& fact);
  void end_typed(const Fact& fact);
  void tell_loss(const Loss& loss, Instant now);
  bool skips(uint64_t name, std::string_view unit, uint32_t serial);
  // What is done for `event` is done under its name.
  CrashNote::Work work_on(const AuditEvent& event) const;
  // The least serial that is in flight or in an open frame.
  std::optional<uint32_t> least_open_serial() const;

  Instant now_;  // of the call we are in
  HeaderReader headers_;
  bool ends_expected_ = true;
  uint64_t undecoded_ = 0;
  uint64_t lost_ = 0;
  std::optional<uint32_t> current_serial_;  // of the event between reassembler and encoder
  std::function<void(PipelineFrame&&)> sink_;
  std::function<bool(const Fact&)> told_;
  CrashNote* note_ = nullptr;
  Redactor* redactor_ = nullptr;
  std::array<FramePoint, kEventClasses> sealed_;
  LossLedger ledger_;
  KernelCounter waits_;  // backlog_wait_time_actual, in ticks
  int64_t tick_ns_ = 0;
  LogCursors log_cursors_;
  std::optional<Encoder> encoder_;
  Correlator correlator_;
  TypedInputTable typed_;
  std::optional<PlaceGate> gate_;
  Reassembler reassembler_;
};

}  // namespace spoor::agent
